from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from poros_tui.config import SessionConfig
from poros_tui.model.events import Event, EventGroup, EventKind
from poros_tui.model.multipath import Balance
from poros_tui.model.path_mtu import MtuMethod
from poros_tui.model.probe import Mode, Multipath, Protocol, RttSource
from poros_tui.model.stop import StopKind
from poros_tui.model.stray import StrayKind
from poros_tui.report.as_json import SCHEMA as NUMBER
from poros_tui.report.as_json import to_json, to_json_array
from poros_tui.report.graph_json import graph_object
from poros_tui.report.run import Untraced
from tests.engine.test_neighbour_search import asked_of, by_destination
from tests.report.cases import AS_JSON, CASES, DEAD_BRANCH, GOLDEN, Case, finished, run_of
from tests.report.schema import SCHEMA, faults

SCENARIOS = sorted(
    path.stem for path in (Path(__file__).parents[1] / "lab" / "scenarios").glob("*.toml")
)


def run_json(name: str = "straight") -> dict[str, Any]:
    value: dict[str, Any] = json.loads(to_json(finished(name)))
    return value


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", CASES)
def test_every_case_is_valid(name: str) -> None:
    assert faults(run_json(name)) == []


@pytest.mark.parametrize("name", AS_JSON)
def test_every_golden_report_is_valid(name: str) -> None:
    assert faults(json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))) == []


@pytest.mark.sampled(0)
@pytest.mark.parametrize("protocol", Protocol)
def test_every_network_of_the_lab_is_valid(protocol: Protocol) -> None:
    assert len(SCENARIOS) > 30
    for name in SCENARIOS:
        config = SessionConfig(queries=2, rounds=1, timeout_s=0.5)
        report = json.loads(to_json(run_of(Case(name, config, protocol=protocol))))
        assert faults(report) == [], name


def test_all_paths_of_the_lab_are_valid() -> None:
    config = SessionConfig(queries=1, rounds=1, timeout_s=0.5, failure=0.05, flows=2)
    for case in (Case("diamond-4x3", config), Case("balanced-by-packet", config), DEAD_BRANCH):
        report = json.loads(to_json(run_of(case)))
        assert report["all_paths"] is not None
        assert faults(report) == []


def test_what_neighbours_showed_is_valid() -> None:
    told = json.loads(json.dumps(graph_object(asked_of(by_destination(2, seed=1)).graph)))
    assert told["neighbours"]["departures"]
    assert faults(told, "all_paths") == []
    told["neighbours"]["departures"][0]["doubt"] = 1
    assert faults(told, "all_paths") != []


def test_an_array_may_have_what_could_not_be_traced() -> None:
    text = to_json_array([finished("straight"), Untraced(name="a.example", reason="no such name")])
    told = json.loads(text)
    assert faults(told) == []
    assert (
        told[1]["schema"] == NUMBER == SCHEMA["$defs"]["untraced"]["properties"]["schema"]["const"]
    )


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"other": 1}, "'other' was unexpected"),
        ({"distance": "3"}, "'3' is not of type"),
        ({"distance": 256}, "256 is greater than"),
        ({"protocol": "sctp"}, "'sctp' is not one of"),
        ({"started_at": "yesterday"}, "'yesterday' is not a 'date-time'"),
        ({"schema": 2}, "1 was expected"),
    ],
)
def test_what_is_wrong_is_found(change: dict[str, object], fault: str) -> None:
    assert any(fault in found for found in faults(run_json() | change))


def test_a_key_that_is_missing_is_found_at_any_depth() -> None:
    report = run_json()
    del report["hops"][0]["probes"][0]["rtt_ms"]
    assert faults(report) == ["$.hops[0].probes[0]: 'rtt_ms' is a required property"]


def test_no_object_may_have_other_keys_and_each_of_its_keys_is_wanted_but_one() -> None:
    def objects(value: object) -> list[dict[str, Any]]:
        if isinstance(value, list):
            return [one for inner in value for one in objects(inner)]
        if not isinstance(value, dict):
            return []
        here = [value] if isinstance(value.get("properties"), dict) else []
        return here + [one for inner in value.values() for one in objects(inner)]

    optional = set()
    for one in objects(SCHEMA):
        assert one["additionalProperties"] is False
        optional |= one["properties"].keys() - set(one["required"])
    assert optional == {"waited_ms"}


@pytest.mark.parametrize(
    ("kind", "key", "values"),
    [
        ("run", "protocol", Protocol),
        ("run", "mode", Mode),
        ("run", "multipath", Multipath),
        ("run", "stop_reason", StopKind),
        ("stray", "kind", StrayKind),
        ("path_mtu", "method", MtuMethod),
        ("event", "group", EventGroup),
    ],
)
def test_the_words_are_those_of_the_program(kind: str, key: str, values: type[StrEnum]) -> None:
    known = set(SCHEMA["$defs"][kind]["properties"][key]["enum"])
    assert known - {None} == {one.value for one in values}


def test_the_words_of_balancers_and_clocks_too() -> None:
    balancer = SCHEMA["$defs"]["all_paths"]["properties"]["balancers"]["items"]
    assert set(balancer["properties"]["balance"]["enum"]) == {one.value for one in Balance}
    sources = SCHEMA["$defs"]["hop"]["properties"]["rtt_sources"]
    assert set(sources["propertyNames"]["enum"]) == {one.value for one in RttSource}


def test_events_are_valid() -> None:
    event = Event(
        kind=EventKind.PATH_CHANGED, at_s=1.0, words="a → b", ttl=2, round=1, noticed_at_s=2.0
    )
    run = msgspec.structs.replace(finished("straight"), events=((event, 1.0),))
    assert faults(json.loads(to_json(run))) == []
