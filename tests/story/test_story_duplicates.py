"""Two people report the same: one complaint is handled, and both hear what becomes of it."""

from __future__ import annotations

from config.terms import Channel, Status
from tests.story.town import ON_BOTH, Phone, Town

HOLE = "Jalan Contoh di depan Pasar Contoh berlubang, dua motor jatuh kemarin"
SAME = "Aspal di depan Pasar Contoh, Jalan Contoh, berlubang besar sejak kemarin, motor jatuh"
DONE = "Lubang sudah ditambal tanggal 23 November 2026 pukul 14.00."


def reports(town: Town, text: str, channel: Channel = Channel.WHATSAPP) -> tuple[Phone, str]:
    warga = town.citizen(channel=channel)
    warga.says(text)
    return warga, warga.expects("dicatat no. SPG-").number


def merged(town: Town, warga: Phone, number: str, kept: str) -> None:
    """Kominfo archives a complaint as the same as another one; its reporter is told which."""
    town.kominfo.archives(number, f"digabung dengan {kept}")
    warga.expects(number, "diarsipkan", f"digabung dengan {kept}")


def disposed(town: Town, number: str) -> Phone:
    town.kominfo.disposes(number, "DPUPR")
    town.post("Sekretaris DPUPR").expects(number)
    admin = town.post("Admin DPUPR")
    admin.expects(number)
    return admin


def answers(admin: Phone, number: str) -> None:
    admin.says(f"JAWAB {number} {DONE}")
    admin.expects("Jawaban aduan", number)


@ON_BOTH
def test_who_reported_the_same_hears_the_answer_and_says_what_it_is_worth(town: Town) -> None:
    ani, first = reports(town, HOLE)
    budi, second = reports(town, SAME, Channel.SMS)
    merged(town, budi, second, first)
    answers(disposed(town, first), first)
    ani.expects(first, "dijawab", "Lubang sudah ditambal").lacks(second)
    told = budi.expects(second, "dijawab", "Lubang sudah ditambal", channel=Channel.SMS)
    told.lacks(first)
    budi.says("NILAI 2")
    budi.expects("Nilai 2", second)
    assert (town.case(second).rating, town.case(first).rating) == (2, None)
    assert town.case(first).status is Status.PROSES  # what Ani says of it is still waited for
    ani.says("5")
    ani.expects("Nilai 5", first)
    assert town.case(first).status is Status.SELESAI
    town.passes(minutes=30)


def test_not_settled_for_him_his_own_complaint_is_open_again(town: Town) -> None:
    ani, first = reports(town, HOLE)
    budi, second = reports(town, SAME)
    merged(town, budi, second, first)
    admin = disposed(town, first)
    answers(admin, first)
    ani.expects(first, "dijawab")
    budi.expects(second, "dijawab").replies("BELUM masih ada dua lubang lagi")
    budi.expects(second, "kami buka kembali")
    assert town.case(second).status is Status.BELUM_TERVERIFIKASI
    assert town.case(first).status is Status.PROSES
    merged(town, budi, second, first)  # Kominfo looks, and finds it settled
    budi.expects(second, "dijawab", "Lubang sudah ditambal")
    town.passes(minutes=30)


def test_merged_after_the_answer_he_hears_it_at_once(town: Town) -> None:
    ani, first = reports(town, HOLE)
    answers(disposed(town, first), first)
    ani.expects(first, "dijawab")
    budi, second = reports(town, SAME)
    merged(town, budi, second, first)
    budi.expects(second, "dijawab Dinas Pekerjaan Umum", "Lubang sudah ditambal", "s.d. 7 Des")


def test_a_duplicate_of_a_duplicate_hears_it_and_nobody_twice(town: Town) -> None:
    ani, first = reports(town, HOLE)
    budi, second = reports(town, SAME)
    citra, third = reports(town, "Mohon jalan depan Pasar Contoh ditambal, berlubang sejak kemarin")
    merged(town, citra, third, second)
    ani.says("Lapor: lampu jalan di Jalan Contoh RT 01 mati sejak Senin, depan Pasar Contoh")
    other = ani.expects("dicatat no. SPG-").number
    merged(town, ani, other, first)
    merged(town, budi, second, first)
    citra.expects(third, "diarsipkan", f"digabung dengan {first}")
    answers(disposed(town, first), first)
    ani.expects(first, "dijawab")
    budi.expects(second, "dijawab")
    citra.expects(third, "dijawab")


def test_of_a_rahasia_complaint_others_hear_only_that_it_was_handled(town: Town) -> None:
    ani, first = reports(town, "RAHASIA Bendahara Desa Contoh memotong bantuan sejak Oktober")
    budi, second = reports(town, "ANONIM Bantuan di Desa Contoh dipotong bendahara sejak Oktober")
    merged(town, budi, second, first)
    answers(disposed(town, first), first)
    ani.expects(first, "dijawab", "ditambal")
    budi.expects(second, "dijawab", "sudah ditindaklanjuti").lacks("ditambal")


def test_taken_back_by_its_reporter_the_others_hear_that_and_may_go_on(town: Town) -> None:
    ani, first = reports(town, HOLE)
    budi, second = reports(town, SAME)
    merged(town, budi, second, first)
    ani.says(f"BATAL {first}")
    ani.expects(first, "dibatalkan")
    budi.expects(second, "diarsipkan", "dibatalkan pelapornya").replies(f"BUKA {second}")
    budi.expects(second, "kami buka kembali")


def test_closed_without_an_answer_he_hears_that(town: Town) -> None:
    ani, first = reports(town, HOLE)
    budi, second = reports(town, SAME)
    merged(town, budi, second, first)
    town.kominfo.does(first, lambda desk, case: desk.close(case, "kominfo", "sudah ditangani desa"))
    ani.expects(first, "dinyatakan selesai")
    budi.expects(second, "dinyatakan selesai", "sudah ditangani desa")


def test_who_wants_no_messages_or_only_wrote_alike_hears_nothing(town: Town) -> None:
    ani, first = reports(town, HOLE)
    budi, second = reports(town, SAME)
    reports(town, HOLE)  # alike, as the program notes by itself
    merged(town, budi, second, first)
    budi.says("BERHENTI")
    budi.expects("tidak mengirim pesan lagi")
    answers(disposed(town, first), first)
    ani.expects(first, "dijawab")
    budi.says(f"NILAI {second} 4")  # he may still say it
    budi.expects("Nilai 4", second)
