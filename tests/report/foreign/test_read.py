"""Any file is read or complained of, whatever stands in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poros_tui.report.as_json import to_json
from poros_tui.report.foreign.read import Read, read_any
from poros_tui.report.formats import FORMATS
from poros_tui.report.layout import Layout
from tests.report.cases import finished
from tests.report.foreign.samples import NAMES, read_sample, text_of
from tests.report.schema import faults

TEXTS = {**{name: text_of(name) for name in NAMES}, "own": to_json(finished("carried"))}
HOSTILE = [
    None, True, -1, 0, 10**30, 1e308, "", "x", "\x1b]0;title\x07", "[red]x[/red]", "1e400", "NaN",
    [], [[]], {}, {"a": {}}, "\u202e" * 50, "9" * 400,
]  # fmt: skip


def assert_sound(read: Read) -> None:
    for sentence in (*read.complaints, *read.left_out):
        assert sentence.startswith("file line ")
        assert sentence.isprintable()
        assert len(sentence) < 600
    for run in read.runs:
        assert run.identity.target.isprintable()
        for name, one in FORMATS.items():
            is_without_probes = run.foreign is not None and run.foreign.has_totals_only
            if one.is_streamed or (one.lists_probes and is_without_probes):
                continue
            text = one.render([run], Layout())
            if name == "json" and text is not None:
                assert faults(json.loads(text)) == []
            assert text, name
            assert "\x1b" not in text


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_can_be_reported_in_every_format(name: str) -> None:
    read = read_sample(name)
    for run in read.runs:
        assert_sound(Read(runs=(run,), complaints=(), left_out=(), are_several=False))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no object of JSON"),
        ("[]", "holds no object of JSON"),
        ("7", "is no object"),
        ('"text"', "is no object"),
        ('{"a": 1}', "is nothing that is known here"),
        ('{"type": "ping"}', "is nothing that is known here"),
        ('{"poros_tui": "0.1.0"}', "is nothing that is known here"),
    ],
)
def test_what_is_nothing_is_complained_of(text: str, words: str) -> None:
    read = read_any(text, "file")
    assert (read.runs, read.complaints) == ((), (f"file line 1 {words}",))


def test_what_can_be_read_beside_what_cannot_is() -> None:
    lines = text_of("scamper-two-targets.json").splitlines()
    damaged = "\n".join([lines[0], lines[1][:500], lines[2], lines[3]])
    read = read_any(damaged, "file")
    assert [run.identity.target for run in read.runs] == ["203.0.113.10", "203.0.113.11"]
    (complaint,) = read.complaints
    assert complaint.startswith("file line 2 is no JSON: ")


def test_formats_may_stand_beside_each_other() -> None:
    text = "\n".join(text_of(name) for name in ("mtr-ipv4.json", "trippy.json", "atlas.json"))
    read = read_any(text, "file")
    programs = [run.foreign.program for run in read.runs if run.foreign is not None]
    assert programs == ["mtr", "trippy", "RIPE Atlas", "RIPE Atlas", "RIPE Atlas"]


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_file_that_is_cut_off_is_read_as_far_as_it_goes(data: st.DataObject) -> None:
    text = TEXTS[data.draw(st.sampled_from(sorted(TEXTS)))]
    cut = data.draw(st.integers(0, len(text)))
    assert_sound(read_any(text[:cut], "file"))


def places_in(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner: list[tuple[Any, ...]] = [path] if path else []
    if isinstance(value, dict):
        for key in value:
            inner += places_in(value[key], (*path, key))
    elif isinstance(value, list):
        for place, one in enumerate(value[:6]):
            inner += places_in(one, (*path, place))
    return inner


def changed(value: Any, path: tuple[Any, ...], new: object) -> Any:  # noqa: ANN401
    copy = json.loads(json.dumps(value))
    where = copy
    for key in path[:-1]:
        where = where[key]
    where[path[-1]] = new
    return copy


def first_of(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return json.loads(text.splitlines()[1])


@pytest.mark.sampled(0)
@given(st.data())
@settings(max_examples=400, deadline=None)
def test_whatever_stands_at_any_place_is_read_or_complained_of(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([one for one in sorted(TEXTS) if "two-hosts" not in one]))
    document = first_of(TEXTS[name])
    path = data.draw(st.sampled_from(places_in(document)))
    text = json.dumps(changed(document, path, data.draw(st.sampled_from(HOSTILE))))
    assert_sound(read_any(text, "file"))


@given(st.binary(max_size=300))
def test_any_text_is_read_or_complained_of(content: bytes) -> None:
    assert_sound(read_any(content.decode("utf-8", "replace"), "file"))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["poros_tui", "target", "destination", "protocol", "hops", "report", "mtr", "hubs",
             "type", "result", "info", "method", "dst", "dst_addr", "probe_ttl", "hop", "ip"]
        ),
        inner,
        max_size=8,
    ),
    max_leaves=30,
)  # fmt: skip


@given(json_values)
def test_any_json_is_read_or_complained_of(value: Any) -> None:  # noqa: ANN401
    assert_sound(read_any(json.dumps(value), "file"))
