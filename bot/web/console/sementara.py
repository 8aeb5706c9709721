"""What a colleague, a phone or an export did to complaints since the page was opened.

A page that has stood open for a while must not override it unseen: each form says what its page
showed, and what has moved on is refused with who did what, and when. What changes nothing of a
complaint's course (a pass, a calendar, an export that fills in facts) refuses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from pydantic import Field

from bot import explanation
from bot.handling import Guard
from bot.web.console import linimasa
from bot.web.console.forms import LARGEST, Form
from bot.web.console.page import Visit
from bot.web.console.words import gettext as _
from scheduler.complaint import SAID
from scheduler.ledger import KOMINFO
from scheduler.store import meanwhile
from scheduler.store.meanwhile import Happened
from scheduler.store.session import Connection

MOST: Final = 200
"""How many complaints one form may name."""
NAMED: Final = frozenset({"dispose"})
"""Events whose note says where to."""
DONE: Final[Mapping[str, str]] = {
    **{str(verb): said for verb, said in SAID.items()},
    "dispose": "didisposisikan ke",
    "pause": "ditunda untuk dilengkapi",
    "classify": "diubah klasifikasinya",
    "anonim": "dijadikan Anonim",
    "rahasia": "dijadikan Rahasia",
    "tambah": "ditambah keterangannya",
    "sudah": "dinyatakan sudah dijawab di SP4N",
    "sudah_lagi": "dinyatakan sudah dijawab di SP4N",
    "bukan_diminta": "dinyatakan bukan wewenang",
    "tunda_diminta": "diminta ditunda",
    "jawaban_diminta": "dijawab; jawabannya menunggu persetujuan",
    "normatif_diminta": "dijawab; jawabannya menunggu keputusan",
    "setuju": "diputuskan permintaannya",
    "tolak": "diputuskan permintaannya",
    "ask": "ditahan karena istilah SP4N belum dikenal",
    "ditetapkan": "ditetapkan istilah SP4N-nya",
    "veto": "ditahan pesannya",
    "release": "dilepas pesannya",
    "link": "dipasangkan dengan SP4N",
    "tracking_id_diubah": "diubah Tracking ID-nya",
    "merge": "digabungkan",
    "undo": "diubah kembali: tindakan sebelumnya diurungkan",
    "ulasan": "diberi ulasan",
}
"""What a complaint has undergone by an event that a form must not override unseen."""
QUIET: Final = frozenset(
    {
        "receive", "catat", "mirip", "darurat", "kalender", "gagal", "rate", "disalin", "resend",
        "surat_masuk", "data_pelapor_diperbaiki", "sudah_berakhir", "serah_terima",
        "serah_terima_berakhir",
    }
)  # fmt: skip
"""Events that leave everything as the page showed it."""


class Seen(Form):
    """What the page showed of complaints: "id:last event" each; without one all is as before."""

    tanda: list[str] = Field(default=[], max_length=MOST, title="Tanda halaman")


def mark(complaint_id: int, last_event: int) -> str:
    """Return what a form says of the state in which its page showed a complaint."""
    return f"{complaint_id}:{last_event}"


def pairs(sent: Iterable[str]) -> dict[int, int]:
    """Read "id:number" as a page wrote it; what is no such pair is left out."""
    found: dict[int, int] = {}
    for each in sent:
        key, _colon, value = each.partition(":")
        if all(part.isascii() and part.isdecimal() and len(part) < 11 for part in (key, value)):
            found[int(key)] = min(int(value), LARGEST)
    return found


def guard(visit: Visit, form: Seen, ids: Iterable[int]) -> Guard:
    """Return what refuses the complaints of a form that were changed since its page was made."""
    shown, wanted = pairs(form.tanda), set(ids)
    seen = {key: last for key, last in shown.items() if key in wanted}

    def changed(connection: Connection) -> Mapping[int, str]:
        if not seen:
            return {}
        happened = meanwhile.since(connection, seen)
        why = {key: _why(visit, events) for key, events in happened.items()}
        return {key: said for key, said in why.items() if said is not None}

    return changed


def _why(visit: Visit, events: Iterable[Happened]) -> str | None:
    """Return the last thing that counts, in words; None where nothing does."""
    last = next((one for one in reversed(list(events)) if one.event in DONE), None)
    if last is None:
        return None
    done = DONE[last.event]
    if last.event in NAMED and last.note:
        done = f"{done} {last.note}"
    return _("has meanwhile been %(done)s by %(who)s, %(when)s; look at it again first") % {
        "done": done,
        "who": _who(last),
        "when": when(visit, last.at),
    }


def _who(one: Happened) -> str:
    actor = linimasa.ACTORS.get(one.actor, one.actor)
    return f"{actor} ({one.by})" if one.by and one.actor == KOMINFO else actor


def when(visit: Visit, at: datetime) -> str:
    """Return when something was: of today the hour alone."""
    zone = visit.world.zone
    local, now = at.astimezone(zone), visit.at.astimezone(zone)
    hour = _("at %(hour)s") % {"hour": f"{local:%H.%M}"}
    return hour if local.date() == now.date() else explanation.waktu(at, zone)
