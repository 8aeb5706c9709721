"""An officer goes on leave: another is told in his place, answers, and it goes back by itself."""

from __future__ import annotations

from datetime import date

from bot import handover
from bot.handover import Wanted
from config.terms import Wewenang
from scheduler.store import users
from scheduler.store.session import writing
from tests.story.town import ON_BOTH, Phone, Town

GOOD = "Lubang sudah ditambal tanggal 24 November 2026 oleh regu pemeliharaan jalan."


def hands_over(town: Town, giver: str, taker: str, days: tuple[str, str], *numbers: str) -> None:
    """Kominfo hands complaints over at its console."""
    world = town.opened.world(town.now)
    posts = {post.label.split(",")[0]: post for post in world.directory.posts.values()}
    cases = [town.find(number) for number in numbers]
    wanted = Wanted(
        giver=posts[giver],
        taker=posts[taker],
        mulai=date.fromisoformat(days[0]),
        selesai=date.fromisoformat(days[1]),
        reason="cuti",
        complaint_ids=frozenset(case.id for case in cases if case is not None and case.id),
    )
    with writing(town.opened.engine) as connection:
        user = users.add_user(connection, "petugas", "Contoh", Wewenang.OPERATOR, "!", town.now)
    handover.hand_over(town.opened.engine, world, wanted, town.now, user_id=user, actor="petugas")


def told(town: Town, *labels: str) -> list[Phone]:
    return [town.post(label) for label in labels]


@ON_BOTH
def test_on_leave_from_tuesday_to_thursday(town: Town) -> None:
    admin, deputy = told(town, "Admin DPUPR", "Sekretaris DPUPR")
    head = town.post("Kepala Dinas Pekerjaan Umum dan Penataan Ruang")
    for number in ("9000001", "9000002"):
        town.kominfo.imports(number, "DPUPR")
        admin.expects(f"#{number}", "Mohon dijawab")
        deputy.expects(f"#{number}", "Mohon dijawab")
    hands_over(
        town, "Admin DPUPR", "Sekretaris DPUPR", ("2026-11-24", "2026-11-26"), "9000001", "9000002"
    )
    town.passes(minutes=2)
    admin.expects(
        "serah terima", "2 aduan", "kepada Penghubung DPUPR", "Sel 24 Nov s.d. Kam 26 Nov"
    )

    town.at("Sel 06.30")
    deputy.expects("menerima serah terima", "2 aduan dari Admin DPUPR", "Kam 26 Nov")
    town.at("Sel 08.00")
    deputy.expects("#9000001", "#9000002")
    deputy.says(f"JAWAB 9000001 {GOOD}")
    deputy.expects("9000001")
    town.at("Rab 16.00")
    # The one that was answered is silent; the letter of the other goes to who stands in.
    deputy.expects("Surat I ", "#9000002").lacks("9000001")
    head.expects("Surat I ", "#9000002")
    town.at("Kam 08.00")
    for phone in (deputy, head):
        phone.expects("batas akhir", "#9000002")
    town.at("Kam 16.00")
    for phone in (deputy, head):
        phone.expects("Surat II", "#9000002")

    town.at("Jum 08.00")
    for label in ("Asisten II (Perekonomian dan Pembangunan)", "Sekretaris Daerah"):
        town.post(label).expects("#9000002")
    deputy.says("TERIMA 9000002")  # his own post answers for it too
    deputy.expects("9000002")
    admin.says("DAFTAR")
    admin.expects("9000002").lacks("9000001")
