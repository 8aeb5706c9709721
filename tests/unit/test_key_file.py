"""The key beside an embedded database: made once, never replaced, refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.compose import open_installation
from config.settings import Settings
from scheduler.store.sealed import SealError, key_beside


def test_it_is_made_once(tmp_path: Path) -> None:
    key = key_beside(tmp_path / "a.db", sealed=False)
    assert key_beside(tmp_path / "a.db", sealed=True) == key
    assert (tmp_path / "a.db.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["a.db.key"]


@pytest.mark.parametrize("content", [b"", b"AAAA", b"\xff\xfe", b"no key"])
def test_what_is_no_key_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.db.key").write_bytes(content)
    with pytest.raises(SealError, match=r"a\.db\.key"):
        key_beside(tmp_path / "a.db", sealed=False)


def test_a_lost_key_is_said_to_be_lost_not_made_anew(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'a.db'}")
    open_installation(settings).close()
    (tmp_path / "a.db.key").unlink()
    with pytest.raises(SealError, match="missing"):
        open_installation(settings)
    assert not (tmp_path / "a.db.key").exists()
