from __future__ import annotations

import asyncio

from poros_tui.tui.path_lines import path_lines
from poros_tui.tui.spans import line_text, line_width
from tests.engine.discovering import discover
from tests.engine.test_neighbour_search import asked_of, by_destination
from tests.lab.tun import load_scenario
from tests.tui.stage import Stage

GRAPH = discover(load_scenario("diamonds-two"), seed=1).graph


def test_a_key_shows_all_paths_once_they_are_known() -> None:
    async def act(stage: Stage) -> None:
        async with stage.open(100, 40) as pilot:
            stage.made.reply(1, 5.0)
            stage.made.status(is_discovering=True)
            stage.show()
            await pilot.press("g")
            assert "all paths are being looked for" in stage.text()
            stage.made.status(is_discovering=False, graph=GRAPH)
            stage.show()
            await pilot.press("g")
            await pilot.pause()
            assert "All paths: 14 interfaces" in stage.text()
            await pilot.press("enter")
            await pilot.pause()
            assert "All paths" not in stage.text()
            assert "Hop 1" in stage.text()
            await pilot.press("g")
            await pilot.press("g")
            await pilot.pause()
            assert stage.app.trace.open_panel is None

    asyncio.run(act(Stage()))


def test_without_a_discovery_the_key_says_what_finds_them() -> None:
    async def act(stage: Stage) -> None:
        async with stage.open(100, 30) as pilot:
            stage.made.reply(1, 5.0)
            stage.show()
            await pilot.press("g")
            assert "--mda finds all paths" in stage.text()

    asyncio.run(act(Stage()))


def test_what_neighbours_showed_is_in_the_panel() -> None:
    graph = asked_of(by_destination(2, seed=1)).graph
    text = " ".join(line_text(line).strip() for line in path_lines(graph, 60))
    assert "balances by destination over 2 (99.9 % sure): " in text
    assert "neighbours of the destination in 203.0.113.0/24 were asked" in text


def test_long_lines_go_on_below() -> None:
    lines = path_lines(GRAPH, 60)
    assert max(line_width(line) for line in lines) <= 60
    text = "".join(line_text(line) for line in lines)
    assert "Theory: " in text
