"""Free text, photos and locations: a report is begun, gone on with, or filed.

On SMS one message is enough. On WhatsApp what is missing is asked once. No report is lost: what
is not complete is filed as it stands, and danger to life waits for nothing.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot import conversation
from bot.dialogue import drafts, emergency, filing, protection
from bot.dialogue.acting import part_of
from bot.dialogue.drafts import Open
from bot.dialogue.emergency import DARURAT
from bot.dialogue.filing import Filing, Report
from bot.dialogue.talk import Talk
from bot.keywords import Word
from bot.masking import mask
from bot.places import place_in
from bot.substance import courtesy, dangerous, fingerprint, missing
from config.replies import lacking, reply
from config.terms import Channel, Status
from scheduler.case import Case
from scheduler.ledger import PELAPOR, SYSTEM
from scheduler.store import drafts as store
from scheduler.store import inbound, people
from scheduler.store.reach import raise_alert

JOINS: Final = timedelta(minutes=5)
"""What follows a report within this time belongs to it."""
GREETED: Final = timedelta(hours=1)
"""How often a greeting is answered."""
_REPORTED: Final = frozenset({"aduan", "bagian", "ganda"})
_WITH_FILES: Final = _REPORTED | drafts.OFFICERS_WORDS | {Word.TAMBAH}
LONGEST: Final = 20_000
"""Letters of a complaint from which on what follows is another one."""
_LONG: Final = 20
"""Letters of a text that is known again inside a longer one."""
_GREETING: Final = re.compile(
    r"(?<!\w)(?:p+|ping|tes\w*|cek|coba|ha?[liey]+o*|hall?o+|hello|permisi|mau|numpang|izin|askum"
    r"|ass?alam\w*|salam|selamat|met|pagi|siang|sore|malam)(?!\w)",
    re.IGNORECASE,
)
"""What distinguishes a greeting, which is answered, from thanks, which are not."""
_WISHES: Final = re.compile(r"(?<!\w)(?:me)?(?:lapor|ngadu)(?!\w)", re.IGNORECASE)
"""In a greeting: "mau lapor" is LAPOR without a report yet."""


def hear(talk: Talk, draft: Open | None) -> bool:
    """Act on what reads as a report, or a part of one; return False where there is nothing."""
    one = talk.arrived
    text = conversation.clean(talk.intent.text)
    if not (text or one.media or one.place or talk.intent.word is Word.LAPOR):
        return False
    plain = not (one.media or one.place)
    if courtesy(text, talk.words):
        if talk.intent.word is None and plain and not _wants_to_report(talk, draft, text):
            _greeted(talk, text)
            return True
        if talk.intent.word is Word.LAPOR or plain:
            text = ""  # "lapor pak", "mau lapor"
    more = _more(talk, text)
    promised = draft is not None and draft.promise
    if draft is not None and promised:
        more.anonim |= draft.report.anonim
        more.rahasia |= draft.report.rahasia
        draft = None
    new = promised or talk.intent.word is Word.LAPOR
    if dangerous(text, talk.words):
        _danger(talk, draft, more, new=new)
    else:
        _ordinary(talk, draft, more, new=new)
    return True


def _wants_to_report(talk: Talk, draft: Open | None, text: str) -> bool:
    """Return whether a greeting announces a report of which nothing is here yet."""
    begun = draft is not None and not draft.report.empty
    return not (talk.officer or begun) and _WISHES.search(text) is not None


def _ordinary(talk: Talk, draft: Open | None, more: Report, *, new: bool) -> None:
    """Go on with what is being made, or was just made; a `new` report begins in any case."""
    known = _filing(talk).known(more.text, more.lokasi)
    if known is not None:
        _say_known(talk, known)
    elif talk.intent.word is Word.LAPOR or more.empty:
        _lapor(talk, draft, more)
    elif draft is not None:
        _go_on(talk, draft, more)
    elif new or not _join(talk, more):
        _begin(talk, more)


def file_expired(talk: Talk, draft: Open) -> None:
    """File a draft whose half hour was over before this message came: it is none of its parts."""
    _file(talk, draft.report, several=True, at=draft.file_at)


def _filing(talk: Talk, at: datetime | None = None) -> Filing:
    return Filing(
        talk.connection, talk.world, talk.seal, talk.desk, talk.flush, talk.phone_id, at or talk.at
    )


def _more(talk: Talk, text: str) -> Report:
    """Return what this message says, as a report of its own."""
    one = talk.arrived
    return Report(
        channel=one.channel,
        first_at=talk.at,
        parts=[text] if text else [],
        lokasi=filing.place_words(one.place) if one.place else None,
        anonim=talk.intent.anonim,
        rahasia=talk.intent.rahasia,
        name=conversation.clean(one.profile)[:120] if one.profile else None,
        files=len(one.media),
    )


def _greeted(talk: Talk, text: str) -> None:
    """Answer a greeting, once an hour; thanks need no answer."""
    talk.done("sapaan")
    said = reply("salam", talk.arrived.channel)
    since = talk.at - GREETED
    if talk.officer or not _GREETING.search(text):
        return
    if not store.said_since(talk.connection, talk.phone_id, said, since):
        talk.say("salam")


# --- drafts -----------------------------------------------------------------------------------


def _keep(talk: Talk, draft: Open) -> None:
    drafts.save(talk.connection, talk.seal, talk.phone_id, draft)
    talk.done("bagian")


def _added(draft: Open, more: Report) -> Report:
    """Return a draft's report with what came now; the same words twice are said once."""
    old = draft.report
    twice = bool(more.parts) and old.says(more.parts[0])
    places = [place for place in (old.lokasi, more.lokasi) if place]
    return replace(
        old,
        first_at=min(old.first_at, more.first_at),
        parts=old.parts if twice else old.parts + more.parts,
        lokasi="; ".join(dict.fromkeys(places)) or None,
        anonim=old.anonim or more.anonim,
        rahasia=old.rahasia or more.rahasia,
        name=old.name or more.name,
        files=old.files + more.files,
    )


def _lapor(talk: Talk, draft: Open | None, more: Report) -> None:
    """LAPOR begins a report. Alone, it says that what was written before is one."""
    if more.empty:
        if draft is not None and not draft.report.empty:
            _file(talk, _added(draft, more), several=True)
            return
        report = _added(draft, more) if draft else more
        kind = filing.jenis(report)
        talk.say("jenis_dahulu" if kind else "lapor_kosong", jenis=kind)
        _keep(talk, Open(report, talk.at, unsure=bool(kind) and not talk.officer))
        return
    if draft is not None and draft.report.empty:
        more = _added(draft, more)
    elif draft is not None and talk.officer:
        # He was told that it is no report yet: this is how he says it is one.
        old = draft.report
        more = replace(more, first_at=old.first_at, lokasi=more.lokasi or old.lokasi)
    elif draft is not None:
        _file(talk, draft.report, several=True)
    if more.parts and (talk.officer or talk.arrived.channel is Channel.SMS):
        _file(talk, more)
    else:
        _ask(talk, Open(more, talk.at))


def _begin(talk: Talk, more: Report) -> None:
    """Begin a report of which nothing is here yet."""
    if talk.officer:
        acts = part_of(talk) in {"pemutus", "petugas"}
        name = "petugas_bukan_aduan" if acts else "pimpinan_bukan_aduan"
        talk.say(name, sapaan=talk.posts[0].jabatan)
        _keep(talk, Open(more, talk.at, asked_at=talk.at, unsure=True))
    elif more.parts and talk.arrived.channel is Channel.SMS:
        _file(talk, more)
    else:
        _ask(talk, Open(more, talk.at))


def _ask(talk: Talk, draft: Open) -> None:
    """Ask what is missing of a report, or file it where nothing is."""
    report = draft.report
    if not report.parts:
        talk.say("media_saja" if report.files else "lapor_kosong")
        # Whoever was asked to write what, where and when is not asked again.
        _keep(talk, replace(draft, asked_at=talk.at if report.files else None))
        return
    lacks = missing(report.text, talk.words, has_place=report.lokasi is not None)
    if not lacks:
        _file(talk, report, several=talk.at > report.first_at)
        return
    talk.say("tanya", kurang=lacking(lacks), jenis=filing.jenis(report))
    _keep(talk, replace(draft, asked_at=talk.at))


def _go_on(talk: Talk, draft: Open, more: Report) -> None:
    """Go on with a draft: filed when it is complete, or when what was asked has been answered."""
    begun = not draft.report.empty
    report = _added(draft, more)
    now = replace(draft, report=report, last_at=max(draft.last_at, talk.at))
    at_once = talk.officer or talk.arrived.channel is Channel.SMS
    if begun and more.parts and draft.report.says(more.parts[0]) and not more.files:
        _keep(talk, now)
        talk.done("ganda")
    elif draft.unsure or not report.parts or not (more.parts or more.lokasi):
        _keep(talk, now)
    elif draft.asked_at is not None or (at_once and not begun):
        _file(talk, report, several=True)
    else:
        _ask(talk, now)


# --- complaints -------------------------------------------------------------------------------


def _file(talk: Talk, report: Report, *, several: bool = False, at: datetime | None = None) -> None:
    """File a report and say its number; where it is known already, say that one."""
    files = _filing(talk, at)
    known = files.known(report.text, report.lokasi)
    if known is not None:
        store.drop(talk.connection, talk.phone_id)
        inbound.belongs(talk.connection, talk.phone_id, report.first_at, known.id)
        _say_known(talk, known)
        return
    case = _enter(talk, files, report, several=several)
    talk.say("diterima", **filing.received_words(talk.world, case))
    talk.done("aduan", case)


def _say_known(talk: Talk, known: people.Mine) -> None:
    talk.say("sudah_tercatat", nomor=filing.shown(known))
    talk.complaint_id = known.id
    talk.done("ganda")


def _enter(talk: Talk, files: Filing, report: Report, *, several: bool) -> Case:
    case = files.file(report, several=several)
    store.drop(talk.connection, talk.phone_id)
    assert case.id is not None
    inbound.belongs(talk.connection, talk.phone_id, report.first_at, case.id)
    return case


def continues(talk: Talk) -> bool:
    """Return whether a text of this moment would belong to the report just before it."""
    return store.continued(talk.connection, talk.phone_id, talk.at, JOINS, _REPORTED) is not None


def _join(talk: Talk, more: Report) -> bool:
    """Let a message belong to the report, or the answer, just before it; False if there is none."""
    bare = not (more.parts or more.lokasi)
    effects = _WITH_FILES if bare else _REPORTED
    key = store.continued(talk.connection, talk.phone_id, talk.at, JOINS, effects)
    if key is None and more.lokasi and not more.parts:
        key = emergency.just_reported(talk, _REPORTED)
    if key is None:
        return False
    if len(talk.look(key).isi) >= LONGEST:
        return False
    case = talk.case(key)
    if case.reporter_phone_id != talk.phone_id:
        talk.done("lampiran", case)  # what an officer's photo belongs to is his answer
        return True
    apart = _apart(talk, case, more)
    added = add(talk, case, more)
    talk.done("bagian" if added else "ganda", case)
    if added and apart and not talk.texts:
        _say_joined(talk, case)
    return True


def _apart(talk: Talk, case: Case, more: Report) -> bool:
    """Return whether a part would be a whole report by itself, and so may be meant as another one.

    Where the complaint still lacks its place or time, it only completes it.
    """
    told = ((case.isi, case.lokasi), (more.text, more.lokasi))
    return bool(more.parts) and not (
        dangerous(more.text, talk.words)
        or any(missing(text, talk.words, has_place=place is not None) for text, place in told)
    )


def _say_joined(talk: Talk, case: Case) -> None:
    """Say to which complaint a part was added; once, while parts join it."""
    name, nomor = "ditambahkan_atau_lapor", filing.shown(case)
    said = reply(name, talk.arrived.channel, nomor=nomor)
    if not store.said_since(talk.connection, talk.phone_id, said, talk.at - JOINS):
        talk.say(name, nomor=nomor)


def add(talk: Talk, case: Case, more: Report) -> bool:
    """Add to a complaint what its reporter says beside it; False where all of it is there already.

    A complaint that waited for it (tunda) goes on.
    """
    lines = [mask(part) for part in more.parts]
    new = [line for line in lines if not _is_in(case.isi, line)]
    located = more.lokasi is not None and case.lokasi is None
    if located:
        case.lokasi = more.lokasi
    elif more.lokasi and more.lokasi != case.lokasi:
        new.append(more.lokasi)
    elif not (new or more.files):
        return False
    case.isi = "\n".join([case.isi, *new])
    talk.desk.remark(case, "tambah", PELAPOR, None)
    if (more.anonim and not case.anonim) or (more.rahasia and not case.rahasia):
        protection.shield(talk, case, anonim=more.anonim, rahasia=more.rahasia)
    if case.status is Status.TUNDA:
        talk.desk.resume(case, PELAPOR)
    talk.flush()
    _filing(talk).link_alike(case)
    emergency.place_follows(talk, case, case.lokasi if located else None, "\n".join(new))
    return True


def _is_in(whole: str, part: str) -> bool:
    """Return whether a text stands in a complaint already: as a line, or if long, anywhere."""
    letters = [re.sub(r"[\W_]", "", text.casefold()) for text in (whole, part)]
    if len(letters[1]) >= _LONG and letters[1] in letters[0]:
        return True
    return any(fingerprint(line) == fingerprint(part) for line in whole.splitlines())


# --- danger to life ---------------------------------------------------------------------------


def _danger(talk: Talk, draft: Open | None, more: Report, *, new: bool) -> None:
    """File what speaks of danger to life without asking anything; name 112 and tell Kominfo."""
    files = _filing(talk)
    known = files.known(more.text, more.lokasi)
    if known is not None:
        case = talk.case(known.id)
        if more.lokasi:
            add(talk, case, more)
        talk.done("ganda", case)
        alarm(talk, case, again=True)
        return
    if draft is not None:
        case = _enter(talk, files, _added(draft, more), several=True)
        talk.done("aduan", case)
    elif not new and _join(talk, more) and talk.complaint_id:
        case = talk.case(talk.complaint_id)
    else:
        case = _enter(talk, files, more, several=False)
        talk.done("aduan", case)
    alarm(talk, case)


def alarm(talk: Talk, case: Case, *, again: bool = False) -> None:
    """Name 112, and have Kominfo told at any hour; of one complaint once. `again`: say 112 anew."""
    assert case.id is not None
    first = not store.noted(talk.connection, case.id, DARURAT)
    if first or again:
        talk.say_always("darurat", nomor=filing.shown(case), jenis=filing.jenis(case))
    if not first:
        return
    talk.desk.remark(case, DARURAT, SYSTEM, None)
    talk.flush()
    place = case.lokasi or place_in(case.isi, talk.words)
    if not emergency.tell(talk, case, place):
        what = f"aduan {case.number} menyebut bahaya jiwa dan belum ada yang dapat diberi tahu"
        raise_alert(talk.connection, f"{DARURAT}/{case.id}", what, talk.at)
