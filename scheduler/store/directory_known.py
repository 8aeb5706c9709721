"""What the directory knows before a file is read into it, and which rows that rules out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from config.terms import Jenis, Peran
from scheduler.directory_rows import HolderRow, Problem, Row, agreeing, key, quoted
from scheduler.directory_terms import Term, stale
from scheduler.store.sealed import Seal
from scheduler.store.tables import Cover, Holder, Instansi, InstansiAlias, Post

PostKey = tuple[int, Peran, str]
"""(id of the instansi, peran, key of the jabatan)"""


@dataclass(frozen=True, slots=True)
class Office:
    """An instansi as stored."""

    id: int
    nama: str
    jenis: Jenis
    induk_id: int | None
    hari_kerja: int
    singkatan: str | None
    id_sp4n: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """The whole directory, by the keys under which a file's rows look for it."""

    offices: dict[str, Office]
    aliases: dict[str, int]
    posts: dict[PostKey, int]
    labels: set[str]
    covers: dict[int, set[int]]
    terms: dict[int, list[Term]]


def load_known(connection: Connection, seal: Seal) -> Known:
    """Return the directory as stored, in five queries."""
    columns = (Instansi.id, Instansi.nama, Instansi.jenis, Instansi.induk_id)
    query = select(*columns, Instansi.hari_kerja, Instansi.singkatan, Instansi.id_sp4n)
    offices = [Office(*row) for row in connection.execute(query)]
    aliases = select(InstansiAlias.nama, InstansiAlias.instansi_id)
    posts = connection.execute(
        select(Post.id, Post.instansi_id, Post.peran, Post.jabatan, Post.label)
    ).all()
    covers: dict[int, set[int]] = defaultdict(set)
    for post_id, instansi_id in connection.execute(select(Cover.post_id, Cover.instansi_id)):
        covers[post_id].add(instansi_id)
    terms: dict[int, list[Term]] = defaultdict(list)
    for row in connection.execute(select(*Holder.__table__.columns).order_by(Holder.id)):
        term = Term(
            id=row.id,
            nama=row.nama,
            status_jabatan=row.status_jabatan,
            mulai=row.mulai,
            selesai=row.selesai,
            phone_id=row.phone_id,
            nip=seal.open(row.nip_sealed) if row.nip_sealed else None,
            nomor_sk=row.nomor_sk,
            pangkat=row.pangkat,
        )
        terms[row.post_id].append(term)
    return Known(
        offices={key(office.nama): office for office in offices},
        aliases={nama: instansi_id for nama, instansi_id in connection.execute(aliases)},
        posts={(row.instansi_id, row.peran, key(row.jabatan)): row.id for row in posts},
        labels={row.label for row in posts},
        covers=covers,
        terms=terms,
    )


def term_of(holder: HolderRow, phone_id: int | None = None) -> Term:
    """Return what a row says of a holder."""
    return Term(
        id=None,
        nama=holder.nama,
        status_jabatan=holder.status_jabatan,
        mulai=holder.mulai,
        selesai=holder.selesai,
        phone_id=phone_id,
        nip=holder.nip,
        nomor_sk=holder.nomor_sk,
        pangkat=holder.pangkat,
    )


# --- refusals -------------------------------------------------------------------------------


def refuse(rows: Sequence[Row], known: Known, today: date) -> tuple[list[Row], list[Problem]]:
    """Split a file's rows into those that can all be true together and the others, with why.

    A refused row may have been the only one to name an instansi that others stand under, so
    the rest is looked at again until nothing more falls. Only rows that fit the directory can
    contradict another.
    """
    good = list(rows)
    problems: list[Problem] = []
    against = {row.row: reason for row in good if (reason := _stale(row, known, today))}
    while True:
        good = [row for row in good if row.row not in against]
        problems += [Problem(number, reason) for number, reason in against.items()]
        together = _Together(good, known)
        against = {row.row: "; ".join(r) for row in good if (r := list(together.against(row)))}
        if not against:
            _, contradictions = agreeing(good)
            against = {problem.row: problem.reason for problem in contradictions}
        if not against:
            return good, problems


def _stale(row: Row, known: Known, today: date) -> str | None:
    office = known.offices.get(key(row.instansi))
    if office is None or row.post is None or row.post.holder is None:
        return None
    post_id = known.posts.get((office.id, row.post.peran, key(row.post.jabatan)))
    new = term_of(row.post.holder)
    same = [term for term in known.terms.get(post_id or 0, ()) if term.is_same(new)]
    return stale(same[-1], new, today) if same else None


class _Together:
    """The instansi there would be if all these rows went in."""

    def __init__(self, rows: Sequence[Row], known: Known) -> None:
        by_id = {office.id: name for name, office in known.offices.items()}
        self._spelling = {name: office.nama for name, office in known.offices.items()}
        parents = {
            name: by_id[office.induk_id]
            for name, office in known.offices.items()
            if office.induk_id is not None
        }
        self._aliases = {alias: by_id[instansi_id] for alias, instansi_id in known.aliases.items()}
        above: dict[str, str] = {}
        ids: dict[str, str] = {}
        for row in rows:  # of what rows say of one instansi, the first counts
            name = key(row.instansi)
            self._spelling.setdefault(name, row.instansi)
            if row.induk:
                above.setdefault(name, key(row.induk))
            if row.id_sp4n:
                ids.setdefault(name, row.id_sp4n)
            for alias in row.nama_sp4n:
                self._aliases.setdefault(key(alias), name)
        parents.update(above)
        self._ids = {
            office.id_sp4n: name
            for name, office in known.offices.items()
            if office.id_sp4n and ids.get(name, office.id_sp4n) == office.id_sp4n
        }
        for name, id_sp4n in ids.items():
            self._ids.setdefault(id_sp4n, name)
        self._circular = _circular(parents)

    def against(self, row: Row) -> Iterator[str]:
        """Yield why a row does not fit."""
        name = key(row.instansi)
        if row.induk and key(row.induk) not in self._spelling:
            yield f"induk {quoted(row.induk)} tidak ada dalam berkas maupun direktori"
        elif row.induk and name in self._circular:
            yield "induk berputar: menurut berkas, instansi ini berada di bawah dirinya sendiri"
        owner = self._ids.get(row.id_sp4n, name) if row.id_sp4n else name
        if owner != name:
            yield f"id_sp4n sudah dipakai {quoted(self._spelling[owner])}"
        for alias in row.nama_sp4n:
            owner = key(alias) if key(alias) in self._spelling else self._aliases[key(alias)]
            if owner != name:
                yield f"nama_sp4n {quoted(alias)} sudah menunjuk {quoted(self._spelling[owner])}"
        for covered in row.post.membawahi if row.post else ():
            if key(covered) not in self._spelling:
                yield f"membawahi {quoted(covered)} tidak ada dalam berkas maupun direktori"


def _circular(parents: Mapping[str, str]) -> set[str]:
    """Return the instansi that stand under themselves."""
    circular: set[str] = set()
    cleared: set[str] = set()
    for start in parents:
        path: dict[str, None] = {}
        name: str | None = start
        while name is not None and name not in path and name not in cleared:
            path[name] = None
            name = parents.get(name)
        if name in path:
            walked = list(path)
            circular.update(walked[walked.index(name) :])
        cleared.update(path)
    return circular
