from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from poros_tui.errors import CannotRun
from poros_tui.model.column import Column
from poros_tui.model.probe import Mode, Protocol
from poros_tui.model.session import Shape, Way
from poros_tui.tui.column_list import ALWAYS_SHOWN, ColumnList
from poros_tui.tui.columns import DEFAULT_COLUMNS, KINDS
from poros_tui.tui.palette import PLAIN
from poros_tui.tui.settings import INTERVALS_S, Setting, Settings, next_interval_s
from poros_tui.tui.settings_lines import settings_lines
from poros_tui.tui.spans import line_text
from poros_tui.tui.table_look import DEFAULT_LOOK, HeightScale, TimeUnit
from tests.tui.stage import Stage
from tests.tui.test_app import perform, row_of

SIZES = [(50, 16), (80, 24), (120, 40)]
PRESENT = Settings(
    protocol=Protocol.ICMP,
    mode=Mode.CONCURRENT,
    interval_s=1.0,
    theme="dark",
    look=DEFAULT_LOOK,
    shape=Shape(size=512, port=80),
)


@pytest.mark.parametrize("setting", [one for one in Setting if one is not Setting.COLUMNS])
def test_there_and_back_again_is_nothing_changed(setting: Setting) -> None:
    for by in (1, -1):
        other = PRESENT.stepped(setting, by)
        assert other.changed_from(PRESENT) == (setting,)
        assert other.stepped(setting, -by) == PRESENT


@pytest.mark.parametrize("width", [50, 80, 120])
def test_columns_are_named_whole(width: int) -> None:
    rows = [line_text(line).rstrip() for line in settings_lines(PRESENT, (), Setting.MODE, width)]
    (row,) = (row for row in rows if "Columns" in row)
    names = set(KINDS)
    words = row.removesuffix(Setting.COLUMNS.meaning).split()[1:]
    assert set(words) - {"…"} <= names
    shown = [word for word in words if word != "…"]
    assert shown == list(DEFAULT_COLUMNS[: len(shown)])
    assert ("…" in words) == (len(shown) < len(DEFAULT_COLUMNS))


def test_home_and_end_go_to_the_first_and_the_last() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("C", "end")
        await pilot.pause()
        assert stage.lines()[row_of(stage, "Responders")].startswith(" ▸ Responders")
        await pilot.press("home")
        await pilot.pause()
        assert stage.lines()[row_of(stage, "Protocol")].startswith(" ▸ Protocol")

    perform(act)


def test_colours_that_are_off_stay_off() -> None:
    plain = msgspec.structs.replace(PRESENT, theme=PLAIN.name)
    assert plain.stepped(Setting.THEME, 1) == plain


@given(st.floats(0.05, 4000))
def test_intervals_are_the_nearest_on_that_side(interval_s: float) -> None:
    longer, shorter = next_interval_s(interval_s, 1), next_interval_s(interval_s, -1)
    assert {longer, shorter} <= set(INTERVALS_S)
    assert longer > interval_s or longer == INTERVALS_S[-1]
    assert shorter < interval_s or shorter == INTERVALS_S[0]
    assert not [step for step in INTERVALS_S if shorter < step < longer and step != interval_s]


def test_what_goes_into_the_file_leaves_nothing_that_excludes_it() -> None:
    changed = PRESENT.stepped(Setting.PROTOCOL, 1).stepped(Setting.MODE, 1)
    options = changed.for_file((Setting.PROTOCOL, Setting.MODE))
    true = [name for name, value in options.items() if value is True]
    assert true == [changed.protocol.value, changed.mode.value]
    assert {"icmp", "udp", "tcp", "sequential", "adaptive", "thrifty"} == set(options)
    assert set(PRESENT.for_file((Setting.MODE,)).values()) == {None}
    assert PRESENT.for_file((Setting.INTERVAL, Setting.UNITS)) == {"interval": 1.0, "units": "ms"}
    assert PRESENT.for_file(()) == {}


def test_a_port_goes_into_the_file_with_a_protocol_that_has_some() -> None:
    udp = msgspec.structs.replace(PRESENT, protocol=Protocol.UDP)
    assert udp.for_file((Setting.PORT,)) == {"icmp": None, "udp": True, "tcp": None, "port": 80}
    assert PRESENT.for_file((Setting.PORT,)) == {}
    assert PRESENT.for_file((Setting.PROTOCOL,))["port"] is None
    assert PRESENT.for_file((Setting.SIZE,)) == {"size": 512}


def test_sizes_and_ports_go_down_to_what_is_usual() -> None:
    least = PRESENT.with_number(Setting.SIZE, 64).stepped(Setting.SIZE, -1)
    assert least.shape == Shape(size=None, port=80)
    assert least.shown(Setting.SIZE) == "usual"
    assert least.stepped(Setting.SIZE, -1) == least
    most = PRESENT.with_number(Setting.PORT, 60000)
    assert most.stepped(Setting.PORT, 1) == most
    assert PRESENT.with_number(Setting.PORT, 100).stepped(Setting.PORT, 1).shape.port == 123


def test_a_size_and_a_port_can_be_typed() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        way = Way(protocol=Protocol.UDP, privilege="user", rung="UDP error queue")
        stage.made.status(way=way)
        stage.show()
        await pilot.press("C")
        await choose(pilot, Setting.SIZE)
        await pilot.press("enter", *"12x", "enter")
        await pilot.pause()
        assert "'12x' is no whole number, nor 'usual'" in stage.text()
        await pilot.press("backspace", "0", "0", "enter")
        await pilot.pause()
        assert stage.engine.asked == ["size 1200 port None"]
        stage.made.status(way=msgspec.structs.replace(way, shape=Shape(size=1200)))
        stage.show()
        await choose(pilot, Setting.PORT)
        await pilot.press("enter", *"443", "enter", "enter", *"usual", "enter")
        assert stage.engine.asked[1:] == ["size 1200 port 443"]  # it has none yet
        await pilot.press("up", "down")
        await pilot.pause()
        assert "1200 bytes" in stage.text()
        await pilot.press("enter", "7", "escape")
        await pilot.pause()
        assert stage.engine.asked[2:] == []
        assert "w save" in stage.lines()[-1]

    perform(act)


def test_without_ports_none_is_chosen_and_the_session_says_why() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("C")
        await choose(pilot, Setting.PORT)
        await pilot.press("right")
        await pilot.pause()
        assert "--port is for UDP and TCP probes" in stage.text()
        assert stage.engine.asked == []

    perform(act)


STEPS = st.lists(
    st.one_of(
        st.integers(-20, 20).map(lambda rows: lambda one: one.moved(rows)),
        st.integers(-20, 20).map(lambda rows: lambda one: one.shifted(rows)),
        st.just(lambda one: one.toggled()),
    ),
    max_size=20,
)


@given(STEPS)
def test_no_column_is_lost_in_the_list_and_two_always_stay(steps: list[Any]) -> None:
    columns = ColumnList.of(DEFAULT_COLUMNS)
    for step in steps:
        columns = step(columns)
        assert sorted(columns.columns, key=list(KINDS).index) == list(KINDS)
        assert set(columns.chosen) >= set(ALWAYS_SHOWN)
        assert set(columns.chosen) == columns.shown
        assert 0 <= columns.place < len(KINDS)


def test_a_column_that_is_moved_takes_the_cursor_along() -> None:
    columns = ColumnList.of(DEFAULT_COLUMNS).at(4).shifted(-2)
    assert columns.here is Column.LAST
    assert columns.chosen[2] is Column.LAST


async def choose(pilot: Pilot[None], setting: Setting) -> None:
    await pilot.press(*["up"] * len(Setting), *["down"] * list(Setting).index(setting))
    await pilot.pause()


@pytest.mark.parametrize("size", SIZES)
def test_settings_are_applied_as_they_are_chosen(size: tuple[int, int]) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.play_realistic(5)
        await pilot.press("C")
        await pilot.pause()
        for setting in Setting:
            assert setting.value in stage.text()
        await pilot.press("right")
        stage.made.status(
            way=Way(protocol=Protocol.UDP, privilege="raw", rung="raw socket"),
        )
        stage.show()
        await pilot.press(*["down", "right"] * 5)
        assert stage.engine.asked == [
            "protocol udp",
            "mode sequential",
            "interval 2",
            "size 64 port None",
            "size None port 22",
        ]
        assert stage.app.palette.name == "light"
        await pilot.press("down", "right", "down", "left")
        await pilot.pause()
        assert stage.table.look.unit is TimeUnit.US
        assert stage.table.look.height is HeightScale.LOG
        assert "2 s" in stage.text()
        assert "microseconds" in stage.text()
        assert max(len(line) for line in stage.lines()) <= size[0]
        await pilot.press("escape")
        await pilot.pause()
        assert stage.app.screen is stage.app.trace

    perform(act, size=size)


@pytest.mark.parametrize("size", SIZES)
def test_columns_are_chosen_and_moved_in_a_list(size: tuple[int, int]) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.play_realistic(5)
        await pilot.press("C")
        await choose(pilot, Setting.COLUMNS)
        await pilot.press("enter", "down", "down", "space")  # no loss
        await pilot.press("down", "down", "less_than_sign")  # last before sent
        await pilot.press("up", "up", "space")  # hop and responder stay
        await pilot.pause()
        assert stage.table.look.columns[:4] == (
            Column.HOP,
            Column.RESPONDER,
            Column.LAST,
            Column.SENT,
        )
        assert Column.LOSS not in stage.table.look.columns
        assert "[ ] loss" in stage.text()
        await pilot.press("end", *["down"] * len(KINDS), "space", *["shift+up"] * 20)
        assert stage.table.look.columns[0] is Column.PLACE
        await pilot.press("escape", "escape")
        await pilot.pause()
        assert stage.app.screen is stage.app.trace
        assert stage.lines()[5].split()[0] == "Place"

    perform(act, size=size)


def test_the_table_as_it_looks_now_is_shown_below_where_there_is_room() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.play_realistic(5)
        await pilot.press("C")
        await pilot.pause()
        assert "203.0.113.80" in stage.text()

    perform(act)


def test_what_was_changed_is_saved_and_what_was_not_is_not() -> None:
    saved: list[Mapping[str, object]] = []

    def save(options: Mapping[str, object]) -> str:
        saved.append(options)
        return "/home/me/config.toml"

    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("C", "w")
        await pilot.pause()
        assert "nothing is to be saved" in stage.text()
        await choose(pilot, Setting.INTERVAL)
        await pilot.press("right", "w")
        await pilot.pause()
        assert "saved in /home/me/config.toml: interval" in stage.text()
        assert saved == [{"interval": 2.0}]
        await choose(pilot, Setting.UNITS)
        await pilot.press("right")
        await pilot.pause()
        assert "* microseconds" in " ".join(stage.text().split()).replace("◂ ", "")
        await pilot.press("w")
        assert saved[1:] == [{"units": "us"}]

    perform(act, Stage(save=save))


def test_what_cannot_be_saved_is_told() -> None:
    def save(_options: Mapping[str, object]) -> str:
        raise CannotRun("cannot write /x: permission denied", "nothing was saved")

    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("C")
        await choose(pilot, Setting.SCALE)
        await pilot.press("right", "w")
        await pilot.pause()
        assert "cannot write /x: permission denied; nothing was saved" in stage.text()
        assert stage.app.unsaved_settings() == (Setting.SCALE,)

    perform(act, Stage(save=save))
    perform(act_without, Stage())


async def act_without(stage: Stage, pilot: Pilot[None]) -> None:
    await pilot.press("C", "w")
    await pilot.pause()
    assert "there is no configuration file to save to" in stage.text()


def test_without_colour_the_theme_stays_and_says_so() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("C")
        await choose(pilot, Setting.THEME)
        await pilot.press("right")
        await pilot.pause()
        assert stage.app.palette is PLAIN
        assert "colours are off (--no-color)" in stage.text()

    perform(act, Stage(palette=PLAIN))


def test_the_mouse_chooses_and_changes() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("C")
        await pilot.pause()
        await pilot.click(offset=(5, row_of(stage, "Mode")))
        await pilot.click(offset=(5, row_of(stage, "Mode")))
        await pilot.pause()
        assert stage.engine.asked == ["mode sequential"]
        for _ in range(2):
            await pilot.click(offset=(5, row_of(stage, "Columns")))
        await pilot.pause()
        await pilot.click(offset=(5, row_of(stage, "] loss")))
        await pilot.pause()
        assert "[ ] loss" in stage.text()
        assert Column.LOSS not in stage.table.look.columns

    perform(act)
