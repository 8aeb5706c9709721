"""A worker in a process of its own, made to be killed at any moment."""

from __future__ import annotations

import time
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from bot.compose import open_installation
from config.terms import NoticeStatus
from scheduler.store.messaging_tables import Message, Notice
from scheduler.store.session import Connection, reading
from scheduler.store.tables import ClockRun
from tests.factories import settings_for


class Left(NamedTuple):
    """Runs to be decided, notices to be sent, messages of which nobody recorded the outcome."""

    decide: int
    send: int
    doubt: int


def left(connection: Connection, at: datetime) -> Left:
    """What is left to do as of `at`."""
    due = (ClockRun.next_look_at <= at, ClockRun.stopped_at.is_(None))
    pending = (Notice.status == NoticeStatus.PENDING, Notice.send_after <= at)
    open_ = Message.status.in_((NoticeStatus.SENDING, NoticeStatus.UNKNOWN))
    return Left(
        connection.execute(select(func.count(ClockRun.id)).where(*due)).scalar_one(),
        connection.execute(select(func.count(Notice.id)).where(*pending)).scalar_one(),
        connection.execute(select(func.count(Message.id)).where(open_)).scalar_one(),
    )


def work(url: str, at: datetime, lease_s: int) -> None:
    """Look at the database as of `at`, again and again, until nothing is left to do."""
    installation = open_installation(settings_for(url, lease_s=lease_s, unknown_after_s=0))
    busy = True
    while busy:
        done = installation.tick(at)
        assert not any((done.problems, done.failed)), done
        with reading(installation.engine) as connection:
            busy = any(left(connection, at))
        time.sleep(0.02)  # what a killed worker was sending is settled once its lease is over
    installation.close()
