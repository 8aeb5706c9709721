"""The morning summary for Kominfo, the weekly recap for the Sekda, the recap for the group.

Figures are those of the moment they are decided at, and name their day: what waits over a night is
cancelled for the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from bot.wording import HARI, hari_bulan, hari_bulan_tahun
from config.policy_file import SIANG
from config.terms import NoticeStatus, Peran
from scheduler.directory import PostInfo
from scheduler.store import board, summary
from scheduler.store.board import Standing
from scheduler.store.session import Connection, Engine, reading, writing
from scheduler.store.wanted import Day, Saring, Wanted
from scheduler.world import World

_DAY = timedelta(days=1)
_LONGEST_REST = 30
"""Days looked back for the working day before: no run of days off is longer."""


@dataclass(frozen=True, slots=True)
class Recap:
    """Numbers alone, the worst OPD first: for a group that many people read."""

    at: datetime
    standings: tuple[tuple[str, Standing], ...]
    """Of each OPD that owes an answer: its short name, and where it stands."""
    kominfo: Standing | None = None
    """Where Kominfo stands with what it has to verify or to dispose; None: with nothing."""

    @property
    def terlambat(self) -> int:
        """Overdue complaints, as the console's first page counts them (`Saring.TERLAMBAT`)."""
        return sum(one.terlambat for one in self._all)

    @property
    def hari_ini(self) -> int:
        """Complaints due later today (`Saring.JATUH_TEMPO`)."""
        return sum(one.hari_ini for one in self._all)

    @property
    def menunggu(self) -> int:
        """Complaints due on a later day."""
        return sum(one.menunggu for one in self._all)

    @property
    def _all(self) -> list[Standing]:
        of_kominfo = [] if self.kominfo is None else [self.kominfo]
        return [one for _, one in self.standings] + of_kominfo


def tell_summaries(engine: Engine, world: World, at: datetime) -> int:
    """Make the summaries that are due at `at`; return how many. Any worker may, each is made once.

    Where none is due, which is almost always, nothing is written.
    """
    if not _due(world, at):
        return 0
    with reading(engine) as connection:
        rows = decide_summaries(connection, world, at)
    if not rows:
        return 0
    with writing(engine) as connection:
        return summary.put(connection, rows, at)


def decide_summaries(
    connection: Connection, world: World, at: datetime, *, figures: bool = True
) -> list[dict[str, Any]]:
    """Return the notices that sum up, due at `at` and not there yet, as rows.

    Without `figures` (a look ahead) their text is left out, which costs most of it.

    Kominfo gets one on every working day of its own from the policy's hour on, also where there is
    nothing: its staying away means that something is broken. The Sekda gets one on the week's
    first working day, but for a week in which nothing happened. A day missed is not made
    up, and at night nobody is told of a day that is over. There is neither before the first
    complaint, nor later on the day on which it came.
    """
    due = dict(_due(world, at))
    missing = {cause: due[cause] for cause in due.keys() - summary.told(connection, due)}
    missing = {
        cause: one for cause, one in missing.items() if summary.any_complaint(connection, one[2])
    }
    texts: dict[str, str | None] = {}
    rows: list[dict[str, Any]] = []
    for cause, (kind, post, due_at) in sorted(missing.items()):
        if kind not in texts:
            make = _morning if kind == "ringkasan" else _weekly
            texts[kind] = make(connection, world, at) if figures or kind == "rekap" else ""
        if texts[kind] is None:
            continue
        rows.append(
            {
                "cause": cause,
                "kind": kind,
                "step": kind,
                "post_id": post.id,
                "peran": post.peran,
                "note": texts[kind],
                "status": NoticeStatus.HELD if world.shadow else NoticeStatus.PENDING,
                "hold_reason": "shadow" if world.shadow else None,
                "send_after": at,
                "due_at": due_at,
                "created_at": at,
            }
        )
    return rows


def _due(world: World, at: datetime) -> list[tuple[str, tuple[str, PostInfo, datetime]]]:
    """Return what is to be told by now today: (cause, (kind, post, due time))."""
    today = world.today(at)
    found = []
    for kind, peran, hour in (
        ("ringkasan", Peran.ADMIN_KOORDINATOR, world.policy.ringkasan),
        ("rekap", Peran.SEKDA, world.policy.rekap),
    ):
        if hour is None:
            continue
        due_at = datetime.combine(today, hour, world.zone).astimezone(at.tzinfo)
        if not due_at <= at < datetime.combine(today, SIANG, world.zone):
            continue
        for post in world.directory.resolve(peran, None, today):
            weekly = kind == "rekap"
            starts = not weekly or world.calendar(post.instansi_id).is_week_start(today)
            if starts and world.open_at(post.id, at) <= at:
                found.append((f"{kind}/{today}/{post.id}", (kind, post, due_at)))
    return found


def _morning(connection: Connection, world: World, at: datetime) -> str | None:
    """Return what a morning's notice says, as `bot.texts` reads it."""
    today = world.today(at)
    calendar = world.calendar(None)
    before = (today - n * _DAY for n in range(1, _LONGEST_REST))
    since = _start(world, next((day for day in before if calendar.is_working(day)), today - _DAY))
    found = recap(connection, world, at)
    lists = [
        Wanted(received=(since, _start(world, today))),
        Wanted().also(Saring.MENUNGGU_VERIFIKASI),
    ]
    new, unverified = board.counts(connection, lists, Day.of(at, world.zone))
    counts = {
        "baru": new,
        "belum diverifikasi": unverified,
        "jatuh tempo hari ini": found.hari_ini,
        "gagal": summary.undelivered(connection, since),
        "permintaan": summary.requests(connection, Peran.ADMIN_KOORDINATOR),
        # Last: the OPDs that follow in brackets are those of what is late.
        "terlambat": found.terlambat,
    }
    said = ", ".join(f"{label} {count}" for label, count in counts.items() if count)
    return "\n".join([_named(at, world), said or "nihil", *_late(found)])


def _weekly(connection: Connection, world: World, at: datetime) -> str | None:
    """Return what a week's notice says, as `bot.texts` reads it; None where there is nothing."""
    today = world.today(at)
    monday = today - today.weekday() * _DAY
    since, until = _start(world, monday - 7 * _DAY), _start(world, monday)
    found = recap(connection, world, at)
    (new,) = board.counts(connection, [Wanted(received=(since, until))], Day.of(at, world.zone))
    counts = {
        "masuk": new,
        "dijawab": summary.answered(connection, since, until),
        "terlambat": found.terlambat,
    }
    if not any(counts.values()):
        return None
    said = ", ".join(f"{label} {count}" for label, count in counts.items())
    return "\n".join([_named(at, world), said, *_late(found)])


def _late(found: Recap) -> list[str]:
    late = [f"{name} {one.terlambat}" for name, one in found.standings if one.terlambat]
    if found.kominfo is not None and found.kominfo.terlambat:
        late.append(f"verifikasi Kominfo {found.kominfo.terlambat}")
    return late


def recap(connection: Connection, world: World, at: datetime) -> Recap:
    """Return where the OPDs stand at `at`, the worst first, and Kominfo itself."""
    bodies = world.directory.bodies
    found = board.standings(connection, Wanted(), Day.of(at, world.zone))
    named = [
        (body.short if (body := bodies.get(one.instansi_id)) else "?", one)
        for one in found
        if one.instansi_id is not None
    ]
    named.sort(key=lambda pair: (*_badness(pair[1]), pair[0]))
    kominfo = next((one for one in found if one.instansi_id is None), None)
    return Recap(at, tuple(named), kominfo)


def _badness(one: Standing) -> Sequence[int]:
    return -one.terlambat, -one.hari_ini, -one.menunggu


def recap_text(found: Recap, world: World) -> str:
    """Return the recap as a text for the officers' WhatsApp group: no complaint, no person."""
    local = found.at.astimezone(world.zone)
    day = f"{HARI[local.weekday()]} {hari_bulan_tahun(found.at, world.zone)}"
    head = f"*Rekap aduan {day} pukul {local:%H.%M}*"
    total = sum(one.terlambat + one.hari_ini + one.menunggu for _, one in found.standings)
    lines = [head]
    if total:
        lines.append(f"Menunggu jawaban: {total} aduan.")
        lines += [f"- {name}: {_counts(one)}" for name, one in found.standings]
    else:
        lines.append("Tidak ada aduan yang menunggu jawaban.")
    if found.kominfo is not None:
        lines.append(f"Menunggu verifikasi atau disposisi Kominfo: {_counts(found.kominfo)}.")
    thanks = "Terima kasih."
    lines.append(f"Mohon dijawab sesuai batas waktunya. {thanks}" if total else thanks)
    return "\n".join([*lines, world.policy.tanda])


def _counts(one: Standing) -> str:
    counts = {
        "terlambat": one.terlambat,
        "jatuh tempo hari ini": one.hari_ini,
        "belum jatuh tempo": one.menunggu,
    }
    return ", ".join(f"{label} {count}" for label, count in counts.items() if count)


def _named(at: datetime, world: World) -> str:
    return f"{HARI[at.astimezone(world.zone).weekday()]} {hari_bulan(at, world.zone)}"


def _start(world: World, day: date) -> datetime:
    return datetime.combine(day, time(), world.zone)
