"""Pushes the WhatsApp templates of the message files to the provider and follows their approval.

Creating a content is not idempotent and nothing but our own name marks it: so each is looked for
by name first, and a push that was killed is simply pushed again. A changed text has another name
and is another template.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.channels.contents import Contents, ContentStatus
from bot.channels.gateway import GatewayError, OutcomeUnknownError
from config.message_files import load_messages
from config.message_templates import WantedTemplate, wanted_template
from scheduler.store import templates as store
from scheduler.store.session import Connection, Engine, reading, writing
from scheduler.store.templates import OFF, TemplateRow

log = logging.getLogger(__name__)

UNSUBMITTED = "unsubmitted"
RECEIVED = "received"
FAILED = "failed"
"""Ours, for a template that could not be pushed this time."""

NOT_PUSHED = "not_pushed"

_SAID = {"rejected": "ditolak", "paused": "dijeda", "disabled": "dinonaktifkan"}


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of one template in a push: the provider's status, or `FAILED` and why."""

    name: str
    status: str
    reason: str | None = None

    @property
    def ok(self) -> bool:
        """Whether it is approved or on its way there."""
        return self.status != FAILED and self.status not in OFF


@dataclass(frozen=True, slots=True)
class WentOff:
    """A template that was rejected, paused or disabled since the last look."""

    name: str
    sid: str
    status: str
    reason: str | None
    at: datetime

    @property
    def key(self) -> str:
        """What tells this from other alerts: the same template may be paused again another day."""
        return f"template/{self.sid}/{self.status}/{self.at:%Y-%m-%d}"

    @property
    def perihal(self) -> str:
        """What Kominfo is told; Meta's reason, in English, is for the operator."""
        words = self.name.removeprefix("ingat_").rpartition("_")[0]
        return f"templat WhatsApp {words} {_SAID[self.status]} Meta"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a look at the approvals brought."""

    off: tuple[WentOff, ...] = ()
    problems: tuple[str, ...] = ()
    """Templates that could not be asked about, one English line each."""


Alert = Callable[[Connection, WentOff], None]
"""Tells Kominfo, in the transaction that records the change: neither is there without the other."""


def wanted(tanda: str, *, two_way: bool) -> Sequence[WantedTemplate]:
    """Return every template of the message files as the provider is to have it.

    `tanda` is the policy's signature; `two_way`: whether WhatsApp can be answered on, so that
    buttons make sense.
    """
    return [
        wanted_template(kind, section, template, tanda, plural=plural, two_way=two_way)
        for kind, message in load_messages().items()
        for section, words in message.sections.items()
        for plural, template in ((False, words.template), (True, words.template_banyak))
        if template is not None
    ]


def push(
    contents: Contents, engine: Engine, templates: Sequence[WantedTemplate], at: datetime
) -> list[Pushed]:
    """Create what the account does not have yet and submit what nobody submitted.

    Any number of times, killed in between or not. One that fails is named and set aside, the rest
    goes on. Raises `GatewayError` or `OutcomeUnknownError` where the account cannot even be
    listed: nothing was done then.
    """
    there: dict[str, list[str]] = {}
    for content in contents.list_contents():
        there.setdefault(content.name, []).append(content.sid)
    known = _known(engine)
    done: list[Pushed] = []
    for template in templates:
        try:
            row = known.get(template.name)
            done.append(
                _push_one(contents, engine, template, there.get(template.name, []), row, at)
            )
        except (GatewayError, OutcomeUnknownError) as error:
            done.append(Pushed(template.name, FAILED, why(error)))
    with writing(engine) as connection:
        store.forget_others(connection, [template.name for template in templates])
    return done


def _push_one(
    contents: Contents,
    engine: Engine,
    template: WantedTemplate,
    sids: Sequence[str],
    row: TemplateRow | None,
    at: datetime,
) -> Pushed:
    sid = row.sid if row is not None and row.sid in sids else min(sids, default=None)
    if sid is None:
        sid = contents.create_content(
            template.name, template.language, template.body, template.samples, template.buttons
        )
        log.info("template_created name=%s", template.name)
        # Not asked back: the provider may not know it by its id for a moment.
        status = ContentStatus(UNSUBMITTED)
        _save(engine, template.name, sid, status, at)
    else:
        status = contents.content_status(sid)
    if status.status == UNSUBMITTED:
        contents.submit_content(sid, template.name, template.category)
        log.info("template_submitted name=%s", template.name)
        status = ContentStatus(RECEIVED)
    _save(engine, template.name, sid, status, at)
    return Pushed(template.name, status.status, status.reason)


def _save(engine: Engine, name: str, sid: str, status: ContentStatus, at: datetime) -> None:
    with writing(engine) as connection:
        store.save(connection, name, sid, status.status, status.reason, at)


def refresh(
    contents: Contents,
    engine: Engine,
    templates: Sequence[WantedTemplate],
    at: datetime,
    alert: Alert | None = None,
) -> Refreshed:
    """Ask how far the approval of each pushed template has come, and keep it.

    Returns which became rejected, paused or disabled since the last look, each of them once;
    `alert` is called for each in the transaction that records it. A template that the provider
    will not tell of stays as it was known; where it cannot be asked at all, the rest does too.
    """
    known = _known(engine)
    off: list[WentOff] = []
    problems: list[str] = []
    for template in templates:
        row = known.get(template.name)
        if row is None or row.sid is None:
            continue
        try:
            status = contents.content_status(row.sid)
        except GatewayError as error:
            problems.append(f"template {template.name}: {why(error)}")
            continue
        except OutcomeUnknownError as error:
            problems.append(f"template {template.name} and those after it: {why(error)}")
            break
        with writing(engine) as connection:
            store.save(connection, row.name, row.sid, status.status, status.reason, at)
            if status.status in OFF and row.status not in OFF:
                gone = WentOff(row.name, row.sid, status.status, status.reason, at)
                off.append(gone)
                if alert is not None:
                    alert(connection, gone)
    return Refreshed(tuple(off), tuple(problems))


def _known(engine: Engine) -> Mapping[str, TemplateRow]:
    with reading(engine) as connection:
        return {row.name: row for row in store.rows(connection)}


def why(error: GatewayError | OutcomeUnknownError) -> str:
    """Return a failure of the provider as a few English words for an operator."""
    if isinstance(error, GatewayError):
        later = "" if error.permanent else "; run it again later"
        return f"the provider refused ({error.code}){later}"
    return "the provider did not answer; run it again"
