from __future__ import annotations

import asyncio

import pytest

from poros_tui.model.stop import StopKind
from poros_tui.model.verdict.statement import RULES, Topic
from tests.tui.stage import Stage


def lossy(stage: Stage) -> None:
    for number in range(60):
        stage.made.status(round=number)
        stage.made.reply(1, 1.0, "192.168.1.1")
        stage.made.reply(2, 8.0, "203.0.113.1")
        if number % 4:
            stage.made.reached(3, 9.0)
        else:
            stage.made.lose(3)
        stage.now_s += 1
    stage.made.stopped(StopKind.REACHED, ttl=3)
    stage.show()
    stage.pass_second()


@pytest.mark.parametrize("width", [50, 80, 120, 200])
def test_the_verdict_stands_under_the_header_the_most_important_first(width: int) -> None:
    async def act(stage: Stage) -> None:
        async with stage.open(width, 24) as pilot:
            await pilot.pause()
            assert stage.lines()[3] == ""
            lossy(stage)
            await pilot.pause()
            assert stage.lines()[3].startswith(" ! 25 % lost end to end")
            assert len(stage.lines()[3]) <= width

    asyncio.run(act(Stage()))


def test_the_panel_gives_the_reasons_and_shows_whose_part_is_in_trouble() -> None:
    async def act(stage: Stage) -> None:
        async with stage.open(120, 40) as pilot:
            await pilot.press("v")
            await pilot.pause()
            assert "nothing can be said yet" in stage.text()
            lossy(stage)
            await pilot.pause()
            text = stage.text()
            assert "15 of 60, 95 % interval 15.8 to 37.2 %" in text
            assert "your own link ─ the provider ─ the long haul ─ ! the far end" in text

    asyncio.run(act(Stage()))


def test_the_help_has_the_rules() -> None:
    async def act(stage: Stage) -> None:
        async with stage.open(120, 200) as pilot:
            await pilot.press("question_mark")
            await pilot.pause()
            assert "The verdict, and its rules" in stage.text()
            text = " ".join(stage.text().split())
            assert RULES[Topic.LIMITS] in text
            assert RULES[Topic.CALL] in text

    asyncio.run(act(Stage()))
