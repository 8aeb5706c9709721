"""The provider's side of the wire, written for the tests: signs as Twilio documents it."""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus, urlencode

from sqlalchemy import insert, select

from bot.compose import Installation
from config.settings import Settings
from config.terms import Channel, NoticeStatus
from scheduler.store.messaging_tables import Attempt, DeliveryReport, Message
from scheduler.store.session import reading, writing
from scheduler.store.tables import Phone

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
ACCOUNT = f"AC{'0a' * 16}"
PRIMARY = "token-of-the-account-0001"
SECONDARY = "token-of-the-account-0002"
PUBLIC = "https://ingat.example"
PATH = "/twilio/status"
SID = f"SM{'1b' * 16}"
OFFICER = "+6281200000001"
OFFICE = "+622150000001"
FORM = ("content-type", "application/x-www-form-urlencoded; charset=UTF-8")


def twilio_settings(database_url: str, **others: Any) -> Settings:
    """Return the settings of an installation that sends through Twilio; nothing listens there."""
    given: dict[str, Any] = {
        "database_url": database_url,
        "data_key": KEY,
        "gateway": "twilio",
        "public_url": PUBLIC,
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": PRIMARY,
        "twilio_auth_token_secondary": SECONDARY,
        "twilio_whatsapp_from": f"whatsapp:{OFFICE}",
        "twilio_sms_from": "KOMINFO",
        "twilio_api_base_url": "http://127.0.0.1:9",
    }
    return Settings(**(given | others))


def sign(url: str, params: Mapping[str, str], token: str = PRIMARY) -> str:
    """Return HMAC-SHA1 over the address and the sorted fields, in base64."""
    text = url + "".join(name + value for name, value in sorted(params.items()))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), "sha1").digest()).decode()


def report(status: str = "delivered", sid: str = SID, **others: str) -> dict[str, str]:
    """Return the fields of a status callback as Twilio sends them."""
    return {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "ChannelInstallSid": "",
        "From": f"whatsapp:{OFFICE}",
        "MessageSid": sid,
        "MessageStatus": status,
        "SmsSid": sid,
        "SmsStatus": status,
        "To": f"whatsapp:{OFFICER}",
    } | others


@dataclass(frozen=True)
class Request:
    """One request, byte for byte."""

    body: bytes
    headers: Sequence[tuple[str | bytes, str | bytes]]
    query: str | bytes = ""
    path: str = PATH
    method: str = "POST"
    chunks: int = 1


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def signed(
    params: Mapping[str, str],
    query: str = "",
    *,
    token: str = PRIMARY,
    public: str = PUBLIC,
    path: str = PATH,
    of: str = PATH,
    headers: Iterable[tuple[str, str]] = (),
) -> Request:
    """Return a callback as Twilio would send it to `of` below `public`, arriving at `path`."""
    url = f"{public}{of}" + (f"?{query}" if query else "")
    return Request(
        urlencode(params).encode(),
        [FORM, ("x-twilio-signature", sign(url, params, token)), *headers],
        query,
        path,
    )


def send(app: Any, request: Request) -> Answer:
    """Hand a request to the application as a server would."""
    return asyncio.run(sending(app, request))


async def sending(app: Any, request: Request) -> Answer:
    """The same inside a running loop."""
    size = -(-len(request.body) // request.chunks) or 1
    parts = [request.body[at : at + size] for at in range(0, len(request.body), size)] or [b""]
    events = [
        {"type": "http.request", "body": part, "more_body": number < len(parts)}
        for number, part in enumerate(parts, 1)
    ]
    told: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return events.pop(0) if events else {"type": "http.disconnect"}

    async def tell(message: dict[str, Any]) -> None:
        told.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.path,
        "raw_path": quote_plus(request.path, safe="/").encode(),
        "root_path": "",
        "query_string": _bytes(request.query),
        "headers": [(_bytes(name).lower(), _bytes(value)) for name, value in request.headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    await app(scope, receive, tell)
    start = told[0]
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], b"".join(m.get("body", b"") for m in told[1:]), headers)


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")


# --- what it led to ---------------------------------------------------------------------------


def an_attempt(opened: Installation, sid: str | None = SID) -> int:
    """Put one attempt on its way: accepted under `sid`, or still being sent; return its id."""
    status = NoticeStatus.SENDING if sid is None else NoticeStatus.ACCEPTED
    with writing(opened.engine) as connection:
        phone = connection.execute(
            insert(Phone).returning(Phone.id),
            {"sealed": opened.seal.seal(OFFICER), "blind": opened.seal.blind(f"{OFFICER}{sid}")},
        ).scalar_one()
        message = connection.execute(
            insert(Message).returning(Message.id),
            {
                "phone_id": phone,
                "channel": Channel.WHATSAPP,
                "status": status,
                "created_at": NOW,
            },
        ).scalar_one()
        return connection.execute(
            insert(Attempt).returning(Attempt.id),
            {
                "message_id": message,
                "channel": Channel.WHATSAPP,
                "sender": f"whatsapp:{OFFICE}",
                "body": "Yth. Admin: aduan SP4N #9000001",
                "sid": sid,
                "status": status,
                "awaited": sid is not None,
                "posted_at": NOW,
                "pass_at": NOW,
            },
        ).scalar_one()


@dataclass(frozen=True)
class Fate:
    """What is recorded of an attempt."""

    sid: str | None
    status: str
    word: str | None
    error: str | None


def fate(opened: Installation, attempt_id: int) -> Fate:
    """Return what is recorded of an attempt."""
    query = select(Attempt.sid, Attempt.status, Attempt.word, Attempt.error)
    with reading(opened.engine) as connection:
        return Fate(*connection.execute(query.where(Attempt.id == attempt_id)).one())


def kept(opened: Installation) -> list[tuple[str, str, str]]:
    """Return every report that was kept, in order: (sid, word, error)."""
    query = select(DeliveryReport.sid, DeliveryReport.word, DeliveryReport.error)
    with reading(opened.engine) as connection:
        rows = connection.execute(query.order_by(DeliveryReport.id))
        return [(sid, word, error) for sid, word, error in rows]
