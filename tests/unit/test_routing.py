"""Which way a message takes next: every reaction, at its edges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.routing import AFTER_BUSY, HANDSET_OFF, LATER, Open, Wait, Way, next_way
from config.terms import Channel, NoticeStatus, Reaction
from scheduler.delivery import Known, Tried

AT = datetime(2026, 5, 4, 3, tzinfo=UTC)
SECOND = timedelta(seconds=1)
WA, SMS = Channel.WHATSAPP, Channel.SMS
SENDERS = {WA: "whatsapp", SMS: "sms"}
TEMPLATE, TEXT, SHORT = Way(WA, template=True), Way(WA), Way(SMS)
SPENT = [
    Reaction.NEXT,
    Reaction.UNREACHABLE,
    Reaction.INVALID,
    Reaction.NO_NUMBER,
    Reaction.OPTED_OUT,
    Reaction.CONTENT,
]


def tried(
    channel: Channel,
    reaction: Reaction | None,
    *,
    ago: timedelta = timedelta(0),
    template: bool = True,
    status: NoticeStatus = NoticeStatus.FAILED,
) -> Tried:
    return Tried(channel, channel is WA and template, status, reaction, AT - ago)


def way(
    *before: Tried,
    at: datetime = AT,
    known: dict[Channel, Known] | None = None,
    stopped: dict[str, datetime] | None = None,
    allowed: tuple[Channel, ...] = tuple(Channel),
    template: bool = True,
    senders: dict[Channel, str] | None = None,
) -> Way | Wait | None:
    open_ = Open(at, senders or SENDERS, stopped or {})
    return next_way(open_, known or {}, before, allowed, has_template=lambda: template)


def test_a_template_outside_the_window_free_text_inside_sms_without_either() -> None:
    assert way() == TEMPLATE
    assert way(template=False) == SHORT
    closes = AT + SECOND
    assert way(known={WA: Known(window_until=closes)}, template=False) == TEXT
    assert way(known={WA: Known(window_until=closes)}, at=closes, template=False) == SHORT


@pytest.mark.parametrize("reaction", SPENT)
def test_what_cannot_arrive_goes_to_the_next_channel_and_then_nowhere(reaction: Reaction) -> None:
    assert way(tried(WA, reaction)) == SHORT
    assert way(tried(WA, reaction), tried(SMS, reaction)) is None


def test_accepted_but_late_counts_as_spent() -> None:
    late = tried(WA, Reaction.NEXT, status=NoticeStatus.ACCEPTED)
    assert way(late) == SHORT


def test_a_closed_window_leads_to_the_template_once() -> None:
    window = {WA: Known(window_until=AT + timedelta(hours=1))}
    refused = tried(WA, Reaction.TEMPLATE, template=False)
    assert way(refused, known=window) == TEMPLATE
    assert way(refused, known=window, template=False) == SHORT
    assert way(refused, tried(WA, Reaction.TEMPLATE), known=window) == SHORT


def test_a_template_that_was_withdrawn_is_not_tried_again_for_this_message() -> None:
    assert way(tried(WA, Reaction.TEMPLATE_OFF)) == SHORT


@pytest.mark.parametrize(
    ("reaction", "pauses"), [(Reaction.LATER, LATER), (Reaction.HANDSET_OFF, HANDSET_OFF)]
)
def test_a_delayed_retry_waits_out_each_pause_and_is_capped(
    reaction: Reaction, pauses: tuple[timedelta, ...]
) -> None:
    before: list[Tried] = []
    for pause in pauses:
        before.append(tried(SMS, reaction))
        assert way(*before, senders={SMS: "sms"}, at=AT + pause - SECOND) == Wait(AT + pause)
        assert way(*before, senders={SMS: "sms"}, at=AT + pause) == SHORT
    before.append(tried(SMS, reaction))
    assert way(*before, senders={SMS: "sms"}, at=AT + timedelta(days=9)) is None


def test_a_busy_provider_is_left_alone_for_a_moment_however_often() -> None:
    only = {SMS: "sms"}
    for times, pause in enumerate([*AFTER_BUSY, *[AFTER_BUSY[-1]] * 50], start=1):
        before = [tried(SMS, Reaction.BUSY) for _ in range(times)]
        assert way(*before, senders=only, at=AT + pause - SECOND) == Wait(AT + pause)
        assert way(*before, senders=only, at=AT + pause) == SHORT


def test_an_attempt_that_never_left_costs_nothing() -> None:
    assert way(*[tried(WA, None) for _ in range(9)]) == TEMPLATE


def test_a_number_is_not_tried_where_it_cannot_be_reached_until_then() -> None:
    until = AT + timedelta(days=30)
    known = {WA: Known(unusable_until=until)}
    assert way(known=known, at=until - SECOND) == SHORT
    assert way(known=known, at=until) == TEMPLATE
    assert way(known={WA: Known(opted_out=True)}) == SHORT
    assert way(known={WA: Known(opted_out=True), SMS: Known(opted_out=True)}) is None


def test_a_stopped_sender_is_passed_by_and_waited_for_only_where_nothing_else_is_open() -> None:
    soon, later = AT + timedelta(minutes=5), AT + timedelta(minutes=15)
    assert way(stopped={"whatsapp": later}) == SHORT
    assert way(stopped={"whatsapp": later, "sms": soon}) == Wait(soon)
    assert way(tried(SMS, Reaction.NEXT), stopped={"whatsapp": later}) == Wait(later)
    assert way(tried(WA, Reaction.CHANNEL_OFF)) == TEMPLATE  # its stop is over


def test_the_policy_chooses_channels_but_never_silences() -> None:
    assert way(allowed=(SMS,)) == SHORT
    assert way(tried(WA, Reaction.NEXT), allowed=(WA,)) is None
    assert way(allowed=(WA,), senders={SMS: "sms"}) == SHORT


@given(
    st.lists(
        st.tuples(st.sampled_from(Channel), st.sampled_from([*Reaction, None]), st.booleans()),
        max_size=12,
    ),
    st.booleans(),
)
def test_every_message_ends_somewhere(
    happened: list[tuple[Channel, Reaction | None, bool]], template: bool
) -> None:
    """Whatever has failed: a way that is offered is open, and a wait lies ahead."""
    before = [
        tried(channel, reaction, template=as_template)
        for channel, reaction, as_template in happened
    ]
    found = way(*before, template=template)
    if isinstance(found, Wait):
        assert found.until > AT
    elif found is not None:
        assert not any(one.channel is found.channel and one.reaction in SPENT for one in before)
        assert not found.template or template
