from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.errors import UsageError
from poros_tui.report.as_json import to_json, to_json_array
from poros_tui.report.read_json import read_reports
from poros_tui.report.run import Untraced
from tests.report.cases import finished

NAME = "carried"


def test_what_was_written_is_read_back() -> None:
    run = finished(NAME)
    (read,) = read_reports(to_json(run), "a.json")
    assert read.source == "a.json"
    assert read.destination == str(run.identity.destination)
    assert read.distance == run.path.session.distance
    assert [hop.ttl for hop in read.hops] == [hop.ttl for hop in run.path.hops]
    for hop, seen in zip(read.hops, run.path.hops, strict=True):
        assert (hop.lost, hop.received) == (seen.lost, seen.received)
        assert set(hop.responders) == {str(one.address) for one in seen.responders}


def test_of_several_those_are_read_that_were_traced() -> None:
    text = to_json_array(
        [finished(NAME), Untraced(name="x", reason="no such host"), finished(NAME)]
    )
    assert len(read_reports(text, "a.json")) == 2
    nothing = to_json_array([Untraced(name="x", reason="no such host")])
    with pytest.raises(UsageError, match=r"a\.json has no trace in it"):
        read_reports(nothing, "a.json")


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda one: one.pop("poros_tui"), "poros_tui is missing"),
        (lambda one: one.update(hops=3), "hops is no list of hops"),
        (lambda one: one.update(hops=[7]), "hop 1 is no object"),
        (lambda one: one.update(distance=0), "distance is no whole number from 1 to 255"),
        (lambda one: one.update(distance=True), "distance is no whole number from 1 to 255"),
        (lambda one: one.update(target=None), "target is no text"),
        (lambda one: one["hops"].reverse(), "hops are not in order"),
        (lambda one: one["hops"][1].update(probes=None), "hop 2: probes is no list of probes"),
        (lambda one: one["hops"][0].pop("statistics"), "hop 1: statistics is no object"),
        (
            lambda one: one["hops"][0]["probes"][0].update(rtt_ms="1"),
            "hop 1, probe 1: rtt_ms is no number",
        ),
        (
            lambda one: one["hops"][0]["probes"][0].update(rtt_ms=-1),
            "hop 1, probe 1: rtt_ms is out of range",
        ),
        (
            lambda one: one["hops"][0]["probes"][0].update(responder=5),
            "hop 1, probe 1: responder is no text",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(change: Change, words: str) -> None:
    document = json.loads(to_json(finished(NAME)))
    change(document)
    with pytest.raises(UsageError) as refused:
        read_reports(json.dumps(document), "a.json")
    assert str(refused.value) == (
        f"a.json is no report of poros-tui: {words}; give a report that was written with --json"
    )


def test_what_is_no_json_is_named_with_its_line() -> None:
    text = to_json(finished(NAME))[:-20]
    with pytest.raises(UsageError, match=r"a\.json line \d+ is no JSON: "):
        read_reports(text, "a.json")
    with pytest.raises(UsageError, match=r"a\.json is no JSON that can be read"):
        read_reports("[" * 100_000, "a.json")


def test_hostile_text_is_made_safe() -> None:
    document = json.loads(to_json(finished(NAME)))
    document["target"] = "\x1b[31mred\u202e"
    (read,) = read_reports(json.dumps(document), "a.json")
    assert read.target.isprintable()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["poros_tui", "target", "destination", "started_at", "protocol", "distance", "hops",
             "ttl", "probes", "statistics", "lost", "received", "rtt_ms", "responder", "error"]
        ),
        inner,
        max_size=8,
    ),
    max_leaves=30,
)  # fmt: skip


@given(json_values)
def test_any_json_is_a_report_or_refused(value: Any) -> None:  # noqa: ANN401
    try:
        read_reports(json.dumps(value), "a.json")
    except UsageError:
        return


@given(st.binary(max_size=200))
def test_any_text_is_a_report_or_refused(content: bytes) -> None:
    try:
        read_reports(content.decode("utf-8", "replace"), "a.json")
    except UsageError:
        return
