from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from textual.pilot import Pilot

from poros_tui.model.about import About
from poros_tui.model.multipath import MultipathGraph
from poros_tui.model.naming import Naming
from tests.engine.discovering import discover
from tests.engine.test_neighbour_search import asked_of, by_destination
from tests.lab.tun import load_scenario
from tests.tui.stage import Stage
from tests.tui.test_app import row_of

GRAPH = discover(load_scenario("diamonds-two"), seed=1).graph

Act = Callable[[Stage, Pilot[None]], Awaitable[None]]


def perform(act: Act, size: tuple[int, int] = (120, 70)) -> None:
    async def scenario() -> None:
        stage = Stage()
        async with stage.open(*size) as pilot:
            await act(stage, pilot)

    asyncio.run(scenario())


async def show(graph: MultipathGraph, stage: Stage, pilot: Pilot[None]) -> None:
    """Have it found, and look at it in the whole screen."""
    stage.made.status(graph=graph)
    stage.show()
    await pilot.press("g", "z")
    await pilot.pause()


def test_before_anything_is_known_there_is_nothing_to_draw() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("g")
        assert stage.app.trace.open_panel is None
        assert "nothing is known of the path yet" in stage.text()

    perform(act)


def test_the_diagram_shows_what_is_known_and_how_to_know_more() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.made.reply(1, 5.0)
        stage.made.reached(2, 9.0)
        stage.show()
        await pilot.press("g")
        await pilot.pause()
        assert "of one flow: --flows and --mda find others" in stage.text()
        stage.made.status(is_discovering=True)
        stage.show()
        stage.pass_second()
        await pilot.pause()
        assert "all paths are being looked for" in stage.text()
        await pilot.press("g")
        assert stage.app.trace.open_panel is None

    perform(act)


def test_after_a_change_the_path_of_now_is_drawn() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        for number in range(40):
            stage.made.status(round=number)
            stage.made.reply(1, 5.0)
            stage.made.reply(2, 6.0, "10.0.2.1" if number < 20 else "10.9.2.1")
            stage.made.reached(3, 9.0)
            stage.now_s += 1
        stage.made.status(round=40)
        stage.show()
        await pilot.press("g")
        await pilot.pause()
        stage.pass_second()
        await pilot.pause()
        drawing = stage.lines()[row_of(stage, "All paths") :]
        assert any("10.9.2.1 6.00 ms" in line for line in drawing)
        assert not any("10.0.2.1 6.00 ms" in line for line in drawing)

    perform(act)


def test_the_graph_of_a_discovery_has_its_diamonds_and_its_costs() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.made.reply(1, 5.0)
        await show(GRAPH, stage, pilot)
        text = stage.text()
        assert "┌" in text
        assert "All paths: 14 interfaces" in text
        assert "Theory: " in text
        await pilot.press("enter")
        await pilot.pause()
        assert "All paths" not in stage.text()

    perform(act)


def test_a_node_is_chosen_by_keys_and_by_the_mouse() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.made.reply(1, 5.0)
        await show(GRAPH, stage, pilot)
        assert "hop 1, 10.0.1.1 · flows 1-7" in stage.text()
        await pilot.press("greater_than_sign", "greater_than_sign")
        await pilot.pause()
        assert "hop 3, " in stage.text()
        assert "from 10.0.2.1 (flow" in stage.text()
        lines = stage.lines()
        y = next(y for y, line in enumerate(lines) if line.lstrip(" │").startswith("7 "))
        await pilot.click(offset=(lines[y].index("10.0.7.2") + 1, y))
        await pilot.pause()
        assert "hop 7, 10.0.7.2" in stage.text()

    perform(act)


def test_what_neighbours_showed_stands_below_the_diagram() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.made.reply(1, 5.0)
        await show(asked_of(by_destination(2, seed=1)).graph, stage, pilot)
        text = " ".join(stage.text().split())
        assert "balances by destination over 2 (99.9 % sure): " in text
        assert "neighbours of the destination in 203.0.113.0/24 were asked" in text

    perform(act)


def test_what_others_know_of_the_chosen_node_is_shown_unless_it_is_hidden() -> None:
    node = GRAPH.nodes[0]
    assert node.address is not None
    address = node.address

    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.made.known[address] = About(naming=Naming(name="first.example"))
        stage.made.reply(2, 5.0)
        await show(GRAPH, stage, pilot)
        assert "first.example" in stage.text()
        stage.app.trace.view.hide(1)
        stage.show()
        stage.pass_second()
        await pilot.pause()
        assert "hop 1, " in stage.text()
        assert "first.example" not in stage.text()

    perform(act)
