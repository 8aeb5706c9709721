"""Templates at the provider: created once, submitted once, followed to their approval."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.contents import Content, Contents, ContentStatus
from bot.channels.gateway import GatewayError, OutcomeUnknownError
from bot.channels.twilio_gateway import TwilioGateway
from bot.templates import FAILED, WentOff, push, refresh, wanted
from config.message_templates import WantedTemplate
from config.settings import Settings
from scheduler.store import templates as store
from scheduler.store.session import Connection, Engine, make_engine, reading, writing
from tests.fakes.twilio_server import FakeTwilio

AT = datetime(2026, 11, 24, 1, tzinfo=UTC)
LATER = AT + timedelta(days=1)
TANDA = "-Kominfo Sampang"
ALL = wanted(TANDA, two_way=False)
SOME = ALL[:3]


@pytest.fixture(scope="module")
def server() -> Iterator[FakeTwilio]:
    with FakeTwilio() as fake:
        yield fake


@pytest.fixture
def fake(server: FakeTwilio) -> FakeTwilio:
    server.reset()
    return server


@pytest.fixture
def account(fake: FakeTwilio) -> TwilioGateway:
    return TwilioGateway(
        Settings(
            gateway="twilio",
            twilio_account_sid=fake.account_sid,
            twilio_auth_token=fake.token,
            twilio_whatsapp_from="+15550001111",
            twilio_api_base_url=fake.base_url,
        )
    )


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


class Killed(BaseException):
    """The process ends here."""


class Faulty:
    """The account, reached over a line that fails as `fault` says, before or after a call."""

    def __init__(self, account: Contents, fault: Callable[[str, str, bool], None]) -> None:
        self._account = account
        self._fault = fault

    def _do(self, method: str, subject: str, *arguments: Any) -> Any:
        self._fault(method, subject, False)
        result = getattr(self._account, method)(*arguments)
        self._fault(method, subject, True)
        return result

    def list_contents(self) -> Sequence[Content]:
        found: Sequence[Content] = self._do("list_contents", "")
        return found

    def create_content(
        self,
        name: str,
        language: str,
        body: str,
        variables: Mapping[str, str],
        buttons: Sequence[tuple[str, str]],
    ) -> str:
        return str(self._do("create_content", name, name, language, body, variables, buttons))

    def submit_content(self, sid: str, name: str, category: str) -> None:
        self._do("submit_content", name, sid, name, category)

    def content_status(self, sid: str) -> ContentStatus:
        found: ContentStatus = self._do("content_status", sid, sid)
        return found


def statuses(engine: Engine) -> dict[str, str]:
    with reading(engine) as connection:
        return {row.name: row.status for row in store.rows(connection)}


def sid_of(engine: Engine, template: WantedTemplate) -> str:
    with reading(engine) as connection:
        (sid,) = [row.sid for row in store.rows(connection) if row.name == template.name]
    assert sid is not None
    return sid


# --- pushing ----------------------------------------------------------------------------------


def test_the_gateway_to_twilio_keeps_templates(account: TwilioGateway) -> None:
    assert isinstance(account, Contents)


def test_every_template_is_created_as_written_and_submitted(
    fake: FakeTwilio, account: TwilioGateway, engine: Engine
) -> None:
    buttons = wanted(TANDA, two_way=True)
    done = push(account, engine, buttons, AT)
    assert all(one.ok and one.status == "received" for one in done)
    there = {content["friendly_name"]: content for content in fake.contents()}
    assert there.keys() == {template.name for template in buttons} == statuses(engine).keys()
    for template in buttons:
        content = there[template.name]
        assert content["language"] == "id"
        assert content["variables"] == template.samples
        assert content["approval"]["name"] == template.name
        assert content["approval"]["category"] == "UTILITY"
        ((kind, words),) = content["types"].items()
        assert words["body"] == template.body
        assert kind == ("twilio/quick-reply" if template.buttons else "twilio/text")
        actions = [(action["id"], action["title"]) for action in words.get("actions", [])]
        assert actions == list(template.buttons)
    with reading(engine) as connection:
        assert store.approved(connection) == {}  # submitted is not approved


def test_pushing_again_changes_nothing(
    fake: FakeTwilio, account: TwilioGateway, engine: Engine
) -> None:
    push(account, engine, SOME, AT)
    before = fake.contents()
    fake.approve(sid_of(engine, SOME[0]), "approved")
    done = push(account, engine, SOME, LATER)
    assert [one.status for one in done] == ["approved", "received", "received"]
    assert [content["sid"] for content in fake.contents()] == [one["sid"] for one in before]
    with reading(engine) as connection:
        assert store.approved(connection) == {SOME[0].name: sid_of(engine, SOME[0])}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_push_killed_at_any_call_is_finished_by_the_next(
    fake: FakeTwilio, account: TwilioGateway, sqlite_url: str, after: bool
) -> None:
    engine = make_engine(sqlite_url)
    killed = 0
    while True:
        calls = 0

        def die(_method: str, _subject: str, is_after: bool) -> None:
            nonlocal calls
            calls += is_after == after
            if is_after == after and calls == killed + 1:  # noqa: B023 - called in this round
                raise Killed

        fake.reset()
        with writing(engine) as connection:
            store.forget_others(connection, [])
        try:
            push(Faulty(account, die), engine, SOME, AT)
        except Killed:
            killed += 1
        else:
            break
        done = push(account, engine, SOME, AT)
        assert [one.status for one in done] == ["received"] * len(SOME), killed
        assert [content["friendly_name"] for content in fake.contents()] == [
            template.name for template in SOME
        ], killed
        assert all(content["approval"] for content in fake.contents())
    engine.dispose()
    assert killed == 1 + 2 * len(SOME)  # the list, and each one's creation and submission


def test_a_template_made_twice_by_others_keeps_to_one(
    fake: FakeTwilio, account: TwilioGateway, engine: Engine
) -> None:
    template = SOME[0]
    twins = [account.create_content(template.name, "id", template.body, {}, []) for _ in range(2)]
    for _ in range(2):
        push(account, engine, SOME[:1], AT)
        assert sid_of(engine, template) == min(twins)
    assert len(fake.contents()) == 2
    assert sum(content["approval"] is not None for content in fake.contents()) == 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (GatewayError("20001", permanent=True), "the provider refused (20001)"),
        (
            GatewayError("20429", permanent=False),
            "the provider refused (20429); run it again later",
        ),
        (OutcomeUnknownError("ReadTimeout"), "the provider did not answer; run it again"),
    ],
)
@pytest.mark.parametrize("where", ["create_content", "submit_content"])
def test_one_that_fails_is_named_and_the_rest_goes_on(
    account: TwilioGateway, engine: Engine, where: str, error: Exception, reason: str
) -> None:
    def refuse(method: str, subject: str, is_after: bool) -> None:
        if method == where and subject == SOME[1].name and not is_after:
            raise error

    done = push(Faulty(account, refuse), engine, SOME, AT)
    assert [one.status for one in done] == ["received", FAILED, "received"]
    assert (done[1].name, done[1].reason, done[1].ok) == (SOME[1].name, reason, False)
    known = {"create_content": None, "submit_content": "unsubmitted"}[where]
    assert statuses(engine).get(SOME[1].name) == known
    assert [one.status for one in push(account, engine, SOME, AT)] == ["received"] * 3


def test_an_account_that_cannot_be_listed_stops_the_push(
    fake: FakeTwilio, account: TwilioGateway, engine: Engine
) -> None:
    def refuse(_method: str, _subject: str, _is_after: bool) -> None:
        raise GatewayError("20003", permanent=True)

    with pytest.raises(GatewayError):
        push(Faulty(account, refuse), engine, SOME, AT)
    assert fake.contents() == []


def test_words_of_yesterday_stay_only_while_they_are_approved(
    fake: FakeTwilio, account: TwilioGateway, engine: Engine
) -> None:
    push(account, engine, SOME, AT)
    fake.approve(sid_of(engine, SOME[0]), "approved")
    fake.approve(sid_of(engine, SOME[1]), "rejected", "unclear")
    refresh(account, engine, SOME, AT)
    renamed = [replace(template, name=f"{template.name}_x") for template in SOME]
    push(account, engine, renamed, LATER)
    new = dict.fromkeys((template.name for template in renamed), "received")
    assert statuses(engine) == {SOME[0].name: "approved"} | new


# --- approvals --------------------------------------------------------------------------------


def test_what_went_off_is_told_once(
    fake: FakeTwilio, account: TwilioGateway, engine: Engine
) -> None:
    push(account, engine, SOME, AT)
    sids = [sid_of(engine, template) for template in SOME]
    assert refresh(account, engine, SOME, AT).off == ()
    fake.approve(sids[0], "approved")
    fake.approve(sids[1], "rejected", "too vague")
    told: list[WentOff] = []
    first = refresh(account, engine, SOME, LATER, lambda _, gone: told.append(gone))
    assert [(gone.name, gone.status, gone.reason) for gone in first.off] == [
        (SOME[1].name, "rejected", "too vague")
    ]
    assert tuple(told) == first.off
    assert refresh(account, engine, SOME, LATER).off == ()
    with reading(engine) as connection:
        assert store.approved(connection) == {SOME[0].name: sids[0]}
    for status in ("paused", "disabled"):
        fake.approve(sids[0], status)
        off = refresh(account, engine, SOME, LATER).off
        assert [gone.status for gone in off] == ([status] if status == "paused" else [])
    with reading(engine) as connection:
        assert store.approved(connection) == {}
    fake.approve(sids[0], "approved")  # Meta ends a pause by itself
    refresh(account, engine, SOME, LATER)
    with reading(engine) as connection:
        assert store.approved(connection) == {SOME[0].name: sids[0]}


def test_an_alert_and_what_it_is_about_are_recorded_together(
    fake: FakeTwilio, account: TwilioGateway, engine: Engine
) -> None:
    push(account, engine, SOME, AT)
    fake.approve(sid_of(engine, SOME[0]), "rejected")

    def die(_: Connection, _gone: WentOff) -> None:
        raise Killed

    with pytest.raises(Killed):
        refresh(account, engine, SOME, AT, die)
    assert statuses(engine)[SOME[0].name] == "received"
    (gone,) = refresh(account, engine, SOME, AT).off
    assert gone.perihal == "templat WhatsApp abaikan_utama ditolak Meta"
    assert gone.key == f"template/{gone.sid}/rejected/2026-11-24"


def test_a_message_that_was_refused_takes_its_template_out_of_use(
    fake: FakeTwilio, account: TwilioGateway, engine: Engine
) -> None:
    push(account, engine, SOME, AT)
    sid = sid_of(engine, SOME[0])
    fake.approve(sid, "approved")
    refresh(account, engine, SOME, AT)
    with writing(engine) as connection:
        assert store.mark_off(connection, sid, "paused", "63041", LATER)
        assert not store.mark_off(connection, sid, "paused", "63041", LATER)
        assert not store.mark_off(connection, "HX0", "paused", "63041", LATER)
        assert store.approved(connection) == {}
    fake.approve(sid, "paused")
    assert refresh(account, engine, SOME, LATER).off == ()  # whoever marked it has told


def test_one_that_cannot_be_asked_about_stays_as_it_was(
    fake: FakeTwilio, account: TwilioGateway, engine: Engine
) -> None:
    push(account, engine, SOME, AT)
    sids = [sid_of(engine, template) for template in SOME]
    for sid in sids:
        fake.approve(sid, "approved")
    errors: dict[str, Exception] = {sids[0]: GatewayError("20404", permanent=True)}

    def refuse(_method: str, subject: str, _is_after: bool) -> None:
        if subject in errors:
            raise errors[subject]

    found = refresh(Faulty(account, refuse), engine, SOME, LATER)
    assert found.problems == (f"template {SOME[0].name}: the provider refused (20404)",)
    assert list(statuses(engine).values()) == ["received", "approved", "approved"]
    errors = {sids[1]: OutcomeUnknownError("ReadTimeout")}
    for sid in sids:
        fake.approve(sid, "paused")
    found = refresh(Faulty(account, refuse), engine, SOME, LATER)
    assert len(found.problems) == 1
    assert list(statuses(engine).values()) == ["paused", "approved", "approved"]


def test_only_what_was_pushed_is_asked_about(account: TwilioGateway, engine: Engine) -> None:
    assert refresh(account, engine, ALL, AT) == refresh(account, engine, [], AT)
    assert statuses(engine) == {}
