"""Telephone numbers as people and spreadsheets write them, turned into E.164.

A number is personal data: no error here repeats it.
"""

from __future__ import annotations

import re

_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_EXPONENT = re.compile(r"[0-9][.,]?[0-9]*e\+?[0-9]+", re.IGNORECASE)
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))


def normalise(text: str) -> str:
    """Return a mobile number in E.164; a number without a country code is Indonesian.

    Raises `ValueError` with an Indonesian reason that does not contain the number. Fixed lines
    are refused: they receive neither WhatsApp nor SMS. What is certain is repaired (an
    apostrophe that keeps a cell as text, a lost leading zero, a trailing ".0"); what a
    spreadsheet has rounded away is not guessed.
    """
    import phonenumbers  # 20 ms and 2 MB of tables: only where a number is read

    number = _INVISIBLE.sub("", text).translate(_DASHES)
    number = re.sub(r"\.0$", "", " ".join(number.split()).lstrip("'\u2019`").strip())
    if not number:
        raise ValueError("nomor telepon kosong")
    if _EXPONENT.fullmatch(number):
        raise ValueError(
            "nomor telepon sudah dibulatkan oleh Excel; "
            "ubah format kolom menjadi Teks, lalu ketik ulang nomornya"
        )
    if re.search(r"[/,;&|]|[0-9] ?\+", number):
        raise ValueError("hanya satu nomor telepon yang dapat dicatat untuk satu orang")
    if not re.fullmatch(r"[0-9 ().+-]+", number):
        raise ValueError("nomor telepon berisi huruf atau tanda yang bukan bagian nomor")
    try:
        parsed = phonenumbers.parse(number, "ID")
    except phonenumbers.NumberParseException:
        raise ValueError("nomor telepon tidak dikenali") from None
    kind = phonenumbers.number_type(parsed)
    mobile = phonenumbers.PhoneNumberType.MOBILE
    if kind == phonenumbers.PhoneNumberType.UNKNOWN:
        raise ValueError("nomor telepon salah; periksa jumlah dan urutan angkanya")
    if kind not in (mobile, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE):
        raise ValueError("nomor telepon bukan nomor telepon seluler")
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
