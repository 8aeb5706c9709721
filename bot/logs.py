"""One line of key=value pairs on stderr for each event: static names, ids, never a person's data.

The only place that sets up logging. What an exception says is left out wherever it came from:
a database error carries the parameters of its statement.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final

from scheduler.runner import fault

_OURS: Final = ("bot", "scheduler", "config")
_NOT_LOGGED: Final = frozenset({"/simulator/state"})
"""What an open page asks for every second is no event."""
_LEVELS: Final = {
    "uvicorn.error": logging.WARNING,  # its hello and goodbye say nothing that ours do not
    "alembic": logging.WARNING,  # lists its plugins each time
    "apscheduler": logging.CRITICAL,  # the runner reports failures itself; a skipped look is none
}


class KeyValue(logging.Formatter):
    """`time=… level=… logger=… event=NAME key=value …`, times in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        head = f"time={at} level={record.levelname.lower()} logger={record.name}"
        message = record.getMessage()
        if record.name.partition(".")[0] in _OURS or record.name == "uvicorn.access":
            line = f"{head} event={one_line(message)}"
        else:
            # Other programs write sentences; asyncio puts what a task held on the further lines.
            sentence, _, _ = message.strip().partition("\n")
            line = f"{head} event=library message={quoted(sentence)}"
        error = record.exc_info[1] if record.exc_info else None
        return f"{line} {fault(error)}" if error is not None else line


def one_line(text: str) -> str:
    """Return `text` without line breaks, so that no value can pretend to be a line of its own."""
    return " ".join(text.splitlines())


def quoted(text: object) -> str:
    """Return a value that may hold spaces, in double quotes and on one line."""
    return json.dumps(str(text), ensure_ascii=False)


def _without_query(record: logging.LogRecord) -> bool:
    """Turn uvicorn's access record into ours: no caller's address, no query string."""
    if isinstance(record.args, tuple) and len(record.args) == 5:
        _, method, path, _, status = record.args
        plain = str(path).partition("?")[0]
        record.msg = "request method=%s path=%s status=%s"
        record.args = (method, plain, status)
        return plain not in _NOT_LOGGED
    return True


def start(level: int = logging.INFO) -> None:
    """Send everything that is logged to stderr; called once, by a command that stays."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(KeyValue())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name, lowest in _LEVELS.items():
        logging.getLogger(name).setLevel(lowest)
    logging.getLogger("uvicorn.access").addFilter(_without_query)
