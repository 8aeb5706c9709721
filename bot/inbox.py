"""The watched folder: an export that is dropped into it is imported and put away.

A file is touched only once it has stopped growing, and moved only after its import was committed:
a crash in between leaves it to be imported again, which changes nothing more. What a person has to
know (a file that cannot be read, rows that were refused) is written beside the file that was moved.
"""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.compose import Installation
from bot.logs import quoted
from bot.sp4n.importer import ImportReport, import_export
from bot.sp4n.options import disposed_at
from bot.sp4n.sheet import SheetError
from scheduler.runner import fault
from scheduler.store.rules import StoreError

log = logging.getLogger(__name__)

DONE: Final = "selesai"
FAILED: Final = "gagal"
LOCK: Final = ".ingat.lock"

_Stamp = tuple[int, int]
"""Size in bytes and time of the last change in nanoseconds."""


class _StoppedError(Exception):
    """The process was told to stop between two batches of an import."""


class Inbox:
    """One watched folder. It remembers between looks which files had stopped growing."""

    def __init__(self, opened: Installation, folder: Path) -> None:
        """Watch `folder` for the exports of an installation."""
        self._opened = opened
        self._folder = folder
        self._seen: dict[str, _Stamp] = {}
        self._read: dict[str, _Stamp] = {}
        self._complained = False

    def look(self, at: datetime, going: Callable[[], bool] = lambda: True) -> int:
        """Import, as of `at`, what lies there as it lay at the look before; return how many files.

        A folder that is gone or cannot be written to is complained of once. Database errors are
        the caller's: the files stay for the next look.
        """
        done = 0
        try:
            with _alone(self._folder) as alone:
                for path in self._settled() if alone else ():
                    if not going():
                        break
                    done += self._take(path, at, going)
        except OSError as error:
            if not self._complained:
                log.warning("inbox_unusable folder=%s why=%s", quoted(self._folder), _why(error))
            self._complained = True
        else:
            self._complained = False
        return done

    def _settled(self) -> list[Path]:
        """The exports that have not changed since the look before, the oldest first."""
        now: dict[str, _Stamp] = {}
        for path in self._folder.iterdir():
            hidden = path.name.startswith((".", "~$"))  # "~$": a workbook somebody has open
            if path.suffix.lower() != ".xlsx" or hidden or path.is_symlink():
                continue
            try:
                info = path.stat()
            except FileNotFoundError:
                continue  # taken away meanwhile
            if path.is_file():
                now[path.name] = (info.st_size, info.st_mtime_ns)
        self._read = {name: stamp for name, stamp in self._read.items() if now.get(name) == stamp}
        settled = [name for name, stamp in now.items() if self._seen.get(name) == stamp]
        self._seen = now
        settled.sort(key=lambda name: (now[name][1], name))
        return [self._folder / name for name in settled]

    def _take(self, path: Path, at: datetime, going: Callable[[], bool]) -> bool:
        """Import one file and put it away; False where the process was told to stop meanwhile."""
        if self._read.get(path.name) == self._seen[path.name]:
            return False  # imported, but it could not be moved: not every minute again
        try:
            report = self._import(path, at, going)
        except _StoppedError:
            log.info("inbox_interrupted file=%s", quoted(path.name))
            return False
        except SheetError as error:
            self._put_away(path, FAILED, str(error), at)
            return True
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - a poisoned file must not hold up the others
            log.error("inbox_failed file=%s %s", quoted(path.name), fault(error))  # noqa: TRY400
            reason = (
                f"Berkas tidak dapat diimpor ({type(error).__name__}); hubungi pengelola Ingat."
            )
            self._put_away(path, FAILED, reason, at)
            return True
        counts = " ".join(f"{name}={count}" for name, count in report.counts.items())
        log.info("inbox_imported file=%s %s", quoted(path.name), counts)
        self._put_away(path, DONE, _refused(report), at)
        return True

    def _import(self, path: Path, at: datetime, going: Callable[[], bool]) -> ImportReport:
        def progress(_done: int, _of: int | None) -> None:
            if not going():
                raise _StoppedError  # what was read stays; the file is simply imported again

        opened = self._opened
        return import_export(
            opened.engine,
            opened.seal,
            opened.world(at),
            path,
            at,
            source_tz=opened.settings.sp4n_source_tz,
            disposed_at=disposed_at(opened.settings.sp4n_disposed_at),
            progress=progress,
        )

    def _put_away(self, path: Path, where: str, text: str, at: datetime) -> None:
        """Move a file into a folder of the inbox, and write `text`, if any, beside it."""
        if where == FAILED:
            log.warning("inbox_refused file=%s", quoted(path.name))
        self._read[path.name] = self._seen[path.name]
        target = _free(self._folder / where, path, at.astimezone(self._opened.settings.timezone))
        # The text first: after a crash in between the file is still there, and so is the reason.
        if text:
            target.with_name(f"{target.name}.txt").write_text(f"{text}\n", encoding="utf-8")
        path.rename(target)


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether this process is the only one that looks into the folder; makes what it needs there.

    Two services of one machine may be given the same folder; the lock ends with the process.
    """
    for name in (DONE, FAILED):
        (folder / name).mkdir(exist_ok=True)
    with (folder / LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _free(folder: Path, path: Path, local: datetime) -> Path:
    """A name in `folder` that nothing has yet: the file's own, else with the local time."""
    stem = path.stem
    target = folder / path.name
    stamp = f"{local:%Y-%m-%d %H.%M.%S}"
    nth = 1
    while target.exists():
        target = folder / f"{stem} {stamp}{f' ({nth})' if nth > 1 else ''}{path.suffix}"
        nth += 1
    return target


def _refused(report: ImportReport) -> str:
    """What became of the rows that did not go in, for a person; empty where all did."""
    if not report.rejected:
        return ""
    head = f"{len(report.rejected)} dari {report.read} baris ditolak; selebihnya telah diimpor."
    rows = (
        f"Baris {row.number}, Tracking ID {row.tracking_id or '-'}: {row.reason}"
        for row in report.rejected
    )
    return "\n".join((head, *rows))


def _why(error: OSError) -> str:
    return quoted(error.strerror or type(error).__name__)
