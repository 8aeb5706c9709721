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
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Where a file goes, and what a person has to know of it (nothing: an empty text)."""

    folder: str
    text: str


class _StoppedError(Exception):
    """The process was told to stop between two batches of an import."""


class Inbox:
    """One watched folder. It remembers between looks which files had stopped growing."""

    def __init__(
        self, opened: Installation, folder: Path, now: Callable[[], datetime] | None = None
    ) -> None:
        """Watch `folder` for the exports of an installation; `now` is as in `import_export`."""
        self._now = now
        self._opened = opened
        self._folder = folder
        self._seen: dict[str, _Stamp] = {}
        self._judged: dict[str, tuple[_Stamp, _Verdict]] = {}
        self._complained = False

    def look(self, at: datetime, going: Callable[[], bool] = lambda: True) -> int:
        """Import, as of `at`, what lies there as it lay at the look before; return how many files.

        A folder that is gone or cannot be written to is complained of once. Database errors are
        the caller's: the files stay for the next look.
        """
        done = 0
        troubles: list[OSError] = []
        try:
            with _alone(self._folder) as alone:
                for path in self._settled() if alone else ():
                    if not going():
                        break
                    try:
                        done += self._take(path, at, going)
                    except OSError as error:
                        troubles.append(error)
        except OSError as error:
            troubles.append(error)
        if troubles and not self._complained:
            why = quoted(troubles[0].strerror or type(troubles[0]).__name__)
            log.warning("inbox_unusable folder=%s why=%s", quoted(self._folder), why)
        self._complained = bool(troubles)
        return done

    def _settled(self) -> list[Path]:
        """The exports that have not changed since the look before, the oldest first."""
        now: dict[str, _Stamp] = {}
        for path in self._folder.iterdir():
            hidden = path.name.startswith((".", "~$"))  # "~$": a workbook somebody has open
            if path.suffix.lower() != ".xlsx" or hidden or path.is_symlink():
                continue
            if path.is_file() and (stamp := _stamp(path)) is not None:
                now[path.name] = stamp
        self._judged = {n: known for n, known in self._judged.items() if now.get(n) == known[0]}
        settled = [name for name, stamp in now.items() if self._seen.get(name) == stamp]
        self._seen = now
        settled.sort(key=lambda name: (now[name][1], name))
        return [self._folder / name for name in settled]

    def _take(self, path: Path, at: datetime, going: Callable[[], bool]) -> bool:
        """Import one file and put it away; False where it must be imported another time."""
        if path.name not in self._judged:
            try:
                verdict = self._judge(path, at, going)
            except _StoppedError:
                log.info("inbox_interrupted file=%s", quoted(path.name))
                return False
            # Kept until the file is gone: what cannot be moved is not imported every minute.
            self._judged[path.name] = (self._seen[path.name], verdict)
        stamp, verdict = self._judged[path.name]
        if _stamp(path) != stamp:
            return False  # replaced while the one before was being read
        self._put_away(path, verdict, at)
        return True

    def _judge(self, path: Path, at: datetime, going: Callable[[], bool]) -> _Verdict:
        """Import one file; say where it goes and what a person has to know of it."""
        name = quoted(path.name)
        try:
            report = self._import(path, at, going)
        except SheetError as error:
            log.warning("inbox_refused file=%s", name)
            return _Verdict(FAILED, str(error))
        except (StoreError, _StoppedError):
            raise
        except Exception as error:  # noqa: BLE001 - a poisoned file must not hold up the others
            log.error("inbox_failed file=%s %s", name, fault(error))  # noqa: TRY400 - no values
            kind = type(error).__name__
            reason = f"Berkas tidak dapat diimpor ({kind}); hubungi pengelola Ingat."
            return _Verdict(FAILED, reason)
        counts = " ".join(f"{count}={number}" for count, number in report.counts.items())
        log.info("inbox_imported file=%s %s", name, counts)
        return _Verdict(DONE, _refused(report))

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
            now=self._now,
        )

    def _put_away(self, path: Path, verdict: _Verdict, at: datetime) -> None:
        """Move a file into a folder of the inbox, and write what is to be known beside it."""
        local = at.astimezone(self._opened.settings.timezone)
        target = _free(self._folder / verdict.folder, path, local)
        # The text first: after a crash in between the file is still there, and so is the reason.
        if verdict.text:
            beside = target.with_name(f"{target.name}.txt")
            beside.write_text(f"{verdict.text}\n", encoding="utf-8")
        path.rename(target)


def _stamp(path: Path) -> _Stamp | None:
    """How a file lies there now; None where it was taken away."""
    try:
        info = path.stat()
    except FileNotFoundError:
        return None
    return info.st_size, info.st_mtime_ns


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
