"""Takes an action of the console back while nobody has been told of it.

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
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, exists, insert, or_, select, update

from config.terms import NoticeStatus
from scheduler.case import Case
from scheduler.complaint import RefusedError
from scheduler.ledger import KOMINFO
from scheduler.store import untold
from scheduler.store.cases import find, load_cases
from scheduler.store.console_tables import Action, ActionImage, ActionItem, Sp4nWord
from scheduler.store.dialogue_tables import Answer, Request
from scheduler.store.handled import KEPT, ROWS, last_events
from scheduler.store.messaging_tables import Notice
from scheduler.store.pairing import CONFIRMED
from scheduler.store.tables import Audit, ClockRun, Complaint, RunPause, RunStep

_HINTS: Final = {
    "clock_runs": {"next_look_at", "waiting", "last_error", "limit_at", "moved_at"},
    "requests": {"next_look_at"},
}
"""What a pass keeps up to date by itself; notices are judged apart, by `_told`."""

Rows = dict[str, dict[int, dict[str, Any] | None]]
"""Columns of rows, by table and id; None for a row that the action made."""


class _Images:
    """What an action changed of one or several complaints: as it was, and as it left it."""

    def __init__(self) -> None:
        self.before: Rows = defaultdict(dict)
        self.left_as: Rows = defaultdict(dict)

    def put(self, table: str, key: int, image: dict[str, Any] | None) -> None:
        self.before[table][key] = image and image["was"]
        if image:
            self.left_as[table][key] = image["is"]

    def new(self, table: str) -> list[int]:
        """The rows that the action made."""
        return sorted(key for key, before in self.before[table].items() if before is None)


def undo(
    connection: Connection, action_id: int, user_id: int, at: datetime
) -> tuple[list[str], list[tuple[str, str]]]:
    """Take back an action of a user; return the numbers taken back, and those not and why.

    Raises `RefusedError` where there is no such action of his, it was taken back already, its
    pictures are not kept any more, or it goes on with complaints beyond those it can take back.
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
    _check_rest(connection, action_id)
    items = connection.execute(
        select(ActionItem.complaint_id, ActionItem.audit_to, ActionItem.undoable)
        .where(ActionItem.action_id == action_id)
        .order_by(ActionItem.complaint_id)
    ).all()
    cases = load_cases(connection, [item.complaint_id for item in items], lock=True)
    last = last_events(connection, cases)
    why: dict[int, str] = {}
    for item in items:
        if last[item.complaint_id] > item.audit_to:
            why[item.complaint_id] = "sudah ada kejadian baru"
        elif not item.undoable:
            why[item.complaint_id] = "tidak dapat diurungkan"
    whole = _images(connection, action_id)
    why = _numbered(connection, whole, cases) | why
    why = _moved_on(connection, whole, row.at) | _told(connection, whole) | why
    done = [case for key, case in sorted(cases.items()) if key not in why]
    if done:
        mine = _all({case.id: whole[case.id] for case in done if case.id in whole})
        _write_back(connection, mine, at)
        _record(connection, done, row.verb, at)
        connection.execute(update(Action).where(Action.id == action_id).values(undone_at=at))
    left = [(cases[key].number, reason) for key, reason in sorted(why.items())]
    return [case.number for case in done], left


def _check_rest(connection: Connection, action_id: int) -> None:
    """Refuse what a worker goes on with: taking back the first of many would divide them."""
    begun = exists().where(Sp4nWord.action_id == action_id, Sp4nWord.tries > 0)
    if connection.execute(select(begun)).scalar():
        raise RefusedError(
            "kata ini sedang atau sudah diterapkan pada aduan lainnya, jadi tidak dapat diurungkan"
        )


def _images(connection: Connection, action_id: int) -> dict[int, _Images]:
    """Return what an action changed, by complaint."""
    found: dict[int, _Images] = defaultdict(_Images)
    for row in connection.execute(
        select(
            ActionImage.complaint_id,
            ActionImage.table_name,
            ActionImage.row_id,
            ActionImage.before,
        ).where(ActionImage.action_id == action_id)
    ):
        image = None if row.before is None else json.loads(row.before, object_hook=_typed)
        found[row.complaint_id].put(row.table_name, row.row_id, image)
    return found


def _all(images: Mapping[Any, _Images]) -> _Images:
    """Return the images of several complaints as one."""
    found = _Images()
    for one in images.values():
        for table, rows in one.before.items():
            found.before[table].update(rows)
        for table, rows in one.left_as.items():
            found.left_as[table].update(rows)
    return found


def _told(connection: Connection, whole: Mapping[int, _Images]) -> dict[int, str]:
    """Lock what the action wants told, or let go; return the complaints it is too late for."""
    images = _all(whole)
    whose = {key: one for one, theirs in whole.items() for key in theirs.before["notices"]}
    caused = Notice.id.in_(images.before["notices"]) | Notice.run_id.in_(images.new("clock_runs"))
    return {
        whose.get(notice.id, notice.complaint_id): "pesannya sudah keluar"
        for notice in untold.lock(connection, caused)
        if notice.told
    }


def _numbered(
    connection: Connection, whole: Mapping[int, _Images], cases: Mapping[int, Case]
) -> dict[int, str]:
    """Return the complaints whose Tracking ID is to stay: SP4N has it, or another has the old."""
    why: dict[int, str] = {}
    for key, one in whole.items():
        was = one.before["complaints"].get(key) or {}
        if "tracking_id" not in was:
            continue
        if cases[key].sp4n_status is not None:
            why[key] = CONFIRMED
        elif was["tracking_id"] is not None and find(connection, was["tracking_id"]) is not None:
            why[key] = "Tracking ID yang lama sudah dipakai aduan lain"
    return why


def _moved_on(
    connection: Connection, whole: Mapping[int, _Images], since: datetime
) -> dict[int, str]:
    """Return the complaints of which what it changed was changed again without an event.

    So an export fills in what SP4N knows, and so a pass records the steps of a clock that goes on.
    """
    images = _all(whole)
    whose = {
        (table, key): complaint_id
        for complaint_id, one in whole.items()
        for table, rows in one.left_as.items()
        for key in rows
    }
    why: dict[int, str] = {}
    for name, rows in images.left_as.items():
        table, hints = ROWS[name], _HINTS.get(name, set())
        if name == "notices":
            continue
        for found in connection.execute(select(table).where(table.c.id.in_(rows))):
            now, then = found._mapping, rows[found.id] or {}
            if any(now[column] != value for column, value in then.items() if column not in hints):
                why[whose[name, found.id]] = "sudah ada perubahan baru"
    recorded = connection.execute(
        select(RunStep.run_id).where(
            RunStep.run_id.in_(images.left_as["clock_runs"]),
            RunStep.id.not_in(images.before["run_steps"]),
            RunStep.recorded_at > since,
        )
    )
    for run_id in recorded.scalars():
        why.setdefault(whose["clock_runs", run_id], "sudah ada kejadian baru")
    return why


def _write_back(connection: Connection, images: _Images, at: datetime) -> None:
    # Nothing of a new run was told: `_told` has seen to that.
    runs = images.new("clock_runs")
    connection.execute(delete(Notice).where(Notice.run_id.in_(runs)))
    connection.execute(
        update(Notice)
        .where(Notice.id.in_(images.new("notices")), Notice.status != NoticeStatus.CANCELLED)
        .values(status=NoticeStatus.CANCELLED, hold_reason=None, settled_at=at)
    )
    connection.execute(delete(RunStep).where(RunStep.run_id.in_(runs)))
    new_pauses = RunPause.id.in_(images.new("run_pauses"))
    connection.execute(delete(RunPause).where(or_(RunPause.run_id.in_(runs), new_pauses)))
    # New runs go before old ones go on: a clock has one open run (`uq_clock_runs_one_open`).
    connection.execute(delete(ClockRun).where(ClockRun.id.in_(runs)))
    connection.execute(delete(Answer).where(Answer.id.in_(images.new("answers"))))
    connection.execute(delete(Request).where(Request.id.in_(images.new("requests"))))
    for name, table in ROWS.items():
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for key, before in images.before[name].items():
            if before:
                anew = {"message_id": None} if name == "notices" else {}  # it is grouped anew
                values = {**before, **anew}
                alike[tuple(sorted(values))].append({"key": key, **values})
        for columns, rows in alike.items():
            changed: dict[str, Any] = {column: bindparam(column) for column in columns}
            connection.execute(
                update(table).where(table.c.id == bindparam("key")).values(changed), rows
            )


def _record(connection: Connection, cases: Iterable[Case], verb: str, at: datetime) -> None:
    moments = {case.id: max(at, case.last_event_at) for case in cases}
    connection.execute(
        insert(Audit),
        [
            {"complaint_id": key, "at": moment, "event": "undo", "actor": KOMINFO, "note": verb}
            for key, moment in moments.items()
        ],
    )
    connection.execute(
        update(Complaint)
        .where(Complaint.id == bindparam("key"))
        .values(last_event_at=bindparam("moment")),
        [{"key": key, "moment": moment} for key, moment in moments.items()],
    )


def _typed(value: dict[str, Any]) -> Any:
    if value.keys() == {"moment"}:
        return datetime.fromisoformat(value["moment"])
    if value.keys() == {"bytes"}:
        return base64.b64decode(value["bytes"])
    return value
