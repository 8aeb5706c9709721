"""What Twilio demands of a request, as far as we make them, and how it signs what it sends.

Written from Twilio's documentation, with nothing of ours: it is what our code is held against.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

PHONE = re.compile(r"\+[1-9]\d{6,14}")
ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 +_&-]{1,11}")
SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
CONTENT = re.compile(r"HX[0-9a-fA-F]{32}")
PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")

MESSAGE_FIELDS = frozenset(
    {
        "To",
        "From",
        "MessagingServiceSid",
        "Body",
        "MediaUrl",
        "ContentSid",
        "ContentVariables",
        "StatusCallback",
        "ValidityPeriod",
        "SmartEncoded",
    }
)
LIST_FIELDS = frozenset({"To", "From", "DateSent>", "DateSent<", "PageSize", "Page", "PageToken"})

Form = Sequence[tuple[str, str]]
Mistake = tuple[int, str]
"""One of Twilio's error codes, and its message."""


def mistake_in_message(form: Form) -> Mistake | None:
    """Return what Twilio would refuse about the form of a new message."""
    fields = dict(form)
    for name, _ in form:
        if name not in MESSAGE_FIELDS:
            return 20001, f"Unknown parameter {name}"
    if len(fields) != len(form) and any(
        name != "MediaUrl" for name, _ in form if [key for key, _ in form].count(name) > 1
    ):
        return 20001, "A parameter was given twice"
    return _ends(fields) or _text(fields)


def _ends(fields: Mapping[str, str]) -> Mistake | None:  # noqa: PLR0911 - one rule a line
    to, sender = fields.get("To", ""), fields.get("From", "")
    service = fields.get("MessagingServiceSid", "")
    if not to:
        return 21604, "A 'To' phone number is required."
    if not PHONE.fullmatch(to.removeprefix("whatsapp:")):
        return 21211, "Invalid 'To' Phone Number"
    if bool(sender) == bool(service):
        return 21603, "A 'From' phone number is required."
    if service:
        return None if SERVICE.fullmatch(service) else (21701, "No such Messaging Service")
    if to.startswith("whatsapp:") != sender.startswith("whatsapp:"):
        return 63007, "Twilio could not find a Channel with the specified From address"
    plain = sender.removeprefix("whatsapp:")
    if not (PHONE.fullmatch(plain) or (plain == sender and ALPHANUMERIC.fullmatch(plain))):
        return 21212, "Invalid From Number"
    return None


def _text(fields: Mapping[str, str]) -> Mistake | None:
    body, content = fields.get("Body"), fields.get("ContentSid")
    if content is not None and (body is not None or not CONTENT.fullmatch(content)):
        return 21655, "The ContentSid is invalid, or a Body stands beside it"
    variables = fields.get("ContentVariables")
    if variables is not None and (content is None or not _is_flat_json(variables)):
        return 21656, "The Content Variables parameter is invalid."
    if not content and not body and "MediaUrl" not in fields:
        return 21602, "Message body is required."
    if body is not None and len(body) > 1600:
        return 21617, "The concatenated message body exceeds the 1600 character limit"
    callback = urlsplit(fields.get("StatusCallback", "https://none.example"))
    if callback.scheme not in {"http", "https"} or not callback.hostname:
        return 21609, "The 'StatusCallback' URL is not a valid URL."
    return None


def _is_flat_json(text: str) -> bool:
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, dict) and all(
        isinstance(value, str) and value and "\n" not in value for value in found.values()
    )


def rendered(body: str, variables: Mapping[str, str]) -> str:
    """Return the text of a template with its variables in place."""
    return PLACEHOLDER.sub(lambda found: variables.get(found[1], ""), body)


def signature(token: str, url: str, form: Form) -> str:
    """Sign a webhook: HMAC-SHA1 over the URL and the sorted form, in base64."""
    text = url + "".join(name + value for name, value in sorted(form))
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
