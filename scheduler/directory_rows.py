"""PURE: the rows of a directory file, and whether they agree with each other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from config.terms import Jenis, Peran, StatusJabatan


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that was refused, numbered as a spreadsheet shows it (the header is row 1)."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class HolderRow:
    """Whoever holds a post between two local dates; `telepon` is in E.164."""

    nama: str
    nip: str | None = field(repr=False)
    telepon: str | None = field(repr=False)
    status_jabatan: StatusJabatan
    mulai: date | None
    selesai: date | None
    nomor_sk: str | None
    pangkat: str | None


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post, the instansi it oversees, and its holder if the row names one."""

    peran: Peran
    jabatan: str
    membawahi: tuple[str, ...]
    holder: HolderRow | None


@dataclass(frozen=True, slots=True)
class Row:
    """One good row. None and () mean that the row says nothing about it."""

    row: int
    instansi: str
    jenis: Jenis
    induk: str | None
    hari_kerja: int | None
    singkatan: str | None
    id_sp4n: str | None
    nama_sp4n: tuple[str, ...]
    post: PostRow | None


def key(name: str) -> str:
    """Return what two spellings of one name share: neither case nor spacing counts."""
    return " ".join(name.split()).casefold()


def quoted(text: str) -> str:
    """Return a cell's text for a reason, without its digits if they may be a phone or NIP."""
    if sum(character.isdigit() for character in text) > 5:
        text = re.sub(r"\d", "#", text)
    return f"“{text[:60]}”"


def agreeing(rows: Sequence[Row]) -> tuple[list[Row], list[Problem]]:
    """Drop rows that contradict an earlier one: the first that says something counts."""
    said: dict[tuple[Any, ...], tuple[Any, int]] = {}
    held: dict[tuple[Any, ...], list[tuple[HolderRow, int]]] = defaultdict(list)
    kept: list[Row] = []
    problems: list[Problem] = []
    for row in rows:
        facts = _facts(row)
        reasons = [
            f"{where[0]} berbeda dengan baris {said[where][1]}"
            for where, value in facts.items()
            if where in said and said[where][0] != value
        ]
        post = (key(row.instansi), row.post.peran, key(row.post.jabatan)) if row.post else ()
        holder = row.post.holder if row.post else None
        if holder:
            for other, at in held[post]:
                reasons += _clash(holder, other, at)
        if reasons:
            problems.append(Problem(row.row, "; ".join(reasons)))
            continue
        kept.append(row)
        for where, value in facts.items():
            said.setdefault(where, (value, row.row))
        if holder:
            held[post].append((holder, row.row))
    return kept, problems


def _facts(row: Row) -> dict[tuple[Any, ...], Any]:
    instansi = key(row.instansi)
    facts: dict[tuple[Any, ...], Any] = {
        ("jenis", instansi): row.jenis,
        ("induk", instansi): key(row.induk) if row.induk else None,
        ("hari_kerja", instansi): row.hari_kerja,
        ("singkatan", instansi): row.singkatan,
        ("id_sp4n", instansi): row.id_sp4n,
    }
    if row.post and row.post.membawahi:
        covered = frozenset(key(name) for name in row.post.membawahi)
        facts["membawahi", instansi, key(row.post.jabatan)] = covered
    return {where: value for where, value in facts.items() if value is not None}


def _clash(holder: HolderRow, other: HolderRow, at: int) -> list[str]:
    """Return why two rows of one post cannot both be true, if so."""
    if holder.status_jabatan is not other.status_jabatan:
        return []
    if key(holder.nama) == key(other.nama):
        return [f"orang, jabatan, dan status yang sama sudah ada di baris {at}"]
    apart = (
        (holder.mulai or date.min) > (other.selesai or date.max)  # he came after the other
        or (holder.selesai or date.max) < (other.mulai or date.min)
    )
    if holder.status_jabatan is StatusJabatan.DEFINITIF and not apart:
        hint = "bila berganti, isi selesai bagi yang lama"
        return [f"jabatan ini sudah punya pemegang definitif di baris {at}; {hint}"]
    return []
