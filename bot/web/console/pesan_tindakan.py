"""What people do about messages: settle, send again, send by hand, stop everything."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot import manual
from bot.masking import mask
from bot.resend import resend
from bot.web.console import sementara
from bot.web.console.access import Right
from bot.web.console.forms import LARGEST, Form, Line
from bot.web.console.page import Page, Visit, get, post
from bot.web.console.tindakan import report
from bot.web.console.words import gettext as _
from config.terms import NoticeStatus
from scheduler.complaint import RefusedError
from scheduler.store import desk_notes, hand_openings, handwork, outbox_view
from scheduler.store.session import reading, writing

STOP: Final = "stop_all"
RESUME: Final = "resume_all"
_STOP_WORD: Final = "HENTIKAN"
_RESUME_WORD: Final = "LANJUTKAN"
HISTORY: Final = 10
BY_HAND: Final = 50
_START: Final = (-1, 0)
"""Below every place in the list of what is sent by hand."""


def _choice(value: str) -> str:
    """Take "<notice>.<n>": what to send again, and which repetition it is to be."""
    notice, dot, number = value.partition(".")
    if not dot or not all(p.isascii() and p.isdecimal() and len(p) < 11 for p in (notice, number)):
        raise ValueError("Pilihan pesan tidak dapat dipakai.")
    if not (0 < int(notice) <= LARGEST and 0 < int(number) <= LARGEST):
        raise ValueError("Pilihan pesan tidak dapat dipakai.")
    return value


def _says(word: str) -> AfterValidator:
    def check(value: str) -> str:
        if value.upper() != word:
            raise ValueError(f"Ketik {word} untuk menegaskan.")
        return word

    return AfterValidator(check)


class Settle(Form):
    """What a person found out about a message."""

    hasil: Literal["sampai", "tidak"] = Field(title="Hasil pemeriksaan")


class Again(Form):
    """What to send once more, and why."""

    pilih: list[Annotated[str, AfterValidator(_choice)]] = Field(
        title="Pesan yang dikirim ulang", min_length=1, max_length=200
    )
    alasan: Line = Field(title="Alasan")


class Opening(Form):
    """A message to be opened; `tetap` opens it even though a colleague has it open."""

    tetap: bool = Field(default=False, title="Buka juga")


class Ticked(Form):
    """A message that was sent by hand, with the mark of the text that was shown."""

    sidik: Line = Field(title="Sidik teks")


class Halt(Form):
    """Why everything is stopped, and a word typed on purpose."""

    alasan: Line = Field(title="Alasan")
    kata: Annotated[Line, _says(_STOP_WORD)] = Field(title="Kata penegasan")


class GoOn(Form):
    """Why everything goes on, and a word typed on purpose."""

    alasan: Line = Field(title="Alasan")
    kata: Annotated[Line, _says(_RESUME_WORD)] = Field(title="Kata penegasan")


class Place(Form):
    """Where a list of what is sent by hand goes on: after this priority and id."""

    utama: Annotated[int | None, Field(ge=0, le=9)] = None
    sesudah: Annotated[int | None, Field(ge=0, le=LARGEST)] = None


class Bertindak(Page):
    """What people do about messages."""

    # --- whose fate is unknown ------------------------------------------------------------

    @post("/{id:int}/tetapkan", Right.SETTLE, Settle)
    def settle(self, visit: Visit, form: Settle, id: int) -> Response:  # noqa: A002
        """Take a person's word on a message that the provider cannot tell apart."""
        arrived = form.hasil == "sampai"
        try:
            with writing(visit.opened.engine) as connection:
                handwork.settle_unknown(connection, id, visit.at, arrived=arrived)
                desk_notes.note(
                    connection, visit.visitor.id, "settle", visit.at, f"pesan {id}: {form.hasil}"
                )
        except RefusedError:
            raise RefusedError(
                f"nasib pesan {id} tidak sedang dipertanyakan; mungkin sudah ditetapkan"
            ) from None
        told = (
            _("Noted: message %(id)s arrived. Nothing more is sent.")
            if arrived
            else _("Noted: message %(id)s never left. It is sent with the next pass.")
        )
        return visit.back("/pesan?status=unknown", told % {"id": id})

    # --- once more ------------------------------------------------------------------------

    @post("/kirim-ulang", Right.SETTLE, Again)
    def resend(self, visit: Visit, form: Again) -> Response:
        """Have something told once more; it waits a minute and can be undone."""
        pairs = (choice.split(".") for choice in form.pilih)
        chosen = {int(notice): int(number) for notice, number in pairs}
        done = resend(
            visit.opened, visit.visitor.id, chosen, form.alasan, visit.at, scope=visit.scope
        )
        return report(visit, done, _("Will be told once more"), self.path)

    # --- by hand --------------------------------------------------------------------------

    @staticmethod
    def by_hand(visit: Visit) -> bool:
        """Return whether a person sends here, and this one may."""
        return visit.opened.settings.gateway == "manual" and visit.may(Right.SETTLE)

    @get("/tangan", Right.SETTLE, query=Place)
    def hand_list(self, visit: Visit, query: Place) -> Response:
        """List what waits for a person who sends it; without any number."""
        if not self.by_hand(visit):
            raise HTTPException(404)
        after = _START if query.utama is None else (query.utama, query.sesudah or 0)
        with reading(visit.opened.engine) as connection:
            found = outbox_view.by_hand(connection, visit.at, after, BY_HAND + 1)
            ids = [one.id for one in found[:BY_HAND]]
            told = outbox_view.told_by(connection, ids)
            openings = hand_openings.of(connection, ids)
        last = found[BY_HAND - 1] if len(found) > BY_HAND else None
        return visit.page(
            "pesan_tangan.html",
            messages=[(one, told[one.id]) for one in found[:BY_HAND] if told.get(one.id)],
            opened={key: _opened(visit, one) for key, one in openings.items()},
            older=f"/pesan/tangan?utama={last.priority}&sesudah={last.id}" if last else None,
            why=self._silent(visit),
        )

    @staticmethod
    def _silent(visit: Visit) -> str | None:
        """Say why nobody may be told anything now."""
        if visit.opened.settings.shadow:
            return "mode bayangan (SHADOW): semua diputuskan, tidak ada yang dikirim"
        if visit.opened.stopped_since() is not None:
            return "semua pengiriman sedang dihentikan"
        return None

    @post("/{id:int}/tautan", Right.SETTLE, Opening)
    def link(self, visit: Visit, form: Opening, id: int) -> Response:  # noqa: A002
        """Show the link that opens WhatsApp with a message; it holds a number, so it is noted.

        Where a colleague has it open, and has not ticked it, only once that was asked.
        """
        if not self.by_hand(visit):
            raise HTTPException(404)
        why = self._silent(visit)
        if why is not None:
            raise RefusedError(why)
        opened = visit.opened
        with reading(opened.engine) as connection:
            rows = outbox_view.notices_of(connection, id, 1)
            other = hand_openings.another(connection, id, visit.visitor.id)
        if other is not None and not form.tetap:
            return _asked(visit, id, other)
        listed = manual.to_send(
            opened.engine, opened.seal, opened.world(visit.at), visit.at, only=id
        )
        found = next(iter(listed.messages), None)
        if found is None:
            raise RefusedError(
                f"pesan {id} tidak dapat dikirim sekarang: sudah dikirim, dibatalkan, di luar jam "
                "pengiriman, atau penerimanya berganti"
            )
        with writing(opened.engine) as connection:
            other = hand_openings.claim(
                connection, id, visit.visitor.id, visit.at, anyway=form.tetap
            )
        if other is not None:
            return _asked(visit, id, other)
        posts = "; ".join(found.posts)
        visit.saw("tautan", rows[0].complaint_id if rows else None, f"pesan {id}: {posts}")
        return visit.page("pesan_tautan.html", found=found, mark=mark_of(found.text))

    @post("/{id:int}/terkirim", Right.SETTLE, Ticked)
    def tick(self, visit: Visit, form: Ticked, id: int) -> Response:  # noqa: A002
        """Record that a person sent a message, with the very text that he was shown."""
        if not self.by_hand(visit):
            raise HTTPException(404)
        with writing(visit.opened.engine) as connection:
            draft = outbox_view.draft(connection, id)
            if draft is None or mark_of(draft) != form.sidik:
                raise RefusedError(
                    f"teks pesan {id} berubah sejak ditampilkan; buka lagi tautannya"
                )
            _mark_sent(connection, visit, id)
            desk_notes.note(connection, visit.visitor.id, "sent", visit.at, f"pesan {id}")
        return visit.go("/pesan/tangan", _("Noted: message %(id)s was sent by hand.") % {"id": id})

    # --- everything -----------------------------------------------------------------------

    def standing(self, visit: Visit) -> dict[str, Any]:
        """Return what the heads of these pages say: whether a person sends, and who may stop."""
        return {"hand": self.by_hand(visit), "stops": visit.may(Right.STOP_ALL)}

    @get("/henti", Right.SEE_MESSAGES)
    def halted(self, visit: Visit) -> Response:
        """Show whether everything is stopped, who did so, and the forms for it."""
        with reading(visit.opened.engine) as connection:
            done = desk_notes.newest(connection, (STOP, RESUME), HISTORY)
        since = visit.opened.stopped_since()
        return visit.page(
            "pesan_henti.html",
            done=done,
            since=datetime.fromisoformat(since) if since else None,
            # Whoever did it at a terminal has left no name here.
            elsewhere=bool(since) and not (done and done[0].verb == STOP),
            **self.standing(visit),
        )

    @post("/hentikan", Right.STOP_ALL, Halt)
    def stop(self, visit: Visit, form: Halt) -> Response:
        """Stop everything that would tell anybody anything."""
        self._switch(visit, form.alasan, stopped=True)
        return visit.go("/pesan/henti", _("Everything is stopped."), level="warning")

    @post("/lanjutkan", Right.STOP_ALL, GoOn)
    def go_on(self, visit: Visit, form: GoOn) -> Response:
        """Let everything go on, as after an outage."""
        self._switch(visit, form.alasan, stopped=False)
        return visit.go("/pesan/henti", _("Everything goes on with the next pass."))

    @staticmethod
    def _switch(visit: Visit, why: str, *, stopped: bool) -> None:
        if (visit.opened.stopped_since() is not None) is stopped:
            raise RefusedError(
                "semua sudah dihentikan" if stopped else "tidak ada yang sedang dihentikan"
            )
        visit.opened.set_stopped(visit.at, stopped=stopped)
        with writing(visit.opened.engine) as connection:
            verb = STOP if stopped else RESUME
            desk_notes.note(connection, visit.visitor.id, verb, visit.at, mask(why))


def _asked(visit: Visit, message_id: int, other: hand_openings.Opening) -> Response:
    """Ask before a message is opened that a colleague may be sending just now."""
    by, when = other.by, sementara.when(visit, other.at)
    return visit.page("pesan_dibuka.html", id=message_id, by=by, when=when)


def _opened(visit: Visit, one: hand_openings.Opening) -> str:
    """Say who opened a message last, and when."""
    mine = one.user_id == visit.visitor.id
    told = _("opened by you, %(when)s") if mine else _("opened by %(who)s, %(when)s")
    return told % {"who": one.by, "when": sementara.when(visit, one.at)}


_NOT_TICKED: Final = {
    NoticeStatus.SENDING: "sedang dikirim oleh sistem",
    NoticeStatus.UNKNOWN: "sudah dikirim oleh sistem dan belum pasti sampai",
    NoticeStatus.ACCEPTED: "sudah ditandai terkirim",
    NoticeStatus.DELIVERED: "sudah sampai",
    NoticeStatus.FAILED: "sudah dialihkan ke orang lain atau gagal",
    NoticeStatus.CANCELLED: "tidak diperlukan lagi",
}


def _mark_sent(connection: Any, visit: Visit, message_id: int) -> None:
    """Mark a message as sent; say in Indonesian why it cannot be."""
    try:
        handwork.mark_sent(connection, message_id, visit.at)
    except RefusedError:
        found = outbox_view.message(connection, message_id)
        status = found.status if found else NoticeStatus.CANCELLED
        why = _NOT_TICKED.get(status, "tidak diperlukan lagi, atau sedang dibuka orang lain")
        raise RefusedError(f"pesan {message_id} {why}") from None


def mark_of(text: str) -> str:
    """Return a short mark of a text, to see that it is still the one that was shown."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
