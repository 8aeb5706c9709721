from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.wording import DigestFacts, render_digest
from config.gsm7 import segments

WIB = ZoneInfo("Asia/Jakarta")
DIGEST = DigestFacts(
    opd="DPUPR",
    now=datetime(2026, 11, 24, 8, tzinfo=WIB),
    zone=WIB,
    tanda="-Kominfo Sampang",
    two_way=True,
    baru=3,
    jatuh_tempo=1,
    terlambat=2,
    nomor=("SP4N #9000001", "SP4N #9000057"),
)


def test_agreed_digest() -> None:
    line = (
        "SP4N Sel 24 Nov DPUPR: baru 3, jatuh tempo hari ini 1, terlambat 2 (#9000001,#9000057). "
        "Detail balas DAFTAR. -Kominfo Sampang"
    )
    assert render_digest(DIGEST) == line
    assert len(line) == 125


def test_a_digest_hints_at_replies_only_where_one_can_reply() -> None:
    assert "DAFTAR" not in render_digest(replace(DIGEST, two_way=False))


def test_a_digest_leaves_zero_counts_out() -> None:
    only = replace(DIGEST, baru=0, jatuh_tempo=0, terlambat=1, menunggu=4, nomor=())
    assert ": terlambat 1, menunggu 4. Detail" in render_digest(only)
    nothing = replace(only, terlambat=0, menunggu=0, sp4n=False)
    assert render_digest(nothing).startswith("Aduan Sel 24 Nov DPUPR: nihil. Detail")


@given(
    st.integers(0, 500),
    st.tuples(*[st.integers(0, 500)] * 4),
    st.booleans(),
    st.sampled_from(["DPUPR", "Kec. Karangpenang"[:16], "Dinas Pekerjaan Umum dan Penataan Ruang"]),
    st.sampled_from([7, 13]),
)
def test_every_digest_is_one_segment_and_accounts_for_every_number(
    count: int, counts: tuple[int, int, int, int], two_way: bool, opd: str, digits: int
) -> None:
    nomor = [f"SP4N #{10 ** (digits - 1) + n}" for n in range(count)]
    text = render_digest(
        replace(
            DIGEST,
            opd=opd,
            two_way=two_way,
            nomor=nomor,
            baru=counts[0],
            jatuh_tempo=counts[1],
            terlambat=counts[2],
            menunggu=counts[3],
        )
    )
    assert segments(text) == ("GSM-7", 1)
    listed = re.findall(r"#\d+", text)
    assert listed == [one.removeprefix("SP4N ") for one in nomor[: len(listed)]]
    rest = re.search(r"\+(\d+)", text)
    assert len(listed) + (int(rest[1]) if rest else 0) == count
    # One number more would not have fitted.
    assert not (listed and rest) or len(text) + len(f",#{'0' * digits}") > 160
    assert sum(map(int, re.findall(r"(?:baru|ini|terlambat|menunggu) (\d+)", text))) == sum(counts)
