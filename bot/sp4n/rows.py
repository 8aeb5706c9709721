"""One row of an SP4N-LAPOR! export, read: typed, cleaned and masked, or refused with a reason.

Pure: the zone of the export's times, the map of statuses and "now" come in as arguments.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from bot.masking import mask
from bot.sp4n.dates import parse_date, parse_time
from bot.sp4n.sheet import Column, RawRow, Sheet
from config.calendar_overrides import FIRST_YEAR as CALENDAR_FROM
from config.terms import Klasifikasi, Status

MAX_JUDUL: Final = 500
MAX_ISI: Final = 20_000
MAX_ALASAN: Final = 2_000
MAX_LINE: Final = 300
"""Characters kept of every other text (names, statuses, places)."""

FIRST_YEAR: Final = 2000
"""Older dates are typing errors: LAPOR! began in 2011; no day before the calendar is counted."""

StatusMap = Callable[[str], tuple[Status, bool] | None]
"""An export's status text to (status, hidden from every list), or `None` where it is unknown."""

_KLASIFIKASI: Final = {
    "pengaduan berkadar pengawasan": Klasifikasi.BERKADAR,
    "berkadar pengawasan": Klasifikasi.BERKADAR,
    "pengaduan tidak berkadar pengawasan": Klasifikasi.TIDAK_BERKADAR,
    "tidak berkadar pengawasan": Klasifikasi.TIDAK_BERKADAR,
    "permintaan informasi": Klasifikasi.INFORMASI,
    "aspirasi": Klasifikasi.ASPIRASI,
}
# Control characters but tab and newline (PostgreSQL refuses NUL), halves of surrogate pairs, and
# marks that turn the direction of the text around them.
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]"
)
_TRACKING_ID: Final = re.compile(r"['#]?([0-9]{1,20})(?:\.0+)?")
_DATE_LIKE: Final = re.compile(r"[0-9]{1,4}[ /.-][A-Za-z0-9]{1,9}[ /.-][0-9]{1,4}")
_BLANK: Final = frozenset(("", "-", "\u2013", "\u2014"))


@dataclass(frozen=True, slots=True)
class Sp4nRow:
    """A complaint as an export shows it.

    `received_at` is in UTC. `isi`, `judul` and `alasan` are masked. `klasifikasi` is `None` where
    blank or unheard of, `status` is `None` where the policy does not know `status_text`.
    `instansi_id` and `instansi` name where it was disposed to, `None` where nowhere.
    `reporter` is `None` for Anonim complaints: nothing here needs a name that must not be told.
    """

    number: int
    tracking_id: str
    received_at: datetime
    reporter: str | None
    klasifikasi: Klasifikasi | None
    kategori_id: str | None
    kategori: str | None
    judul: str
    isi: str
    anonim: bool
    rahasia: bool
    sumber: str | None
    instansi_induk: str | None
    instansi_id: str | None
    instansi: str | None
    status_text: str
    status: Status | None
    hidden: bool
    alasan: str | None
    kecamatan: str | None
    kelurahan: str | None
    kota: str | None
    rating: int | None


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that cannot go in: its number in the sheet and, in Indonesian, why."""

    number: int
    tracking_id: str | None
    reason: str


class Seen:
    """Remembers in which row of one file each Tracking ID stood first."""

    __slots__ = ("_rows",)

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}

    def earlier(self, tracking_id: str, number: int) -> int | None:
        """The earlier row of this Tracking ID, or `None` and remember `number` as its row."""
        first = self._rows.setdefault(tracking_id, number)
        return None if first == number else first


def parse_rows(
    sheet: Sheet, *, zone: ZoneInfo, policy_status: StatusMap, not_after: datetime
) -> Iterator[Sp4nRow | RowProblem]:
    """Every row of `sheet` through `parse_row`, streamed; of duplicates the first good one stays.

    Raises `SheetError` where the sheet breaks off, and only there.
    """
    seen = Seen()
    for raw in sheet:
        row = parse_row(
            raw, sheet.columns, zone=zone, policy_status=policy_status, not_after=not_after
        )
        if isinstance(row, Sp4nRow):
            first = seen.earlier(row.tracking_id, row.number)
            if first is not None:
                reason = _about(Column.TRACKING_ID, f"{row.tracking_id} sudah ada di baris {first}")
                row = RowProblem(row.number, row.tracking_id, reason)
        yield row


def parse_row(
    raw: RawRow,
    columns: Sequence[Column],
    *,
    zone: ZoneInfo,
    policy_status: StatusMap,
    not_after: datetime,
) -> Sp4nRow | RowProblem:
    """Read one row whose dates are wall-clock times of `zone`; never raises for its content.

    A date after `not_after` (the import's own moment) is a problem. Texts that are too long are
    cut, unprintable characters dropped. A Tipe that nobody has heard of counts as Anonim and
    Rahasia: reporters were harmed when that was forgotten.
    """
    cells = dict(zip(columns, raw.cells, strict=False))
    tracking_id = _tracking_id(cells.get(Column.TRACKING_ID, ""))
    if tracking_id is None:
        blank = _line(cells, Column.TRACKING_ID) is None
        what = "kosong" if blank else "harus berupa angka, paling banyak 20 digit"
        return RowProblem(raw.number, None, _about(Column.TRACKING_ID, what))
    received_at = _received_at(cells, zone, not_after)
    if isinstance(received_at, str):
        return RowProblem(raw.number, tracking_id, received_at)
    anonim, rahasia = _tipe(cells.get(Column.TIPE, ""))
    status_text = _line(cells, Column.STATUS) or ""
    status, hidden = (policy_status(status_text) if status_text else None) or (None, False)
    klasifikasi = _line(cells, Column.KLASIFIKASI)
    instansi_id = _tracking_id(cells.get(Column.INSTANSI_ID, ""))
    return Sp4nRow(
        number=raw.number,
        tracking_id=tracking_id,
        received_at=received_at,
        reporter=None if anonim else _line(cells, Column.PELAPOR),
        klasifikasi=_KLASIFIKASI.get(klasifikasi.casefold()) if klasifikasi else None,
        kategori_id=_line(cells, Column.KATEGORI_ID),
        kategori=_line(cells, Column.KATEGORI),
        judul=mask(_one_line(cells.get(Column.JUDUL, "")))[:MAX_JUDUL],
        isi=_isi(cells),
        anonim=anonim,
        rahasia=rahasia,
        sumber=_line(cells, Column.SUMBER),
        instansi_induk=_line(cells, Column.INSTANSI_INDUK),
        instansi_id=instansi_id,
        instansi=_line(cells, Column.INSTANSI),
        status_text=status_text,
        status=status,
        hidden=hidden,
        alasan=mask(_one_line(cells.get(Column.ALASAN, "")))[:MAX_ALASAN] or None,
        kecamatan=_line(cells, Column.KECAMATAN),
        kelurahan=_line(cells, Column.KELURAHAN),
        kota=_line(cells, Column.KOTA),
        rating=_rating(cells.get(Column.RATING, "")),
    )


def _about(column: Column, what: str) -> str:
    return f'Kolom "{column}": {what}.'


def _one_line(text: str) -> str:
    if not text.isprintable():
        text = _UNPRINTABLE.sub("", text)
    return " ".join(text.split())


def _line(cells: Mapping[Column, str], column: Column) -> str | None:
    """The cell as one line of at most `MAX_LINE` characters; `None` where blank or a dash.

    Masked but for the reporter's name, which is sealed: where columns have shifted, a citizen's
    number may stand in any of them, and some are repeated in messages.
    """
    text = _one_line(cells.get(column, ""))[:MAX_LINE].rstrip()
    if text in _BLANK:
        return None
    return text if column is Column.PELAPOR else mask(text)


def _isi(cells: Mapping[Column, str]) -> str:
    """The text as SP4N's administrators left it, else as it came; newlines are kept."""
    for column in (Column.ISI_AKHIR, Column.ISI_AWAL):
        text = cells.get(column, "").replace("\r\n", "\n").replace("\r", "\n")
        text = _UNPRINTABLE.sub("", text).strip()
        if text not in _BLANK:
            return mask(text)[:MAX_ISI]
    return ""


def _tracking_id(text: str) -> str | None:
    """The digits of a number that a spreadsheet may have turned into `9000001.0`."""
    found = _TRACKING_ID.fullmatch(_one_line(text))
    return found[1] if found else None


def _received_at(
    cells: Mapping[Column, str], zone: ZoneInfo, not_after: datetime
) -> datetime | str:
    """The instant in UTC, or why there is none."""
    text = _one_line(cells.get(Column.TANGGAL, ""))
    if not text:
        return _about(Column.TANGGAL, "kosong")
    found = parse_date(text[:MAX_LINE])
    if found is None or found[0].year < FIRST_YEAR or parse_time(found[1]) is None:
        # Nothing but a date is repeated: in a shifted column it might be somebody's words.
        quoted = f' "{text}"' if _DATE_LIKE.fullmatch(text) else ""
        return _about(Column.TANGGAL, f"tanggal{quoted} tidak ada atau tidak terbaca")
    if found[0].year < CALENDAR_FROM:
        return _about(Column.TANGGAL, f"sebelum {CALENDAR_FROM}, di luar kalender hari kerja")
    day, rest = found
    time_text = _one_line(cells.get(Column.WAKTU, "")) or rest
    at = parse_time("" if time_text in _BLANK else time_text[:MAX_LINE])
    if at is None:
        return _about(Column.WAKTU, "waktu tidak terbaca; contoh yang benar 04:05:34")
    instant = _instant(day, at, zone)
    if instant is None or instant > not_after:
        return _about(Column.TANGGAL, f"tanggal {day:%d-%m-%Y} belum tiba")
    return instant


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    try:
        return datetime.combine(day, at, zone).astimezone(UTC)
    except OverflowError:  # the last day of the year 9999
        return None


def _tipe(text: str) -> tuple[bool, bool]:
    """(anonim, rahasia) of Tipe Laporan: `Anonim`, `Rahasia`, `Anonim|Rahasia` or blank."""
    folded = _one_line(text).casefold()
    if folded in _BLANK:
        return False, False
    words = set(re.split(r"[\W_]+", folded)) - {"", "dan"}
    if words <= {"anonim", "rahasia"}:
        return "anonim" in words, "rahasia" in words
    return True, True


def _rating(text: str) -> int | None:
    found = re.fullmatch(r"([1-5])(?:[.,]0+)?", text.strip())
    return int(found[1]) if found else None
