"""The directory of instansi, posts and holders: read as one snapshot, and filled from a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select, text

from scheduler.directory import Body, Directory, HolderInfo, PostInfo
from scheduler.directory_file import parse_directory
from scheduler.store.directory_known import load_known, refuse
from scheduler.store.directory_write import Write
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
    Holder.post_id, Holder.phone_id, Holder.status_jabatan, Holder.mulai, Holder.selesai
).order_by(Holder.id)
_COVERS = select(Cover.post_id, Cover.instansi_id)


def load_directory(connection: Connection) -> Directory:
    """Return a snapshot of every instansi, post and holder, in four queries."""
    return Directory(
        bodies=[Body(*row) for row in connection.execute(_BODIES)],
        posts=[PostInfo(*row) for row in connection.execute(_POSTS)],
        holders=[HolderInfo(*row) for row in connection.execute(_HOLDERS)],
        covers=[(post_id, instansi_id) for post_id, instansi_id in connection.execute(_COVERS)],
    )


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
