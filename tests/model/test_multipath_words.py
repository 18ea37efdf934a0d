from __future__ import annotations

from poros_tui.model.multipath_words import graph_lines
from tests.engine.discovering import discover
from tests.lab.tun import load_scenario


def words(name: str, seed: int = 1) -> list[str]:
    return graph_lines(discover(load_scenario(name), seed=seed).graph)


def test_a_graph_is_drawn_with_its_flows() -> None:
    lines = words("diamonds-two")
    assert lines[0].startswith("All paths: 14 interfaces, 16 links, ")
    assert "95 % confidence" in lines[0]
    assert lines[1].split() == ["Hop", "Interface", "Flows", "Leads", "to"]
    fork = next(place for place, line in enumerate(lines) if "┬ 10.0.3." in line)
    assert lines[fork].startswith("  2  10.0.2.1")
    assert "└ 10.0.3." in lines[fork + 1]
    assert lines[fork + 1].endswith("flows")
    assert any(line.endswith("the end") for line in lines)


def test_what_is_balanced_is_said_with_its_evidence() -> None:
    by_flow = [line for line in words("diamond-4x3") if "balances by flow over 4" in line]
    by_packet = [line for line in words("balanced-by-packet") if "packet by packet" in line]
    assert len(by_flow) == len(by_packet) == 1
    assert "repeated probes met the interface that its flow had met before" in by_flow[0]
    assert "met another interface than before" in by_packet[0]


def test_the_cost_stands_beside_the_theory() -> None:
    lines = words("diamond-4x3")
    assert "sent for this" in lines[-1]
    assert "Theory: 120 for MDA-Lite, " in lines[-1]
    assert "Balancing by destination does not show with one destination" in lines[-2]


def test_a_meshed_stretch_is_named() -> None:
    assert any(line.startswith("Hops 2 to 6 are meshed") for line in words("diamond-meshed"))
