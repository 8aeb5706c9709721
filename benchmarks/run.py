"""Measures every speed the program promises; exits 1 if a target is missed.

Each part is a process of its own, so that none inherits another's memory or caches. The parts
whose names are given are run, or all: python benchmarks/run.py sweep deadline
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

JUDGED = ("deadline", "command", "sweep", "import_export", "wire", "inbound", "console")
INFORMING = ("read_export",)
"""What only informs: its own limits are judged when it is run by itself."""


def main(wanted: list[str]) -> int:
    """Run the parts one after another, never two at once; return the exit code."""
    parts = JUDGED + INFORMING
    unknown = set(wanted).difference(parts)
    if unknown:
        print(f"no such part: {', '.join(sorted(unknown))}; there are: {', '.join(parts)}")
        return 2
    missed = []
    for part in wanted or parts:
        print(f"--- {part}", flush=True)
        done = subprocess.run(  # noqa: S603 - a module of this folder
            [sys.executable, "-m", f"benchmarks.{part}"],
            cwd=Path(__file__).parent.parent,
            check=False,
        )
        if done.returncode and part in JUDGED:
            missed.append(part)
    print(f"missed: {', '.join(missed)}" if missed else "every target met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
