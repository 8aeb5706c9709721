"""How long a person waits for `ingat --help`: a fresh process each time, its modules compiled.

Prints one figure a line; exits 1 if the median is not under half a second.
Run it from the checkout: python -m benchmarks.command
"""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from time import perf_counter

from benchmarks.figures import Target, show, spread

RUNS = 7
MOST_S = 0.5


def seconds(command: list[str]) -> float:
    """Run a command to its end and return how long that took."""
    start = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program
    return perf_counter() - start


def main() -> int:
    """Measure, print, and judge."""
    ingat = [sys.executable, "-m", "bot", "--help"]
    seconds(ingat)  # compiles what was edited since `make setup`
    runs = [seconds(ingat) for _ in range(RUNS)]
    bare = median(seconds([sys.executable, "-c", ""]) for _ in range(RUNS))
    good = show("ingat --help", median(runs), "s", Target(MOST_S), spread(runs, "s"))
    show("a bare interpreter, for comparison", bare, "s")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
