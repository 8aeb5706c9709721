"""What is on record in a town: complaints, their files, and what commands print."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from bot.compose import Installation
from scheduler.case import Case
from scheduler.store import cases
from scheduler.store.dialogue_tables import Attachment, InboundMessage
from scheduler.store.sealed import new_key
from scheduler.store.session import reading
from scheduler.store.tables import Complaint
from tests import program

KEY = new_key()


class RecordRoom:
    """Reads the database of an installation; no phone would show any of it."""

    url: str
    opened: Installation

    def texts(self) -> dict[str, str]:
        """The text of every complaint, by its own number."""
        query = select(Complaint.nomor, Complaint.isi).order_by(Complaint.id)
        with reading(self.opened.engine) as connection:
            return {str(nomor): isi for nomor, isi in connection.execute(query)}

    def find(self, number: str) -> Case | None:
        with reading(self.opened.engine) as connection:
            key = cases.find(connection, number)
            return None if key is None else cases.load_cases(connection, [key])[key]

    def case(self, number: str) -> Case:
        found = self.find(number)
        assert found is not None, number
        return found

    def photos(self, number: str) -> list[bytes]:
        """The files that belong to a complaint, as they are kept."""
        query = (
            select(Attachment.content_sealed)
            .join(InboundMessage, InboundMessage.id == Attachment.inbound_id)
            .where(InboundMessage.complaint_id == self.case(number).id)
            .order_by(Attachment.id)
        )
        with reading(self.opened.engine) as connection:
            found = [sealed for (sealed,) in connection.execute(query)]
        assert None not in found, "not fetched"
        return [self.opened.seal.open_bytes(sealed) for sealed in found if sealed is not None]

    def prints(self, *command: str) -> str:
        """What a command of the program prints, run on the town's SQLite database."""
        given = {"DATABASE_URL": self.url, "DATA_KEY": KEY}
        done = program.run(command, Path(__file__).parents[2], given)
        assert done.returncode == 0, done.stderr
        return done.stdout
