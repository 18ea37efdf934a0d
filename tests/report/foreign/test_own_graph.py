"""All paths in JSON reports of ours, read back, are the graph they were."""

from __future__ import annotations

import json
from ipaddress import ip_address
from typing import Any

import msgspec
import pytest

from poros_tui.config import SessionConfig
from poros_tui.engine.mda_graph import graph_of
from poros_tui.model.multipath import MultipathGraph
from poros_tui.report import as_dot, as_html, as_text
from poros_tui.report.as_json import to_json
from poros_tui.report.foreign.fields import Fields, Unreadable
from poros_tui.report.foreign.own_graph import graph_in
from poros_tui.report.foreign.read import Read, read_any
from poros_tui.report.formats import FORMATS
from poros_tui.report.graph_json import graph_object
from poros_tui.report.hiding import without_near
from poros_tui.report.layout import Layout
from poros_tui.report.run import FinishedRun
from tests.engine.discovering import discover, discover_with
from tests.engine.test_fates import DISTANCE, END, members, refusing
from tests.engine.test_neighbour_search import asked_of, by_destination
from tests.lab.tun import load_scenario
from tests.report.cases import DEAD_BRANCH, Case, run_of
from tests.report.foreign.spoiling import MISSING, places_in, spoiled
from tests.report.named_paths import ABOUT, BRANCH, with_names

ALL_PATHS = SessionConfig(queries=1, rounds=1, failure=0.05)


def told(graph: MultipathGraph) -> Any:  # noqa: ANN401
    return json.loads(json.dumps(graph_object(graph)))


def graphs() -> dict[str, MultipathGraph]:
    return {
        "diamond": discover(load_scenario("diamond-4x3"), seed=1).graph,
        "by packet": discover(load_scenario("balanced-by-packet"), seed=1).graph,
        "meshed": discover(load_scenario("diamond-meshed"), seed=1, failure=0.001).graph,
        "by destination": asked_of(by_destination(2, seed=1)).graph,
        "dead end": discover_with(
            members(4, frozenset({2}), seed=1), end=END, distance=DISTANCE
        ).graph,
        "not sent": graph_of(refusing(frozenset({1})), sent=42, retried=0, send_errors=6),
        "cut short": graph_of(refusing(frozenset(range(99))), sent=0, retried=0),
    }


def test_a_graph_that_is_read_back_is_the_same() -> None:
    for name, graph in graphs().items():
        again = graph_in(Fields(told(graph)))
        assert again == graph, name
        assert graph_object(again) == graph_object(graph), name


def run_of_all_paths(scenario: str) -> FinishedRun:
    return run_of(Case(scenario, ALL_PATHS) if scenario else DEAD_BRANCH)


def read_back(run: FinishedRun) -> FinishedRun:
    read = read_any(to_json(run), "a.json")
    assert (read.complaints, read.left_out) == ((), ())
    (again,) = read.runs
    return again


@pytest.mark.parametrize("scenario", ["", "diamonds-two", "balanced-by-packet"])
def test_every_format_tells_the_same_of_what_is_read_back(scenario: str) -> None:
    run = run_of_all_paths(scenario)
    again = read_back(run)
    assert json.loads(to_json(again))["all_paths"] == json.loads(to_json(run))["all_paths"]
    for form in (as_text, as_dot, as_html):
        assert form.render([again], Layout()) == form.render([run], Layout())


def test_what_others_know_of_interfaces_is_told_and_read_back() -> None:
    run = with_names(run_of_all_paths(""))
    again = read_back(run)
    assert again.path.session.graph_about == ABOUT
    (node,) = (
        node
        for node in json.loads(to_json(again))["all_paths"]["nodes"]
        if node["address"] == str(BRANCH)
    )
    assert (node["name"], node["name_confirmed"]) == ("branch.example", None)
    assert (node["network"]["asn"], node["network"]["name"]) == (64500, "EXAMPLE")
    assert node["exchange"]["name"] == "Example IX"
    for form in (as_text, as_dot, as_html):
        told = form.render([run], Layout())
        assert told == form.render([again], Layout())
        assert "branch.example" in told
        assert "AS64500 EXAMPLE" in told


def test_reports_from_before_that_was_told_are_read() -> None:
    report = json.loads(to_json(run_of_all_paths("")))
    for node in report["all_paths"]["nodes"]:
        for key in ("name", "name_confirmed", "network", "exchange"):
            del node[key]
    read = read_any(json.dumps(report), "a.json")
    assert read.complaints == ()
    (again,) = read.runs
    assert again.path.session.status.graph is not None
    assert again.path.session.graph_about == {}


def test_of_hidden_hops_nothing_is_told_of_their_interfaces() -> None:
    run = with_names(run_of_all_paths(""))
    assert without_near(run, 1).path.session.graph_about == ABOUT
    assert without_near(run, 2).path.session.graph_about == {}


def test_who_is_hidden_on_one_way_is_hidden_on_a_longer_one() -> None:
    run = run_of_all_paths("diamond-unequal")
    graph = run.path.session.status.graph
    assert graph is not None
    twice = ip_address("10.0.5.1")
    assert {node.ttl for node in graph.nodes if node.address == twice} == {4, 5}
    (about,) = ABOUT.values()
    session = msgspec.structs.replace(run.path.session, graph_about={twice: about})
    hops = tuple(
        msgspec.structs.replace(
            hop,
            responders=tuple(
                msgspec.structs.replace(one, address=twice, about=about) for one in hop.responders
            )
            if hop.ttl == 5
            else tuple(one for one in hop.responders if one.address != twice),
        )
        for hop in run.path.hops
    )
    path = msgspec.structs.replace(run.path, hops=hops, session=session)
    run = msgspec.structs.replace(run, path=path)
    for name in ("text", "json", "html", "dot", "csv"):
        told = FORMATS[name].render([run], Layout(private_hops=3)) or ""
        assert "branch.example" in told
        assert "10.0.5.1" in told
        hidden = FORMATS[name].render([run], Layout(private_hops=4)) or ""
        for word in ("branch.example", "10.0.5.1", "64500", "Example IX"):
            assert word not in hidden, name


def damaged(report: dict[str, Any]) -> Read:
    return read_any(json.dumps(report, indent=1), "a.json")


def test_a_damaged_graph_is_left_out_as_a_whole_and_that_is_said() -> None:
    run = run_of_all_paths("diamonds-two")
    report = json.loads(to_json(run))
    report["all_paths"]["links"][2]["from"] = "nobody"
    read = damaged(report)
    line = next(
        number
        for number, text in enumerate(json.dumps(report, indent=1).splitlines(), 1)
        if '"nobody"' in text
    )
    assert read.complaints == (
        f"a.json line {line} has a graph of all paths that is left out: all paths, link 3: from is "
        "no IP address",
    )
    (again,) = read.runs
    assert again.path.session.status.graph is None
    assert again.path.session.distance == run.path.session.distance


def test_whatever_is_wrong_in_it_is_refused_with_its_place() -> None:
    graph = told(graphs()["by destination"])
    # These follow from the others.
    unread = {"evidence", "by_destination", "confidence", "wanted_confidence"}
    # A bad one of these costs itself alone.
    unread |= {"name", "name_confirmed", "network", "exchange"}
    for place in places_in(graph):
        if unread & {*place}:
            continue
        for poison in ("text", "object", MISSING) if isinstance(place[-1], str) else ("object",):
            if poison == "text" and place[-1] == "doubt":
                continue
            with pytest.raises(Unreadable) as flaw:
                graph_in(Fields(json.loads(spoiled(graph, place, poison)[0])))
            path = flaw.value.path
            assert path[: len(place)] == place or path == place[:-1], (place, poison)
