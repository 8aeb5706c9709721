"""The shipped policy for tests that count every message: without the mornings' figures."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from config.policy_file import load_default_text

SUMS = '[ringkasan]\nkominfo = "07:30"\nsekda = "08:00"\n'


@cache
def without_sums() -> Path:
    """Return a file with the shipped policy but for its figures of the morning."""
    text = load_default_text()
    assert text.count(SUMS) == 1
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "tanpa-ringkasan.toml"
    path.write_text(text.replace(SUMS, ""), encoding="utf-8")
    return path
