"""The checks of `ingat doctor` that hold for every gateway."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from bot.compose import Installation
from bot.web.app import MAX_LAG_S, readiness
from config.calendar_overrides import Overrides
from config.policy import Policy
from config.settings import Settings
from config.terms import Peran
from scheduler.directory import Directory
from scheduler.store import condition, throttle
from scheduler.store.directory import load_directory
from scheduler.store.rules import deadlines_from
from scheduler.store.session import reading

Result = Literal["ok", "warn", "fail"]
Verdict = tuple[Result, str]

LISTED = 10
"""How many posts are named; the rest are counted."""
NEARLY = 0.8
"""The part of the daily cap from which on it is worth a look."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An installation that could be opened, at a moment, with the rules its files hold."""

    opened: Installation
    now: datetime
    policy: Policy
    overrides: Overrides

    @property
    def settings(self) -> Settings:
        """What the installation was told."""
        return self.opened.settings

    @property
    def today(self) -> date:
        """The installation's local date."""
        return self.now.astimezone(self.settings.timezone).date()


Check = tuple[str, Callable[[Subject], Verdict]]


def named(labels: Sequence[str]) -> str:
    """Return the first names of a list and how many more there are."""
    more = f" and {len(labels) - LISTED} more" if len(labels) > LISTED else ""
    return "; ".join(labels[:LISTED]) + more


def roles(policy: Policy) -> frozenset[Peran]:
    """Return every role that a step of a policy may tell."""
    return frozenset(
        peran
        for clock in policy.clocks.values()
        for step in clock.steps
        for recipients in (step.recipients, *(own for _, own in step.per_opd))
        for peran in recipients.all
    )


def calendar(subject: Subject) -> Verdict:
    """Whether the days off up to the last open deadline have been decreed."""
    year = subject.overrides.confirmed_until
    first = datetime(year + 1, 1, 1, tzinfo=subject.settings.timezone)
    with reading(subject.opened.engine) as connection:
        beyond = deadlines_from(connection, first)
    if beyond:
        return "warn", (
            f"{beyond} open deadlines lie beyond {year}, the last year whose days off are "
            "confirmed; enter the new decree in HOLIDAYS_FILE, see: ingat calendar check"
        )
    return "ok", f"days off are confirmed through {year}, no open deadline lies beyond"


def directory(subject: Subject) -> Verdict:
    """Whether anybody is in the directory."""
    known = _directory(subject)
    if not known.posts:
        return "fail", "nobody is in it; run: ingat directory import FILE.csv"
    if known.home is None:
        return "fail", "no kabupaten, kota or provinsi is in it; add the government's own row"
    return "ok", f"{len(known.bodies)} instansi with {len(known.posts)} posts"


def posts(subject: Subject) -> Verdict:
    """Whether each post that the policy tells has somebody with a phone."""
    known = _directory(subject)
    wanted = roles(subject.policy)
    needed = [post for post in known.posts.values() if post.peran in wanted]
    without = sorted(post.label for post in needed if known.phone(post.id, subject.today) is None)
    if len(without) == len(needed):
        return "fail", "no post that the policy tells has a holder with a phone; nobody is told"
    missing = sorted(wanted - {post.peran for post in needed})
    detail = []
    if without:
        detail.append(f"{len(without)} of {len(needed)} posts have no usable phone: ")
        detail[-1] += f"{named(without)}; their reminders go up the ladder"
    if missing:
        detail.append(f"nobody in the directory has the role {', '.join(missing)}")
    if detail:
        return "warn", "; ".join(detail)
    return "ok", f"each of {len(needed)} posts that the policy tells has a usable phone"


def first_contact(subject: Subject) -> Verdict:
    """Whether the holders were told that the number is official."""
    with reading(subject.opened.engine) as connection:
        found = condition.contacts(connection, subject.today)
    refused = f"; {found.refused} refused and are not reminded" if found.refused else ""
    if found.unasked:
        return "warn", (
            f"{found.unasked} of {found.holders} holders with a phone have not yet been sent the "
            f"first message, which says that the number is official; run: ingat contact{refused}"
        )
    return "ok", f"each of {found.holders} holders with a phone was written to{refused}"


def scheduler(subject: Subject) -> Verdict:
    """Whether somebody looks for what is due."""
    lag = readiness(subject.opened.engine, subject.now).scheduler_lag_s
    if lag is None:
        return "warn", "no pass was ever made; start: ingat serve (or ingat work)"
    if lag > MAX_LAG_S:
        return "fail", (
            f"the last pass was {round(lag)} s ago, so nobody is reminded; start ingat serve (or "
            "ingat work), or read its log"
        )
    return "ok", f"the last pass was {round(lag)} s ago"


def shadow(subject: Subject) -> Verdict:
    """Whether anything is sent at all."""
    if subject.settings.shadow:
        return "warn", "SHADOW is set: everything is decided, nothing is sent; remove it to begin"
    return "ok", "SHADOW is not set"


def stop_all(subject: Subject) -> Verdict:
    """Whether somebody has stopped everything."""
    since = subject.opened.stopped_since()
    if since is not None:
        return "warn", f"everything is stopped since {since}; to go on, run: ingat resume-all"
    return "ok", "nothing is stopped"


def gateway(subject: Subject) -> Verdict:
    """Whether the way to phones is a real one."""
    name = subject.settings.gateway
    if name == "simulator":
        return "warn", "GATEWAY=simulator: no real phone is told; write manual or twilio for that"
    if name == "manual":
        return "ok", "GATEWAY=manual: a person sends what waits in: ingat links"
    return "ok", f"GATEWAY={name}"


def outbox(subject: Subject) -> Verdict:
    """Whether messages wait for a person."""
    with reading(subject.opened.engine) as connection:
        found = condition.outbox(connection, subject.now)
    if found.unknown or found.failed:
        return "warn", (
            f"{found.unknown} messages whose fate is unknown and {found.failed} notices that "
            "reached nobody wait for a person; see: ingat outbox, and for the unknown: ingat settle"
        )
    if subject.settings.gateway == "manual" and found.pending:
        return "ok", f"{found.pending} wait to be sent by hand, or for their time; see: ingat links"
    return "ok", f"no message waits for a person, {found.pending} wait for their time"


def senders(subject: Subject) -> Verdict:
    """Whether a sender has been stopped after an error of account or configuration."""
    with reading(subject.opened.engine) as connection:
        stopped = condition.stopped_senders(connection, subject.now)
    if not stopped:
        return "ok", "no sender is stopped"
    # A sender may be a number: the channel stands for it.
    channels = {number: name for name, number in subject.opened.gateway.senders.by_channel.items()}
    zone = subject.settings.timezone
    told = [
        f"{channels.get(each.sender, 'a sender no longer used')}"
        f" (code {each.code or 'unknown'}, "
        f"{f'until {each.until.astimezone(zone).isoformat()}' if each.until else 'until mended'})"
        for each in stopped
    ]
    return "fail", f"stopped: {named(told)}; mend what the code says; each goes on by itself then"


def cap(subject: Subject) -> Verdict:
    """Whether today's messages fit into the daily cap."""
    limit = subject.settings.daily_spend_cap
    if limit is None:
        return "ok", "no DAILY_SPEND_CAP is set"
    with reading(subject.opened.engine) as connection:
        spent = throttle.spent(connection, subject.today)
        waiting = condition.outbox(connection, subject.now).pending
    if spent >= limit:
        return "warn", (
            f"today's DAILY_SPEND_CAP of {limit} message parts is used up, {waiting} messages "
            "wait for tomorrow; raise it if they must not"
        )
    if spent >= NEARLY * limit:
        return "warn", (
            f"{spent} of {limit} message parts of today's DAILY_SPEND_CAP are used; what does not "
            "fit waits for tomorrow; raise it if that must not be"
        )
    return "ok", f"{spent} of {limit} message parts of today's DAILY_SPEND_CAP are used"


def _directory(subject: Subject) -> Directory:
    with reading(subject.opened.engine) as connection:
        return load_directory(connection)


CHECKS: tuple[Check, ...] = (
    ("calendar", calendar),
    ("directory", directory),
    ("posts", posts),
    ("first_contact", first_contact),
    ("scheduler", scheduler),
    ("shadow", shadow),
    ("stop_all", stop_all),
    ("gateway", gateway),
    ("outbox", outbox),
    ("senders", senders),
    ("cap", cap),
)
