"""The known hour (`tests/engine/known_hour.py`) in log, chart, heat map and older paths.

What the whole hour looks like is compared with what was looked at and found good:
`POROS_RENEW_GOLDEN=1 pytest tests/tui/test_known_hour.py` draws it anew.
"""

from __future__ import annotations

import os

import pytest

from poros_tui.model.events import GROUPS, EventGroup, EventKind
from poros_tui.tui.grid import Grid
from poros_tui.tui.panels.chart import ChartPanel
from poros_tui.tui.panels.events import EventsPanel
from poros_tui.tui.panels.heat_map import HeatMapPanel
from poros_tui.tui.panels.panel import Panel
from poros_tui.tui.panels.paths import PathsPanel
from poros_tui.tui.panels.time_panel import TimePanel
from poros_tui.tui.panels.verdict import VerdictPanel
from poros_tui.tui.scene import Scene
from poros_tui.tui.time_glyphs import EVENT_MARKS, LOST_ALL
from poros_tui.tui.time_window import TimeWindow
from poros_tui.tui.view import TraceView
from tests.engine.known_hour import HAPPENINGS, ROUNDS, Happening, recording
from tests.tui.made_path import identity
from tests.tui.test_golden import GOLDEN

WIDTH, HEIGHT = 160, 22
DESTINATION = 12

pytestmark = pytest.mark.sampled(0)  # the hour takes 15 s to record


def hour(window: TimeWindow | None = None) -> Scene:
    """As it is at the end."""
    chronicle, update = recording()
    view = TraceView(first_hop=1)
    view.apply(update)
    assert chronicle.began_at_s is not None
    return Scene(
        identity=identity(),
        view=view,
        chronicle=chronicle,
        cursor_ttl=DESTINATION,
        now_s=chronicle.began_at_s + ROUNDS,
        window=window or TimeWindow(),
        has_shades_of_colour=False,
    )


def began_s() -> float:
    return recording()[0].began_at_s or 0.0


def at_minute(minutes: int, around_s: float | None = None) -> TimeWindow:
    """A window of so many minutes around a time of the hour."""
    window = TimeWindow()
    times = {"now_s": began_s() + ROUNDS, "began_s": began_s()}
    window.moment_s = None if around_s is None else began_s() + around_s
    while window.span_s(**times) > 60 * minutes:
        window.zoom(-1, **times)
    while window.span_s(**times) < 60 * minutes:
        window.zoom(1, **times)
    window.zoom(0, **times)
    window.moment_s = None
    return window


def drawn(panel: Panel, scene: Scene, height: int = HEIGHT) -> list[str]:
    lines = panel.lines(scene, WIDTH, height)
    return ["".join(text for text, _role in line).rstrip() for line in lines]


@pytest.mark.parametrize(
    ("name", "panel"),
    [
        ("hour-events", EventsPanel()),
        ("hour-chart", ChartPanel()),
        ("hour-heat-map", HeatMapPanel()),
        ("hour-paths", PathsPanel()),
        ("hour-verdict", VerdictPanel()),
    ],
)
def test_the_hour_looks_as_it_was_found_good(name: str, panel: Panel) -> None:
    path = GOLDEN / f"{name}.txt"
    text = "\n".join(drawn(panel, hour(at_minute(60)))) + "\n"
    if os.environ.get("POROS_RENEW_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text()


# To the round: a column of one second each


def grid_of(panel: TimePanel) -> Grid:
    assert panel._grid is not None
    return panel._grid


def marks(panel: TimePanel, scene: Scene) -> dict[int, str]:
    """The letters of the line with events, by the second of the hour in which their column
    begins."""
    lines = drawn(panel, scene)
    pattern = "└" if isinstance(panel, ChartPanel) else "events"
    line = next(line for line in lines if pattern in line)
    grid = grid_of(panel)
    assert grid.step_s <= 1
    gutter = panel.gutter(scene, WIDTH)
    letters = {text for text, _role in EVENT_MARKS.values()}
    return {
        round(grid.start_s(column) - began_s()): cell
        for column, cell in enumerate(line[gutter:])
        if cell in letters
    }


@pytest.mark.parametrize("happening", HAPPENINGS, ids=lambda one: f"{one.kind}-{one.round}")
@pytest.mark.parametrize("kind", [ChartPanel, HeatMapPanel])
def test_every_event_is_marked_in_its_own_round(
    happening: Happening, kind: type[TimePanel]
) -> None:
    found = marks(kind(), hour(at_minute(1, happening.round)))
    letter = EVENT_MARKS[GROUPS[happening.kind]][0]
    near = {
        one.round: EVENT_MARKS[GROUPS[one.kind]][0]
        for one in HAPPENINGS
        if abs(one.round - happening.round) < 60 and one.round in found
    }
    assert found[happening.round] == letter
    assert found == near


def row(panel: HeatMapPanel, scene: Scene, ttl: int) -> dict[int, str]:
    """The cells of a hop in the heat map by the second of the hour."""
    lines = drawn(panel, scene)
    line = next(line for line in lines[panel._rows_from :] if line[1:4].strip() == str(ttl))
    cells = line[panel.gutter(scene, WIDTH) :]
    return {
        round(grid_of(panel).start_s(column) - began_s()): cell for column, cell in enumerate(cells)
    }


def test_the_heat_map_has_a_hole_for_just_the_rounds_that_were_lost() -> None:
    cells = row(HeatMapPanel(), hour(at_minute(1, 2712)), DESTINATION)
    holes = [second for second, cell in cells.items() if cell == LOST_ALL]
    assert {2700, 2724} <= set(holes)
    assert [second for second in holes if 2690 <= second < 2740] == list(range(2700, 2725))


def test_the_heat_map_gets_darker_in_the_round_in_which_the_delay_shifts() -> None:
    cells = row(HeatMapPanel(), hour(at_minute(1, 1500)), DESTINATION)
    before = {cells[second] for second in range(1480, 1500)} - {LOST_ALL}
    since = {cells[second] for second in range(1500, 1520)} - {LOST_ALL}
    assert before.isdisjoint(since)


@pytest.mark.parametrize("ttl", [13, 14])
def test_the_heat_map_shows_the_hops_that_only_the_longer_path_had(ttl: int) -> None:
    cells = row(HeatMapPanel(), hour(at_minute(60)), ttl)
    filled = [second for second, cell in cells.items() if cell != " "]
    assert (min(filled), max(filled)) == (2100, 2550)
    assert all(cells[second] != " " for second in range(2100, 2580, 30))


@pytest.mark.parametrize(("around_s", "last"), [(1000, 12), (2300, 14), (3500, 12)])
def test_the_heat_map_has_no_more_hops_than_the_path_had_in_its_time(
    around_s: int, last: int
) -> None:
    panel = HeatMapPanel()
    drawn(panel, hour(at_minute(2, around_s)))
    assert panel._shown[-1].ttl == last


def test_at_its_end_the_cursor_shows_what_was_beyond_however_low_the_panel_is() -> None:
    panel, scene = HeatMapPanel(), hour(at_minute(60))
    drawn(panel, scene, height=10)
    assert [hop.ttl for hop in panel._shown] == [9, 10, 11, 12, 13, 14]
    drawn(panel, scene, height=6)
    assert 12 in [hop.ttl for hop in panel._shown]


def test_who_answered_beyond_the_end_is_hidden_where_near_hops_are() -> None:
    scene = hour(at_minute(60))
    scene.view.hide(13)
    lines = drawn(HeatMapPanel(), scene)
    told = {line[1:4].strip(): line.split()[1] for line in lines if line[1:4].strip().isdigit()}
    assert (told["13"], told["14"]) == ("hidden", "203.0.113.10")


def test_the_chart_rises_and_has_a_lane_of_losses_in_those_rounds() -> None:
    panel = ChartPanel()
    scene = hour(at_minute(1, 2712))
    lines = drawn(panel, scene)
    lane = next(line for line in lines if line.count(LOST_ALL) > 5)
    grid, gutter = grid_of(panel), panel.gutter(scene, WIDTH)
    seconds = {
        round(grid.start_s(column) - began_s(), 1)
        for column, cell in enumerate(lane[gutter:])
        if cell == LOST_ALL
    }
    assert {int(second) for second in seconds if 2690 <= second < 2740} == set(range(2700, 2725))


def test_the_log_filters_to_each_kind() -> None:
    panel, scene = EventsPanel(), hour()
    counts = {}
    for group in EventGroup:
        panel.do("filter", scene)
        counts[group] = sum(
            one.kind.split()[0] in line
            for line in drawn(panel, scene)[1:]
            for one in HAPPENINGS[:1] + HAPPENINGS[1:2] + HAPPENINGS[3:4]
            if GROUPS[one.kind] is group and line[:2].isdigit()
        )
    assert counts[EventGroup.PATH] == 3
    assert counts[EventGroup.LOSS] == 4
    assert counts[EventGroup.DELAY] == 1
    assert sum(counts.values()) == len(HAPPENINGS)


@pytest.mark.parametrize(("second", "number", "hops"), [(599, 1, 12), (600, 2, 12), (2579, 3, 14)])
def test_the_path_is_that_of_the_moment_that_is_pointed_at(
    second: int, number: int, hops: int
) -> None:
    window = TimeWindow()
    window.moment_s = began_s() + second + 0.5
    lines = drawn(PathsPanel(), hour(window), 40)
    title = next(index for index, line in enumerate(lines) if line.startswith(f"Path {number} "))
    assert sum(line[:4].strip().isdigit() for line in lines[title + 1 :]) == hops


def test_all_kinds_of_the_script_are_there() -> None:
    kinds = [one.kind for one in HAPPENINGS]
    assert kinds.count(EventKind.PATH_CHANGED) == 3
    assert kinds.count(EventKind.LOSS_BEGAN) == kinds.count(EventKind.LOSS_ENDED) == 2
    assert kinds.count(EventKind.DELAY_SHIFTED) == 1
