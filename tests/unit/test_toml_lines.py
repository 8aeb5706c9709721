from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.toml_lines import Lines, TomlError, load

TEXT = '''\
# a comment with [brackets] = "and quotes
title = "x # not a comment"
"quoted.key" = 1
a.b . "c d" = 2

[owner]   # trailing
name = """
[[day]]
date = 1
""""" # two quotes more belong to the text
path = 'C:\\'
list = [
  1, # first ]
  [2, 3],
  """
]""",
  { to = ["x"], at = 1979-05-27 07:32:00 },
]

[[day]]
date = 2025-08-18
when = 1979-05-27 07:32:00 # a date with a space

[[day]]
date = 2025-08-19
[day.more]
deep = true
[[day.step]]
n = 1
[[day.step]]
n = 2

[[day]]
[[day.step]]
n = 3
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("title",), 2),
        (("quoted.key",), 3),
        (("a",), 4),
        (("a", "b", "c d"), 4),
        (("owner",), 6),
        (("owner", "name"), 7),
        (("owner", "path"), 11),
        (("owner", "list"), 12),
        (("owner", "list", 0), 13),
        (("owner", "list", 1), 14),
        (("owner", "list", 1, 1), 14),
        (("owner", "list", 2), 15),
        (("owner", "list", 3), 17),
        (("owner", "list", 3, "at"), 17),
        (("day",), 20),
        (("day", 0), 20),
        (("day", 0, "date"), 21),
        (("day", 0, "when"), 22),
        (("day", 1), 24),
        (("day", 1, "date"), 25),
        (("day", 1, "more", "deep"), 27),
        (("day", 1, "step", 0, "n"), 29),
        (("day", 1, "step", 1, "n"), 31),
        (("day", 2), 33),
        (("day", 2, "step", 0), 34),
        (("day", 2, "step", 0, "n"), 35),
    ],
)
def test_each_value_has_its_line(path: tuple[str | int, ...], line: int) -> None:
    tomllib.loads(TEXT)
    assert Lines(TEXT).of(*path) == line


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("day", 1, "decree"), 24),
        (("day", 1, "more", "missing", "x"), 26),
        (("owner", "list", 9), 12),
        (("nothing", "at", "all"), 1),
    ],
)
def test_what_is_not_written_has_the_line_of_what_is_around_it(
    path: tuple[str | int, ...], line: int
) -> None:
    assert Lines(TEXT).of(*path) == line


def test_an_empty_text_has_one_line() -> None:
    assert Lines("").of("x") == 1


@given(
    st.lists(
        st.sampled_from(
            ["k = 1", "k = 'a]'", 'k = """\n[[t]]\nk = 5\n"""', "# [[t]]", "", "k = [1,\n2]"]
        ),
        max_size=8,
    )
)
def test_tables_are_found_between_anything_that_may_stand_there(bodies: list[str]) -> None:
    text = "".join(f"[[t]]\n{body}\n" for body in bodies)
    lines = Lines(text)
    expected = 1
    for index, body in enumerate(bodies):
        assert lines.of("t", index) == expected
        assert lines.of("t", index, "k") == (expected + 1 if body.startswith("k") else expected)
        expected += 2 + body.count("\n")


def test_windows_files_are_read() -> None:
    values, lines = load("\ufeffa = 1\r\n[[b]]\r\nc = 2\r\n")
    assert values == {"a": 1, "b": [{"c": 2}]}
    assert lines.of("b", 0, "c") == 3


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = 1\nb = \n", 2), ("a = 1\n\na = 2\n", 3), ('a = 1\nb = """x\n', 2), ("a", 1)],
)
def test_a_text_that_is_not_toml_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(TomlError, match=rf"^baris {line}: Tata tulis TOML tidak sah; .*\.$") as e:
        load(text)
    assert e.value.line == line
