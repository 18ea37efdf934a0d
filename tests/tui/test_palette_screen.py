from __future__ import annotations

import pytest
from textual import events
from textual.pilot import Pilot

from poros_tui.tui.keys import KEYS
from poros_tui.tui.screens.palette import PaletteScreen
from tests.tui.stage import Stage
from tests.tui.test_app import perform, row_of, three_hops

SIZES = [(50, 16), (80, 24), (120, 40)]


@pytest.mark.parametrize("size", SIZES)
def test_a_few_letters_and_enter_do_it_where_the_user_was(size: tuple[int, int]) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        await pilot.press("ctrl+p", *"pau")
        await pilot.pause()
        assert "Action: pau" in stage.lines()[0]
        assert "▸ pause" in stage.lines()[2]
        await pilot.press("enter")
        await pilot.pause()
        assert stage.app.screen is stage.app.trace
        assert stage.engine.asked == ["pause"]
        assert max(len(line) for line in stage.lines()) <= size[0]

    perform(act, size=size)


@pytest.mark.parametrize("size", SIZES)
def test_every_action_can_be_reached_with_the_arrow_keys(size: tuple[int, int]) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+p")
        await pilot.pause()
        seen = set()
        for _ in KEYS:
            seen.add(next(line.split()[1] for line in stage.lines() if "▸" in line))
            await pilot.press("down")
            await pilot.pause()
        assert seen == {key.name for key in KEYS} - {"palette"}

    perform(act, size=size)


def test_an_action_of_the_app_and_one_that_opens_another_screen_are_done_too() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+p", *"help", "enter")
        await pilot.pause()
        assert "Keys" in stage.text()
        await pilot.press("escape", "ctrl+p", *"sort", "enter")
        await pilot.pause()
        assert "▲Responder" in stage.text() or "Responder▲" in stage.text()

    perform(act)


def test_escape_does_nothing_and_letters_can_be_taken_back() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+p", *"zzz")
        await pilot.pause()
        assert "no action is called so" in stage.text()
        await pilot.press("enter", "backspace", "ctrl+u")
        screen = stage.app.screen
        assert isinstance(screen, PaletteScreen)
        assert len(screen.found) == len(KEYS) - 1
        await pilot.press("escape")
        await pilot.pause()
        assert stage.app.screen is stage.app.trace
        assert stage.engine.asked == []

    perform(act)


def test_a_click_does_what_is_clicked() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        await pilot.press("ctrl+p", *"reset")
        await pilot.pause()
        await pilot.click(offset=(5, row_of(stage, "forget all statistics")))
        await pilot.pause()
        assert stage.engine.asked == ["reset"]

    perform(act)


@pytest.mark.parametrize(
    ("typed", "searched_for", "does"),
    [("pause", "pause", ["pause"]), ("qq", "qq", []), ("paux\x7f", "pau", ["pause"])],
)
def test_what_is_typed_at_once_after_its_key_is_searched_for(
    typed: str, searched_for: str, does: list[str]
) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        await pilot.pause()
        keys = [events.Key("ctrl+p", "\x10")]
        keys += [events.Key("backspace" if c == "\x7f" else c, c) for c in typed]
        for key in keys:  # all of them are read before the first is acted on
            stage.app.post_message(key)
        await stage.settled(pilot)
        assert stage.lines()[0].startswith(f" Action: {searched_for}▏")
        if does:
            stage.app.post_message(events.Key("enter", "\r"))
            await stage.settled(pilot)
            assert stage.engine.asked == does
            assert stage.app.screen is stage.app.trace

    perform(act)
