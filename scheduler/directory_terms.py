"""PURE: who holds a post from when to when, as a directory file changes it (mutasi)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from config.terms import StatusJabatan
from scheduler.directory_rows import key

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Term:
    """One person's holding of one post between two local dates, both inclusive."""

    id: int | None
    nama: str
    status_jabatan: StatusJabatan
    mulai: date | None = None
    selesai: date | None = None
    phone_id: int | None = None
    nip: str | None = field(default=None, repr=False)
    nomor_sk: str | None = None
    pangkat: str | None = None

    @property
    def definitif(self) -> bool:
        """Whether the post is held in the person's own right."""
        return self.status_jabatan is StatusJabatan.DEFINITIF

    def is_same(self, other: Term) -> bool:
        """Return whether this is the same person in the same capacity."""
        return self.status_jabatan is other.status_jabatan and key(self.nama) == key(other.nama)


def begins_again(known: Term, row: Term) -> bool:
    """Return whether the row is a new term of somebody whose known one has an end before it."""
    return bool(row.mulai and known.selesai and known.selesai < row.mulai)


def stale(known: Term, row: Term, today: date) -> str | None:
    """Return why a row cannot be true of somebody already known, if so.

    Somebody whose term is over gets it back only under a new `mulai`: an old file read again
    must not return a post, and the rights of its phone, to whoever left it.
    """
    if begins_again(known, row):
        return None
    if row.selesai is None and known.selesai is not None and known.selesai < today:
        return f"masa jabatan orang ini sudah selesai {known.selesai}; isi mulai bila menjabat lagi"
    after = continued(known, row)
    if after.mulai and after.selesai and after.selesai < after.mulai:
        return f"selesai mendahului mulai yang tercatat, {after.mulai}"
    return None


def continued(known: Term, row: Term) -> Term:
    """Return a known term with what the row says of it; what the row leaves blank stays."""
    again = begins_again(known, row)
    return Term(
        id=known.id,
        nama=row.nama,
        status_jabatan=known.status_jabatan,
        mulai=row.mulai or known.mulai,
        selesai=row.selesai if again else row.selesai or known.selesai,
        phone_id=row.phone_id or known.phone_id,
        nip=row.nip or known.nip,
        nomor_sk=row.nomor_sk or known.nomor_sk,
        pangkat=row.pangkat or known.pangkat,
    )


def succeed(
    known: Sequence[Term], rows: Sequence[Term], today: date
) -> tuple[list[Term], list[int]]:
    """Return a post's terms after a file's rows, known ones first, and where each row's is.

    A term that begins ends the one it replaces, on the day before or, if that one began later,
    on the day it began; without a `mulai` it begins today. Terms of the same file do not end
    each other: the file says of both when they hold.
    """
    terms = list(known)
    places: list[int] = []
    begun: list[int] = []
    for row in rows:
        found = [place for place, term in enumerate(known) if term.is_same(row)]
        if not found:
            places.append(len(terms))
            begun.append(len(terms))
            terms.append(row)
            continue
        places.append(found[-1])
        if begins_again(known[found[-1]], row):
            begun.append(found[-1])
        terms[found[-1]] = continued(known[found[-1]], row)
    for place in begun:
        _replace_others(terms, place, today, spared=places)
    return terms, places


def _replace_others(terms: list[Term], place: int, today: date, *, spared: Sequence[int]) -> None:
    new = terms[place]
    if new.selesai is not None and new.selesai < today:
        return  # a piece of history
    start = new.mulai or today
    for other, old in enumerate(terms):
        if other in spared or not _replaces(new, old):
            continue
        end = max(start - DAY, old.mulai or date.min)
        if old.selesai is None or end < old.selesai:
            terms[other] = replace(old, selesai=end)
            terms[place] = replace(new, mulai=start)


def _replaces(new: Term, old: Term) -> bool:
    """Return whether nobody can hold the post as `old` says once `new` does."""
    if new.selesai and old.mulai and new.selesai < old.mulai:
        return False
    if new.definitif and old.definitif:
        return True
    same_kind = new.definitif is old.definitif or key(new.nama) == key(old.nama)
    return old.selesai is None and same_kind
