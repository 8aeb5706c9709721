"""Delivery reports: kept as they came, and applied to their attempt in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, text, update

from config.terms import NoticeStatus
from scheduler.delivery import advances, status_of
from scheduler.store.attempts import Outcome, record
from scheduler.store.messaging_tables import Attempt, DeliveryReport
from scheduler.store.reach import Meaning, follow_up, insert_new

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Report:
    """What the provider says of a message. `attempt_id` is what our own callback address carried.

    `word` is the provider's status, `error` its code, `at` when the report came in.
    """

    sid: str
    word: str
    error: str | None
    attempt_id: int | None
    at: datetime


def take_in(connection: Connection, report: Report, meaning: Meaning) -> bool:
    """Keep a report and apply it; return whether it was new.

    The same word twice is one row, and does nothing. A report binds the provider's id to the
    attempt it names, even where the worker died before it could record one.
    """
    row = {
        "sid": report.sid,
        "word": report.word,
        "error": report.error or "",
        "received_at": report.at,
        "applied": False,
    }
    if not insert_new(connection, DeliveryReport, [row]):
        return False
    attempt = _attempt(connection, report)
    if attempt is not None:
        apply(connection, attempt, report, meaning)
        _applied(connection, report, attempt.id)
    return True


def waiting(connection: Connection) -> list[int]:
    """Return the reports that came before anybody knew whose they were, and whose it is known."""
    return list(
        connection.execute(
            select(DeliveryReport.id)
            .join(Attempt, Attempt.sid == DeliveryReport.sid)
            .where(text("NOT delivery_reports.applied"))  # as the partial index has it
            .order_by(DeliveryReport.id)
            .limit(AT_ONCE)
        ).scalars()
    )


def apply_waiting(connection: Connection, report_id: int, meaning: Meaning, at: datetime) -> None:
    """Apply a report of `waiting`, as of the pass time `at`; each in a transaction of its own.

    Its attempt comes first, then runs: several in one transaction would lock them crosswise with
    the reports that come in meanwhile.
    """
    row = connection.execute(
        select(DeliveryReport.sid, DeliveryReport.word, DeliveryReport.error).where(
            DeliveryReport.id == report_id
        )
    ).one()
    report = Report(row.sid, row.word, row.error or None, None, at)
    attempt = _attempt(connection, report)
    if attempt is not None:
        apply(connection, attempt, report, meaning)
        _applied(connection, report, attempt.id)


def _applied(connection: Connection, report: Report, attempt_id: int) -> None:
    connection.execute(
        update(DeliveryReport)
        .where(
            DeliveryReport.sid == report.sid,
            DeliveryReport.word == report.word,
            DeliveryReport.error == (report.error or ""),
        )
        .values(applied=True, attempt_id=attempt_id)
    )


def _attempt(connection: Connection, report: Report) -> Any:
    columns = (
        Attempt.id,
        Attempt.message_id,
        Attempt.sid,
        Attempt.status,
        Attempt.word,
        Attempt.awaited,
    )
    found = connection.execute(
        select(*columns).where(Attempt.sid == report.sid).with_for_update()
    ).first()
    if found is None and report.attempt_id is not None:
        # Still on its way, its worker dead, or given up for absent: it is there after all.
        found = connection.execute(
            select(*columns)
            .where(Attempt.id == report.attempt_id, Attempt.sid.is_(None))
            .with_for_update()
        ).first()
    return found


def apply(connection: Connection, attempt: Any, report: Report, meaning: Meaning) -> None:
    """Let an attempt be what the provider says, unless it knows better already."""
    status = status_of(report.word)
    unbound = attempt.sid is None
    if status is None or not (advances(attempt.word, report.word) or unbound):
        if report.error:
            connection.execute(
                update(Attempt)
                .where(Attempt.id == attempt.id, Attempt.error.is_(None))
                .values(error=report.error)
            )
        return
    failed = status is NoticeStatus.FAILED
    reaction = meaning.reaction(report.error) if failed else None
    record(
        connection,
        [
            Outcome(
                attempt.id,
                attempt.message_id,
                status,
                report.sid,
                report.error or ("undelivered" if failed else None),
                report.word,
                reaction,
                awaited=status is NoticeStatus.ACCEPTED and (attempt.awaited or unbound),
            )
        ],
        report.at,
    )
    if reaction is not None and report.error:
        follow_up(connection, attempt.id, report.error, reaction, meaning)
