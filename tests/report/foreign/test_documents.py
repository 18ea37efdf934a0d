from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.report.foreign.documents import CUT, Odd, documents_in
from poros_tui.report.foreign.places import Path, place_of
from tests.report.foreign.spoiling import places_in, value_at

OBJECTS = st.lists(
    st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5) | st.none()),
    max_size=6,
)


@given(OBJECTS, st.sampled_from(["\n", " ", ",", "\r\n"]))
def test_documents_behind_each_other_are_read_in_their_order(
    values: list[dict[str, object]], between: str
) -> None:
    read = documents_in(between.join(map(json.dumps, values)))
    assert [one.value for one in read.found] == values
    assert (read.complaints, read.was_array) == ((), False)


@given(OBJECTS, st.sampled_from([None, 2]))
def test_an_array_is_taken_apart(values: list[dict[str, object]], indent: int | None) -> None:
    read = documents_in(json.dumps(values, indent=indent))
    assert [one.value for one in read.found] == values
    assert (read.complaints, read.was_array) == ((), True)


def test_each_has_the_line_that_it_begins_at() -> None:
    read = documents_in('\n{"a":\n1}\n\n[{"b": 2},\n {"c": 3}]')
    assert [(one.line, one.value) for one in read.found] == [
        (2, {"a": 1}),
        (5, {"b": 2}),
        (6, {"c": 3}),
    ]


def test_a_damaged_line_costs_no_other() -> None:
    read = documents_in('{"a": 1}\n{"b": 2\n{"c": 3}\nrubbish\n{"d": 4}\n')
    assert [one.value for one in read.found] == [{"a": 1}, {"c": 3}, {"d": 4}]
    assert [line for line, _ in read.complaints] == [2, 4]
    read = documents_in('{"a": 1}\n{"b": 2\n')
    assert [one.value for one in read.found] == [{"a": 1}]
    assert len(read.complaints) == 1


@pytest.mark.parametrize("flaw", ["!", "", "}", "]", "{", "\0"])
def test_one_that_is_broken_costs_no_other_on_the_same_line(flaw: str) -> None:
    values: list[dict[str, Any]] = [
        {"a": number, "b": [{"c": number}, {"c": 10 + number}], "d": "e"} for number in range(4)
    ]
    text = json.dumps(values)
    for mark in ('"c": 11', '"d": "e"}, {"a": 2'):
        at = text.index(mark)
        read = documents_in(text[:at] + flaw + text[at + 1 :])
        assert [one.value for one in read.found if one.cut is None] == [
            values[0], *values[2:],
        ], read  # fmt: skip
        (broken,) = (one for one in read.found if one.cut is not None)
        assert isinstance(broken.value, dict)
        assert broken.value["a"] == 1


def test_one_that_is_cut_off_costs_no_other_that_follows_at_once() -> None:
    whole = json.dumps({"a": 1, "b": [{"c": 1}, {"c": "d"}], "e": {"f": None}})
    for end in range(len('{"a": 1'), len(whole)):
        if whole[:end].rstrip().endswith(":"):
            continue  # then it is the value
        read = documents_in(whole[:end] + whole)
        # In a list it may be a part of the first.
        is_in_list = whole[:end].count("[") > whole[:end].count("]")
        assert is_in_list or json.loads(whole) in [one.value for one in read.found], whole[:end]


def test_a_sentence_about_a_flaw_ends_where_its_words_do() -> None:
    for text, words in [('{"a": "b', "unterminated string"), ('{"a": "\n"}', "invalid control")]:
        ((_, told),) = documents_in(text).complaints
        assert told.startswith(f"is no JSON: {words}")
        assert not told.endswith(" at")


def test_one_that_is_broken_costs_no_other_in_an_array_of_several_lines() -> None:
    values = [{"a": [{"c": 1}, {"c": 2}]}, {"a": [{"c": 3}, {"c": 4}]}, {"a": []}]
    text = json.dumps(values, indent=2)
    broken = text.replace('"c": 2', '"c" 2')
    read = documents_in(broken)
    assert [one.value for one in read.found] == [{"a": [{"c": 1}, CUT]}, *values[1:]]
    assert [one.line for one in read.found] == [2, 12, 22]
    assert [one.cut for one in read.found] == [
        (8, "is no JSON: expecting ':' delimiter"),
        None,
        None,
    ]
    assert read.complaints == ()
    assert read.was_array


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1, "b": [1, {"c": 2}, {"d": 3, ', {"a": 1, "b": [1, {"c": 2}, CUT]}),
        ('{"a": [12, 34', {"a": [12, CUT]}),
        ('{"a": [12, 34 ', {"a": [12, 34, CUT]}),
        ('{"a": ["x", "y', {"a": ["x", CUT]}),
        ('{"a": [tru', {"a": [CUT]}),
        ('{"a": [[1], [2], [3', {"a": [[1], [2], CUT]}),
        ('{"a": {"b": ["]", "\\"", "x\n', {"a": {"b": ["]", '"', CUT]}}),
        ('{"a": [1], "b": {"c": 2, "d": 3', {"a": [1], "b": {"c": 2}}),
        ('{"a": [1], "b": {"c": 2}, "d', {"a": [1], "b": {"c": 2}}),
        ('{"a": [1] "b": 2}', {"a": [1]}),
        ('{"a": [1}, "b": 2}', {"a": [CUT]}),
        ('{"a": [1, 2 }, "b": 2}', {"a": [1, 2, CUT]}),
        ('{"a": [NaN, ', {"a": [Odd("is NaN, which is no number"), CUT]}),
    ],
)
def test_of_one_that_is_cut_what_is_whole_is_read(text: str, value: object) -> None:
    read = documents_in(text)
    (document,) = read.found
    assert document.value == value
    assert document.cut is not None
    assert read.complaints == ()
    assert document.lost_to_cut(("more",))
    assert not document.lost_to_cut(("a",))


@given(
    st.dictionaries(st.text(max_size=3), st.deferred(lambda: VALUES), min_size=1),
    st.sampled_from([None, 1]),
    st.integers(0, 10_000),
)
def test_what_is_read_of_one_that_is_cut_is_part_of_it(
    value: dict[str, Any], indent: int | None, at: int
) -> None:
    text = json.dumps(value, indent=indent)
    for document in documents_in(text[: at % len(text)]).found:
        assert is_part(document.value, json.loads(text))


def is_part(part: object, whole: object) -> bool:
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and is_part(one, whole[key]) for key, one in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        if part[-1:] == [CUT]:
            part.pop()
        return all(map(is_part, part, whole)) and len(part) <= len(whole)
    return isinstance(part, Odd) or repr(part) == repr(whole)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": ' * 100_000, "is nested too deeply to be read"),
        ("[" * 100_000, None),
        ('[{"a": 1}', "ends within an array"),
        ('{"a": 1}]', "ends an array that has not begun"),
        ('{"a": 1', "is no JSON: expecting ',' delimiter"),
        ("\x1b[31m", "is no JSON: expecting value"),
    ],
)
def test_what_is_wrong_is_said(text: str, words: str | None) -> None:
    complaints = documents_in(text).complaints
    assert complaints == (() if words is None else ((1, words),))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": NaN, "b": 1}', "is NaN, which is no number"),
        ('{"a": -Infinity, "b": 1}', "is -Infinity, which is no number"),
        ('{"a": 1, "a": 2, "b": 1}', "stands there twice"),
        ('{"a": ' + "9" * 5000 + ', "b": 1}', "is a number of 5000 digits"),
    ],
)
def test_a_value_that_means_nothing_costs_itself_alone(text: str, words: str) -> None:
    read = documents_in(text)
    assert read.complaints == ()
    assert [one.value for one in read.found] == [{"a": Odd(words), "b": 1}]


NESTED = """\ufeff{"other": [1e400, NaN, "\\"a\\": {", {"b": []}]} [
  {"a": {"b": [1, {},
     {"c": 7}]},
   "d"  :  null
}]
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 2),
        (("a",), 2),
        (("a", "b", 1), 2),
        (("a", "b", 2), 3),
        (("a", "b", 2, "c"), 3),
        (("d",), 4),
        (("missing",), 2),
        (("a", "b", 2, "missing"), 3),
        (("a", "b", 9), 2),
        (("d", "in nothing"), 4),
    ],
)
def test_each_value_has_the_line_that_it_stands_on(path: Path, line: int) -> None:
    _, document = documents_in(NESTED).found
    assert document.line_of(path) == line


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


@pytest.mark.sampled(0)
@given(st.dictionaries(st.text(max_size=3), VALUES, min_size=1), st.sampled_from([None, 1]))
def test_every_value_is_found_where_it_stands(value: dict[str, Any], indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    for path in places_in(value):
        place = place_of(text, 0, path)
        found, _ = json.JSONDecoder().raw_decode(text, place)
        assert repr(found) == repr(value_at(value, path))


def test_what_is_wrong_everywhere_is_not_read_to_its_end() -> None:
    read = documents_in("{rubbish\n" * 1000)
    assert len(read.complaints) == 21
    assert read.complaints[-1][1] == "is not read any further: too much is wrong"
    cut = json.dumps({"a": [1, 2, 3], "b": 4})[:-8]
    for between in ("\n", ", "):
        read = documents_in(between.join([cut] * 1000))
        assert len(read.found) == 20
        assert [words for _, words in read.complaints] == [
            "is not read any further: too much is wrong"
        ]


@given(st.text(max_size=300))
def test_any_text_is_read_as_far_as_it_can_be(text: str) -> None:
    read = documents_in(text)
    for line, words in read.complaints:
        assert 1 <= line <= text.count("\n") + 1
        assert words.isprintable()


@given(st.text(alphabet='{}[]",:0aeE1.-\\ \n', max_size=120))
def test_so_is_what_looks_like_json(text: str) -> None:
    documents_in(text)
