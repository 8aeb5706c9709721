"""The installation's settings, from the environment and a `.env` file, checked all at once.

The only module that reads the environment. Nothing here has a secret as its default.
"""

from __future__ import annotations

import base64
import difflib
import ipaddress
import os
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv.parser import parse_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

GatewayName = Literal["simulator", "manual", "twilio"]

MAKE_A_KEY = "openssl rand -base64 32"
"""The command that prints a new DATA_KEY."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What one installation is told; durations carry their unit in the name (s, h)."""

    database_url: str = field(default="sqlite:///ingat.db", repr=False)  # may hold a password
    policy_file: Path | None = None
    holidays_file: Path | None = None
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Jakarta"))
    public_url: str | None = None
    data_key: str | None = field(default=None, repr=False)
    gateway: GatewayName = "simulator"
    shadow: bool = False
    twilio_account_sid: str | None = None
    twilio_auth_token: str | None = field(default=None, repr=False)
    twilio_auth_token_secondary: str | None = field(default=None, repr=False)
    twilio_whatsapp_from: str | None = None
    twilio_sms_from: str | None = None
    twilio_api_base_url: str | None = None
    twilio_mps: int = 80
    twilio_threads: int = 16
    twilio_recipients_24h: int = 250
    daily_spend_cap: int | None = None
    lease_s: int = 60
    unknown_after_s: int = 900
    delivery_timeout_s: int = 1800
    sp4n_fresh_h: int | None = None
    sp4n_inbox: Path | None = None
    sp4n_source_tz: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    sp4n_disposed_at: str = "received"

    @property
    def is_postgresql(self) -> bool:
        """Whether the database is a PostgreSQL server, shared by several machines."""
        return self.database_url.startswith("postgresql")


NAMES = tuple(item.name.upper() for item in fields(Settings))
"""Every setting of this version, as the environment spells it."""

LATER = ("SECRET_KEY",)
"""Settings that other versions read; one `.env` may serve both, so they are no mistake here."""


class SettingsError(Exception):
    """The settings cannot be used; `mistakes` has one line for each, naming the setting."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


def load_settings(
    environ: Mapping[str, str] | None = None, env_file: Path | None = Path(".env")
) -> Settings:
    """Read the settings; the environment wins over `env_file`, which need not exist.

    NAME_FILE names a file that holds the value of NAME, in either place. An empty value counts
    as not given. `environ` defaults to the process's own environment.

    Raises SettingsError with every mistake at once. No message repeats a value that may be secret.
    """
    mistakes: list[str] = []
    from_file = _read_env_file(env_file, mistakes) if env_file is not None else {}
    reader = _Reader((os.environ if environ is None else environ, from_file), mistakes)
    default = Settings()
    settings = Settings(
        database_url=reader.read("DATABASE_URL", _database_url, default.database_url),
        policy_file=reader.read("POLICY_FILE", _existing_file, default.policy_file),
        holidays_file=reader.read("HOLIDAYS_FILE", _existing_file, default.holidays_file),
        timezone=reader.read("TIMEZONE", _zone, default.timezone),
        public_url=reader.read("PUBLIC_URL", _public_url, default.public_url),
        data_key=reader.read("DATA_KEY", _data_key, default.data_key),
        gateway=reader.read("GATEWAY", _gateway, default.gateway),
        shadow=reader.read("SHADOW", _yes_or_no, default.shadow),
        lease_s=reader.read("LEASE_S", _positive, default.lease_s),
        unknown_after_s=reader.read("UNKNOWN_AFTER_S", _positive, default.unknown_after_s),
        sp4n_fresh_h=reader.read("SP4N_FRESH_H", _positive, default.sp4n_fresh_h),
        sp4n_inbox=reader.read("SP4N_INBOX", _existing_folder, default.sp4n_inbox),
        sp4n_source_tz=reader.read("SP4N_SOURCE_TZ", _zone, default.sp4n_source_tz),
        sp4n_disposed_at=reader.read("SP4N_DISPOSED_AT", _disposed_at, default.sp4n_disposed_at),
    )
    if settings.is_postgresql and not reader.was_given("DATA_KEY"):
        mistakes.append(
            "DATA_KEY: PostgreSQL needs one, the same on every machine that uses the database; "
            f"make it with: {MAKE_A_KEY}"
        )
    if mistakes:
        raise SettingsError(mistakes)
    return settings


class _Reader:
    """Takes each setting from the first source that gives it, and gathers the mistakes."""

    def __init__(self, sources: tuple[Mapping[str, str], ...], mistakes: list[str]) -> None:
        self._sources = sources
        self._mistakes = mistakes

    def was_given(self, name: str) -> bool:
        keys = (name, f"{name}_FILE")
        return any(source.get(key, "").strip() for source in self._sources for key in keys)

    def read(self, name: str, parse: Callable[[str], T], default: T) -> T:
        try:
            value = self._value(name)
            return default if value is None else parse(value)
        except ValueError as mistake:
            self._mistakes.append(f"{name}: {mistake}")
            return default

    def _value(self, name: str) -> str | None:
        for source in self._sources:
            # Compose files and systemd units pass NAME= for what is not set.
            value, path = source.get(name, "").strip(), source.get(f"{name}_FILE", "").strip()
            if value and path:
                message = f"given twice, as {name} and as {name}_FILE: keep one of them"
                raise ValueError(message)
            if path:
                return _content(Path(path), f"{name}_FILE")
            if value:
                return value
        return None


def _content(path: Path, name: str) -> str:
    try:
        content = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ValueError(f"cannot read {path}, which {name} names: {reason}") from None
    if not content:
        raise ValueError(f"{path}, which {name} names, is empty")
    return content


def _read_env_file(path: Path, mistakes: list[str]) -> dict[str, str]:
    """Return the variables of a `.env` file; a line or name that nothing reads is a mistake."""
    try:
        with path.open(encoding="utf-8-sig") as stream:
            bindings = list(parse_stream(stream))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        mistakes.append(f"{path}: cannot be read: {reason}")
        return {}
    values: dict[str, str] = {}
    for binding in bindings:
        place = f"{path} line {binding.original.line}"
        if binding.error or (binding.key is not None and binding.value is None):
            mistakes.append(f"{place}: not a NAME=value line")
        elif binding.key is not None and binding.value is not None:
            if binding.key in values:
                mistakes.append(f"{place}: {binding.key} is given a second time: keep one of them")
            values[binding.key] = binding.value
            _check_known(binding.key, place, mistakes)
    return values


def _check_known(name: str, place: str, mistakes: list[str]) -> None:
    known = [*NAMES, *LATER, *(f"{each}_FILE" for each in (*NAMES, *LATER))]
    if name in known:
        return
    nearest = difflib.get_close_matches(name.upper(), known, n=1)
    hint = f"did you mean {nearest[0]}?" if nearest else "remove it, or see .env.example"
    mistakes.append(f"{place}: {name} is no setting: {hint}")


def _database_url(value: str) -> str:
    scheme, separator, rest = value.partition("://")
    if scheme in {"postgres", "postgresql", "postgresql+psycopg"} and separator and rest:
        return f"postgresql+psycopg://{rest}"
    if scheme == "sqlite" and rest.startswith("/") and rest != "/":
        return value
    # The value may hold a password: the message leaves it out.
    raise ValueError("write sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE")


def _existing_file(value: str) -> Path:
    path = Path(value)
    if not path.is_file():
        raise ValueError(f"there is no file {value}")
    return path


def _existing_folder(value: str) -> Path:
    path = Path(value)
    if not path.is_dir():
        raise ValueError(f"there is no folder {value}: make it, or leave the setting out")
    return path


def _zone(value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "Asia" is a folder of zones
        message = f"{value!r} is no time zone: write one such as Asia/Jakarta, Asia/Makassar or UTC"
        raise ValueError(message) from None


def _public_url(value: str) -> str:
    advice = "write the https address at which others reach this installation"
    try:
        url = urlsplit(value)
        host = url.hostname
        _ = url.port  # raises ValueError where it is no number
    except ValueError:
        raise ValueError(f"{value!r} is no web address: {advice}") from None
    if url.scheme not in {"http", "https"} or not host or url.query or url.fragment:
        raise ValueError(f"{value!r} is no web address: {advice}")
    if url.username is not None:
        raise ValueError(f"leave user and password out of the address: {advice}")
    if url.scheme == "http" and not _is_loopback(host):
        raise ValueError(f"{value!r} is not https, which only this machine itself may do: {advice}")
    return value.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _data_key(value: str) -> str:
    """Return the key in plain base64; the URL-safe alphabet is understood too."""
    plain = value.replace("-", "+").replace("_", "/")
    try:
        key = base64.b64decode(plain, validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ValueError(f"must be 32 random bytes in base64; make them with: {MAKE_A_KEY}")
    return plain


def _gateway(value: str) -> Literal["simulator"]:
    if value == "simulator":
        return "simulator"
    if value in {"manual", "twilio"}:
        message = (
            f"{value} is not in this version, which sends through the simulator only: "
            "leave GATEWAY out or write simulator"
        )
        raise ValueError(message)
    raise ValueError(f"{value!r} is no gateway: leave GATEWAY out or write simulator")


def _yes_or_no(value: str) -> bool:
    word = value.lower()
    if word in {"1", "true", "yes", "on", "ya"}:
        return True
    if word in {"0", "false", "no", "off", "tidak"}:
        return False
    raise ValueError(f"{value!r} is neither yes nor no: write 1 or 0")


def _positive(value: str) -> int:
    if not (value.isascii() and value.isdigit() and int(value) > 0):
        raise ValueError(f"{value!r} is no whole number above 0")
    return int(value)


def _disposed_at(value: str) -> str:
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
