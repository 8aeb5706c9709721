"""Messages from phones as the provider posts them, and what is stored of them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from bot.compose import Installation
from scheduler.inbound import Arrived
from scheduler.store.dialogue_tables import InboundMessage
from scheduler.store.session import reading
from tests.web.provider import ACCOUNT, OFFICE, PRIMARY, Request, signed

INBOUND = "/twilio/inbound"
PERSON = "+6281200000009"
EMPTY = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'


def sid_of(number: int) -> str:
    """Return the id of the nth message."""
    return f"SM{number:032x}"


def message(
    body: str = "Jalan di depan pasar rusak", number: int = 1, **others: str
) -> dict[str, str]:
    """Return the fields of a message on WhatsApp as Twilio posts them."""
    sid = sid_of(number)
    return {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "Body": body,
        "From": f"whatsapp:{PERSON}",
        "MessageSid": sid,
        "MessageType": "text",
        "NumMedia": "0",
        "NumSegments": "1",
        "ProfileName": "Warga",
        "ReferralNumMedia": "0",
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "To": f"whatsapp:{OFFICE}",
        "WaId": PERSON.removeprefix("+"),
    } | others


def posted(params: Mapping[str, str], token: str = PRIMARY) -> Request:
    """Return a message as it is posted, signed."""
    return signed(params, token=token, path=INBOUND, of=INBOUND)


def stored(opened: Installation) -> list[Arrived]:
    """Return everything that is stored, in the order it came."""
    query = select(InboundMessage.payload).order_by(InboundMessage.id)
    with reading(opened.engine) as connection:
        payloads = connection.execute(query).scalars()
        return [Arrived.loads(opened.seal.open(payload)) for payload in payloads]
