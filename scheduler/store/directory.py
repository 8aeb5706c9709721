"""The directory of instansi, posts and holders: read as one snapshot."""

from __future__ import annotations

from sqlalchemy import Connection, select

from scheduler.directory import Body, Directory, HolderInfo, PostInfo
from scheduler.store.tables import Cover, Holder, Instansi, Post


def load_directory(connection: Connection) -> Directory:
    """Return a snapshot of every instansi, post and holder, in four queries."""
    bodies = select(
        Instansi.id,
        Instansi.nama,
        Instansi.jenis,
        Instansi.induk_id,
        Instansi.hari_kerja,
        Instansi.singkatan,
    )
    posts = select(Post.id, Post.instansi_id, Post.peran, Post.jabatan, Post.label)
    holders = select(
        Holder.post_id, Holder.phone_id, Holder.status_jabatan, Holder.mulai, Holder.selesai
    ).order_by(Holder.id)
    covers = select(Cover.post_id, Cover.instansi_id)
    return Directory(
        bodies=[Body(*row) for row in connection.execute(bodies)],
        posts=[PostInfo(*row) for row in connection.execute(posts)],
        holders=[HolderInfo(*row) for row in connection.execute(holders)],
        covers=[(post_id, instansi_id) for post_id, instansi_id in connection.execute(covers)],
    )
