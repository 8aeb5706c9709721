"""What lies between a story's phones and the program: webhooks that are signed, fake providers.

WhatsApp goes through the real Twilio client to the fake Twilio, SMS through the app of an Android
phone. What a phone sends is a signed webhook, handed to the web application as a server would.
"""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from bot.web.webhooks import SIGNATURE
from config.terms import Channel
from tests.fakes.sms_gate import FakePhone
from tests.fakes.twilio_server import FakeTwilio
from tests.web.provider import FORM, Request, sending

PUBLIC = "https://ingat.example"
WHATSAPP_FROM = "+6281100000990"


@dataclass(frozen=True)
class Landed:
    """A message of ours that reached a phone. `buttons` are its quick replies: title to id."""

    sid: str
    number: str
    channel: Channel
    text: str
    buttons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """What a phone sends."""

    number: str
    text: str = ""
    place: Mapping[str, str] = field(default_factory=dict)
    """Latitude, Longitude, Address, Label, as Twilio spells them."""
    photos: Sequence[bytes] = ()
    quoting: str | None = None
    """The id of our message that it answers."""
    button: str | None = None


class Wire(Protocol):
    """One channel's way to the program and back."""

    def request(self, said: Said, at: datetime) -> Request:
        """Return the webhook of what a phone sends at a moment."""
        ...

    def landed(self) -> list[Landed]:
        """Return what reached phones since it was asked last."""
        ...

    def delivered(self, landed: Landed, at: datetime) -> Request:
        """Return the webhook that reports a message as delivered."""
        ...


class WhatsApp:
    """The fake Twilio's WhatsApp; it posts nothing by itself, so that nothing happens unasked."""

    def __init__(self, fake: FakeTwilio) -> None:
        self._fake = fake
        self._seen = len(fake.messages())
        self._attempts: dict[str, int] = {}
        self._contents: dict[str, dict[str, str]] = {}
        fake.rules(report=[])

    def request(self, said: Said, at: datetime) -> Request:
        sender, to = f"whatsapp:{said.number}", f"whatsapp:{WHATSAPP_FROM}"
        files = [("image/jpeg", photo) for photo in said.photos]
        sid = self._fake.says(sender, said.text, to=to, media=files)
        form = {
            "AccountSid": self._fake.account_sid,
            "ApiVersion": "2010-04-01",
            "Body": said.text,
            "From": sender,
            "MessageSid": sid,
            "MessageType": "text",
            "NumMedia": str(len(files)),
            "NumSegments": "1",
            "ProfileName": "Warga Contoh",
            "SmsMessageSid": sid,
            "SmsSid": sid,
            "SmsStatus": "received",
            "To": to,
            "WaId": said.number.removeprefix("+"),
            **said.place,
        }
        for place, url in enumerate(self._media(sid) if files else ()):
            form |= {f"MediaUrl{place}": url, f"MediaContentType{place}": "image/jpeg"}
        if said.quoting is not None:
            form |= {
                "OriginalRepliedMessageSid": said.quoting,
                "OriginalRepliedMessageSender": to,
            }
        if said.button is not None:
            form |= {"MessageType": "button", "ButtonPayload": said.button}
            form["ButtonText"] = said.text
        return self._signed("/twilio/inbound", form)

    def _media(self, sid: str) -> list[str]:
        """Return the addresses of a message's media, as the provider itself lists them."""
        account = self._fake.account_sid
        path = f"/2010-04-01/Accounts/{account}/Messages/{sid}/Media"
        login = base64.b64encode(f"{account}:{self._fake.token}".encode()).decode()
        with closing(http.client.HTTPConnection("127.0.0.1", self._fake.port)) as connection:
            connection.request("GET", f"{path}.json", headers={"Authorization": f"Basic {login}"})
            listed = json.loads(connection.getresponse().read())["media_list"]
        return [f"https://api.twilio.com{path}/{each['sid']}" for each in listed]

    def landed(self) -> list[Landed]:
        messages = self._fake.messages()
        new, self._seen = messages[self._seen :], len(messages)
        return [self._landed(message) for message in new]

    def _landed(self, message: Mapping[str, Any]) -> Landed:
        assert message["to"].startswith("whatsapp:"), "SMS goes through the Android phone"
        self._attempts[message["sid"]] = message["attempt_id"]
        return Landed(
            message["sid"],
            message["to"].removeprefix("whatsapp:"),
            Channel.WHATSAPP,
            message["body"],
            self._buttons(message["content_sid"]),
        )

    def _buttons(self, content_sid: str | None) -> Mapping[str, str]:
        if content_sid is None:
            return {}
        if content_sid not in self._contents:
            for content in self._fake.contents():
                (kind,) = content["types"].values()
                actions = kind.get("actions", ())
                self._contents[content["sid"]] = {each["title"]: each["id"] for each in actions}
        return self._contents[content_sid]

    def delivered(self, landed: Landed, at: datetime) -> Request:
        form = {
            "AccountSid": self._fake.account_sid,
            "ApiVersion": "2010-04-01",
            "ChannelStatusMessage": "",
            "From": f"whatsapp:{WHATSAPP_FROM}",
            "MessageSid": landed.sid,
            "MessageStatus": "delivered",
            "SmsSid": landed.sid,
            "SmsStatus": "delivered",
            "To": f"whatsapp:{landed.number}",
        }
        return self._signed("/twilio/status", form, f"a={self._attempts[landed.sid]}")

    def _signed(self, path: str, form: Mapping[str, str], query: str = "") -> Request:
        url = f"{PUBLIC}{path}" + (f"?{query}" if query else "")
        headers = [FORM, (SIGNATURE, self._fake.sign(url, form))]
        return Request(urlencode(form).encode(), headers, query, path)


class Sms:
    """The Android phone with the local SIM. A long SMS arrives there put together already."""

    def __init__(self, phone: FakePhone) -> None:
        self._phone = phone
        self._seen = len(phone.order)
        self._events = 0

    def request(self, said: Said, at: datetime) -> Request:
        self._events += 1
        payload = {
            "messageId": f"{self._events:08x}",
            "sender": said.number,
            "phoneNumber": said.number,
            "recipient": self._phone.number,
            "message": said.text,
            "simNumber": 1,
            # No two SMS arrive in one millisecond; the same one twice is posted twice.
            "receivedAt": f"{at:%Y-%m-%dT%H:%M:%S}.{self._events % 1000:03}Z",
        }
        return self._event("sms:received", payload, at)

    def landed(self) -> list[Landed]:
        order = list(self._phone.order)
        new, self._seen = order[self._seen :], len(order)
        found = []
        for sid in new:
            kept = self._phone.kept[sid]
            number = kept["recipients"][0]["phoneNumber"]
            found.append(Landed(sid, number, Channel.SMS, kept["textMessage"]["text"]))
        return found

    def delivered(self, landed: Landed, at: datetime) -> Request:
        self._phone.move(landed.sid, "Delivered")
        payload = {
            "messageId": landed.sid,
            "sender": self._phone.number,
            "recipient": landed.number,
            "phoneNumber": landed.number,
            "deliveredAt": at.isoformat(),
        }
        return self._event("sms:delivered", payload, at)

    def _event(self, name: str, payload: Mapping[str, object], at: datetime) -> Request:
        timestamp = int(at.astimezone(UTC).timestamp())
        body, headers = self._phone.event(name, payload, timestamp=timestamp)
        return Request(body, list(headers.items()), path="/sms/inbound")


def post(app: Any, requests: Sequence[Request]) -> None:
    """Hand requests to the application, all at the same time; each must be taken."""

    async def every() -> list[int]:
        answers = await asyncio.gather(*(sending(app, request) for request in requests))
        return [answer.status for answer in answers]

    statuses = asyncio.run(every())
    assert all(status in {200, 204} for status in statuses), statuses
