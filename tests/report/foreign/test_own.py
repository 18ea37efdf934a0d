"""JSON reports of ours, read back, are the reports they were."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from poros_tui.report.as_json import to_json, to_json_array
from poros_tui.report.as_text import to_text
from poros_tui.report.foreign.read import read_any
from poros_tui.report.run import FinishedRun, Untraced
from tests.cli.test_readme import told_mtu, with_events
from tests.report.cases import CASES, finished
from tests.report.foreign.samples import NAMES, read_sample
from tests.report.schema import faults

WITH_ALL_PATHS = {name for name in CASES if CASES[name].config.failure is not None}
NAME = "carried"


def read_back(text: str) -> FinishedRun:
    read = read_any(text, "a.json")
    assert read.complaints == ()
    (run,) = read.runs
    return run


def assert_alike(first: Any, second: Any, where: str = "") -> None:  # noqa: ANN401
    """Equal, but for the last digits of what was computed anew."""
    if isinstance(first, dict):
        assert first.keys() == second.keys(), where
        for key in first:
            assert_alike(first[key], second[key], f"{where}.{key}")
    elif isinstance(first, list):
        assert len(first) == len(second), where
        for place, (one, other) in enumerate(zip(first, second, strict=True)):
            assert_alike(one, other, f"{where}[{place}]")
    elif isinstance(first, float):
        assert first == pytest.approx(second, rel=1e-6, abs=2e-6), where
    else:
        assert first == second, where


@pytest.mark.parametrize("name", sorted(CASES.keys() - WITH_ALL_PATHS))
def test_a_report_that_is_read_back_says_the_same(name: str) -> None:
    run = finished(name)
    again = read_back(to_json(run))
    assert_alike(json.loads(to_json(again)), json.loads(to_json(run)))
    assert faults(json.loads(to_json(again))) == []


@pytest.mark.parametrize("name", ["straight", "load_balanced", "late", "nat", "send_errors"])
def test_so_does_its_text(name: str) -> None:
    assert to_text(read_back(to_json(finished(name)))) == to_text(finished(name))


def test_events_and_the_path_mtu_are_kept() -> None:
    for run in (with_events(), told_mtu()):
        again = json.loads(to_json(read_back(to_json(run))))
        assert_alike(again, json.loads(to_json(run)))


@pytest.mark.parametrize("name", [one for one in NAMES if "nothing" not in one])
def test_what_others_wrote_is_the_same_by_way_of_ours(name: str) -> None:
    for run in read_sample(name).runs:
        written = to_json(run)
        assert faults(json.loads(written)) == []
        assert_alike(json.loads(to_json(read_back(written))), json.loads(written))


def test_of_several_those_are_read_that_were_traced() -> None:
    runs = [finished(NAME), Untraced(name="x", reason="no such host"), finished(NAME)]
    read = read_any(to_json_array(runs), "a.json")
    assert (len(read.runs), read.complaints, read.are_several) == (2, (), True)


def test_all_paths_are_left_out_and_that_is_said() -> None:
    document = json.loads(to_json(finished(NAME)))
    document["all_paths"] = {"anything": 1}
    read = read_any(json.dumps(document), "a.json")
    assert read.left_out == ("a.json line 1 has all paths of --mda, which are left out",)
    assert (len(read.runs), read.complaints) == (1, ())


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda one: one.update(hops=3), "hops is no list"),
        (lambda one: one.update(hops=[7]), "hop 1 is no object"),
        (lambda one: one.update(target=None), "target is no text"),
        (lambda one: one.update(destination="x"), "destination is no IP address"),
        (lambda one: one.update(protocol="sctp"), "protocol is none that is known"),
        (lambda one: one.update(mode="slow"), "mode is none that is known"),
        (lambda one: one.update(queries=10**6), "queries is no whole number from 1 to 10000"),
        (lambda one: one.update(queries=5000), "queries are more than there can be"),
        (lambda one: one.update(started_at="now"), "started_at is no time"),
        (lambda one: one["hops"].reverse(), "hops are not in order"),
        (lambda one: one["hops"][1].update(probes=None), "hop 2: probes is no list"),
        (lambda one: one["hops"][0].pop("statistics"), "hop 1: statistics is no object"),
        (
            lambda one: one["hops"][0]["probes"][0].update(rtt_ms="x"),
            "hop 1, probe 1: rtt_ms is no number",
        ),
        (
            lambda one: one["hops"][0]["probes"][0].update(rtt_ms=-1),
            "hop 1, probe 1: rtt_ms is out of range",
        ),
        (
            lambda one: one["hops"][0]["probes"][0].update(rtt_ms=1e400),
            "hop 1, probe 1: rtt_ms is out of range",
        ),
        (
            lambda one: one["hops"][0]["probes"][0].update(responder=5),
            "hop 1, probe 1: responder is no IP address",
        ),
        (
            lambda one: one["hops"][0]["probes"][0].update(outcome="odd"),
            "hop 1, probe 1: outcome is none that is known",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(change: Change, words: str) -> None:
    document = json.loads(to_json(finished(NAME)))
    change(document)
    text = json.dumps(document).replace("Infinity", "1e400")
    read = read_any(text, "a.json")
    assert read.complaints == (
        f"a.json line 1 is no report of poros-tui that can be read: {words}",
    )


def test_hostile_text_is_made_safe() -> None:
    document = json.loads(to_json(finished(NAME)))
    document["target"] = "\x1b[31mred\u202e"
    assert read_back(json.dumps(document)).identity.target == "[31mred"


def test_a_target_that_could_not_be_traced_is_told() -> None:
    run = finished("straight")
    text = to_json_array([run, Untraced(name="nowhere.example", reason="no such host")])
    read = read_any(text, "a.json")
    assert len(read.runs) == 1
    assert read.complaints == ()
    (told,) = read.left_out
    assert told.endswith("has nowhere.example, which could not be traced: no such host")


def test_a_report_of_a_later_schema_is_refused() -> None:
    report = json.loads(to_json(finished("straight"))) | {"schema": 2}
    read = read_any(json.dumps(report), "a.json")
    assert read.runs == ()
    (told,) = read.complaints
    assert "schema" in told
    assert "is newer than 1, which is all that is known here" in told
