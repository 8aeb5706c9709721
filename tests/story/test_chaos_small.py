"""The chaos run in small: a misbehaving provider and killed processes, on both engines.

`make chaos` plays it in full.
"""

from __future__ import annotations

import http.client
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.channels.recovery import SEVERAL
from config.terms import NoticeStatus
from tests.chaos.hunt import Ordeal, hunted
from tests.chaos.judge import Books, Reason, Told, Tried, Verdict, judge
from tests.chaos.processes import Provider
from tests.chaos.town import LETTER
from tests.fakes.twilio_api import LOGIN, MESSAGES

SMALL = Ordeal(
    bodies=6,
    phones=25,
    workers=1,
    kills=6,
    seed=3,
    latency_s=0.03,
    lag_s=0.5,
    late_s=2.0,
    lease_s=3,
    busy=0.01,
    unknown_after_s=3,
    delivery_timeout_s=2,
    until=0.5,
    look_up_faults=0.03,
    most_s=100.0,
)


def test_every_letter_is_accepted_once(sqlite_url: str, postgres_url: str) -> None:
    # Most of the time is spent waiting: both engines at the same time.
    with ThreadPoolExecutor(2) as pool:
        for played in [pool.submit(play, sqlite_url, 1), pool.submit(play, postgres_url, 3)]:
            played.result()


def play(url: str, workers: int) -> None:
    ordeal = replace(SMALL, workers=workers)
    with hunted(url, ordeal) as (outcome, provider, judged):
        print(outcome)
        assert outcome.verdict.good, outcome.verdict.examples
        assert outcome.verdict.letters == ordeal.messages
        assert outcome.kills.total() == ordeal.kills
        assert outcome.callbacks["refused"] == 0

        # The judge is not blind: it sees a message that is accepted again.
        provider.rules(faults={})
        post_again(provider, provider.messages()[0])
        assert (judged().twice, judged().good) == (1, False)


def post_again(provider: Provider, message: dict[str, Any]) -> None:
    """Have the provider accept a message a second time, as a blind repetition would."""
    form = {"To": message["to"], "From": message["from"], "Body": message["body"]}
    headers = {"Authorization": LOGIN, "Content-Type": "application/x-www-form-urlencoded"}
    with closing(http.client.HTTPConnection("127.0.0.1", provider.port, timeout=10)) as line:
        line.request("POST", f"{MESSAGES}.json", urlencode(form), headers)
        assert line.getresponse().status == 201


# --- the judge --------------------------------------------------------------------------------

ONE, OTHER = "+6281100000001", "+6281100000002"


def tried(key: int, sid: str | None, status: str = "delivered", error: str = "") -> Tried:
    word = status if sid else None
    return Tried(key, key, "Surat I", sid, NoticeStatus(status), word, error or None)


def told(phone: str, attempt: Tried) -> Told:
    return Told(attempt.message_id, phone, attempt.status, (attempt,))


def verdict(
    held: list[tuple[str, str]],
    messages: list[Told],
    heard: AbstractSet[tuple[str, str]] = frozenset(),
) -> Verdict:
    """Judge messages of one text; the provider delivered every one it holds: (SID, phone)."""
    return judge(
        Books(
            [{"sid": s, "to": to, "body": "Surat I", "status": "delivered"} for s, to in held],
            messages,
            [Reason(f"c/{each.id}", LETTER, each.status, each.id) for each in messages],
            heard,
        ),
        LETTER,
        len(messages),
    )


def test_the_judge_finds_each_accepted_once() -> None:
    found = verdict(
        [("SM1", ONE), ("SM2", OTHER)], [told(ONE, tried(1, "SM1")), told(OTHER, tried(2, "SM2"))]
    )
    assert (found.once, found.good) == (2, True)


def test_the_judge_finds_what_was_accepted_twice() -> None:
    found = verdict([("SM1", ONE), ("SM2", ONE)], [told(ONE, tried(1, "SM1"))])
    assert (found.twice, found.good) == (1, False)


@pytest.mark.parametrize("status", ["accepted", "delivered", "failed", "cancelled"])
def test_the_judge_finds_what_was_lost(status: str) -> None:
    message = replace(told(ONE, tried(1, None, "failed")), status=NoticeStatus(status))
    found = verdict([], [message])
    assert (found.lost, found.good) == (1, False)


@pytest.mark.parametrize("status", ["pending", "sending"])
def test_the_judge_finds_what_is_left_lying(status: str) -> None:
    message = replace(told(ONE, tried(1, "SM1")), status=NoticeStatus(status))
    found = verdict([("SM1", ONE)], [message])
    assert (found.stuck, found.good) == (1, False)


def test_unknown_is_good_only_where_the_provider_cannot_tell() -> None:
    doubtful = [told(ONE, tried(key, None, "unknown", SEVERAL)) for key in (1, 2)]
    found = verdict([("SM1", ONE), ("SM2", ONE)], doubtful)
    assert (found.unknown, found.good) == (2, True)
    assert not verdict([("SM1", ONE)], doubtful[:1]).good
    assert not verdict([], doubtful).good


def test_the_judge_knows_what_nobody_could_tell_us() -> None:
    handed_on = replace(told(ONE, tried(1, "SM1", "accepted")), attempts=(tried(1, "SM1"),))
    handed_on = replace(handed_on, attempts=(replace(handed_on.attempts[0], word="sent"),))
    found = verdict([("SM1", ONE)], [handed_on], {("SM1", "sent")})
    assert (found.unheard, found.good) == (1, True)
    assert not verdict([("SM1", ONE)], [handed_on], {("SM1", "delivered")}).good
    queued = replace(handed_on, attempts=(replace(handed_on.attempts[0], word="queued"),))
    assert not verdict([("SM1", ONE)], [queued]).good


def test_the_judge_finds_what_is_bound_or_reported_wrong() -> None:
    crossed = [told(ONE, tried(1, "SM2")), told(OTHER, tried(2, "SM1"))]
    assert not verdict([("SM1", ONE), ("SM2", OTHER)], crossed).good
    assert not verdict([("SM1", ONE)], [told(ONE, tried(1, "SM9"))]).good
    assert not verdict([("SM1", ONE)], [told(ONE, tried(1, "SM1", "accepted"))]).good
    lost_notice = judge(Books([], [], [], set()), LETTER, 1)
    assert not lost_notice.good
