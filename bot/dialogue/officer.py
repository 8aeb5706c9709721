"""What an officer's word does: TERIMA, JAWAB, SUDAH, BUKAN, TUNDA, DAFTAR, KENAPA, and decisions."""

from __future__ import annotations

from bot.dialogue.talk import Talk


def act(talk: Talk) -> None:
    """Act on an officer's word; whoever may not is refused politely."""
    talk.done("dibaca")
