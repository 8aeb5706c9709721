"""The first installation of README.md, command by command, by the real program."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_first_installation_runs_as_it_is_written(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme[readme.index("## A first installation") :]
    found = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert found is not None
    commands = [shlex.split(line) for line in found[1].splitlines()]
    (tmp_path / "config").mkdir()
    shutil.copy(ROOT / "config" / "directory.example.csv", tmp_path / "config")
    ran = []
    for command in commands:
        if command[0] == "make" or command[1] == "serve":  # a server has tests of its own
            continue
        assert command[0] == ".venv/bin/ingat"
        done = subprocess.run(
            [sys.executable, "-m", "bot", *command[1:]],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (command, done.returncode, done.stderr) == (command, 0, "")
        ran.append(command[1])
    assert ran == ["directory", "sample-export", "import", "tick", "outbox"]
    assert (tmp_path / "ingat.db").exists()
    assert (tmp_path / "ingat.db.key").stat().st_mode & 0o777 == 0o600
