"""Every page of the console there is, with an address that shows something, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine, event, func, select
from starlette.routing import Mount, Route

from bot.web.console.page import RULES
from scheduler.store.console_tables import Handover, Upload
from scheduler.store.dialogue_tables import Attachment, InboundMessage
from scheduler.store.messaging_tables import Message, Notice
from scheduler.store.session import Connection, reading
from scheduler.store.tables import Complaint

_SHOWN: Final = (
    ("/aduan/", select(func.max(Complaint.id)).where(Complaint.instansi_id.is_not(None))),
    ("/entri/", select(func.max(Complaint.id)).where(Complaint.nomor.is_not(None))),
    ("/kotak-masuk/impor/", select(func.max(Upload.id))),
    ("/serah-terima/", select(func.max(Handover.id))),
    (
        "/sp4n/masukkan/",
        select(func.max(Complaint.id)).where(
            Complaint.tracking_id.is_(None), Complaint.merged_into_id.is_(None)
        ),
    ),
    (
        "/sp4n/ubah/",
        select(func.max(Complaint.id)).where(
            Complaint.nomor.is_not(None),
            Complaint.tracking_id.is_not(None),
            Complaint.sp4n_status.is_(None),
        ),
    ),
    ("/pesan/alasan/", select(func.max(Notice.id))),
    ("/pesan/", select(func.max(Message.id))),
)
"""What `{id}` of an address names, by how the address begins; the first that fits counts."""


@dataclass(frozen=True, slots=True)
class Address:
    """A page: its route's name, and an address of it in an installation."""

    name: str
    path: str


def get_routes(app: Any) -> list[Route]:
    """Every route that shows something to somebody who is logged in."""
    mount = app.router.routes[-1]
    assert isinstance(mount, Mount)
    return [
        route
        for route in mount.routes or ()
        if isinstance(route, Route) and route.name in RULES and "GET" in (route.methods or ())
    ]


def addresses(app: Any, engine: Engine) -> list[Address]:
    """An address of every page, by the newest of what the database has; 1 where it has none."""
    with reading(engine) as connection:
        return [
            Address(route.name, str(route.url_path_for(route.name, **_ids(connection, route))))
            for route in get_routes(app)
        ]


def _ids(connection: Connection, route: Route) -> dict[str, int]:
    found = dict.fromkeys(route.param_convertors, 1)
    if "lampiran" in found:
        photo = connection.execute(
            select(Attachment.id, InboundMessage.complaint_id)
            .join(InboundMessage, InboundMessage.id == Attachment.inbound_id)
            .where(InboundMessage.complaint_id.is_not(None), Attachment.state == "ada")
            .order_by(Attachment.id.desc())
        ).first()
        return {"id": photo.complaint_id or 1, "lampiran": photo.id} if photo else found
    for begins, query in _SHOWN:
        if "id" in found and route.path.startswith(begins):
            found["id"] = connection.execute(query).scalar() or 1
            break
    return found


@contextmanager
def counting(engine: Engine) -> Iterator[list[str]]:
    """Yield the statements that the database is asked inside."""
    statements: list[str] = []

    def heard(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", heard)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", heard)
