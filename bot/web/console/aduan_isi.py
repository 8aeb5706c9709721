"""What the page of one complaint shows to one visitor, gathered in one look at the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from starlette.exceptions import HTTPException

from bot.dialogue import answers, standing
from bot.trace_of import trace_of
from bot.web.console import access, aduan_mirip, pesan_galat, sementara
from bot.web.console.access import Right
from bot.web.console.linimasa import Entry, Records, timeline
from bot.web.console.page import Visit
from bot.web.console.strip import Strip, strip
from bot.web.console.words import gettext as _
from bot.wording import tanggal
from config.terms import GOVERNMENTS, Clock, NoticeStatus, Peran, Status
from scheduler.case import Case
from scheduler.complaint import ALLOWED, CLOSED, Verb
from scheduler.directory import Body, PostInfo
from scheduler.ledger import HELD_BACKLOG, HELD_SHADOW, HELD_STALE
from scheduler.records import RunRecord
from scheduler.store import dossier, handled, requests
from scheduler.store.dossier import Dossier, Line, Other, Said, Telling
from scheduler.store.listing import HIDDEN
from scheduler.store.requests import Asked
from scheduler.store.session import Connection, reading
from scheduler.store.wanted import OWED
from scheduler.trace import RunTrace, Trace
from scheduler.world import World

_URGENT: Final = (
    Clock.RESPON, Clock.VERIFIKASI, Clock.KELENGKAPAN, Clock.TANGGAPAN, Clock.PENYELESAIAN,
)  # fmt: skip
"""Of several clocks that run, which one the head of the page speaks of."""
_AS_OPD: Final = (Peran.ADMIN_OPD, Peran.PEJABAT_PENGHUBUNG, Peran.KEPALA_OPD)


@dataclass(frozen=True, slots=True)
class Ladder:
    """One run of a clock, its strip of days, and whether it is the one that is looked at first."""

    run: RunTrace
    strip: Strip
    first: bool


@dataclass(frozen=True, slots=True)
class Limit:
    """What the head says of the limit: in words, and how urgent it is (a colour of the shell)."""

    words: str
    colour: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One complaint as one visitor sees it. `reads`: he may read what it says."""

    it: Dossier
    reads: bool
    reporter: bool
    """Whether he may ask who reported it, and something is known."""
    photos: bool
    limit: Limit | None
    similar: tuple[Other, ...]
    asked: tuple[Asked, ...]
    """What waits for a decision of people."""
    answers: tuple[Said, ...]
    entries: tuple[Entry, ...]
    ladders: tuple[Ladder, ...]
    changes: tuple[Line, ...]
    """Changes of the calendar that moved something."""
    may: frozenset[str]
    """What he may do now; the names are those of the forms."""
    held: tuple[str, ...]
    """Why messages are held, in words."""
    post: PostInfo | None
    """As which post somebody answers from the page."""
    bodies: tuple[Body, ...]
    mark: str
    """In which state the page shows it, for its forms."""

    @property
    def acts(self) -> frozenset[str]:
        """What he may do beside deciding on requests, which stand by themselves."""
        return self.may - {"putuskan"}


def found(connection: Connection, visit: Visit, complaint_id: int) -> Dossier:
    """Return a complaint that the visitor may see; raise 404 for any other."""
    it = dossier.load(connection, complaint_id, visit.scope)
    if it is None:
        raise HTTPException(404)
    return it


def reads(visit: Visit, it: Dossier | Other) -> bool:
    """Return whether the visitor may read what a complaint says."""
    return access.sees_content(visit.visitor.wewenang, rahasia=it.rahasia, hidden=it.hidden)


def may_know_reporter(visit: Visit, it: Dossier) -> bool:
    """Return whether the visitor may know who reported a complaint."""
    return access.sees_reporter(visit.visitor.wewenang, anonim=it.anonim, rahasia=it.rahasia)


def acting_post(
    world: World, instansi_id: int | None, at: datetime, about: int | None
) -> PostInfo | None:
    """Return the post as which an instansi's answer to a complaint is taken down: its admin's.

    Where nobody holds that, still the admin's of the instansi or above it; else another of its
    posts: the instansi has answered, whoever's phone is missing.
    """
    if instansi_id is None:
        return None
    directory = world.directory
    held = directory.resolve(Peran.ADMIN_OPD, instansi_id, world.today(at), about)
    line = [body.id for body in directory.line(instansi_id) if body.jenis not in GOVERNMENTS]
    vacant = sorted(
        (post for post in directory.posts.values() if post.peran in _AS_OPD),
        key=lambda post: (_AS_OPD.index(post.peran), post.id),
    )
    near = (post for key in line for post in vacant if post.instansi_id == key)
    return next(iter(held), None) or next(near, None)


def sheet(visit: Visit, complaint_id: int) -> Sheet:
    """Return everything there is to see; raise 404 where there is nothing for this visitor."""
    world, opened = visit.world, visit.opened
    stopped = opened.stopped_since()
    with reading(opened.engine) as connection:
        it = found(connection, visit, complaint_id)
        history, explained = trace_of(
            connection, world, complaint_id, max(visit.at, it.received_at), stopped_since=stopped
        )
        alike = dossier.similar(connection, complaint_id, visit.scope)
        similar = aduan_mirip.readable(visit, it, alike)
        it, trail = aduan_mirip.without_others(
            visit, it, dossier.trail(connection, complaint_id), similar
        )
        tellings = dossier.tellings(connection, complaint_id)
        records = Records(
            trail,
            tellings,
            dossier.came(connection, complaint_id),
            history.runs,
            handled.who_did(connection, complaint_id),
        )
        asked = _waiting(connection, complaint_id)
        said = dossier.answers(connection, complaint_id)
    may_read = reads(visit, it)
    held = tuple(dict.fromkeys(one.hold_reason for one in tellings if one.hold_reason))
    return Sheet(
        it=_shown(it, may_read=may_read),
        reads=may_read,
        reporter=may_know_reporter(visit, it) and is_known(visit, it),
        photos=may_read and visit.may(Right.SEE_PHOTOS),
        limit=limit_words(explained, world, it.instansi_id, visit.at),
        similar=similar,
        asked=tuple(asked),
        answers=tuple(said) if may_read else (),
        entries=tuple(timeline(records, world.zone, reads=may_read)),
        ladders=tuple(_ladders(explained, trail, visit, world)),
        changes=tuple(line for line in trail if line.event == "kalender"),
        may=allowed(visit, history.case, asked, _standing(records), tellings, history.runs),
        held=tuple(_held(reason, may_read=may_read) for reason in held),
        post=acting_post(world, it.instansi_id, visit.at, complaint_id),
        bodies=tuple(_offices(world)),
        mark=sementara.mark(complaint_id, max((line.id for line in trail), default=0)),
    )


def is_known(visit: Visit, it: Dossier) -> bool:
    """Return whether there is anything to show of the reporter to who may know him."""
    return it.has_name or (it.has_phone and access.sees_phone(visit.visitor.wewenang))


def _shown(it: Dossier, *, may_read: bool) -> Dossier:
    """Return a complaint without what this visitor must not read: no template can show it."""
    if it.hidden:
        return replace(it, judul=HIDDEN, isi=HIDDEN, lokasi=None, alasan=None)
    if may_read:
        return it
    judul = _("Secret complaint")
    isi = _("What it says is shown only to Kominfo and to the OPD that answers it.")
    return replace(it, judul=judul, isi=isi, lokasi=None, alasan=None)


def _held(reason: str, *, may_read: bool) -> str:
    if reason == HELD_SHADOW:
        return _("shadow mode: nothing is sent")
    return pesan_galat.held(reason, reads=may_read)


def _offices(world: World) -> list[Body]:
    bodies = (body for body in world.directory.bodies.values() if body.jenis not in GOVERNMENTS)
    return sorted(bodies, key=lambda body: body.nama)


def _standing(records: Records) -> list[Line]:
    """Return the events that were not taken back: each undo follows at once what it undoes."""
    ids = [line.id for line in records.trail]
    undoes = {line.id for line in records.trail if line.event == "undo"}
    undone = [
        (after, until)
        for after, until, _name, _action in records.doings
        if min((key for key in ids if key > until), default=0) in undoes
    ]
    return [
        line for line in records.trail if not any(after < line.id <= to for after, to in undone)
    ]


def _waiting(connection: Connection, complaint_id: int) -> list[Asked]:
    """Return the requests that still are some, as decisions see them; changes nothing."""
    asked = requests.open_of(connection, complaint_id)
    behind = requests.behind(connection, [complaint_id])[complaint_id]
    return [one for one in asked if standing.verdict(one, behind) is None]


# --- clocks -----------------------------------------------------------------------------------


def limit_words(found_: Trace, world: World, instansi_id: int | None, at: datetime) -> Limit | None:
    """Return how much time is left, or how late it is, by the limit that comes first.

    It is the limit that lists and figures go by; one that letters have moved is named besides.

    Days are working days of the instansi that the clock counts by.
    """
    if found_.hold_reason is not None:
        return Limit(_("On hold: %(why)s") % {"why": found_.hold_reason}, "purple")
    run = _first(found_)
    if run is None:
        return None
    begin = next((begin for begin, end in run.pauses if end is None), None)
    if begin is not None:
        since = tanggal(begin, world.zone)
        return Limit(_("The clock stands still since %(since)s") % {"since": since}, "purple")
    if run.limit_at is None:
        return None
    theirs = run.clock in (Clock.RESPON, Clock.PENYELESAIAN)
    calendar = world.calendar(instansi_id if theirs else None)
    today, day = calendar.local_date(at), calendar.local_date(run.limit_at)
    days: dict[str, object] = {"limit": tanggal(run.limit_at, world.zone)}
    if at <= run.limit_at:
        days["days"] = left = calendar.count(today, day)
        text, colour = _left(left), "orange" if day == today else "azure"
    else:
        days["days"] = late = calendar.count(day, today)
        text, colour = _late(late), "red"
    told = text % days
    if run.adjusted_limit is not None:
        adjusted = tanggal(run.adjusted_limit, world.zone)
        told = _("%(told)s; in letters: %(limit)s") % {"told": told, "limit": adjusted}
    return Limit(told, colour)


def _first(found_: Trace) -> RunTrace | None:
    """Return the clock that the head speaks of: the one by which lists say how late it is."""
    owed = [run for clock in OWED for run in _open(found_, clock) if run.limit_at is not None]
    if owed:
        return min(owed, key=lambda run: run.limit_at or run.started_at)
    return next((run for clock in _URGENT for run in _open(found_, clock)), None)


def _left(days: int) -> str:
    if days:
        return _("until %(limit)s, %(days)d working days left")
    return _("until %(limit)s: the last day")


def _late(days: int) -> str:
    if days:
        return _("late by %(days)d working days (limit %(limit)s)")
    return _("late since %(limit)s")


def _open(found_: Trace, clock: Clock) -> list[RunTrace]:
    return [run for run in found_.runs if run.clock == clock and run.stopped_at is None]


def _ladders(found_: Trace, trail: Collection[Line], visit: Visit, world: World) -> list[Ladder]:
    said = {line.at for line in trail if line.event == "sudah"}
    order = {clock: place for place, clock in enumerate(_URGENT)}
    runs = sorted(
        found_.runs,
        key=lambda run: (run.stopped_at is not None, order[Clock(run.clock)], -run.run_no),
    )
    return [
        Ladder(run, strip(run, max(visit.at, run.started_at), world.zone, said), place == 0)
        for place, run in enumerate(runs)
    ]


# --- what may be done -------------------------------------------------------------------------


def allowed(
    visit: Visit,
    case: Case,
    asked: Sequence[Asked],
    trail: Collection[Line],
    tellings: Collection[Telling],
    runs: Collection[RunRecord],
) -> frozenset[str]:
    """Return what the visitor may do to a complaint as it stands; the verbs decide again."""
    may: set[str] = set()
    if visit.may(Right.HANDLE):
        may |= _as_kominfo(case) | _held_back(case, tellings, runs)
    if visit.may(Right.DECIDE) and asked:
        may.add("putuskan")
    if visit.may(Right.ANSWER) and case.instansi_id is not None and case.status not in CLOSED:
        may.add("jawab")
        if case.status is not Status.TUNDA and not answers.answered(case):
            may |= _in_hand(case, asked, trail)
    return frozenset(may)


def _as_kominfo(case: Case) -> set[str]:
    """Return what Kominfo may do by the status alone."""
    names = {
        Verb.VERIFY: "verifikasi", Verb.DISPOSE: "disposisi", Verb.PAUSE: "kelengkapan",
        Verb.ARCHIVE: "arsip", Verb.RESUME: "lengkap", Verb.CLOSE: "selesai",
    }  # fmt: skip
    may = {name for verb, name in names.items() if case.status in ALLOWED[verb]}
    if case.status not in CLOSED:
        may |= {"klasifikasi", "gabung"}
    done = answers.answered(case)
    if case.status in CLOSED or done:
        may.add("buka")
    if (
        case.status in ALLOWED[Verb.RECALL]
        and case.instansi_id
        and not done
        and not case.answered_at
    ):
        may.add("tarik")
    return may


def _held_back(case: Case, tellings: Collection[Telling], runs: Collection[RunRecord]) -> set[str]:
    """Return what may be done about messages that are held, or could be."""
    may: set[str] = set()
    reasons = {one.hold_reason for one in tellings if one.hold_reason}
    if case.backlog_at is not None and case.released_at is None:
        may.add("lepas-tunggakan")
    if HELD_STALE in reasons:
        may.add("lepas-sp4n")
    if reasons - {HELD_STALE, HELD_BACKLOG, HELD_SHADOW}:
        may.add("lepas-veto")
    formal = {
        (record.run.id, step.step, step.occurrence)
        for record in runs
        for step in record.steps
        if step.formal
    }
    if any(
        one.status is NoticeStatus.PENDING and (one.run_id, one.step, one.occurrence) in formal
        for one in tellings
    ):
        may.add("tahan")
    return may


def _in_hand(case: Case, asked: Sequence[Asked], trail: Collection[Line]) -> set[str]:
    """Return what an OPD may do about an answer that it still owes."""
    run = case.open_run(Clock.RESPON)
    since = run.opened_at if run else case.disposed_at
    happened = {line.event for line in trail if since is None or line.at >= since}
    may = {kind for kind in ("bukan", "tunda") if all(one.kind != kind for one in asked)}
    if Verb.ACCEPT not in happened:
        may.add("terima")
    if case.tracking_id is not None and "sudah" not in happened:
        may.add("sudah")
    return may
