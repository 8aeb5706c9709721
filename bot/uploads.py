"""Exports that were dragged into the console: read beside the requests, by whoever claims one.

A worker that dies in between leaves the file to another, which reads it from its start: an import
that is run again changes nothing more.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Final

from bot.compose import Installation
from bot.sp4n.container import SheetError, open_container
from bot.sp4n.importer import ImportReport, import_export
from bot.sp4n.options import disposed_at
from scheduler.runner import fault
from scheduler.store import uploads
from scheduler.store.rules import StoreError
from scheduler.store.session import Connection, reading, writing
from scheduler.store.uploads import Claimed, Outcome, What

log = logging.getLogger(__name__)

UPLOADS_EVERY_S: Final = 2
"""Who has dragged a file in watches the page."""
_NAME: Final = 200
"""Bytes kept of a file's name; a file system takes 255."""
_NAMELESS: Final = "ekspor.xlsx"
_ZIP: Final = b"PK"


class _StoppedError(Exception):
    """The process was told to stop between two batches."""


class _LostError(Exception):
    """Another worker has taken over: this one was away for longer than its lease."""


def read_next(opened: Installation, going: Callable[[], bool] = lambda: True) -> bool:
    """Read the oldest export that waits, if there is one; return whether there was.

    As `ingat import` reads it, with the same settings. Database errors are the caller's: the file
    stays, and is read again once the lease is over.
    """
    with reading(opened.engine) as connection:
        if not uploads.any_waiting(connection):
            return False
    with writing(opened.engine) as connection:
        claimed = uploads.claim(connection, opened.seal)
    if claimed is None:
        return False
    _Reading(opened, claimed, going).read()
    return True


class _Reading:
    """One worker's reading of one export."""

    def __init__(self, opened: Installation, claimed: Claimed, going: Callable[[], bool]) -> None:
        self._opened = opened
        self._claimed = claimed
        self._going = going
        self._lease = claimed.lease_until

    def read(self) -> None:
        key = self._claimed.id
        try:
            report = self._import()
            self._finish(report)
        except SheetError as error:
            log.warning("upload_refused upload=%d", key)
            self._fail(str(error))
        except _StoppedError:
            with writing(self._opened.engine) as connection:
                uploads.give_back(connection, self._claimed, self._lease)
            log.info("upload_interrupted upload=%d", key)
        except _LostError:
            log.warning("upload_taken_over upload=%d", key)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - a poisoned file must not hold up the others
            log.error("upload_failed upload=%d %s", key, fault(error))  # noqa: TRY400 - no values
            kind = type(error).__name__
            self._fail(f"Berkas tidak dapat diimpor ({kind}); hubungi pengelola Ingat.")

    def _import(self) -> ImportReport:
        opened = self._opened
        at = opened.now()
        with as_file(self._claimed.file_name, self._claimed.content) as path:
            return import_export(
                opened.engine,
                opened.seal,
                opened.world(at),
                path,
                at,
                source_tz=opened.settings.sp4n_source_tz,
                disposed_at=disposed_at(opened.settings.sp4n_disposed_at),
                progress=self._progress,
                now=opened.now,
                brought=self._brought,
            )

    def _brought(self, connection: Connection, complaint_ids: Sequence[int]) -> None:
        uploads.brought(connection, self._claimed, complaint_ids)

    def _progress(self, done: int, total: int | None) -> None:
        with writing(self._opened.engine) as connection:
            until = uploads.progress(connection, self._claimed, self._lease, done, total)
        if until is None:
            raise _LostError
        self._lease = until
        if not self._going():
            raise _StoppedError  # what was read stays; the file is simply read again

    def _finish(self, report: ImportReport) -> None:
        opened = self._opened
        at = opened.now()
        rejected = [(one.number, one.tracking_id, one.reason) for one in report.rejected]
        with writing(opened.engine) as connection:
            counts = uploads.take_stock(
                connection, self._claimed, report.numbers, self._tomorrow(at)
            )
            # What a worker entered before it died was entered by this import, too.
            before = counts[What.BARU] - report.added
            outcome = Outcome(
                counts[What.BARU],
                report.updated,
                max(0, report.unchanged - before),
                counts[What.PERLU_ANDA],
                len(rejected),
                counts[What.JATUH_TEMPO],
            )
            if not uploads.finish(
                connection, self._claimed, self._lease, outcome, rejected, report.read, at
            ):
                raise _LostError
        told = " ".join(f"{name}={number}" for name, number in report.counts.items())
        log.info("upload_imported upload=%d %s", self._claimed.id, told)

    def _fail(self, why: str) -> None:
        with writing(self._opened.engine) as connection:
            uploads.fail(connection, self._claimed, self._lease, why, self._opened.now())

    def _tomorrow(self, at: datetime) -> datetime:
        zone = self._opened.settings.timezone
        day = at.astimezone(zone).date() + timedelta(days=1)
        return datetime.combine(day, time(), zone)


# --- the file itself --------------------------------------------------------------------------


def named(sent: str | None) -> str:
    """Return the name of a file as a browser gave it: no folders, nothing that is not printed."""
    name = unicodedata.normalize("NFC", (sent or "").replace("\\", "/").rpartition("/")[2])
    name = "".join(c for c in name if c.isprintable()).strip()
    stem, dot, ending = name.rpartition(".")
    if len(name.encode(errors="ignore")) > _NAME and dot:
        short = stem.encode(errors="ignore")[: _NAME - len(ending.encode(errors="ignore")) - 1]
        name = f"{short.decode(errors='ignore')}.{ending}"
    name = name.encode(errors="ignore")[:_NAME].decode(errors="ignore").strip()
    return name if name.strip(". ") else _NAMELESS


def check(name: str, content: bytes) -> None:
    """Refuse by its first bytes what is no .xlsx at all; raise `SheetError` with what it is."""
    if not content.startswith(_ZIP):
        with as_file(name, content) as path:
            open_container(path).close()


@contextmanager
def as_file(name: str, content: bytes) -> Iterator[Path]:
    """Lend content as a file of a name, for a library that wants one.

    It lies in memory: a worker that is killed leaves nothing of it on a disk.
    """
    with tempfile.TemporaryDirectory(prefix="ingat-") as folder:
        path = Path(folder) / name
        if sys.platform != "linux":
            path.write_bytes(content)
            yield path
            return
        with os.fdopen(os.memfd_create("ingat"), "wb") as memory:
            memory.write(content)
            memory.flush()
            path.symlink_to(f"/proc/self/fd/{memory.fileno()}")
            yield path
