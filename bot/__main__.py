"""Where the command `ingat` begins."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> None:
    """Run the command line: exit 0 done, 1 refused or partly failed, 2 wrong usage.

    Where whoever reads the output (a pager, head) has seen enough, it ends as other programs do:
    by SIGPIPE, without a word, once what was open is closed.
    """
    try:
        code = _run()
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _nobody_reads()
    except SystemExit as ended:
        # The command line's library has met it first, and calls it a failure.
        if isinstance(ended.__context__, BrokenPipeError):
            _nobody_reads()
        raise
    sys.exit(code)


def _run() -> int:
    from typer import Abort, echo
    from typer.exceptions import TyperException

    from bot.cli.app import app

    try:
        code = app(standalone_mode=False)
    except TyperException as error:
        message = error.format_message()
        # A group of commands without a command answers with its help, which has many lines.
        echo(message if "\n" in message else f"ingat: {message}", err=True)
        return 2
    except (Abort, KeyboardInterrupt):
        return 130
    return code if isinstance(code, int) else 0


def _nobody_reads() -> NoReturn:
    """End by the signal that was ignored until now.

    Not ignoring it from the start would let a phone's or a browser's connection end the service.
    """
    import os
    import signal

    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGPIPE)
    os._exit(128 + signal.SIGPIPE)  # where whoever started it has blocked the signal


if __name__ == "__main__":
    main()
