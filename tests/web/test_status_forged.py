"""What is not the provider's: all of it is refused, or has no effect whatever."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.compose import Installation, open_installation
from bot.web.app import create_app
from bot.web.webhooks import MAX_BODY
from tests.web.provider import (
    ACCOUNT,
    FORM,
    NOW,
    PATH,
    PUBLIC,
    SID,
    Fate,
    Request,
    an_attempt,
    fate,
    kept,
    report,
    send,
    sign,
    signed,
    twilio_settings,
)

URL = f"{PUBLIC}{PATH}"
UNTOUCHED = Fate(SID, "accepted", None, None)
SEED = 20261124


@dataclass(frozen=True)
class Office:
    """An installation with one message on its way."""

    opened: Installation
    app: FastAPI
    attempt: int

    def untouched(self) -> bool:
        """Whether nothing was kept and nothing happened."""
        return kept(self.opened) == [] and fate(self.opened, self.attempt) == UNTOUCHED


def an_office(url: str) -> Office:
    opened = open_installation(twilio_settings(url))
    return Office(opened, create_app(opened, now=lambda: NOW), an_attempt(opened))


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    office = an_office(database_url)
    yield office
    office.opened.close()


@pytest.fixture(scope="module")
def besieged(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One that is asked again and again: whatever comes, it must stay untouched."""
    path = tmp_path_factory.mktemp("besieged") / "ingat.db"
    shutil.copyfile(sqlite_template, path)
    office = an_office(f"sqlite:///{path}")
    yield office
    assert office.untouched()
    office.opened.close()


def with_signature(signature: str, params: dict[str, str] | None = None) -> Request:
    body = urlencode(params or report()).encode()
    return Request(body, [FORM, ("x-twilio-signature", signature)])


def with_headers(*headers: tuple[str | bytes, str | bytes], body: bytes | None = None) -> Request:
    return Request(urlencode(report()).encode() if body is None else body, headers)


GENUINE = sign(URL, report())
SIGNED = ("x-twilio-signature", GENUINE)
LATIN = urlencode(report(ProfileName="Café"), encoding="latin-1").encode()
MULTIPART = b'--x\r\nContent-Disposition: form-data; name="AccountSid"\r\n\r\n%b\r\n--x--\r\n'

FORGED: dict[str, Request] = {
    "unsigned": with_headers(FORM),
    "an empty signature": with_signature(""),
    "a signature of blanks": with_signature(" "),
    "no base64": with_signature("????"),
    "a signature that is not ASCII": with_signature("é" * 28),
    "a longer signature": with_signature(f"{GENUINE}A"),
    "a shorter signature": with_signature(GENUINE[:-1]),
    "a lower-case signature": with_signature(GENUINE.lower()),
    "a very long signature": with_signature("A" * 50_000),
    "two signatures, the first good": with_headers(FORM, SIGNED, ("x-twilio-signature", "AAAA")),
    "two signatures, the last good": with_headers(FORM, ("x-twilio-signature", "AAAA"), SIGNED),
    "the good signature twice": with_headers(FORM, SIGNED, SIGNED),
    "two signatures in one": with_signature(f"{GENUINE},{GENUINE}"),
    "another token": signed(report(), token="another"),
    "an empty token": signed(report(), token=""),
    "another account": signed(report(AccountSid=f"AC{'0b' * 16}")),
    "an account in capitals": signed(report(AccountSid=ACCOUNT.upper())),
    "no account": signed({k: v for k, v in report().items() if k != "AccountSid"}),
    "an account among others": signed(report(AccountSid=f"{ACCOUNT} ")),
    "other fields": with_signature(GENUINE, report("failed")),
    "one field more": with_signature(GENUINE, report(ErrorCode="21610")),
    "one field less": with_signature(
        GENUINE, {k: v for k, v in report().items() if k not in {"From", "To"}}
    ),
    "another path": with_signature(sign(f"{PUBLIC}/twilio/inbound", report())),
    "another host": with_signature(sign(f"https://jahat.example{PATH}", report())),
    "another scheme": with_signature(sign(f"http://ingat.example{PATH}", report())),
    "another port": with_signature(sign(f"https://ingat.example:8443{PATH}", report())),
    "another query": replace(signed(report(), "a=1"), query="a=2"),
    "a query that was not signed": replace(signed(report()), query="a=1"),
    "a query that was left out": replace(signed(report(), "a=1"), query=""),
    "a query in another spelling": replace(signed(report(), "a=1"), query="a=%31"),
    "a query that is not ASCII": replace(signed(report()), query=b"a=\xff"),
    "a body's hash in the query": replace(
        signed({}, "bodySHA256=00"), body=urlencode(report()).encode()
    ),
    "the host it asks for": Request(
        urlencode(report()).encode(),
        [
            FORM,
            ("host", "jahat.example"),
            ("x-twilio-signature", sign(f"https://jahat.example{PATH}", report())),
        ],
    ),
    "JSON": with_headers(
        ("content-type", "application/json"), SIGNED, body=json.dumps(report()).encode()
    ),
    "JSON that is said to be a form": with_headers(
        FORM, SIGNED, body=json.dumps(report()).encode()
    ),
    "multipart": with_headers(
        ("content-type", "multipart/form-data; boundary=x"), SIGNED, body=MULTIPART % b"AC"
    ),
    "plain text": with_headers(("content-type", "text/plain"), SIGNED),
    "no content type": with_headers(SIGNED),
    "two content types": with_headers(FORM, FORM, SIGNED),
    "another encoding announced": with_headers(
        ("content-type", "application/x-www-form-urlencoded; charset=iso-8859-1"), SIGNED
    ),
    "percent-encoded Latin-1": with_headers(
        FORM, ("x-twilio-signature", sign(URL, report(ProfileName="Café"))), body=LATIN
    ),
    "Latin-1, signed for what is left of it": with_headers(
        FORM, ("x-twilio-signature", sign(URL, report(ProfileName="Caf\ufffd"))), body=LATIN
    ),
    "raw bytes that are no UTF-8": with_headers(FORM, SIGNED, body=b"AccountSid=\xff\xfe"),
    "UTF-16": with_headers(FORM, SIGNED, body=urlencode(report()).encode("utf-16")),
    "lone surrogates": with_headers(FORM, SIGNED, body=b"Body=%ED%A0%80"),
    "an overlong NUL": with_headers(FORM, SIGNED, body=b"Body=%C0%80"),
    "gzip": with_headers(FORM, SIGNED, body=b"\x1f\x8b\x08\x00" * 20),
    "nothing": with_headers(FORM, SIGNED, body=b""),
    "nothing, and signed for nothing": with_headers(
        FORM, ("x-twilio-signature", sign(URL, {})), body=b""
    ),
    "a field twice": with_headers(
        FORM, SIGNED, body=urlencode([*report().items(), ("MessageStatus", "failed")]).encode()
    ),
    "a field twice, signed for both": with_headers(
        FORM,
        ("x-twilio-signature", sign(URL, report(MessageStatus="deliveredfailed"))),
        body=urlencode([*report().items(), ("MessageStatus", "failed")]).encode(),
    ),
    "a field twice, signed for the first": with_headers(
        FORM, SIGNED, body=urlencode([*report().items(), ("To", "")]).encode()
    ),
    "a field twice, signed for the last": with_headers(
        FORM, SIGNED, body=urlencode([("To", ""), *report().items()]).encode()
    ),
    "a field without a value": with_headers(FORM, SIGNED, body=b"AccountSid"),
    "only separators": with_headers(FORM, SIGNED, body=b"&" * 1000),
    "a thousand fields": signed({f"F{number}": "1" for number in range(1000)} | report()),
    "control characters": with_headers(FORM, SIGNED, body=bytes(range(32))),
    "a NUL in a name": with_headers(FORM, SIGNED, body=urlencode({"\x00": "x"}).encode()),
    "a long value": with_signature(GENUINE, report(Body="x" * 60_000)),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_report_is_refused(office: Office, name: str) -> None:
    answer = send(office.app, FORGED[name])
    assert (answer.status, answer.body) == (403, b"")
    assert office.untouched()


def test_the_genuine_one_is_taken(office: Office) -> None:
    # Else everything above could be refused for a reason of its own.
    assert send(office.app, with_signature(GENUINE)).status == 204
    assert not office.untouched()


@pytest.mark.parametrize("chunks", [1, 7])
@pytest.mark.parametrize("announced", [True, False])
def test_what_is_too_long_is_not_even_read(office: Office, chunks: int, announced: bool) -> None:
    request = replace(signed(report(Body="x" * MAX_BODY)), chunks=chunks)
    length = [("content-length", str(len(request.body)))] if announced else []
    answer = send(office.app, replace(request, headers=[*request.headers, *length]))
    assert (answer.status, answer.body) == (413, b"")
    assert office.untouched()


def test_what_says_that_it_is_too_long_is_believed(office: Office) -> None:
    request = signed(report())
    length = ("content-length", str(MAX_BODY + 1))
    answer = send(office.app, replace(request, headers=[*request.headers, length]))
    assert (answer.status, answer.body) == (413, b"")
    assert office.untouched()


def test_a_body_that_breaks_off_is_refused(office: Office) -> None:
    request = signed(report())
    for length in (0, 10, len(request.body) - 1):
        assert send(office.app, replace(request, body=request.body[:length])).status == 403
    assert office.untouched()


@pytest.mark.parametrize(
    "moved",
    [
        {"MessageStatus": None, "MessageStatusun": "delivered"},
        {"ErrorCode": None, "ChannelInstallSid": "ErrorCode63024"},
        {"SmsStatus": None, "SmsSid": f"{SID}SmsStatusundelivered"},
    ],
)
def test_fields_cut_elsewhere_make_no_better_report(
    office: Office, moved: dict[str, str | None]
) -> None:
    # The signature is over names and values in one string: who has seen a genuine report may cut
    # that string elsewhere. It must not say that something arrived which did not.
    genuine = report("undelivered", ErrorCode="63024")
    cut = {k: v for k, v in (genuine | moved).items() if v is not None}
    assert sign(URL, cut) == sign(URL, genuine)
    assert send(office.app, signed(cut)).status == 204
    assert fate(office.opened, office.attempt).status in {"accepted", "failed"}


# --- at random --------------------------------------------------------------------------------

MANY = settings(
    max_examples=500,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
forms = st.dictionaries(texts, texts, max_size=8)
bodies = st.one_of(
    st.binary(max_size=400),
    forms.map(lambda form: urlencode(form).encode()),
    # At least one field more, with a name: else it would be the genuine one.
    st.dictionaries(texts.filter(bool), texts, min_size=1).map(
        lambda form: urlencode(report() | form).encode()
    ),
    st.recursive(st.none() | texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner))
    .map(json.dumps)
    .map(str.encode),
)
values = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([GENUINE.encode(), b"", b"application/json", str(FORM[1]).encode()]),
)
headers = st.lists(
    st.tuples(
        st.sampled_from(["x-twilio-signature", "content-type", "content-length", "host", "x-lain"]),
        values,
    ),
    max_size=5,
)
queries = st.one_of(st.binary(max_size=60), st.just(b"a=1"), st.just(b""))


def test_whatever_is_sent_unsigned_is_refused(besieged: Office) -> None:
    seen: Counter[int] = Counter()

    @MANY
    @given(bodies, headers, queries, st.integers(1, 5))
    def check(body: bytes, extra: list[tuple[str, bytes]], query: bytes, chunks: int) -> None:
        heads: list[list[tuple[str | bytes, str | bytes]]] = [
            [*extra],
            [FORM, *extra],
            [FORM, SIGNED, *extra],
        ]
        for head in heads:
            answer = send(besieged.app, Request(body, head, query, chunks=chunks))
            seen[answer.status] += 1
            assert answer.body == b""
            assert answer.status in {403, 413}

    check()
    print(f"{seen.total()} unsigned or forged requests: {dict(seen)}")
    assert seen[403] > 1000


def test_whatever_is_signed_and_senseless_is_harmless(besieged: Office) -> None:
    seen: Counter[int] = Counter()

    @MANY
    @given(forms, st.sampled_from(["", "a=1", "a=x", "%00", "a=1&a=1"]))
    def check(form: dict[str, str], query: str) -> None:
        form = {"AccountSid": ACCOUNT} | form
        answer = send(besieged.app, signed(form, query))
        seen[answer.status] += 1
        assert answer.status in {204, 403}

    check()
    print(f"{seen.total()} signed requests without sense: {dict(seen)}")
    assert seen[204] > 400


def test_one_byte_changed_anywhere_is_refused(besieged: Office) -> None:
    # The seeds find the same bytes each time; a byte that changes no field changes nothing.
    chance = random.Random(SEED)
    genuine = signed(report("undelivered", ErrorCode="63024"), "a=1")
    seen: Counter[int] = Counter()
    for _ in range(1500):
        where = chance.choice(("body", "query", "signature"))
        changed = _changed(genuine, where, chance)
        if changed is None:
            continue
        answer = send(besieged.app, changed)
        seen[answer.status] += 1
    print(f"{seen.total()} requests with one byte changed: {dict(seen)}")
    assert set(seen) == {403}
    assert seen[403] > 1400


def _changed(request: Request, where: str, chance: random.Random) -> Request | None:
    """Change one byte; None where the request says the same as before."""
    if where == "signature":
        value = _flip(str(request.headers[1][1]).encode(), chance)
        return replace(request, headers=[FORM, ("x-twilio-signature", value)])
    if where == "query":
        return replace(request, query=_flip(str(request.query).encode(), chance))
    body = _flip(request.body, chance)
    if _fields(body) == _fields(request.body):
        return None
    return replace(request, body=body)


def _fields(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1")


def _flip(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    other = chance.choice([byte for byte in range(256) if byte != data[at]])
    return data[:at] + bytes([other]) + data[at + 1 :]


def test_a_replayed_report_has_its_effect_once(office: Office) -> None:
    request = signed(report())
    assert {send(office.app, request).status for _ in range(100)} == {204}
    assert kept(office.opened) == [(SID, "delivered", "")]
    # Nor does an old one undo what came after it.
    send(office.app, signed(report("read")))
    after = fate(office.opened, office.attempt)
    assert send(office.app, request).status == 204
    assert fate(office.opened, office.attempt) == after
