"""Which complaints a list is of, as conditions.

A figure on the first page and the list it opens are counted by the same conditions, so that they
cannot differ. Reads only. Merged complaints are left out everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    and_,
    func,
    not_,
    select,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute

from config.terms import Clock, Klasifikasi, Status
from scheduler.complaint import CLOSED
from scheduler.ledger import HELD_STALE
from scheduler.store.console_tables import UploadComplaint
from scheduler.store.dialogue_tables import Request
from scheduler.store.messaging_tables import Notice
from scheduler.store.tables import ClockRun, Complaint
from scheduler.store.uploads import What
from scheduler.store.visible import Scope

SEARCHED: Final = 50_000
"""Words are looked for in the titles of this many of the newest complaints: years of a kabupaten,
and never a walk over everything there is."""
OWED: Final = (Clock.VERIFIKASI, Clock.RESPON, Clock.PENYELESAIAN)
"""The clocks that make a complaint overdue: Kominfo's own, and those an OPD's answer stops."""

_DAY: Final = timedelta(days=1)
VETO: Final = "veto:"
"""How the reason of what a person holds back begins (`scheduler.store.holds`)."""

# Word for word as the partial indexes have it: SQLite uses such an index for nothing less.
_OPEN_REQUEST = text("requests.state = 'terbuka'")


class Saring(StrEnum):
    """What a list can be narrowed to beyond its columns; the values are those of addresses."""

    TERLAMBAT = "terlambat"
    """What "overdue" means everywhere: of the clocks in `OWED` that run for the complaint at this
    moment, one is past its limit. Not overdue is what has ended or was merged into another, and
    what stands still: tunda, the wait after SUDAH, a ladder held for a person."""
    JATUH_TEMPO = "jatuh_tempo_hari_ini"
    """Not overdue yet, and it will be before the local day is over, unless something happens."""
    SAMPAI_HARI_INI = "jatuh_tempo"
    """Overdue, or due today: what an import calls due (`uploads.take_stock`)."""
    BERJALAN = "berbatas"
    """Some limit is running: what the order by limit needs."""
    HARI_INI = "diterima_hari_ini"
    TUJUH_HARI = "7_hari"
    TIGA_PULUH_HARI = "30_hari"
    MENUNGGU_VERIFIKASI = "menunggu_verifikasi"
    MENUNGGU_DISPOSISI = "menunggu_disposisi"
    PERMINTAAN = "permintaan"
    """What an officer asked for, or answered, waits for somebody's decision."""
    DITAHAN = "ditahan"
    """The ladder stands still until a person settles what nobody knows."""
    TUNGGAKAN = "tunggakan"
    """Of the go-live backlog, not released yet."""
    MENUNGGU_DATA = "menunggu_data_sp4n"
    """Something to be told of it waits for fresher data of SP4N."""
    VETO = "veto"
    """Somebody held back what is to be told of it, with a reason."""
    BELUM_DI_SP4N = "belum_di_sp4n"
    TANPA_INSTANSI = "tanpa_instansi"
    ANONIM = "anonim"
    RAHASIA = "rahasia"


BY_LIMIT: Final = frozenset(
    {Saring.TERLAMBAT, Saring.JATUH_TEMPO, Saring.SAMPAI_HARI_INI, Saring.BERJALAN}
)


@dataclass(frozen=True, slots=True)
class Day:
    """The moments (UTC) that "now", "today" and "the last days" mean to a list."""

    at: datetime
    today: datetime
    """When the local day began."""
    tomorrow: datetime
    week: datetime
    """When the first of the last 7 local days, today included, began."""
    month: datetime
    """The same of 30."""

    @classmethod
    def of(cls, at: datetime, zone: ZoneInfo) -> Day:
        """Return what "today" and "the last days" mean at a moment, in a zone."""
        today = at.astimezone(zone).date()

        def starts(day: date) -> datetime:
            return datetime.combine(day, time(), zone).astimezone(UTC)

        days = (today, today + _DAY, today - 6 * _DAY, today - 29 * _DAY)
        return cls(at, *map(starts, days))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which complaints a list is of. `scope` is what its reader may see at all."""

    scope: Scope = None
    status: Status | None = None
    instansi_id: int | None = None
    klasifikasi: Klasifikasi | None = None
    sumber: str | None = None
    saring: frozenset[Saring] = frozenset()
    received: tuple[datetime, datetime] | None = None
    """From, until just before."""
    closed: tuple[datetime, datetime] | None = None
    upload: tuple[int, What] | None = None
    """Those that an import brought, found due, or could not settle (`uploads`)."""
    number: str | None = None
    """The beginning of a number, SP4N's or the own one."""
    words: tuple[str, ...] = ()
    """All of them stand in the title."""
    reads_rahasia: bool = True
    """Whether the reader may read what a Rahasia complaint says: else no search finds it."""

    def also(self, *saring: Saring) -> Wanted:
        """Return the same list, narrowed further."""
        return replace(self, saring=self.saring | set(saring))

    def of(self, status: Status) -> Wanted:
        """Return the same list, of one status only."""
        return replace(self, status=status)


_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


def of_the_first_limit(one: Saring, limit_at: Any, day: Day) -> list[ColumnElement[bool]]:
    """Return what the earliest running limit of a complaint fulfils in a list of `BY_LIMIT`."""
    return {
        Saring.TERLAMBAT: [limit_at < day.at],
        Saring.JATUH_TEMPO: [limit_at >= day.at, limit_at < day.tomorrow],
        Saring.SAMPAI_HARI_INI: [limit_at < day.tomorrow],
        Saring.BERJALAN: [],
    }[one]


def ticking(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return whether a complaint has a clock that runs towards such a limit.

    What stands still (tunda, SUDAH, held for a person) is nobody's debt for now.
    """
    # Also in a query that is itself of runs this one is of its own.
    runs = select(ClockRun.complaint_id).where(*running(ClockRun), *more).correlate(None)
    return and_(Complaint.hold_reason.is_(None), Complaint.id.in_(runs))


def running(run: type[ClockRun]) -> list[ColumnElement[bool]]:
    """Return what a run fulfils that counts towards a limit now (`ix_clock_runs_limit`)."""
    return [
        run.stopped_at.is_(None),
        run.paused_at.is_(None),
        run.limit_at.is_not(None),
        run.clock.in_(OWED),
    ]


def conditions(wanted: Wanted, day: Day) -> list[ColumnElement[bool]]:
    """Return what a complaint of the list fulfils."""
    found: list[ColumnElement[bool]] = [Complaint.merged_into_id.is_(None)]
    if wanted.scope is not None:
        found.append(_aside(Complaint.instansi_id).in_(sorted(wanted.scope)))
    if wanted.status is not None:
        # What is closed is nearly everything: no index helps to find it.
        closed = wanted.status in CLOSED
        found.append((_aside(Complaint.status) if closed else Complaint.status) == wanted.status)
    if wanted.instansi_id is not None:
        found.append(_aside(Complaint.instansi_id) == wanted.instansi_id)
    if wanted.klasifikasi is not None:
        counted = func.coalesce(Complaint.klasifikasi, Klasifikasi.TIDAK_BERKADAR)
        found.append(counted == wanted.klasifikasi)
    if wanted.sumber is not None:
        found.append(Complaint.sumber == wanted.sumber)
    found += _dated(wanted)
    found += [_saring(one, day) for one in sorted(_told_apart(wanted.saring))]
    if wanted.upload is not None:
        found.append(_of_upload(*wanted.upload))
    if wanted.number is not None:
        found.append(
            _one_of(_begins(Complaint.tracking_id, wanted.number))
            | _one_of(_begins(Complaint.nomor, wanted.number.upper()))
        )
    if wanted.words:
        found += _said(wanted)
    return found


def _told_apart(saring: frozenset[Saring]) -> frozenset[Saring]:
    """Leave out what follows from another: a limit that is over or near is a running one."""
    near = saring & (BY_LIMIT - {Saring.BERJALAN})
    return saring - {Saring.BERJALAN} if near else saring


def _dated(wanted: Wanted) -> list[ColumnElement[bool]]:
    found = []
    if wanted.received is not None:
        found.append(_within(Complaint.received_at, wanted.received))
    if wanted.closed is not None:
        found.append(_one_of(_within(Complaint.closed_at, wanted.closed)))
    return found


def _saring(one: Saring, day: Day) -> ColumnElement[bool]:
    late = ticking(*of_the_first_limit(Saring.TERLAMBAT, ClockRun.limit_at, day))
    today = ticking(*of_the_first_limit(Saring.JATUH_TEMPO, ClockRun.limit_at, day))
    since = {Saring.HARI_INI: day.today, Saring.TUJUH_HARI: day.week}
    since[Saring.TIGA_PULUH_HARI] = day.month
    if one in since:
        return _within(Complaint.received_at, (since[one], day.tomorrow))
    # What is held waits for a person, and for nothing else before.
    free, goes_on = Complaint.hold_reason.is_(None), Complaint.status.not_in(sorted(CLOSED))
    return {
        Saring.TERLAMBAT: late,
        Saring.JATUH_TEMPO: today & not_(late),
        Saring.SAMPAI_HARI_INI: ticking(
            *of_the_first_limit(Saring.SAMPAI_HARI_INI, ClockRun.limit_at, day)
        ),
        Saring.BERJALAN: ticking(),
        Saring.MENUNGGU_VERIFIKASI: and_(Complaint.status == Status.BELUM_TERVERIFIKASI, free),
        Saring.MENUNGGU_DISPOSISI: and_(
            Complaint.status == Status.BELUM_DITINDAKLANJUTI, Complaint.instansi_id.is_(None), free
        ),
        Saring.PERMINTAAN: _asked(),
        Saring.DITAHAN: _one_of(Complaint.hold_reason.is_not(None), goes_on),
        Saring.TUNGGAKAN: _one_of(
            Complaint.backlog_at.is_not(None), Complaint.released_at.is_(None), goes_on
        ),
        Saring.MENUNGGU_DATA: _untold(Notice.hold_reason == HELD_STALE),
        Saring.VETO: _untold(Notice.hold_reason.startswith(VETO, autoescape=True)),
        Saring.BELUM_DI_SP4N: _one_of(
            Complaint.tracking_id.is_(None), Complaint.merged_into_id.is_(None)
        ),
        Saring.TANPA_INSTANSI: _aside(Complaint.instansi_id).is_(None),
        Saring.ANONIM: Complaint.anonim.is_(True),
        Saring.RAHASIA: Complaint.rahasia.is_(True),
    }[one]


def _asked() -> ColumnElement[bool]:
    return Complaint.id.in_(select(Request.complaint_id).where(_OPEN_REQUEST))


def _untold(reason: ColumnElement[bool]) -> ColumnElement[bool]:
    # Only what is held has a reason: said in so many words, `ix_notices_hold_reason` finds it.
    held = select(Notice.complaint_id).where(Notice.hold_reason.is_not(None), reason)
    return Complaint.id.in_(held)


def _of_upload(upload_id: int, what: What) -> ColumnElement[bool]:
    # A first import brings everything there is: looked up one by one that would take long.
    of_it = (UploadComplaint.upload_id == upload_id, UploadComplaint.what == what)
    return _aside(Complaint.id).in_(select(UploadComplaint.complaint_id).where(*of_it))


def _within(
    column: InstrumentedAttribute[Any], span: tuple[datetime, datetime]
) -> ColumnElement[bool]:
    return and_(column >= span[0], column < span[1])


def _one_of(*which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return a condition that few fulfil, so that its own index finds them."""
    return Complaint.id.in_(select(Complaint.id).where(*which).correlate(None))


def _aside(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """Return a column's value in words that no index knows.

    What one of many values has in common is better read off `ix_complaints_received`, which has
    the columns of every list, than looked up row by row; SQLite would do the latter.
    """
    return func.coalesce(column, column)


def _begins(column: InstrumentedAttribute[str | None], number: str) -> ColumnElement[bool]:
    """Return what numbers beginning with some digits or letters fulfil, by the column's index.

    The range is what both engines' indexes can find; PostgreSQL's, in the order of a language
    that heeds no hyphens, may be a little too wide.
    """
    return and_(
        column >= number, column < f"{number}zz", column.startswith(number, autoescape=True)
    )


def _said(wanted: Wanted) -> list[ColumnElement[bool]]:
    newest = (
        select(Complaint.received_at)
        .order_by(Complaint.received_at.desc())
        .offset(SEARCHED - 1)
        .limit(1)
        .correlate(None)
        .scalar_subquery()
    )
    found = [
        Complaint.received_at >= func.coalesce(newest, _LONG_AGO),
        # What SP4N has blocked nobody reads, and what is Rahasia not everybody: nor by searching.
        Complaint.hidden.is_(False),
        *(Complaint.judul.icontains(word, autoescape=True) for word in wanted.words),
    ]
    if not wanted.reads_rahasia:
        found.append(Complaint.rahasia.is_(False))
    return found
