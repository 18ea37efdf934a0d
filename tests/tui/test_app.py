"""The whole screen on a headless terminal: keys, mouse, and what comes from the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

import msgspec
import pytest
from textual.pilot import Pilot

from poros_tui.config import SessionConfig
from poros_tui.errors import CannotRun
from poros_tui.model.column import Column
from poros_tui.model.path_mtu import MtuMethod, PathMtu
from poros_tui.model.probe import Mode, Protocol
from poros_tui.model.session import Refusal, SessionState, Way
from poros_tui.model.stop import StopKind
from poros_tui.tui.palette import LIGHT, PLAIN
from poros_tui.tui.sorting import Order
from poros_tui.tui.spans import line_width
from poros_tui.tui.widgets.key_bar import KeyBar
from poros_tui.tui.widgets.line_view import LineView
from tests.model.made_hops import quote, source
from tests.tui.fake_engine import FakeEngine
from tests.tui.made_path import MadePath, identity
from tests.tui.stage import Stage

Act = Callable[[Stage, Pilot[None]], Awaitable[None]]


def perform(act: Act, stage: Stage | None = None, size: tuple[int, int] = (80, 24)) -> Stage:
    stage = stage or Stage()

    async def scenario(stage: Stage) -> None:
        async with stage.open(*size) as pilot:
            await act(stage, pilot)

    asyncio.run(scenario(stage))
    return stage


def three_hops(stage: Stage) -> None:
    stage.made.reply(1, 5.0)
    stage.made.reply(2, 30.0)
    stage.made.reached(3, 20.0)
    stage.made.stopped(StopKind.REACHED, ttl=3)
    stage.show()


def row_of(stage: Stage, word: str) -> int:
    return next(y for y, line in enumerate(stage.lines()) if word in line)


def test_results_appear_and_hops_never_answered_are_no_error() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.made.lose(4)
        three_hops(stage)
        stage.made.lose(2)
        stage.show()
        await pilot.pause()
        assert "10.0.1.1" in stage.text()
        assert "3◆ 203.0.113.80" in stage.text()

    perform(act)


def test_the_cursor_stays_on_its_hop_when_the_order_changes() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        await pilot.press("down")
        assert stage.table.cursor_ttl == 2
        before = row_of(stage, "10.0.2.1")
        stage.table.sort_by(Order(Column.LAST, descending=True))
        await pilot.pause()
        assert stage.table.ttls == (2, 3, 1)
        assert stage.table.cursor_ttl == 2
        assert row_of(stage, "10.0.2.1") == before - 1

    perform(act)


def test_rows_change_places_once_a_second_and_not_in_between() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        stage.table.sort_by(Order(Column.LAST, descending=True))
        stage.made.reply(1, 99.0)
        stage.show()
        assert stage.table.ttls == (2, 3, 1)
        stage.pass_second()
        assert stage.table.ttls == (1, 2, 3)

    perform(act)


def test_what_was_found_is_marked_within_a_second_and_told_in_the_panel() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.made.reply(1, 5.0, told=quote())
        stage.made.reply(2, 6.0, told=quote(source()))
        stage.show()
        await pilot.pause()
        assert "≠" not in stage.text()
        stage.pass_second()
        await pilot.pause()
        assert "2≠  10.0.2.1" in stage.text()
        await pilot.press("down", "enter")
        await pilot.pause()
        assert "NAT between hop 1 and hop 2" in stage.text()
        stage.made.status(generation=1)
        stage.made.reply(1, 5.0)
        stage.made.reply(2, 5.0)
        stage.show()
        await pilot.pause()
        assert "≠" not in stage.text()

    perform(act, size=(120, 40))


def test_s_goes_through_the_columns_shown_and_capital_s_turns_the_order() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        await pilot.press("s", "s")
        assert stage.table.order == Order(Column.LOSS, descending=True)
        await pilot.press("S")
        assert stage.table.order == Order(Column.LOSS, descending=False)
        assert "▲Loss %" in stage.lines()[5]

    perform(act)


def test_a_click_on_a_heading_sorts_and_a_second_one_turns_the_order() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        await pilot.pause()
        x = stage.lines()[5].index("Avg") + 1
        await pilot.click(offset=(x, 5))
        assert stage.table.ttls == (2, 3, 1)
        await pilot.click(offset=(x, 5))
        assert stage.table.ttls == (1, 3, 2)

    perform(act)


def test_a_click_takes_the_cursor_to_a_row_and_a_double_click_opens_it() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        await pilot.pause()
        y = row_of(stage, "10.0.2.1")
        await pilot.click(offset=(10, y))
        assert stage.table.cursor_ttl == 2
        assert stage.app.trace.open_panel is None
        await pilot.click(offset=(10, y), times=2)
        assert stage.app.trace.open_panel == "details"

    perform(act)


@pytest.mark.parametrize(
    ("keys", "ttl"),
    [
        (("j",), 2),
        (("down", "k"), 1),
        (("end",), 30),
        (("end", "home"), 1),
        (("k",), 1),
        (("pagedown",), 17),
        (("end", "j"), 30),
    ],
)
def test_the_cursor_moves_by_keys_and_stops_at_the_ends(keys: tuple[str, ...], ttl: int) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        for hop in range(1, 31):
            stage.made.reply(hop, float(hop))
        stage.show()
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        assert stage.table.cursor_ttl == ttl
        assert f"10.0.{ttl}.1" in stage.text()

    perform(act)


def test_the_cursor_goes_to_the_nearest_hop_when_its_own_is_gone() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        for ttl in range(1, 9):
            stage.made.send(ttl)
        stage.show()
        await pilot.press("end")
        assert stage.table.cursor_ttl == 8
        stage.made.reached(4, 1.0)
        stage.show()
        assert stage.table.cursor_ttl == 4

    perform(act)


async def _ready(stage: Stage) -> None:
    await asyncio.to_thread(stage.engine.is_ready.wait)


def test_keys_command_the_engine() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await _ready(stage)
        three_hops(stage)
        await pilot.press("space", "p", "m", "m", "a", "a", "plus", "minus", "minus", "r")

    stage = perform(act)
    assert stage.engine.asked == [
        "pause",
        "resume",
        "mode sequential",
        "mode concurrent",
        "mode adaptive",
        "mode concurrent",
        "interval 2",
        "interval 1",
        "interval 0.5",
        "reset",
    ]


def test_the_letters_of_the_options_choose_the_protocol() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        await pilot.press("U", "I", "T")
        assert stage.engine.asked == ["protocol udp", "protocol tcp"]
        way = Way(protocol=Protocol.TCP, privilege="user", rung="TCP connect", rung_note="Slow")
        stage.made.status(way=way)
        stage.show()
        await pilot.pause()
        assert "TCP" in stage.lines()[2]
        assert "Slow" in stage.text()
        stage.made.status(way=way, refusal=Refusal(1, "UDP is not permitted to this user"))
        stage.show()
        await pilot.pause()
        assert "UDP is not permitted to this user" in stage.text()

    perform(act)


def test_what_the_search_for_the_path_mtu_found_is_said_once() -> None:
    found = PathMtu(mtu=1500, is_exact=True, method=MtuMethod.INTERFACE)

    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        stage.made.path.set_path_mtu(found)
        stage.show()
        await pilot.pause()
        assert "our own interface takes no more" not in stage.text()
        stage.made.path.set_path_mtu(msgspec.structs.replace(found, is_over=True))
        stage.show()
        await pilot.pause()
        assert "Path MTU 1500 bytes: our own interface takes no more" in stage.text()

    perform(act)


def test_pause_and_mode_show_at_once() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        stage.made.status(state=SessionState.PAUSED, mode=Mode.SEQUENTIAL)
        stage.made.send(1)
        stage.show()
        await pilot.pause()
        text = stage.text()
        assert "‖ PAUSED" in text
        assert "sequential" in text
        assert "space resume" in text
        assert "▸  1" in text

    perform(act)


def test_a_mode_is_marked_in_the_table_only_while_hops_are_walked() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        stage.made.send(1)
        stage.made.status(mode=Mode.ADAPTIVE)
        stage.show()
        await pilot.pause()
        assert "▸" in stage.text()
        stage.made.status(mode=Mode.CONCURRENT)
        stage.show()
        await pilot.pause()
        assert "▸" not in stage.text()

    perform(act)


def test_a_reset_empties_the_table_and_old_results_stay_away() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        stage.made.reply(1, 7.7)
        old = stage.made.update()
        stage.made.status(generation=1, stop=None)
        stage.made.reply(1, 1.1)
        stage.show()
        stage.app.trace.show_update(old)
        await pilot.pause()
        text = stage.text()
        assert "1.1" in text
        assert "7.7" not in text
        assert "10.0.2.1" not in text

    perform(act)


def test_the_panel_shows_the_hop_under_the_cursor_and_follows_it() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        await pilot.press("enter")
        await pilot.pause()
        assert "Hop 1  10.0.1.1" in stage.text()
        await pilot.press("down")
        await pilot.pause()
        assert "Hop 2  10.0.2.1" in stage.text()
        stage.made.lose(2)
        stage.show()
        await pilot.pause()
        assert "1 of 2 · 95 % interval" in stage.text()
        await pilot.press("escape")
        assert stage.app.trace.open_panel is None

    perform(act)


@pytest.mark.parametrize("size", [(50, 20), (80, 24), (200, 50)])
def test_the_panel_leaves_the_cursor_in_sight(size: tuple[int, int]) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        for ttl in range(1, 31):
            stage.made.reply(ttl, float(ttl))
        stage.show()
        await pilot.press("end", "enter")
        await pilot.pause()
        await pilot.pause()
        assert any(line.split()[:2] == ["30", "10.0.30.1"] for line in stage.lines())

    perform(act, size=size)


def test_the_help_opens_explains_and_closes() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        await pilot.press("question_mark")
        await pilot.pause()
        text = stage.text()
        assert "Keys" in text
        assert "pause and resume" in text
        stage.made.reply(1, 44.4)
        stage.show()
        await pilot.press("escape")
        await pilot.pause()
        assert "44.4" in stage.text()

    perform(act)


def test_a_click_on_the_key_bar_does_what_the_key_does() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        await pilot.pause()
        await pilot.click(KeyBar, offset=(stage.lines()[-1].index("details"), 0))
        assert stage.app.trace.open_panel == "details"

    perform(act)


def test_a_lost_network_is_said_and_taken_back() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        stage.made.send_failed(1)
        stage.show()
        stage.pass_second()
        await pilot.pause()
        lines = stage.lines()
        assert lines[1].startswith(" ! check the network and its routes · ")
        assert lines[3].startswith(" ! cannot send: network is unreachable")
        assert stage.text().count("network is unreachable") == 1
        assert "∅" in stage.text()
        stage.made.send(1)
        stage.show()
        stage.pass_second()
        await pilot.pause()
        assert "cannot send" not in stage.text()
        assert "check the network" not in stage.text()

    perform(act)


def test_an_unreachable_is_marked_in_the_table_and_said_above_it() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.made.reply(1, 1.0)
        stage.made.refused(2, 2.0, "10.0.0.5")
        stage.made.stopped(
            StopKind.UNREACHABLE,
            ttl=2,
            responder=ip_address("10.0.0.5"),
            detail="host unreachable",
        )
        stage.show()
        await pilot.pause()
        assert "! host unreachable, says 10.0.0.5 at hop 2" in stage.text()
        assert "10.0.0.5 !H" in stage.text()

    perform(act)


def test_notes_stand_above_the_keys_until_a_key_is_pressed() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        assert stage.lines()[-2].strip() == "The port was left out."
        assert stage.lines()[-1].startswith(" q quit")
        await pilot.click("#keys", offset=(2, 0))  # the note, where the keys are on their line
        assert stage.app.return_code is None
        await pilot.press("plus")
        assert stage.lines()[-1].strip() == "a round every 2 s"
        assert "The port was left out." not in stage.text()

    perform(act, Stage(identity(notes=("The port was left out.",))))


def test_hostile_text_changes_nothing_but_its_own_words() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        stage.made.send_failed(1, "\x1b[2J[bold]x[/bold]\u202e\r\n")
        stage.show()
        stage.pass_second()
        await pilot.pause()
        text = stage.text()
        assert all(line.isprintable() for line in text.splitlines())
        assert "[red]evil[/red]" in text
        assert "[2J[bold]x[/bold]" in text

    perform(act, Stage(identity("[red]evil[/red]\x1b[31m\u200b")), size=(120, 24))


@pytest.mark.parametrize("size", [(200, 50), (120, 40), (80, 24), (50, 20), (30, 10), (10, 4)])
def test_every_size_draws(size: tuple[int, int]) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        await pilot.press("enter", "question_mark", "escape", "escape")
        await pilot.pause()
        assert len(stage.lines()) == size[1]

    perform(act, size=size)


def test_a_resized_terminal_gets_other_columns() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        await pilot.pause()
        assert "Jitter" not in stage.text()
        await pilot.resize_terminal(120, 30)
        await pilot.pause()
        assert "Jitter" in stage.text()
        await pilot.resize_terminal(50, 20)
        await pilot.pause()
        assert "Worst" not in stage.text()

    perform(act)


@pytest.mark.parametrize("reached", [True, False])
def test_q_leaves_with_whether_the_destination_was_reached(reached: bool) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        if reached:
            three_hops(stage)
            stage.made.status(generation=1)
        stage.show()
        await pilot.press("q")

    assert perform(act).app.return_code == (0 if reached else 1)


def test_ctrl_c_leaves_with_130() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+c")

    assert perform(act).app.return_code == 130


def test_the_engine_is_stopped_when_the_screen_goes() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await _ready(stage)

    assert perform(act).engine.was_cancelled


def test_an_engine_failure_ends_the_screen_with_its_own_exit_code() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        while stage.app.failure is None:
            await pilot.pause()

    error = CannotRun("no permission to open a raw socket", "try --privilege user")
    stage = perform(act, Stage(engine=FakeEngine(MadePath(), failure=error)))
    assert stage.app.failure is error
    assert stage.app.return_code == 3


def test_results_of_a_real_engine_thread_reach_the_screen() -> None:
    made = MadePath()
    made.reply(1, 1.0, "192.0.2.77")

    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        while stage.app.trace.view.session is None:
            await pilot.pause()
        await pilot.pause()
        assert "192.0.2.77" in stage.text()

    perform(act, Stage(engine=FakeEngine(made)))


def test_colours_change_with_t_and_stay_off_where_they_are_off() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("t")
        assert stage.app.palette is LIGHT

    perform(act)

    async def plain(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("t")
        assert stage.app.palette is PLAIN
        assert "colours are off" in stage.text()

    perform(plain, Stage(palette=PLAIN))


def test_a_finished_session_says_so_and_stops_its_clock() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        stage.pass_second()
        stage.made.status(state=SessionState.FINISHED)
        stage.show()
        for _second in range(9):
            stage.pass_second()
        await pilot.press("space")
        await pilot.pause()
        text = stage.text()
        assert "■ finished" in text
        assert " 0:01" in text
        assert "all rounds are done; q leaves" in text

    perform(act)


def test_the_first_hop_of_the_configuration_is_the_first_row() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.made.reply(5, 5.0)
        stage.show()
        assert stage.table.ttls == (4, 5)

    perform(act, Stage(config=SessionConfig(first_hop=4)))


def test_keys_change_nothing_once_all_rounds_are_done_and_say_so() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await _ready(stage)
        three_hops(stage)
        stage.made.status(state=SessionState.FINISHED)
        stage.show()
        for key in ("r", "+", "-", "m", "a", "p"):
            stage.app.trace.say("")
            await pilot.press(key)
            assert "all rounds are done; q leaves" in stage.lines()[-1]
        assert stage.engine.asked == []

    perform(act)


def test_header_and_table_agree_about_the_loss_of_the_destination() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        stage.now_s += 0.5
        stage.made.lose(3)
        stage.show()
        await pilot.pause()
        assert "end to end ! 50.0 % of 2 lost" in stage.lines()[1]
        stage.made.lose(3)
        stage.show()
        assert stage.app.trace._header_timer is not None  # soon, and not only at the next second
        while "end to end ! 66.7 % of 3 lost" not in stage.lines()[1]:
            await pilot.pause()

    perform(act)


@pytest.mark.parametrize("interval_s", [1.0, 2.0, 10.0])
def test_the_rate_is_of_whole_rounds_and_only_while_something_is_sent(interval_s: float) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        stage.made.status(state=SessionState.RUNNING, interval_s=interval_s)
        rates: set[str] = set()
        for second in range(60):
            if second % interval_s == 0:
                three_hops(stage)
            stage.pass_second()
            method = stage.app.trace._header.lines[2]
            rates.update(text for text, _role in method if "packets" in text)
        assert rates == {f"{3 / interval_s:.1f} packets/s"}
        stage.made.status(state=SessionState.PAUSED, interval_s=interval_s)
        stage.show()
        stage.pass_second()
        await pilot.pause()
        assert "packets/s" not in stage.text()

    perform(act, size=(120, 24))


def test_a_path_that_falls_silent_is_said_until_it_answers() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        for _second in range(4):
            stage.made.send(1)
            stage.made.send(2)
            stage.show()
            stage.pass_second()
        assert any("! no answer for 4 s" in text for text, _ in stage.app.trace._header.lines[1])
        stage.made.reply(1, 5.0)
        stage.show()
        await pilot.pause()
        assert "no answer" not in stage.text()

    perform(act)


def test_a_pause_is_no_silence_nor_is_a_walk_over_hops_that_never_answer() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.made.lose(4)
        three_hops(stage)
        for _second in range(9):
            stage.made.lose(4)
            stage.show()
            stage.pass_second()
        assert "no answer" not in stage.lines()[1]
        stage.made.send(1)
        stage.made.send(2)
        stage.made.status(state=SessionState.PAUSED)
        stage.show()
        stage.pass_second()
        await pilot.pause()
        assert "no answer" not in stage.lines()[1]

    perform(act)


@pytest.mark.parametrize("width", [50, 80])
def test_a_long_note_takes_the_lines_it_needs_and_gives_them_back(width: int) -> None:
    note = (
        "raw sockets are not allowed here, so UDP: a destination answers UDP less often than ICMP"
    )

    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        three_hops(stage)
        await pilot.pause()
        before = stage.table.size.height
        stage.app.trace.say(note)
        await pilot.pause()
        assert " ".join(line.strip() for line in stage.lines()[-2:]) == note
        assert stage.table.size.height == before - 1
        stage.app.trace.key_bar.next_note()
        await pilot.pause()
        assert stage.lines()[-1].startswith(" q quit")
        assert stage.table.size.height == before

    perform(act, size=(width, 24))


def test_the_help_keeps_its_last_column_beside_the_scrollbar() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("question_mark")
        await pilot.pause()
        text = stage.app.screen.query_one("#help-text", LineView)
        assert max(line_width(line) for line in text.lines) <= text.size.width

    perform(act, size=(41, 12))
