"""Ten thousand hostile webhooks: none breaks anything, none genuine is lost, none forged is taken.

Most come from a seeded source, so that they are the same each time; what hypothesis thinks of
comes on top.
"""

from __future__ import annotations

import asyncio
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.compose import Installation, open_installation
from bot.web.app import create_app
from tests.web.phones import EMPTY, INBOUND, message, posted, sid_of, stored
from tests.web.provider import (
    FORM,
    NOW,
    Answer,
    Request,
    send,
    sending,
    sign,
    signed,
    twilio_settings,
)

SEED = 20261124
MANY = {"sqlite": 6000, "postgresql": 1000}
HEARD = 150
AT_ONCE = 40

NASTY = (
    "",
    " ",
    "\x00",
    "\x00" * 1600,
    "'; DROP TABLE inbound_messages; --",
    '" OR 1=1 --',
    "<script>alert(1)</script>",
    "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
    "{{7*7}}${7*7}%s%n%(x)s{0.__class__}",
    "../../../../etc/passwd",
    "\u202e\u2066\u200b\ufeff\u0000\u2028\u2029",
    "e\u0301" * 800,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 200,
    "\ud7ff\ue000\ufffd\ufffe\uffff\U0010ffff",
    "\r\nSet-Cookie: a=b\r\n\r\n",
    "x" * 1600,
    "ж" * 1601,
    "漢" * 5000,
    "&=+%;#?%00%ff%ZZ",
    "-1",
    "9" * 400,
    "nan",
    "1e309",
    "None",
    "[]",
    '{"a": ' * 50,
)
FIELDS = (
    "Body",
    "From",
    "To",
    "NumMedia",
    "NumSegments",
    "ProfileName",
    "WaId",
    "Latitude",
    "Longitude",
    "Address",
    "Label",
    "ButtonPayload",
    "ButtonText",
    "OriginalRepliedMessageSid",
    "OptOutType",
    "MediaUrl0",
    "MediaUrl9",
    "MediaContentType0",
    "MessageType",
    "ChannelMetadata",
    "SmsSid",
)
PLANES = ((0x0, 0x20), (0x20, 0x7F), (0x80, 0xD800), (0xE000, 0x10000), (0x10000, 0x110000))


def any_text(chance: random.Random) -> str:
    """Return a text: one of the nasty ones, or characters from anywhere."""
    if chance.random() < 0.5:
        return chance.choice(NASTY)
    low, high = chance.choice(PLANES)
    length = chance.choice((1, 20, 160, 1600))
    return "".join(chr(chance.randrange(low, high)) for _ in range(length))


def hostile(number: int, chance: random.Random) -> dict[str, str]:
    """Return the fields of a genuine message that is as bad as it can be."""
    params = message(any_text(chance), number)
    for name in chance.sample(FIELDS, chance.randrange(6)):
        params[name] = any_text(chance)
    if chance.random() < 0.1:  # names, too
        params[any_text(chance) or "x"] = any_text(chance)
    if chance.random() < 0.005:
        params |= {f"Baru{field}": "1" for field in range(3000)}
    for name in chance.sample(FIELDS, 2):
        if chance.random() < 0.1:
            params.pop(name, None)
    return params


def forged(request: Request, chance: random.Random) -> Request:
    """Return it as somebody else would send it."""
    name, value = request.headers[1]
    way = chance.randrange(5)
    if way == 0:
        return replace(request, headers=[FORM])
    if way == 1:
        return replace(request, headers=[FORM, (name, str(value)[::-1])])
    if way == 2:
        return replace(request, body=request.body + b"&Body2=x")
    if way == 3:
        return replace(request, query="a=1")
    return replace(request, headers=[FORM, (name, value), (name, value)])


@dataclass
class Siege:
    """An installation under fire."""

    opened: Installation
    app: FastAPI

    def fire(self, requests: list[Request]) -> list[Answer]:
        async def together() -> list[Answer]:
            answers: list[Answer] = []
            for at in range(0, len(requests), AT_ONCE):
                some = requests[at : at + AT_ONCE]
                answers += await asyncio.gather(*(sending(self.app, each) for each in some))
            return answers

        return asyncio.run(together())


def besieged(url: str) -> Siege:
    opened = open_installation(twilio_settings(url))
    return Siege(opened, create_app(opened, now=lambda: NOW))


@pytest.fixture
def siege(database_url: str) -> Iterator[Siege]:
    siege = besieged(database_url)
    yield siege
    siege.opened.close()


def test_thousands_of_hostile_webhooks(siege: Siege) -> None:
    chance = random.Random(SEED)
    genuine = {
        number: hostile(number, chance)
        for number in range(1, MANY[siege.opened.engine.dialect.name] + 1)
    }
    good = [posted(params) for params in genuine.values()]
    again = chance.sample(good, len(good) // 20)
    bad = [forged(posted(hostile(number, chance)), chance) for number in range(10**9, 10**9 + 200)]
    bad += [forged(each, chance) for each in chance.sample(good, len(good) // 10)]
    wanted = [(each, 200) for each in good + again] + [(each, 403) for each in bad]
    chance.shuffle(wanted)

    answers = siege.fire([request for request, _ in wanted])
    assert [each.status for each in answers] == [status for _, status in wanted]
    assert {each.body for each in answers if each.status == 200} == {EMPTY}

    kept = {each.sid: each for each in stored(siege.opened)}
    assert len(stored(siege.opened)) == len(kept) == len(good)
    for number, params in genuine.items():
        told = params.get("Body", "").replace("\x00", "")
        if told:
            assert kept[sid_of(number)].text == told
    print(f"{len(answers)} webhooks: {dict(Counter(each.status for each in answers))}")


def test_what_is_hostile_is_heard_like_everything_else(siege: Siege) -> None:
    chance = random.Random(SEED + 1)
    posts = []
    for number in range(1, HEARD + 1):
        params = hostile(number, chance)
        if number % 4:  # else whoever it says it is
            params["From"] = f"whatsapp:+62812{number:08}"
        posts.append(posted(params))
    assert {each.status for each in siege.fire(posts)} == {200}
    heard = siege.opened.listen(NOW)
    assert (heard.problems, heard.failed, heard.heard) == ([], 0, HEARD)


PROTECTED = {"AccountSid", "MessageSid", "Body"}
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
names = st.one_of(st.sampled_from(FIELDS), texts.filter(lambda name: name not in PROTECTED))


@pytest.fixture(scope="module")
def long_siege(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siege]:
    path = tmp_path_factory.mktemp("siege") / "ingat.db"
    shutil.copyfile(sqlite_template, path)
    siege = besieged(f"sqlite:///{path}")
    yield siege
    siege.opened.close()


def test_whatever_is_signed_is_stored_and_whatever_is_not_is_refused(long_siege: Siege) -> None:
    sent: dict[str, str] = {}

    @settings(
        max_examples=400,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(texts, st.dictionaries(names, texts, max_size=8), st.binary(max_size=60))
    def check(body: str, others: dict[str, str], bytes_: bytes) -> None:
        params = message(number=len(sent) + 1) | others | {"Body": body}
        assert send(long_siege.app, posted(params)).status == 200
        sent[params["MessageSid"]] = body.replace("\x00", "")
        foreign = sign(f"https://jahat.example{INBOUND}", params)
        for request in (
            Request(urlencode(params).encode(), [FORM], path=INBOUND),
            Request(
                urlencode(params).encode(), [FORM, ("x-twilio-signature", foreign)], path=INBOUND
            ),
            Request(bytes_, [FORM, ("x-twilio-signature", foreign)], path=INBOUND),
            Request(
                bytes_, [("content-type", bytes_), ("x-twilio-signature", bytes_)], path=INBOUND
            ),
        ):
            assert send(long_siege.app, request).status == 403

    check()
    kept = {each.sid: each.text for each in stored(long_siege.opened)}
    assert kept.keys() == sent.keys()
    # A button's own text stands for one that was left out.
    assert {sid for sid, text in sent.items() if text and kept[sid] != text} == set()
    print(f"{len(sent)} signed messages, {4 * len(sent)} forged ones")


def test_senseless_forms_that_are_signed_are_answered(long_siege: Siege) -> None:
    before = len(stored(long_siege.opened))
    account = message()["AccountSid"]

    @settings(max_examples=200, deadline=None, derandomize=True)
    @given(st.dictionaries(texts, texts, max_size=8), st.sampled_from(["", "a=1", "%00", "a"]))
    def check(form: dict[str, str], query: str) -> None:
        request = signed({"AccountSid": account} | form, query, path=INBOUND, of=INBOUND)
        assert send(long_siege.app, request).status in {200, 403}

    check()
    assert len(stored(long_siege.opened)) == before
