"""Actions and dates in an officer's answer: which are meant, and which denied or wished. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from bot.phrases import COMMA, SENTENCE, finder, plain, spans
from config.words import Words

_DAY: Final = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH: Final = r"(?:0?[1-9]|1[0-2])"
_YEAR: Final = r"(?:20)?\d\d"
# "RT 03/05" is an address; "08.30" an hour; "10-12 orang" a range: these need a year.
_NUMERIC: Final = re.compile(
    rf"(?<![\d/.-])(?:20\d\d-{_MONTH}-{_DAY}|{_DAY}([.-]){_MONTH}\1{_YEAR}"
    rf"|(?<!rt )(?<!rw )(?<!rt. )(?<!rw. ){_DAY}/{_MONTH}(?:/{_YEAR})?)(?![\d/])"
)
_DAY_MONTH: Final = re.compile(rf"(?<!\w)(?:tgl|tanggal|pd|pada)\.? {_DAY}-{_MONTH}(?![\d-])")
_REFERRED: Final = 5
"""Words that may stand between a report, or a law, and its date."""
_DENIED: Final = 3
"""Words behind a denial that it reaches."""
_WIDE: Final = 6
"""The same behind "belum ada": "belum ada petugas yang bisa memperbaiki"."""
_JOINTS: Final = frozenset(
    {",", "tetapi", "tapi", "namun", "sedangkan", "karena", "sehingga", "maka", "lalu", "kemudian"}
)
_STARTS: Final = frozenset({"sudah", "telah", "akan"})
_ONLY: Final = frozenset({"hanya", "saja", "cuma", "sekadar"})


def read(answer: str, words: Words) -> str:
    """The answer in plain words, dates in figures as "tanggal 25 11 2026".

    ";" stands between sentences and "," between their parts.
    """
    flat = "\n".join(" ".join(line.split()) for line in answer.casefold().split("\n"))
    told = _DAY_MONTH.sub(_spoken, _NUMERIC.sub(_spoken, flat))
    parts = (
        " , ".join(plain(part, words).strip() for part in COMMA.split(sentence))
        for sentence in SENTENCE.split(told)
    )
    return " ; ".join(["", *parts, ""])


def unreferred(text: str, words: Words) -> str:
    """The text without the dates of a report or of a law."""
    for match in reversed(list(_references(words).finditer(text))):
        if not acts(f" {match['between'] or ''} ", words):
            text = f"{text[: match.start()]}; {text[match.end() :]}"
    return _laws(words).sub(" ; ", text)


def without(text: str, phrases: tuple[str, ...]) -> str:
    """The text with ";" for these phrases, also where two of them overlap."""
    kept, since = [], 0
    for start, end in spans(phrases, text):
        if start > since:
            kept.append(text[since:start])
        since = max(since, end)
    return " ; ".join([*kept, text[since:]])


def meant(text: str, words: Words) -> str:
    """The text without what is denied, wished, guessed or put off."""
    sure = _wishes(words).sub(" ; ", text)
    parts: list[str] = []
    for sentence in sure.split(";"):
        told = f" {sentence.strip()} "
        if " akan " in told and not finder(("sudah", "telah")).search(told):
            told = finder(words.samar).sub(" , ", told)
        parts += [_kept(f" {' '.join(one)} ", words) for one in _split(told.split())]
    return f" ; {' ; '.join(parts)} ; "


def acts(text: str, words: Words) -> bool:
    """Whether an action is named."""
    return next(_actions(text, words), None) is not None


def dated(text: str, words: Words) -> bool:
    """Whether a date is named."""
    return _dates(words).search(text) is not None


def _spoken(match: re.Match[str]) -> str:
    return f" tanggal {' '.join(re.findall(r'[0-9]+', match[0]))} "


def _split(parts: list[str]) -> Iterator[list[str]]:
    """The clauses of a sentence; a conjunction opens the next one."""
    found: list[str] = []
    for word in parts:
        if word in _JOINTS and found:
            yield found
            found = []
        if word != ",":
            found.append(word)
    yield found


def _kept(clause: str, words: Words) -> str:
    """What remains of a clause when its denied actions, and what follows them, are taken away."""
    if " nanti " in clause and not dated(clause, words):
        return ""
    actions = list(_actions(clause, words))
    for start, end in reversed(list(spans(words.ingkar, clause))):
        reach = _reach(clause, start, end)
        denied = [since for since, _ in actions if end <= since < reach]
        if finder(words.laku).search(f"{clause[end:reach]} "):
            return clause[_next_start(clause, reach) :]
        if denied:
            rest = reach if _relative(clause, start) else _next_start(clause, reach)
            clause = f"{clause[:start]}; {clause[rest:]}"
    return clause


def _reach(clause: str, start: int, end: int) -> int:
    """Where a denial ends: three words on, one behind "yang", or where something new is said."""
    behind = clause[end:].split()
    if behind and behind[0] in _ONLY:
        return end
    most = _WIDE if behind[:1] == ["ada"] else _DENIED
    most = 1 if _relative(clause, start) else most
    count = 0
    for count, word in enumerate(behind[:most]):
        if word in _STARTS and not (count == 0 and word == "akan"):
            break
    else:
        count = min(most, len(behind))
    return end + sum(len(word) + 1 for word in behind[:count])


def _relative(clause: str, start: int) -> bool:
    """Whether what is denied only describes: "lampu yang tidak menyala"."""
    return clause[:start].endswith(" yang ")


def _next_start(clause: str, since: int) -> int:
    found = finder(tuple(sorted(_STARTS))).search(clause, since)
    return found.start() if found else len(clause)


def _actions(text: str, words: Words) -> Iterator[tuple[int, int]]:
    """Where an action is named, in no order."""
    forms = _forms(words.tindakan_dasar)
    for word in re.finditer(r"[^ ]+", text):
        if word[0] in forms:
            yield word.span()
    yield from spans(words.tindakan, text)


@lru_cache(maxsize=8)
def _wishes(words: Words) -> re.Pattern[str]:
    return re.compile(rf"{finder(words.andai).pattern}[^;]*")


@lru_cache(maxsize=8)
def _references(words: Words) -> re.Pattern[str]:
    """What finds a report with its date: "laporan Saudara tanggal 24 November"."""
    between = rf"(?P<between>(?: [^ ;,]+){{0,{_REFERRED}}}?)"
    date = rf"(?:{_dates(words).pattern})(?: 20\d\d(?= ))?"
    return re.compile(f"{finder(words.rujukan).pattern}{between} {date}")


@lru_cache(maxsize=8)
def _laws(words: Words) -> re.Pattern[str]:
    about = rf"(?:{finder(words.peraturan).pattern}|(?<= )(?:nomor|no) [^ ]+)"
    between = rf"(?: [^ ;,]+){{0,{_REFERRED}}}?"
    return re.compile(rf"{about}{between} (?:tahun|th) (?:19|20)\d\d(?= )")


@lru_cache(maxsize=8)
def _dates(words: Words) -> re.Pattern[str]:
    """What finds "25 nov", "3 hari", "tanggal 25", "APBD 2027", "besok" in a plain text."""
    months, counts, units = (
        "|".join(sorted(map(re.escape, names), key=len, reverse=True))
        for names in (words.bulan, words.bilangan, words.satuan)
    )
    full = "|".join(re.escape(name) for name in words.bulan if len(name) > 3)
    return re.compile(
        rf"(?:(?<= )(?:{_DAY} ?(?:{months})|(?:{full})"
        rf"|(?:\d{{1,3}}|{counts}) ?(?:x ?24 )?(?:{units}))(?:20\d\d|nya)?(?= )"
        r"|(?<= )(?:tahun|thn|th|anggaran|apbd|apbdes|rkpd|ta) (?:anggaran |perubahan )?20\d\d(?= )"
        r"|(?<= )tanggal \d+(?: \d+){0,2}(?= )"
        rf"|{finder(words.tanggal).pattern})"
    )


@lru_cache(maxsize=8)
def _forms(stems: tuple[str, ...]) -> frozenset[str]:
    """The verbs and action nouns that Indonesian (and Madurese: e-) forms of these stems."""
    return frozenset(form for stem in stems for form in _inflect(stem))


def _inflect(stem: str) -> Iterable[str]:
    nasals = _nasals(stem)
    verbs = (stem, f"di{stem}", f"ter{stem}", f"e{stem}", *(f"me{one}" for one in nasals))
    nouns = (f"per{stem}an", *(f"pe{one}an" for one in nasals))
    for form in (*(f"{verb}{end}" for verb in verbs for end in ("", "kan", "i")), *nouns):
        yield form
        yield f"{form}nya"


def _nasals(stem: str) -> tuple[str, ...]:
    """The stem as it stands behind me- and pe-: tambal gives "nambal", cat "ngecat".

    Loanwords keep their first letter (mensosialisasikan), so both ways are given where they differ.
    """
    first, rest = stem[0], stem[1:]
    swallowed = {"p": f"m{rest}", "t": f"n{rest}", "s": f"ny{rest}", "k": f"ng{rest}"}
    kept = {**dict.fromkeys("bfvp", "m"), **dict.fromkeys("dcjzts", "n")}
    kept |= dict.fromkeys("aiueoghk", "ng")
    forms = [f"{kept.get(first, '')}{stem}"]
    if first in swallowed:
        forms.append(swallowed[first])
    if len(stem) == 3:
        forms.append(f"nge{stem}")
    return tuple(forms)
