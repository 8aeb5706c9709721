"""Hides what identifies people in free text: NIK and KK, phone numbers, e-mail addresses.

Purpose limits of UU 27/2022 (Pelindungan Data Pribadi): a reminder needs none of them, so they are
masked on the way in and never stored. What may be either is masked; dates, clock times, amounts,
letter numbers and Tracking IDs stay readable.
"""

from __future__ import annotations

import re
from typing import Final

NIK: Final = "[NIK disamarkan]"
TELEPON: Final = "[telepon disamarkan]"
SUREL: Final = "[surel disamarkan]"

# Patterns start at a boundary, so that a long text is scanned once whatever it holds.
_EMAIL: Final = re.compile(r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+(?:[\w.+%-]*@[\w.-]*\w)*")

# All that a number may consist of; starting with a set lets the search skip words quickly.
_RUN: Final = re.compile(r"[\d+(][\d \u00a0.\-\u2010-\u2014()+]{8,}")
_BEFORE: Final = 4  # characters before a run that decide what it is: "Rp. "

# "Rp 62800000000" is money.
_NO_RP: Final = r"(?<![Rr]p)(?<![Rr]p )(?<![Rr]p\. )"
# Unbroken numbers go first, so that a house number before a NIK is not taken for a part of it.
_UNBROKEN: Final = re.compile(
    rf"(?:(?<!\d)(?:(?P<nik>\d{{16,}})|(?:0|{_NO_RP}62|0062)8\d{{8,13}})|\+62\d{{8,14}})(?!\d)"
)

_GAP: Final = r"[ \u00a0.\-\u2010-\u2014()]{1,3}"
_CHAIN: Final = re.compile(rf"\(?(?:\+|(?<!\d){_NO_RP})\d(?:(?:{_GAP})?\d){{8,}}")
_PHONE: Final = re.compile(
    rf"""
    (?: \(? \+ (?:{_GAP})? 62 (?:{_GAP})? \d          # +62 812-…, (+62) (0)323 …
      | (?<!\d) (?: 62 (?:{_GAP})? (?:0(?:{_GAP})?)? 8 | \(? 0 8 )
    )
    (?: (?:{_GAP})? \d ){{8,13}} (?!\d)
    """,
    re.VERBOSE,
)

_YEAR: Final = r"(?:19|20)\d\d"
_ITEM: Final = (
    rf"(?:[0-3]?\d[.\- ][01]?\d[.\- ]{_YEAR}"  # 08-05-2026
    rf"|{_YEAR}[.\-][01]\d[.\-][0-3]\d"  # 2026-05-08
    r"|[1-9]\d{0,2}(?:\.\d{3}){1,4}"  # 1.250.000.000
    r"|[0-2]?\d\.[0-5]\d"  # 08.30
    rf"|{_YEAR})"
)
_ORDINARY: Final = re.compile(rf"\(?{_ITEM}(?:{_GAP}{_ITEM})*")

# Landlines by their area code, and mobile numbers without the zero. Three digits of an area have
# seven or eight of a number; a letter number, an amount or a Tracking ID (#) is none.
_NUMBER: Final = r"[1-9](?:[ -]?\d)"
_LOCAL: Final = re.compile(
    rf"""
    (?<!\d) (?:
      \(? 0(?:2[124]|31|61) (?: \)?[ -]{{1,3}} {_NUMBER}{{6,7}} | \) {_NUMBER}{{6,7}} | \d{{7,8}} )
      | \(? 0[2-79]\d\d (?: \)?[ -]{{1,3}} {_NUMBER}{{4,7}} | \) {_NUMBER}{{4,7}} | \d{{5,8}} )
      | (?<!\#){_NO_RP.replace(" ", "[ ]")} 8[1-9]
        (?: (?!\d{{2,4}}0{{6}}(?!\d)) \d{{8,10}}
          | \d [ -] (?: \d{{4}} [ -] \d{{3,5}} | \d{{3}} [ -] \d{{4,5}} ) )
    ) (?!\d)
    """,
    re.VERBOSE,
)


def mask(text: str) -> str:
    """`text` with NIK and KK numbers, Indonesian telephone numbers and e-mails replaced.

    Numbers are found also when written with spaces, dots, dashes or brackets. Masking twice
    changes nothing more.
    """
    if "@" in text:
        text = _EMAIL.sub(SUREL, text)
    return _RUN.sub(_mask_run, text)


def _mask_run(found: re.Match[str]) -> str:
    before = found.string[max(0, found.start() - _BEFORE) : found.start()]
    run = _UNBROKEN.sub(lambda number: NIK if number["nik"] else TELEPON, before + found[0])
    run = _CHAIN.sub(lambda chain: _mask_chain(chain[0]), run)
    return _LOCAL.sub(TELEPON, run)[len(before) :]


def _mask_chain(chain: str) -> str:
    """What becomes of nine or more digits that only gaps part."""
    if _ORDINARY.fullmatch(chain):
        return chain
    phones_hidden = _PHONE.sub(TELEPON, chain)
    starts_as_phone = phones_hidden.startswith(TELEPON)
    if _digits(chain) == 16 and not starts_as_phone:
        return NIK
    return NIK if _digits(phones_hidden) >= 16 else phones_hidden


def _digits(text: str) -> int:
    return sum(map(str.isdecimal, text))
