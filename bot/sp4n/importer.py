"""Brings an SP4N export into the store, in batches; running it again changes nothing more.

An export is a snapshot: it has no time of disposition and none of the answer, so what it newly
shows happened, for all that is known, at the end of the day on which it was generated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.sp4n.applier import Applier, DisposedAt
from bot.sp4n.matching import InstansiIndex, Known
from bot.sp4n.rows import RowProblem, Sp4nRow, parse_rows
from bot.sp4n.sheet import open_sheet
from config.terms import GOVERNMENTS
from scheduler.complaint import RefusedError
from scheduler.ledger import HELD_STALE, SP4N
from scheduler.store import cases, holds, imports
from scheduler.store.sealed import Seal
from scheduler.store.session import DISCONNECTED, Connection, Engine, reading, writing
from scheduler.store.unknown_names import told_instansi
from scheduler.world import World

BATCH = 500

Brought = Callable[[Connection, Sequence[int]], None]
"""Told of complaints that an import has just entered, by id."""


@dataclass(slots=True)
class ImportReport:
    """What an import did. Held rows are also counted as added, updated or unchanged."""

    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    held: int = 0
    rejected: list[RowProblem] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    """The Tracking IDs of the rows that went in."""

    @property
    def counts(self) -> dict[str, int]:
        """The figures alone."""
        return {
            "read": self.read,
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "held": self.held,
            "rejected": len(self.rejected),
        }


def import_export(
    engine: Engine,
    seal: Seal,
    world: World,
    path: Path,
    at: datetime,
    *,
    source_tz: ZoneInfo,
    disposed_at: DisposedAt,
    progress: Callable[[int, int | None], None] | None = None,
    now: Callable[[], datetime] | None = None,
    brought: Brought | None = None,
) -> ImportReport:
    """Read the export at `path` into the store as of `at`.

    A long import is overtaken by what happens meanwhile: with `now` each batch goes in as of the
    moment at which it has its complaints to itself.

    Raises `SheetError` for a file that cannot be read; what was read before stays, and the import
    can simply be run again. One of which every row is rejected makes no data newer. `progress` gets
    the rows done and about how many there are; `brought` the new complaints of a batch, in its
    transaction.
    """
    sheet = open_sheet(path)
    report = ImportReport()
    data_at = _data_at(sheet.generated, world.zone, at)
    with reading(engine) as connection:
        index = index_of(connection, world)
    applier = Applier(world, index, seal, at, data_at, disposed_at)
    rows = parse_rows(sheet, zone=source_tz, policy_status=world.sp4n, not_after=at)
    for batch in _batches(rows, report):
        _apply(engine, applier, batch, report, now or (lambda: at), brought)
        if progress is not None:
            progress(report.read, sheet.total)
    if report.read and len(report.rejected) == report.read:
        return report  # a file of which nothing could be read says nothing of SP4N
    with writing(engine) as connection:
        imports.add_import(
            connection,
            file_name=path.name,
            sha256=_sha256(path),
            data_at=data_at,
            at=at,
            counts=report.counts,
        )
        if world.fresh(data_at, at):
            waiting = holds.stale(connection, at)
            holds.release(connection, world, waiting, at, only=HELD_STALE, actor=SP4N)
    return report


def _data_at(generated: date | None, zone: ZoneInfo, at: datetime) -> datetime:
    """The end of the day the export was generated on, never after the import itself."""
    if generated is None:
        return at
    return min(at, datetime.combine(generated, time(23, 59, 59), zone).astimezone(at.tzinfo))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def index_of(
    connection: Connection, world: World, told: Mapping[str, int] | None = None
) -> InstansiIndex:
    """Return the names of the instansi, with what Kominfo said of others; `told` on top of it."""
    names = imports.sp4n_names(connection)
    known = (
        Known(
            body.id,
            body.nama,
            body.singkatan,
            *names.get(body.id, (None, ())),
            government=body.jenis in GOVERNMENTS,
        )
        for body in world.directory.bodies.values()
    )
    return InstansiIndex(known, {**told_instansi(connection), **(told or {})})


def _batches(rows: Iterator[Sp4nRow | RowProblem], report: ImportReport) -> Iterator[list[Sp4nRow]]:
    while some := list(islice(rows, BATCH)):
        report.read += len(some)
        report.rejected += [row for row in some if isinstance(row, RowProblem)]
        yield [row for row in some if isinstance(row, Sp4nRow)]


def _apply(
    engine: Engine,
    applier: Applier,
    rows: list[Sp4nRow],
    report: ImportReport,
    now: Callable[[], datetime],
    brought: Brought | None,
) -> None:
    """Apply rows in one transaction; where that fails, one by one, naming those that cannot go."""
    if not rows:
        return
    try:
        with writing(engine) as connection:
            known = cases.lock_by_number(connection, (row.tracking_id for row in rows))
            outcome = applier.apply(rows, known, now())
            cases.write(connection, applier.changes)
            if brought is not None:
                brought(connection, [case.id for case in applier.changes.new_cases if case.id])
    except DISCONNECTED:
        raise
    except Exception as error:  # noqa: BLE001 - a row that cannot be stored is named
        if len(rows) > 1:
            for row in rows:
                _apply(engine, applier, [row], report, now, brought)
            return
        reason = str(error) if isinstance(error, RefusedError) else "baris tidak dapat disimpan"
        report.rejected.append(RowProblem(rows[0].number, rows[0].tracking_id, f"{reason}."))
        return
    applier.committed()
    report.numbers += [row.tracking_id for row in rows]
    report.added += outcome.added
    report.updated += outcome.updated
    report.unchanged += outcome.unchanged
    report.held += outcome.held
