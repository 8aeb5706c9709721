"""What `ingat doctor` finds: one verdict for each thing that must be right before anybody is told.

Each finding is one sentence for the operator: what is so, and what to do. It names posts, files and
settings, never a person, a phone number or a secret. Nothing is changed by looking, but for an
embedded database, which opening brings up to date as every command does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from bot.channels.gateway import GatewayError, OutcomeUnknownError
from bot.compose import Installation, StartError, open_installation
from bot.doctor_checks import CHECKS, Result, Subject, Verdict
from bot.doctor_sms_gate import checks as provider_checks
from bot.rule_files import RuleFileError
from config.calendar_overrides import Overrides, OverridesError, load_default, merge
from config.calendar_overrides import parse_overrides as parse_holidays
from config.message_files import kinds
from config.policy import Policy, PolicyError
from config.policy_file import load_default_text, parse_policy
from config.settings import Settings
from scheduler.runner import fault
from scheduler.store.rules import StoreError, current_text, reason
from scheduler.store.sealed import SealError
from scheduler.store.session import HEAD, is_current, make_engine, reading

WRONG_LOGIN = "20003"
"""Twilio's code for an account or token it does not know."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `warn` needs a look, `fail` keeps people from being told."""

    check: str
    result: Result
    detail: str

    def document(self) -> dict[str, str]:
        """What --json prints."""
        return {"check": self.check, "result": self.result, "detail": self.detail}


def examine(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Look at everything, as of `now`; yield the findings as they are made.

    A check that cannot be made is a finding too: nothing is raised.
    """
    policy, found = _policy(settings.policy_file)
    yield found
    overrides, found = _holidays(settings.holidays_file)
    yield found
    try:
        opened = open_installation(settings)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
        yield _unopened(settings, error)
        return
    try:
        yield Finding("database", "ok", f"it answers and has the newest schema ({HEAD})")
        yield Finding("key", "ok", "the data was sealed with this key")
        try:
            subject = _subject(opened, now, policy, overrides)
        except (PolicyError, OverridesError) as error:
            yield Finding("policy", "fail", f"the version in force: {_wrong(error)}; load another")
            return
        checks = [*CHECKS, *provider_checks(settings)]
        for name, look in checks:
            yield checked(name, lambda look=look: look(subject))  # type: ignore[misc]
    finally:
        opened.close()


def checked(name: str, look: Callable[[], Verdict]) -> Finding:
    """Make a check; one that raises has failed, with what may be said of the failure."""
    try:
        result, detail = look()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
        return Finding(name, "fail", f"it could not be checked: {cause(error)}")
    return Finding(name, result, one_line(detail))


def cause(error: BaseException) -> str:
    """Say what went wrong without a value that may be personal or secret."""
    if isinstance(error, StoreError):
        return f"the database refused: {reason(error)}"
    if isinstance(error, GatewayError):
        return _refused(error.code)
    if isinstance(error, OutcomeUnknownError):
        return "the provider does not answer; try again, then look at the network"
    if isinstance(error, StartError | SealError | RuleFileError):
        return one_line(str(error))
    return fault(error)


def _refused(code: str) -> str:
    if code == WRONG_LOGIN:
        return f"Twilio refused the login ({code}); correct TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN"
    if code.isdecimal():
        return f"the provider refused with code {code}; look it up in its list of errors"
    return f"the provider was not reached ({code}); look at the network"


def one_line(text: str) -> str:
    """Return a text without line breaks."""
    return " ".join(text.split())


# --- before the database ----------------------------------------------------------------------


def _policy(path: Path | None) -> tuple[Policy | None, Finding]:
    """Read the policy as the service would; None where the version in force is what counts."""
    if path is None:
        return None, Finding("policy", "ok", "no POLICY_FILE: what was read before stays in force")
    try:
        policy = parse_policy(path.read_text(encoding="utf-8"), kinds())
    except (PolicyError, OSError, UnicodeDecodeError) as error:
        detail = f"{path}: {_wrong(error)}; see: ingat policy check {path}"
        return None, Finding("policy", "fail", detail)
    return policy, Finding("policy", "ok", f"{path} can be used")


def _holidays(path: Path | None) -> tuple[Overrides | None, Finding]:
    """Read the days off as the service would; None where the version in force is what counts."""
    if path is None:
        detail = "no HOLIDAYS_FILE: the national calendar and what was read before"
        return None, Finding("holidays", "ok", detail)
    try:
        overrides = _overrides(path.read_text(encoding="utf-8"))
    except (OverridesError, OSError, UnicodeDecodeError) as error:
        detail = f"{path}: {_wrong(error)}; see: ingat calendar check"
        return None, Finding("holidays", "fail", detail)
    return overrides, Finding("holidays", "ok", f"{path} can be used")


def _overrides(text: str) -> Overrides:
    return merge(load_default(), parse_holidays(text))


def _wrong(error: PolicyError | OverridesError | OSError | UnicodeDecodeError) -> str:
    """Return the first mistake in a file, and how many there are."""
    if isinstance(error, OSError):
        return str(error.strerror)
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    first, *others = str(error).splitlines()
    return f"{first} (and {len(others)} more)" if others else first


def _subject(
    opened: Installation, now: datetime, policy: Policy | None, overrides: Overrides | None
) -> Subject:
    """Return what is looked at; where no file says otherwise, by the rules in force."""
    return Subject(
        opened,
        now,
        policy or parse_policy(_in_force(opened, "policy") or load_default_text()),
        overrides or _overrides(_in_force(opened, "holidays") or ""),
    )


def _in_force(opened: Installation, kind: Literal["policy", "holidays"]) -> str | None:
    with reading(opened.engine) as connection:
        known = current_text(connection, kind)
    return known[1] if known else None


def _unopened(settings: Settings, error: Exception) -> Finding:
    """Say which part it was that kept the installation from being opened."""
    detail = cause(error)
    if isinstance(error, SealError) or "DATA_KEY" in detail:
        return Finding("key", "fail", detail)
    if _reachable(settings):
        return Finding("start", "fail", detail)
    return Finding("database", "fail", detail)


def _reachable(settings: Settings) -> bool:
    engine = make_engine(settings.database_url)
    try:
        return is_current(engine)
    except StoreError:
        return False
    finally:
        engine.dispose()
