"""The rate limit holds in every second, whoever sends and however the machine stalls."""

from __future__ import annotations

import pytest

from tests.story.pacing_workers import measure


@pytest.mark.parametrize(("limit", "latency_s"), [(80, 0.2), (600, 0.02), (1, 0.2)])
def test_three_workers_keep_to_one_limit(postgres_url: str, limit: int, latency_s: float) -> None:
    measured = measure(postgres_url, 3, limit, latency_s, seconds=3)
    print(f"limit {limit}: {measured}")
    assert 0 < measured.peak <= limit


def test_one_worker_keeps_to_its_limit(sqlite_url: str) -> None:
    measured = measure(sqlite_url, 1, 80, seconds=3, threads=24)
    print(measured)
    assert 0 < measured.peak <= 80
