"""`ingat serve`, `ingat web`, `ingat work`: the commands that stay until they are told to end."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import base

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from bot.compose import Installation

Port = Annotated[
    int, typer.Option("--port", min=0, max=65535, help="Port to answer at; 0 takes any free one.")
]
Host = Annotated[
    str,
    typer.Option("--host", help="Address to answer at; the default is reached from here only."),
]


def serve(port: Port = 8000, host: Host = "127.0.0.1") -> None:
    """Run everything on one machine: web and scheduler, until SIGTERM or Ctrl-C."""
    from bot.service import converse, running

    _answer(host, port, converse, running)


def web(port: Port = 8000, host: Host = "127.0.0.1") -> None:
    """Run the web only; the scheduler runs elsewhere (ingat work)."""

    def listen(opened: Installation, going: Callable[[], bool]) -> None:
        opened.listen(opened.now(), going)

    _answer(host, port, listen, lambda *_: nullcontext())


def work() -> None:
    """Run the scheduler only; any number of them may share one PostgreSQL database."""
    import signal

    from bot import logs
    from bot.service import running

    logs.start()
    ends = (signal.SIGTERM, signal.SIGINT)
    with base.installation() as opened:
        # Blocked before any thread is made, so that each inherits it: one that comes early waits.
        signal.pthread_sigmask(signal.SIG_BLOCK, ends)
        with running(opened):
            signal.sigwait(ends)


def _answer(
    host: str,
    port: int,
    read: Callable[[Installation, Callable[[], bool]], None],
    alongside: Callable[[Installation, Callable[[], None]], AbstractContextManager[None]],
) -> None:
    """Answer requests; what arrives is read by `read`, beside them and never in their way."""
    from bot import logs
    from bot.web.app import create_app
    from bot.web.prompter import Prompter
    from bot.web.server import listen, run

    logs.start()
    with base.installation() as opened:
        try:
            listening = listen(host, port)
        except OSError as error:
            why = str(error.strerror).partition(" (")[0]  # the rest says the address once more
            base.fail(f"cannot answer at {host} port {port}: {why}")
        with listening, Prompter(lambda going: read(opened, going)) as prompt:
            app = create_app(opened, prompt=prompt)
            run(app, listening, alongside(opened, prompt))


def add(app: typer.Typer) -> None:
    """Put these commands into the program."""
    app.command("serve")(serve)
    app.command("web")(web)
    app.command("work")(work)
