"""What a reporter says of his own complaints: STATUS, TAMBAH, BATAL, ANONIM, RAHASIA.

Only from the phone they were reported from. To any other phone a complaint that exists is the same
as one that does not.
"""

from __future__ import annotations

from typing import Final

from bot import conversation
from bot.dialogue import progress, protection, reports
from bot.dialogue.drafts import Open
from bot.dialogue.filing import Report, place_words, shown
from bot.dialogue.rights import answers_for, posts_on
from bot.dialogue.talk import Talk
from bot.dialogue.telling import echoed
from bot.keywords import Word
from bot.substance import dangerous
from scheduler.case import Case
from scheduler.complaint import CLOSED, RefusedError
from scheduler.ledger import PELAPOR
from scheduler.store import cases, people
from scheduler.store import drafts as store

LISTED: Final = 5
"""How many complaints a reply lists."""


def his(talk: Talk) -> bool:
    """Return whether the number that was written is that of a complaint of this phone."""
    return talk.whose is not None and talk.whose.reporter_phone_id == talk.phone_id


def named(talk: Talk) -> Case | None:
    """Return the complaint that is named, if it is his; else say so, in the same words for all."""
    assert talk.intent.number is not None
    if talk.whose is None or not his(talk):
        talk.say("nomor_tak_dikenal", nomor=echoed(talk.intent.number))
        talk.done("ditolak")
        return None
    return talk.case(talk.whose.id)


def reported(talk: Talk) -> list[people.Mine]:
    """Return what this phone reported; where one of our messages was quoted, what that was about.

    Where there is nothing that is said.
    """
    mine = people.reported(talk.connection, talk.phone_id)
    quoted = [one for one in mine if one.number in talk.quoted]
    if not mine:
        talk.say("tidak_ada_aduan")
        talk.done("tidak_ada_aduan")
    return quoted or mine


def loaded(talk: Talk, some: list[people.Mine]) -> list[Case]:
    """Return complaints in the order given, to look at; not locked."""
    found = cases.load_cases(talk.connection, [one.id for one in some])
    return [found[one.id] for one in some]


def choose(talk: Talk, some: list[people.Mine], said: str | None = None) -> Case | None:
    """Return the only one there is; of several, have the person name one beside what he `said`."""
    if len(some) == 1:
        return talk.case(some[0].id)
    assert talk.intent.word is not None
    listed = progress.listed(some[:LISTED])
    talk.say("pilih_nomor", kata=said or talk.intent.word.upper(), daftar=listed)
    talk.done("pilih_nomor")
    return None


def _content(talk: Talk) -> Report:
    """Return what a keyword brings along: a text, files, a location."""
    one, text = talk.arrived, conversation.clean(talk.intent.text)
    return Report(
        channel=one.channel,
        first_at=talk.at,
        parts=[text] if text else [],
        lokasi=place_words(one.place) if one.place else None,
        files=len(one.media),
    )


# --- STATUS -----------------------------------------------------------------------------------


def status(talk: Talk, draft: Open | None) -> None:
    """STATUS [n]: how far a complaint is, for its reporter and for officers it is a duty of."""
    talk.done("status")
    about = talk.whose
    if about is not None and not his(talk) and _on_duty(talk, about):
        case = talk.case(about.id)
        number = f"SP4N #{case.tracking_id}" if case.tracking_id else shown(case)
        talk.say("kenapa", nomor=number, uraian=progress.short(talk.world, case))
        return
    if talk.intent.number is not None:
        own = named(talk)
        if own is not None:
            progress.say(talk, own)
        return
    if draft is not None and not draft.report.empty:
        talk.say("status_draf")
        return
    mine = reported(talk)
    if not mine:
        return
    wanted = [one for one in mine if one.status not in CLOSED or one is mine[0]]
    if len(wanted) == 1:
        progress.say(talk, talk.case(wanted[0].id))
    else:
        talk.say("status_banyak", daftar=progress.listed(wanted[:LISTED]))


def _on_duty(talk: Talk, about: people.Named) -> bool:
    posts = posts_on(talk.world, talk.posts, about.id, talk.world.today(talk.at))
    return any(answers_for(talk.world, post, about.instansi_id) for post in posts)


# --- TAMBAH and BATAL -------------------------------------------------------------------------


def tambah(talk: Talk) -> None:
    """TAMBAH n isi: what is added is part of the complaint; one that waited for it goes on."""
    if talk.intent.number is None:
        mine = [one for one in reported(talk) if one.status not in CLOSED]
        if mine:
            listed = progress.listed(mine[:LISTED])
            talk.say("pilih_nomor", kata=Word.TAMBAH.upper(), daftar=listed)
            talk.done("pilih_nomor")
        elif talk.effect == "dibaca":
            talk.say("tidak_ada_aduan")
            talk.done("tidak_ada_aduan")
        return
    case = named(talk)
    if case is not None:
        add(talk, case)


def add(talk: Talk, case: Case, said: str = "ditambahkan") -> None:
    """Add what came with this message to a complaint, and say so."""
    more = _content(talk)
    talk.done("tambah", case)
    if more.empty:
        talk.say("tambah_kosong", nomor=shown(case))
        return
    if case.status in CLOSED:
        raise RefusedError(
            f"aduan sudah ditutup; untuk membukanya kembali balas BUKA {shown(case)}"
        )
    if len(case.isi) >= reports.LONGEST:
        raise RefusedError("aduan ini sudah sangat panjang; mohon laporkan sebagai aduan baru")
    reports.add(talk, case, more)
    if dangerous(more.text, talk.words):
        reports.alarm(talk, case)
    bare = not (more.parts or more.lokasi)
    talk.say("lampiran" if bare else said, nomor=shown(case))


def batal(talk: Talk, draft: Open | None) -> None:
    """BATAL [n]: the report in the making, else an open complaint that is not in SP4N."""
    if talk.intent.number is None and draft is not None:
        store.drop(talk.connection, talk.phone_id)
        talk.say("draf_dibatalkan")
        talk.done("batal")
        return
    if talk.intent.number is not None:
        case = named(talk)
    else:
        mine = reported(talk)
        open_ones = [one for one in mine if one.status not in CLOSED]
        case = choose(talk, open_ones or mine[:1]) if mine else None
    if case is None:
        return
    talk.done("batal", case)
    if case.status in CLOSED:
        raise RefusedError("aduan ini sudah ditutup")
    if case.tracking_id is not None:
        raise RefusedError("aduan ini sudah tercatat di SP4N-LAPOR! dan tetap ditangani")
    talk.desk.archive(case, PELAPOR, "dibatalkan pelapor")
    talk.say("dibatalkan", nomor=shown(case))


# --- ANONIM and RAHASIA -----------------------------------------------------------------------


def protect(talk: Talk, draft: Open | None) -> None:
    """ANONIM, RAHASIA or both: for the report in the making, or the one named or quoted.

    Else for the newest that is open; where none is, for the one that is to come.
    """
    anonim, rahasia = talk.intent.anonim, talk.intent.rahasia
    effect = "anonim" if anonim else "rahasia"
    talk.done(effect)
    if talk.intent.number is not None:
        case = named(talk)
    elif draft is not None:
        protection.on_draft(talk, draft)
        return
    else:
        mine = people.reported(talk.connection, talk.phone_id)
        quoted = (one for one in mine if one.number in talk.quoted)
        alive = (one for one in mine if one.status not in CLOSED)
        chosen = next(quoted, None) or next(alive, None)
        if chosen is None:
            protection.promise(talk, others=bool(mine))
            return
        case = talk.case(chosen.id)
    if case is not None:
        talk.done(effect, case)
        protection.shield(talk, case, anonim=anonim, rahasia=rahasia)
