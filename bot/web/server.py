"""Runs the web application: the only place that knows uvicorn."""

from __future__ import annotations

import logging
import signal
import socket
from contextlib import AbstractContextManager
from typing import Final

import uvicorn
from fastapi import FastAPI

log = logging.getLogger(__name__)

GRACE_S: Final = 10
"""How long requests that are being answered may take once the server was told to stop."""


def listen(host: str, port: int) -> socket.socket:
    """Take a port (0: any free one) before anything is started; raises OSError if it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def address(listening: socket.socket) -> str:
    """Return the address that a listening socket answers at."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(app: FastAPI, listening: socket.socket, alongside: AbstractContextManager[object]) -> None:
    """Answer requests until SIGTERM or SIGINT; `alongside` is entered first and left last."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = uvicorn.Server(config)
    for number in (signal.SIGTERM, signal.SIGINT):
        # Uvicorn takes the signals only once it runs, and at its end raises those it caught anew:
        # with its own handler in place before and after, none is lost and none ends the process
        # while `alongside` is being left.
        signal.signal(number, server.handle_exit)
    with alongside:
        log.info("web_started address=%s", address(listening))
        server.run(sockets=[listening])
