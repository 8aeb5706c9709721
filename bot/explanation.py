"""PURE: an explanation (`scheduler.trace`) in words and as JSON; all times in one zone.

The words go to officers too: posts and instansi only, never a person, never a complaint's text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from bot.wording import BULAN, HARI
from config.limits import Unit
from config.terms import NoticeStatus
from scheduler.ledger import HELD_SHADOW
from scheduler.trace import Day, Outcome, RunTrace, StepTrace, Told, Trace

COLLAPSE = 20
"""A stretch of more days than this with nothing to say about any of them becomes one line."""

_CLOCKS = {
    "verifikasi": "Verifikasi",
    "respon": "Respon",
    "penyelesaian": "Penyelesaian",
    "tanggapan": "Tanggapan pelapor",
    "kelengkapan": "Kelengkapan",
}
_STATUS = {
    NoticeStatus.PENDING: "menunggu dikirim",
    NoticeStatus.HELD: "ditahan",
    NoticeStatus.SENDING: "sedang dikirim",
    NoticeStatus.ACCEPTED: "diterima penyedia",
    NoticeStatus.DELIVERED: "sampai",
    NoticeStatus.FAILED: "gagal",
    NoticeStatus.UNKNOWN: "belum pasti",
    NoticeStatus.CANCELLED: "dibatalkan",
}
_WEEKEND = "akhir_pekan"


def document(trace: Trace, zone: ZoneInfo) -> dict[str, Any]:
    """Return the explanation as one JSON document; times are ISO 8601 in `zone`."""
    return {
        "tracking_id": trace.tracking_id or trace.nomor,
        "nomor": trace.nomor,
        "status": trace.status,
        "instansi": trace.instansi,
        "runs": [_run_document(run, zone) for run in trace.runs],
    }


def _run_document(run: RunTrace, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "clock": run.clock,
        "run": run.run_no,
        "instansi": run.instansi,
        "policy_version": run.policy_version,
        "started_at": _iso(run.started_at, zone),
        "stopped_at": _iso(run.stopped_at, zone),
        "stop_reason": run.stop_reason,
        "limit_at": _iso(run.limit_at, zone),
        "days": [
            {
                "date": day.date.isoformat(),
                "counted": day.counted,
                "skipped": day.skipped._asdict() if day.skipped else None,
                "paused": day.paused,
            }
            for day in run.days
        ],
        "steps": [
            {
                "step": step.step,
                "occurrence": step.occurrence,
                "planned_at": _iso(step.planned_at, zone),
                "due_at": _iso(step.due_at, zone),
                "recorded_at": _iso(step.recorded_at, zone),
                "outcome": step.outcome,
                "reason": step.reason,
                "told": [
                    {"post": told.post, "copy": told.copy, "status": told.status}
                    | ({"via": told.via} if told.via else {})
                    for told in step.told
                ],
            }
            for step in run.steps
        ],
    }


def _iso(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return None if moment is None else moment.astimezone(zone).isoformat()


def lines(trace: Trace, zone: ZoneInfo) -> Iterator[str]:
    """Yield the explanation in Indonesian, line by line."""
    number = f"SP4N #{trace.tracking_id}" if trace.tracking_id else trace.nomor
    own = f" ({trace.nomor})" if trace.tracking_id and trace.nomor else ""
    where = f", {trace.instansi}" if trace.instansi else ""
    yield f"Aduan {number}{own}: {trace.status}{where}; dilihat {waktu(trace.at, zone)}"
    if trace.hold_reason:
        yield f"Tangga ditahan: {trace.hold_reason}"
    for change in trace.calendar_changes:
        yield f"Hari libur berubah {waktu(change.at, zone)}: {change.note}"
    if not trace.runs:
        yield "Belum ada jam aduan yang berjalan."
    for run in trace.runs:
        yield ""
        yield from _header(run, zone)
        yield "  Hari:"
        yield from (f"    {line}" for line in _days(run))
        if run.steps:
            yield "  Langkah:"
            for step in run.steps:
                yield from (f"    {line}" for line in _step(step, zone))


def tanggal(day: date) -> str:
    """Return a date as "Kam 26 Nov 2026"."""
    return f"{HARI[day.weekday()]} {day.day} {BULAN[day.month - 1]} {day.year}"


def waktu(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment as "Kam 26 Nov 2026 16.00" in `zone`."""
    local = moment.astimezone(zone)
    return f"{tanggal(local.date())} {local:%H.%M}"


def _header(run: RunTrace, zone: ZoneInfo) -> Iterator[str]:
    where = f", {run.instansi}" if run.instansi else ""
    yield f"{_CLOCKS[run.clock]}, putaran {run.run_no}{where}"
    yield f"  Mulai {waktu(run.started_at, zone)}"
    if run.limit is not None and run.limit_at is not None:
        adjusted = run.adjusted_limit
        moved = f", disesuaikan menjadi {waktu(adjusted, zone)}" if adjusted else ""
        yield f"  Batas {run.limit}: {waktu(run.limit_at, zone)}{moved}"
    yield f"  Kebijakan versi {run.policy_version}; dasar hukum: {run.dasar_hukum}"
    for begin, end in run.pauses:
        until = waktu(end, zone) if end else "sekarang"
        yield f"  Tunda {waktu(begin, zone)} sampai {until}"
    if run.moved_at is not None:
        moved_at = waktu(run.moved_at, zone)
        yield f"  Hari libur berubah: tidak ada tenggat yang maju ke sebelum {moved_at}"
    if run.stopped_at is not None:
        yield f"  Berhenti {waktu(run.stopped_at, zone)}: {run.stop_reason}"


# --- days -------------------------------------------------------------------------------------


def _days(run: RunTrace) -> Iterator[str]:
    for plain, stretch in groupby(enumerate(run.days), key=lambda entry: _plain(*entry)):
        days = [day for _, day in stretch]
        if plain is not None and len(days) > COLLAPSE:
            yield _collapsed(days)
        else:
            for day in days:
                yield f"{tanggal(day.date)}  {_said(run, day)}"


def _plain(index: int, day: Day) -> str | None:
    """Return what a day shares with its neighbours, None where it has something of its own."""
    if index == 0 or (day.skipped is not None and day.skipped.kind != _WEEKEND):
        return None
    return "tunda" if day.paused else "biasa"


def _said(run: RunTrace, day: Day) -> str:
    said = []
    if day.paused:
        said.append("tunda, tidak dihitung")
    if day.skipped is not None:
        decree = f" ({day.skipped.decree})" if day.skipped.decree else ""
        said.append(f"dilewati: {day.skipped.name}{decree}")
    if day.counted is not None:
        said.append(f"D+{day.counted}")
    if not said and run.unit in (Unit.JAM, Unit.JAM_KERJA):
        return "dihitung dalam jam"
    return "; ".join(said) or "mulai; belum dihitung"


def _collapsed(days: Sequence[Day]) -> str:
    span = f"{tanggal(days[0].date)} s.d. {tanggal(days[-1].date)}"
    if days[0].paused:
        return f"{span}  tunda, tidak dihitung"
    counted = [day.counted for day in days if day.counted is not None]
    said = f"D+{counted[0]} s.d. D+{counted[-1]}" if counted else "dihitung dalam jam"
    off = list(dict.fromkeys(day.skipped.name for day in days if day.skipped is not None))
    return f"{span}  {said}" + (f"; dilewati: {' dan '.join(off)}" if off else "")


# --- steps ------------------------------------------------------------------------------------


def _step(step: StepTrace, zone: ZoneInfo) -> Iterator[str]:
    name = step.step if step.occurrence == 1 else f"{step.step} ke-{step.occurrence}"
    planned = f"rencana {waktu(step.planned_at, zone)}, " if step.planned_at else ""
    yield f"{name}: {planned}jatuh tempo {waktu(step.due_at, zone)}, {_became(step, zone)}"
    if step.told:
        yield f"  kepada {'; '.join(_told(told) for told in step.told)}"


def _became(step: StepTrace, zone: ZoneInfo) -> str:
    at = f" {waktu(step.recorded_at, zone)}" if step.recorded_at else ""
    outcome = step.outcome.value.replace("_", " ")
    if step.outcome is Outcome.DITAHAN and step.recorded_at:
        outcome = "tercatat"
        return f"{outcome}{at}, ditahan: {_held(step.reason)}"
    return f"{outcome}{at}" + (f": {step.reason}" if step.reason else "")


def _held(reason: str | None) -> str:
    return "mode bayangan, tidak dikirim" if reason == HELD_SHADOW else str(reason)


def _told(told: Told) -> str:
    copy = ", tembusan" if told.copy else ""
    via = f", serah terima kepada {told.via}" if told.via else ""
    return f"{told.post}{copy}{via} ({_STATUS[told.status]})"
