"""What a screen reader, a keyboard and the strict policy need of every page, read from its HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from starlette.routing import Mount, Route

from bot.compose import Installation
from tests.accounts import PASSWORD, SECRET, add
from tests.console import Console
from tests.showcase import showcase

VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)
UNLABELLED = frozenset(("hidden", "submit", "reset", "button"))
"""Kinds of input that need no label: they show their value, or nothing."""
SCOPES = frozenset(("col", "row", "colgroup", "rowgroup"))
SPOKEN = frozenset(("a", "button", "summary"))
LOADED = frozenset(("src", "href", "action", "formaction", "poster", "data", "srcset"))
PARTS = ("html", "title", "main", "nav", "a")
NOT_HTML = frozenset(("Aduan.photo",))
"""Routes that answer with a file."""


@dataclass
class Element:
    tag: str
    attrs: dict[str, str]
    parent: Element | None
    text: list[str] = field(default_factory=list)
    inside: list[Element] = field(default_factory=list)

    def all(self) -> Iterator[Element]:
        yield self
        for each in self.inside:
            yield from each.all()

    def said(self) -> str:
        """What is read of it: its name, else its text and that of its pictures."""
        if self.attrs.get("aria-hidden") == "true":
            return ""
        own = self.attrs.get("aria-label") or self.attrs.get("alt") or ""
        if own or self.attrs.get("aria-labelledby"):
            return own or "labelled"
        return " ".join(filter(None, [*self.text, *(each.said() for each in self.inside)]))

    def within(self, tag: str) -> Element | None:
        found = self.parent
        while found is not None and found.tag != tag:
            found = found.parent
        return found

    def __str__(self) -> str:
        shown = " ".join(f'{name}="{value}"' for name, value in self.attrs.items())
        return f"<{self.tag} {shown}>"


class Tree(HTMLParser):
    """A page as elements; what is not closed is a mistake of ours."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.mistakes: list[str] = []
        self.root = self._at = Element("", {}, None)
        self.feed(text)
        self.close()
        if self._at is not self.root:
            self.mistakes.append(f"not closed: {self._at}")
        self.elements = list(self.root.all())[1:]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.mistakes.append(f"an attribute twice: <{tag} {names}>")
        made = Element(tag, {name: value or "" for name, value in attrs}, self._at)
        self._at.inside.append(made)
        if tag not in VOID:
            self._at = made

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != self._at.tag:
            self.mistakes.append(f"</{tag}> closes {self._at}")
            return
        assert self._at.parent is not None
        self._at = self._at.parent

    def handle_data(self, data: str) -> None:
        if data.strip():
            self._at.text.append(data.strip())


def offences(text: str) -> list[str]:
    """What is wrong with a page."""
    tree = Tree(text)
    found = list(tree.mistakes)
    ids = [each.attrs["id"] for each in tree.elements if "id" in each.attrs]
    found += [f"id twice: {one}" for one in sorted(set(ids)) if ids.count(one) > 1]
    found += headings(tree)
    labelled = {each.attrs.get("for") for each in tree.elements if each.tag == "label"}
    for each in tree.elements:
        found += [f"{why}: {each}" for why in wrong_with(each, labelled, frozenset(ids))]
    return [*found, *of_the_whole(tree, frozenset(ids))]


def of_the_whole(tree: Tree, ids: frozenset[str]) -> Iterator[str]:
    """What a page as such lacks: language, title, the parts that a screen reader jumps to."""
    of = {tag: [each for each in tree.elements if each.tag == tag] for tag in PARTS}
    if [each.attrs.get("lang") for each in of["html"]] != ["id"]:
        yield "its language is not said"
    if not any(each.said() for each in of["title"]):
        yield "no title"
    if len(of["main"]) != 1:
        yield f"{len(of['main'])} main"
    for each in of["nav"]:
        if not (each.attrs.get("aria-label") or each.attrs.get("aria-labelledby")):
            yield f"a part without a name: {each}"
    for each in of["a"]:
        to = each.attrs.get("href", "")
        if to.startswith("#") and to[1:] not in ids:
            yield f"leads nowhere: {each}"


def headings(tree: Tree) -> list[str]:
    levels = [
        int(each.tag[1])
        for each in tree.elements
        if len(each.tag) == 2 and each.tag[0] == "h" and each.tag[1].isdecimal()
    ]
    found = [] if levels.count(1) == 1 else [f"{levels.count(1)} h1"]
    jumps = [(a, b) for a, b in pairwise(levels) if b > a + 1]
    return found + [f"h{a} is followed by h{b}" for a, b in jumps]


def wrong_with(each: Element, labelled: set[str | None], ids: frozenset[str]) -> Iterator[str]:
    attrs = each.attrs
    if "hidden" in attrs:
        return
    named = any(attrs.get(name) for name in ("aria-label", "aria-labelledby", "title"))
    silent = is_silent(each)
    inside = each.within("label")
    wrong = {
        "no label": each.tag in ("input", "select", "textarea")
        and attrs.get("type") not in UNLABELLED
        and not (named or attrs.get("id") in labelled or (inside and inside.said())),
        "nothing to read": each.tag in SPOKEN and not each.said(),
        "no alternative": each.tag == "img" and "alt" not in attrs,
        "no name": each.tag == "svg" and not (named or silent or in_picture(each)),
        "an icon that is read": each.tag == "i" and not silent,
        "no scope": each.tag == "th" and attrs.get("scope") not in SCOPES,
        "before its turn": attrs.get("tabindex", "").lstrip("0") not in ("", "-1"),
        "a choice without a question": attrs.get("type") == "radio" and not is_asked(each),
        "a button of no form needs a type": each.tag == "button"
        and not attrs.get("type")
        and not (each.within("form") or attrs.get("form")),
    }
    yield from (why for why, is_so in wrong.items() if is_so)
    for name in ("aria-labelledby", "aria-describedby", "aria-controls", "for"):
        yield from (f"no such id {one}" for one in attrs.get(name, "").split() if one not in ids)
    yield from against_policy(each)


def is_asked(each: Element) -> bool:
    """Whether a group around a choice says what is chosen."""
    around = each.parent
    while around is not None:
        if around.tag == "fieldset" and around.inside and around.inside[0].tag == "legend":
            return bool(around.inside[0].said())
        if around.attrs.get("role") in ("group", "radiogroup"):
            return "aria-label" in around.attrs or "aria-labelledby" in around.attrs
        around = around.parent
    return False


def is_silent(each: Element | None) -> bool:
    """Whether a screen reader passes over an element, or over something around it."""
    while each is not None:
        if each.attrs.get("aria-hidden") == "true":
            return True
        each = each.parent
    return False


def in_picture(each: Element) -> bool:
    """Whether something around an element is one picture, with a name."""
    around = each.parent
    while around is not None:
        if around.attrs.get("role") == "img":
            return "aria-label" in around.attrs or "aria-labelledby" in around.attrs
        around = around.parent
    return False


def against_policy(each: Element) -> Iterator[str]:
    """What the browser would refuse, or the page should not ask for."""
    if each.tag == "style" or (each.tag == "script" and "src" not in each.attrs):
        yield "inline"
    for name, value in each.attrs.items():
        if name == "style" or name.startswith("on"):
            yield "inline"
        elsewhere = value.startswith("//") or ("://" in value and "wa.me" not in value)
        if name in LOADED and elsewhere:
            yield "from elsewhere"
    if each.tag == "form" and each.attrs.get("method", "get").lower() == "post":
        fields = {one.attrs.get("name") for one in each.all()}
        if "csrftoken" not in fields:
            yield "no token"


GOOD = (
    '<html lang="id"><head><title>Judul</title></head><body><main></main>'
    "<h1>Judul</h1>{}</body></html>"
)
BAD = {
    '<input name="q">': "no label",
    '<label for="q">Cari</label><select id="r" name="q"></select>': "no label",
    "<button><i aria-hidden='true'></i></button>": "nothing to read",
    '<a href="/"><img src="/x.png"></a>': "no alternative",
    '<p id="a"></p><p id="a"></p>': "id twice: a",
    '<p style="color: red"></p>': "inline",
    '<a href="/" onclick="x()">x</a>': "inline",
    "<script>x()</script>": "inline",
    '<img alt="" src="https://lain.example/x.png">': "from elsewhere",
    "<h3>x</h3>": "h1 is followed by h3",
    "<table><tr><th>Nomor</th></tr></table>": "no scope",
    '<form method="post"></form>': "no token",
    "<div><p></div></p>": "closes",
    '<input aria-label="x" aria-describedby="y">': "no such id y",
    "<svg></svg>": "no name",
    '<a href="/" tabindex="2">x</a>': "before its turn",
    '<label><input type="radio" name="a"> x</label>': "a choice without a question",
    '<fieldset><legend></legend><label><input type="radio"> x</label></fieldset>': "a choice",
    "<nav></nav>": "a part without a name",
    '<a href="#lain">x</a>': "leads nowhere",
    "<main></main>": "2 main",
}


@pytest.mark.parametrize("bad", BAD)
def test_what_is_wrong_is_found(bad: str) -> None:
    page = GOOD.format(bad)
    assert offences(GOOD.format("")) == []
    assert any(BAD[bad] in each for each in offences(page)), offences(page)


# --- the pages --------------------------------------------------------------------------------


@pytest.fixture
def opened(sqlite_url: str) -> Iterator[Installation]:
    with showcase(sqlite_url) as opened:
        yield opened


def addresses(app: Any) -> Iterator[tuple[str, str]]:
    """Every address that is read, by the name of its route; a complaint's page several times."""
    mount = app.router.routes[-1]
    assert isinstance(mount, Mount)
    for route in mount.routes or ():
        if not isinstance(route, Route) or "GET" not in (route.methods or ()):
            continue
        if route.name in NOT_HTML:
            continue
        for key in (1, 2, 7, 15, 25, 40) if route.param_convertors else (1,):
            filled = dict.fromkeys(route.param_convertors, key)
            yield route.name, str(route.url_path_for(route.name, **filled))


@pytest.mark.parametrize("who", ["koordinator", "dpupr", "pimpinan"])
def test_every_page_can_be_read_and_worked_with(opened: Installation, who: str) -> None:
    console = Console(opened)
    console.enter(who)
    read: dict[str, int] = {}
    found: dict[str, list[str]] = {}
    for name, address in addresses(console.app):
        answer = console.get(address, headers={"accept": "text/html"})
        if answer.status_code == 200 and answer.headers["content-type"].startswith("text/html"):
            read[name] = read.get(name, 0) + 1
            found[address] = offences(answer.text)
    assert len(read) > 1
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


def test_the_login_and_the_refusals_too(opened: Installation) -> None:
    console = Console(opened)
    assert offences(console.read("/masuk")) == []
    console.enter("pimpinan")
    refused = console.get("/pesan")
    assert (refused.status_code, offences(refused.text)) == (403, [])


def test_the_pages_of_the_second_factor_too(opened: Installation) -> None:
    """They follow a password, so no address leads to them."""
    add(opened, "satu")
    add(opened, "dua", secret=SECRET)
    asked, begins = Console(opened), Console(opened)
    asked.log_in("dua")
    assert offences(asked.read("/masuk/kode")) == []
    begins.log_in("satu")
    shown = begins.post("/akun/kode/mulai", {"sandi": PASSWORD})
    assert (shown.status_code, offences(shown.text)) == (200, [])
