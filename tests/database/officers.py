"""An office whose officers reply by phone: what the tests of their words share."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from config.policy_file import load_default_text
from scheduler.case import Case
from scheduler.lifecycle import Desk
from scheduler.store import cases, inbound, listing, pairing
from scheduler.store.columns import Base
from scheduler.store.dialogue_tables import Answer, Request
from scheduler.store.directory import import_directory
from scheduler.store.session import reading, writing
from tests.database.office import WIB, Office, at
from tests.database.talking import Phones

PENGAWAS, BUPATI, SEKDA = "0811-0000-0001", "0811-0000-0002", "0811-0000-0003"
ASISTEN_1, ASISTEN_2 = "0811-0000-0004", "0811-0000-0005"
KOMINFO, KOMINFO_2 = "0811-0000-0007", "0811-0000-0008"
ADMIN, PENGHUBUNG, KEPALA = "0811-0000-0009", "0811-0000-0010", "0811-0000-0011"
DISDIK = "0811-0000-0012"
DINKES, PKM = "0811-0000-0015", "0811-0000-0054"
KECAMATAN = "0811-0000-0049"
"""One phone that holds two posts of its office: admin and penghubung."""
WARGA = "0812-0000-0101"

N = "9000001"
MONDAY = "2026-05-04T10:00"
GOOD = "Lubang sudah ditambal tanggal 5 Mei 2026 oleh regu pemeliharaan jalan."
EMPTY = "Terima kasih atas laporannya, akan kami teruskan kepada bidang terkait."
WRONG_OFFICE = "jalan ini berstatus jalan provinsi"


class Room(Office):
    """The example directory, its phones, and complaints by their numbers."""

    def __init__(self, url: str, **settings: object) -> None:
        super().__init__(url, **settings)
        self.phones = Phones(self.opened)

    def says(self, number: str, text: str, when: str | datetime = MONDAY, **fields: Any) -> str:
        """What is said back; where several things are, the last."""
        before = len(self.phones.replies(number))
        self.effect = self.phones.says(number, text, when, **fields)
        replies = self.phones.replies(number)
        assert len(replies) == before + 1
        return replies[-1]

    def own(self, when: str = MONDAY, short: str = "DPUPR") -> str:
        """A complaint of `WARGA` that is not in SP4N, with an OPD; returns its number."""
        moment = at(when)
        world = self.opened.world(moment)
        desk = Desk(world, moment)
        with writing(self.engine) as connection:
            phone_id = inbound.phone_of(connection, self.opened.seal, "+6281200000101")
            nomor = pairing.next_number(connection, world.policy.kode, world.today(moment), moment)
            case = Case(
                "Lampu mati", "Lampu mati", moment, moment, nomor=nomor, reporter_phone_id=phone_id
            )
            desk.receive(case, "pelapor", waits=False)
            desk.dispose(case, self.body(short), "kominfo")
            cases.write(connection, desk.changes)
        return nomor

    def bring_in(self, text: str, when: str) -> None:
        """Read a directory file."""
        with writing(self.engine) as connection:
            report = import_directory(
                connection, self.opened.seal, text.encode(), name="d.csv", today=at(when).date()
            )
        assert not report.rejected, report.rejected

    def case(self, number: str = N) -> Case:
        with reading(self.engine) as connection:
            key = cases.find(connection, number)
            assert key is not None
            return cases.load_cases(connection, [key])[key]

    def open_clocks(self, number: str = N) -> set[str]:
        return {run.clock.value for run in self.case(number).runs}

    def trail(self, number: str = N) -> list[tuple[str, str]]:
        """Events and who did them, without the beginning."""
        with reading(self.engine) as connection:
            key = cases.find(connection, number)
            assert key is not None
            events = [(event, actor) for _, event, actor, _ in listing.trail(connection, key)]
        return events[2:]

    def rows(self, table: type[Base]) -> list[Any]:
        with reading(self.engine) as connection:
            query = select(table.__table__).order_by(*table.__table__.primary_key)
            return list(connection.execute(query))

    def requests(self) -> list[tuple[str, str]]:
        return [(one.kind, one.state) for one in self.rows(Request)]

    def answers(self) -> list[tuple[str, bool, bool]]:
        """Of each answer its text, whether it counts, and whether SP4N must be told."""
        return [(one.body, one.substantive, one.to_copy) for one in self.rows(Answer)]

    def asked(self, *kinds: str) -> list[tuple[str, str, str]]:
        """Notices of these kinds: kind, post, status."""
        return [
            (n.line.kind, (n.post or "pelapor").split(",")[0], n.status.value)
            for n in self.notices()
            if n.line.kind in kinds
        ]


def local(moment: datetime) -> str:
    """A moment as the tests write it."""
    return moment.astimezone(WIB).replace(tzinfo=None).isoformat(timespec="minutes")


def policy(folder: Path, approval: str) -> Path:
    """The shipped policy with another rule of who approves answers."""
    text = load_default_text()
    wanted = 'persetujuan_jawaban = "tidak"'
    assert wanted in text
    path = folder / "kebijakan.toml"
    path.write_text(text.replace(wanted, f'persetujuan_jawaban = "{approval}"'), encoding="utf-8")
    return path
