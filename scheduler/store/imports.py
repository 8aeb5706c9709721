"""What SP4N exports have brought: which complaints are known, and each import's own record."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select

from scheduler.store.tables import ImportRun, Instansi, InstansiAlias


def sp4n_names(connection: Connection) -> dict[int, tuple[str | None, tuple[str, ...]]]:
    """Return each instansi's number in SP4N and the other names that exports use for it."""
    found: dict[int, tuple[str | None, tuple[str, ...]]] = {
        key: (id_sp4n, ())
        for key, id_sp4n in connection.execute(select(Instansi.id, Instansi.id_sp4n))
    }
    for name, key in connection.execute(select(InstansiAlias.nama, InstansiAlias.instansi_id)):
        found[key] = (found[key][0], (*found[key][1], name))
    return found


def add_import(
    connection: Connection,
    *,
    file_name: str,
    sha256: str,
    data_at: datetime,
    at: datetime,
    counts: dict[str, int],
) -> None:
    """Record an import that has been read to its end."""
    connection.execute(
        insert(ImportRun),
        {
            "file_name": file_name,
            "sha256": sha256,
            "data_at": data_at,
            "finished_at": at,
            **counts,
        },
    )
