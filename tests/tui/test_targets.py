"""Several targets on a headless terminal: the overview, the tabs, and how they come and go."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import msgspec
import pytest
from textual.pilot import Pilot

from poros_tui.model.probe import Mode, Protocol
from poros_tui.model.session import PathSnapshot, Refusal, SessionState, Shape, Way
from poros_tui.model.stop import StopKind
from poros_tui.tui.keys import overview_keys
from poros_tui.tui.overview_columns import TargetColumn
from poros_tui.tui.overview_rows import TargetOrder
from poros_tui.tui.palette import LIGHT, PLAIN
from poros_tui.tui.screens.overview import OverviewScreen
from poros_tui.tui.screens.trace import TraceScreen
from poros_tui.tui.settings import Setting
from poros_tui.tui.spans import Role
from tests.tui.fleet_stage import FleetStage, Made
from tests.tui.stage import Stage

Act = Callable[[FleetStage, Pilot[None]], Awaitable[None]]


def perform(
    act: Act, stage: FleetStage | None = None, size: tuple[int, int] = (80, 24)
) -> FleetStage:
    stage = stage or FleetStage("a.example", "b.example", "c.example")

    async def scenario(stage: FleetStage) -> None:
        async with stage.open(*size) as pilot:
            await asyncio.to_thread(stage.engine.is_ready.wait)
            await act(stage, pilot)

    asyncio.run(scenario(stage))
    return stage


async def settled(pilot: Pilot[None]) -> None:
    """All that was set off is done."""
    for _ in range(3):
        await pilot.pause()


def row_of(stage: FleetStage, word: str) -> int:
    return next(y for y, line in enumerate(stage.lines()) if word in line and y > 2)


# --- the overview ---------------------------------------------------------------------------------


def test_the_first_paint_names_all_targets_before_anything_is_known() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        lines = stage.lines()
        assert lines[0] == " [overview]  1 a.example   2 b.example   3 c.example"
        assert "3 targets" in lines[1]
        assert "starting" in lines[1]
        for name in ("a.example", "b.example", "c.example"):
            assert lines[row_of(stage, name)].endswith("looking for its address")
        assert stage.engine.asked_fleet == []

    perform(act)


def test_each_target_has_a_line_with_its_figures_or_with_why_there_are_none() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.play(0, 40)
        stage.play(1, 40, path_loss=0.3)
        stage.deliver(
            stage.made[0].snapshot(),
            stage.made[1].snapshot(),
            stage.made[2].not_begun(
                problem="there is no host named c.example", advice="check how it is spelt"
            ),
        )
        await settled(pilot)
        lines = stage.lines()
        clean, lossy, none = (lines[row_of(stage, f"{letter}.example")] for letter in "abc")
        end = stage.made[0].snapshot().end
        assert end is not None
        assert end.rtt.last_s is not None
        assert clean.split()[:5] == ["●", "1", "a.example", "12", "0.0"]
        assert clean.split()[5] == f"{end.rtt.last_s * 1e3:.1f}"
        assert "no loss in 40 probes" in clean
        assert lossy.split()[1:3] == ["2", "b.example"]
        assert "! 25 % lost end to end" in lossy
        assert none.split()[:3] == ["!", "3", "c.example"]
        assert none.endswith("! there is no host named c.example; check how it is spelt")
        assert "1 fine · 1 in trouble · 1 can't be traced" in lines[2]
        assert lines[0].endswith("3 c.example!")

    perform(act)


@pytest.mark.parametrize("width", [50, 80, 120, 200])
@pytest.mark.parametrize("height", [16, 24, 60])
def test_no_line_is_wider_than_the_screen_and_the_figures_stand_under_their_headings(
    width: int, height: int
) -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        for number in stage.made:
            stage.play(number, 12, seed=number, path_loss=0.1 * number)
        stage.tell_all()
        await settled(pilot)
        lines = stage.lines()
        assert len(lines) == height
        assert all(len(line) <= width for line in lines)
        heading = next(line for line in lines if "Loss %" in line)
        ends = heading.index("Loss %") + len("Loss %")
        rows = [lines[row_of(stage, name)] for name in ("a.example", "b.example", "c.example")]
        for row in rows:
            assert row[ends - 1].isdigit()
            assert row[ends : ends + 1] == " "
        for word, least in (("Hops", 80), ("p95", 80), ("RTT", 80), ("Address", 120)):
            assert (word in heading) == (width >= least), word

    perform(act, size=(width, height))


def test_64_targets_scroll_and_the_cursor_stays_in_sight_on_its_target() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        await pilot.press("end")
        await settled(pilot)
        assert "h63.example" in stage.lines()[-2]
        assert stage.overview.table.cursor_number == 63
        await pilot.press("k", "k", "pageup", "home", "j")
        await settled(pilot)
        assert stage.overview.table.cursor_number == 1
        assert row_of(stage, "h0.example") == 4
        # The tab line says how many there are beyond its end.
        shown = stage.lines()[0].count("example")
        assert stage.lines()[0].endswith(f"{64 - shown}>")

    names = [f"h{number}.example" for number in range(64)]
    perform(act, FleetStage(*names))


def test_a_heading_sorts_and_s_goes_through_the_columns() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        for number, loss in ((0, 0.1), (1, 0.0), (2, 0.6)):
            stage.play(number, 30, path_loss=loss)
        stage.tell_all()
        await settled(pilot)
        table = stage.overview.table
        await pilot.click(offset=(stage.lines()[3].index("Loss %") + 2, 3))
        assert table.numbers == (2, 0, 1)
        assert "▼Loss %" in stage.lines()[3]
        await pilot.press("S")
        assert table.numbers == (1, 0, 2)
        await pilot.press("s")
        assert table.order == TargetOrder(TargetColumn.LAST, descending=True)
        # The order holds as figures change, and the cursor stays on its target.
        table.sort_by(TargetOrder(TargetColumn.LOSS, descending=True))
        cursor = table.cursor_number
        for _ in range(60):
            stage.made[1].path.lose(12)
        stage.tell_all()
        await settled(pilot)
        assert table.numbers[0] == 1
        assert table.cursor_number == cursor

    perform(act)


def test_keys_act_on_all_targets() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.play(0, 1)
        stage.play(1, 1)
        broken = stage.made[2].not_begun(problem="there is no such host")
        stage.deliver(stage.made[0].snapshot(), stage.made[1].snapshot(), broken)
        await settled(pilot)
        await pilot.press("space")
        await settled(pilot)
        assert "2 targets: nothing is sent" in stage.text()
        for number in (0, 1):
            stage.made[number].path.status(state=SessionState.PAUSED)
        stage.deliver(stage.made[0].snapshot(), stage.made[1].snapshot())
        await settled(pilot)
        assert "‖ PAUSED" in stage.lines()[1]
        await pilot.press("p", "m", "a", "r", "plus", "U", "I")

    stage = perform(act)
    assert stage.engine.asked == [
        *["pause"] * 2,
        *["resume"] * 2,
        *["mode sequential"] * 2,
        *["mode adaptive"] * 2,
        *["reset"] * 2,
        *["interval 2"] * 2,
        *["protocol udp"] * 2,
    ]
    assert {asked for asked in stage.engine.asked_fleet if "control" in asked} == {
        "control 0",
        "control 1",
    }


def test_what_some_could_not_do_is_told_once() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        refusal = Refusal(1, "TCP is not permitted to this user")
        for number in (0, 1):
            stage.made[number].path.status(refusal=refusal)
        stage.tell_all()
        await settled(pilot)
        assert "a.example, b.example: TCP is not permitted to this user" in stage.text()
        stage.overview.say("something else")
        stage.tell_all()
        await settled(pilot)
        assert "TCP is not permitted" not in stage.text()

    perform(act)


def test_notes_of_the_beginning_are_shown_one_after_the_other() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        assert "a.example was given twice" in stage.text()
        stage.overview.key_bar.next_note()
        await settled(pilot)
        assert "and so was b.example" in stage.text()

    perform(act, FleetStage("a", "b", notes=["a.example was given twice", "and so was b.example"]))


# --- tabs -----------------------------------------------------------------------------------------


def test_enter_opens_the_table_of_the_target_under_the_cursor() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.play(1, 3)
        stage.tell_all()
        await pilot.press("down", "enter")
        await settled(pilot)
        assert stage.engine.asked_fleet[-1] == "look at 1"
        stage.deliver(path=1)
        await settled(pilot)
        lines = stage.lines()
        assert lines[0] == "  overview   1 a.example  [2 b.example]  3 c.example"
        assert "b.example → 203.0.113.11" in lines[1]
        assert "198.51.100.18" in stage.text()

    perform(act)


def test_tabs_are_gone_through_by_key_and_the_overview_is_one_of_them() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        seen = []
        for key in ("tab", "tab", "tab", "tab", "shift+tab", "2", "1", "9", "escape", "3", "`"):
            await pilot.press("grave_accent" if key == "`" else key)
            await settled(pilot)
            seen.append(stage.app.targets.shown)
        assert seen == [0, 1, 2, None, 2, 1, 0, 0, None, 2, None]
        assert isinstance(stage.app.screen, OverviewScreen)

    perform(act)


def test_a_click_on_a_tab_and_a_double_click_on_a_row_open_a_target() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        await settled(pilot)
        await pilot.click(offset=(stage.lines()[0].index("3 c.example") + 3, 0))
        await settled(pilot)
        assert stage.app.targets.shown == 2
        await pilot.click(offset=(3, 0))
        await settled(pilot)
        assert stage.app.targets.shown is None
        await pilot.click(offset=(8, row_of(stage, "b.example")), times=2)
        await settled(pilot)
        assert stage.app.targets.shown == 1

    perform(act)


def test_what_is_known_of_a_target_is_there_at_once_when_it_is_shown_again() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.play(0, 3)
        stage.tell_all()
        await pilot.press("1")
        await settled(pilot)
        stage.deliver(path=0)
        await pilot.press("end", "enter", "2")
        await settled(pilot)
        assert "198.51.100.18" not in stage.text()
        await pilot.press("1")
        await settled(pilot)
        # The table, the cursor and the panel are as they were left.
        assert "198.51.100.210" in stage.text()
        assert "Hop 12" in stage.text()

    perform(act, size=(80, 40))


def test_keys_in_a_tab_act_on_its_target_alone() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        await pilot.press("2")
        await settled(pilot)
        await pilot.press("space", "U")

    stage = perform(act)
    assert stage.engine.asked_fleet == ["look at 1", "control 1", "control 1"]
    assert stage.engine.asked == ["pause", "protocol udp"]


def test_what_is_not_seen_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    draw_header = TraceScreen._draw_header
    draw = OverviewScreen.draw

    def note_header(screen: TraceScreen) -> None:
        drawn.append(screen.identity.target)
        draw_header(screen)

    def note_overview(screen: OverviewScreen) -> None:
        drawn.append("overview")
        draw(screen)

    monkeypatch.setattr(TraceScreen, "_draw_header", note_header)
    monkeypatch.setattr(OverviewScreen, "draw", note_overview)

    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        await pilot.press("1")
        await settled(pilot)
        await pilot.press("2")
        await settled(pilot)
        drawn.clear()
        for _ in range(5):
            stage.tell_all()
            stage.pass_second()
            await settled(pilot)
        assert set(drawn) == {"b.example"}
        assert not stage.app.targets.screens.traces[0]._ticker._active.is_set()

    perform(act)


def test_a_screen_that_was_not_seen_while_the_terminal_grew_fits_it_then() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.play(0, 3)
        stage.tell_all()
        await pilot.press("1")
        await settled(pilot)
        stage.deliver(path=0)
        await pilot.press("enter", "2")
        await settled(pilot)
        await pilot.resize_terminal(200, 50)
        await pilot.press("1")
        await settled(pilot)
        lines = stage.lines()
        assert len(lines) == 50
        assert "Jitter" in stage.text()
        # On a wide terminal the panel stands beside the table.
        (beside,) = [line for line in lines if "Hop 1  192.168.1.1" in line]
        assert "milliseconds" in beside

    perform(act)


def test_a_target_without_an_address_has_nothing_to_look_at() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.deliver(stage.made[1].not_begun(problem="there is no such host", advice="look again"))
        await pilot.press("1")
        await settled(pilot)
        assert "looking for the address of a.example" in stage.text()
        await pilot.press("2")
        await settled(pilot)
        assert "there is no such host; look again" in stage.text()
        assert stage.app.targets.shown is None
        await pilot.press("tab")
        await settled(pilot)
        assert stage.app.targets.shown is None

    perform(act)


@pytest.mark.parametrize("palette", [LIGHT, PLAIN])
def test_t_paints_all_screens(palette: object) -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        await pilot.press("1")
        await settled(pilot)
        await pilot.press("grave_accent", "t")
        await settled(pilot)
        names = {screen.key_bar._palette.name for screen in stage.app.targets.screens.all}
        assert len(names) == 1

    perform(act, FleetStage("a", "b", palette=palette))


def test_the_help_opens_from_the_overview_and_leads_back_to_it() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        await pilot.press("question_mark")
        await settled(pilot)
        assert "Keys" in stage.text()
        await pilot.press("end")
        await settled(pilot)
        assert "The overview of several targets" in stage.text()
        stage.play(0, 2)
        stage.tell_all()
        await pilot.press("escape")
        await settled(pilot)
        assert "loss: too little" in stage.text()

    perform(act, size=(80, 60))


# --- they come and go -----------------------------------------------------------------------------


def test_o_asks_for_a_target_and_says_what_is_wrong_with_it() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        await pilot.press("o")
        await settled(pilot)
        assert stage.lines()[-1].startswith(" Trace also:")
        assert "quit" not in stage.text()
        await pilot.press(*"a b", "enter")
        await settled(pilot)
        assert "'a b' can't be the name of a host; check how it is spelt" in stage.text()
        assert not [asked for asked in stage.engine.asked_fleet if asked.startswith("add")]
        await pilot.press("backspace", "backspace", *".example", "enter")
        await settled(pilot)
        assert stage.engine.asked_fleet[-1] == "add a.example"
        assert "looking for the address of a.example" in stage.text()
        assert "Trace also" not in stage.text()
        # Keys are keys again.
        stage.overview.key_bar.next_note()
        await pilot.pause()
        assert "q quit" in stage.lines()[-1]
        await pilot.press("down")
        assert stage.overview.table.cursor_number == 1

    perform(act)


@pytest.mark.parametrize("key", ["escape", "enter"])
def test_nothing_typed_adds_nothing(key: str) -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        await pilot.press("o", key)
        await settled(pilot)
        assert "Trace also" not in stage.text()
        await pilot.press("o", "q", "escape", "x", "q")
        await settled(pilot)

    stage = perform(act)
    assert stage.engine.asked_fleet == []
    assert stage.app.return_code is None


def test_a_target_that_was_added_in_the_overview_has_the_cursor() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        await pilot.press("o", *"d.example", "enter")
        await settled(pilot)
        new = stage.also(3, "d.example")
        stage.deliver(new.not_begun())
        await settled(pilot)
        assert "looking for its address" in stage.lines()[row_of(stage, "d.example")]
        assert stage.overview.table.cursor_number == 0
        stage.deliver(new.snapshot())
        await settled(pilot)
        assert stage.overview.table.cursor_number == 3
        assert "4 targets" in stage.lines()[1]

    perform(act)


def test_a_target_that_was_added_in_a_tab_is_shown_when_it_is_known() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        await pilot.press("1")
        await settled(pilot)
        await pilot.press("o", *"d.example", "enter")
        await settled(pilot)
        new = stage.also(3, "d.example")
        stage.deliver(new.snapshot())
        await settled(pilot)
        assert stage.app.targets.shown == 3
        assert "[4 d.example]" in stage.lines()[0]

    perform(act)


def test_it_is_not_shown_to_somebody_who_has_gone_elsewhere() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        await pilot.press("1")
        await settled(pilot)
        await pilot.press("o", *"d.example", "enter")
        await settled(pilot)
        await pilot.press("2")
        await settled(pilot)
        stage.deliver(stage.also(3, "d.example").snapshot())
        await settled(pilot)
        assert stage.app.targets.shown == 1

    perform(act)


def test_a_target_that_cannot_be_added_is_a_sentence_wherever_one_is() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        await pilot.press("1")
        await settled(pilot)
        await pilot.press("o", *"nosuch", "enter")
        await settled(pilot)
        stage.deliver(stage.also(3, "nosuch").not_begun())
        stage.deliver(dropped=((3, "there is no host named nosuch; check how it is spelt"),))
        await settled(pilot)
        assert "there is no host named nosuch; check how it is spelt" in stage.text()
        assert stage.app.targets.shown == 0
        assert "nosuch" not in stage.lines()[0]

    perform(act)


@pytest.mark.parametrize(("key", "removed"), [("y", True), ("enter", True), ("n", False)])
def test_x_asks_first(key: str, removed: bool) -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        await pilot.press("down", "x")
        await settled(pilot)
        assert stage.lines()[-1] == " Trace b.example no longer? y: yes, any other key: no"
        await pilot.press(key)
        await settled(pilot)
        assert "no longer?" not in stage.text()
        assert stage.engine.asked_fleet == ["remove 1"] * removed
        if removed:
            stage.deliver(dropped=((1, ""),))
            await settled(pilot)
            assert "b.example is traced no longer" in stage.text()
            assert "2 targets" in stage.lines()[1]
            assert stage.overview.table.cursor_number == 2
        await pilot.press("up")
        assert stage.overview.table.cursor_number == 0

    perform(act)


def test_the_one_that_is_looked_at_can_be_removed() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        await pilot.press("2")
        await settled(pilot)
        await pilot.press("x", "y")
        await settled(pilot)
        stage.deliver(dropped=((1, ""),))
        await settled(pilot)
        assert stage.app.targets.shown is None
        assert 1 not in stage.app.targets.screens.traces
        await pilot.press("1")
        await settled(pilot)
        await pilot.press("x", "y")
        await settled(pilot)
        stage.deliver(dropped=((0, ""),))
        await settled(pilot)
        # One is left: its table alone, as if there had never been another.
        assert stage.app.targets.shown == 2
        assert "c.example" in stage.lines()[0]
        assert "overview" not in stage.text()
        await pilot.press("x")
        await settled(pilot)
        assert "this is the only target; q leaves" in stage.text()

    perform(act)


# --- one target -----------------------------------------------------------------------------------


def test_one_name_with_one_address_gets_the_screen_of_one_target() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        assert isinstance(stage.app.screen, OverviewScreen)
        stage.play(0, 2)
        stage.tell_all()
        await settled(pilot)
        assert isinstance(stage.app.screen, TraceScreen)
        assert stage.engine.asked_fleet == ["look at 0"]
        assert stage.lines()[0].startswith(" poros-tui  a.example")

    perform(act, FleetStage("a.example"))


@pytest.mark.parametrize("key", ["tab", "shift+tab", "grave_accent", "3"])
def test_with_one_target_there_is_nowhere_to_go(key: str) -> None:
    async def scenario(stage: Stage) -> None:
        async with stage.open() as pilot:
            before = stage.lines()[:3]
            await pilot.press(key)
            await pilot.pause()
            assert stage.lines()[:3] == before
            assert "there is one target; o adds another" in stage.text()

    asyncio.run(scenario(Stage()))


def test_a_second_target_brings_the_tabs_to_the_first() -> None:
    async def scenario(stage: Stage) -> None:
        from poros_tui.tui.bridge import Mail
        from tests.tui.fleet_stage import Made

        async with stage.open() as pilot:
            await asyncio.to_thread(stage.engine.is_ready.wait)
            await pilot.press("o", *"b.example", "enter")
            await settled(pilot)
            assert stage.engine.asked_fleet == ["look at 0", "add b.example"]
            new = Made(1, "b.example", stage.now_s)
            mail = Mail(paths={}, targets=(new.snapshot(),), dropped=())
            stage.app.targets.take(mail)
            await settled(pilot)
            assert stage.app.targets.shown == 1
            await pilot.press("escape", "1")
            await settled(pilot)
            assert stage.lines()[0] == "  overview  [1 example.com]  2 b.example"
            assert "example.com → 203.0.113.80" in stage.lines()[1]

    asyncio.run(scenario(Stage()))


def test_what_was_changed_of_the_only_target_is_wanted_of_those_that_are_added() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        await settled(pilot)
        await pilot.press("U", "a", "+")
        udp = Way(protocol=Protocol.UDP, privilege="raw", rung="raw socket", shape=Shape(size=512))
        stage.made[0].path.status(way=udp, mode=Mode.ADAPTIVE, interval_s=2.0)
        stage.deliver(path=0)
        await settled(pilot)
        stage.engine.asked.clear()
        for number in (1, 2):
            # As soon as there are several, what is new of the first is told as well.
            stage.deliver(stage.made[0].snapshot(), stage.also(number, "b.example").not_begun())
            await settled(pilot)
        wanted = ["protocol udp", "size 512 port None", "mode adaptive", "interval 2"]
        assert stage.engine.asked == wanted * 2

    perform(act, FleetStage("a.example"))


# --- leaving --------------------------------------------------------------------------------------


@pytest.mark.parametrize("reached", [0, 1, 2])
def test_the_exit_code_is_0_only_where_all_were_reached(reached: int) -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        for number in range(reached):
            stage.play(number, 1)
        stage.tell_all()
        for number in range(reached):
            stage.made[number].path.status(generation=1, stop=None)
        stage.tell_all()
        await settled(pilot)
        await pilot.press("q")

    stage = perform(act, FleetStage("a", "b"))
    assert stage.app.return_code == (0 if reached == 2 else 1)


def test_a_way_that_was_changed_is_told_in_the_overview_by_its_effect() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        for number in (0, 1, 2):
            stage.play(number, 1)
        way = Way(protocol=Protocol.UDP, privilege="user", rung="UDP error queue")
        for number in (0, 1):
            stage.made[number].path.status(way=way, mode=Mode.CONCURRENT)
        stage.tell_all()
        await settled(pilot)
        await pilot.press("U")
        assert stage.engine.asked_fleet == ["control 2"]
        stage.made[2].path.status(way=way)
        stage.tell_all()
        await settled(pilot)
        await pilot.press("U")
        await settled(pilot)
        assert "these are UDP probes" in stage.text()

    perform(act)


def test_one_that_cannot_send_or_is_not_reached_says_why() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.made[0].path.send_failed(1)
        stage.made[1].path.reply(3, 2.0)
        stage.made[1].path.stopped(StopKind.GAP_LIMIT, ttl=3, detail="8")
        stage.made[2].path.stopped(
            StopKind.UNREACHABLE, ttl=3, responder="10.0.0.5", detail="host unreachable"
        )
        stage.tell_all()
        await settled(pilot)
        rows = [stage.lines()[row_of(stage, f"{letter}.example")] for letter in "abc"]
        assert rows[0].split()[:3] == ["!", "1", "a.example"]
        assert "! cannot send: network is unreachable" in rows[0]
        assert rows[1].split()[4] == "3+"
        assert "silent after hop 3" in rows[1]
        assert "! host unreachable, says 10.0.0.5 at hop 3" in rows[2]

    perform(act, size=(200, 24))


def test_a_target_that_comes_does_not_take_the_prompt_from_who_types() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        await pilot.press("1")
        await settled(pilot)
        await pilot.press("o", *"d.example", "enter")
        await settled(pilot)
        await pilot.press("o", *"e.exa")
        stage.deliver(stage.also(3, "d.example").snapshot())
        await settled(pilot)
        assert "Trace also: e.exa" in stage.text()
        assert stage.app.targets.shown == 0
        await pilot.press("escape")
        await settled(pilot)
        assert stage.app.targets.shown == 3

    perform(act)


def test_the_rate_is_of_the_time_that_was_looked_at() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.play(0, 3)
        stage.tell_all()
        await pilot.press("1")
        await settled(pilot)
        stage.deliver(path=0)
        await settled(pilot)
        await pilot.press("2")
        await settled(pilot)
        stage.play(0, 500)
        stage.now_s += 500
        await pilot.press("1")
        await settled(pilot)
        stage.app.trace.rest()  # its own ticker goes by another clock
        stage.pass_second()  # before what was missed has come
        stage.deliver(path=0)
        await settled(pilot)
        for _ in range(4):
            stage.play(0, 1)
            stage.deliver(path=0)
            await settled(pilot)
            stage.pass_second()
        assert " 12.0 packets/s" in stage.lines()[3]

    perform(act, size=(120, 30))


# --- standing still, leaving out, copies ----------------------------------------------------------


def test_a_picture_that_stands_still_moves_again_with_all_that_came() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.play(0, 12)
        stage.tell_all()
        await pilot.press("f")
        await settled(pilot)
        assert "FROZEN" in stage.lines()[1]
        rows = stage.lines()[2:8]
        stage.play(0, 12)
        stage.tell_all()
        stage.pass_second()
        await settled(pilot)
        assert stage.lines()[2:8] == rows
        assert "no loss in 12 probes" in stage.text()
        await pilot.press("f")
        await settled(pilot)
        assert "FROZEN" not in stage.text()
        assert "no loss in 24 probes" in stage.text()

    perform(act)


def test_what_is_hidden_of_one_is_hidden_of_all() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        for number in (0, 1):
            stage.play(number, 3)
        stage.tell_all()
        await pilot.press("1")
        await settled(pilot)
        stage.deliver(path=0)
        await settled(pilot)
        assert "192.168.1.1" not in stage.text()
        await pilot.press("H")
        await settled(pilot)
        assert "192.168.1.1" in stage.text()
        await pilot.press("2")
        await settled(pilot)
        stage.deliver(path=1)
        await settled(pilot)
        assert "192.168.1.1" in stage.text()
        await pilot.press("grave_accent", "H", "1")
        await settled(pilot)
        assert "192.168.1.1" not in stage.text()
        assert "hidden" in stage.text()

    perform(act, FleetStage("a.example", "b.example", private_hops=1))


def test_address_and_table_are_copied() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        await pilot.press("y")
        assert stage.app.clipboard == ""
        stage.play(0, 12)
        stage.tell_all()
        await settled(pilot)
        await pilot.press("y")
        assert stage.app.clipboard == "203.0.113.10"
        await pilot.press("Y")
        heading, first, *_ = stage.app.clipboard.splitlines()
        assert "Verdict" in heading
        assert first.split()[1:3] == ["1", "a.example"]
        assert "no loss in 12 probes" in first

    perform(act)


def test_the_overview_is_copied_in_markdown_too() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.play(0, 12)
        stage.tell_all()
        await settled(pilot)
        await pilot.press("ctrl+y")
        heading, marks, first, *_ = stage.app.clipboard.splitlines()
        assert heading.startswith("| \\# | Target |")
        assert set(marks) <= set("|-: ")
        assert first.startswith("| ● 1 | a.example | 203.0.113.10 | 12 | 0.0 |")
        await settled(pilot)
        assert "copied 3 targets as markdown" in stage.text()

    perform(act)


# --- files ----------------------------------------------------------------------------------------


def known(made: Made) -> PathSnapshot:
    return PathSnapshot(hops=made.path.path.hops(), session=made.path.path.session())


async def write(pilot: Pilot[None], key: str) -> None:
    await pilot.press("w")
    await settled(pilot)
    await pilot.press(key)
    await settled(pilot)


@pytest.mark.parametrize(
    ("key", "ending", "has"),
    [
        ("t", "txt", "a.example  203.0.113.10"),
        ("m", "md", "| ● 1 | a.example | 203.0.113.10 | 12 | 0.0 |"),
        ("c", "csv", "1,a.example,203.0.113.10,icmp,running,12,yes,12,12,0,0.000,"),
        ("s", "svg", "a.example"),
    ],
)
def test_the_overview_is_written_to_a_file_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, ending: str, has: str
) -> None:
    monkeypatch.chdir(tmp_path)

    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.play(0, 12)
        stage.tell_all()
        await settled(pilot)
        await write(pilot, key)
        assert "written: poros-tui-3-targets-" in stage.text()

    perform(act)
    (made,) = tmp_path.iterdir()
    assert made.suffix == f".{ending}"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert has in made.read_text(encoding="utf-8").replace("&#160;", " ")


def test_all_sessions_are_written_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.play(0, 3)
        stage.play(3, 2)
        way = Way(protocol=Protocol.UDP, privilege="user", rung="UDP error queue")
        stage.made[3].path.status(way=way)
        stage.engine.paths = {number: known(stage.made[number]) for number in (0, 3)}
        broken = stage.made[1].not_begun(problem="there is no such host", advice="look again")
        stage.deliver(stage.made[0].snapshot(), broken, stage.made[3].snapshot())
        await settled(pilot)
        await write(pilot, "j")
        await until(lambda: "written: poros-tui-4-targets-" in stage.text(), pilot)

    perform(act, FleetStage("a.example", "b.example", "c.example", "d.example"))
    (made,) = tmp_path.iterdir()
    first, second, third, fourth = json.loads(made.read_text(encoding="utf-8"))
    assert (first["target"], first["reached"], len(first["hops"])) == ("a.example", True, 12)
    assert (fourth["protocol"], fourth["socket"]) == ("udp", "UDP error queue")
    assert (second["target"], second["error"]) == (
        "b.example",
        "there is no such host; look again",
    )
    assert third["error"] == "nothing is known of it yet"


async def until(is_so: Callable[[], bool], pilot: Pilot[None]) -> None:
    """The engine answers from its own thread."""
    async with asyncio.timeout(20):
        while not is_so():
            await pilot.pause()


def test_what_is_hidden_is_in_no_file_and_no_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    stage = FleetStage("203.0.113.10", "b.example", private_hops=12)

    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        for number in (0, 1):
            for _ in range(3):
                stage.made[number].path.reply(1, 1.0, "192.168.1.1")
                stage.made[number].path.reached(2, 9.0, f"203.0.113.{10 + number}")
        stage.engine.paths = {number: known(made) for number, made in stage.made.items()}
        stage.tell_all()
        await settled(pilot)
        assert "203.0.113.1" not in stage.text()
        assert "hidden" in stage.lines()[0]
        await pilot.press("x")
        await settled(pilot)
        assert "Trace hidden no longer?" in stage.text()
        await pilot.press("n")
        await settled(pilot)
        for key in ("Y", "ctrl+y"):
            await pilot.press(key)
            assert "hidden" in stage.app.clipboard
            assert "203.0.113.1" not in stage.app.clipboard
        for count, key in enumerate("tmcsj", 1):
            await write(pilot, key)
            await until(lambda count=count: len(list(tmp_path.iterdir())) == count, pilot)  # type: ignore[misc]
        await until(lambda: ".json" in stage.text(), pilot)

    perform(act, stage, (120, 24))
    for file in tmp_path.iterdir():
        text = file.read_text(encoding="utf-8")
        assert "hidden" in text, file.name
        assert "203.0.113.1" not in text, file.name
        assert "192.168.1.1" not in text, file.name


# --- the search -----------------------------------------------------------------------------------


def test_targets_are_found_by_name_and_address_and_gone_through() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        await pilot.press("n")
        await settled(pilot)
        assert "nothing is looked for; the search finds targets by address or name" in stage.text()
        await pilot.press("slash", *"x.NET", "enter")
        await settled(pilot)
        assert stage.overview.table.cursor_number == 1
        assert "'x.NET': 1 of 2, b.x.net; Esc ends it" in stage.text()
        seen = []
        for key in ("n", "n", "N"):
            await pilot.press(key)
            seen.append(stage.overview.table.cursor_number)
        assert seen == [3, 1, 3]
        await pilot.press("slash", *"203.0.113.12", "enter")
        await settled(pilot)
        assert stage.overview.table.cursor_number == 2
        await pilot.press("escape")
        await settled(pilot)
        assert "the search is over" in stage.text()
        assert stage.app.targets.shown is None
        # Keys move the cursor again.
        await pilot.press("up")
        assert stage.overview.table.cursor_number == 1

    perform(act, FleetStage("a.example", "b.x.net", "c.example", "d.x.net"), (120, 24))


def test_what_matches_is_marked_while_it_is_typed() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        await pilot.press("slash", *"b.ex")
        await settled(pilot)
        table = stage.overview.table
        marked = [
            [text for text, role in table._line_of(number) if role is Role.MATCH]
            for number in table.numbers
        ]
        assert marked == [[], ["b.ex"], []]
        await pilot.press("x", "enter")
        await settled(pilot)
        assert "no target matches 'b.exx'" in stage.text()
        await pilot.press("escape")
        await settled(pilot)
        assert not [role for _, role in table._line_of(1) if role is Role.MATCH]
        assert "Search:" not in stage.text()
        assert stage.engine.asked_fleet == []

    perform(act)


def test_what_is_hidden_is_not_found() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.play(0, 2)
        stage.tell_all()
        await settled(pilot)
        assert stage.overview.matching("203.0.113.10") == []
        assert stage.overview.matching("hidden") == []
        await pilot.press("H")
        await settled(pilot)
        assert stage.overview.matching("203.0.113.10") == [0]

    perform(act, FleetStage("a.example", "b.example", private_hops=12))


# --- settings -------------------------------------------------------------------------------------


async def choose(pilot: Pilot[None], setting: Setting) -> None:
    await pilot.press(*["up"] * len(Setting), *["down"] * list(Setting).index(setting))
    await settled(pilot)


@pytest.mark.parametrize("size", [(50, 16), (80, 24), (150, 40)])
def test_settings_of_all_are_changed_told_to_newcomers_and_saved(size: tuple[int, int]) -> None:
    saved: list[Mapping[str, object]] = []

    def save(options: Mapping[str, object]) -> str:
        saved.append(options)
        return "config.toml"

    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        await pilot.press("C", "right")
        await settled(pilot)
        shape = Shape(size=512)
        way = Way(protocol=Protocol.UDP, privilege="user", rung="UDP error queue", shape=shape)
        for made in stage.made.values():
            made.path.status(way=way)
        stage.tell_all()
        await choose(pilot, Setting.INTERVAL)
        await pilot.press("right")
        await choose(pilot, Setting.SIZE)
        await pilot.press("enter", *"512", "enter")
        await settled(pilot)
        assert stage.engine.asked == [
            *["protocol udp"] * 2,
            *["interval 2"] * 2,
        ]  # they have that size already
        await pilot.press("w")
        await settled(pilot)
        assert "saved in config.toml: protocol, interval, size" in " ".join(stage.text().split())
        await pilot.press("escape")
        await settled(pilot)
        assert stage.app.screen is stage.overview
        stage.engine.asked.clear()
        stage.deliver(stage.also(2, "c.example").not_begun())
        await until(lambda: len(stage.engine.asked) == 2, pilot)
        assert stage.engine.asked_fleet[-2:] == ["control 2"] * 2

    stage = perform(act, FleetStage("a.example", "b.example", save=save), size)
    assert stage.engine.asked == ["protocol udp", "interval 2"]
    (options,) = saved
    assert (options["udp"], options["interval"], options["size"]) == (True, 2.0, 512)


def test_what_the_sockets_made_of_the_options_is_no_change_of_the_users() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        assert stage.app.unsaved_settings() == ()
        for made in stage.made.values():
            assert made.identity is not None
            made.identity = msgspec.structs.replace(made.identity, protocol=Protocol.UDP)
        stage.tell_all()
        await settled(pilot)
        assert stage.app.present_settings().protocol is Protocol.UDP
        assert stage.app.unsaved_settings() == ()
        await pilot.press("T")
        way = Way(protocol=Protocol.TCP, privilege="user", rung="TCP sockets")
        stage.made[1].path.status(way=way)
        stage.tell_all()
        await settled(pilot)
        assert stage.app.unsaved_settings() == (Setting.PROTOCOL,)

    perform(act)


def test_what_one_refuses_is_told_in_the_dialog() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        await pilot.press("C", "left")
        stage.made[1].path.status(refusal=Refusal(1, "TCP is not permitted to this user"))
        stage.tell_all()
        await settled(pilot)
        await pilot.press("down")
        await settled(pilot)
        assert "b.example: TCP is not permitted to this user" in stage.text()

    stage = perform(act)
    assert stage.engine.asked == ["protocol tcp"] * 3


def test_looks_chosen_in_the_overview_are_those_of_all_tables() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.play(0, 3)
        stage.tell_all()
        await pilot.press("1")
        await settled(pilot)
        stage.deliver(path=0)
        await settled(pilot)
        await pilot.press("escape", "C")
        await choose(pilot, Setting.UNITS)
        await pilot.press("right")
        await settled(pilot)
        # The table of the target under the cursor, as it looks now.
        assert "203.0.113.80" in stage.text()
        await choose(pilot, Setting.THEME)
        await pilot.press("right", "escape")
        await settled(pilot)
        for number in (0, 1):
            await pilot.press(str(number + 1))
            await settled(pilot)
            stage.deliver(path=number)
            await settled(pilot)
            assert "microseconds" in stage.text()
        assert {screen.look.name for screen in stage.app.targets.screens.all} == {"light"}

    perform(act, size=(80, 40))


# --- what can be done here ------------------------------------------------------------------------


def test_the_help_asked_in_the_overview_begins_with_its_keys() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        await pilot.press("question_mark")
        await settled(pilot)
        text = stage.text()
        own = text[: text.index("Keys in the table of one target")]
        assert "Keys of the overview" in own
        for key in overview_keys():
            assert f"    {key.shown} " in own
            assert " ".join(key.meaning.split()) in " ".join(own.split())

    perform(act, size=(200, 70))


def test_the_palette_has_all_that_the_overview_does_and_does_it() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.tell_all()
        await pilot.press("ctrl+p")
        await settled(pilot)
        names = {key.name for key in stage.app.screen.found}  # type: ignore[attr-defined]
        assert names >= {
            *("settings", "search", "next-match", "previous-match", "write"),
            *("copy-address", "copy-table", "copy-markdown", "hide-hops", "freeze", "open"),
        }
        await pilot.press(*"search", "enter")
        await settled(pilot)
        assert "Search:" in stage.text()

    perform(act, size=(120, 40))


def test_every_key_of_the_overview_does_something_there() -> None:
    stage = FleetStage("a", "b")
    for key in overview_keys():
        name = key.action.split("(")[0]
        owner = stage.app if name.startswith("app.") else stage.overview
        assert callable(getattr(owner, f"action_{name.removeprefix('app.')}")), key.name


def test_the_rate_begins_anew_with_the_counts() -> None:
    async def act(stage: FleetStage, pilot: Pilot[None]) -> None:
        stage.overview.rest()  # its own ticker goes by another clock
        for _ in range(4):
            stage.play(0, 1)
            stage.tell_all()
            stage.pass_second()
        assert "12.0 packets/s" in stage.lines()[2]
        stage.made[0].path.status(generation=1)
        stage.tell_all()
        stage.pass_second()
        await settled(pilot)
        assert "packets/s" not in stage.lines()[2]

    perform(act, FleetStage("a", "b"))
