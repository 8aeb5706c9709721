"""What the training page shows: the clock, the phones on the table, Kominfo's desk; one document.

It carries no telephone number and no person's name: posts stand for people.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from bot.compose import Installation
from bot.explanation import waktu
from bot.keywords import ALONE, WITH_TEXT, Word
from bot.training import Handset, Room
from bot.wording import tanggal
from config.terms import GOVERNMENTS, Channel, Peran, Status
from scheduler.complaint import ALLOWED, Verb
from scheduler.directory import Directory
from scheduler.inbound import Arrived
from scheduler.store import listing, training
from scheduler.store.session import Connection, reading
from scheduler.world import World

MESSAGES: Final = 40
"""How many of the newest messages of a phone are shown, each way."""
COMPLAINTS: Final = 12
"""How many of the newest complaints lie on Kominfo's desk."""

CHANNELS: Final = {Channel.WHATSAPP: "WhatsApp", Channel.SMS: "SMS"}
STATUSES: Final = {
    Status.BELUM_TERVERIFIKASI: "belum terverifikasi",
    Status.BELUM_DITINDAKLANJUTI: "belum ditindaklanjuti",
    Status.PROSES: "proses",
    Status.SELESAI: "selesai",
    Status.ARSIP: "arsip",
    Status.TUNDA: "tunda",
}

_WORDS: Final = "|".join(word.name for word in Word)
_NUMBER: Final = r"[A-Z]{2,6}-\d{4}-\d{4,}|\d{5,}"
_ASKED: Final = re.compile(rf"(?<![\w-])({_WORDS})(?![\w!-])(?:\s+#?({_NUMBER}))?")
_CITIZEN: Final = ("BANTUAN",)
_OFFICER: Final = ("DAFTAR",)


def hints(text: str) -> list[str]:
    """Return what a message asks to reply with, as far as it can be typed in advance.

    A keyword that wants more (an answer, a rating, a number) ends with a space.
    """
    found: dict[str, None] = {}
    for name, number in _ASKED.findall(text):
        keyword = Word[name]
        more = " " if keyword in WITH_TEXT or not (number or keyword in ALONE) else ""
        found[f"{name} {number}{more}" if number else f"{name}{more}"] = None
    return list(found)


def state(room: Room, instansi_id: int | None) -> dict[str, Any]:
    """Return the whole page as of the room's present; `instansi_id` is the OPD that was chosen."""
    opened = room.opened
    at = opened.now()
    world = room.world(at)
    units = _units(world.directory, at.astimezone(world.zone))
    chosen = instansi_id if instansi_id in {unit["id"] for unit in units} else None
    if chosen is None and units:
        chosen = units[0]["id"]
    with reading(opened.engine) as connection:
        phones = (
            room.handsets(connection, world.directory, at, chosen) if chosen is not None else []
        )
        return {
            "clock": _clock(room, world, at),
            "stopped": opened.stopped_since() is not None,
            "shadow": world.shadow,
            "empty": not world.directory.bodies,
            "units": units,
            "unit": chosen,
            "phones": [_phone(opened, connection, phone) for phone in phones],
            "complaints": _complaints(connection, world.directory),
        }


def _clock(room: Room, world: World, at: datetime) -> dict[str, Any]:
    local = at.astimezone(world.zone)
    off = world.calendar(None).off(local.date())
    move = room.move
    return {
        "now": waktu(at, world.zone),
        "zone": local.tzname(),
        "day": off.name if off else "hari kerja",
        "quiet": off is not None or world.policy.quiet(local.time()),
        "moving": None
        if move is None or move.done
        else {"part": round(move.part, 3), "goal": tanggal(move.goal, world.zone)},
        "failed": move is not None and move.failed,
    }


def _units(directory: Directory, local: datetime) -> list[dict[str, Any]]:
    """Return the OPD that can be chosen: those whose admin can be told something."""
    return [
        {"id": body.id, "name": body.short}
        for body in sorted(directory.bodies.values(), key=lambda body: body.id)
        if body.jenis not in GOVERNMENTS
        and directory.resolve(Peran.ADMIN_OPD, body.id, local.date())
    ]


def _phone(opened: Installation, connection: Connection, phone: Handset) -> dict[str, Any]:
    blind, zone = opened.seal.blind(phone.number), opened.settings.timezone
    arrived = training.received(connection, blind, MESSAGES)
    lines: list[tuple[datetime, dict[str, Any]]] = []
    for row in training.sent(connection, blind, MESSAGES):
        told = Arrived.loads(opened.seal.open(row.payload))
        place = told.place.label or told.place.address if told.place else None
        lines.append((row.at, _line(row.sid, "out", told.text, place=place, failed=row.failed)))
    lines += [(one.at, _line(one.sid, "in", one.text)) for one in arrived]
    lines.sort(key=lambda line: line[0])  # stable: what was sent stands before its reply
    return {
        "key": phone.key,
        "role": phone.role,
        "title": phone.title,
        "channel": CHANNELS[phone.channel],
        "place": phone.channel is Channel.WHATSAPP,
        "messages": [line | {"at": tanggal(at, zone)} for at, line in lines],
        "replies": _replies(phone, [line for _, line in lines]),
    }


def _line(
    sid: str, way: str, text: str, *, place: str | None = None, failed: bool = False
) -> dict[str, Any]:
    return {"id": sid, "way": way, "text": text, "place": place, "failed": failed}


def _replies(phone: Handset, lines: Sequence[dict[str, Any]]) -> list[str]:
    """Return what the last two messages ask for and was not sent yet, then what always may be."""
    always = _CITIZEN if phone.key.startswith("warga") else _OFFICER
    sent = {line["text"] for line in lines if line["way"] == "out"}
    last = [line["text"] for line in lines if line["way"] == "in"][:-3:-1]
    asked = [hint for text in last for hint in hints(text) if hint not in sent]
    return list(dict.fromkeys([*asked, *always]))


def _complaints(connection: Connection, directory: Directory) -> list[dict[str, Any]]:
    short = {body.nama: body.short for body in directory.bodies.values()}
    found = []
    for key in training.newest_complaints(connection, COMPLAINTS):
        row = listing.complaint(connection, key)
        found.append(
            {
                "number": row.tracking_id or row.nomor,
                "title": row.judul,
                "status": STATUSES[row.status],
                "unit": short.get(row.instansi or ""),
                "verify": row.status in ALLOWED[Verb.VERIFY],
                "dispose": row.status in ALLOWED[Verb.DISPOSE],
            }
        )
    return found
