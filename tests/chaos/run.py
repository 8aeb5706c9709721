"""`make chaos`: 5,000 letters, 50 kills, SQLite with one worker and PostgreSQL with three.

Exits 1 where a message was lost, accepted twice or left lying.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence

from tests.chaos.hunt import Ordeal, Outcome, hunted
from tests.conftest import PostgresServer


def figures(outcome: Outcome) -> list[tuple[str, object]]:
    """Return the lines of one engine."""
    verdict, faults = outcome.verdict, outcome.faults

    def made(*names: str) -> int:
        return sum(faults.get(f"message {name}", 0) for name in names)

    calls = outcome.callbacks
    return [
        ("letters", verdict.letters),
        ("messages, alerts to Kominfo too", verdict.messages),
        ("POSTs the provider saw", outcome.posts),
        ("  turned away (429)", made("429")),
        ("  500 before acceptance", made("500_before")),
        ("  500 after acceptance", made("500_after")),
        ("  cut before acceptance", made("cut_before")),
        ("  cut after acceptance", made("cut_after")),
        ("  accepted, answer unreadable", made("garbled_after", "empty_after")),
        ("look-ups that failed", sum(n for k, n in faults.items() if k.startswith("list "))),
        ("callbacks posted", calls["posted"]),
        ("  lost by the provider", calls["never sent"]),
        ("  repeated", calls["repeated"]),
        ("  late", faults.get("callback late", 0)),
        ("  in the wrong order", calls["in the wrong order"]),
        ("  met nobody, posted again", calls["unanswered"]),
        ("  refused", calls["refused"]),
        ("SIGKILLs of workers", outcome.kills["worker"]),
        ("SIGKILLs of the web", outcome.kills["web"]),
        ("  messages under way then", outcome.under_way),
        ("accepted once", verdict.once),
        ("accepted twice", verdict.twice),
        ("lost", verdict.lost),
        ("unknown, for a person", verdict.unknown),
        ("arrived, which nobody could tell", verdict.unheard),
        ("left lying", verdict.stuck),
        ("other mistakes", verdict.mistakes.total()),
        ("seconds", round(outcome.seconds)),
    ]


def play(url: str, ordeal: Ordeal) -> Outcome:
    """Play one engine through, and tell what is wrong."""
    with hunted(url, ordeal) as (outcome, _, _):
        for example in outcome.verdict.examples:
            print(f"  {example}")
        for line, count in outcome.log.items():
            print(f"  log: {count} x {line}")
    return outcome


def table(columns: Sequence[tuple[str, Outcome]]) -> str:
    """Return the figures of all engines side by side."""
    names = [name for name, _ in figures(columns[0][1])]
    values = [[str(value) for _, value in figures(outcome)] for _, outcome in columns]
    head = f"{'':32}" + "".join(f"{name:>24}" for name, _ in columns)
    lines = [
        f"{name:32}" + "".join(f"{column[place]:>24}" for column in values)
        for place, name in enumerate(names)
    ]
    return "\n".join([head, *lines])


def main() -> int:
    """Play what was asked for; return the exit code."""
    parser = argparse.ArgumentParser(description="Letters through a provider that misbehaves.")
    parser.add_argument("engines", nargs="*", help="sqlite, postgresql; both without any")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--bodies", type=int, default=25)
    parser.add_argument("--phones", type=int, default=200)
    parser.add_argument("--kills", type=int, default=50)
    given = parser.parse_args()
    engines = given.engines or ["sqlite", "postgresql"]
    size = (given.bodies, given.phones)
    columns: list[tuple[str, Outcome]] = []
    begun = time.monotonic()
    if "sqlite" in engines:
        with tempfile.TemporaryDirectory() as folder:
            ordeal = Ordeal(*size, 1, given.kills, given.seed, latency_s=0.03)
            columns.append(("SQLite, 1 worker", play(f"sqlite:///{folder}/ingat.db", ordeal)))
    if "postgresql" in engines:
        postgres = PostgresServer()
        try:
            postgres.create_database("chaos", template="template0")
            ordeal = Ordeal(*size, 3, given.kills, given.seed, latency_s=0.1)
            columns.append(("PostgreSQL, 3 workers", play(postgres.url("chaos"), ordeal)))
        finally:
            postgres.stop()
    print(table(columns))
    good = all(
        o.verdict.good and o.kills.total() == given.kills and not o.callbacks["refused"]
        for _, o in columns
    )
    verdict = "nothing lost, nothing twice, nothing left lying" if good else "NOT GOOD"
    print(f"{verdict}; {time.monotonic() - begun:.0f} s in all")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
