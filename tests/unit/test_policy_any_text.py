"""Texts that are no policy at all are told why; nothing but PolicyError is ever raised."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from config.policy import Policy, PolicyError
from config.policy_file import parse_policy
from tests.unit.policy_texts import DEFAULT, change, problems


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("nama", 1),
        ('nama = "a"\nkode = "b', 2),
        ('nama = "a"\n\n\nkode = [', 4),
        ('nama = "a"\nnama = "b"\n', 2),
        ("a = 1979-13-40", 1),
        ("a = " + "[" * 100_000, 1),
        ("a = " + "9" * 5_000, 1),
        ('a = "\x00"', 1),
        ("# \u2028\u2028\n=", 2),
        ("\ufeff=", 1),
    ],
)
def test_a_text_that_is_not_toml(text: str, line: int) -> None:
    (found,) = problems(text)
    assert found.line == line


@pytest.mark.parametrize("text", ["", "\n", "# kosong", "\ufeff", "\n\n\n"])
def test_an_empty_file_is_told_what_it_needs(text: str) -> None:
    found = problems(text)
    assert {line for line, _ in found} == {1}
    assert 'Kunci "nama" belum ditulis.' in {message for _, message in found}


def test_a_message_is_one_printable_line_however_odd_the_file() -> None:
    found = problems(change('step = "ingat"', 'step = "a\\n\\u001b[31m' + "x" * 5_000 + '"'))
    assert str(PolicyError(found)).isprintable()
    assert all(len(message) <= 400 for _, message in found)


VALUES = [
    "0",
    "-1",
    "1e400",
    "nan",
    "true",
    "[]",
    "{}",
    '""',
    "[[]]",
    "1979-05-27",
    '"\\u0000"',
    "[1, 'a', {}]",
    '"mulai"',
    '"batas"',
    '"3 jam"',
    '"23:00"',
    '["sekda"]',
    "{a.b = 1}",
]
# A short alphabet of odd ones: control, line and paragraph separators, beyond the BMP, a surrogate.
CHARACTERS = (
    "a0_-.=[]{}'\"#\\\n\r\t ,:+…\x00\x0b\x1b\x85\xa0\u2028\u2029\ufeff\uff10\U0001f600\ud800"
)
LINES = DEFAULT.splitlines()
TOKENS = [
    *VALUES,
    "[",
    "]",
    "[[clock]]",
    "[clock]",
    "[[clock.step]]",
    "[clock.step.when]",
    "=",
    '"',
    "'",
    '"""',
    "#",
    "\n",
    "\r",
    ".",
    "clock.limits.aspirasi = 1",
    "step = 1",
]


@st.composite
def mutations(draw: st.DrawFn) -> str:
    """The default policy with a few lines lost, doubled, moved, given another value, or torn."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.integers(0, 5)):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[draw(st.integers(0, len(lines) - 1))])
            case 2:
                other = draw(st.integers(0, len(lines) - 1))
                lines[at], lines[other] = lines[other], lines[at]
            case 3:
                key, equals, _ = lines[at].partition(" = ")
                lines[at] = key + equals + draw(st.sampled_from(VALUES))
            case 4:
                cut = draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:cut] + draw(st.sampled_from(TOKENS)) + lines[at][cut:]
            case _:
                cut = draw(st.integers(0, len(lines[at])))
                lines[at] = (
                    lines[at][:cut] + draw(st.text(CHARACTERS, max_size=5)) + lines[at][cut + 1 :]
                )
    return "\n".join(lines)


def check_any_text(text: str) -> None:
    messages = frozenset({"terima", "ingat"}) if len(text) % 2 else None
    outcome: Policy | PolicyError
    try:
        outcome = parse_policy(text, messages)
    except PolicyError as error:
        outcome = error
    if isinstance(outcome, PolicyError):
        last = text.count("\n") + (not text.endswith("\n"))
        assert outcome.problems
        assert all(1 <= line <= max(1, last) for line, _ in outcome.problems)
        assert list(outcome.problems) == sorted(set(outcome.problems))
        assert len(str(outcome).split("\n")) == len(outcome.problems)


@settings(deadline=None)
@given(mutations())
@example(DEFAULT)
def test_whatever_becomes_of_the_default_every_mistake_has_a_line(text: str) -> None:
    check_any_text(text)


@settings(deadline=None)
@given(st.text(CHARACTERS) | st.lists(st.sampled_from(TOKENS)).map("".join))
def test_whatever_the_text_every_mistake_has_a_line(text: str) -> None:
    check_any_text(text)
