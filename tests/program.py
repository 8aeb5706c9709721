"""The real program, a process for each command, forked from one that has imported it already.

An interpreter that starts and imports everything costs half a second a command; that it does start
is held by the tests of the first installation and of `ingat serve`.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
NAMES = ("stdin", "stdout", "stderr")
_LOCK = threading.Lock()
_server: subprocess.Popen[str] | None = None


def run(
    args: tuple[str, ...], cwd: Path, env: Mapping[str, str], given: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `ingat` with these arguments, in a folder, with nothing else in its environment."""
    with tempfile.TemporaryDirectory() as folder, _LOCK:
        Path(folder, "stdin").write_text(given, encoding="utf-8")
        server = _started()
        assert server.stdin is not None
        assert server.stdout is not None
        asked = {"args": args, "cwd": str(cwd), "env": dict(env), "folder": folder}
        server.stdin.write(json.dumps(asked) + "\n")
        server.stdin.flush()
        code = int(server.stdout.readline())
        out, err = (Path(folder, name).read_text(encoding="utf-8") for name in NAMES[1:])
    return subprocess.CompletedProcess(["ingat", *args], code, out, err)


def _started() -> subprocess.Popen[str]:
    global _server  # noqa: PLW0603 - one for the whole test process
    if _server is None or _server.poll() is not None:
        _server = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin"},
        )
        atexit.register(_stop, _server)
    return _server


def _stop(server: subprocess.Popen[str]) -> None:
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.close()
    server.wait(10)
    server.stdout.close()


# --- the process that forks ----------------------------------------------------------------------


def _serve() -> None:
    import alembic.command
    import sqlalchemy.dialects.sqlite

    from bot import compose, rule_files, wording
    from bot.channels import dispatcher, simulator
    from bot.cli import app
    from bot.sp4n import importer
    from scheduler.store import console_tables, directory

    del alembic, sqlalchemy, compose, rule_files, wording, dispatcher, simulator, app, importer
    del console_tables, directory
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _become(asked: dict[str, Any]) -> None:
    """Be the program: its folder, its environment, its streams; never return."""
    from bot.__main__ import main

    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    for number, name in enumerate(NAMES):
        opened = os.open(Path(asked["folder"], name), os.O_RDWR | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 - descriptors
        for number, mode in ((0, "r"), (1, "w"), (2, "w"))
    )
    sys.argv = ["ingat", *asked["args"]]
    code: object = 1
    try:
        main()
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - a traceback is what a test must see
        sys.excepthook(*sys.exc_info())
    else:
        code = 0
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    sys.path[:] = [str(ROOT), *(place for place in sys.path if place != str(ROOT / "tests"))]
    _serve()
