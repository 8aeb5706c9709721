"""`ingat tick` and `ingat outbox`: one pass, and everything it decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from bot.cli.base import (
    At,
    Json,
    emit,
    emit_lines,
    installation,
    local,
    moment,
    report,
    warn,
    warn_unconfirmed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.compose import Installation, Tick
    from scheduler.store.listing import NoticeRow


def tick(at: At = None, as_json: Json = False) -> None:
    """Do one pass: find what is due, decide, send. Does the same however often it is run."""
    with installation() as opened:
        done = opened.tick(moment(at))
        document = {
            "at": local(opened, done.at),
            "due": done.due,
            "queued": done.queued,
            "sent": done.sent,
            "failed": done.failed,
            "unknown": done.unknown,
            "held": done.held,
        }
        say(opened, done)
    if as_json:
        emit(document)
    else:
        typer.echo(", ".join(f"{name} {value}" for name, value in document.items()))
    if done.failed or done.problems:
        raise typer.Exit(1)


def say(opened: Installation, done: Tick) -> None:
    """Put on stderr what a person should know of a pass: problems, moved deadlines, a stop."""
    report(opened, done.problems, done.moved)
    if done.stopped:
        warn(f"everything is stopped since {opened.stopped_since()}; run: ingat resume-all")
    for channel, code in done.resting.items():
        warn(f"{channel} rests, the provider refuses it (code {code}); to mend it: ingat doctor")
    warn_unconfirmed(done.beyond, done.confirmed_until)


def outbox(as_json: Json = False) -> None:
    """List every notice: why, to whom, when due, and what became of it."""
    with installation() as opened:
        rows = _notices(opened)
        if as_json:
            emit_lines(rows)
            return
        for row in rows:
            number = row["tracking_id"] or "-"  # an alert belongs to no complaint
            message = f" [message {row['message_id']}]" if row["status"] == "unknown" else ""
            typer.echo(
                f"{row['due_at'][:16]} {number} {row['step']:<14} {row['status']:<9} "
                f"{row['post']}{' (tembusan)' if row['copy'] else ''}{message}"
            )


def _notices(opened: Installation) -> Iterator[dict[str, Any]]:
    from bot.texts import Writer
    from scheduler.store import listing, rules
    from scheduler.store.session import reading

    with reading(opened.engine) as connection:
        if rules.current_text(connection, "policy") is None:
            return  # nothing can have been decided without a policy
    world = opened.rules.world(opened.engine)
    with reading(opened.engine) as connection:
        for row in listing.notices(connection):
            writer = Writer(
                world.directory,
                world.policy,
                world.zone,
                row.created_at,
                two_way=opened.gateway.senders.two_way,
            )
            yield notice_json(opened, row, writer)


def notice_json(opened: Installation, row: NoticeRow, writer: Any) -> dict[str, Any]:
    """Return a notice in the form other programs read. A text not sent yet is a preview."""
    return {
        "id": row.line.id,
        "cause": row.cause,
        "tracking_id": row.number,
        "clock": row.clock,
        "step": row.step,
        "occurrence": row.occurrence,
        "due_at": local(opened, row.due_at),
        "post": row.post,
        "peran": row.peran or "warga",
        "copy": row.copy,
        "message_id": row.message_id,
        "text": row.attempts[-1].text if row.attempts else writer.text([row.line]),
        "letter": row.letter,
        "status": row.status,
        "reason": row.hold_reason,
        "attempts": [
            {"channel": a.channel, "sid": a.sid, "status": a.status, "error": a.error}
            for a in row.attempts
        ],
        "created_at": local(opened, row.created_at),
        "settled_at": local(opened, row.settled_at),
    }


def add(app: typer.Typer) -> None:
    """Put these commands into the program."""
    app.command("tick")(tick)
    app.command("outbox")(outbox)
