"""What users of the console did to complaints, and taking it back while nobody has been told.

Undoing writes back the rows as they were: every clock goes on from where it stood, what was to be
told is to be told again. What the action began is gone as if it had never been: a run of a clock
that stayed would count as the first one, and requests would be taken for those of another
disposition. The audit trail keeps both. It is refused as soon as something was told, or something
else happened to the complaint: after that there are the verbs of a complaint's life.
"""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, exists, func, insert, select, update

from config.terms import NoticeStatus
from scheduler.complaint import RefusedError
from scheduler.ledger import KOMINFO
from scheduler.store.cases import load_cases
from scheduler.store.console_tables import Action, ActionImage, ActionItem, User
from scheduler.store.dialogue_tables import Answer, Request
from scheduler.store.messaging_tables import Notice
from scheduler.store.tables import Audit, ClockRun, Complaint, RunPause, RunStep

WAIT: Final = timedelta(seconds=60)
"""How long what was caused at a desk waits before anybody is told of it."""
KEPT: Final = timedelta(days=3)
"""How long pictures are kept, and an action can be undone: over a weekend, while nobody is told.

No longer: what somebody asked to be forgotten (Anonim) is in them.
"""
PRUNED: Final = 1000
"""Old pictures that one action removes at most."""

_ROWS: Final[dict[str, Table]] = {
    model.__tablename__: model.metadata.tables[model.__tablename__]
    for model in (ClockRun, RunPause, RunStep, Complaint, Notice, Request, Answer)
}
"""The tables whose rows are pictured; in this order they are written back."""
_OF_COMPLAINT: Final = ("clock_runs", "notices", "requests", "answers")
_HINTS: Final = {
    "clock_runs": {"next_look_at", "waiting", "last_error", "limit_at", "moved_at"},
    "requests": {"next_look_at"},
}
"""What a pass keeps up to date by itself; notices are judged apart, by `_told`."""
_UNTOLD: Final = (NoticeStatus.PENDING, NoticeStatus.HELD, NoticeStatus.CANCELLED)

Images = dict[str, dict[int, dict[str, Any] | None]]
"""Of each table the rows that an action changed, as they were; None for one that it made."""
Picture = dict[tuple[str, int], dict[str, Any]]
"""Rows of one complaint by table and id."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An action of somebody that he may still take back, until then at least."""

    id: int
    verb: str
    until: datetime


def begin(connection: Connection, user_id: int, verb: str, at: datetime) -> int:
    """Enter an action; return its id. Pictures that are too old are forgotten."""
    newest = select(Action.id).where(Action.at < at - KEPT).order_by(Action.id.desc()).limit(1)
    old = (
        select(ActionImage.id)
        .where(ActionImage.action_id <= newest.scalar_subquery())
        .limit(PRUNED)
        .with_for_update(skip_locked=True)
    )
    connection.execute(delete(ActionImage).where(ActionImage.id.in_(old)))
    values = {"user_id": user_id, "verb": verb, "at": at}
    return connection.execute(insert(Action).values(values).returning(Action.id)).scalar_one()


def drop(connection: Connection, action_id: int) -> None:
    """Forget an action that did nothing."""
    connection.execute(delete(Action).where(Action.id == action_id))


def picture(connection: Connection, complaint_id: int) -> Picture:
    """Return a complaint's rows as they are; the caller holds its lock."""
    found: Picture = {}

    def take(name: str, condition: Any) -> None:
        for row in connection.execute(select(_ROWS[name]).where(condition)):
            found[name, row.id] = dict(row._mapping)

    take("complaints", _ROWS["complaints"].c.id == complaint_id)
    for name in _OF_COMPLAINT:
        take(name, _ROWS[name].c.complaint_id == complaint_id)
    runs = [key for name, key in found if name == "clock_runs"]
    take("run_pauses", _ROWS["run_pauses"].c.run_id.in_(runs))
    take("run_steps", _ROWS["run_steps"].c.run_id.in_(runs))
    return found


def last_event(connection: Connection, complaint_id: int) -> int:
    """Return the id of a complaint's last line in the audit trail."""
    query = select(func.max(Audit.id)).where(Audit.complaint_id == complaint_id)
    return connection.execute(query).scalar() or 0


def keep(
    connection: Connection,
    action_id: int,
    complaint_id: int,
    before: Picture,
    audit_from: int,
    *,
    undoable: bool = True,
) -> None:
    """Keep what an action changed of a complaint; `audit_from` is the last event before it."""
    connection.execute(
        insert(ActionItem).values(
            action_id=action_id,
            complaint_id=complaint_id,
            audit_from=audit_from,
            audit_to=last_event(connection, complaint_id),
            undoable=undoable,
        )
    )
    after = picture(connection, complaint_id)
    rows = []
    for (name, key), row in after.items():
        was = before.get((name, key))
        changed = {} if was is None else {k: v for k, v in was.items() if row[k] != v}
        if was is None or changed:
            both = {"was": changed, "is": {name: row[name] for name in changed}}
            image = None if was is None else json.dumps(both, default=_plain)
            rows.append(
                {
                    "action_id": action_id,
                    "complaint_id": complaint_id,
                    "table_name": name,
                    "row_id": key,
                    "before": image,
                }
            )
    if rows and undoable:
        connection.execute(insert(ActionImage), rows)


def offer(connection: Connection, action_id: int, user_id: int, at: datetime) -> Offer | None:
    """Return an action of a user that he may still take back for a while, else None."""
    row = connection.execute(
        select(Action.id, Action.verb, Action.at)
        .join(ActionItem, ActionItem.action_id == Action.id)
        .where(
            Action.id == action_id,
            Action.user_id == user_id,
            Action.undone_at.is_(None),
            ActionItem.undoable,
        )
        .limit(1)
    ).first()
    if row is None or at >= row.at + WAIT:
        return None
    return Offer(row.id, row.verb, row.at + WAIT)


def undo(
    connection: Connection, action_id: int, user_id: int, at: datetime
) -> tuple[list[str], list[tuple[str, str]]]:
    """Take back an action of a user; return the numbers taken back, and those not and why.

    Raises `RefusedError` where there is no such action of his, it was taken back already, or its
    pictures are not kept any more.
    """
    row = connection.execute(
        select(Action.verb, Action.at, Action.undone_at)
        .where(Action.id == action_id, Action.user_id == user_id)
        .with_for_update()
    ).first()
    if row is None or row.undone_at is not None:
        raise RefusedError("tindakan ini tidak ada, atau sudah diurungkan")
    if at >= row.at + KEPT:
        raise RefusedError("tindakan ini sudah terlalu lama untuk diurungkan")
    items = connection.execute(
        select(ActionItem.complaint_id, ActionItem.audit_to, ActionItem.undoable)
        .where(ActionItem.action_id == action_id)
        .order_by(ActionItem.complaint_id)
    ).all()
    done: list[str] = []
    left: list[tuple[str, str]] = []
    cases = load_cases(connection, [item.complaint_id for item in items], lock=True)
    for item in items:
        number = cases[item.complaint_id].number
        why = None if item.undoable else "tidak dapat diurungkan"
        if last_event(connection, item.complaint_id) > item.audit_to:
            why = "sudah ada kejadian baru"
        images, left_as = _images(connection, action_id, item.complaint_id)
        why = why or _told(connection, images) or _moved_on(connection, images, left_as, row.at)
        if why is not None:
            left.append((number, why))
            continue
        _write_back(connection, images, at)
        _record(connection, item.complaint_id, row.verb, at)
        done.append(number)
    if done:
        connection.execute(update(Action).where(Action.id == action_id).values(undone_at=at))
    return done, left


def _images(connection: Connection, action_id: int, complaint_id: int) -> tuple[Images, Images]:
    """Return rows as they were before an action, and what it made of them."""
    before: Images = defaultdict(dict)
    left_as: Images = defaultdict(dict)
    for row in connection.execute(
        select(ActionImage.table_name, ActionImage.row_id, ActionImage.before).where(
            ActionImage.action_id == action_id, ActionImage.complaint_id == complaint_id
        )
    ):
        image = None if row.before is None else json.loads(row.before, object_hook=_typed)
        before[row.table_name][row.row_id] = image and image["was"]
        if image:
            left_as[row.table_name][row.row_id] = image["is"]
    return before, left_as


def _new(images: Mapping[str, Mapping[int, object]], name: str) -> list[int]:
    return sorted(key for key, before in images.get(name, {}).items() if before is None)


def _told(connection: Connection, images: Mapping[str, Mapping[int, object]]) -> str | None:
    """Lock what the action wants told, or let go; return why it is too late, if it is."""
    notices = connection.execute(
        select(Notice.status, Notice.message_id)
        .where(_caused(images) | Notice.id.in_(images.get("notices", {})))
        .order_by(Notice.id)
        .with_for_update()
    ).all()
    for notice in notices:
        grouped = notice.status is NoticeStatus.PENDING and notice.message_id is not None
        if notice.status not in _UNTOLD or grouped:
            return "pesannya sudah keluar"
    return None


def _moved_on(
    connection: Connection, images: Images, left_as: Images, since: datetime
) -> str | None:
    """Return why it is too late where what it changed was changed again without an event.

    So an export fills in what SP4N knows, and so a pass records the steps of a clock that goes on.
    """
    for name, rows in left_as.items():
        table, hints = _ROWS[name], _HINTS.get(name, set())
        if name == "notices":
            continue
        for found in connection.execute(select(table).where(table.c.id.in_(rows))):
            now, then = found._mapping, rows[found.id] or {}
            if any(now[column] != value for column, value in then.items() if column not in hints):
                return "sudah ada perubahan baru"
    recorded = exists().where(
        RunStep.run_id.in_(left_as.get("clock_runs", {})),
        RunStep.id.not_in(images.get("run_steps", {})),
        RunStep.recorded_at > since,
    )
    return "sudah ada kejadian baru" if connection.execute(select(recorded)).scalar() else None


def _caused(images: Mapping[str, Mapping[int, object]]) -> Any:
    """Admit the notices of an action, and those of runs it opened that came since."""
    return Notice.id.in_(_new(images, "notices")) | Notice.run_id.in_(_new(images, "clock_runs"))


def _write_back(connection: Connection, images: Images, at: datetime) -> None:
    # Nothing of a new run was told: `_told` has seen to that.
    runs = _new(images, "clock_runs")
    connection.execute(delete(Notice).where(Notice.run_id.in_(runs)))
    connection.execute(
        update(Notice)
        .where(Notice.id.in_(_new(images, "notices")), Notice.status != NoticeStatus.CANCELLED)
        .values(status=NoticeStatus.CANCELLED, hold_reason=None, settled_at=at)
    )
    connection.execute(delete(RunStep).where(RunStep.run_id.in_(runs)))
    new_pauses = RunPause.id.in_(_new(images, "run_pauses"))
    connection.execute(delete(RunPause).where(RunPause.run_id.in_(runs) | new_pauses))
    # New runs go before old ones go on: a clock has one open run (`uq_clock_runs_one_open`).
    connection.execute(delete(ClockRun).where(ClockRun.id.in_(runs)))
    connection.execute(delete(Answer).where(Answer.id.in_(_new(images, "answers"))))
    connection.execute(delete(Request).where(Request.id.in_(_new(images, "requests"))))
    for name, table in _ROWS.items():
        for key, before in images.get(name, {}).items():
            if before:
                if name == "notices":
                    before = {**before, "message_id": None}  # noqa: PLW2901 - grouped anew
                connection.execute(update(table).where(table.c.id == key).values(before))


def _record(connection: Connection, complaint_id: int, verb: str, at: datetime) -> None:
    last = select(Complaint.last_event_at).where(Complaint.id == complaint_id)
    at = max(at, connection.execute(last).scalar_one())
    connection.execute(
        insert(Audit).values(
            complaint_id=complaint_id, at=at, event="undo", actor=KOMINFO, note=verb
        )
    )
    connection.execute(
        update(Complaint).where(Complaint.id == complaint_id).values(last_event_at=at)
    )


def taken_back(connection: Connection, complaint_id: int) -> list[tuple[int, int]]:
    """Return which events of a complaint were undone: (after this audit id, up to).

    Nothing can be undone once anything else has happened, so "undo" is the very next event.
    """
    following = (
        select(func.min(Audit.id))
        .where(Audit.complaint_id == ActionItem.complaint_id, Audit.id > ActionItem.audit_to)
        .correlate(ActionItem)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(ActionItem.audit_from, ActionItem.audit_to)
        .join(Audit, Audit.id == following)
        .where(ActionItem.complaint_id == complaint_id, Audit.event == "undo")
    )
    return [(after, until) for after, until in rows]


def who_did(connection: Connection, complaint_id: int) -> list[tuple[int, int, str, int]]:
    """Return whose actions a complaint's events are: (after this audit id, up to, name, action)."""
    rows = connection.execute(
        select(ActionItem.audit_from, ActionItem.audit_to, User.nama, Action.id)
        .join(Action, Action.id == ActionItem.action_id)
        .join(User, User.id == Action.user_id)
        .where(ActionItem.complaint_id == complaint_id)
        .order_by(ActionItem.audit_from)
    )
    return [(after, until, nama, action) for after, until, nama, action in rows]


def _plain(value: object) -> dict[str, str]:
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    raise TypeError(f"no picture of {type(value).__name__}")


def _typed(value: dict[str, Any]) -> Any:
    if value.keys() == {"moment"}:
        return datetime.fromisoformat(value["moment"])
    if value.keys() == {"bytes"}:
        return base64.b64decode(value["bytes"])
    return value
