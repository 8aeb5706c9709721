"""What is due without anybody writing: silent drafts are filed, requests come to their time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from scheduler.store.sealed import Seal
from scheduler.store.session import Engine
from scheduler.world import World


def run(
    engine: Engine,
    seal: Seal,
    world: World,
    at: datetime,
    *,
    going: Callable[[], bool] = lambda: True,
) -> list[str]:
    """Do what is due at `at`, each thing in its own transaction; return what went wrong."""
    return []
