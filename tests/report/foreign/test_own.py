"""JSON reports of ours, read back, are the reports they were."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from poros_tui.report.as_json import to_json, to_json_array
from poros_tui.report.as_text import to_text
from poros_tui.report.foreign.read import Read, read_any
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


Change = Callable[[dict[str, Any]], object]


def damaged(change: Change, name: str = NAME) -> Read:
    document = json.loads(to_json(finished(name)))
    change(document)
    text = json.dumps(document, indent=2).replace("Infinity", "1e400")
    return read_any(text, "a.json")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda one: one.update(hops=3), "hops is no list"),
        (lambda one: one.update(hops=[7]), "hops has no hop that can be read: hop 1 is no object"),
        (lambda one: one.update(target=None, destination=None), "target is no text"),
        (lambda one: one["hops"].reverse(), "hops are not in order"),
    ],
)
def test_what_cannot_be_done_without_is_named(change: Change, words: str) -> None:
    (told,) = damaged(change).complaints
    assert told.endswith(f" is no report of poros-tui that can be read: {words}")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda one: one.update(target=None), "a value that is left out: target is no text"),
        (
            lambda one: one.update(destination="x"),
            "a value that is left out: destination is no IP address",
        ),
        (
            lambda one: one.update(protocol="sctp"),
            "a value that is left out: protocol is none that is known",
        ),
        (
            lambda one: one.update(mode="slow"),
            "a value that is left out: mode is none that is known",
        ),
        (
            lambda one: one.update(queries=10**6),
            "a value that is left out: queries is no whole number from 1 to 10000",
        ),
        (
            lambda one: one.update(queries=5000),
            "a value that is left out: queries are more than there can be",
        ),
        (
            lambda one: one.update(started_at="now"),
            "a value that is left out: started_at is no time",
        ),
        (
            lambda one: one["hops"][1].update(probes=None),
            "a value that is left out: hop 2: probes is no list",
        ),
        (
            lambda one: one["hops"][0].pop("statistics"),
            "a value that is left out: hop 1: statistics is no object",
        ),
        (
            lambda one: one["hops"][0]["probes"][0].update(rtt_ms="x"),
            "a value that is left out: hop 1, probe 1: rtt_ms is no number",
        ),
        (
            lambda one: one["hops"][0]["probes"][0].update(rtt_ms=-1),
            "a value that is left out: hop 1, probe 1: rtt_ms is out of range",
        ),
        (
            lambda one: one["hops"][0]["probes"][0].update(rtt_ms=1e400),
            "a value that is left out: hop 1, probe 1: rtt_ms is out of range",
        ),
        (
            lambda one: one["hops"][0]["probes"][0].update(responder=5),
            "an outcome that is left out: hop 1, probe 1: responder is no IP address",
        ),
        (
            lambda one: one["hops"][0]["probes"][0].update(outcome="odd"),
            "an outcome that is left out: hop 1, probe 1: outcome is none that is known",
        ),
        (
            lambda one: one["hops"][0]["probes"][0].update(round=None),
            "a probe that is left out: hop 1, probe 1: round is no whole number from 0 to 1000000",
        ),
        (
            lambda one: one["hops"][2].update(ttl="x"),
            "a hop that is left out: hop 3: ttl is no whole number from 1 to 255",
        ),
        (
            lambda one: one["hops"][0]["statistics"].update(received=10**6),
            "a value that is left out: hop 1: statistics: received is 1000000, and the probes that "
            "are listed say 1",
        ),
    ],
)
def test_what_is_left_out_is_named_with_its_place(change: Change, words: str) -> None:
    read = damaged(change)
    assert len(read.runs) == 1
    (told,) = read.complaints
    assert re.fullmatch(rf"a\.json line \d+ has {re.escape(words)}", told)


def test_how_much_more_is_left_out_is_told() -> None:
    def spoil(report: dict[str, Any]) -> None:
        for hop in report["hops"]:
            hop["probes"][0]["rtt_ms"] = "x"

    (told,) = damaged(spoil).complaints
    hops = len(finished(NAME).path.hops)
    assert told.endswith(f"hop 1, probe 1: rtt_ms is no number ({hops - 1} more in the same trace)")


def test_the_line_is_that_of_the_value() -> None:
    lines = to_json(finished(NAME)).splitlines()
    place = next(place for place, line in enumerate(lines) if '"rtt_ms"' in line)
    lines[place] = '"rtt_ms": NaN,'
    read = read_any("\n".join(lines), "a.json")
    assert read.complaints == (
        f"a.json line {place + 1} has a value that is left out: hop 1, probe 1: rtt_ms is NaN, "
        "which is no number",
    )


def as_told(read: Read) -> dict[str, Any]:
    (run,) = read.runs
    report: dict[str, Any] = json.loads(to_json(run))
    assert faults(report) == []
    return report


def test_figures_stay_those_of_all_probes_where_one_cannot_be_read() -> None:
    whole = json.loads(to_json(finished("load_balanced")))
    place = next(at for at, hop in enumerate(whole["hops"]) if len(hop["responders"]) > 1)
    for key in ("responder", "round", "rtt_ms"):
        hop = as_told(
            damaged(
                lambda one, key=key: one["hops"][place]["probes"][0].update({key: "x"}),
                "load_balanced",
            )
        )["hops"][place]
        before = whole["hops"][place]
        assert_alike(hop["statistics"], before["statistics"])
        assert {one["address"]: one["answers"] for one in hop["responders"]} == {
            one["address"]: one["answers"] for one in before["responders"]
        }


def test_what_was_left_out_once_stays_unknown_and_the_rest_as_it_was() -> None:
    for key in ("responder", "rtt_ms"):
        read = damaged(
            lambda one, key=key: one["hops"][1]["probes"][0].update({key: "x"}), "load_balanced"
        )
        again = read_any(to_json(read.runs[0]), "b.json")
        assert again.complaints == ()
        assert_alike(as_told(again), as_told(read))


def test_the_destination_is_reached_though_its_answer_cannot_be_read() -> None:
    whole = finished(NAME)
    read = damaged(lambda one: one["hops"][-1]["probes"][0].update(responder="x"))
    (run,) = read.runs
    assert run.path.session.distance == whole.path.session.distance
    assert run.path.session.status.stop == whole.path.session.status.stop
    assert run.path.hops[-1].is_destination
    assert [str(one.address) for one in run.path.hops[-1].responders] == [
        str(one.address) for one in whole.path.hops[-1].responders
    ]


def test_what_was_not_reached_is_not_though_something_is_left_out() -> None:
    read = damaged(lambda one: one["hops"][0]["probes"][0].update(outcome="x"), "nothing_answered")
    assert as_told(read)["reached"] is False


def test_a_time_that_cannot_be_read_blames_no_clock() -> None:
    def spoil(report: dict[str, Any]) -> None:
        report["hops"][0]["probes"][0]["rtt_ms"] = "x"
        del report["hops"][0]["statistics"]

    hop = as_told(damaged(spoil))["hops"][0]
    assert (hop["statistics"]["received"], hop["statistics"]["average_ms"]) == (1, None)
    assert hop["statistics"]["untimed"] in (0, None)


@pytest.mark.parametrize("key", ["probes_sent", "probes_beyond", "send_errors"])
def test_a_count_that_no_probe_tells_is_not_known(key: str) -> None:
    read = damaged(lambda one: one.update({key: -1}))
    assert as_told(read)[key] is None
    again = read_any(to_json(read.runs[0]), "b.json")
    assert again.complaints == ()
    assert as_told(again)[key] is None
    assert ("probes sent" in to_text(read.runs[0])) is (key != "probes_sent")


def test_duplicates_that_cannot_be_read_are_not_known() -> None:
    told = as_told(damaged(lambda one: one["hops"][0]["statistics"].update(duplicates="x")))
    assert told["hops"][0]["statistics"]["duplicates"] is None


def test_of_a_damaged_heading_nothing_is_made_up() -> None:
    whole = json.loads(to_json(finished(NAME)))
    told = as_told(damaged(lambda one: one.update(multipath="x")))
    assert told["origin"] == {"program": "poros-tui", "version": whole["poros_tui"]}
    assert (told["multipath"], told["mode"], told["rounds"]) == (None, None, None)
    assert_alike(told["hops"], whole["hops"])


def test_without_a_destination_its_hop_is_known() -> None:
    told = as_told(damaged(lambda one: one.update(destination="x")))
    whole = json.loads(to_json(finished(NAME)))
    assert (told["destination"], told["reached"]) == (None, True)
    assert_alike(told["hops"], whole["hops"])


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
