"""The console's words: English in templates and code, Indonesian in `words/*.po`.

One language for now; who wants to mend a word mends it there. A test holds that every message has
its translation and none is left over.
"""

from __future__ import annotations

import gettext as stdlib
import io
from functools import cache
from importlib.resources import files
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGE: Final = "id"


def catalogues() -> dict[str, Catalog]:
    """Return the shipped catalogues by file name."""
    folder = files("bot.web.console").joinpath("words")
    return {
        entry.name: read_po(io.BytesIO(entry.read_bytes()), locale=LANGUAGE, abort_invalid=True)
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".po")
    }


@cache
def _translations() -> stdlib.GNUTranslations:
    whole = Catalog(locale=LANGUAGE)
    for catalogue in catalogues().values():
        for message in catalogue:
            if message.id:
                whole[message.id] = message
    file = io.BytesIO()
    write_mo(file, whole)
    file.seek(0)
    return stdlib.GNUTranslations(file)


def gettext(message: str) -> str:
    """Return a message in Indonesian; one without a translation as it is."""
    return _translations().gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """Return a message about `count` things in Indonesian, which has one form for all counts."""
    return _translations().ngettext(one, many, count)
