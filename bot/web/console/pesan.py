"""What was told to whom, what could not be, and what comes next."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final

from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.resend import SENT
from bot.texts import Writer
from bot.web.console import pesan_galat
from bot.web.console.access import Right, sees_content
from bot.web.console.forms import Form, MaybeId, MaybeLine
from bot.web.console.mendatang import Mendatang
from bot.web.console.page import Visit, address, get
from bot.web.console.pesan_tindakan import Bertindak
from config.terms import Letter, NoticeStatus
from scheduler.store import cases, outbox_view, replacing, resending
from scheduler.store.listing import HIDDEN
from scheduler.store.outbox_view import MessageRow, Row, Search, Try
from scheduler.store.session import Connection, reading

ROWS: Final = 50
SHOWN: Final = 200
"""Notices of one message that its page shows; a digest has seldom as many."""

Day = Annotated[date | None, Field(ge=date(2000, 1, 1), le=date(2200, 1, 1))]


class Filter(Form):
    """What is looked for, as Beranda and the pages of complaints link it."""

    status: NoticeStatus | None = None
    langkah: MaybeLine = ""
    surat: Letter | None = None
    jabatan: MaybeId = None
    instansi: MaybeId = None
    nomor: MaybeLine = ""
    dari: Day = None
    sampai: Day = None
    sebelum: MaybeId = None
    sesudah: MaybeId = None

    def asked(self) -> dict[str, Any]:
        """Return what is asked, as it stands in an address; without the place in the list."""
        given = self.model_dump(exclude={"sebelum", "sesudah"})
        return {name: value for name, value in given.items() if value not in (None, "")}


class Pesan(Bertindak, Mendatang):
    """What was told to whom, what could not be, and what comes next."""

    menu_label = "Messages"
    icon = "fa-solid fa-comment-sms"
    path = "/pesan"
    right = Right.SEE_MESSAGES
    order = 6

    @get("", Right.SEE_MESSAGES, query=Filter)
    def show(self, visit: Visit, query: Filter) -> Response:
        """Show what is looked for, the newest first."""
        with reading(visit.opened.engine) as connection:
            wanted = _wanted(connection, visit, query)
            rows = outbox_view.search(connection, wanted, ROWS + 1) if wanted else []
            more = len(rows) > ROWS
            if more:
                rows = rows[1:] if query.sesudah else rows[:ROWS]
            tries = outbox_view.tries(connection, _messages(rows))
        newer = (more if query.sesudah else query.sebelum is not None) and bool(rows)
        older = (more or query.sesudah is not None) and bool(rows)
        given = query.asked()
        return visit.page(
            "pesan.html",
            query=query,
            filtered=bool(given),
            rows=[_shown(row, tries.get(row.message_id or 0, [])) for row in rows],
            newer=address(self.path, **given, sesudah=rows[0].id) if newer else None,
            older=address(self.path, **given, sebelum=rows[-1].id) if older else None,
            **_choices(visit),
            **self.standing(visit),
        )

    @get("/{id:int}", Right.SEE_MESSAGES)
    def one(self, visit: Visit, id: int) -> Response:  # noqa: A002
        """Show one message: its text, every attempt, what it tells, and what can be done."""
        with reading(visit.opened.engine) as connection:
            found = outbox_view.message(connection, id)
            if found is None:
                raise HTTPException(404)
            rows = outbox_view.notices_of(connection, id, SHOWN + 1)
            tries = outbox_view.tries(connection, [id]).get(id, [])
            text, sure = self._text(connection, visit, rows[:SHOWN], tries, found)
            again = _again(connection, rows[:SHOWN])
        _note_seen(visit, rows)
        return visit.page(
            "pesan_satu.html",
            message=found,
            rows=[_shown(row, tries) for row in rows[:SHOWN]],
            more=len(rows) > SHOWN,
            text=text,
            sure=sure,
            tries=_explained(visit, tries, rows),
            again=again if visit.may(Right.SETTLE) else {},
            settles=visit.may(Right.SETTLE) and found.status is NoticeStatus.UNKNOWN,
            by_hand=self.by_hand(visit) and found.status is NoticeStatus.PENDING,
        )

    @get("/alasan/{id:int}", Right.SEE_MESSAGES)
    def reason(self, visit: Visit, id: int) -> Response:  # noqa: A002
        """Show one reason to tell somebody; where it is in a message, that."""
        with reading(visit.opened.engine) as connection:
            row = outbox_view.notice(connection, id)
            if row is None:
                raise HTTPException(404)
            text, sure = self._text(connection, visit, [row], [], None)
            again = _again(connection, [row])
        if row.message_id is not None:
            return visit.go(f"/pesan/{row.message_id}")
        _note_seen(visit, [row])
        return visit.page(
            "pesan_satu.html",
            message=None,
            rows=[_shown(row, [])],
            more=False,
            text=text,
            sure=sure,
            tries=[],
            again=again if visit.may(Right.SETTLE) else {},
            settles=False,
            by_hand=False,
        )

    @staticmethod
    def _text(
        connection: Connection,
        visit: Visit,
        rows: list[Row],
        tries: list[Try],
        found: MessageRow | None,
    ) -> tuple[str | None, bool]:
        """Return the text, and whether it was really said: else it is what would be, now."""
        if not _readable(visit, rows):
            return HIDDEN, True
        if tries:
            return tries[-1].body, True
        if found is not None and found.draft is not None:
            return found.draft, False
        lines = replacing.lines(connection, [row.id for row in rows])
        if not lines:
            return None, False
        world = visit.world
        two_way = visit.opened.gateway.senders.two_way
        writer = Writer(world.directory, world.policy, world.zone, visit.at, two_way=two_way)
        try:
            return writer.text(lines), False
        except Exception:  # noqa: BLE001 - what cannot be written is told, as the dispatcher does
            return None, False


def _wanted(connection: Connection, visit: Visit, query: Filter) -> Search | None:
    """Return what to search for; None where the number is of no complaint."""
    complaint_id = cases.find(connection, query.nomor) if query.nomor else None
    if query.nomor and complaint_id is None:
        return None
    until = query.sampai + timedelta(days=1) if query.sampai else None
    return Search(
        status=query.status,
        step=query.langkah or None,
        letter=query.surat,
        post_id=query.jabatan,
        instansi_id=query.instansi,
        complaint_id=complaint_id,
        since=_start(visit, query.dari),
        until=_start(visit, until),
        before=None if query.sesudah else query.sebelum,
        after=query.sesudah,
    )


def _start(visit: Visit, day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), visit.world.zone)


def _messages(rows: list[Row]) -> list[int]:
    return sorted({row.message_id for row in rows if row.message_id is not None})


def _shown(row: Row, tries: list[Try]) -> dict[str, Any]:
    return {
        "row": row,
        "why": pesan_galat.why(row, tries),
        "to_reporter": row.post_id is None,
        "by_hand": tries[-1].by_hand if tries else None,
    }


def _choices(visit: Visit) -> dict[str, Any]:
    """Return what the search offers: steps of the policies in force, instansi, and their posts."""
    world = visit.world
    steps = {
        step.name: None
        for policy in world.policies.values()
        for clock in policy.clocks.values()
        for step in clock.steps
    }
    bodies = sorted(world.directory.bodies.values(), key=lambda body: body.nama)
    posts: dict[int, list[Any]] = {body.id: [] for body in bodies}
    for post in world.directory.posts.values():
        posts[post.instansi_id].append(post)
    return {"steps": list(steps), "bodies": bodies, "posts": posts, "letters": list(Letter)}


def _readable(visit: Visit, rows: list[Row]) -> bool:
    return all(
        sees_content(visit.visitor.wewenang, rahasia=row.rahasia, hidden=row.hidden) for row in rows
    )


def _note_seen(visit: Visit, rows: list[Row]) -> None:
    """Note that what was said to a reporter is read."""
    private = next((row for row in rows if row.post_id is None), None)
    if private is not None:
        visit.saw("pesan", private.complaint_id)


def _again(connection: Connection, rows: list[Row]) -> dict[int, int]:
    """Return what a person may have sent once more, and which repetition it would be."""
    some = [
        row for row in rows if row.status in SENT and row.complaint_id is not None and not row.reply
    ]
    if not some:
        return {}
    roots = {row.id: resending.root_of(row.cause, row.id) for row in some}
    known = resending.counts(
        connection,
        sorted(set(roots.values())),
        [row.complaint_id for row in some if row.complaint_id is not None],
    )
    return {key: known[root] + 1 for key, root in roots.items()}


def _explained(visit: Visit, tries: list[Try], rows: list[Row]) -> list[dict[str, Any]]:
    readable = _readable(visit, rows)
    last = tries[-1].body if tries else None
    return [
        {
            "at": one.pass_at,
            "channel": one.channel,
            "status": one.status,
            "by_hand": one.by_hand,
            "word": pesan_galat.WORDS.get(one.word or ""),
            "why": pesan_galat.explain(one.error, one.reaction),
            "message_id": one.message_id,
            # Only what differs from the text above is worth reading.
            "text": one.body if readable and one.body != last else None,
        }
        for one in tries
    ]
