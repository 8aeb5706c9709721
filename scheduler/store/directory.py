"""The directory of instansi, posts and holders: read as one snapshot, and filled from a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select, text

from scheduler.directory import Body, Directory, HolderInfo, PostInfo
from scheduler.directory_file import parse_directory
from scheduler.handover import NONE, Handovers
from scheduler.store.directory_known import load_known, refuse
from scheduler.store.directory_write import Write
from scheduler.store.messaging_tables import Consent
from scheduler.store.sealed import Seal
from scheduler.store.tables import Cover, Holder, Instansi, Post

# Built once: every pass reads the directory anew.
_BODIES = select(
    Instansi.id,
    Instansi.nama,
    Instansi.jenis,
    Instansi.induk_id,
    Instansi.hari_kerja,
    Instansi.singkatan,
)
_POSTS = select(Post.id, Post.instansi_id, Post.peran, Post.jabatan, Post.label)
_HOLDERS = select(
    Holder.post_id,
    Holder.phone_id,
    Holder.status_jabatan,
    Holder.mulai,
    Holder.selesai,
    Holder.id,
).order_by(Holder.id)
_NOT_REFUSED = Holder.id.not_in(select(Consent.holder_id).where(Consent.answer == "menolak"))
_COVERS = select(Cover.post_id, Cover.instansi_id)


@dataclass(frozen=True, slots=True)
class KnownHolder(HolderInfo):
    """A holder with the id of his row, which his consent is kept by."""

    id: int


def load_directory(
    connection: Connection, *, refused: bool = False, handovers: Handovers = NONE
) -> Directory:
    """Return a snapshot of every instansi, post and holder, in four queries.

    Whoever refused to be reminded on his phone is left out, or (`refused`) in it all the same: his
    duty goes to the acting holder, then climbs.
    """
    holders = _HOLDERS if refused else _HOLDERS.where(_NOT_REFUSED)
    return Directory(
        bodies=[Body(*row) for row in connection.execute(_BODIES)],
        posts=[PostInfo(*row) for row in connection.execute(_POSTS)],
        holders=[KnownHolder(*row) for row in connection.execute(holders)],
        covers=[(post_id, instansi_id) for post_id, instansi_id in connection.execute(_COVERS)],
        handovers=handovers,
    )


def holders(directory: Directory, post_id: int, on: date) -> list[KnownHolder]:
    """Return who may be told for a post on a date, the first to be told first, with their ids."""
    found = directory.holders(post_id, on)
    return [holder for holder in found if isinstance(holder, KnownHolder)]


@dataclass(frozen=True, slots=True)
class DirectoryReport:
    """What became of a file's rows; a row that says nothing new is neither added nor updated.

    `rejected` holds (row as a spreadsheet numbers it, Indonesian reason), in the file's order.
    """

    read: int
    added: int
    updated: int
    rejected: list[tuple[int, str]]


def import_directory(
    connection: Connection, seal: Seal, data: bytes, *, name: str, today: date
) -> DirectoryReport:
    """Bring the directory up to a CSV file, in the caller's transaction; bad rows stay out.

    `name` is what errors call the file, `today` the installation's local date. A blank cell
    leaves what is known as it is. A post's new holder in his own right ends the old one the day
    before he starts (or before today); a new acting one ends an acting one without an end.
    Raises `DirectoryFileError` if the file cannot be read at all.
    """
    rows, problems, read = parse_directory(data, name=name)
    if connection.dialect.name == "postgresql":
        # Two imports at once would both insert what neither sees yet; readers do not wait.
        connection.execute(text("LOCK TABLE instansi IN SHARE ROW EXCLUSIVE MODE"))
    known = load_known(connection, seal)
    good, refused = refuse(rows, known, today)
    write = Write(connection, seal, known, today)
    write.rows(good)
    rejected = sorted((problem.row, problem.reason) for problem in problems + refused)
    return DirectoryReport(read, len(write.added), len(write.updated - write.added), rejected)
