"""Import of an export of 100,000 rows by the real commands, into a new SQLite database.

The import is a process of its own, so that its peak memory is its own; so is whatever writes the
export, because Linux counts the memory of the process that starts another one as that one's too.

Prints one figure a line; exits 1 if the import takes 60 s or 500 MB.
Run it from the checkout: python -m benchmarks.import_export [rows]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.figures import Target, show

ROWS = 100_000
MOST_S = 60.0
MOST_MB = 500.0
AT = "2026-11-24T10:00+07:00"
ROOT = Path(__file__).parent.parent


class Ingat:
    """The command `ingat` of this environment, on a database in a folder."""

    def __init__(self, folder: Path) -> None:
        """Settings come from the environment alone: the folder has no `.env`."""
        self._folder = folder
        self._environ = os.environ | {"DATABASE_URL": f"sqlite:///{folder / 'ingat.db'}"}

    def run(self, *words: str) -> tuple[str, float, float]:
        """Run one command; return what it printed, its seconds and its peak memory in MB."""
        out = self._folder / "out.txt"
        start = perf_counter()
        with out.open("wb") as file:
            process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "bot", *words],
                cwd=self._folder,
                env=self._environ | {"PYTHONPATH": str(ROOT)},
                stdout=file,
            )
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"ingat {' '.join(words)} ended with {process.returncode}")
        return out.read_text(), perf_counter() - start, usage.ru_maxrss / 1024


def main(rows: int) -> int:
    """Write a sample, import it twice, print, and judge the first time."""
    with tempfile.TemporaryDirectory(prefix="ingat-bench-") as name:
        ingat = Ingat(Path(name))
        ingat.run("directory", "import", str(ROOT / "config" / "directory.example.csv"), "--at", AT)
        command = ("sample-export", "export.xlsx", "--rows", str(rows), "--seed", "1", "--at", AT)
        _, seconds, _ = ingat.run(*command)
        show(f"writing a sample export of {rows:,} rows", seconds, "s")
        printed, seconds, megabytes = ingat.run("import", "export.xlsx", "--at", AT, "--json")
        again, seconds_again, _ = ingat.run("import", "export.xlsx", "--at", AT, "--json")
        size = (Path(name) / "ingat.db").stat().st_size / 1e6
    first, second = json.loads(printed), json.loads(again)
    assert (first["added"], first["rejected"]) == (rows, []), first
    assert (second["unchanged"], second["rejected"]) == (rows, []), second
    good = [
        show(
            f"import of {rows:,} rows", seconds, "s", Target(MOST_S), f"{size:.0f} MB of database"
        ),
        show("its peak memory", megabytes, "MB", Target(MOST_MB)),
    ]
    show("the same import again, nothing new", seconds_again, "s")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else ROWS))
