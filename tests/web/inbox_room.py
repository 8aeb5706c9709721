"""The inbox under test: an operator's browser in the fictional kabupaten, complaints and phones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from html import unescape
from typing import Any

from sqlalchemy import event, func, select

from bot.compose import Installation
from config.terms import Wewenang
from scheduler.case import Case
from scheduler.ledger import KOMINFO
from scheduler.lifecycle import Desk
from scheduler.store import cases, handled, inbound, listing
from scheduler.store.console_tables import Action
from scheduler.store.pairing import next_number
from scheduler.store.phones import inbox
from scheduler.store.session import reading, writing
from tests.console import Console, signed_in, with_example
from tests.policies import without_sums
from tests.training import training_room

REPORTER = "+6281100009001"
_ALERT = re.compile(r'<div class="alert alert-\w+" role="\w+">(.*?)</div>', re.DOTALL)
_UNDO = re.compile(r'action="(/tindakan/\d+/urungkan)"')


class Room:
    """One installation with an operator at his desk; the phones are simulated."""

    def __init__(self, opened: Installation) -> None:
        self.opened = opened
        self.dpupr = with_example(opened)
        self.console: Console = signed_in(opened, Wewenang.OPERATOR)

    def body(self, short: str) -> int:
        bodies = self.opened.world(self.opened.now()).directory.bodies.values()
        return next(body.id for body in bodies if body.short == short)

    def enter(self, title: str = "Jalan berlubang", *, phone: bool = False, **facts: Any) -> int:
        """Receive a complaint, with an own number unless it has SP4N's; return its id."""
        at = facts.pop("received_at", None) or self.opened.now()
        world = self.opened.world(at)
        with writing(self.opened.engine) as connection:
            if "tracking_id" not in facts:
                facts["nomor"] = next_number(connection, "SPG", world.today(at), at)
            if phone:
                facts["reporter_phone_id"] = inbound.phone_of(
                    connection, self.opened.seal, REPORTER
                )
            desk = Desk(world, at)
            case = Case(title, facts.pop("isi", title), at, at, **facts)
            desk.receive(case, KOMINFO)
            cases.write(connection, desk.changes)
        assert case.id is not None
        return case.id

    def disposed(self, short: str, *, before: timedelta = timedelta(0), **facts: Any) -> int:
        """Receive a complaint and hand it to an OPD, so long before now."""
        at = self.opened.now() - before
        key = self.enter(received_at=at, **facts)
        desk = Desk(self.opened.world(at), at)
        with writing(self.opened.engine) as connection:
            case = cases.load_cases(connection, [key], lock=True)[key]
            desk.dispose(case, self.body(short), KOMINFO)
            cases.write(connection, desk.changes)
        return key

    def case(self, key: int) -> Case:
        with reading(self.opened.engine) as connection:
            return cases.load_cases(connection, [key])[key]

    def picture(self, key: int) -> handled.Picture:
        """Every row of a complaint; undone, all that were there before must be as they were."""
        with reading(self.opened.engine) as connection:
            return handled.picture(connection, key)

    def trail(self, key: int) -> list[tuple[str, str | None]]:
        with reading(self.opened.engine) as connection:
            return [(event, note) for _, event, _, note in listing.trail(connection, key)]

    def post(self, verb: str, ids: Sequence[int], **fields: Any) -> str:
        """Send a form of the page; return what it answers with, and keep the page."""
        data = {"ids": [str(key) for key in ids], "kembali": "/kotak-masuk", **fields}
        self.page = self.console.do(f"/penanganan/{verb}", data)
        return said(self.page)

    def undo(self) -> str:
        """Press the button that the last page offers."""
        offered = _UNDO.search(self.page)
        assert offered is not None, "nothing to undo is offered"
        self.page = self.console.do(offered.group(1))
        return said(self.page)

    def offers_undo(self) -> bool:
        return _UNDO.search(self.page) is not None

    def acted_at(self) -> datetime:
        """When the last action was done, as the room's clock had it."""
        with reading(self.opened.engine) as connection:
            at: datetime = connection.execute(select(func.max(Action.at))).scalar_one()
        return at

    def told(self, at: datetime) -> list[str]:
        """What phones have received once a pass was made at a moment."""
        self.opened.tick(at)
        with reading(self.opened.engine) as connection:
            return [text for _, _, text in inbox(connection)]

    def read(self, path: str) -> str:
        return unescape(self.console.read(path))

    def queries(self, path: str) -> int:
        """How many statements a page costs, once everything that is kept is in place."""
        self.console.read(path)
        seen: list[str] = []

        def note(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            seen.append(statement)

        event.listen(self.opened.engine, "before_cursor_execute", note)
        try:
            self.console.read(path)
        finally:
            event.remove(self.opened.engine, "before_cursor_execute", note)
        return len(seen)


def said(page: str) -> str:
    """What a page says was done, or why not."""
    return " ".join(unescape(text).strip() for text in _ALERT.findall(page))


@contextmanager
def inbox_room(url: str) -> Iterator[Room]:
    with training_room(url, policy_file=without_sums()) as opened:
        yield Room(opened)
