"""Many complaints at once, as rows: every mixture of facts that the tables admit, by a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, select

from bot.compose import Installation
from config.terms import Clock, Klasifikasi, NoticeStatus, Peran, Status
from scheduler.ledger import HELD_BACKLOG, HELD_SHADOW, HELD_STALE
from scheduler.store.dialogue_tables import Request
from scheduler.store.messaging_tables import Notice
from scheduler.store.session import writing
from scheduler.store.tables import ClockRun, Complaint, Post, RuleVersion

WORDS: Final = ("Jalan", "berlubang", "Lampu", "padam", "Air", "keruh", "Antrean", "panjang")
SOURCES: Final = (None, "Website", "SMS", "Tatap Muka")
HOLDS: Final = (HELD_SHADOW, HELD_STALE, HELD_BACKLOG, "veto: menunggu rapat", "vetonya")
CLOSED: Final = (Status.SELESAI, Status.ARSIP)


@dataclass(slots=True)
class Someone:
    """One complaint of the crowd, as its rows say it."""

    id: int
    facts: dict[str, Any]
    runs: list[dict[str, Any]] = field(default_factory=list)
    asked: bool = False
    """A request of it is open that people decide."""
    hold: str | None = None
    """Why a message about it is held; None: it waits to be sent."""


def crowd(
    opened: Installation, instansi_ids: Sequence[int], at: datetime, count: int, seed: int = 7
) -> list[Someone]:
    """Put `count` complaints into an empty installation whose rules are loaded."""
    rng = random.Random(seed)
    people = [Someone(key, _facts(rng, key, instansi_ids, at)) for key in range(1, count + 1)]
    for one in people:
        if one.id > 2 and rng.random() < 0.04:
            one.facts |= {"merged_into_id": rng.randrange(1, one.id), "tracking_id": None}
        elif one.facts["status"] not in CLOSED:
            one.runs = _runs(rng, one, at)
        one.asked = rng.random() < 0.1
        one.hold = rng.choice((None, None, *HOLDS))
    with writing(opened.engine) as connection:
        policy = connection.execute(
            select(RuleVersion.id).where(RuleVersion.kind == "policy")
        ).scalars()
        version = next(iter(policy))
        connection.execute(insert(Complaint), [one.facts for one in people])
        connection.execute(
            insert(ClockRun),
            [run | {"policy_version_id": version} for one in people for run in one.runs],
        )
        connection.execute(insert(Request), [_request(rng, one, at) for one in people])
        post = connection.execute(select(Post.id).limit(1)).scalar_one()
        connection.execute(insert(Notice), [_notice(one, post, at) for one in people])
    return people


def _facts(
    rng: random.Random, key: int, instansi_ids: Sequence[int], at: datetime
) -> dict[str, Any]:
    status = rng.choice(list(Status))
    disposed = status in (Status.PROSES, Status.SELESAI) or rng.random() < 0.6
    received = at - rng.choice(
        # What lies on a bound is told from what lies beside it.
        (timedelta(), timedelta(hours=9), timedelta(days=rng.randrange(60), hours=rng.random()))
    )
    closed = status in CLOSED
    return {
        "id": key,
        "tracking_id": str(9_000_000 + key) if rng.random() < 0.7 else None,
        "nomor": f"SPG-2605-{key:04}",
        "status": status,
        "before_tunda": Status.PROSES if status is Status.TUNDA else None,
        "klasifikasi": rng.choice([None, *Klasifikasi]),
        "judul": " ".join(rng.sample(WORDS, 2)),
        "isi": "Contoh isi aduan.",
        "anonim": rng.random() < 0.2,
        "rahasia": rng.random() < 0.2,
        "hidden": rng.random() < 0.05,
        "sumber": rng.choice(SOURCES),
        "instansi_id": rng.choice(instansi_ids) if disposed else None,
        "hold_reason": "status SP4N tidak dikenal" if not closed and rng.random() < 0.1 else None,
        "backlog_at": at if rng.random() < 0.1 else None,
        "released_at": at if rng.random() < 0.5 else None,
        "received_at": received,
        "closed_at": received + (at - received) * rng.random() if closed else None,
        "last_event_at": at,
        "merged_into_id": None,
    }


def _runs(rng: random.Random, one: Someone, at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "complaint_id": one.id,
            "clock": clock,
            "run_no": 1,
            "started_at": one.facts["received_at"],
            "opened_at": one.facts["received_at"],
            "paused_at": at if rng.random() < 0.15 else None,
            "stopped_at": at if rng.random() < 0.15 else None,
            "limit_at": rng.choice(
                (
                    None,
                    at,
                    at - timedelta(microseconds=1),
                    at + timedelta(hours=rng.uniform(-60, 60)),
                )
            ),
            "waiting": False,
        }
        for clock in Clock
        if rng.random() < 0.5
    ]


def _request(rng: random.Random, one: Someone, at: datetime) -> dict[str, Any]:
    """One that is open, else one of those that look like it."""
    kind, state = (
        ("tunda", "terbuka")
        if one.asked
        else rng.choice((("sudah", "gugur"), ("bukan", "ditolak")))
    )
    return {
        "complaint_id": one.id,
        "kind": kind,
        "state": state,
        "decider": None
        if kind == "sudah"
        else rng.choice((Peran.ADMIN_KOORDINATOR, Peran.PEJABAT_PENGHUBUNG)),
        "made_at": at,
        "due_at": at,
        "decided_at": None if state == "terbuka" else at,
    }


def _notice(one: Someone, post_id: int, at: datetime) -> dict[str, Any]:
    return {
        "cause": f"contoh/{one.id}",
        "complaint_id": one.id,
        "step": "ingat",
        "occurrence": 1,
        "post_id": post_id,
        "peran": Peran.ADMIN_OPD,
        "copy": False,
        "kind": "ingat",
        "in_digest": False,
        "due_at": at,
        "status": NoticeStatus.HELD if one.hold else NoticeStatus.PENDING,
        "hold_reason": one.hold,
        "send_after": at,
        "created_at": at,
    }
