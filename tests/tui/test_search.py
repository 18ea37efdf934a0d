from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.pilot import Pilot

from poros_tui.model.hop import HopSnapshot
from poros_tui.packets.extensions import InterfaceInformation, InterfaceRole
from poros_tui.tui.palette import DARK
from poros_tui.tui.search import found_from, matches, with_match
from poros_tui.tui.spans import Role, line_text
from tests.tui.located import FRANKFURT, PRIVATE
from tests.tui.made_path import MadePath
from tests.tui.stage import Stage

Act = Callable[[Stage, Pilot[None]], Awaitable[None]]

INTERFACE = InterfaceInformation(
    role=InterfaceRole.INCOMING,
    index=None,
    address=ip_address("192.0.2.77"),
    name="Ethernet1/7",
    mtu=None,
)


def perform(act: Act, *, private_hops: int = 0, size: tuple[int, int] = (80, 24)) -> None:
    async def scenario() -> None:
        stage = Stage()
        async with stage.open(*size) as pilot:
            stage.app.trace.view.hide(private_hops)
            stage.play_realistic(3)
            await pilot.pause()
            await act(stage, pilot)

    asyncio.run(scenario())


def hop_of(*responders: str) -> HopSnapshot:
    made = MadePath()
    for responder in responders:
        made.reply(1, 1.0, responder, extensions=(INTERFACE,))
    return made.update().hops[0]


@pytest.mark.parametrize(
    ("wanted", "is_found"),
    [
        ("frankfurt", True),
        ("am main", True),
        ("GERMANY", True),
        ("Berlin", False),
        ("not a", False),
    ],
)
def test_a_hop_is_found_by_its_city_and_its_country(wanted: str, is_found: bool) -> None:
    made = MadePath()
    made.reply(1, 1.0, "198.51.100.7")
    made.locate("198.51.100.7", FRANKFURT)
    made.reply(2, 1.0, "198.51.100.8")
    made.locate("198.51.100.8", PRIVATE)
    first, second = made.update().hops
    assert matches(first, wanted) is is_found
    assert not matches(second, wanted)


@pytest.mark.parametrize(
    ("wanted", "is_found"),
    [
        ("198.51", True),
        ("198.51.100.7", True),
        ("100.7", True),
        ("198.51.100.8", False),
        ("2001:DB8::a", True),
        ("2001:db8:0:0::000A", True),
        ("192.0.2.77", True),
        ("ethernet1", True),
        ("ETHERNET1/7", True),
        ("no reply", False),
        ("", False),
    ],
)
def test_a_hop_is_found_by_what_is_known_of_who_answers(wanted: str, is_found: bool) -> None:
    assert matches(hop_of("198.51.100.7", "2001:db8::a"), wanted) is is_found


def test_who_never_answered_is_not_found() -> None:
    made = MadePath()
    made.lose(1)
    assert not matches(made.update().hops[0], "1")


@given(
    st.lists(st.integers(1, 30), min_size=1, max_size=30, unique=True),
    st.data(),
    st.sampled_from([-1, 0, 1]),
)
def test_the_next_match_is_that_below_or_above_and_the_ends_meet(
    rows: list[int], data: st.DataObject, by: int
) -> None:
    matching = data.draw(st.lists(st.sampled_from(rows), min_size=1, unique=True))
    cursor = data.draw(st.sampled_from(rows))
    # Walk from the cursor, row by row and around, until a match comes.
    place, step = rows.index(cursor), -1 if by < 0 else 1
    walked = [rows[(place + step * index) % len(rows)] for index in range(len(rows) + 1)]
    expected = next(ttl for ttl in walked[abs(by) :] if ttl in matching)
    assert found_from(matching, rows, cursor, by) == expected


@given(st.text("ab1.", min_size=1, max_size=4), st.integers(0, 12), st.integers(0, 12))
def test_marking_changes_no_character(wanted: str, start: int, width: int) -> None:
    line = [("ab", Role.TEXT), ("1.ab.1", Role.DIM), ("  b1", Role.FAINT)]
    marked = with_match(line, start, start + width, wanted)
    assert line_text(marked)[: len(line_text(line))] == line_text(line)


def marked(stage: Stage) -> list[str]:
    """The pieces of the screen that are marked, from top to bottom."""
    wanted = DARK.styles[Role.MATCH]
    return [
        segment.text
        for strip in stage.app.screen._compositor.render_strips()
        for segment in strip
        if segment.style is not None
        and segment.style.underline
        and segment.style.color == wanted.color
    ]


def test_a_search_marks_counts_and_moves_the_cursor() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"198.51")
        await pilot.pause()
        assert stage.lines()[-1].startswith(" Search: 198.51")
        assert marked(stage) == ["198.51", "198.51"]  # while it is typed
        assert stage.table.cursor_ttl == 1
        await pilot.press("enter")
        await pilot.pause()
        assert stage.table.cursor_ttl == 3
        assert "'198.51': 1 of 2, hop 3; Esc ends it" in stage.lines()[-1]
        assert marked(stage) == ["198.51", "198.51"]
        for key, ttl, place in (("n", 5, 2), ("n", 3, 1), ("N", 5, 2), ("N", 3, 1)):
            await pilot.press(key)
            await pilot.pause()
            assert stage.table.cursor_ttl == ttl
            assert f"{place} of 2" in stage.lines()[-1]
        await pilot.press("j")  # keys go to the table again
        assert stage.table.cursor_ttl == 4
        await pilot.press("escape")
        await pilot.pause()
        assert marked(stage) == []
        await pilot.press("n")
        await pilot.pause()
        assert "nothing is looked for" in stage.lines()[-1]

    perform(act)


def test_a_match_that_the_row_has_no_room_for_marks_who_answers_now() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        hop = stage.app.trace.view.hop(6)
        hidden = next(one for one in hop.responders if one.address != hop.responder.address)
        await pilot.press("slash", *str(hidden.address), "enter")
        await pilot.pause()
        assert stage.table.cursor_ttl == 6
        assert "".join(marked(stage)).startswith(str(hop.responder.address))

    perform(act)


def test_what_no_hop_has_is_told_in_a_line_and_can_be_mended() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"198.52", "enter")
        await pilot.pause()
        assert "no hop matches '198.52'" in stage.text()
        await pilot.press("backspace", "1", "enter")
        await pilot.pause()
        assert "1 of 2" in stage.text()

    perform(act)


def test_escape_leaves_the_line_the_search_and_then_the_panel() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("enter", "slash", *"198", "escape")
        await pilot.pause()
        assert "Search:" not in stage.text()
        assert marked(stage) == []
        assert "quit" in stage.lines()[-1]
        assert stage.app.trace.open_panel == "details"
        await pilot.press("slash", *"198", "enter", "escape")
        assert stage.app.trace.open_panel == "details"
        await pilot.press("escape")
        assert stage.app.trace.open_panel is None

    perform(act)


def test_a_search_goes_on_while_hops_update_and_change_places() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"198.18.1", "enter")
        first = stage.table.cursor_ttl
        await pilot.press("S")  # the farthest hop is the first row now
        stage.play_realistic(3, seed=8)
        await pilot.pause()
        rows = stage.table.ttls
        assert rows == tuple(range(12, 0, -1))
        assert len(marked(stage)) == 4
        assert stage.table.cursor_ttl == first == 6
        await pilot.press("n")
        assert stage.table.cursor_ttl == 9  # from the last match below to the first
        # A hop that begins to match is marked and found, one that is gone is not.
        stage.made.reply(12, 97.0, "198.18.1.1")
        stage.show()
        await pilot.press("n", "N", "N")
        await pilot.pause()
        assert stage.table.cursor_ttl == 12
        assert "1 of 5" in stage.lines()[-1]

    perform(act)


def test_what_is_typed_before_the_line_has_the_focus_is_not_lost() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        keys = [("slash", "/"), *((character, character) for character in "198.18.1")]
        for key, character in [*keys, ("enter", "\r")]:
            stage.app.post_message(events.Key(key, character))
        await pilot.pause()
        assert len(marked(stage)) == 4
        assert stage.table.cursor_ttl == 6
        assert "1 of 4" in stage.lines()[-1]

    perform(act)


def test_hidden_hops_are_not_found() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        for wanted in ("192.168.1.1", "hidden", "0.0.0.0"):
            await pilot.press("slash", *wanted)
            await pilot.pause()
            assert marked(stage) == []
            await pilot.press("enter")
            await pilot.pause()
            assert "no hop matches" in stage.text()
            await pilot.press("escape")
        await pilot.press("slash", *"1", "enter")
        await pilot.pause()
        assert "of 9" in stage.lines()[-1]  # 12 less two hidden and one that is silent
        await pilot.press("H", "n")
        await pilot.pause()
        assert "of 11" in stage.lines()[-1]

    perform(act, private_hops=2)


def test_a_click_beside_the_line_gives_the_search_up() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"198")
        await pilot.click(offset=(10, 10))
        await pilot.pause()
        assert "Search:" not in stage.text()
        assert marked(stage) == []
        await pilot.press("j")
        assert stage.table.cursor_ttl is not None

    perform(act)
