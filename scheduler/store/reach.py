"""What is known of phones, senders and templates on the way: who can be reached how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Table, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from config.terms import Channel, NoticeStatus, Reaction
from scheduler.delivery import Known
from scheduler.store.cases import chunks
from scheduler.store.messaging_tables import (
    Alert,
    Attempt,
    Message,
    Notice,
    PhoneChannel,
    Sender,
)
from scheduler.store.session import database_now
from scheduler.store.tables import Post
from scheduler.store.templates import mark_off
from scheduler.store.throttle import stop_sender

RECHECK: Final = timedelta(days=30)
"""After which a number that was not on a channel is tried there again."""
FOR_GOOD: Final = timedelta(days=3650)
"""A number that cannot be reached stays so until the directory has another one."""
STOP: Final = timedelta(minutes=15)
"""How long a sender rests after an error of account or configuration; then one more try shows."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What error codes mean to this installation's provider."""

    reaction: Callable[[str | None], Reaction]
    alerts: Callable[[str], bool]
    """Whether somebody must mend it."""
    of_one_number: Callable[[str], bool]
    """Whether a code that stops a channel may be about the one number it came with."""


def known(connection: Connection, phone_ids: Iterable[int]) -> dict[tuple[int, Channel], Known]:
    """Return what is known of phones, by (phone, channel)."""
    found: dict[tuple[int, Channel], Known] = {}
    for some in chunks(sorted(set(phone_ids))):
        rows = connection.execute(
            select(*PhoneChannel.__table__.columns).where(PhoneChannel.phone_id.in_(some))
        )
        for one in rows:
            found[one.phone_id, one.channel] = Known(
                one.unusable_until,
                one.opted_out_at is not None,
                one.window_until,
                one.last_inbound_at,
            )
    return found


def stopped(connection: Connection, at: datetime) -> dict[str, datetime]:
    """Return the senders that rest at the pass time `at`, and until when."""
    rows = connection.execute(
        select(Sender.sender, Sender.stopped_until).where(Sender.stopped_until > at)
    )
    return {sender: until for sender, until in rows if until is not None}


def insert_new(connection: Connection, model: Any, values: Sequence[dict[str, Any]]) -> int:
    """Insert rows that are not there yet; return how many were new."""
    table: Table = model.__table__
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    added = 0
    for one in values:
        # Not by rowcount: what a driver counts of an insert that did nothing differs.
        statement = make(table).values(one).on_conflict_do_nothing().returning(literal(1))
        added += connection.execute(statement).first() is not None
    return added


def mark(
    connection: Connection,
    phone_id: int,
    channel: Channel,
    *,
    until: datetime | None = None,
    code: str | None = None,
    opted_out_at: datetime | None = None,
    window_until: datetime | None = None,
) -> None:
    """Note something of a phone on a channel; what is not given stays as it is."""
    insert_new(connection, PhoneChannel, [{"phone_id": phone_id, "channel": channel}])
    values = {
        "unusable_until": until,
        "unusable_code": code,
        "opted_out_at": opted_out_at,
        "window_until": window_until,
    }
    given = {name: value for name, value in values.items() if value is not None}
    if given:
        connection.execute(
            update(PhoneChannel)
            .where(PhoneChannel.phone_id == phone_id, PhoneChannel.channel == channel)
            .values(given)
        )


def opt_in(connection: Connection, phone_id: int, channel: Channel) -> None:
    """Note that a person wants messages on a channel again."""
    connection.execute(
        update(PhoneChannel)
        .where(PhoneChannel.phone_id == phone_id, PhoneChannel.channel == channel)
        .values(opted_out_at=None, unusable_until=None, unusable_code=None)
    )


def raise_alert(connection: Connection, key: str, perihal: str, at: datetime) -> bool:
    """Have Kominfo told of something with the next pass; of the same `key` only once."""
    row = {"key": key[:120], "perihal": perihal, "raised_at": at}
    return insert_new(connection, Alert, [row]) > 0


_ABOUT_NUMBERS: Final = frozenset(
    {Reaction.UNREACHABLE, Reaction.INVALID, Reaction.NO_NUMBER, Reaction.OPTED_OUT}
)
_NAMES: Final = {Channel.WHATSAPP: "WhatsApp", Channel.SMS: "SMS"}


def follow_up(
    connection: Connection, attempt_id: int, code: str, reaction: Reaction, meaning: Meaning
) -> None:
    """Do what an error means beyond its own message: mark the number, stop a sender, alert.

    Times count from the attempt's pass. In the transaction that records the failure.
    """
    row = connection.execute(
        select(
            Message.id,
            Message.phone_id,
            Attempt.channel,
            Attempt.sender,
            Attempt.template_sid,
            Attempt.pass_at,
        )
        .join(Message, Message.id == Attempt.message_id)
        .where(Attempt.id == attempt_id)
    ).one()
    at, channel, name = row.pass_at, row.channel, _NAMES[row.channel]
    day = at.date().isoformat()
    if reaction is Reaction.CHANNEL_OFF and meaning.of_one_number(code):
        reaction = _of_one_number(connection, attempt_id, row)
    if reaction in _ABOUT_NUMBERS:
        _mark_number(connection, row, code, reaction, meaning)
    elif reaction is Reaction.CHANNEL_OFF:
        stop_sender(connection, row.sender, code, at, at + STOP)
        key = f"stopped/{channel}/{code}/{day}"
        raise_alert(connection, key, f"saluran {name} berhenti sementara (galat {code})", at)
    elif reaction is Reaction.TEMPLATE_OFF and row.template_sid:
        mark_off(connection, row.template_sid, "disabled", code, at)
        key = f"template/{row.template_sid}/{day}"
        raise_alert(connection, key, f"sebuah templat WhatsApp tidak dapat dipakai ({code})", at)
    elif meaning.alerts(code):
        raise_alert(
            connection,
            f"error/{channel}/{code}/{day}",
            f"pesan {name} gagal dengan galat {code}",
            at,
        )


def _mark_number(
    connection: Connection, row: Any, code: str, reaction: Reaction, meaning: Meaning
) -> None:
    """Note what an error says of the number; of what Kominfo can mend, it is told."""
    at, channel, name = row.pass_at, row.channel, _NAMES[row.channel]
    if reaction is Reaction.OPTED_OUT:
        mark(connection, row.phone_id, channel, opted_out_at=at, code=code)
        words, alert = "menolak pesan", True
    else:
        lasts = RECHECK if reaction is Reaction.UNREACHABLE else FOR_GOOD
        for each in Channel if reaction is Reaction.NO_NUMBER else (channel,):
            mark(connection, row.phone_id, each, until=at + lasts, code=code)
        words, alert = "tidak dapat menerima", meaning.alerts(code)
    if alert:
        who = _posts(connection, row.id)
        key = f"number/{row.phone_id}/{channel}/{reaction}"
        raise_alert(connection, key, f"{who} {words} {name} ({code})", at)


def _of_one_number(connection: Connection, attempt_id: int, row: Any) -> Reaction:
    """Tell a sender that may not send from a number that cannot be sent to.

    Where the sender got through to another number within a day, it is the number: one foreign one
    in the directory must not stop everybody's messages again and again.
    """
    since = database_now(connection) - timedelta(days=1)
    works = connection.execute(
        select(Attempt.id)
        .join(Message, Message.id == Attempt.message_id)
        .where(
            Attempt.posted_at >= since,
            Attempt.sender == row.sender,
            Attempt.status.in_((NoticeStatus.ACCEPTED, NoticeStatus.DELIVERED)),
            Message.phone_id != row.phone_id,
        )
        .limit(1)
    ).first()
    if works is None:
        return Reaction.CHANNEL_OFF
    connection.execute(
        update(Attempt).where(Attempt.id == attempt_id).values(reaction=Reaction.INVALID)
    )
    return Reaction.INVALID


def _posts(connection: Connection, message_id: int) -> str:
    labels = connection.execute(
        select(Post.label)
        .join(Notice, Notice.post_id == Post.id)
        .where(Notice.message_id == message_id)
        .distinct()
        .order_by(Post.label)
    ).scalars()
    return ", ".join(labels) or "seorang pejabat"


def untold(connection: Connection) -> list[tuple[int, str, datetime]]:
    """Return alerts that nobody was told of yet: (id, perihal, raised at); locks them."""
    rows = connection.execute(
        select(Alert.id, Alert.perihal, Alert.raised_at)
        .where(Alert.told_at.is_(None))
        .order_by(Alert.id)
        .with_for_update(skip_locked=True)
    )
    return [(key, perihal, at) for key, perihal, at in rows]


def told(connection: Connection, alert_ids: Sequence[int], at: datetime) -> None:
    """Mark alerts as told."""
    connection.execute(update(Alert).where(Alert.id.in_(alert_ids)).values(told_at=at))
