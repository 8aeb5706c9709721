"""The checks of `ingat doctor` for SMS through an Android phone: the phone, and its way to us."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from typing import Protocol, cast

from bot.channels.gateway import GatewayError, OutcomeUnknownError
from bot.channels.sms_gate_inbound import sign
from bot.channels.sms_gate_words import EVENTS, INBOUND_PATH
from bot.channels.twilio_errors import UNREACHABLE
from bot.doctor_checks import Check, Subject, Verdict, named
from bot.doctor_twilio import PROBE_S, TWILIO_CHECKS, forge, is_loopback
from bot.web.sms_gate import SIGNATURE, TIMESTAMP
from config.settings import Settings

NOT_TWILIOS = frozenset({"sms_sender", "geo_permission"})
"""What need not be asked of Twilio where its SMS is not used."""
HEARD = "sms:received"


class Phone(Protocol):
    """What a gateway to a phone can say of it."""

    def webhooks(self) -> Sequence[tuple[str, str]]:
        """Return the registered webhooks: event and address; raises as `Gateway.fetch` does."""
        ...


def checks(settings: Settings) -> tuple[Check, ...]:
    """Return the checks of the providers that an installation sends through."""
    found = TWILIO_CHECKS if settings.gateway == "twilio" else ()
    if not settings.has_sms_gate:
        return found
    return (*(check for check in found if check[0] not in NOT_TWILIOS), *SMS_GATE_CHECKS)


def _webhooks(subject: Subject) -> Sequence[tuple[str, str]]:
    return cast("Phone", subject.opened.gateway).webhooks()


def phone(subject: Subject) -> Verdict:
    """Whether the app answers, and takes our login."""
    try:
        _webhooks(subject)
    except GatewayError as error:
        if error.code in ("HTTP_401", "HTTP_403"):
            return "fail", (
                "the app refuses the login; write what it shows now into SMSGATE_USERNAME and "
                "SMSGATE_PASSWORD (it makes new ones when it is installed again)"
            )
        if error.code == UNREACHABLE:
            return "fail", (
                "nobody answers at SMSGATE_URL; is the phone on, in this network, under its old "
                "address, and is the app's server started?"
            )
        return "fail", (
            f"something other than the app answers at SMSGATE_URL ({error.code}); correct it"
        )
    except OutcomeUnknownError:
        return "fail", "the app does not answer properly at SMSGATE_URL; look at the phone"
    return "ok", "the app answers and takes our login"


def events(subject: Subject) -> Verdict:
    """Whether the app tells us what arrives."""
    settings = subject.settings
    if settings.smsgate_signing_key is None:
        return "warn", (
            "SMSGATE_SIGNING_KEY is not set: nobody can answer by SMS, and what became of a "
            "message is only asked for"
        )
    if settings.public_url is None:
        return "fail", "PUBLIC_URL is not set: the app cannot tell what arrives"
    wanted = f"{settings.public_url}{INBOUND_PATH}"
    try:
        there = {event for event, url in _webhooks(subject) if url == wanted}
    except (GatewayError, OutcomeUnknownError):
        return "fail", "the app could not be asked for its webhooks"
    missing = [event for event in EVENTS if event not in there]
    if not missing:
        return "ok", f"the app tells {wanted} of all that arrives"
    told = f"register these webhooks in the app, at {wanted}: {named(missing)}"
    if HEARD in missing:
        return "fail", f"what people write is not told to us; {told}"
    return "warn", f"deliveries are only asked for; {told}"


def webhook(subject: Subject) -> Verdict:
    """Whether a signed event arrives through PUBLIC_URL, and a forged one does not."""
    key, public = subject.settings.smsgate_signing_key, subject.settings.public_url
    if key is None or public is None:
        return "ok", "there is none without SMSGATE_SIGNING_KEY and PUBLIC_URL"
    url = f"{public}{INBOUND_PATH}"
    body = json.dumps({"id": "doctor", "event": "system:ping", "payload": {}}).encode()
    timestamp = str(int(subject.now.timestamp()))
    signature = sign(key, body, timestamp)
    try:
        signed = _post(url, body, {SIGNATURE: signature, TIMESTAMP: timestamp})
        forged = _post(url, body, {SIGNATURE: forge(signature).lower(), TIMESTAMP: timestamp})
    except (urllib.error.URLError, HTTPException, OSError):
        return "fail", f"{url} cannot be reached; is ingat serve running behind it?"
    told = f"it answers a signed event with {signed} and a forged one with {forged}"
    if (signed, forged) == (200, 403):
        return "ok", f"{told}: as it must"
    if signed == 403:
        advice = "give the service the same SMSGATE_SIGNING_KEY as here, and a right clock"
    elif signed in (404, 405):
        advice = f"let the proxy pass it on, and restart the service with these settings: {url}"
    elif 300 <= signed < 400:
        advice = "write the address it redirects to into PUBLIC_URL"
    else:
        advice = "look at the log of the service, and at the proxy before it"
    return "fail", f"{told}: {advice}"


class _Straight(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the app would not, either."""

    def redirect_request(self, *_: object) -> None:
        """Say no."""


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    handlers: list[urllib.request.BaseHandler] = [_Straight()]
    if is_loopback(url):
        handlers.append(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(  # noqa: S310 - settings admit http and https only
        url,
        data=body,
        headers={"Content-Type": "application/json", "User-Agent": "ingat-doctor", **headers},
        method="POST",
    )
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=PROBE_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


SMS_GATE_CHECKS: tuple[Check, ...] = (
    ("sms_phone", phone),
    ("sms_events", events),
    ("sms_webhook", webhook),
)
