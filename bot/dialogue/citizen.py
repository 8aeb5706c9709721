"""What a citizen's message does: reports, follow-ups, questions, opt-out."""

from __future__ import annotations

from bot.dialogue.talk import Talk


def act(talk: Talk) -> None:
    """Act on a citizen's words, or on those of an officer that are no officer's word."""
    talk.done("dibaca")
