"""What the tests of citizens' messages share: people, places, photos, and a look at the tables."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from config.terms import Channel
from scheduler.inbound import Media, Place
from scheduler.store.columns import Base
from scheduler.store.session import reading
from scheduler.store.tables import Audit, Complaint
from tests.database.builders import WIB, Kabupaten, at

WA = Channel.WHATSAPP
ANI = "0812-0000-0101"
BUDI = "0812-0000-0102"
KOMINFO = "0811-0000-0007"
ADMIN = "0811-0000-0009"
FIRST = "SPG-2605-0001"
SECOND = "SPG-2605-0002"
PHOTO = (Media("https://media.example/1", "image/jpeg"),)
PASAR = Place(-7.19, 113.24, "Jalan Trunojoyo", "Pasar Srimangunan")
PASAR_WORDS = "Pasar Srimangunan, Jalan Trunojoyo (-7.190000, 113.240000)"
ROAD = "Jalan berlubang di Desa Taman sejak kemarin, dua motor jatuh"
"""A report that says where and when."""
BROKEN = "Jalan berlubang besar, tolong diperbaiki"
"""A report that says neither."""


def after(start: str, **span: float) -> str:
    """The local time some minutes or seconds after another."""
    return (at(start) + timedelta(**span)).astimezone(WIB).replace(tzinfo=None).isoformat()


def rows(office: Kabupaten, table: type[Base]) -> list[Any]:
    """Every row of a table, in the order of its key."""
    with reading(office.engine) as connection:
        query = select(table.__table__).order_by(*table.__table__.primary_key)
        return list(connection.execute(query))


def complaints(office: Kabupaten) -> list[Any]:
    """Every complaint as a row."""
    return rows(office, Complaint)


def remarks(office: Kabupaten) -> list[tuple[str, str, str | None]]:
    """The whole audit trail: event, actor, note."""
    return [(one.event, one.actor, one.note) for one in rows(office, Audit)]
