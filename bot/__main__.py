"""Where the command `ingat` begins."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from bot.cli.app import app

    app()


if __name__ == "__main__":
    main()
