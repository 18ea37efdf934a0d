from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.cli.config_writing import edited
from poros_tui.cli.toml_text import Value, toml_text

NAMES = ["interval", "max-hops", "theme", "columns", "tcp"]
WRITTEN = {"max-hops": ["max-hops", "max_hops", '"max-hops"']}
VALUES = st.one_of(
    st.booleans(),
    st.integers(-(2**60), 2**60),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
STATEMENTS = {
    "1.5": 1.5,
    '"a # b = c"': "a # b = c",
    "'it # is'": "it # is",
    '[\n  "one", # first\n  "two",\n]': ["one", "two"],
    '"""\nlines\n[keys]\n"""': "lines\n[keys]\n",
    "true": True,
}
COMMENTS = ["", " # why", "   #", "\t# a = b # [x]"]
TABLES = ["", '[keys]\npause = "x" # mine\ninterval = "y"\n', "# about keys\n[keys]\n"]


@st.composite
def files(draw: st.DrawFn) -> str:
    lines = []
    for name in draw(st.lists(st.sampled_from([*NAMES, "other"]), unique=True)):
        lines += draw(st.lists(st.sampled_from(["", "# a comment = 3", "   "]), max_size=2))
        written = draw(st.sampled_from(WRITTEN.get(name, [name])))
        value = draw(st.sampled_from(list(STATEMENTS)))
        lines.append(f"{written} = {value}{draw(st.sampled_from(COMMENTS))}")
    table = draw(st.sampled_from(TABLES))
    text = "\n".join([*lines, *(["", table] if table else [])])
    return text if draw(st.booleans()) else text.rstrip("\n")


def named(text: str) -> dict[str, object]:
    return {name.replace("_", "-"): value for name, value in tomllib.loads(text).items()}


@given(VALUES)
def test_a_value_is_read_back_as_it_was_written(value: Value) -> None:
    read = tomllib.loads(f"it = {toml_text(value)}")["it"]
    assert (read, type(read)) == (value, type(value))


@given(files(), st.dictionaries(st.sampled_from(NAMES), st.none() | VALUES), st.booleans())
def test_what_is_written_is_read_back_and_all_else_stays(
    text: str, changes: dict[str, Value | None], is_dos: bool
) -> None:
    text = text.replace("\n", "\r\n") if is_dos else text
    after = edited(text, changes)
    kept = {name: value for name, value in named(text).items() if name not in changes}
    new = {name: value for name, value in changes.items() if value is not None}
    assert named(after) == kept | new
    comments = [line for line in text.splitlines() if line.strip().startswith("#")]
    assert [line for line in after.splitlines() if line.strip().startswith("#")] == comments
    assert edited(after, changes) == after
    if is_dos and "\r\n" in text:
        assert "\n" not in after.replace("\r\n", "")


@given(files())
def test_no_change_changes_nothing(text: str) -> None:
    assert edited(text, {}) == text


def test_a_comment_behind_a_value_stays_and_new_lines_come_before_the_tables() -> None:
    text = '# mine\ninterval = 1 # slow\n\n# keys\n[keys]\npause = "x"\n'
    assert edited(text, {"interval": 2.5, "theme": "nord"}) == (
        '# mine\ninterval = 2.5 # slow\ntheme = "nord"\n\n# keys\n[keys]\npause = "x"\n'
    )


def test_into_an_empty_file_and_before_a_lone_table() -> None:
    assert edited("", {"tcp": True}) == "tcp = true\n"
    assert edited("# about\n[keys]\n", {"tcp": True}) == "tcp = true\n\n# about\n[keys]\n"


def test_of_two_spellings_one_is_left() -> None:
    assert edited("max-hops = 3\nmax_hops = 4\n", {"max-hops": 5}) == "max-hops = 5\n"


def test_what_is_no_toml_is_left_alone() -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        edited("a = = 3", {"tcp": True})


@pytest.mark.parametrize(
    "text",
    [
        '"a\\"b\\u0007"',
        "true",
        "-3",
        "2.5",
        "inf",
        "2026-01-01",
        "2026-01-01T07:32:00+01:00",
        "07:32:00",
        '[1, "a", [false]]',
        '{ x = 1, "y z" = { } }',
    ],
)
def test_every_value_of_toml_is_written_as_toml(text: str) -> None:
    value = tomllib.loads(f"x = {text}")["x"]
    assert tomllib.loads(f"x = {toml_text(value)}")["x"] == value
