"""Writes a directory file's good rows in a handful of statements, and counts what changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from itertools import chain, count
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from config.terms import Peran
from scheduler.directory_rows import PostRow, Row, key
from scheduler.directory_terms import Term, succeed
from scheduler.store.directory_known import Known, Office, term_of
from scheduler.store.sealed import Seal
from scheduler.store.tables import Cover, Holder, Instansi, InstansiAlias, Phone, Post

CHUNK = 500
"""Values in one IN list."""

ByPost = Mapping[int, Sequence[tuple[Row, PostRow]]]


class Write:
    """One import; `added` and `updated` are the rows that brought something new or other."""

    def __init__(self, connection: Connection, seal: Seal, known: Known, today: date) -> None:
        self.added: set[int] = set()
        self.updated: set[int] = set()
        self._connection = connection
        self._seal = seal
        self._known = known
        self._today = today

    def rows(self, rows: Sequence[Row]) -> None:
        """Write rows that fit the directory and each other."""
        offices: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            offices[key(row.instansi)].append(row)
        self._add_offices(offices)
        self._update_offices(offices)
        self._add_aliases(rows)
        posts = self._add_posts(rows)
        self._replace_covers(posts)
        self._holders(posts)

    def _run(self, statement: Any, values: Sequence[Mapping[str, Any]]) -> None:
        if values:
            self._connection.execute(statement, values)

    def _office(self, name: str) -> Office:
        return self._known.offices[key(name)]

    # --- instansi ---------------------------------------------------------------------------

    def _add_offices(self, offices: Mapping[str, Sequence[Row]]) -> None:
        """Add what is new, without an induk: that may be new as well."""
        new = {
            name: {
                "nama": rows[0].instansi,
                "jenis": rows[0].jenis,
                "hari_kerja": _first(rows, "hari_kerja") or 5,
                "singkatan": _first(rows, "singkatan"),
            }
            for name, rows in offices.items()
            if name not in self._known.offices
        }
        if not new:
            return
        statement = insert(Instansi).returning(Instansi.id, Instansi.nama)
        for instansi_id, nama in self._connection.execute(statement, list(new.values())):
            name = key(nama)
            self._known.offices[name] = Office(
                id=instansi_id, induk_id=None, id_sp4n=None, **new[name]
            )
            self.added.add(offices[name][0].row)

    def _update_offices(self, offices: Mapping[str, Sequence[Row]]) -> None:
        changed: list[Office] = []
        for name, rows in offices.items():
            office = self._known.offices[name]
            induk = _first(rows, "induk")
            wanted = replace(
                office,
                jenis=rows[0].jenis,
                induk_id=self._office(induk).id if induk else office.induk_id,
                hari_kerja=_first(rows, "hari_kerja") or office.hari_kerja,
                singkatan=_first(rows, "singkatan") or office.singkatan,
                id_sp4n=_first(rows, "id_sp4n") or office.id_sp4n,
            )
            if wanted != office:
                changed.append(wanted)
                self.updated.add(rows[0].row)
        match = update(Instansi).where(Instansi.id == bindparam("row_id"))
        # An id of SP4N may pass from one instansi to another: first neither has it.
        self._run(match.values(id_sp4n=None), [{"row_id": office.id} for office in changed])
        self._run(match, [_renamed(asdict(office)) for office in changed])

    def _add_aliases(self, rows: Sequence[Row]) -> None:
        new: dict[str, int] = {}
        for row in rows:
            instansi_id = self._office(row.instansi).id
            for alias in map(key, row.nama_sp4n):
                if alias not in new and alias not in self._known.aliases:
                    new[alias] = instansi_id
                    self.updated.add(row.row)
        values = [{"nama": alias, "instansi_id": value} for alias, value in new.items()]
        self._run(insert(InstansiAlias), values)

    # --- posts ------------------------------------------------------------------------------

    def _add_posts(self, rows: Sequence[Row]) -> ByPost:
        """Add the posts that are new; return the rows of every post in the file."""
        at: dict[tuple[int, Peran, str], list[tuple[Row, PostRow]]] = defaultdict(list)
        for row in rows:
            if row.post:
                instansi_id = self._office(row.instansi).id
                at[instansi_id, row.post.peran, key(row.post.jabatan)].append((row, row.post))
        new: dict[str, tuple[int, Peran, str]] = {}
        values: list[dict[str, Any]] = []
        for where, ((row, post), *_) in at.items():
            if where in self._known.posts:
                continue
            label = self._label(post, self._office(row.instansi).nama)
            new[label] = where
            values.append(
                {
                    "instansi_id": where[0],
                    "peran": post.peran,
                    "jabatan": post.jabatan,
                    "label": label,
                }
            )
            self.added.add(row.row)
        if values:
            statement = insert(Post).returning(Post.id, Post.label)
            for post_id, label in self._connection.execute(statement, values):
                self._known.posts[new[label]] = post_id
        return {self._known.posts[where]: found for where, found in at.items()}

    def _label(self, post: PostRow, instansi: str) -> str:
        """Return an unused label: jabatan and instansi, told apart by the role where needed."""
        plain = f"{post.jabatan}, {instansi}"
        numbered = (f"{plain} ({post.peran} {number})" for number in count(2))
        labels = chain((plain, f"{plain} ({post.peran})"), numbered)
        label = next(label for label in labels if label not in self._known.labels)
        self._known.labels.add(label)
        return label

    def _replace_covers(self, posts: ByPost) -> None:
        gone: list[dict[str, int]] = []
        new: list[dict[str, int]] = []
        for post_id, found in posts.items():
            for row, post in found:
                before = self._known.covers[post_id]
                after = {self._office(name).id for name in post.membawahi}
                if not after or after == before:
                    continue
                gone += [{"post": post_id, "covered": value} for value in before - after]
                new += [{"post_id": post_id, "instansi_id": value} for value in after - before]
                self._known.covers[post_id] = after
                self.updated.add(row.row)
        match = (Cover.post_id == bindparam("post"), Cover.instansi_id == bindparam("covered"))
        self._run(delete(Cover).where(*match), gone)
        self._run(insert(Cover), new)

    # --- holders ----------------------------------------------------------------------------

    def _holders(self, posts: ByPost) -> None:
        phones = self._phones(posts)
        changed: list[dict[str, Any]] = []
        new: list[dict[str, Any]] = []
        for post_id, found in posts.items():
            named = [(row, post.holder) for row, post in found if post.holder]
            before = self._known.terms[post_id]
            terms = [term_of(holder, phones.get(holder.telepon or "")) for _, holder in named]
            after, places = succeed(before, terms, self._today)
            changed += [
                self._values(post_id, term)
                for term, old in zip(after, before, strict=False)
                if term != old
            ]
            new += [self._values(post_id, term) for term in after[len(before) :]]
            for (row, _), place in zip(named, places, strict=True):
                if place >= len(before):
                    self.added.add(row.row)
                elif after[place] != before[place]:
                    self.updated.add(row.row)
        match = update(Holder).where(Holder.id == bindparam("row_id"))
        self._run(match, [_renamed(values) for values in changed])
        for values in new:
            del values["id"]  # the database gives it
        self._run(insert(Holder), new)

    def _values(self, post_id: int, term: Term) -> dict[str, Any]:
        values = asdict(term)
        nip = values.pop("nip")
        return {
            **values,
            "post_id": post_id,
            "nip_sealed": self._seal.seal(nip) if nip else None,
        }

    def _phones(self, posts: ByPost) -> dict[str, int]:
        """Return the phones that the file names, by number, adding those never seen."""
        holders = (post.holder for found in posts.values() for _, post in found)
        numbers = {holder.telepon for holder in holders if holder and holder.telepon}
        blind = {self._seal.blind(number): number for number in sorted(numbers)}
        hashes = list(blind)
        phones: dict[str, int] = {}
        for start in range(0, len(hashes), CHUNK):
            some = Phone.blind.in_(hashes[start : start + CHUNK])
            for phone_id, value in self._connection.execute(
                select(Phone.id, Phone.blind).where(some)
            ):
                phones[blind[value]] = phone_id
        new = [
            {"blind": value, "sealed": self._seal.seal(number)}
            for value, number in blind.items()
            if number not in phones
        ]
        if new:
            statement = insert(Phone).returning(Phone.id, Phone.blind)
            for phone_id, value in self._connection.execute(statement, new):
                phones[blind[value]] = phone_id
        return phones


def _first(rows: Sequence[Row], column: str) -> Any:
    """Return what the first row that says anything in a column says there."""
    return next((value for row in rows if (value := getattr(row, column)) is not None), None)


def _renamed(values: dict[str, Any]) -> dict[str, Any]:
    """Return a row's values with its id under the name that an UPDATE looks for."""
    return {("row_id" if name == "id" else name): value for name, value in values.items()}
