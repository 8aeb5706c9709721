"""Where the command `ingat` begins."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line: exit 0 done, 1 refused or partly failed, 2 wrong usage."""
    from typer import Abort, echo
    from typer.exceptions import TyperException

    from bot.cli.app import app

    try:
        code = app(standalone_mode=False)
    except TyperException as error:
        message = error.format_message()
        # A group of commands without a command answers with its help, which has many lines.
        echo(message if "\n" in message else f"ingat: {message}", err=True)
        sys.exit(2)
    except (Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        # The reader (a pager, head) has seen enough.
        sys.stderr.close()
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
