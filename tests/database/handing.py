"""An office whose admin goes on leave: what the tests of handovers share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from sqlalchemy import select

from bot import handover
from bot.handover import Wanted
from config.terms import Wewenang
from scheduler.directory import PostInfo
from scheduler.phones import normalise
from scheduler.store import cases, users
from scheduler.store.phones import inbox
from scheduler.store.session import reading, writing
from scheduler.store.tables import Complaint
from scheduler.store.visible import Scope
from tests.database.office import at
from tests.database.officers import ADMIN, KEPALA, PENGHUBUNG, Room

P, Q = "Admin DPUPR", "Sekretaris DPUPR"
HEAD = "Kepala Dinas Pekerjaan Umum dan Penataan Ruang"
NAMES = {ADMIN: P, PENGHUBUNG: Q, KEPALA: HEAD}
"""Whose phone a number is."""


class LeaveRoom(Room):
    """A room in which duties are handed over; the first complaint is of Monday 4 May."""

    def __init__(self, url: str, **settings: object) -> None:
        super().__init__(url, **settings)
        with writing(self.engine) as connection:
            made = at("2026-05-01T08:00")
            self.user_id = users.add_user(
                connection, "kominfo", "Contoh", Wewenang.ADMIN_KOORDINATOR, "!", made
            )

    def post(self, label: str) -> PostInfo:
        posts = self.opened.world(at("2026-05-01")).directory.posts.values()
        (found,) = [post for post in posts if post.label.split(",")[0] == label]
        return found

    def key(self, number: str) -> int:
        with reading(self.engine) as connection:
            found = cases.find(connection, number)
        assert found is not None
        return found

    def hands(
        self,
        numbers: Iterable[str] | None = None,
        when: str = "2026-05-04T15:00",
        *,
        giver: str = P,
        taker: str = Q,
        days: tuple[str, str] = ("2026-05-05", "2026-05-07"),
        scope: Scope = None,
    ) -> int:
        """Hand complaints over (all there are without `numbers`); return the handover's id."""
        moment = at(when)
        with reading(self.engine) as connection:
            every = connection.execute(select(Complaint.id)).scalars().all()
        ids = every if numbers is None else [self.key(number) for number in numbers]
        wanted = Wanted(
            giver=self.post(giver),
            taker=self.post(taker),
            mulai=date.fromisoformat(days[0]),
            selesai=date.fromisoformat(days[1]),
            reason="cuti",
            complaint_ids=frozenset(ids),
        )
        world = self.opened.world(moment)
        return handover.hand_over(
            self.engine, world, wanted, moment, user_id=self.user_id, actor="kominfo", scope=scope
        )

    def ends(self, handover_id: int, when: str) -> None:
        moment = at(when)
        world = self.opened.world(moment)
        handover.end(self.engine, world, handover_id, moment, actor="kominfo")

    def texts(self, number: str) -> list[str]:
        """Everything a phone received so far."""
        blind = self.opened.seal.blind(normalise(number))
        with reading(self.engine) as connection:
            return [text for _, phone, text in inbox(connection) if phone == blind]

    def told_of(self, complaint: str) -> Counter[tuple[str, str]]:
        """How often each phone of the office was told of each step: (whose phone, step)."""
        found: Counter[tuple[str, str]] = Counter()
        words = {
            "terima": "Mohon dijawab di SP4N",
            "ingat": "izin mengingatkan: aduan",
            "surat_1": "Surat I ",
            "hari_terakhir": "batas akhir",
            "surat_2": "Surat II diproses",
        }
        for number, whose in NAMES.items():
            for text in self.texts(number):
                if f"#{complaint}" in text:
                    found.update((whose, step) for step, said in words.items() if said in text)
        return found
