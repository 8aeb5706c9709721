from __future__ import annotations

import subprocess
import sys

import pytest

from scheduler.phones import normalise


@pytest.mark.parametrize(
    "text",
    [
        "081100000001",
        "0811-0000-0001",
        "0811 0000 0001",
        "0811.0000.0001",
        "(0811) 0000-0001",
        "0811\u20130000\u20130001",  # a dash that a word processor put there
        "81100000001",  # a spreadsheet took it for a number and dropped the zero
        "6281100000001",
        "6281100000001.0",
        "62 811-0000-0001",
        "+62 811-0000-0001",
        "+62 (0)811-0000-0001",
        "'081100000001",
        "\u2019081100000001",
        "  0811-0000-0001\u00a0",
        "\u202a+62 811-0000-0001\u202c",  # copied from a contact card
    ],
)
def test_every_way_of_writing_one_number(text: str) -> None:
    assert normalise(text) == "+6281100000001"


def test_a_foreign_number_keeps_its_country() -> None:
    assert normalise("+1 201-555-0123") == "+12015550123"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "kosong"),
        (" ' ", "kosong"),
        ("6.28E+11", "dibulatkan oleh Excel"),
        ("6,28E+11", "dibulatkan oleh Excel"),
        ("6.2811e+12", "dibulatkan oleh Excel"),
        ("0811-0000-0001/0811-0000-0002", "hanya satu nomor"),
        ("081100000001, 081100000002", "hanya satu nomor"),
        ("+6281100000001 +6281100000002", "hanya satu nomor"),
        ("0811-0000-0001 (WA)", "huruf"),
        ("0811-OOOO-OOO1", "huruf"),
        ("0811-0000-0001 ext 12", "huruf"),
        ("-", "tidak dikenali"),
        ("0811-00", "salah"),
        ("0811-0000-0001-0002", "salah"),
        ("1708", "salah"),
        ("0323-321001", "bukan nomor telepon seluler"),
        ("021-5555555", "bukan nomor telepon seluler"),
        ("0800-1-500500", "bukan nomor telepon seluler"),
    ],
)
def test_a_refusal_says_why_but_not_which_number(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        normalise(text)
    assert not any(character.isdigit() for character in str(caught.value))
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_importing_the_module_does_not_load_the_tables() -> None:
    code = "import sys, scheduler.phones; sys.exit('phonenumbers' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
