"""The installation's settings, from the environment and a `.env` file, checked all at once.

The only module that reads the environment. Nothing here has a secret as its default.
"""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, TypeVar
from zoneinfo import ZoneInfo

from dotenv.parser import parse_stream

from config import settings_values as values
from config.settings_values import MAKE_A_KEY, GatewayName

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Settings:
    """What one installation is told; durations carry their unit in the name (s, h).

    Numbers among the senders are E.164, WhatsApp's without `whatsapp:`. `daily_spend_cap` is in
    billed message parts a local day: a WhatsApp message counts one, an SMS one per segment.
    """

    database_url: str = field(default="sqlite:///ingat.db", repr=False)  # may hold a password
    policy_file: Path | None = None
    holidays_file: Path | None = None
    words_file: Path | None = None
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Jakarta"))
    public_url: str | None = None
    data_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)
    gateway: GatewayName = "simulator"
    simulator_open: bool = False
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
    smsgate_url: str | None = None
    smsgate_username: str | None = None
    smsgate_password: str | None = field(default=None, repr=False)
    smsgate_signing_key: str | None = field(default=None, repr=False)
    smsgate_number: str | None = None
    smsgate_per_minute: int = 10
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

    @property
    def has_sms_gate(self) -> bool:
        """Whether SMS goes through an Android phone with a SIM of its own."""
        return self.gateway == "smsgate" or (
            self.gateway == "twilio" and self.smsgate_url is not None
        )


LONGEST = 10_000
"""Characters of a value in a file; more is no value but another file."""

NAMES = tuple(item.name.upper() for item in fields(Settings))
"""Every setting of this version, as the environment spells it."""


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
    as not given. `environ` defaults to the process's own environment. Without GATEWAY the keys of
    a Twilio account make it the gateway, else those of an SMS gateway on an Android phone.

    Raises SettingsError with every mistake at once. No message repeats a value that may be secret.
    """
    mistakes: list[str] = []
    from_file = _read_env_file(env_file, mistakes) if env_file is not None else {}
    reader = _Reader((os.environ if environ is None else environ, from_file), mistakes)
    default = Settings()
    settings = Settings(
        database_url=reader.read("DATABASE_URL", values.database_url, default.database_url),
        policy_file=reader.read("POLICY_FILE", values.existing_file, None),
        holidays_file=reader.read("HOLIDAYS_FILE", values.existing_file, None),
        words_file=reader.read("WORDS_FILE", values.existing_file, None),
        timezone=reader.read("TIMEZONE", values.zone, default.timezone),
        public_url=reader.read("PUBLIC_URL", values.public_url, None),
        data_key=reader.read("DATA_KEY", values.data_key, None),
        secret_key=reader.read("SECRET_KEY", values.secret_key, None),
        gateway=reader.read("GATEWAY", values.gateway, _by_keys(reader, default)),
        simulator_open=reader.read("SIMULATOR_OPEN", values.yes_or_no, default.simulator_open),
        shadow=reader.read("SHADOW", values.yes_or_no, default.shadow),
        lease_s=reader.read("LEASE_S", values.seconds, default.lease_s),
        unknown_after_s=reader.read("UNKNOWN_AFTER_S", values.seconds, default.unknown_after_s),
        sp4n_fresh_h=reader.read("SP4N_FRESH_H", values.hours, None),
        sp4n_inbox=reader.read("SP4N_INBOX", values.existing_folder, None),
        sp4n_source_tz=reader.read("SP4N_SOURCE_TZ", values.zone, default.sp4n_source_tz),
        sp4n_disposed_at=reader.read(
            "SP4N_DISPOSED_AT", values.disposed_at, default.sp4n_disposed_at
        ),
        **_sending(reader, default),
    )
    if settings.is_postgresql and not reader.was_given("DATA_KEY"):
        mistakes.append(
            "DATA_KEY: PostgreSQL needs one, the same on every machine that uses the database; "
            f"make it with: {MAKE_A_KEY}"
        )
    if settings.gateway == "twilio":
        _require_twilio(reader, mistakes)
    _require_sms_gate(settings.gateway, reader, mistakes)
    if mistakes:
        raise SettingsError(mistakes)
    return settings


def _by_keys(reader: _Reader, default: Settings) -> GatewayName:
    if reader.was_given("TWILIO_ACCOUNT_SID") and reader.was_given("TWILIO_AUTH_TOKEN"):
        return "twilio"
    phone = ("SMSGATE_URL", "SMSGATE_USERNAME", "SMSGATE_PASSWORD")
    return "smsgate" if all(reader.was_given(name) for name in phone) else default.gateway


class _Sending(TypedDict):
    """What is told of sending: the provider's keys, the senders, and limits of cost and speed."""

    twilio_account_sid: str | None
    twilio_auth_token: str | None
    twilio_auth_token_secondary: str | None
    twilio_whatsapp_from: str | None
    twilio_sms_from: str | None
    twilio_api_base_url: str | None
    twilio_mps: int
    twilio_threads: int
    twilio_recipients_24h: int
    smsgate_url: str | None
    smsgate_username: str | None
    smsgate_password: str | None
    smsgate_signing_key: str | None
    smsgate_number: str | None
    smsgate_per_minute: int
    daily_spend_cap: int | None
    delivery_timeout_s: int


def _sending(reader: _Reader, default: Settings) -> _Sending:
    return {
        "twilio_account_sid": reader.read("TWILIO_ACCOUNT_SID", values.account_sid, None),
        "twilio_auth_token": reader.read("TWILIO_AUTH_TOKEN", values.token, None),
        "twilio_auth_token_secondary": reader.read(
            "TWILIO_AUTH_TOKEN_SECONDARY", values.token, None
        ),
        "twilio_whatsapp_from": reader.read("TWILIO_WHATSAPP_FROM", values.whatsapp_sender, None),
        "twilio_sms_from": reader.read("TWILIO_SMS_FROM", values.sms_sender, None),
        "twilio_api_base_url": reader.read("TWILIO_API_BASE_URL", values.api_base_url, None),
        "twilio_mps": reader.read("TWILIO_MPS", values.whole(1, 10_000), default.twilio_mps),
        "twilio_threads": reader.read(
            "TWILIO_THREADS", values.whole(1, 64), default.twilio_threads
        ),
        "twilio_recipients_24h": reader.read(
            "TWILIO_RECIPIENTS_24H", values.whole(1, 10_000_000), default.twilio_recipients_24h
        ),
        "smsgate_url": reader.read("SMSGATE_URL", values.sms_gate_url, None),
        "smsgate_username": reader.read("SMSGATE_USERNAME", values.login, None),
        "smsgate_password": reader.read("SMSGATE_PASSWORD", values.login, None),
        "smsgate_signing_key": reader.read("SMSGATE_SIGNING_KEY", values.signing_key, None),
        "smsgate_number": reader.read("SMSGATE_NUMBER", values.own_number, None),
        "smsgate_per_minute": reader.read(
            "SMSGATE_PER_MINUTE", values.whole(1, 600), default.smsgate_per_minute
        ),
        "daily_spend_cap": reader.read("DAILY_SPEND_CAP", values.whole(0, 100_000_000), None),
        "delivery_timeout_s": reader.read(
            "DELIVERY_TIMEOUT_S", values.seconds, default.delivery_timeout_s
        ),
    }


def _require_twilio(reader: _Reader, mistakes: list[str]) -> None:
    """Name what sending through Twilio lacks; what is given but wrong is a mistake already."""
    for name, what in (
        ("TWILIO_ACCOUNT_SID", "the id of the account, AC…"),
        ("TWILIO_AUTH_TOKEN", "the account's auth token"),
    ):
        if not reader.was_given(name):
            mistakes.append(f"{name}: GATEWAY=twilio needs {what}, as Twilio's console shows it")
    if reader.was_given("SMSGATE_URL"):
        if not reader.was_given("TWILIO_WHATSAPP_FROM"):
            mistakes.append(
                "TWILIO_WHATSAPP_FROM: with SMSGATE_URL, Twilio is left with WhatsApp and needs "
                "this sender; for SMS alone write GATEWAY=smsgate"
            )
    elif not (reader.was_given("TWILIO_WHATSAPP_FROM") or reader.was_given("TWILIO_SMS_FROM")):
        mistakes.append(
            "TWILIO_WHATSAPP_FROM: GATEWAY=twilio needs this sender, or TWILIO_SMS_FROM, or both"
        )


def _require_sms_gate(gateway: GatewayName, reader: _Reader, mistakes: list[str]) -> None:
    """Name what sending SMS through an Android phone lacks, where it is begun or asked for."""
    needed = {
        "SMSGATE_URL": "the address that its app shows, as http://192.168.1.20:8080",
        "SMSGATE_USERNAME": "the user name that its app shows",
        "SMSGATE_PASSWORD": "the password that its app shows",
        "SMSGATE_NUMBER": "the number of its SIM, as +62 and its digits",
    }
    given = [name for name in (*needed, "SMSGATE_SIGNING_KEY") if reader.was_given(name)]
    if gateway == "smsgate" or (gateway == "twilio" and given):
        mistakes += [
            f"{name}: sending SMS through an Android phone needs {what}"
            for name, what in needed.items()
            if name not in given
        ]


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
        with path.open("rb") as stream:  # not all of it: it may be a device without an end
            content = stream.read(LONGEST + 1).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ValueError(f"cannot read {path}, which {name} names: {reason}") from None
    if not content:
        raise ValueError(f"{path}, which {name} names, is empty")
    if len(content) > LONGEST or not content.isprintable():
        raise ValueError(f"{path}, which {name} names, holds more than one line of text")
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
    known = [*NAMES, *(f"{each}_FILE" for each in NAMES)]
    if name in known:
        return
    nearest = difflib.get_close_matches(name.upper(), known, n=1)
    hint = f"did you mean {nearest[0]}?" if nearest else "remove it, or see .env.example"
    mistakes.append(f"{place}: {name} is no setting: {hint}")
