"""One complaint's file, on both engines: who was told, by which ways, and what came."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import event, insert, select, update

from config.terms import Channel, NoticeStatus
from scheduler.inbound import Media
from scheduler.store import attachments, cases, dossier, drafts
from scheduler.store.dialogue_tables import Attachment
from scheduler.store.messaging_tables import Attempt, Message, Notice
from scheduler.store.session import reading, writing
from tests.database.office import at
from tests.database.officers import ADMIN, MONDAY, WARGA, N, Room

JPEG = b"\xff\xd8\xff\xe0 photo"


@pytest.fixture
def room(database_url: str) -> Iterator[Room]:
    room = Room(database_url)
    yield room
    room.close()


def key(room: Room, number: str) -> int:
    with reading(room.engine) as connection:
        found = cases.find(connection, number)
    assert found is not None
    return found


def test_what_was_tried_before_for_somebody_else_is_told_with_it(room: Room) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    room.tick("2026-05-04T10:05")
    with writing(room.engine) as connection:
        (old, *_) = connection.execute(select(Message).order_by(Message.id)).mappings().all()
        connection.execute(
            update(Attempt)
            .where(Attempt.message_id == old["id"])
            .values(status=NoticeStatus.FAILED, error="30003")
        )
        row = {name: old[name] for name in ("phone_id", "priority", "created_at")}
        new = connection.execute(
            insert(Message)
            .values(**row, channel=Channel.SMS, status="delivered", replaces_id=old["id"])
            .returning(Message.id)
        ).scalar_one()
        connection.execute(
            insert(Attempt).values(
                message_id=new, channel=Channel.WHATSAPP, sender="simulator", body="x", sid="SMx",
                status=NoticeStatus.DELIVERED, posted_at=at(MONDAY), pass_at=at("2026-05-04T10:10"),
            )
        )  # fmt: skip
        connection.execute(
            update(Notice).where(Notice.message_id == old["id"]).values(message_id=new)
        )
    with reading(room.engine) as connection:
        told = dossier.tellings(connection, key(room, N))
    tries = {one.post: [(each.channel, each.error) for each in one.tries] for one in told}
    assert sorted(tries.values(), key=len) == [
        [(Channel.SMS, None)],
        [(Channel.SMS, "30003"), (Channel.WHATSAPP, None)],
    ]


def test_messages_of_the_reporter_and_of_officers_are_told_apart(room: Room) -> None:
    nomor = room.own()
    media = (Media("http://x/1", "image/jpeg"), Media("http://x/2", "image/jpeg"))
    room.says(WARGA, f"TAMBAH {nomor} ada foto", MONDAY, media=media)
    room.says(ADMIN, f"TERIMA {nomor}", "2026-05-04T11:00")
    complaint_id = key(room, nomor)
    with writing(room.engine) as connection:
        first = connection.execute(select(Attachment.id).order_by(Attachment.position)).scalar()
        assert first is not None
        attachments.keep(connection, room.opened.seal, first, JPEG, "image/jpeg")
    with reading(room.engine) as connection:
        came = dossier.came(connection, complaint_id)
        told = dossier.tellings(connection, complaint_id)
        opened = dossier.file(connection, room.opened.seal, complaint_id, first)
        assert dossier.file(connection, room.opened.seal, complaint_id, first + 1) is None
        who = dossier.reporter(connection, room.opened.seal, complaint_id)
    assert [(one.by_reporter, one.effect) for one in came] == [(True, "tambah"), (False, "terima")]
    assert [file.state for file in came[0].files] == ["ada", "menunggu"]
    assert opened == dossier.Opened("image/jpeg", JPEG, 0)
    assert {one.whom for one in told if one.kind == "balasan"} == {"pelapor", "penulis"}
    assert who == (None, "+6281200000101")


def test_what_reads_alike_is_found_from_either_side_and_only_in_scope(room: Room) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    room.dispose("9000002", "Dinas Kesehatan", MONDAY)
    one, two = key(room, N), key(room, "9000002")
    with writing(room.engine) as connection:
        drafts.link_similar(connection, one, {two: 91})
    with reading(room.engine) as connection:
        assert [each.id for each in dossier.similar(connection, one, None)] == [two]
        assert [each.id for each in dossier.similar(connection, two, None)] == [one]
        own = frozenset({room.body("DPUPR")})
        assert dossier.similar(connection, one, own) == []
        assert dossier.load(connection, two, own) is None
        loaded = dossier.load(connection, one, own)
        assert loaded is not None
        assert loaded.number == N


def test_the_number_of_queries_does_not_grow_with_a_life(room: Room) -> None:
    """A reminder every day for a month costs a page no more than none."""
    nomor = room.own()
    asked: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    def queries() -> int:
        asked.clear()
        with reading(room.engine) as connection:
            dossier.tellings(connection, complaint_id)
            dossier.came(connection, complaint_id)
            dossier.trail(connection, complaint_id)
        return len(asked)

    complaint_id = key(room, nomor)
    event.listen(room.engine, "before_cursor_execute", note)
    few = queries()
    for moment in ("2026-05-05T08:00", "2026-05-06T16:00", "2026-05-07T08:00", "2026-05-07T16:00"):
        room.says(ADMIN, f"KENAPA {nomor}", moment)
        room.tick(moment)
    assert queries() == few
