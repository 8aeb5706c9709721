"""Every page of the console with 200,000 complaints, over HTTP, as everybody who may see it.

The pages are found by their routes: a new one is measured without being named here. Of each the
slowest reader's median is judged; beside it stand the slowest single answer and how many times the
database was asked. Prints one figure a line; exits 1 if a page takes 300 ms.
Run it from the checkout: python -m benchmarks.console [complaints]
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

from benchmarks.console_town import build
from benchmarks.figures import Target, show
from benchmarks.sweep import installed
from bot.compose import Installation
from bot.web.app import create_app
from bot.web.console.daftar import link
from config.terms import Peran, Wewenang
from scheduler.store.browse import Urut
from scheduler.store.wanted import Saring
from tests.console import Console, signed_in
from tests.console_pages import Address, addresses, counting

SIZE: Final = 200_000
RUNS: Final = 7
MOST_MS: Final = 300.0
OK: Final = 200
BROKEN: Final = 500

LISTS: Final = (
    *(link(saring=[one]) for one in Saring),
    *(link(urut=order) for order in Urut),
    link(status="selesai"),
    link(status="selesai", klasifikasi="aspirasi", sumber="SMS"),
    link(status="tunda"),
    link(sumber="tidak ada"),
    link(q="7199"),
    link(q="#7012345"),
    link(q="lampu minggu"),
    link(q="tidak ada begini"),
    *(f"/kotak-masuk?antrean={queue}" for queue in ("disposisi", "perlu_anda", "permintaan")),
    *(f"/kotak-masuk?antrean={queue}" for queue in ("kelengkapan", "tunggakan")),
    "/sp4n?daftar=salin",
    *(f"/pesan?status={status}" for status in ("failed", "unknown", "held", "delivered")),
)
"""What else is looked at: the lists that figures open, and searches that find little."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a page took one kind of reader, in ms."""

    who: Wewenang
    middle: float
    worst: float
    queries: int
    status: int


def time_page(console: Console, path: str, who: Wewenang) -> Timing:
    """Ask for a page until it is warm, then measure it."""
    with counting(console.opened.engine) as statements:
        status = console.get(path).status_code
    found = []
    for _ in range(RUNS):
        start = perf_counter()
        console.get(path)
        found.append((perf_counter() - start) * 1000)
    asked = sum(not one.startswith(("BEGIN", "COMMIT", "ROLLBACK")) for one in statements)
    return Timing(who, median(found), max(found), asked, status)


def readers(opened: Installation) -> dict[Wewenang, Console]:
    """Return a browser of each kind of user, logged in."""
    app = create_app(opened)
    bodies = opened.world(opened.now()).directory.bodies.values()
    office = next(body.id for body in bodies if body.short == "DPUPR")
    return {
        who: signed_in(opened, who, office if who is Wewenang.OPD else None, app=app)
        for who in Wewenang
    }


def judge(page: Address, timings: list[Timing]) -> bool:
    """Print how long a page takes whoever waits longest for it; return whether that is good."""
    open_to = [one for one in timings if one.status == OK]
    statuses = sorted({one.status for one in timings})
    if statuses[-1] >= BROKEN:
        print(f"MISS  {page.path} answers {statuses[-1]}", flush=True)
        return False
    if not open_to:
        return show(f"{page.path} (answers {statuses})", max(t.middle for t in timings), "ms")
    worst = max(open_to, key=lambda one: one.middle)
    note = f"{worst.who}, at most {worst.worst:.0f} ms, {worst.queries} queries"
    return show(f"{page.name} {page.path}"[:58], worst.middle, "ms", Target(MOST_MS), note)


def main(size: int) -> int:
    """Build, measure, print, and judge."""
    with tempfile.TemporaryDirectory(prefix="ingat-bench-") as folder:
        path = Path(folder) / "ingat.db"
        start = perf_counter()
        build(path, size)
        took, megabytes = perf_counter() - start, path.stat().st_size / 1e6
        show(f"building {size:,} complaints", took, "s", note=f"{megabytes:.0f} MB")
        with installed(path) as opened:
            everybody = readers(opened)
            app = everybody[Wewenang.ADMIN_KOORDINATOR].app
            posts = opened.world(opened.now()).directory.posts.values()
            giver = next(post for post in posts if post.peran is Peran.ADMIN_OPD)
            duties = f"/serah-terima/baru?jabatan={giver.id}&mulai=2026-11-25&selesai=2026-12-05"
            pages = [
                *addresses(app, opened.engine),
                *(Address("", one) for one in (*LISTS, duties)),
            ]
            good = [
                judge(page, [time_page(c, page.path, who) for who, c in everybody.items()])
                for page in pages
            ]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else SIZE))
