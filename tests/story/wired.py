"""An office whose messages go through the real Twilio client to a fake Twilio that misbehaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from bot import templates
from bot.channels.twilio_gateway import TwilioGateway
from config.terms import Channel, NoticeStatus
from scheduler.store.delivery import Report
from scheduler.store.directory import import_directory
from scheduler.store.listing import NoticeRow
from scheduler.store.session import writing
from tests.database.office import Office, at
from tests.fakes.twilio_server import FakeTwilio

ADMIN, PENGHUBUNG, KEPALA = "+6281100000009", "+6281100000010", "+6281100000011"
KOMINFO = ("+6281100000007", "+6281100000008")
ACTING = "+6281100000701"
WHATSAPP, SMS = "whatsapp", "sms"
DAY = "2026-05-04T"
"""A Monday."""
NEVER: list[list[object]] = []
"""A report that never comes: accepted, and then nothing."""


class Wired(Office):
    """One installation with WhatsApp and SMS, and the fake provider it talks to."""

    def __init__(self, url: str, fake: FakeTwilio, **settings: object) -> None:
        fake.reset()
        fake.rules(report=[["sent", 0], ["delivered", 0]])
        super().__init__(
            url,
            **{
                "gateway": "twilio",
                "twilio_account_sid": fake.account_sid,
                "twilio_auth_token": fake.token,
                "twilio_whatsapp_from": "+6281100000990",
                "twilio_sms_from": "INGAT",
                "twilio_api_base_url": fake.base_url,
                "twilio_mps": 1000,
                "twilio_threads": 4,
                **settings,
            },
        )
        self.fake = fake

    def approve_templates(self, kinds: Sequence[str] = ()) -> None:
        """Push the templates and have WhatsApp approve them (those of `kinds`, or all)."""
        moment = at(f"{DAY}06:00")
        gateway = self.opened.gateway
        assert isinstance(gateway, TwilioGateway)
        wanted = templates.wanted(self.opened.world(moment).policy.tanda, two_way=False)
        pushed = templates.push(gateway, self.engine, wanted, moment)
        assert all(one.ok for one in pushed)
        for content in self.fake.contents():
            name = content["friendly_name"]
            if not kinds or any(name.startswith(f"ingat_{kind}_") for kind in kinds):
                self.fake.approve(content["sid"], "approved")
        templates.refresh(gateway, self.engine, wanted, moment)

    def got(self, number: str) -> list[str]:
        """The channels on which the provider accepted something for a number, in order."""
        return [
            WHATSAPP if message["to"].startswith("whatsapp:") else SMS
            for message in self.fake.messages()
            if message["to"].endswith(number)
        ]

    def said(self, number: str) -> list[str]:
        """What a number was sent."""
        return [m["body"] for m in self.fake.messages() if m["to"].endswith(number)]

    def report(self, sid: str, word: str, code: int | None = None, when: str = "10:01") -> bool:
        """A delivery report comes in."""
        error = str(code) if code else None
        return self.opened.take_report(Report(sid, word, error, None, at(f"{DAY}{when}")))

    def sid(self, number: str, channel: str) -> str:
        """The provider's id of the last message to a number on a channel."""
        prefix = "whatsapp:" if channel == WHATSAPP else ""
        found: list[dict[str, Any]] = [
            message for message in self.fake.messages() if message["to"] == f"{prefix}{number}"
        ]
        return str(found[-1]["sid"])

    def notice(self, post: str, step: str = "terima") -> NoticeRow:
        """The one notice of a step to a post."""
        (found,) = (
            row
            for row in self.notices()
            if row.post is not None and row.post.startswith(post) and row.step == step
        )
        return found

    def went(self, post: str) -> list[tuple[str, str, str | None]]:
        """The attempts made for a post: channel, status, error."""
        return [(a.channel, a.status, a.error) for a in self.notice(post).attempts]

    def kinds(self) -> Counter[str]:
        """How many notices there are of each kind, by status."""
        return Counter(f"{row.line.kind} {row.status}" for row in self.notices())

    def appoint(self, row: str) -> None:
        """Import one more line of the directory: columns as far as nomor_sk."""
        head = (
            "instansi,jenis,induk,hari_kerja,peran,jabatan,nama,nip,telepon,"
            "status_jabatan,mulai,selesai\n"
        )
        with writing(self.engine) as connection:
            report = import_directory(
                connection,
                self.opened.seal,
                (head + row + "\n").encode(),
                name="plh",
                today=at("2026-05-01").date(),
            )
            assert report.rejected == []


__all__ = ["Channel", "NoticeStatus", "Wired"]
