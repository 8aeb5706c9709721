"""Mutasi: who still holds a post, and until when, once a file names another."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.terms import StatusJabatan
from scheduler.directory_terms import Term, stale, succeed

PLT, PLH = StatusJabatan.PLT, StatusJabatan.PLH
TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)


def term(
    nama: str,
    status: StatusJabatan = StatusJabatan.DEFINITIF,
    mulai: date | None = None,
    selesai: date | None = None,
    **more: str | int,
) -> Term:
    return Term(None, nama, status, mulai, selesai, **more)  # type: ignore[arg-type]


def after(known: list[Term], *rows: Term) -> list[tuple[str, date | None, date | None]]:
    terms, _ = succeed(known, rows, TODAY)
    return [(t.nama, t.mulai, t.selesai) for t in terms]


NEXT = TODAY + 30 * DAY


@pytest.mark.parametrize(
    ("mulai", "ended", "begun"),
    [
        (None, TODAY - DAY, TODAY),
        (TODAY, TODAY - DAY, TODAY),
        (NEXT, NEXT - DAY, NEXT),
        (TODAY - DAY, TODAY - 2 * DAY, TODAY - DAY),
    ],
)
def test_a_new_holder_ends_the_old_one_the_day_before(
    mulai: date | None, ended: date, begun: date
) -> None:
    assert after([term("Lama")], term("Baru", mulai=mulai)) == [
        ("Lama", None, ended),
        ("Baru", begun, None),
    ]


def test_whoever_began_later_ends_on_the_day_he_began() -> None:
    for began, ended in ((TODAY - DAY, TODAY - DAY), (TODAY, TODAY), (NEXT, NEXT)):
        assert after([term("Lama", mulai=began)], term("Baru", mulai=TODAY))[0] == (
            "Lama",
            began,
            ended,
        )


def test_an_end_already_known_is_only_ever_moved_forward() -> None:
    for known, ended in ((TODAY - 9 * DAY, TODAY - 9 * DAY), (NEXT, TODAY - DAY)):
        assert after([term("Lama", selesai=known)], term("Baru"))[0] == ("Lama", None, ended)


def test_the_first_holder_of_a_post_has_no_date_put_to_him() -> None:
    assert after([], term("Baru")) == [("Baru", None, None)]
    over = term("Lama", selesai=TODAY - 9 * DAY)
    assert after([over], term("Baru"))[1] == ("Baru", None, None)


def test_a_term_already_over_is_history_and_ends_nobody() -> None:
    past = term("Dulu", mulai=TODAY - 99 * DAY, selesai=TODAY - DAY)
    assert after([term("Kini")], past)[0] == ("Kini", None, None)
    last_day = term("Dulu", mulai=TODAY - 99 * DAY, selesai=TODAY)
    assert after([term("Kini")], last_day)[0] == ("Kini", None, TODAY - 100 * DAY)


def test_a_term_that_ends_before_a_later_one_leaves_it_alone() -> None:
    later = term("Nanti", mulai=NEXT)
    assert after([later], term("Kini", selesai=NEXT - DAY))[0] == ("Nanti", NEXT, None)
    assert after([later], term("Kini", selesai=NEXT))[0] == ("Nanti", NEXT, NEXT)


def test_rows_of_one_file_do_not_end_each_other() -> None:
    rows = (term("Lama", selesai=NEXT - DAY), term("Baru", mulai=NEXT))
    assert after([], *rows) == [("Lama", None, NEXT - DAY), ("Baru", NEXT, None)]
    assert after([term("Lama")], *rows) == [("Lama", None, NEXT - DAY), ("Baru", NEXT, None)]


def test_acting_holders_live_beside_the_one_in_his_own_right() -> None:
    tetap, plt = term("Tetap"), term("Plt", PLT, mulai=TODAY, selesai=NEXT)
    assert after([tetap], plt)[0] == ("Tetap", None, None)
    assert after([plt], tetap)[0] == ("Plt", TODAY, NEXT)
    assert after([term("Plt", PLT)], tetap)[0] == ("Plt", None, None)


@pytest.mark.parametrize("status", [PLT, PLH])
def test_a_new_acting_holder_ends_one_without_an_end(status: StatusJabatan) -> None:
    new = term("Baru", status, mulai=TODAY)
    assert after([term("Lama", PLT)], new)[0] == ("Lama", None, TODAY - DAY)
    assert after([term("Lama", PLT, selesai=NEXT)], new)[0] == ("Lama", None, NEXT)


def test_whoever_acted_and_is_appointed_no_longer_acts() -> None:
    appointed = term("Umar", mulai=TODAY)
    assert after([term("Umar", PLT)], appointed) == [
        ("Umar", None, TODAY - DAY),
        ("Umar", TODAY, None),
    ]


def test_the_same_person_is_known_whatever_the_case_and_keeps_what_the_row_leaves_blank() -> None:
    known = term("Umar Contoh", mulai=TODAY, phone_id=1, nip="1", nomor_sk="2", pangkat="3")
    terms, places = succeed([known], [term("UMAR  contoh", pangkat="4")], TODAY)
    expected = term("UMAR  contoh", mulai=TODAY, phone_id=1, nip="1", nomor_sk="2", pangkat="4")
    assert (terms, places) == ([expected], [0])


def test_a_second_term_takes_the_dates_of_its_row_and_ends_who_came_between() -> None:
    known = [term("Umar", selesai=TODAY - 9 * DAY), term("Vina", mulai=TODAY - 8 * DAY)]
    assert after(known, term("Umar", mulai=TODAY)) == [
        ("Umar", TODAY, None),
        ("Vina", TODAY - 8 * DAY, TODAY - DAY),
    ]


def test_an_old_file_does_not_give_a_post_back() -> None:
    row = term("Umar")
    assert stale(term("Umar", selesai=TODAY), row, TODAY) is None
    over = term("Umar", mulai=TODAY - 9 * DAY, selesai=TODAY - DAY)
    reason = "masa jabatan orang ini sudah selesai 2026-11-23; isi mulai bila menjabat lagi"
    assert stale(over, row, TODAY) == reason
    assert stale(over, term("Umar", mulai=TODAY - DAY), TODAY) == reason
    assert stale(over, term("Umar", mulai=TODAY), TODAY) is None
    assert stale(over, term("Umar", selesai=TODAY - DAY), TODAY) is None


def test_an_end_before_the_known_beginning_is_refused() -> None:
    known = term("Umar", mulai=TODAY)
    assert stale(known, term("Umar", selesai=TODAY), TODAY) is None
    assert stale(known, term("Umar", selesai=TODAY - DAY), TODAY) == (
        "selesai mendahului mulai yang tercatat, 2026-11-24"
    )


days = st.none() | st.integers(-3, 3).map(lambda n: TODAY + n * DAY)
names = st.sampled_from("ABC")
statuses = st.sampled_from((StatusJabatan.DEFINITIF, PLT))
terms_ = st.builds(term, names, statuses, days, days).filter(
    lambda t: t.mulai is None or t.selesai is None or t.mulai <= t.selesai
)
one_each = st.lists(terms_, max_size=4, unique_by=lambda t: (t.nama, t.status_jabatan))


@given(one_each, one_each)
def test_a_file_read_again_changes_nothing_and_no_term_ends_before_it_begins(
    known: list[Term], rows: list[Term]
) -> None:
    def fits(row: Term, terms: list[Term]) -> bool:
        same = [t for t in terms if t.is_same(row)]
        return not same or stale(same[-1], row, TODAY) is None

    rows = [row for row in rows if fits(row, known)]
    once, _ = succeed(known, rows, TODAY)
    assert all(t.mulai is None or t.selesai is None or t.mulai <= t.selesai for t in once)
    again, places = succeed(once, [row for row in rows if fits(row, once)], TODAY)
    assert again == once
    assert all(place < len(once) for place in places)
