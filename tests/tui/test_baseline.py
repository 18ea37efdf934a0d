from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from textual.pilot import Pilot

from poros_tui.model.column import Column
from poros_tui.tui.sorting import Order
from tests.tui.stage import Stage

Act = Callable[[Stage, Pilot[None]], Awaitable[None]]


def perform(act: Act) -> Stage:
    stage = Stage()

    async def scenario() -> None:
        async with stage.open(120, 24) as pilot:
            for _ in range(4):
                stage.made.reply(1, 5.0)
                stage.made.reply(2, 30.0)
                stage.made.reached(3, 40.0)
            stage.show()
            await act(stage, pilot)

    asyncio.run(scenario())
    return stage


async def mark(stage: Stage, pilot: Pilot[None]) -> None:
    await pilot.press("b")
    stage.made.status(baseline=1)
    stage.show()


def row(stage: Stage, word: str) -> str:
    return next(line for line in stage.lines() if word in line)


def test_after_the_mark_columns_show_what_has_changed() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await mark(stage, pilot)
        for _ in range(4):
            stage.made.reply(1, 5.0)
            stage.made.reply(2, 55.5)
            stage.made.lose(3)
        stage.show()
        await pilot.pause()
        assert "± milliseconds since the mark" in stage.text()
        assert row(stage, "10.0.2.1").split()[2:7] == ["0.0", "4", "+25.5", "+25.5", "+25.5"]
        assert row(stage, "3◆").split()[2:5] == ["+100.0", "4", "·"]
        assert row(stage, "10.0.1.1").split()[2:5] == ["0.0", "4", "0.0"]

    assert perform(act).engine.asked == ["baseline"]


def test_d_shows_figures_of_all_time_again_and_capital_b_takes_the_mark_away() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await mark(stage, pilot)
        await pilot.press("d")
        await pilot.pause()
        assert " 30.0 " in row(stage, "10.0.2.1")
        await pilot.press("d")
        assert stage.table.is_difference
        await pilot.press("B")
        assert not stage.table.is_difference
        stage.made.status(baseline=None)
        stage.show()
        await pilot.press("d")
        await pilot.pause()
        assert "b sets the mark" in stage.text()

    assert perform(act).engine.asked == ["baseline", "no baseline"]


def test_rows_are_sorted_by_what_has_changed() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await mark(stage, pilot)
        stage.made.reply(1, 15.0)
        stage.made.reply(2, 31.0)
        stage.made.reached(3, 45.0)
        stage.show()
        stage.table.sort_by(Order(Column.AVERAGE, descending=True))
        assert stage.table.ttls == (1, 3, 2)

    perform(act)


def test_the_panel_tells_before_and_since() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await mark(stage, pilot)
        stage.made.reply(1, 15.0)
        stage.made.lose(1)
        stage.show()
        await pilot.press("enter")
        await pilot.pause()
        assert "the mark 2 probes · loss 0.0 → 50.0 % · average 5.00 → 15.0" in stage.text()

    perform(act)


def test_a_reset_takes_the_mark_away() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await mark(stage, pilot)
        assert stage.table.is_difference
        stage.made.status(generation=1, baseline=None)
        stage.show()
        assert not stage.table.is_difference

    perform(act)
