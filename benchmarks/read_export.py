"""Reading an export of 100,000 complaints: seconds and peak memory, against two libraries.

Each reader runs in a process of its own, so that its peak memory is its own. The libraries only
walk the cells; ours also verifies the file, parses every row and masks it. On 2 cores with Python
3.11: ours 8 to 10 s and 39 MB, python-calamine 2 s and 265 MB (more with longer texts; it holds
the sheet as one rectangle), openpyxl 16 to 20 s and 37 MB.

Prints one figure a line; exits 1 if ours takes 15 s or 300 MB.
Run it from the checkout: python -m benchmarks.read_export [rows]
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.sp4n.rows import Sp4nRow, parse_rows
from bot.sp4n.sample import write_sample
from bot.sp4n.sheet import open_sheet

ROWS = 100_000
MAX_SECONDS = 15
MAX_MB = 300
GENERATED = date(2026, 11, 24)


def ingat(path: Path) -> int:
    """Read and parse the rows as an import does."""
    rows = parse_rows(
        open_sheet(path),
        zone=ZoneInfo("UTC"),
        policy_status=lambda _text: None,
        not_after=datetime(2026, 11, 24, tzinfo=UTC),
    )
    return sum(isinstance(row, Sp4nRow) for row in rows)


def calamine(path: Path) -> int:
    """Walk the cells with python-calamine."""
    from python_calamine import load_workbook

    return sum(1 for _ in load_workbook(path).get_sheet_by_index(0).iter_rows())


def openpyxl(path: Path) -> int:
    """Walk the cells with openpyxl's read-only mode."""
    from openpyxl import load_workbook

    sheet = load_workbook(path, read_only=True).worksheets[0]
    return sum(1 for _ in sheet.iter_rows(values_only=True))


READERS = {"ingat": ingat, "calamine": calamine, "openpyxl": openpyxl}


def measure(reader: str, path: Path) -> None:
    """Print rows, seconds and peak MB of one reader, in this process."""
    start = time.perf_counter()
    rows = READERS[reader](path)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{rows} {seconds:.1f} {peak:.0f}")


def main(rows: int) -> int:
    """Write a sample, let every reader read it, and judge ours."""
    good = False
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.xlsx"
        start = time.perf_counter()
        write_sample(path, rows=rows, seed=1, generated=GENERATED, instansi=[("Dinas Contoh", "1")])
        print(f"write_sample {rows:>8} rows  {time.perf_counter() - start:5.1f} s")
        for reader in READERS:
            done = subprocess.run(  # noqa: S603 - this very file
                [sys.executable, "-m", "benchmarks.read_export", reader, str(path)],
                check=False,
                stdout=subprocess.PIPE,
                text=True,
            )
            if done.returncode == 0:
                read, seconds, peak = map(float, done.stdout.split())
                print(f"{reader:<12} {read:>8.0f} rows  {seconds:>5} s  {peak:>4.0f} MB")
                if reader == "ingat":
                    good = read == rows and seconds < MAX_SECONDS and peak < MAX_MB
    return 0 if good else 1


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1] in READERS:
        measure(sys.argv[1], Path(sys.argv[2]))
    else:
        sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else ROWS))
