"""SMS through an Android phone with a SIM, by the app's own client: the only module with it.

The client makes the requests and reads the answers; our wire carries them, for the client's own
transports wait without an end, or follow redirects with the password. A message is posted once,
under an id of ours: whatever became of it can be asked by that id.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

from android_sms_gateway import APIClient, Message, TextMessage
from android_sms_gateway.errors import APIError, error_from_status

from bot.channels import sms_gate_words as words
from bot.channels.gateway import GatewayError, OutcomeUnknownError, Outgoing, Senders, Sent
from bot.channels.twilio_wire import Wire
from config.settings import Settings
from config.terms import Channel, NoticeStatus, Reaction
from scheduler import clock

T = TypeVar("T")

THREADS = 2
"""One that waits for its slot and one that asks; the SIM is slower than any thread."""
REMEMBERED = timedelta(hours=24)
"""The app may be told to forget messages after a day: then none there proves nothing."""
TTL_MARGIN_S = 120
"""So much before a delivery counts as overdue the phone gives up sending it: another way is taken
then, and the phone coming back must not send the message a second time."""
LEAST_TTL_S = 60


class _Line:
    """What the client hands its requests to."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Any:
        return self._ask("GET", url, headers)

    def post(
        self,
        url: str,
        payload: Mapping[str, object] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        return self._ask("POST", url, headers, json.dumps(payload).encode())

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str] | None, body: bytes | None = None
    ) -> Any:
        answer = self._wire.request(method, url, headers or {}, body)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise error_from_status(f"HTTP {answer.status}", answer.status)
        return json.loads(answer.text)


class SmsGate:
    """Sends, looks up and follows SMS on one phone; one instance serves any number of threads.

    A `Gateway` for SMS alone.
    """

    def __init__(self, settings: Settings) -> None:
        """Use the phone of the settings; nothing is sent yet."""
        number = settings.smsgate_number or ""
        self.senders = Senders(
            {Channel.SMS: number},
            frozenset({Channel.SMS} if settings.smsgate_signing_key else ()),
            {Channel.SMS: settings.smsgate_per_minute},
        )
        self.threads = THREADS
        self.per_second: int | None = -(-settings.smsgate_per_minute // 60)
        self._ttl_s = max(LEAST_TTL_S, settings.delivery_timeout_s - TTL_MARGIN_S)
        url = settings.smsgate_url or ""
        there = urlsplit(url)
        self._line = _Line(Wire(f"{there.scheme}://{there.netloc}", THREADS))
        self._client = APIClient(
            settings.smsgate_username,
            settings.smsgate_password or "",
            base_url=url,
            http=self._line,
        )

    # --- messages -------------------------------------------------------------------------

    def send(self, message: Outgoing) -> Sent:
        """Post one message, once; raise `GatewayError` or `OutcomeUnknownError`."""
        if message.channel is not Channel.SMS:
            raise GatewayError("no sender", permanent=False, reaction=Reaction.CHANNEL_OFF)
        sid = words.message_id(message.attempt_id, message.text)
        request = Message(
            id=sid,
            phone_numbers=[message.to],
            text_message=TextMessage(message.text),
            ttl=self._ttl_s,
            with_delivery_report=True,
        )
        try:
            # The number is E.164 already; the app would judge it by the country it is in.
            return _ask(lambda: _sent(self._client.send(request, skip_phone_validation=True)))
        except GatewayError as error:
            if error.code != "HTTP_409":
                raise
        # It has a message with this id: ours, from a POST whose answer was lost.
        held = self.look_up(message, clock.now())
        if not held:
            raise OutcomeUnknownError("a message that is there and is not")
        return held[0]

    def look_up(self, message: Outgoing, since: datetime) -> Sequence[Sent]:
        """Return the one message that this attempt made, or none: it was never taken.

        `since` is when it was posted, in database time. Raises OutcomeUnknownError where the app
        cannot be asked, or may have forgotten the message.
        """
        sid = words.message_id(message.attempt_id, message.text)
        state = self._state(sid)
        if state is None:
            if clock.now() - since > REMEMBERED:
                raise OutcomeUnknownError("the phone may have forgotten it")
            return ()
        # A server between us hashes the numbers of messages that are done.
        known = [] if state.is_hashed or state.is_encrypted else state.recipients
        if known and message.to not in {each.phone_number for each in known}:
            return ()
        return (_known(lambda: _sent(state)),)

    def fetch(self, sid: str) -> Sent | None:
        """Return what became of a message; None where the app has none with this id."""
        state = self._state(sid)
        return None if state is None else _known(lambda: _sent(state))

    def reaction(self, code: str | None) -> Reaction:
        """Return what follows from an error code of `sms_gate_words`."""
        return words.reaction(code)

    def _state(self, sid: str) -> Any:
        """Return a message's state; None where the app proves that it has none.

        It says 404 for an address that is none of its own too, and so does anything between us:
        a second question that it can answer shows that it was the app.
        """

        def asked() -> Any:
            try:
                return self._client.get_state(sid)
            except APIError as error:
                if error.status_code != HTTPStatus.NOT_FOUND:
                    raise
            self.webhooks()
            return None

        return _known(asked)

    # --- the app --------------------------------------------------------------------------

    def webhooks(self) -> Sequence[tuple[str, str]]:
        """Return the webhooks that are registered in the app: event and address.

        Raises GatewayError where the app refuses, OutcomeUnknownError where it cannot be asked.
        """

        def listed() -> Sequence[tuple[str, str]]:
            # Not by the client, which refuses the whole list for an event that is new to it.
            found = self._line.get(
                f"{self._client.base_url}/webhooks", headers=self._client.headers
            )
            if not isinstance(found, list):
                raise ValueError("no list")  # noqa: TRY004 - an answer that cannot be read
            return [(str(each["event"]), str(each["url"])) for each in found]

        return _ask(listed)


def _sent(state: Any) -> Sent:
    """Read the state of a message to one person."""
    word = words.WORDS[state.state.value]
    status = words.status_of(word)
    error = None
    if word == "canceled":
        error = words.CANCELLED
    elif status is NoticeStatus.FAILED:
        reasons = [each.error for each in state.recipients if each.error]
        error = words.code_of(reasons[0] if reasons else None)
    if not isinstance(state.id, str) or not state.id:
        raise ValueError("a message without an id")
    return Sent(state.id, status, word, error, awaited=True)


def _ask(call: Callable[[], T]) -> T:
    """Make a request; tell what the app refused from what it may have carried out."""
    try:
        return call()
    except (GatewayError, OutcomeUnknownError):
        raise
    except APIError as error:
        _refused(error.status_code)
    except Exception:  # noqa: BLE001 - whatever broke, the request may have left
        raise OutcomeUnknownError("the answer cannot be read") from None


def _refused(status: int | None) -> NoReturn:
    code = f"HTTP_{status}"
    reaction = words.reaction(code)
    passing = reaction in (Reaction.LATER, Reaction.CHANNEL_OFF)
    raise GatewayError(code, permanent=not passing, reaction=reaction) from None


def _known(call: Callable[[], T]) -> T:
    """Ask for what is there; any failure means that nothing is known."""
    try:
        return _ask(call)
    except GatewayError as error:
        raise OutcomeUnknownError(f"cannot be asked: {error.code}") from None
