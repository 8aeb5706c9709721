"""The files a government may write itself: policy, calendar, words. What is wrong is named by line.

A file that cannot be used leaves the version before it in force: reminders go on.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from config.calendar_overrides import OverridesError
from config.policy import PolicyError
from config.policy_file import load_default_text
from config.settings import Settings
from config.words import Words, WordsError, load_words, parse_words
from scheduler.rules import RuleBook
from scheduler.store import rules as store
from scheduler.store.session import Engine, reading


class RuleFileError(Exception):
    """A file cannot be used, and nothing else is there; one line for each mistake, naming it."""


def load_rules(settings: Settings, engine: Engine, rules: RuleBook, at: datetime) -> list[str]:
    """Load the policy and calendar files where they changed; return what is wrong with the files.

    Without a file the shipped text is only the first version: a command that was started without
    the settings of the service takes nothing away from it. With no version to fall back on,
    `RuleFileError`.
    """
    problems: list[str] = []
    files: tuple[tuple[store.Kind, Path | None], ...] = (
        ("policy", settings.policy_file),
        ("holidays", settings.holidays_file),
    )
    for kind, path in files:
        try:
            if path is None:
                text = load_default_text() if kind == "policy" else ""
            else:
                text = path.read_text(encoding="utf-8")
            rules.load(engine, kind, text, at, default=path is None)
        except (PolicyError, OverridesError) as error:
            problems += [f"{path or kind}: {line}" for line in str(error).splitlines()]
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"{path}: {_why(error)}")
    if settings.words_file is not None:
        problems += _words(settings.words_file)[1]
    if problems:
        with reading(engine) as connection:
            if store.current_text(connection, "policy") is None:
                raise RuleFileError("\n".join(problems))
    return problems


def words_of(settings: Settings) -> Words:
    """Return the words of WORDS_FILE; the shipped ones without a file, or with one that is wrong.

    What is wrong with it `load_rules` says.
    """
    words, _ = _words(settings.words_file)
    return words


def _words(path: Path | None) -> tuple[Words, list[str]]:
    if path is None:
        return load_words(), []
    try:
        return parse_words(path.read_text(encoding="utf-8")), []
    except (OSError, UnicodeDecodeError) as error:
        return load_words(), [f"{path}: {_why(error)}"]
    except WordsError as error:
        return load_words(), [f"{path}: {line}" for line in str(error).splitlines()]


def _why(error: OSError | UnicodeDecodeError) -> str:
    return str(error.strerror) if isinstance(error, OSError) else "is not UTF-8 text"
