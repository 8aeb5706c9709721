"""PURE: fills a WhatsApp template: the values that make one text of it, each of them safe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from config.gsm7 import clip
from config.message_templates import BODY_MAX, LENGTHS, WantedTemplate, is_safe

_BEHIND = ("opd", "rincian", "nomor", "rujukan", "daftar")
"""Behind which value a note stands in brackets: a template has no place of its own for it."""


class FilledTemplate(NamedTuple):
    """A template with its values: by number, and the text they come to."""

    name: str
    variables: dict[str, str]
    text: str


def fill_template(
    wanted: WantedTemplate, values: Mapping[str, str | None], catatan: str | None
) -> FilledTemplate | None:
    """Return the template filled in; None where it cannot say all that must be said.

    That is where a value is missing, or no value is there to put the note behind. A reason stands
    behind the number where the template has no {alasan}.
    """
    said = {name: values.get(name) or "" for name in wanted.names}
    remarks: list[tuple[str, tuple[str, ...]]] = [
        (clip(catatan or "", LENGTHS["catatan"]), _BEHIND)
    ]
    if "alasan" not in said and "nomor" in said:
        remarks.append((values.get("alasan") or "", ("nomor",)))
    for remark, hosts in remarks:
        words = remark.rstrip(" .")
        host = next((name for name in hosts if said.get(name)), None)
        if words and host is None:
            return None
        if words and host is not None:
            said[host] = f"{said[host]} ({words})"
    if not all(is_safe(value) for value in said.values()):
        return None
    variables = {str(number): said[name] for number, name in enumerate(wanted.names, 1)}
    text = wanted.fill(variables)
    return FilledTemplate(wanted.name, variables, text) if len(text) <= BODY_MAX else None
