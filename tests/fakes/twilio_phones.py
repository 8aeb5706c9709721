"""The fake's phones: what people write, posted here as a signed webhook, and listed afterwards."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.fakes.twilio_book import ACCOUNT, TOKEN, Book, Message
from tests.fakes.twilio_callbacks import Reporter
from tests.fakes.twilio_rules import Form, signature

API = "https://api.twilio.com"
SMS_PART = 153
"""Characters of each part of a longer SMS in the telephone networks' own alphabet."""


@dataclass
class Saying:
    """What a phone sends. `media` are pairs of what each file is said to be, and its base64."""

    sender: str
    to: str
    body: str = ""
    media: Sequence[Sequence[str]] = ()
    fields: dict[str, str] = field(default_factory=dict)
    """Further fields of the webhook, or other values: a location, a button."""
    webhook: str | None = None
    """Where it is posted to and what is signed for; None: the webhook is lost."""
    times: int = 1
    """How often it is posted."""
    sid: str | None = None
    minutes_ago: float = 0


class Phones:
    """Lets people write."""

    def __init__(self, book: Book, reporter: Reporter) -> None:
        self._book = book
        self._reporter = reporter
        self.posted: list[dict[str, Any]] = []
        """Every webhook of a message: its sid, its form, its answers."""

    def say(self, said: Saying) -> str:
        """Take a message from a phone, list it, and post it in the background; return its id."""
        book = self._book
        files = [book.sid("ME") for _ in said.media]
        for sid, (kind, content) in zip(files, said.media, strict=True):
            book.files[sid] = (kind, base64.b64decode(content))
        sid = said.sid or book.sid("MM" if files else "SM")
        message = Message(
            sid=sid,
            to=said.to,
            sender=said.sender,
            body=said.body,
            callback=None,
            service=None,
            content_sid=None,
            media=tuple(files),
            arrived=time.monotonic(),
            created=datetime.fromtimestamp(time.time() - 60 * said.minutes_ago, UTC),
            status="received",
            inbound=True,
            segments=max(1, -(-len(said.body) // SMS_PART)),
        )
        book.take(message)
        if said.webhook is not None:
            form = self._form(message, said)
            for _ in range(said.times):
                self._reporter.spawn(self._post(said.webhook, sid, form))
        return sid

    def _form(self, message: Message, said: Saying) -> Form:
        whatsapp = message.sender.startswith("whatsapp:")
        fields = {
            "AccountSid": ACCOUNT,
            "ApiVersion": "2010-04-01",
            "Body": message.body,
            "From": message.sender,
            "MessageSid": message.sid,
            "MessageType": "text",
            "NumMedia": str(len(message.media)),
            "NumSegments": str(message.segments),
            "SmsMessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsStatus": "received",
            "To": message.to,
        }
        if whatsapp:
            fields |= {"ProfileName": "Warga", "WaId": message.sender.partition("+")[2]}
        for number, sid in enumerate(message.media):
            where = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{message.sid}/Media/{sid}"
            fields[f"MediaUrl{number}"] = API + where
            fields[f"MediaContentType{number}"] = self._book.files[sid][0]
        return list((fields | said.fields).items())

    async def _post(self, webhook: str, sid: str, form: Form) -> None:
        record: dict[str, Any] = {"sid": sid, "form": form, "answers": []}
        self.posted.append(record)
        signed = signature(TOKEN, webhook, form)
        for turn in range(3):  # as with #rc=2&rp=all
            answer = await self._reporter.post(webhook, form, signed)
            record["answers"].append(answer)
            if answer is not None and answer < 500:
                return
            await asyncio.sleep(0.05 * (turn + 1))
