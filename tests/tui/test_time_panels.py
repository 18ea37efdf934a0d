"""Chart and heat map on the whole screen: keys, mouse, sizes, and what they show when."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from poros_tui.model.events import Event, EventKind
from poros_tui.tui.palette import DARK, PLAIN, Palette
from poros_tui.tui.panels.time_panel import TimePanel
from poros_tui.tui.spans import line_width
from poros_tui.tui.time_glyphs import LOST_ALL
from poros_tui.tui.widgets.panel_view import PanelView
from tests.tui.stage import STARTED_AT_S, Stage
from tests.tui.time_story import (
    DELAY_SHIFTED_S,
    HOPS,
    LENGTH_S,
    LOSS_BEGAN_S,
    LOSS_ENDED_S,
    PATH_CHANGED_S,
    play_story,
)

Act = Callable[[Stage, Pilot[None]], Awaitable[None]]
BEGAN_S = 1000.0
"""The stage's own."""


def perform(
    act: Act,
    *keys: str,
    size: tuple[int, int] = (120, 40),
    seconds: int = LENGTH_S,
    palette: Palette = DARK,
) -> None:
    async def scenario() -> None:
        stage = Stage(palette=palette)
        async with stage.open(*size) as pilot:
            if seconds:
                play_story(stage, seconds)
            await press(pilot, "end", *keys)
            await act(stage, pilot)

    asyncio.run(scenario())


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()
    await pilot.pause()


def view(stage: Stage) -> PanelView:
    return stage.app.trace.query_one(PanelView)


def panel(stage: Stage) -> TimePanel:
    found = view(stage).open_panel
    assert isinstance(found, TimePanel)
    return found


def top(stage: Stage) -> int:
    """The line of the screen on which the panel begins."""
    return view(stage)._text.region.y


def panel_lines(stage: Stage) -> list[str]:
    text = view(stage)._text.region
    return [line[text.x :] for line in stage.lines()[text.y : text.y + text.height]]


def column_at(stage: Stage, second: float) -> int:
    """The column of the screen in which a second of the story is drawn."""
    grid = panel(stage)._grid
    assert grid is not None
    column = grid.column(BEGAN_S + second)
    assert column is not None
    scene = stage.app.trace.scene()
    width = view(stage)._text.size.width
    return view(stage)._text.region.x + panel(stage).gutter(scene, width) + column


def row_of(stage: Stage, pattern: str) -> int:
    return next(y for y, line in enumerate(stage.lines()) if re.search(pattern, line))


# What is shown when


def test_the_heat_map_shows_each_change_at_its_column_and_its_hops() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        lines = stage.lines()
        rows = {
            ttl: row_of(stage, rf"^ [ ▸]{ttl:>3}[ ◆] .*[░▒▓█·%]{{9}}") for ttl in range(1, HOPS + 1)
        }
        grid = panel(stage)._grid
        assert grid is not None
        for second, before, after, first_hop in (
            (PATH_CHANGED_S, "░", "▒", 4),
            (DELAY_SHIFTED_S, "▒", "▓", 5),
            (LOSS_BEGAN_S, "▓", "%", 7),
            (LOSS_ENDED_S + grid.step_s, "%", "▓", 7),
        ):
            column = column_at(stage, second)
            changed = [
                ttl
                for ttl, row in rows.items()
                if (lines[row][column - 2], lines[row][column + 1]) == (before, after)
            ]
            assert changed == list(range(first_hop, HOPS + 1)), second

    perform(act, "h", palette=PLAIN)


@pytest.mark.parametrize("key", ["c", "h"])
def test_every_event_has_its_mark_at_its_time(key: str) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        pattern = "└" if key == "c" else "events  "
        line = stage.lines()[row_of(stage, pattern)]
        found = {letter: [x for x, each in enumerate(line) if each == letter] for letter in "NPLDU"}
        assert found == {
            "N": [],
            "P": [column_at(stage, PATH_CHANGED_S)],
            "L": [column_at(stage, second) for second in (LOSS_BEGAN_S, LOSS_ENDED_S)],
            "D": [column_at(stage, DELAY_SHIFTED_S)],
            "U": [],
        }
        paused = Event(kind=EventKind.PAUSED, at_s=stage.now_s, words="nothing is sent")
        stage.chronicle.note(paused)
        stage.pass_second()
        await pilot.pause()
        line = stage.lines()[row_of(stage, pattern)]
        assert line[column_at(stage, LENGTH_S)] == "U"

    perform(act, key)


def test_the_chart_steps_up_where_the_delay_did_and_marks_losses_below() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        lines = stage.lines()
        lane = lines[row_of(stage, r"^ +lost ")]
        lost = [x for x, sign in enumerate(lane) if sign in "▁▂▃▄▅▆▇"]
        assert lost == list(
            range(column_at(stage, LOSS_BEGAN_S), column_at(stage, LOSS_ENDED_S - 1) + 1)
        )
        high = lines[row_of(stage, r"^ +100 ┤") + 1]
        step = next(x for x, sign in enumerate(high) if 0x2801 <= ord(sign) <= 0x28FF)
        assert abs(step - column_at(stage, DELAY_SHIFTED_S)) <= 1

    perform(act, "c")


def test_the_chart_follows_the_cursor_and_keeps_what_is_pinned() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        assert "Hop 8  203.0.113.80" in stage.text()
        await press(pilot, "k")
        assert "Hop 7  10.1.7.1" in stage.text()
        await press(pilot, "i", "k", "k")
        assert "Hop 5 7" in stage.text()
        assert "lost 7" in stage.text()
        await press(pilot, "j", "j", "i", "k")
        assert "Hop 6  10.1.6.1" in stage.text()

    perform(act, "c")


def test_no_more_hops_are_pinned_than_there_are_colours() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        for _ in range(5):
            await press(pilot, "i", "k")
        await press(pilot, "j")
        assert "4 hops are pinned already; i on one of them lets it go" in stage.text()
        assert "Hop 4 8 7 6 5" in stage.text()

    perform(act, "c")


def test_the_axis_is_fitted_or_from_zero_and_says_so() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        assert re.search(r"^ +fitted", "\n".join(panel_lines(stage)), re.MULTILINE)
        await press(pilot, "A")
        assert "the axis is from zero" in stage.lines()[-1]
        text = "\n".join(panel_lines(stage))
        assert re.search(r"^ +from 0", text, re.MULTILINE)
        assert re.search(r"^ +0 ┤", text, re.MULTILINE)

    perform(act, "c")


def test_the_heat_map_shows_added_delay_or_the_whole_round_trip_and_says_so() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        assert "Added delay" in panel_lines(stage)[0]
        assert "ms over its own best" in panel_lines(stage)[1]
        row = stage.lines()[row_of(stage, "   6  10.1.6.1 .*▓")]
        await press(pilot, "A")
        assert "RTT" in panel_lines(stage)[0]
        assert "whole round trip" in stage.lines()[-1]
        assert stage.lines()[row_of(stage, "   6  10.1.6.1 .*▓▓")] != row

    perform(act, "h", palette=PLAIN)


# Zoom and scroll, the same for both


def test_both_panels_share_zoom_place_and_moment() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(pilot, "[", "[", "comma", "left")
        heading = panel_lines(stage)[0]
        words = re.search(r"PAST .*", heading)
        assert words is not None
        reading = panel_lines(stage)[1].strip().split(",")[0]
        await press(pilot, "h")
        assert " 1 s a column" in panel_lines(stage)[0]
        assert "PAST" in panel_lines(stage)[0]
        assert panel_lines(stage)[1].strip().split(",")[0] == reading

    perform(act, "c")


@pytest.mark.parametrize("key", ["c", "h"])
def test_zoom_scroll_and_back_to_now(key: str) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        spans = []
        for _ in range(4):
            await press(pilot, "]")
            spans.append(re.search(r"([\d.]+ (?:s|min|h)) · \S+ \S+ a column", stage.text())[1])
        assert "this is the longest time" in stage.lines()[-1]
        assert len(set(spans)) == 3
        await press(pilot, *["["] * 5)
        await press(pilot, "[")
        assert "this is the shortest time" in stage.lines()[-1]
        assert "PAST" not in stage.text()
        await press(pilot, "greater_than_sign")
        assert "this is the present" in stage.lines()[-1]
        await press(pilot, "less_than_sign")
        assert "PAST  0: now" in stage.text()
        before = panel_lines(stage)
        for _ in range(90):
            stage.now_s += 1
            stage.made.reached(8, 300.0)
        stage.show()
        stage.app.trace.tick()
        await pilot.pause()
        assert panel_lines(stage) == before
        await press(pilot, "0")
        assert "PAST" not in stage.text()
        assert panel_lines(stage) != before

    perform(act, key)


def test_a_time_key_without_a_panel_says_whose_it_is() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(pilot, "[")
        assert "that is for: chart (c), heat map (h)" in stage.text()

    perform(act, seconds=3)


def test_the_picture_stands_still_for_most_seconds() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        changed = 0
        before = panel_lines(stage)
        for _ in range(60):
            stage.made.reached(8, 97.0)
            stage.show()
            stage.pass_second()
            await pilot.pause()
            after = panel_lines(stage)
            cells = sum(
                one != other
                for line, earlier in zip(after, before, strict=True)
                for one, other in zip(line.ljust(120), earlier.ljust(120), strict=True)
            )
            changed += cells > 20
            before = after
        assert changed <= 3

    perform(act, "h")


# Pointing


def test_a_click_on_the_chart_tells_time_figures_and_events() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        x = column_at(stage, LOSS_BEGAN_S)
        await pilot.click(offset=(x, top(stage) + 5))
        await pilot.pause()
        reading = panel_lines(stage)[1]
        grid = panel(stage)._grid
        assert grid is not None
        start_s = STARTED_AT_S + grid.start_s(grid.column(BEGAN_S + LOSS_BEGAN_S) or 0)
        hours, rest = divmod(int(start_s) % 86_400, 3600)
        assert f"{hours:02}:{rest // 60:02}:{rest % 60:02}, 10 s · hop 8: 9" in reading
        assert " of 10 lost" in reading
        assert "hop 7 loss began: 5 of 6 lost" in reading
        assert stage.lines()[row_of(stage, "└")][x] == "L"
        await pilot.click(offset=(x, top(stage) + 5))
        await pilot.pause()
        assert "10-90 % · " in panel_lines(stage)[1]

    perform(act, "c")


def test_a_column_that_has_not_come_yet_is_told_as_such() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(pilot, "[", "[", "[")
        grid = panel(stage)._grid
        assert grid is not None
        assert grid.start_s(grid.count - 1) > stage.now_s
        await pilot.click(offset=(stage.app.size.width - 2, top(stage) + 5))
        await pilot.pause()
        assert "this time has not come yet" in panel_lines(stage)[1]
        assert "nothing was asked" not in panel_lines(stage)[1]

    perform(act, "c", seconds=30)


def test_a_click_on_the_heat_map_tells_of_the_hop_under_the_mouse() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        x = column_at(stage, DELAY_SHIFTED_S + 20)
        await pilot.click(offset=(x, row_of(stage, r"^ .. {1,3}5  10.1.5.1 +1.\.")))
        await pilot.pause()
        assert "hop 5: 38." in panel_lines(stage)[1]
        assert re.search(r"\+2[23]\.\d ms over its best", panel_lines(stage)[1])
        # The same time of another hop is no second click.
        await pilot.click(offset=(x, row_of(stage, r"^ .. {1,3}2  10.0.2.1 +6\.")))
        await pilot.pause()
        assert "hop 2: 6." in panel_lines(stage)[1]
        assert "lost" in panel_lines(stage)[1]
        await press(pilot, "k")
        assert "hop 7: 9" in panel_lines(stage)[1]

    perform(act, "h")


def test_what_does_not_fit_into_the_panel_is_told_in_the_notice() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        x = column_at(stage, PATH_CHANGED_S)
        await pilot.click(offset=(x, top(stage) + 3))
        await pilot.pause()
        notice = " ".join(line.strip() for line in stage.lines()[-3:])
        assert "path changed: hops 4 to 7: 10.0.4.1, 10.0.5.1, 10.0.6.1" in notice
        assert "10.1.7.1" in notice

    perform(act, "c", size=(80, 24))


def test_arrows_point_at_columns_from_the_present_back() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(pilot, "left")
        assert stage.lines()[row_of(stage, "└")][column_at(stage, LENGTH_S)] == "▲"
        await press(pilot, "left", "left", "right", "right", "right")
        assert stage.lines()[row_of(stage, "└")][column_at(stage, LENGTH_S)] == "▲"
        await press(pilot, "0")
        assert "▲" not in stage.lines()[row_of(stage, "└")]

    perform(act, "c")


@pytest.mark.parametrize("key", ["c", "h"])
def test_a_click_beside_the_columns_does_nothing(key: str) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        before = stage.text()
        await pilot.click(offset=(3, top(stage) + 4))
        await pilot.pause()
        assert stage.text() == before

    perform(act, key)


# Sizes and the unusual


@pytest.mark.sampled(5)
@pytest.mark.parametrize("height", [16, 24, 60])
@pytest.mark.parametrize("width", [50, 80, 120, 200, 250])
def test_every_size_is_filled_and_never_exceeded(width: int, height: int) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        for keys in (("c",), ("i", "k", "left"), ("z",), ("z", "h"), ("z",), ("0", "A"), ("]",)):
            await press(pilot, *keys)
            lines = view(stage)._text.lines
            room = view(stage).scrollable_content_region.size
            assert len(lines) == room.height
            assert max(line_width(line) for line in lines) <= room.width
            assert len(stage.lines()) == height
            heading = panel_lines(stage)[0]
            assert re.search(r"\d (s|min|h)\b", heading), heading

    perform(act, size=(width, height), seconds=90)


@pytest.mark.parametrize("size", [(30, 10), (20, 8), (10, 4)])
@pytest.mark.parametrize("key", ["c", "h"])
def test_a_terminal_that_is_too_small_is_no_error(key: str, size: tuple[int, int]) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(pilot, "left", "z")
        assert len(stage.lines()) == size[1]

    perform(act, key, size=size, seconds=5)


def test_thirty_hops_show_those_around_the_cursor() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        for ttl in range(1, 31):
            stage.made.reply(ttl, 3.0 * ttl)
        stage.show()
        await press(pilot, "end", "h")
        assert "hops 26-30 of 30" in stage.text()
        await press(pilot, "home")
        assert "hops 1-5 of 30" in stage.text()
        await press(pilot, *["down"] * 8)
        assert "hops 5-9 of 30" in stage.text()

    perform(act, size=(80, 24), seconds=0)


@pytest.mark.parametrize(("key", "words"), [("c", "no hop is known yet"), ("h", "no hop is")])
def test_before_there_is_a_hop_there_is_nothing_to_open(key: str, words: str) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        assert words in stage.lines()[-1]

    perform(act, key, seconds=0)


@pytest.mark.parametrize("key", ["c", "h"])
def test_a_reset_leaves_the_past_on_the_axis(key: str) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.made.status(generation=1)
        stage.show()
        stage.pass_second()
        await pilot.pause()
        stage.made.reached(8, 97.0)
        stage.show()
        stage.pass_second()
        await pilot.pause()
        await press(pilot, "end")
        pattern = "└" if key == "c" else "events  "
        assert stage.lines()[row_of(stage, pattern)][column_at(stage, DELAY_SHIFTED_S)] == "D"
        assert stage.lines()[row_of(stage, pattern)][column_at(stage, LENGTH_S)] == "U"

    perform(act, key)


def test_a_silent_hop_has_a_chart_of_losses_alone() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(pilot, *["k"] * 5)
        assert "Hop 3  no reply" in stage.text()
        assert "nothing was answered in this time" in stage.text()
        assert LOST_ALL * 30 in stage.lines()[row_of(stage, r"^ +lost ")]

    perform(act, "c")


def test_a_stepped_wall_clock_does_not_move_the_picture() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        before = panel_lines(stage)[2:]
        stage.app.trace._wall_clock = lambda: STARTED_AT_S + stage.now_s + 7200
        stage.app.trace.tick()
        await pilot.pause()
        assert panel_lines(stage)[2:] == before
        assert math.isclose(stage.app.trace.scene().now_s, stage.now_s)

    perform(act, "c")
