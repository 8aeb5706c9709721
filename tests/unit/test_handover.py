"""Who is told and who acts for whom while a handover is in force: dates, chains, falling back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.texts import Writer
from config.gsm7 import segments
from config.message_files import kinds
from config.policy import Recipients
from config.policy_file import load_default_text, parse_policy
from config.terms import Channel, Jenis, Peran, StatusJabatan
from scheduler.directory import Body, Directory, HolderInfo, PostInfo
from scheduler.handover import Handover, Handovers
from scheduler.store.outbox import Line

WIB = ZoneInfo("Asia/Jakarta")
P, Q, R = 1, 2, 3
KEPALA, SEKDA = 4, 5
ABOUT = 77
TUE, THU = date(2026, 11, 24), date(2026, 11, 26)

BODIES = [
    Body(1, "Kabupaten Contoh", Jenis.KABUPATEN, None, 5, None),
    Body(2, "Dinas Pekerjaan Umum", Jenis.OPD, 1, 5, "DPUPR"),
    Body(3, "UPT Jalan", Jenis.OPD, 2, 5, None),
]
POSTS = [
    PostInfo(P, 2, Peran.ADMIN_OPD, "Admin", "Admin, DPUPR"),
    PostInfo(Q, 2, Peran.PEJABAT_PENGHUBUNG, "Sekretaris", "Sekretaris, DPUPR"),
    PostInfo(R, 2, Peran.ADMIN_OPD, "Admin II", "Admin II, DPUPR"),
    PostInfo(KEPALA, 2, Peran.KEPALA_OPD, "Kepala", "Kepala, DPUPR"),
    PostInfo(SEKDA, 1, Peran.SEKDA, "Sekda", "Sekda"),
]


def holder(post: int, **dates: date | None) -> HolderInfo:
    return HolderInfo(
        post, 10 * post, StatusJabatan.DEFINITIF, dates.get("mulai"), dates.get("selesai")
    )


ALL = [holder(post.id) for post in POSTS]


def handover(giver: int = P, taker: int = Q, about: int = ABOUT, key: int = 1) -> Handover:
    made = datetime(2026, 11, 23, tzinfo=UTC)
    return Handover(key, giver, taker, TUE, THU, made, frozenset({about}))


def directory(*handovers: Handover, holders: list[HolderInfo] | None = None) -> Directory:
    return Directory(BODIES, POSTS, ALL if holders is None else holders, [], Handovers(handovers))


@pytest.mark.parametrize(("day", "phone"), [(23, 10), (24, 20), (25, 20), (26, 20), (27, 10)])
def test_both_dates_are_included(day: int, phone: int) -> None:
    on = date(2026, 11, day)
    assert directory(handover()).phone(P, on, ABOUT) == phone
    assert directory(handover()).phone(P, on, ABOUT + 1) == 10
    assert directory(handover()).phone(P, on) == 10
    assert directory(handover()).phone(Q, on, ABOUT) == 20


def test_who_took_it_over_is_asked_first_and_the_post_itself_after_him() -> None:
    assert directory(handover()).phones(P, TUE, ABOUT) == [20, 10]


def test_without_a_usable_phone_that_day_it_is_the_posts_own_again() -> None:
    away = [holder(P), holder(Q, selesai=TUE)]
    found = directory(handover(), holders=away)
    assert found.told(P, TUE, ABOUT) == Q
    assert found.told(P, THU, ABOUT) == P
    assert found.phones(P, THU, ABOUT) == [10]


def test_a_post_that_nobody_holds_is_told_through_who_took_over() -> None:
    found = directory(handover(), holders=[holder(Q), holder(SEKDA)])
    told = Recipients(to=(Peran.ADMIN_OPD,))
    assert [a.post.id for a in found.audience(told, 2, TUE, about=ABOUT).addressees] == [P]
    assert [a.post.id for a in found.audience(told, 2, TUE, about=ABOUT + 1).addressees] == [Q]


def test_what_was_taken_over_goes_on_only_where_it_is_listed_again() -> None:
    own = handover(Q, R, about=5, key=2)
    assert directory(handover(), own).told(P, TUE, ABOUT) == Q
    listed = handover(Q, R, key=2)
    found = directory(handover(), listed)
    assert found.told(P, TUE, ABOUT) == R
    assert found.phones(P, TUE, ABOUT) == [30, 20, 10]
    assert found.handovers.acted_for([R], ABOUT, TUE) == (P, Q)
    assert found.handovers.acted_for([Q], ABOUT, TUE) == (P,)


def test_two_who_hand_to_each_other_do_not_send_it_round_for_ever() -> None:
    found = directory(handover(), handover(Q, P, key=2))
    assert (found.told(P, TUE, ABOUT), found.told(Q, TUE, ABOUT)) == (Q, P)


def test_who_acts_for_whom() -> None:
    handovers = Handovers([handover()])
    assert handovers.acted_for([Q, R], ABOUT, TUE) == (P,)
    assert handovers.acted_for([R], ABOUT, TUE) == ()
    assert handovers.acted_for([Q], ABOUT, date(2026, 11, 27)) == ()
    assert handovers.taken_over([Q], THU) == {P: frozenset({ABOUT})}
    assert handovers.givers(THU) == {P}
    assert handovers.givers(date(2026, 11, 27)) == frozenset()


def test_of_which_instansi_a_post_is_told() -> None:
    assert directory().bodies_of(POSTS[0], TUE) == {2, 3}
    assert directory(holders=[]).bodies_of(POSTS[0], TUE) == {2, 3}


# --- the words --------------------------------------------------------------------------------


def line(kind: str, post: int, other: str, count: int) -> Line:
    printed = ", ".join(f"SP4N #{9_000_001 + n}" for n in range(count))
    fields: dict[str, object] = dict.fromkeys(Line.__dataclass_fields__)
    fields |= {
        "id": 1,
        "message_id": 1,
        "post_id": post,
        "peran": POSTS[post - 1].peran,
        "copy": False,
        "kind": kind,
        "in_digest": False,
        "note": f"{other}\n2026-11-24 2026-11-27\n{printed}",
        "step": kind,
        "urgent": False,
    }
    return Line(**fields)  # type: ignore[arg-type]


def said(kind: str, post: int, other: str, count: int, *, two_way: bool = False) -> str:
    policy = parse_policy(load_default_text(), kinds())
    now = datetime(2026, 11, 24, 1, tzinfo=UTC)
    writer = Writer(directory(), policy, WIB, now, two_way=two_way)
    text = writer.text([line(kind, post, other, count)], Channel.SMS)
    assert segments(text) == ("GSM-7", 1)
    filled = writer.template([line(kind, post, other, count)])
    assert filled is not None
    assert "#9000001" in filled.text
    return text


def test_what_both_are_told() -> None:
    assert said("serah_terima", Q, "Admin, DPUPR", 2) == (
        "Yth. Penghubung DPUPR: Anda menerima serah terima 2 aduan dari Admin DPUPR "
        "s.d. Jum 27 Nov: #9000001,#9000002. -Kominfo Sampang"
    )
    assert said("serah_terima", Q, "Admin, DPUPR", 1, two_way=True) == (
        "Yth. Penghubung DPUPR: Anda menerima serah terima aduan SP4N #9000001 dari Admin DPUPR "
        "s.d. Jum 27 Nov. Rincian: balas DAFTAR. -Kominfo Sampang"
    )
    assert said("serah_terima_tercatat", P, "Sekretaris, DPUPR", 1) == (
        "Yth. Admin DPUPR: serah terima aduan SP4N #9000001 kepada Penghubung DPUPR tercatat "
        "untuk Sel 24 Nov s.d. Jum 27 Nov. -Kominfo Sampang"
    )
    assert said("serah_terima_berakhir", P, "Admin, DPUPR", 60) == (
        "Yth. Admin DPUPR: serah terima 60 aduan diakhiri lebih awal. Aduan kembali ditangani "
        "Admin DPUPR: #9000001,#9000002,#9000003,#9000004,+56. -Kominfo Sampang"
    )
