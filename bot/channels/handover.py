"""When a phone cannot be reached: the acting holder is told instead, and at last Kominfo.

Another person is a new message that replaces the old one; the notices go with it. Where nobody is
left the notices have failed, and Kominfo is told by the next message of the same pass.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from config.terms import Channel, NoticeStatus, Peran
from scheduler.case import Case
from scheduler.lifecycle import Desk
from scheduler.store import cases, grouping, reach, replacing
from scheduler.store.outbox import Line, Taken
from scheduler.store.session import Connection, Engine, reading, writing
from scheduler.world import World

NO_HOLDER = "tanpa pemegang jabatan"
UNREACHED = "tidak dapat dihubungi"
REPORTER = "pelapor"
_ALARMS = frozenset({"gagal", "peringatan", "perkenalan", "balasan"})
"""Kinds that nobody is told the failure of: an alarm about an alarm has no end."""


def hand_over(engine: Engine, world: World, at: datetime, channel: Channel, message: Taken) -> bool:
    """Pass a leased message's notices to the next holders; return whether somebody was left.

    True too where there is nothing left to pass on: it arrived, was answered, or was sent.
    """
    with reading(engine) as connection:
        told = replacing.phones_told(connection, message.id)
    today = world.today(at)
    next_phone: dict[int, int | None] = {}
    for line in message.lines:
        about = line.complaint_id
        phones = world.directory.phones(line.post_id, today, about) if line.post_id else []
        next_phone[line.id] = next((phone for phone in phones if phone not in told), None)
    lost = [line for line in message.lines if next_phone[line.id] is None]
    with writing(engine) as connection:
        # The complaints first, as everywhere, then runs, then the message and its notices.
        desk = Desk(world, at)
        loaded = cases.load_cases(connection, _complaints(lost), lock=True)
        left = replacing.still_to_send(connection, message.id)
        if not left:
            return True
        lost = [line for line in lost if line.id in left]
        by_phone: dict[int, list[int]] = defaultdict(list)
        for line_id in sorted(left):
            phone_id = next_phone.get(line_id)
            if phone_id is not None:
                by_phone[phone_id].append(line_id)
        replacing.replace(connection, message.id, by_phone, channel, message.priority, at)
        _fail(connection, desk, loaded, lost, UNREACHED, at)
    return bool(by_phone)


def give_up(engine: Engine, world: World, at: datetime, post_id: int) -> None:
    """Tell Kominfo of a post that lost its holder after notices were decided for it.

    What somebody took over who can be told is not lost.
    """
    directory, today = world.directory, world.today(at)
    with writing(engine) as connection:  # it locks, which a reading view cannot
        orphans = [
            notice
            for notice in grouping.unsent(connection, at, [post_id])
            if directory.phone(post_id, today, notice.complaint_id) is None
        ]
        by_case = grouping.complaints_of(connection, [notice.id for notice in orphans])
    with writing(engine) as connection:
        desk = Desk(world, at)
        loaded = cases.load_cases(connection, by_case.values(), lock=True)
        # Asked again under the lock: another worker may have given them up meanwhile.
        left = [notice.id for notice in grouping.unsent(connection, at, [post_id])]
        known = {notice.id for notice in orphans}
        lines = replacing.lines(connection, [key for key in left if key in known])
        _fail(connection, desk, loaded, lines, NO_HOLDER, at)


def _complaints(lines: Sequence[Line]) -> list[int]:
    return [line.complaint_id for line in lines if line.complaint_id is not None]


def _fail(
    connection: Connection,
    desk: Desk,
    loaded: Mapping[int, Case],
    lines: Sequence[Line],
    why: str,
    at: datetime,
) -> None:
    """Settle notices as failed and have Kominfo told, once for each complaint and post."""
    grouping.give_up(connection, [line.id for line in lines], why, at)
    seen: set[tuple[int, int | None]] = set()
    unwanted = _unwanted(connection, lines)
    for line in lines:
        if line.kind in _ALARMS or line.complaint_id is None or line.phone_id in unwanted:
            continue
        case = loaded.get(line.complaint_id)
        if case is None or (line.complaint_id, line.post_id) in seen:
            continue
        seen.add((line.complaint_id, line.post_id))
        post = desk.world.directory.posts.get(line.post_id) if line.post_id else None
        label = post.label if post else REPORTER
        desk.tell_kominfo(case, "gagal", "gagal", label)
        for run in case.runs:
            if run.waiting:  # perhaps for this notice
                run.next_look_at = at
                desk.keep(run)
    cases.write(connection, desk.changes)


def _unwanted(connection: Connection, lines: Sequence[Line]) -> set[int]:
    """Return the phones whose people want no messages: nobody is asked to call them instead."""
    own = [line.phone_id for line in lines if line.phone_id is not None and line.post_id is None]
    known = reach.known(connection, own) if own else {}
    return {phone_id for (phone_id, _), about in known.items() if about.opted_out}


def tell_alerts(engine: Engine, world: World, at: datetime) -> None:
    """Make notices to Kominfo of the alerts that nobody was told of yet.

    Where nobody can be told at the moment they stay untold, for the pass that finds somebody.
    """
    today = world.today(at)
    posts = world.directory.resolve(Peran.ADMIN_KOORDINATOR, None, today)
    if not posts:
        return
    status = NoticeStatus.HELD if world.shadow else NoticeStatus.PENDING
    with writing(engine) as connection:
        alerts = reach.untold(connection)
        replacing.add_notices(
            connection,
            [
                {
                    "cause": f"alert/{alert_id}/{post.id}",
                    "kind": "peringatan",
                    "step": "peringatan",
                    "post_id": post.id,
                    "peran": post.peran,
                    "note": perihal,
                    "status": status,
                    "hold_reason": "shadow" if world.shadow else None,
                    "send_after": world.open_at(post.id, at),
                    "due_at": at,
                    "created_at": at,
                }
                for alert_id, perihal, _ in alerts
                for post in posts
            ],
        )
        reach.told(connection, [alert_id for alert_id, _, _ in alerts], at)
