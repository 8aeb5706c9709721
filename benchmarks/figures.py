"""How every benchmark prints a figure: one line, with its target and whether it was met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure must stay below (or, `least`, reach)."""

    value: float
    least: bool = False

    def met(self, figure: float) -> bool:
        """Whether a figure is good enough."""
        return figure >= self.value if self.least else figure < self.value

    def __str__(self) -> str:
        return f"{'at least' if self.least else 'under'} {self.value:g}"


def show(what: str, figure: float, unit: str, target: Target | None = None, note: str = "") -> bool:
    """Print one figure; return False where it misses its target. Without a target it only informs.

    `unit` stands behind figure and target alike ("s", "MB", "x").
    """
    good = target is None or target.met(figure)
    verdict = "info" if target is None else "pass" if good else "MISS"
    wanted = f"target {target} {unit}" if target else ""
    print(
        f"{verdict}  {what:<58} {figure:>8.3g} {unit:<3} {wanted:<22} {note}".rstrip(), flush=True
    )
    return good


def spread(values: Sequence[float], unit: str) -> str:
    """Return how far repetitions lay apart, and how many there were."""
    low, middle, high = min(values), median(values), max(values)
    return f"min {low:.3g}, median {middle:.3g}, max {high:.3g} {unit} of {len(values)} runs"
