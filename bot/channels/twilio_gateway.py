"""WhatsApp and SMS through Twilio's official client: the only module that imports it.

The client makes the requests and reads the answers; `twilio_wire` carries them. A message is
posted once: what cannot be known afterwards is said to be unknown, never tried again here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode

from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.base.version import Version
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList
from urllib3.util import make_headers

from bot.channels import twilio_errors
from bot.channels.contents import Content, ContentStatus
from bot.channels.gateway import GatewayError, OutcomeUnknownError, Outgoing, Senders, Sent
from bot.channels.incoming import Unknown
from bot.channels.twilio_lists import PAGE, listed, received
from bot.channels.twilio_media import fetch
from bot.channels.twilio_wire import Wire, encode
from bot.channels.twilio_words import (
    address,
    callback_url,
    is_same_text,
    is_service,
    senders,
    status_of,
)
from config.settings import Settings
from config.terms import Channel, Reaction
from scheduler.inbound import Arrived

T = TypeVar("T")

EARLIER = timedelta(minutes=5)
"""How much before `since` a look-up begins: the provider's clock is not the database's."""
NOT_FOUND = 20404
"""Twilio's own code for a resource that is not there."""


class _Line:
    """What the official client hands its requests to, in place of its own transport.

    Its own logs addresses and numbers, follows what the environment says anew for each request,
    and cannot tell a request that never left from one that may have arrived.
    """

    is_async = False

    def __init__(self, wire: Wire, login: Mapping[str, str]) -> None:
        self._wire = wire
        self._login = login

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> Response:
        """Make one request; the client fills in everything but the login."""
        headers = headers or {}
        body = encode(data, headers.get("Content-Type", ""))
        if params:
            url = f"{url}{'&' if '?' in url else '?'}{urlencode(params)}"
        answer = self._wire.request(method, url, {**headers, **self._login}, body)
        return Response(answer.status, answer.text, answer.headers)


class TwilioGateway:
    """Sends, looks up and follows messages at Twilio; one instance serves any number of threads.

    A `Gateway`; beyond that it verifies webhooks, keeps templates and answers the doctor. Those
    raise `GatewayError` where Twilio refuses and `OutcomeUnknownError` where it cannot be asked.
    """

    def __init__(self, settings: Settings) -> None:
        """Use the account and the senders of the settings; nothing is sent yet."""
        account, token = settings.twilio_account_sid or "", settings.twilio_auth_token or ""
        ours = senders(settings)
        # Twilio's SMS is outbound only in Indonesia, and without an address nothing comes in.
        hears = {Channel.WHATSAPP} & ours.keys() if settings.public_url else set()
        self.senders = Senders(ours, frozenset(hears))
        self.threads = settings.twilio_threads
        self.per_second: int | None = settings.twilio_mps
        self._public_url = settings.public_url
        self._wire = Wire(settings.twilio_api_base_url, settings.twilio_threads)
        self._login = make_headers(basic_auth=f"{account}:{token}")
        self._client = Client(
            account,
            token,
            http_client=_Line(self._wire, self._login),
            # Else the client reads an edge and a region from the environment by itself.
            environment={"TWILIO_ACCOUNT_SID": account},
        )
        self._account = account
        self._messages = self._client.messages
        tokens = (settings.twilio_auth_token, settings.twilio_auth_token_secondary)
        self._validators = [RequestValidator(each) for each in tokens if each]

    # --- messages -------------------------------------------------------------------------

    def send(self, message: Outgoing) -> Sent:
        """Post one message, once; raise `GatewayError` or `OutcomeUnknownError`."""
        sender = self.senders.by_channel.get(message.channel)
        if sender is None:
            raise GatewayError("no sender", permanent=False, reaction=Reaction.CHANNEL_OFF)
        form: dict[str, object] = {"to": address(message.channel, message.to)}
        form["messaging_service_sid" if is_service(sender) else "from_"] = sender
        if message.template is not None:
            form["content_sid"] = message.template.sid
            if message.template.variables:
                form["content_variables"] = json.dumps(dict(message.template.variables))
        else:
            form["body"] = message.text
            if message.media_url is not None:
                form["media_url"] = [message.media_url]
        callback = callback_url(self._public_url, message.attempt_id)
        if callback is not None:
            form["status_callback"] = callback
        return _ask(lambda: _sent(self._messages.create(**form)))

    def look_up(self, message: Outgoing, since: datetime) -> Sequence[Sent]:
        """Return what Twilio lists to this number, from this sender, with this text.

        It lists with a lag of minutes. `since` is aware, of any zone; the search begins a little
        earlier. Raises OutcomeUnknownError when Twilio cannot be asked or lists without an end.
        """
        to = address(message.channel, message.to)
        sender = message.sender or self.senders.by_channel.get(message.channel)
        # A messaging service picks the number itself: then the list cannot be told which.
        own = None if sender is None or is_service(sender) else sender
        given = {"to": to, "date_sent_after": since.astimezone(UTC) - EARLIER}
        if own is not None:
            given["from_"] = own

        def matches() -> list[Sent]:
            return [
                _sent(held)
                for held in listed(self._messages, given)
                if held.to == to
                and own in {None, held.from_}
                and is_same_text(held.body, message.text)
            ]

        return _known(matches)

    def fetch(self, sid: str) -> Sent | None:
        """Return what became of a message; None where Twilio has none with this id."""

        def fetched() -> Sent | None:
            try:
                return _sent(self._messages(sid).fetch())
            except TwilioRestException as error:
                if error.code == NOT_FOUND:  # a bare 404 may come from anything on the way
                    return None
                raise

        return _known(fetched)

    def reaction(self, code: str | None) -> Reaction:
        """Return what follows from an error code that came with a delivery report."""
        return twilio_errors.reaction(code)

    # --- what came in ---------------------------------------------------------------------

    def received(
        self, since: datetime, until: datetime, at: datetime, unknown: Unknown
    ) -> Sequence[Arrived]:
        """Return what Twilio lists to our senders, as `Receiving` has it.

        A location that was sent along is not listed: only the webhook ever tells it.
        """
        span = since.astimezone(UTC) - EARLIER, until.astimezone(UTC) + EARLIER
        own = self.senders.by_channel.values()
        return _known(lambda: received(self._client, own, span, at, unknown))

    def media(self, url: str, most: int) -> bytes:
        """Return what a media address of our account holds, as `MediaKeeping` has it."""
        return fetch(self._wire, url, self._account, self._login, most)

    # --- webhooks -------------------------------------------------------------------------

    def verify(self, url: str, params: Mapping[str, str], signature: str | None) -> bool:
        """Return whether Twilio signed this request with either of our tokens.

        `url` is the one Twilio was given: PUBLIC_URL, path and query. `params` is the form with
        one value for each key: it must be the very mapping that is then acted upon.
        """
        if not isinstance(signature, str) or not signature.isascii():
            return False
        try:
            # All of them are computed, so that the time says nothing about which one fits.
            fits = [each.validate(url, dict(params), signature) for each in self._validators]
        except Exception:  # noqa: BLE001 - whatever the form holds, it is not signed
            return False
        return any(fits)

    def sign(self, url: str, params: Mapping[str, str]) -> str:
        """Return the signature Twilio would send with this request, for the doctor's probe."""
        return str(self._validators[0].compute_signature(url, dict(params)))

    # --- templates ------------------------------------------------------------------------

    def list_contents(self) -> Sequence[Content]:
        """Return every template of the account, whoever made it."""
        contents = self._client.content.v1.contents
        return _ask(
            lambda: [
                Content(str(each.sid), str(each.friendly_name or ""))
                for each in contents.stream(page_size=PAGE)
            ]
        )

    def create_content(
        self,
        name: str,
        language: str,
        body: str,
        variables: Mapping[str, str],
        buttons: Sequence[tuple[str, str]],
    ) -> str:
        """Create a template and return its SID; it is not submitted to WhatsApp yet.

        `variables` maps each placeholder to its sample; `buttons` are pairs of (id, title). Two
        calls make two templates: after an OutcomeUnknownError, list them first.
        """
        kind: dict[str, object] = {"body": body}
        if buttons:
            kind["actions"] = [
                {"type": "QUICK_REPLY", "id": button, "title": title} for button, title in buttons
            ]
        request = ContentList.ContentCreateRequest(
            {
                "friendly_name": name,
                "language": language,
                "variables": dict(variables),
                "types": {"twilio/quick-reply" if buttons else "twilio/text": kind},
            }
        )
        contents = self._client.content.v1.contents
        return _ask(lambda: _sid(contents.create(request)))

    def submit_content(self, sid: str, name: str, category: str) -> None:
        """Ask WhatsApp to approve a template; `name` in lower case, digits and underscores."""
        request = ApprovalCreateList.ContentApprovalRequest({"name": name, "category": category})
        content = self._client.content.v1.contents(sid)
        _ask(lambda: content.approval_create.create(request))

    def content_status(self, sid: str) -> ContentStatus:
        """Return what WhatsApp says of a template."""

        def status() -> ContentStatus:
            found = self._client.content.v1.contents(sid).approval_fetch().fetch().whatsapp or {}
            word = str(found.get("status") or "unsubmitted").lower()
            return ContentStatus(word, found.get("rejection_reason") or None)

        return _ask(status)

    # --- the account ----------------------------------------------------------------------

    def account_status(self) -> str:
        """Return the state of the account: active, suspended or closed."""
        account = self._client.api.v2010.accounts(self._account)
        return _ask(lambda: str(account.fetch().status))

    def geo_permission(self, country: str) -> bool | None:
        """Return whether the account may send SMS to a country (ISO, "ID"); None: not told."""

        def enabled() -> bool | None:
            found = self._client.accounts.v1.messaging_geopermissions.fetch(country_code=country)
            for each in found.permissions or ():
                if each.get("country_code") == country:
                    return bool(each.get("enabled"))
            return None

        return _ask(enabled)

    def sender_status(self, channel: Channel) -> str | None:
        """Return Twilio's word for the state of a sender; None where the account has none such.

        WhatsApp senders are ONLINE or something else; a number or a messaging service that is
        there is `present`; an alphanumeric name cannot be asked about and is `unchecked`.
        """
        sender = self.senders.by_channel.get(channel)
        if sender is None:
            return None
        if is_service(sender):
            service = self._client.messaging.v1.services(sender)
            return _ask(lambda: "present" if _exists(service.fetch) else None)
        if channel is Channel.WHATSAPP:
            listed = self._client.messaging.v2.channels_senders
            return _ask(
                lambda: next(
                    (
                        str(each.status)
                        for each in listed.stream(channel="whatsapp", page_size=PAGE)
                        if each.sender_id == sender
                    ),
                    None,
                )
            )
        if not sender.startswith("+"):
            return "unchecked"
        numbers = self._client.incoming_phone_numbers
        return _ask(lambda: "present" if numbers.list(phone_number=sender, limit=1) else None)


def _sent(held: Any) -> Sent:
    """Read a message resource; one without an id or a status is no answer."""
    if not held.status:
        raise TwilioException("a message without a status")
    error = None if held.error_code is None else str(held.error_code)
    return Sent(_sid(held), status_of(held.status), str(held.status), error, awaited=True)


def _sid(resource: Any) -> str:
    if not isinstance(resource.sid, str) or not resource.sid:
        raise TwilioException("a resource without an id")
    return resource.sid


def _exists(fetch: Callable[[], object]) -> bool:
    try:
        fetch()
    except TwilioRestException as error:
        if error.code == NOT_FOUND:
            return False
        raise
    return True


def _ask(call: Callable[[], T]) -> T:
    """Make a request; tell what Twilio refused from what may have been carried out."""
    try:
        return call()
    except (GatewayError, OutcomeUnknownError):
        raise
    except TwilioException as error:
        raise _understood(error) from None
    except Exception:  # noqa: BLE001 - whatever broke, the request may have left
        raise OutcomeUnknownError("the answer cannot be read") from None


def _known(call: Callable[[], T]) -> T:
    """Ask for what is there; any failure means that nothing is known."""
    try:
        return _ask(call)
    except GatewayError as error:
        raise OutcomeUnknownError(f"cannot be asked: {error.code}") from None


def _understood(error: TwilioException) -> GatewayError | OutcomeUnknownError:
    """Read what the client raises; of a page that was refused it hands out the bare answer."""
    page = next((each for each in error.args if isinstance(each, Response)), None)
    if page is not None and page.status_code >= HTTPStatus.BAD_REQUEST:
        error = Version.exception("GET", "", page, "")
    if isinstance(error, (TwilioRestException, TwilioServiceException)):
        return _refusal(error.status, error.code)
    return OutcomeUnknownError("the answer cannot be read")


def _refusal(status: object, code: object) -> GatewayError:
    """Read a refusal; where it holds no code, the client puts the HTTP status for it."""
    word = str(status if code is None else code)
    if word not in twilio_errors.REACTIONS and status in (
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
    ):
        word = twilio_errors.AUTHENTICATE
    permanent, reaction = twilio_errors.is_permanent(word), twilio_errors.reaction(word)
    return GatewayError(word, permanent=permanent, reaction=reaction)
