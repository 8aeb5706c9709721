"""Column types and naming shared by every table."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import DateTime, Dialect, Enum, LargeBinary, MetaData, Text
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from config.terms import (
    Channel,
    Clock,
    Jenis,
    Klasifikasi,
    Letter,
    NoticeStatus,
    Peran,
    Reaction,
    Status,
    StatusJabatan,
    Wewenang,
)


class Utc(TypeDecorator[datetime]):
    """A moment. Refuses naive times; always returns UTC-aware ones.

    SQLite returns naive values whatever is asked of it, so the zone is put back here.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time, turn any other into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value.isoformat()}: every stored time needs a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the stored moment as UTC."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def one_of(kind: type[StrEnum], name: str) -> Enum:
    """Return a text column type with a CHECK that admits only the values of `kind`."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Common naming of constraints, so that migrations can name them."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Utc(),
        str: Text(),
        bytes: LargeBinary(),
        Status: one_of(Status, "status"),
        Clock: one_of(Clock, "clock"),
        Peran: one_of(Peran, "peran"),
        Jenis: one_of(Jenis, "jenis"),
        StatusJabatan: one_of(StatusJabatan, "status_jabatan"),
        Wewenang: one_of(Wewenang, "wewenang"),
        Klasifikasi: one_of(Klasifikasi, "klasifikasi"),
        Letter: one_of(Letter, "letter"),
        Channel: one_of(Channel, "channel"),
        NoticeStatus: one_of(NoticeStatus, "status"),
        Reaction: one_of(Reaction, "reaction"),
    }
