"""The checks of `ingat doctor` for GATEWAY=twilio: the account, and the way back to us."""

from __future__ import annotations

import ipaddress
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from http.client import HTTPException
from typing import Protocol, cast
from urllib.parse import urlencode, urlsplit

from bot.channels.gateway import GatewayError
from bot.channels.twilio_words import STATUS_PATH
from bot.doctor_checks import Check, Result, Subject, Verdict, named
from bot.templates import NOT_PUSHED, wanted
from bot.web.webhooks import PROBE_SID, SIGNATURE
from config.terms import Channel
from scheduler.store.session import reading
from scheduler.store.templates import APPROVED, rows

PROBE_S = 10.0
"""How long the service may take to answer the probe; the provider gives it 15 s."""
COUNTRY = "ID"
LISTED_AFTER_S = 300
"""The provider's list lags by minutes: what it does not show before then may still be there."""
READY = frozenset({"ONLINE", "PRESENT"})
"""How a sender stands that messages can leave from."""
_SETTING = {Channel.WHATSAPP: "TWILIO_WHATSAPP_FROM", Channel.SMS: "TWILIO_SMS_FROM"}


class Account(Protocol):
    """What a gateway of the provider's can say of the account, and sign in its stead."""

    def account_status(self) -> str:
        """Return how the account stands ("active"); raises as `Gateway.fetch` does."""
        ...

    def sender_status(self, channel: Channel) -> str | None:
        """Return the provider's word for a sender; None where the account has none such."""
        ...

    def geo_permission(self, country: str) -> bool | None:
        """Return whether SMS may go to a country; None where the provider does not say."""
        ...

    def sign(self, url: str, params: Mapping[str, str]) -> str:
        """Return the signature that the provider would give a form for an address."""
        ...


def _account(subject: Subject) -> Account:
    return cast("Account", subject.opened.gateway)


# --- the account ------------------------------------------------------------------------------


def credentials(subject: Subject) -> Verdict:
    """Whether the account takes our token, and is in use."""
    status = _account(subject).account_status()
    if status != "active":
        return "fail", f"the account is {status}; ask Twilio what it needs to become active again"
    return "ok", "the account is active and takes TWILIO_AUTH_TOKEN"


def sender(wanted: Channel) -> Callable[[Subject], Verdict]:
    """Make the check whether the account has our sender of a channel, and may use it."""
    setting = _SETTING[wanted]

    def check(subject: Subject) -> Verdict:
        if wanted not in subject.opened.gateway.senders.by_channel:
            return "warn", f"{setting} is not set: nothing goes by {wanted}, nor falls back to it"
        try:
            status = _account(subject).sender_status(wanted)
        except GatewayError as error:
            return "warn", f"Twilio does not say how {setting} stands (code {error.code})"
        if status is None:
            return "fail", f"the account has no sender as {setting} says; correct the setting"
        if status == "unchecked":
            return "ok", f"{setting} is set; a name cannot be checked, only its registration can"
        if status.upper() not in READY:
            return "fail", f"{setting} is {status} at Twilio; make it ready in Twilio's console"
        return "ok", f"{setting} is ready"

    return check


def geo_permission(subject: Subject) -> Verdict:
    """Whether SMS may go to Indonesia."""
    if Channel.SMS not in subject.opened.gateway.senders.by_channel:
        return "ok", "no SMS is sent"
    try:
        allowed = _account(subject).geo_permission(COUNTRY)
    except GatewayError:
        allowed = None
    if allowed is None:
        return "warn", (
            "Twilio does not say whether SMS may go to Indonesia; look in its console under "
            "Messaging, Settings, Geo permissions"
        )
    if not allowed:
        return "fail", (
            "the account may not send SMS to Indonesia; allow it in Twilio's console under "
            "Messaging, Settings, Geo permissions"
        )
    return "ok", "SMS may go to Indonesia"


def templates(subject: Subject) -> Verdict:
    """Whether WhatsApp may begin a conversation: each template has to be approved first."""
    senders = subject.opened.gateway.senders
    if Channel.WHATSAPP not in senders.by_channel:
        return "ok", "nothing goes by whatsapp"
    two_way = Channel.WHATSAPP in senders.two_way
    with reading(subject.opened.engine) as connection:
        known = {row.name: row.status for row in rows(connection)}
    states = {
        template.name: known.get(template.name, NOT_PUSHED)
        for template in wanted(subject.policy.tanda, two_way=two_way)
    }
    others = sorted(name for name, status in states.items() if status != APPROVED)
    if not others:
        return "ok", f"all {len(states)} are approved"
    result: Result = "warn" if Channel.SMS in senders.by_channel else "fail"
    instead = "SMS is sent instead" if result == "warn" else "and there is no SMS sender"
    if set(states.values()) == {NOT_PUSHED}:
        return result, f"none of {len(states)} was submitted, {instead}; run: ingat templates push"
    told = named([f"{name} ({states[name]})" for name in others])
    return result, (
        f"{len(others)} of {len(states)} are not approved, {instead}: {told}; see: ingat "
        "templates status"
    )


def patience(subject: Subject) -> Verdict:
    """Whether a message is given the time to appear in the provider's list, and to arrive."""
    settings = subject.settings
    if settings.unknown_after_s < LISTED_AFTER_S:
        return "warn", (
            f"UNKNOWN_AFTER_S is {settings.unknown_after_s}: Twilio lists messages minutes late, "
            f"so some would be sent twice; set at least {LISTED_AFTER_S}"
        )
    return "ok", (
        f"what may have left is sent again after {settings.unknown_after_s} s at the earliest, "
        f"what WhatsApp does not deliver goes by SMS after {settings.delivery_timeout_s} s"
    )


# --- the way back -----------------------------------------------------------------------------


def public_url(subject: Subject) -> Verdict:
    """Whether the provider can know where to report to."""
    url = subject.settings.public_url
    if url is None:
        return "fail", "PUBLIC_URL is not set: Twilio cannot report what became of a message"
    if is_loopback(url) and subject.settings.twilio_api_base_url is None:
        return "warn", "PUBLIC_URL is this machine itself: Twilio cannot reach it from outside"
    if urlsplit(url).scheme != "https" and not is_loopback(url):
        return "fail", "PUBLIC_URL is not https: reports could be read and changed on their way"
    return "ok", f"PUBLIC_URL is {url}"


def webhook(subject: Subject) -> Verdict:
    """Whether a signed report arrives through PUBLIC_URL, and a forged one does not."""
    public = subject.settings.public_url
    if public is None:
        return "fail", "without PUBLIC_URL there is none"
    # With a query, as the provider has it: a proxy that drops or rewrites it spoils signatures.
    url = f"{public}{STATUS_PATH}?a=0"
    params = {
        "AccountSid": subject.settings.twilio_account_sid or "",
        "MessageSid": PROBE_SID,
        "MessageStatus": "sent",
    }
    signature = _account(subject).sign(url, params)
    try:
        signed = post(url, params, signature)
        forged = post(url, params, forge(signature))
    except (urllib.error.URLError, HTTPException, OSError) as error:
        return "fail", f"{url} cannot be reached: {_why(error)}; is ingat serve running behind it?"
    return judge(signed, forged, url)


def judge(signed: int, forged: int, url: str) -> Verdict:
    """Say what the answers to a signed and to a forged report mean."""
    taken, result = 200 <= signed < 300, "fail"
    told = f"it answers a signed report with {signed} and a forged one with {forged}"
    advice = "look at the log of the service"
    if taken and forged == 403:
        result, advice = "ok", "as it must"
    elif taken:
        advice = f"something other than this program answers at {url}"
    elif 300 <= signed < 400:
        advice = "write the address it redirects to into PUBLIC_URL"
    elif signed == 403:
        advice = "give the service the same PUBLIC_URL and tokens as here, and a clean proxy"
    elif signed in (404, 405):
        advice = f"let the proxy pass it on, and start the service with GATEWAY=twilio: {url}"
    elif signed == 503:
        advice = "its database is away"
    return cast("Result", result), f"{told}: {advice}"


def forge(signature: str) -> str:
    """Return a signature of the same form that is wrong."""
    return ("B" if signature.startswith("A") else "A") + signature[1:]


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine itself."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Straight(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the provider's report would lose its form on the way."""

    def redirect_request(self, *_: object) -> None:
        """Say no."""


def post(url: str, params: Mapping[str, str], signature: str) -> int:
    """Post a form with a signature; return the status of the answer, whatever it is.

    Raises `URLError`, `HTTPException` or `OSError` where there is none.
    """
    handlers: list[urllib.request.BaseHandler] = [_Straight()]
    if is_loopback(url):
        handlers.append(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(  # noqa: S310 - settings admit http and https only
        url,
        data=urlencode(params).encode(),
        headers={
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "ingat-doctor",
            SIGNATURE: signature,
        },
        method="POST",
    )
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=PROBE_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def _why(error: Exception) -> str:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLError):
        return f"its certificate or TLS is not accepted ({reason.reason or 'unknown'})"
    if isinstance(reason, TimeoutError):
        return f"no answer within {PROBE_S:.0f} s"
    if isinstance(reason, OSError) and reason.strerror:
        return str(reason.strerror)
    return type(reason).__name__


TWILIO_CHECKS: tuple[Check, ...] = (
    ("credentials", credentials),
    ("whatsapp_sender", sender(Channel.WHATSAPP)),
    ("sms_sender", sender(Channel.SMS)),
    ("geo_permission", geo_permission),
    ("templates", templates),
    ("patience", patience),
    ("public_url", public_url),
    ("webhook", webhook),
)
