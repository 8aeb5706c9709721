"""A small policy file to break, and what a broken one is told."""

from __future__ import annotations

import pytest

from config.limits import Limit, Unit
from config.policy import PolicyError, Problem, Step
from config.policy_file import load_default_text, parse_policy
from config.terms import Clock

DEFAULT = load_default_text()

SMALL = """\
nama = "Kabupaten Contoh"
kode = "CTH"
tanda = "-Kominfo Contoh"
dasar_hukum = "Peraturan Contoh"
persetujuan_jawaban = "penghubung"
[tenang]
dari = "20:00"
sampai = "06:30"
[[clock]]
clock = "respon"
start = "disposisi"
stop = "jawaban"
days = "opd"
limit = "3 hari kerja"
[[clock.step]]
step = "ingat"
due = "1 hari kerja"
hour = "08:00"
to = ["admin_opd"]
message = "ingat"
[[clock.step]]
step = "surat"
due = "2 hari kerja"
hour = "tutup"
to = ["admin_opd"]
copy = ["kepala_opd"]
message = "surat_1"
letter = "pertama"
veto = "60 menit"
[[clock.step]]
step = "eskalasi"
due = "4 hari kerja"
hour = "09:00"
to = ["asisten"]
copy = ["sekda"]
message = "eskalasi"
letter = "eskalasi"
repeat = "1 hari kerja"
[[sp4n_status]]
export = "Ditutup oleh …"
status = "selesai"
"""


def problems(text: str, messages: frozenset[str] | None = None) -> tuple[Problem, ...]:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, messages)
    return caught.value.problems


def change(old: str, new: str, text: str = SMALL) -> str:
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the text"
    return text.replace(old, new)


def step(text: str, name: str, clock: Clock = Clock.RESPON) -> Step:
    return next(s for s in parse_policy(text).clocks[clock].steps if s.name == name)


def line_of(text: str, part: str) -> int:
    assert text.count(part) == 1, f"{part!r} stands {text.count(part)} times in the text"
    return text[: text.index(part)].count("\n") + 1


def days(amount: int) -> Limit:
    return Limit(amount, Unit.HARI_KERJA)
