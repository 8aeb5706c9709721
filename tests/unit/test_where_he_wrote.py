"""A person is told where he last wrote; whoever wants nothing on one channel is left in peace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.routing import Open, where_he_wrote
from config.terms import Channel
from scheduler.delivery import Known

NOW = datetime(2026, 5, 4, 3, tzinfo=UTC)
OPEN = Open(NOW, {Channel.WHATSAPP: "wa", Channel.SMS: "sms"})
EARLIER, LATER = NOW - timedelta(days=2), NOW - timedelta(hours=1)


def wrote(whatsapp: datetime | None, sms: datetime | None) -> dict[Channel, Known]:
    return {
        Channel.WHATSAPP: Known(last_inbound_at=whatsapp),
        Channel.SMS: Known(last_inbound_at=sms),
    }


@pytest.mark.parametrize(
    ("known", "first"),
    [
        (wrote(LATER, EARLIER), Channel.WHATSAPP),
        (wrote(EARLIER, LATER), Channel.SMS),
        (wrote(None, EARLIER), Channel.SMS),
        (wrote(EARLIER, None), Channel.WHATSAPP),
        # never wrote, or nothing is known: as the installation prefers
        (wrote(None, None), Channel.WHATSAPP),
        ({}, Channel.WHATSAPP),
    ],
)
def test_the_channel_last_written_on_comes_first(
    known: dict[Channel, Known], first: Channel
) -> None:
    for reply in (False, True):
        found = where_he_wrote(OPEN, known, reply=reply)
        assert found is not None
        assert next(iter(found[0].senders)) is first
        assert set(found[0].senders) == set(OPEN.senders)


@pytest.mark.parametrize("channel", list(Channel))
def test_an_opt_out_closes_the_other_channel_too_except_for_replies(channel: Channel) -> None:
    known = wrote(LATER, EARLIER) | {channel: Known(opted_out=True, last_inbound_at=LATER)}
    assert where_he_wrote(OPEN, known, reply=False) is None
    found = where_he_wrote(OPEN, known, reply=True)
    assert found is not None
    assert not any(about.opted_out for about in found[1].values())
