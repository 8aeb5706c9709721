"""KENAPA: why a complaint stands where it stands, in a few lines of `scheduler.trace`.

Like the whole explanation (`bot.explanation`) it names posts and instansi only, never a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from bot.dialogue.talk import Talk
from bot.wording import tanggal
from config.policy_file import parse_policy
from config.terms import Clock, Status
from scheduler.records import EventRecord, History
from scheduler.store.history import load_history, policy_texts
from scheduler.trace import Outcome, RunTrace, Trace, trace

_STATUS: Final = {
    Status.BELUM_TERVERIFIKASI: "menunggu verifikasi",
    Status.BELUM_DITINDAKLANJUTI: "menunggu jawaban",
    Status.PROSES: "dalam proses",
    Status.SELESAI: "selesai",
    Status.ARSIP: "diarsipkan",
    Status.TUNDA: "menunggu kelengkapan dari pelapor",
}
_STEPS: Final = {
    "ingat": "pengingat",
    "surat_1": "Surat I",
    "hari_terakhir": "pengingat hari terakhir",
    "surat_2": "Surat II",
    "eskalasi": "diteruskan kepada pimpinan",
    "ulang": "laporan harian kepada pimpinan",
    "lewat": "pemberitahuan lewat batas",
}
_ORDER: Final = (Clock.RESPON, Clock.VERIFIKASI, Clock.KELENGKAPAN, Clock.TANGGAPAN)
_AHEAD: Final = frozenset({Outcome.BELUM, Outcome.MENUNGGU, Outcome.DITAHAN})


def explain(talk: Talk, complaint_id: int) -> None:
    """Say since when and until when a complaint waits, which days did not count, what is next."""
    history = load_history(talk.connection, complaint_id)
    at = max(talk.at, history.case.received_at)
    used = (record.run.policy_version_id for record in history.runs)
    world = talk.world
    older = {
        key: parse_policy(text)
        for key, text in policy_texts(talk.connection, used).items()
        if key not in world.policies
    }
    found = trace(history, replace(world, policies={**world.policies, **older}), at)
    number = f"SP4N #{found.tracking_id}" if found.tracking_id else found.nomor or "?"
    talk.complaint_id = complaint_id
    talk.say("kenapa", nomor=number, uraian="\n".join(lines(found, history, world.zone)))
    talk.done("kenapa")


def lines(found: Trace, history: History, zone: ZoneInfo) -> Iterator[str]:
    """Yield the explanation in Indonesian, the most important first."""
    where = f", {found.instansi}" if found.instansi else ""
    yield f"{_STATUS[found.status]}{where}"
    if found.hold_reason:
        yield f"ditahan: {found.hold_reason}"
    run = _run(found)
    if run is None:
        yield "belum ada batas waktu yang berjalan"
        return
    yield from _begin_and_limit(run, zone)
    if run.stopped_at is not None:
        yield f"berhenti {tanggal(run.stopped_at, zone)}: {run.stop_reason}"
    else:
        yield from _next(run, zone)
    yield from _pauses(run, history.events, zone)
    yield from _days_off(run, zone)


def _run(found: Trace) -> RunTrace | None:
    """Return the run that says most: of the OPD's clock the newest, else Kominfo's."""
    for clock in _ORDER:
        runs = [run for run in found.runs if run.clock == clock]
        if runs:
            return runs[-1]
    return None


def _begin_and_limit(run: RunTrace, zone: ZoneInfo) -> Iterator[str]:
    yield f"mulai {tanggal(run.started_at, zone)}"
    limit_at = run.adjusted_limit or run.limit_at
    if limit_at is not None:
        moved = " (disesuaikan)" if run.adjusted_limit else ""
        yield f"batas {run.limit}: {tanggal(limit_at, zone)}{moved}"


def _next(run: RunTrace, zone: ZoneInfo) -> Iterator[str]:
    step = next(
        (one for one in run.steps if one.recorded_at is None and one.outcome in _AHEAD), None
    )
    if step is None:
        return
    name = _STEPS.get(step.step, step.step.replace("_", " "))
    why = f" ({step.reason})" if step.reason else ""
    yield f"berikutnya: {name} {tanggal(step.due_at, zone)}{why}"


def _pauses(run: RunTrace, events: Sequence[EventRecord], zone: ZoneInfo) -> Iterator[str]:
    said = {event.at for event in events if event.event == "sudah"}
    for begin, end in run.pauses:
        what = "menunggu data SP4N" if begin in said else "tunda"
        until = tanggal(end, zone) if end else "sekarang"
        yield f"tidak dihitung: {what} {tanggal(begin, zone)} s.d. {until}"


def _days_off(run: RunTrace, zone: ZoneInfo) -> Iterator[str]:
    """Yield the holidays up to the limit, each decree's in one line; weekends speak for themselves.

    Of a run that stopped those before it did.
    """
    moment = run.stopped_at or run.adjusted_limit or run.limit_at
    last = moment.astimezone(zone).date() if moment else date.max
    off = [
        (day.date, day.skipped)
        for day in run.days
        if day.skipped is not None and day.skipped.kind != "akhir_pekan" and day.date <= last
    ]
    for decree, group in groupby(off, key=lambda one: one[1].decree):
        days = ", ".join(f"{_day(day, zone)} {skipped.name}" for day, skipped in group)
        yield f"tidak dihitung: {days}" + (f" ({decree})" if decree else "")


def _day(day: date, zone: ZoneInfo) -> str:
    return tanggal(datetime.combine(day, time(), zone), zone).rpartition(" ")[0]
