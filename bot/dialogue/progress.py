"""How far a complaint is, in the words of its reporter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.dialogue.answers import complete
from bot.dialogue.filing import shown
from bot.dialogue.talk import Talk
from bot.wording import hari_bulan, hari_bulan_tahun
from config.terms import Clock, Status
from scheduler.case import Case
from scheduler.store import told
from scheduler.store.people import Mine
from scheduler.world import World

WORDS: Final = {
    Status.BELUM_TERVERIFIKASI: "menunggu verifikasi",
    Status.BELUM_DITINDAKLANJUTI: "sedang diproses",
    Status.PROSES: "sudah dijawab",
    Status.SELESAI: "selesai",
    Status.ARSIP: "diarsipkan",
    Status.TUNDA: "menunggu kelengkapan informasi",
}
_WAITS_FOR: Final = {
    Status.BELUM_TERVERIFIKASI: Clock.VERIFIKASI,
    Status.BELUM_DITINDAKLANJUTI: Clock.RESPON,
    Status.PROSES: Clock.TANGGAPAN,
    Status.TUNDA: Clock.KELENGKAPAN,
}
_WITH_ANSWER: Final = frozenset({Status.PROSES, Status.SELESAI})


def listed(some: Sequence[Mine]) -> str:
    """Return complaints one a line: number and status."""
    return "\n".join(f"{shown(one)} {WORDS[one.status]}" for one in some)


def say(talk: Talk, case: Case) -> None:
    """Reply how far a complaint is: since when, with whom, until when."""
    world = talk.world
    status, since, target = _stands(case)
    body = world.directory.bodies.get(case.instansi_id) if case.instansi_id else None
    values = {
        "nomor": shown(case),
        "sejak": hari_bulan(since, world.zone) if since else "",
        "target": hari_bulan_tahun(target, world.zone) if target else "",
        "instansi": body.nama if body else "",
        "alasan": case.alasan or "",
        "isi": _answer(talk, case) if status in _WITH_ANSWER else "",
    }
    talk.say(f"status_{status}", **values)
    talk.done("status", case)


def _answer(talk: Talk, case: Case) -> str:
    """Return the answer in one line, for its reporter to read again."""
    assert case.id is not None
    said = told.answer(talk.connection, case.id) or ""
    return "; ".join(line.strip(" .;,") for line in said.splitlines() if line.strip(" .;,"))


def short(world: World, case: Case) -> str:
    """Return the same in one line, for an officer: "sedang diproses, Dinas PU, sejak 24 Nov"."""
    status, since, target = _stands(case)
    body = world.directory.bodies.get(case.instansi_id) if case.instansi_id else None
    parts = [
        WORDS[status],
        body.nama if body else "",
        f"sejak {hari_bulan(since, world.zone)}" if since else "",
        f"batas {hari_bulan_tahun(target, world.zone)}" if target else "",
    ]
    return ", ".join(filter(None, parts))


def _stands(case: Case) -> tuple[Status, datetime | None, datetime | None]:
    """Return the status as its reporter sees it, since when it is so, and what limit runs.

    An answer that only promises leaves the complaint in process, and an answer owed.
    """
    status = case.status
    if status is Status.PROSES and not complete(case):
        status = Status.BELUM_DITINDAKLANJUTI
    clock = _WAITS_FOR.get(status)
    run = case.open_run(clock) if clock else None
    since = {
        Status.BELUM_TERVERIFIKASI: case.received_at,
        Status.BELUM_DITINDAKLANJUTI: case.disposed_at or case.verified_at,
        Status.PROSES: case.answered_at,
        Status.SELESAI: case.closed_at,
        Status.ARSIP: case.closed_at,
        Status.TUNDA: run.started_at if run else None,
    }[status]
    return status, since, run.limit_at if run else None
