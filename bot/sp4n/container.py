"""The zip file that an .xlsx is: refused before parsing when it is something else or hostile.

Nothing here trusts a declared size: every member is decompressed once, in chunks, and counted.
That pass also checks every CRC, so a damaged file is refused before its first row is used.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Final, NoReturn
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

MAX_FILE: Final = 100_000_000
"""Bytes on disk; an export of 100,000 complaints has about 30 million."""
MAX_MEMBERS: Final = 1_000
MAX_UNPACKED: Final = 700_000_000
"""Bytes of all members together; an export of 100,000 complaints has about 200 million."""
MAX_RATIO: Final = 100
"""Unpacked to packed size of a member larger than `RATIO_FROM`; a real sheet stays below 30."""
RATIO_FROM: Final = 4_000_000
CHUNK: Final = 1 << 18

READ_ERRORS: Final = (BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)
"""What zipfile raises on damaged members (RuntimeError: encrypted ones)."""

_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")


class SheetError(Exception):
    """An export that cannot be used; its text is one Indonesian sentence naming the file."""


def shown(path: Path) -> str:
    """The file's name alone, quoted and on one line, fit for a message."""
    return quoted(path.name)


def quoted(name: str) -> str:
    """A name that somebody gave, quoted and on one line."""
    return '"' + "".join(c if c.isprintable() else "?" for c in name) + '"'


def open_container(path: Path) -> ZipFile:
    """The zip file at `path`, verified whole; the caller closes it.

    Raises `SheetError` for whatever is not a sound and sanely sized zip file.
    """
    _check_kind(path)
    try:
        archive = ZipFile(path)
    except (*READ_ERRORS, ValueError):
        damaged(path)
    try:
        _verify(archive, path)
    except READ_ERRORS:
        archive.close()
        damaged(path)
    except BaseException:
        archive.close()
        raise
    return archive


def damaged(path: Path) -> NoReturn:
    """Raise the error of a file whose content breaks off or does not add up."""
    raise SheetError(f"Berkas {shown(path)} terpotong atau rusak; unduh ulang dari SP4N-LAPOR!.")


def _check_kind(path: Path) -> None:
    name = shown(path)
    try:
        if path.is_dir():
            raise SheetError(f"{name} adalah folder, bukan berkas ekspor.")
        if not path.exists():
            raise SheetError(f"Berkas {name} tidak ditemukan.")
        if not path.is_file():  # opening a FIFO would wait for ever
            raise SheetError(f"{name} bukan berkas biasa.")
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(4096)
    except (OSError, ValueError):  # ValueError: a NUL in the name
        raise SheetError(
            f"Berkas {name} tidak dapat dibaca; periksa nama dan izin aksesnya."
        ) from None
    if not head:
        raise SheetError(f"Berkas {name} kosong.")
    if size > MAX_FILE:
        raise SheetError(f"Berkas {name} terlalu besar (lebih dari {MAX_FILE // 10**6} MB).")
    if head.startswith(_OLE):
        _refuse_ole(path)
    if not head.startswith(b"PK"):
        if _is_text(head):
            raise SheetError(
                f"Berkas {name} berisi teks biasa (mungkin CSV yang diganti namanya), "
                "bukan buku kerja .xlsx; unduh ulang dalam format Excel."
            )
        not_a_workbook(path)


def too_large(path: Path) -> NoReturn:
    """Raise the error of a sound file that holds more than any export does."""
    raise SheetError(
        f"Berkas {shown(path)} ditolak: isinya terlalu besar untuk sebuah ekspor; "
        "bagi menurut periode."
    )


def not_a_workbook(path: Path) -> NoReturn:
    """Raise the error of a file that is sound but of another kind."""
    raise SheetError(f"Berkas {shown(path)} bukan buku kerja Excel (.xlsx).")


def _refuse_ole(path: Path) -> NoReturn:
    """An OLE container holds either an encrypted .xlsx or an .xls of before 2007."""
    with path.open("rb") as stream:
        encrypted = _ENCRYPTED in stream.read()  # at most MAX_FILE
    if encrypted:
        raise SheetError(
            f"Berkas {shown(path)} dilindungi kata sandi; "
            "hapus kata sandinya di Excel, lalu simpan ulang."
        )
    raise SheetError(
        f"Berkas {shown(path)} berformat Excel lama (.xls); simpan ulang sebagai .xlsx."
    )


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return not any(byte < 0x20 and byte not in b"\t\n\r\f" for byte in head)


def _verify(archive: ZipFile, path: Path) -> None:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise SheetError(
            f"Berkas {shown(path)} ditolak: memuat lebih dari {MAX_MEMBERS} bagian, "
            "tidak wajar untuk sebuah ekspor."
        )
    total = 0
    for member in members:
        total += _verify_member(archive, member, path, MAX_UNPACKED - total)


def _verify_member(archive: ZipFile, member: ZipInfo, path: Path, room: int) -> int:
    """The member's real unpacked size; reading to its end makes zipfile check the CRC."""
    if member.flag_bits & 0x1:
        raise SheetError(f"Berkas {shown(path)} dilindungi kata sandi; simpan ulang tanpa sandi.")
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):  # all that the format allows
        not_a_workbook(path)
    size = 0
    with archive.open(member) as stream:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            swollen = size > RATIO_FROM and size > MAX_RATIO * member.compress_size
            if size > room or swollen:
                raise SheetError(
                    f"Berkas {shown(path)} ditolak: isinya mengembang tidak wajar "
                    "saat dibuka (zip bomb)."
                )
    return size
