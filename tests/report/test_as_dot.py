"""The graph as graphviz reads it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from poros_tui.config import SessionConfig
from poros_tui.report.as_dot import render
from poros_tui.report.layout import Layout
from poros_tui.report.run import FinishedRun
from tests.lab.requirements import skip
from tests.report.cases import CASES, Case, finished, run_of


def read(runs: Sequence[FinishedRun]) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """Nodes by name, and edges with the names of their ends."""
    if shutil.which("dot") is None:
        skip("graphviz is not installed")
    done = subprocess.run(
        ["dot", "-Tdot_json"],
        input=render(runs, Layout()),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    graph = json.loads(done.stdout)
    nodes = {one["_gvid"]: one for one in graph["objects"]}
    boxes = {one["name"]: one for one in nodes.values() if "label" in one}
    edges = [
        one | {"near": nodes[one["tail"]]["name"], "far": nodes[one["head"]]["name"]}
        for one in graph.get("edges", [])
    ]
    return boxes, edges


@pytest.mark.parametrize("name", CASES)
def test_every_hop_and_responder_is_a_node_and_hangs_together(name: str) -> None:
    run = finished(name)
    nodes, edges = read([run])
    wanted = {"t0/0/-"}
    for hop in run.path.hops:
        addresses = [str(each.address) for each in hop.responders] or ["-"]
        wanted |= {f"t0/{hop.ttl}/{address}" for address in addresses}
    assert {name for name in nodes if name.startswith("t0/")} == wanted
    reached = {"t0/0/-"}
    for edge in edges:  # in the order of the path
        assert edge["near"] in reached
        reached.add(edge["far"])
    assert reached == wanted


def test_a_node_tells_hop_address_and_average_of_its_own_answers() -> None:
    run = finished("load_balanced")
    nodes, _ = read([run])
    shared = [hop for hop in run.path.hops if len(hop.responders) > 1]
    assert shared
    for hop in shared:
        for each in hop.responders:
            label = nodes[f"t0/{hop.ttl}/{each.address}"]["label"]
            assert each.rtt.mean_s is not None
            figure = f"{each.rtt.mean_s * 1e3:.1f}" if each.rtt.mean_s >= 0.01 else ""
            assert label.startswith(f"hop {hop.ttl}\\n{each.address}\\n{figure}")


def test_who_else_answered_is_tied_to_the_hop_by_a_dashed_line_without_direction() -> None:
    run = finished("load_balanced")
    _, edges = read([run])
    others = [edge for edge in edges if edge["near"].split("/")[1] == edge["far"].split("/")[1]]
    assert len(others) == sum(len(hop.responders) - 1 for hop in run.path.hops)
    assert {(edge["style"], edge["dir"]) for edge in others} == {("dashed", "none")}


def test_all_paths_have_the_links_that_were_found_with_their_flows() -> None:
    run = run_of(Case("diamond-4x3", SessionConfig(queries=1, rounds=1, failure=0.05)))
    graph = run.path.session.status.graph
    assert graph is not None
    nodes, edges = read([run])
    assert len(nodes) - 2 == len(graph.nodes)  # less this machine and the frame
    drawn = {(edge["near"], edge["far"]) for edge in edges}
    for link in graph.links:
        near = f"t0/{link.ttl}/{link.near if link.near is not None else '-'}"
        assert (near, f"t0/{link.ttl + 1}/{link.far if link.far is not None else '-'}") in drawn
    labels = [edge["label"] for edge in edges if edge.get("label")]
    assert len(labels) == sum(bool(link.flows) for link in graph.links)


def test_flows_side_by_side_are_edges_with_their_numbers() -> None:
    run = run_of(Case("diamond-4x3", SessionConfig(queries=1, rounds=1, flows=8)))
    nodes, edges = read([run])
    assert any(edge["label"] == "flows 1-8" for edge in edges)
    assert {edge["near"] for edge in edges} | {edge["far"] for edge in edges} == {
        name for name in nodes if name.startswith("t0/")
    }


def test_hops_that_were_not_asked_are_a_dashed_line() -> None:
    _, edges = read([finished("from_hop_11")])
    assert [edge.get("style") for edge in edges] == ["dashed", None]


def test_each_target_has_a_frame_and_hostile_names_stay_text() -> None:
    run = finished("max_hops")
    name = '"]; evil [label="x\\" \\N <b>'
    identity = msgspec.structs.replace(run.identity, target=name)
    hostile = msgspec.structs.replace(run, identity=identity)
    nodes, _ = read([run, hostile])
    frames = {key: node["label"] for key, node in nodes.items() if key.startswith("cluster")}
    assert sorted(frames) == ["cluster_0", "cluster_1"]
    assert "evil" not in nodes
    assert frames["cluster_1"].replace("\\\\", "\\").startswith(name)
