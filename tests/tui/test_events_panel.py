from __future__ import annotations

import asyncio

from poros_tui.model.events import Event, EventKind
from poros_tui.model.probe import Mode
from tests.tui.stage import Stage


def test_the_log_shows_the_newest_first_and_one_group_on_request() -> None:
    async def act(stage: Stage) -> None:
        async with stage.open(100, 30) as pilot:
            stage.made.reply(1, 5.0)
            stage.show()
            await pilot.press("e")
            await pilot.pause()
            assert "nothing has happened yet" in stage.text()
            stage.now_s += 5
            stage.made.status(mode=Mode.SEQUENTIAL)
            loss = Event(kind=EventKind.LOSS_BEGAN, at_s=stage.now_s + 1, ttl=3, words="4 of 5")
            stage.chronicle.note(loss)
            stage.pass_second()
            await pilot.pause()
            text = stage.text()
            assert text.index("hop 3   loss began: 4 of 5") < text.index("mode changed: from con")
            await pilot.press("F")
            await pilot.pause()
            assert "nothing of this kind (path) has happened yet" in stage.text()
            await pilot.press("F")
            await pilot.pause()
            assert "mode changed" not in stage.text()
            assert "hop 3   loss began" in stage.text()
            await pilot.press(*"FFFF")
            await pilot.pause()
            assert "nothing has happened at hop 1 yet" in stage.text()

    asyncio.run(act(Stage()))


def test_a_panel_can_have_the_whole_screen() -> None:
    async def act(stage: Stage) -> None:
        async with stage.open(80, 24) as pilot:
            stage.made.reply(1, 5.0)
            stage.show()
            await pilot.press("z")
            await pilot.pause()
            assert "no panel is open" in stage.text()
            await pilot.press("e", "z")
            await pilot.pause()
            assert "Responder" not in stage.text()
            await pilot.press("escape")
            await pilot.pause()
            assert "Responder" in stage.text()

    asyncio.run(act(Stage()))


def test_a_panel_has_the_whole_of_a_low_screen() -> None:
    """Below the table it would have no line, and its key seem to do nothing."""

    async def act(stage: Stage) -> None:
        async with stage.open(40, 10) as pilot:
            stage.made.reply(1, 5.0)
            stage.show()
            await pilot.press("v")
            await pilot.pause()
            assert "Responder" not in stage.text()
            assert "too little data" in " ".join(stage.lines()[4:]).lower()
            await pilot.press("v")
            await pilot.pause()
            assert "Responder" in stage.text()

    asyncio.run(act(Stage()))


def test_a_key_of_another_panel_says_whose_it_is() -> None:
    async def act(stage: Stage) -> None:
        async with stage.open(80, 24) as pilot:
            await pilot.press("F")
            await pilot.pause()
            assert "that is for: events (e)" in stage.text()

    asyncio.run(act(Stage()))
