"""PURE: from the text of one setting to its value. Each raises ValueError with what to write.

No message repeats a value that may be secret or a telephone number.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

GatewayName = Literal["simulator", "manual", "twilio", "smsgate"]
GATEWAYS: tuple[GatewayName, ...] = get_args(GatewayName)

MAKE_A_KEY = "openssl rand -base64 32"
"""The command that prints a new DATA_KEY."""

YEAR_S = 366 * 24 * 60 * 60
YEAR_H = 366 * 24

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_MESSAGING_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
# SQLAlchemy's own reading of an address: user and password, then the host, then the port.
_SERVER = re.compile(
    r"(?:[^:/]*(?::[^@]*)?@)?(?:\[[^]/?]+\]|[^]\[/:?]*)(?::([0-9]{1,5}))?(?:[/?].*)?", re.DOTALL
)
# What Twilio takes as an alphanumeric sender: the operators show it in place of a number.
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9 &+_-]{0,10}")


def database_url(value: str) -> str:
    """Return SQLAlchemy's URL of a SQLite file or a PostgreSQL database."""
    scheme, separator, rest = value.partition("://")
    if scheme in {"postgres", "postgresql", "postgresql+psycopg"} and separator and rest:
        server = _SERVER.fullmatch(rest)
        if server is None or int(server[1] or 0) > 65535:
            raise ValueError("the port after the host is a number up to 65535, or left out")
        return f"postgresql+psycopg://{rest}"
    if scheme == "sqlite" and rest.startswith("/") and rest != "/":
        if rest.startswith(("/:memory:", "/file:")) or "?" in rest:
            raise ValueError("write sqlite:///FILE: the file is kept, and takes no options")
        return value
    # The value may hold a password: the message leaves it out.
    raise ValueError("write sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE")


def existing_file(value: str) -> Path:
    """Return the path of a file that is there."""
    path = Path(value)
    if not path.is_file():
        raise ValueError(f"there is no file {value}")
    return path


def existing_folder(value: str) -> Path:
    """Return the path of a folder that is there."""
    path = Path(value)
    if not path.is_dir():
        raise ValueError(f"there is no folder {value}: make it, or leave the setting out")
    return path


def zone(value: str) -> ZoneInfo:
    """Return a time zone by its name."""
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "Asia" is a folder of zones
        message = f"{value!r} is no time zone: write one such as Asia/Jakarta, Asia/Makassar or UTC"
        raise ValueError(message) from None


def public_url(value: str) -> str:
    """Return the address at which others reach this installation, without a slash at its end."""
    return _web_address(value, "write the https address at which others reach this installation")


def api_base_url(value: str) -> str:
    """Return the address that takes the place of every host of the provider's API."""
    return _web_address(value, "write an https address, or leave the setting out")


def sms_gate_url(value: str) -> str:
    """Return the address of an SMS gateway's API; plain http only where it stays in the house."""
    advice = "write the address that its app shows, as http://192.168.1.20:8080, or an https one"
    return _web_address(value, advice, private=True)


def _web_address(value: str, advice: str, *, private: bool = False) -> str:
    try:
        url = urlsplit(value)
        host = url.hostname
        _ = url.port  # raises ValueError where it is no number
    except ValueError:
        raise ValueError(f"{_without_user(value)!r} is no web address: {advice}") from None
    plain = value.isascii() and value.isprintable() and " " not in value
    complete = plain and url.port != 0 and not (url.query or url.fragment)
    if url.scheme not in {"http", "https"} or not host or not complete:
        raise ValueError(f"{_without_user(value)!r} is no web address: {advice}")
    if url.username is not None:
        raise ValueError(f"leave user and password out of the address: {advice}")
    if url.scheme == "http" and private and not _is_near(host):
        raise ValueError(
            f"{value!r} is not https, which only a private address such as 192.168.1.20 may do: "
            f"{advice}"
        )
    if url.scheme == "http" and not private and not _is_loopback(host):
        raise ValueError(f"{value!r} is not https, which only this machine itself may do: {advice}")
    return value.rstrip("/")


def _without_user(value: str) -> str:
    return re.sub(r"[^/]*@", "…@", value)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


_PRIVATE = tuple(
    ipaddress.ip_network(block)
    for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7")
)
"""RFC 1918, RFC 3927 and RFC 4193: what no router on the internet passes on."""


def _is_near(host: str) -> bool:
    """Return whether an address is this machine's or a private one; a name may lead anywhere."""
    if _is_loopback(host):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in block for block in _PRIVATE if block.version == address.version)


def data_key(value: str) -> str:
    """Return the key in plain base64; the URL-safe alphabet is understood too."""
    plain = value.replace("-", "+").replace("_", "/")
    try:
        key = base64.b64decode(plain, validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ValueError(f"must be 32 random bytes in base64; make them with: {MAKE_A_KEY}")
    return plain


def secret_key(value: str) -> str:
    """Return a secret that nobody can guess: 32 characters at least."""
    if len(value) < 32:
        raise ValueError(f"must have 32 characters at least; make one with: {MAKE_A_KEY}")
    return value


def gateway(value: str) -> GatewayName:
    """Return the name of a way to phones."""
    for name in GATEWAYS:
        if value == name:
            return name
    raise ValueError(f"{value!r} is no gateway: write simulator, manual, twilio or smsgate")


def account_sid(value: str) -> str:
    """Return the id of a Twilio account."""
    if not _ACCOUNT.fullmatch(value):
        raise ValueError("must be AC and 32 hexadecimal digits, as Twilio's console shows it")
    return value


def token(value: str) -> str:
    """Return an auth token, which is one word."""
    if not (value.isascii() and value.isprintable() and " " not in value):
        raise ValueError("must be one word, as Twilio's console shows it")
    return value


def whatsapp_sender(value: str) -> str:
    """Return a WhatsApp sender: a number as +628… without `whatsapp:`, or a messaging service."""
    sender = value.removeprefix("whatsapp:")
    if not (_E164.fullmatch(sender) or _MESSAGING_SERVICE.fullmatch(sender)):
        raise ValueError(
            "write the number as +62 and its digits, with or without whatsapp: before it, "
            "or a messaging service's MG and 32 hexadecimal digits"
        )
    return sender


def sms_sender(value: str) -> str:
    """Return an SMS sender: a number, a short code, a sender name, or a messaging service."""
    forms = (_E164, _SHORT_CODE, _ALPHANUMERIC, _MESSAGING_SERVICE)
    if not any(form.fullmatch(value) for form in forms):
        raise ValueError(
            "write a sender name of at most 11 letters and digits, a number as +62 and its "
            "digits, a short code, or a messaging service's MG and 32 hexadecimal digits"
        )
    return value


def login(value: str) -> str:
    """Return a user name or password, as an app shows it."""
    if not (value.isascii() and value.isprintable()):
        raise ValueError("must be letters, digits and signs as the app shows them")
    return value


def signing_key(value: str) -> str:
    """Return the key that webhooks are signed with."""
    if len(value) < 8 or not (value.isascii() and value.isprintable() and " " not in value):
        raise ValueError("must be one word of at least 8 characters, as the app shows it")
    return value


def own_number(value: str) -> str:
    """Return the number of a SIM in E.164."""
    if not _E164.fullmatch(value):
        raise ValueError("write the number of the SIM as +62 and its digits")
    return value


def yes_or_no(value: str) -> bool:
    """Return a yes or a no."""
    word = value.lower()
    if word in {"1", "true", "yes", "on", "ya"}:
        return True
    if word in {"0", "false", "no", "off", "tidak"}:
        return False
    raise ValueError(f"{value!r} is neither yes nor no: write 1 or 0")


def whole(least: int, most: int, unit: str = "") -> Callable[[str], int]:
    """Return a parser of whole numbers from `least` to `most`, both allowed.

    `unit` says in words what `most` is, where that is not plain: "a year".
    """
    wanted = "above 0" if least == 1 else f"from {least} on"

    def parse(value: str) -> int:
        if not (value.isascii() and value.isdigit()):
            raise ValueError(f"{value!r} is no whole number {wanted}")
        # A number of thousands of digits is not even read.
        number = int(value) if len(value) <= 20 else most + 1
        if number < least:
            raise ValueError(f"{value!r} is no whole number {wanted}")
        if number > most:
            raise ValueError(f"is more than {most}{f', {unit}' if unit else ''}")
        return number

    return parse


seconds = whole(1, YEAR_S, "the seconds of a year")
hours = whole(1, YEAR_H, "the hours of a year")


def disposed_at(value: str) -> str:
    """Return when a complaint first seen disposed was disposed: a word, or a time as written."""
    if value in {"received", "import"}:
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        example = "2026-11-24T08:00:00+07:00"
        raise ValueError(f"{value!r}: write received, import or a time with offset, as {example}")
    return value
