"""All times of the screen are in the unit that is wanted, and so is the table that is copied."""

from __future__ import annotations

import asyncio
import re
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.cli.exporting import writers_for
from poros_tui.config import SessionConfig
from poros_tui.model.events import Event, EventKind
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.palette import PLAIN
from poros_tui.tui.table_look import TableLook
from tests.tui.fleet_stage import FleetStage
from tests.tui.stage import Stage
from tests.tui.time_story import play_story

MILLISECONDS: Final = re.compile(r"[\d.]+ ms\b|\bin ms\b|\bRTT ms\b|\bms over|milliseconds")
VIEWS: Final = {
    "table": (),
    "verdict": ("v", "z"),
    "details": ("enter", "z"),
    "chart": ("c", "z"),
    "chart-pointed-at": ("c", "z", *(["left"] * 40)),
    "heat-map": ("h", "z"),
    "heat-map-pointed-at": ("h", "z", *(["left"] * 40)),
    "events": ("e", "z"),
    "paths": ("P", "z"),
    "all-paths": ("g", "z"),
}


def look(unit: TimeUnit) -> TableLook:
    return TableLook(unit=unit)


async def shown(unit: TimeUnit, keys: tuple[str, ...], size: tuple[int, int]) -> str:
    stage = Stage(look=look(unit), palette=PLAIN)
    async with stage.open(*size) as pilot:
        play_story(stage)
        await pilot.pause()
        await pilot.press("end", *keys)
        return await stage.settled(pilot)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", VIEWS)
def test_no_view_tells_milliseconds_where_another_unit_is_wanted(name: str) -> None:
    keys = VIEWS[name]
    told = asyncio.run(shown(TimeUnit.MS, keys, (120, 50)))
    assert MILLISECONDS.search(told)  # what is looked for is there
    for unit, size in ((TimeUnit.US, (120, 50)), (TimeUnit.S, (80, 24))):
        text = asyncio.run(shown(unit, keys, size))
        assert MILLISECONDS.findall(text) == []
        assert re.search(rf"\d {unit.sign}\b", text)
        assert all(len(line) <= size[0] for line in text.splitlines())


def test_a_unit_that_is_chosen_later_is_that_of_all_at_once() -> None:
    async def act() -> None:
        stage = Stage(palette=PLAIN)
        async with stage.open(120, 40) as pilot:
            play_story(stage)
            await pilot.press("end", "h")
            await pilot.pause()
            settings = stage.app.present_settings()
            stage.app.apply_settings(msgspec.structs.replace(settings, look=look(TimeUnit.US)))
            assert MILLISECONDS.findall(await stage.settled(pilot)) == []
            assert stage.engine.asked_fleet[-1] == "tell in us"

    asyncio.run(act())


@pytest.mark.parametrize("kind", ["text", "markdown"])
def test_a_copy_of_the_table_has_the_unit_too(kind: str) -> None:
    async def act() -> None:
        stage = Stage(look=look(TimeUnit.US), writers=writers_for(SessionConfig()))
        async with stage.open(120, 40) as pilot:
            play_story(stage)
            await pilot.press("Y" if kind == "text" else "ctrl+y")
            await pilot.pause()
            copied = stage.app.clipboard
            assert ("times in µs" if kind == "text" else "times in microseconds") in copied
            assert MILLISECONDS.findall(copied) == []
            destination = stage.app.trace.view.destination
            assert destination is not None
            assert destination.rtt.best_s is not None
            assert f"{destination.rtt.best_s * 1e6:.0f}" in copied

    asyncio.run(act())


def test_the_overview_has_the_unit() -> None:
    async def act() -> None:
        stage = FleetStage("a.example", "b.example")
        async with stage.open(160, 24) as pilot:
            targets = stage.app.targets
            present = targets.settings("dark")
            targets.choose(msgspec.structs.replace(present, look=look(TimeUnit.US)))
            for made in stage.made.values():
                made.path.reply(1, 5.0)
                made.path.reached(2, 12.345)
            stage.tell_all()
            await pilot.pause()
            assert "12345" in stage.text()
            assert "12.3" not in stage.text()
            assert stage.engine.asked_fleet[-1] == "tell in us"

    asyncio.run(act())


def test_the_figures_are_as_fine_in_every_unit() -> None:
    for seconds, texts in (
        (0.000045, ("0.045 ms", "45 µs", "0.000045 s")),
        (0.00193, ("1.93 ms", "1930 µs", "0.00193 s")),
        (0.0979, ("97.9 ms", "97900 µs", "0.0979 s")),
        (1.5, ("1500 ms", "1500000 µs", "1.500 s")),
    ):
        assert tuple(unit.text(seconds) for unit in TimeUnit) == texts


@given(st.floats(1e-6, 60), st.floats(1e-6, 60))
def test_an_event_tells_its_times_in_any_unit(before_s: float, after_s: float) -> None:
    where = " at hop 6 (medians of 60 rounds before and 60 since, p = 2e-09)"
    event = Event(
        kind=EventKind.DELAY_SHIFTED,
        at_s=0.0,
        words=TimeUnit.MS.shift(before_s, after_s) + where,
        shift_s=(before_s, after_s),
    )
    assert event.words_in(TimeUnit.MS) == event.words
    for unit in (TimeUnit.US, TimeUnit.S):
        was, arrow, is_, sign, rest = event.words_in(unit).split(" ", 4)
        assert (arrow, sign, f" {rest}") == ("→", unit.sign, where)
        assert float(was) / unit.per_second == pytest.approx(before_s, abs=0.51e-4)
        assert float(is_) / unit.per_second == pytest.approx(after_s, abs=0.51e-4)
