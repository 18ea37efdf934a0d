from __future__ import annotations

from ipaddress import ip_address

import pytest

from poros_tui.model.path_graph import PathGraph, PathLink, PathNode, path_graph
from poros_tui.tui.path_diagram import diagram
from poros_tui.tui.spans import line_text, line_width
from tests.engine.discovering import discover
from tests.lab.tun import load_scenario

MESHED = """
  1                                       10.0.1.1 x7
  2                                       10.0.2.1 x7
                  ┌────────────────────────────┼───────────────────────────┐
  3         10.0.3.1 x17                 10.0.3.2 x18                10.0.3.3 x18
              ┌───┴─────────────────┐          │                           │
              │                     ├──────────┴─────────┐                 │
              │                     │                    ├─────────────────┴───┐
  4     10.0.4.1 x11          10.0.4.2 x31         10.0.4.3 x37          10.0.4.4 x15
              └──────────┐          │                    │                     │
                         ├──────────┴────────────────────┴──────────┐          │
                         │                                          ├──────────┘
  5                10.0.5.1 x30                               10.0.5.2 x32
                         └─────────────────────┬────────────────────┘
  6                                      10.0.6.1 x24
  7                                      10.0.7.1 x12
  8                                    203.0.113.10 x12
"""


def discovered(name: str) -> PathGraph:
    return path_graph((), discover(load_scenario(name), seed=1).graph)


def drawn(graph: PathGraph, width: int) -> list[str]:
    sign = "\N{MULTIPLICATION SIGN}"
    return [line_text(line).rstrip().replace(sign, "x") for line in diagram(graph, width).lines]


def test_a_meshed_diamond_can_be_read_link_by_link() -> None:
    assert drawn(discovered("diamond-meshed"), 90) == MESHED.strip("\n").splitlines()


@pytest.mark.parametrize("width", [20, 50, 80, 120, 200, 250])
@pytest.mark.parametrize("name", ["diamond-meshed", "diamond-unequal", "diamond-4x3"])
def test_no_line_is_wider_than_the_panel_and_every_ttl_has_a_row(name: str, width: int) -> None:
    graph = discovered(name)
    made = diagram(graph, width)
    assert max(line_width(line) for line in made.lines) <= width
    assert [place.node.ttl for place in made.places if place.x >= 0]
    assert {place.node.ttl for place in made.places} == set(graph.ttls)


def test_what_has_no_room_is_counted() -> None:
    lines = drawn(discovered("diamond-4x3"), 50)
    row = next(line for line in lines if line.startswith("  3"))
    assert row.endswith("+1")


def test_a_node_is_found_under_the_mouse() -> None:
    graph = discovered("diamond-meshed")
    made = diagram(graph, 90)
    y = next(y for y, line in enumerate(made.lines) if line_text(line).startswith("  4"))
    x = line_text(made.lines[y]).index("10.0.4.3")
    node = made.at(x + 2, y)
    assert node is not None
    assert str(node.address) == "10.0.4.3"
    assert made.at(1, y) is None


def test_links_that_cross_keep_apart() -> None:
    """1 leads to 4 and 2 to 3: nothing in the drawing may join them."""
    a, b, c, d = (ip_address(f"10.0.0.{number}") for number in (1, 2, 3, 4))
    nodes = tuple(
        PathNode(ttl=ttl, address=address) for ttl, address in ((1, a), (1, b), (2, c), (2, d))
    )
    links = (PathLink(ttl=1, near=a, far=c), PathLink(ttl=1, near=b, far=d))
    lines = drawn(PathGraph(nodes=nodes, links=links), 44)
    assert lines[1].split() == ["│", "│"]
    crossed = (PathLink(ttl=1, near=a, far=c), PathLink(ttl=1, near=a, far=d), *links[1:])
    lines = drawn(PathGraph(nodes=nodes, links=crossed), 44)
    assert "┼" not in "".join(lines)
