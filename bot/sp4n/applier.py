"""PURE: what one row of an export changes in a complaint, through the lifecycle.

An export is a snapshot: it says where a complaint stands, not what has just happened. So only
what differs from the snapshot before is news; what Ingat did meanwhile (a disposition, a return,
a pause) is not undone by SP4N still showing what it showed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.sp4n.matching import Found, InstansiIndex, Match, NotDisposed, Unknown
from bot.sp4n.rows import Sp4nRow
from config.terms import Clock, Status
from scheduler.case import Case, Changes
from scheduler.complaint import CLOSED, forward
from scheduler.escalation import forecast
from scheduler.ledger import SP4N
from scheduler.lifecycle import Desk
from scheduler.store.sealed import Seal
from scheduler.world import World

DisposedAt = Literal["received", "import"] | datetime
"""When a row that is first seen disposed was disposed: the export does not say."""

_CONTENT = (
    "klasifikasi",
    "kategori",
    "kategori_id",
    "judul",
    "isi",
    "anonim",
    "rahasia",
    "sumber",
    "rating",
)
_CONDITIONS = {"klasifikasi", "kategori", "sumber"}
"""What limits and steps may depend on."""


@dataclass(slots=True)
class Outcome:
    """How many rows did what."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    held: int = 0


class Applier:
    """Applies the rows of one export; `changes` are those of the newest batch."""

    def __init__(
        self,
        world: World,
        index: InstansiIndex,
        seal: Seal,
        at: datetime,
        data_at: datetime,
        disposed_at: DisposedAt,
    ) -> None:
        """`data_at` is the moment the snapshot speaks of, never after `at`."""
        self._world = world
        self._index = index
        self._seal = seal
        self._at = at
        self._data_at = data_at
        self._disposed_at = disposed_at
        self._old = world.data_at is not None and data_at < world.data_at
        self._asked: set[str] = set()
        self._asking: set[str] = set()
        self._desk = Desk(world, at)

    @property
    def changes(self) -> Changes:
        """What the newest batch changes."""
        return self._desk.changes

    def apply(self, rows: Sequence[Sp4nRow], known: Mapping[str, Case], at: datetime) -> Outcome:
        """Apply rows, as of `at`, to the complaints known by their Tracking ID, or enter them."""
        self._at = at
        self._desk = Desk(self._world, self._at)
        self._asking = set()
        outcome = Outcome()
        for row in rows:
            case = known.get(row.tracking_id)
            if case is None:
                case = self._enter(row)
                outcome.added += 1
            elif self._update(case, row):
                outcome.updated += 1
            else:
                outcome.unchanged += 1
            outcome.held += case.hold_reason is not None
        return outcome

    def committed(self) -> None:
        """The newest batch is stored: what it asks Kominfo need not be asked again."""
        self._asked |= self._asking

    # --- a complaint seen for the first time ----------------------------------------------

    def _enter(self, row: Sp4nRow) -> Case:
        desk = self._desk
        match = self._index.match(row.instansi_id, row.instansi)
        case = Case(
            received_at=row.received_at,
            last_event_at=row.received_at,
            tracking_id=row.tracking_id,
            hidden=row.hidden,
            lokasi=_place(row),
            reporter_sealed=self._seal.seal(row.reporter) if row.reporter else None,
            sp4n_instansi_id=row.instansi_id,
            sp4n_instansi=row.instansi,
            sp4n_status=row.status_text,
            **{name: getattr(row, name) for name in _CONTENT},
        )
        case.hold_reason = _doubt(row, match)
        status = row.status
        disposed = isinstance(match, Found) and status is not Status.BELUM_TERVERIFIKASI
        waits = status in (Status.BELUM_TERVERIFIKASI, Status.BELUM_DITINDAKLANJUTI)
        desk.receive(case, SP4N, waits=waits and not disposed)
        event_at = max(self._data_at, case.received_at)
        if case.hold_reason is not None:
            self._ask(case, row)
        elif status in CLOSED:
            self._end(case, row, event_at)
            case.instansi_id = match.id if isinstance(match, Found) else None
            case.closed_at = None  # when it was closed, the export does not say
        elif status is Status.PROSES:
            desk.adopt(case, match.id if isinstance(match, Found) else None, SP4N, event_at)
            self._rating(case, None, event_at)
        elif disposed and isinstance(match, Found):
            self._first_disposition(case, match.id)
        elif status is Status.BELUM_DITINDAKLANJUTI:
            desk.verify(case, SP4N, event_at)
        if status is Status.TUNDA and case.hold_reason is None:
            desk.pause(case, SP4N, row.alasan, max(event_at, case.last_event_at))
        return case

    def _first_disposition(self, case: Case, instansi_id: int) -> None:
        """Dispose one that was first seen disposed, also where that could be read only later."""
        if self._disposed_at == "received":
            moment = case.received_at
        elif self._disposed_at == "import":
            moment = self._at
        else:
            moment = min(max(self._disposed_at, case.received_at), self._at)
        known_at = max(moment, case.last_event_at)
        self._desk.dispose(case, instansi_id, SP4N, known_at, since=moment)
        run = case.open_run(Clock.RESPON)
        ladder = self._world.ladder(case, run) if run else None
        if run is None or ladder is None:
            return
        ahead = forecast(ladder, run.facts(case.counted_as), self._at)
        letters = [due for step, _, due in ahead if step.formal]
        if letters and letters[0] <= self._at:
            case.backlog_at = self._at

    # --- a complaint seen again -----------------------------------------------------------

    def _update(self, case: Case, row: Sp4nRow) -> bool:
        """Bring a known complaint up to what the row shows; return whether anything changed."""
        before = (case.status, case.instansi_id, case.hold_reason)
        rating = case.rating
        changed = self._content(case, row)
        match = self._index.match(row.instansi_id, row.instansi)
        if case.status not in CLOSED:
            self._movement(case, row, match)
            self._rating(case, rating, self._event_at(case))
        if not self._old:
            changed |= _remember(case, row, match)
        if changed or before != (case.status, case.instansi_id, case.hold_reason):
            self._desk.touch(case)
            return True
        return False

    def _event_at(self, case: Case) -> datetime:
        return min(self._at, max(self._data_at, case.last_event_at))

    def _rating(self, case: Case, before: int | None, at: datetime) -> None:
        """A rating that is news is what the reporter was waited for."""
        waits = case.open_run(Clock.TANGGAPAN) is not None
        if waits and case.rating is not None and case.rating != before:
            self._desk.rate(case, SP4N, case.rating, at)

    def _content(self, case: Case, row: Sp4nRow) -> bool:
        changed: set[str] = set()
        for name in _CONTENT:
            old, new = getattr(case, name), getattr(row, name)
            # A column that this export left out or blank takes nothing away, no protection
            # either; a snapshot older than the newest only fills in what is missing. What was
            # typed into SP4N of a text from a phone is no more than its reporter wrote.
            if (
                new in (None, "", False)
                or new == old
                or (self._old and old not in (None, "", False))
                or (name == "isi" and case.reporter_phone_id is not None)
            ):
                continue
            setattr(case, name, new)
            changed.add(name)
        if row.hidden and not case.hidden:
            case.hidden = True
            changed.add("hidden")
        if case.anonim and case.reporter_sealed is not None:
            case.reporter_sealed = None
            changed.add("reporter")
        elif row.reporter and case.reporter_sealed is None and not case.anonim:
            case.reporter_sealed = self._seal.seal(row.reporter)
            changed.add("reporter")
        if case.lokasi is None and _place(row) is not None:
            case.lokasi = _place(row)
            changed.add("lokasi")
        if changed & _CONDITIONS:
            self._desk.look_at_all_again(case)
        return bool(changed)

    def _movement(self, case: Case, row: Sp4nRow, match: Match) -> None:
        named = not self._names_the_same(case, row, match)
        held = case.hold_reason is not None
        if not (named or held or row.status_text != case.sp4n_status):
            return
        target = row.status and forward(case.status, case.before_tunda, row.status)
        if case.status is Status.PROSES and _answer_is_news(case, row):
            target = Status.PROSES
        wanted = match.id if isinstance(match, Found) else None
        if self._old and not _onward(case, target, wanted):
            return
        doubt = _doubt(row, match if named or held or case.instansi_id is None else None)
        if doubt is not None:
            if case.hold_reason != doubt:
                self._desk.hold(case, doubt)
                self._ask(case, row)
            return
        was_disposed = held and self._was_seen_disposed(case, row)
        self._desk.hold(case, None)
        at = self._event_at(case)
        if target in CLOSED:
            case.instansi_id = case.instansi_id or wanted
            self._end(case, row, at)
            return
        # One that an OPD gave back is disposed again only when SP4N names another instansi.
        first = case.instansi_id is None and Clock.RESPON not in case.run_counts
        if wanted is not None and wanted != case.instansi_id and (named or held or first):
            self._disposition(case, row, wanted, at, was_disposed=was_disposed)
        else:
            self._status(case, row, target, at)

    def _names_the_same(self, case: Case, row: Sp4nRow, match: Match) -> bool:
        """Return whether a row names the instansi that the snapshot before named, or none."""
        if row.instansi == case.sp4n_instansi and (
            row.instansi_id == case.sp4n_instansi_id
            or None in (row.instansi_id, case.sp4n_instansi_id)
        ):
            return True
        if isinstance(match, NotDisposed):
            return True
        before = self._index.match(case.sp4n_instansi_id, case.sp4n_instansi)
        return isinstance(match, Found) and match == before

    def _status(self, case: Case, row: Sp4nRow, target: Status | None, at: datetime) -> None:
        desk = self._desk
        if target is Status.TUNDA:
            desk.pause(case, SP4N, row.alasan, at)
        elif target is Status.PROSES and (
            case.before_tunda is not Status.PROSES or _answer_is_news(case, row)
        ):
            if case.instansi_id is None:
                desk.adopt(self._untunda(case, at), None, SP4N, at)
            else:
                desk.answer(case, SP4N, in_sp4n=True, at=at)
        elif target is not None and case.status is Status.TUNDA:
            desk.resume(case, SP4N, at)
        if target is Status.BELUM_DITINDAKLANJUTI and case.status is Status.BELUM_TERVERIFIKASI:
            desk.verify(case, SP4N, at)

    def _disposition(
        self, case: Case, row: Sp4nRow, instansi_id: int, at: datetime, *, was_disposed: bool
    ) -> None:
        """A first disposition seen after the complaint itself, or one to another instansi."""
        status = _known(row)
        if status is Status.BELUM_TERVERIFIKASI:
            return
        self._untunda(case, at)
        if status is Status.PROSES:
            self._desk.adopt(case, instansi_id, SP4N, at)
            return
        if was_disposed:
            self._first_disposition(case, instansi_id)
        else:
            self._desk.dispose(case, instansi_id, SP4N, at)
        if status is Status.TUNDA:
            self._desk.pause(case, SP4N, row.alasan, at)

    def _was_seen_disposed(self, case: Case, row: Sp4nRow) -> bool:
        """Whether a complaint was held, since it was first seen, for this very disposition."""
        shown = self._world.sp4n(case.sp4n_status or "")
        return (
            not case.run_counts
            and row.instansi == case.sp4n_instansi
            and row.instansi_id == case.sp4n_instansi_id
            and shown is not None
            and shown[0] is not Status.BELUM_TERVERIFIKASI
        )

    def _untunda(self, case: Case, at: datetime) -> Case:
        if case.status is Status.TUNDA:
            self._desk.resume(case, SP4N, at)
        return case

    def _end(self, case: Case, row: Sp4nRow, at: datetime) -> None:
        if row.status is Status.SELESAI:
            self._desk.close(case, SP4N, at=at)
        else:
            self._desk.archive(case, SP4N, row.alasan, at=at)

    # --- what a person has to settle ------------------------------------------------------

    def _ask(self, case: Case, row: Sp4nRow) -> None:
        """Ask Kominfo once an import about each word that the export uses and nobody knows."""
        kind, word = (
            ("status_asing", row.status_text)
            if row.status is None
            else ("instansi_asing", row.instansi or row.instansi_id or "")
        )
        if f"{kind} {word}" not in self._asked | self._asking:
            self._asking.add(f"{kind} {word}")
            self._desk.tell_kominfo(case, "ask", kind, word)


def _known(row: Sp4nRow) -> Status:
    assert row.status is not None
    return row.status


def _answer_is_news(case: Case, row: Sp4nRow) -> bool:
    """Return whether SP4N newly shows an answer that a clock of the OPD still waits for.

    One given here may have been normative, or not yet recorded there.
    """
    news = row.status is Status.PROSES and row.status_text != case.sp4n_status
    return news and any(case.open_run(clock) for clock in (Clock.RESPON, Clock.PENYELESAIAN))


def _place(row: Sp4nRow) -> str | None:
    return ", ".join(filter(None, (row.kelurahan, row.kecamatan, row.kota))) or None


def _remember(case: Case, row: Sp4nRow, match: Match) -> bool:
    """Keep what this snapshot shows, to tell news from it by; return whether it is anything new.

    The kabupaten itself, or nothing, in place of an instansi is no disposition and takes none
    back.
    """
    before = (case.sp4n_status, case.sp4n_instansi_id, case.sp4n_instansi)
    case.sp4n_status = row.status_text
    if not isinstance(match, NotDisposed):
        case.sp4n_instansi_id = row.instansi_id or (
            case.sp4n_instansi_id if row.instansi == case.sp4n_instansi else None
        )
        case.sp4n_instansi = row.instansi
    return before != (case.sp4n_status, case.sp4n_instansi_id, case.sp4n_instansi)


def _onward(case: Case, target: Status | None, wanted: int | None) -> bool:
    """Return whether a snapshot older than the newest one read may still move a complaint.

    Newer exports may have left it out (another period, another OPD), so an end or an answer that
    only the older one shows is believed: who has answered is not reminded. What has no order
    (tunda, another instansi, doubts) is not taken back to what it was.
    """
    if target in CLOSED:
        return True
    if target in (None, Status.TUNDA) or case.status is Status.TUNDA or case.hold_reason:
        return False
    return case.instansi_id is None or wanted in (None, case.instansi_id)


def _doubt(row: Sp4nRow, match: Match | None) -> str | None:
    """Say why a row's ladder must wait for a person, or None."""
    if row.status is None:
        return f'status SP4N "{row.status_text}" tidak dikenal'
    if isinstance(match, Unknown) and row.status not in CLOSED:
        name = row.instansi or row.instansi_id
        hint = f"; mungkin: {', '.join(match.suggestions)}" if match.suggestions else ""
        return f'instansi SP4N "{name}" tidak dikenal{hint}'
    return None
