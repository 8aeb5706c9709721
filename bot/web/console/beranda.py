"""Beranda: what stands where, and what needs somebody now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from starlette.responses import Response

from bot.compose import LAST_TICK
from bot.dialogue import standing
from bot.web.console import filters
from bot.web.console.access import Right
from bot.web.console.daftar import day_of, labels, link, starts, wanted_by
from bot.web.console.page import Page, Visit, address, get
from bot.web.console.words import gettext as _
from config.terms import NoticeStatus, Status
from scheduler import clock
from scheduler.store import board, condition
from scheduler.store.board import Flow, Import, Late
from scheduler.store.condition import StoppedSender
from scheduler.store.rules import get_switch
from scheduler.store.session import reading
from scheduler.store.wanted import Saring
from scheduler.world import World

DAYS: Final = 14
"""How many days the chart goes back, today included."""
SILENT_AFTER: Final = timedelta(seconds=180)
"""How long ago the scheduler may have looked: as `/readyz` judges it."""
OLD_AFTER: Final = timedelta(days=3)
"""How old SP4N's data may be where no SP4N_FRESH_H says it: a weekend, and a day."""

_WAITING: Final = (
    Saring.MENUNGGU_VERIFIKASI,
    Saring.MENUNGGU_DISPOSISI,
    Saring.PERMINTAAN,
    Saring.DITAHAN,
    Saring.TUNGGAKAN,
)
_KOMINFOS: Final = frozenset({Saring.MENUNGGU_VERIFIKASI, Saring.MENUNGGU_DISPOSISI})
"""What no OPD has any of: it sees what was disposed to it."""
_HELD_BACK: Final = (Saring.MENUNGGU_DATA, Saring.VETO)
"""Why messages are held, but for the backlog (above) and shadow mode (below)."""
_COUNTED: Final = (
    Saring.HARI_INI,
    Saring.TUJUH_HARI,
    Saring.TIGA_PULUH_HARI,
    Saring.TERLAMBAT,
    Saring.JATUH_TEMPO,
    *_WAITING,
    *_HELD_BACK,
)
_QUEUES: Final = {
    Saring.MENUNGGU_VERIFIKASI: "verifikasi",
    Saring.MENUNGGU_DISPOSISI: "disposisi",
    Saring.PERMINTAAN: "permintaan",
    Saring.DITAHAN: "perlu_anda",
    Saring.TUNGGAKAN: "tunggakan",
}
"""Where those who handle complaints find them, with what can be done."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, and the list that is exactly as long."""

    label: str
    count: int
    path: str
    alarming: bool = False


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that needs somebody, in a sentence; `path` is where to do it, if anywhere here."""

    text: str
    path: str | None = None
    grave: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A day of the chart."""

    day: date
    flow: Flow
    received_path: str
    closed_path: str


@dataclass(frozen=True, slots=True)
class Found:
    """What was read of complaints, whoever looks."""

    counts: dict[Saring, int]
    tunda: int
    late: list[Late]
    flow: list[Flow]
    imported: Import | None
    undecided: int
    """Requests of officers past the date until which they were to be decided."""


@dataclass(frozen=True, slots=True)
class Service:
    """How the service itself is: what those see who handle messages."""

    notices: dict[NoticeStatus, int]
    looked_at: datetime | None
    """When the scheduler finished its last pass, by the machine's clock."""
    looked: str
    silent: bool
    stopped_since: datetime | None
    shadow: bool
    gateway: str
    senders: list[StoppedSender]


class Beranda(Page):
    """The first page."""

    menu_label = "Overview"
    icon = "fa-solid fa-gauge"
    path = "/"
    right = Right.SEE_BOARD
    order = 1

    @get("", Right.SEE_BOARD)
    def show(self, visit: Visit) -> Response:
        """Show the figures; each leads to its list."""
        world = visit.world
        days = [world.today(visit.at) - n * timedelta(days=1) for n in range(DAYS - 1, -1, -1)]
        found = _found(visit, days)
        service = _service(visit) if visit.may(Right.SEE_MESSAGES) else None
        return visit.page(
            "beranda.html",
            alarms=_alarms(visit, found, service),
            groups=_groups(visit, found, service),
            late=[_bar(world, one) for one in found.late],
            days=[_column(day, flow) for day, flow in zip(days, found.flow, strict=True)],
            imported=found.imported,
            service=service,
        )


# --- reading ----------------------------------------------------------------------------------


def _found(visit: Visit, days: list[date]) -> Found:
    world, every = visit.world, wanted_by(visit)
    day = day_of(world, visit.at)
    bounds = [*(starts(world, one) for one in days), day.tomorrow]
    with reading(visit.opened.engine) as connection:
        lists = [every.also(one) for one in _COUNTED]
        *counted, tunda = board.counts(connection, [*lists, every.of(Status.TUNDA)], day)
        counts, undecided = dict(zip(_COUNTED, counted, strict=True)), 0
        if visit.may(Right.HANDLE):
            # As its list has them: without those that have settled themselves meanwhile.
            asked = [one.asked for one in standing.waiting(connection)]
            counts[Saring.PERMINTAAN] = len(asked)
            undecided = sum(one.due_at < visit.at for one in asked)
        return Found(
            counts,
            tunda,
            board.late(connection, every, day),
            board.flow(connection, every, bounds, day),
            board.last_import(connection),
            undecided,
        )


def _service(visit: Visit) -> Service:
    opened = visit.opened
    with reading(opened.engine) as connection:
        # What failed long ago nobody mends any more; what is uncertain or held waits for somebody.
        notices = board.notices(
            connection,
            {
                NoticeStatus.UNKNOWN: None,
                NoticeStatus.FAILED: day_of(visit.world, visit.at).week,
                NoticeStatus.HELD: None,
            },
        )
        last = get_switch(connection, LAST_TICK)
        senders = condition.stopped_senders(connection, visit.at)
    looked_at, now = datetime.fromisoformat(last) if last else None, clock.now()
    stopped = opened.stopped_since()
    return Service(
        notices,
        looked_at,
        filters.ago(looked_at, now),
        silent=looked_at is None or abs(now - looked_at) > SILENT_AFTER,
        stopped_since=datetime.fromisoformat(stopped) if stopped else None,
        shadow=opened.settings.shadow,
        gateway=_gateways().get(opened.settings.gateway, opened.settings.gateway),
        senders=senders,
    )


def _gateways() -> dict[str, str]:
    return {
        "simulator": _("Simulated phones: nothing leaves this machine"),
        "manual": _("By hand: officers open links and send"),
        "twilio": "Twilio",
        "smsgate": _("SMS gateway on an Android phone"),
    }


# --- showing ----------------------------------------------------------------------------------


def _path(visit: Visit, one: Saring) -> str:
    if one in _QUEUES and visit.may(Right.HANDLE):
        return address("/kotak-masuk", antrean=_QUEUES[one])
    return link(saring=[one])


def _messages(visit: Visit, status: NoticeStatus) -> str:
    since = day_of(visit.world, visit.at).week.astimezone(visit.world.zone).date()
    return address("/pesan", status=status, dari=since if status is NoticeStatus.FAILED else None)


def _groups(visit: Visit, found: Found, service: Service | None) -> list[tuple[str, list[Figure]]]:
    def figure(one: Saring, *, alarming: bool = False) -> Figure:
        count = found.counts[one]
        return Figure(labels()[one], count, _path(visit, one), alarming and count > 0)

    waiting = [
        figure(one, alarming=one is Saring.PERMINTAAN and found.undecided > 0)
        for one in _WAITING
        if visit.scope is None or one not in _KOMINFOS
    ]
    waiting.append(Figure("Tunda", found.tunda, link(status=Status.TUNDA)))
    received = (Saring.HARI_INI, Saring.TUJUH_HARI, Saring.TIGA_PULUH_HARI)
    groups = [
        (_("Limits"), [figure(Saring.TERLAMBAT, alarming=True), figure(Saring.JATUH_TEMPO)]),
        (_("Received"), [figure(one) for one in received]),
        (_("Waiting"), waiting),
    ]
    if service is not None:
        told = [
            Figure(
                _("Failed in the last 7 days")
                if status is NoticeStatus.FAILED
                else _("Messages held")
                if status is NoticeStatus.HELD
                else filters.NOTICE[status][0],
                count,
                _messages(visit, status),
                status is not NoticeStatus.HELD and count > 0,
            )
            for status, count in service.notices.items()
        ]
        told += [figure(one) for one in _HELD_BACK]
        groups.append((_("Messages to officers and reporters"), told))
    return groups


def _bar(world: World, one: Late) -> Figure:
    path = link(saring=[Saring.TERLAMBAT], instansi=one.instansi_id)
    if one.instansi_id is None:
        path = link(saring=[Saring.TERLAMBAT, Saring.TANPA_INSTANSI])
        return Figure(_("Kominfo (not disposed yet)"), one.count, path)
    body = world.directory.bodies.get(one.instansi_id)
    return Figure(body.short if body else "?", one.count, path)


def _column(day: date, flow: Flow) -> Column:
    return Column(day, flow, link(diterima=day), link(ditutup=day))


def _alarms(visit: Visit, found: Found, service: Service | None) -> list[Alarm]:
    """Return what needs somebody, the gravest first: a service that stands still, then people."""
    alarms = _of_service(visit, service) if service else []
    counts = found.counts
    sentences = {
        Saring.TERLAMBAT: _("%(n)s complaints are overdue: look who owes an answer")
        if visit.scope is None
        else _("%(n)s complaints are overdue: answer them"),
        Saring.DITAHAN: _("%(n)s complaints are held until you settle a name or a status"),
        Saring.PERMINTAAN: _(
            "%(n)s requests of officers wait for a decision, %(late)s of them for too long"
        )
        if found.undecided
        else _("%(n)s requests of officers wait for a decision"),
        Saring.JATUH_TEMPO: _("%(n)s complaints are due today"),
    }
    late = filters.thousands(found.undecided)
    for one, sentence in sentences.items():
        if counts[one]:
            text = sentence % {"n": filters.thousands(counts[one]), "late": late}
            grave = one is Saring.TERLAMBAT or (one is Saring.PERMINTAAN and found.undecided > 0)
            alarms.append(Alarm(text, _path(visit, one), grave=grave))
    if service and found.imported and _is_old(visit, found.imported):
        age = filters.ago(found.imported.data_at, visit.at)
        text = _("The newest data of SP4N is of %(age)s: import an export") % {"age": age}
        alarms.append(Alarm(text, "/kotak-masuk/impor"))
    return sorted(alarms, key=lambda alarm: not alarm.grave)


def _is_old(visit: Visit, newest: Import) -> bool:
    if visit.world.fresh_hours is not None:
        return not visit.world.fresh(newest.data_at, visit.at)
    return visit.at - newest.data_at > OLD_AFTER


def _of_service(visit: Visit, service: Service) -> list[Alarm]:
    alarms = []
    if service.stopped_since is not None:
        alarms.append(Alarm(_("Everything is stopped"), "/pesan", grave=True))
    if service.silent:
        text = _("The scheduler has never looked: nobody is reminded while it does not run")
        if service.looked_at is not None:
            text = _("The scheduler last looked %(age)s: nobody is reminded while it does not run")
        alarms.append(Alarm(text % {"age": service.looked}, grave=True))
    for sender in service.senders:
        code = sender.code or "?"
        text = _("The provider refuses a sender (code %(code)s): nothing leaves it")
        alarms.append(Alarm(text % {"code": code}, grave=True))
    sentences = {
        NoticeStatus.UNKNOWN: _("%(n)s messages are uncertain: settle them"),
        NoticeStatus.FAILED: _("%(n)s messages of the last 7 days have failed: look why"),
    }
    for status, sentence in sentences.items():
        count = service.notices[status]
        if count:
            text = sentence % {"n": filters.thousands(count)}
            alarms.append(
                Alarm(text, _messages(visit, status), grave=status is NoticeStatus.UNKNOWN)
            )
    return alarms
