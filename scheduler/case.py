"""A complaint in hand: what a transaction has loaded of it, and what it changes.

Plain mutable values without SQL; `scheduler.store.cases` loads and writes them in batches.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from config.terms import Clock, Klasifikasi, Letter, NoticeStatus, Peran, Status
from scheduler.ladder import Recorded, Run, Span


@dataclass(slots=True)
class OpenRun:
    """One run of a clock. `id` is empty until it is written."""

    clock: Clock
    run_no: int
    policy_version_id: int
    instansi_id: int | None
    started_at: datetime
    opened_at: datetime
    id: int | None = None
    paused_at: datetime | None = None
    stopped_at: datetime | None = None
    stop_reason: str | None = None
    next_look_at: datetime | None = None
    limit_at: datetime | None = None
    moved_at: datetime | None = None
    waiting: bool = False
    last_error: str | None = None
    pauses: list[Span] = field(default_factory=list)
    recorded: list[Recorded] = field(default_factory=list)
    unsettled: bool = False
    held: bool = False

    def facts(self, klasifikasi: Klasifikasi) -> Run:
        """Return the run as the ladder's rules see it."""
        return Run(
            started_at=self.started_at,
            klasifikasi=klasifikasi,
            pauses=tuple(self.pauses),
            paused=self.paused_at is not None,
            recorded=tuple(self.recorded),
            previous_unsettled=self.unsettled,
            previous_held=self.held,
            moved_at=self.moved_at,
        )


@dataclass(slots=True)
class Case:
    """A complaint with its open runs. Field names are those of the table."""

    judul: str
    isi: str
    received_at: datetime
    last_event_at: datetime
    id: int | None = None
    tracking_id: str | None = None
    nomor: str | None = None
    status: Status = Status.BELUM_TERVERIFIKASI
    before_tunda: Status | None = None
    klasifikasi: Klasifikasi | None = None
    kategori: str | None = None
    kategori_id: str | None = None
    anonim: bool = False
    rahasia: bool = False
    hidden: bool = False
    sumber: str | None = None
    lokasi: str | None = None
    alasan: str | None = None
    rating: int | None = None
    reporter_sealed: bytes | None = None
    instansi_id: int | None = None
    sp4n_instansi_id: str | None = None
    sp4n_instansi: str | None = None
    sp4n_status: str | None = None
    hold_reason: str | None = None
    backlog_at: datetime | None = None
    released_at: datetime | None = None
    verified_at: datetime | None = None
    disposed_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    merged_into_id: int | None = None
    reporter_phone_id: int | None = None
    text_sha: str | None = None
    runs: list[OpenRun] = field(default_factory=list)
    run_counts: dict[Clock, int] = field(default_factory=dict)

    @property
    def number(self) -> str:
        """SP4N's Tracking ID, else the own number."""
        return self.tracking_id or self.nomor or "?"

    @property
    def counted_as(self) -> Klasifikasi:
        """Its class; a blank one counts as Tidak Berkadar."""
        return self.klasifikasi or Klasifikasi.TIDAK_BERKADAR

    def open_run(self, clock: Clock) -> OpenRun | None:
        """Return the run of a clock that has not stopped."""
        return next((r for r in self.runs if r.clock is clock and r.stopped_at is None), None)


@dataclass(slots=True)
class Event:
    """A line of the audit trail. `id` is known once it is written."""

    case: Case
    at: datetime
    event: str
    actor: str
    note: str | None = None
    id: int | None = None


@dataclass(slots=True)
class Step:
    """A step of a ladder that is recorded now."""

    run: OpenRun
    step: str
    occurrence: int
    formal: bool
    due_at: datetime
    recorded_at: datetime
    outcome: str
    reason: str | None = None


@dataclass(slots=True)
class NewNotice:
    """One reason to tell one post: a step of a run, or an event of the complaint.

    Without a post it is for the complaint's reporter.
    """

    case: Case
    source: Step | Event
    post_id: int | None
    peran: Peran | None
    copy: bool
    kind: str
    due_at: datetime
    created_at: datetime
    send_after: datetime
    status: NoticeStatus = NoticeStatus.PENDING
    hold_reason: str | None = None
    letter: Letter | None = None
    in_digest: bool = False
    limit_at: datetime | None = None
    next_at: datetime | None = None
    lama: str | None = None
    note: str | None = None
    urgent: bool = False


@dataclass(slots=True)
class Changes:
    """Everything one transaction adds or changes, written together or not at all."""

    new_cases: list[Case] = field(default_factory=list)
    touched_cases: dict[int, Case] = field(default_factory=dict)
    new_runs: list[tuple[Case, OpenRun]] = field(default_factory=list)
    touched_runs: dict[int, OpenRun] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    notices: list[NewNotice] = field(default_factory=list)
    news: list[NewNotice] = field(default_factory=list)
    """What became of complaints: who reported the same hears it too, though their own reporter
    may have no phone."""
    silenced: list[OpenRun] = field(default_factory=list)
    """Runs whose unsent notices are cancelled."""
    recalled: list[tuple[OpenRun, Event]] = field(default_factory=list)
    """Runs whose already told posts get one "mohon abaikan", because of an event."""
    recalls_held: str | None = None
    """Why nobody gets it now (SHADOW)."""
    not_before: datetime | None = None
    """Nobody is told of any of it earlier: who caused it at a desk may still take it back."""
    paused: list[tuple[OpenRun, datetime]] = field(default_factory=list)
    resumed: list[tuple[OpenRun, datetime]] = field(default_factory=list)
