from __future__ import annotations

import asyncio

import msgspec
import pytest

from poros_tui.model.column import Column
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.place import Place
from poros_tui.tui.place_cells import place_cell
from poros_tui.tui.sorting import Order, ordered
from poros_tui.tui.spans import Role, line_text, line_width
from poros_tui.tui.table_look import DEFAULT_LOOK
from tests.tui.located import BERLIN, FRANKFURT, HOME, PRIVATE, SOMEWHERE, SYDNEY, locate
from tests.tui.made_path import MadePath, identity
from tests.tui.stage import Stage


def hop_at(place: Place | None) -> HopSnapshot:
    made = MadePath()
    made.reply(1, 1.0, "192.0.2.1")
    if place is not None:
        made.locate("192.0.2.1", place)
    return made.update().hops[0]


@pytest.mark.parametrize(
    ("place", "width", "text"),
    [
        (BERLIN, None, "Berlin, DE"),
        (FRANKFURT, 12, "Frankfurt a…"),
        (SOMEWHERE, None, "US"),
        (PRIVATE, None, "·"),
        (None, None, "·"),
        (msgspec.structs.replace(SYDNEY, doubt="too far"), None, "Sydney, AU ?"),
        (msgspec.structs.replace(SYDNEY, doubt="too far"), 8, "Sydne… ?"),
    ],
)
def test_a_place_has_a_cell(place: Place | None, width: int | None, text: str) -> None:
    cell = place_cell(hop_at(place), width)
    assert line_text(cell) == text
    assert width is None or line_width(cell) <= width


def test_a_doubted_place_stands_out() -> None:
    cell = place_cell(hop_at(msgspec.structs.replace(SYDNEY, doubt="too far")))
    assert {role for _text, role in cell} == {Role.WARN}


def test_hops_are_sorted_by_their_places_and_those_without_stand_last() -> None:
    made = MadePath()
    for ttl, place in enumerate((SYDNEY, PRIVATE, BERLIN), 1):
        made.reply(ttl, 1.0, f"192.0.2.{ttl}")
        made.locate(f"192.0.2.{ttl}", place)
    hops = made.update().hops
    assert ordered(hops, Order(Column.PLACE)) == (3, 1, 2)
    assert ordered(hops, Order(Column.PLACE, descending=True)) == (1, 3, 2)


def test_the_column_is_there_where_it_is_wanted_and_marks_what_cannot_be() -> None:
    async def act() -> None:
        columns = (Column.HOP, Column.RESPONDER, Column.PLACE, Column.LAST)
        look = msgspec.structs.replace(DEFAULT_LOOK, columns=columns)
        stage = Stage(identity(home=HOME), look=look)
        async with stage.open(80, 30) as pilot:
            stage.play_realistic(3)
            locate(stage)
            text = await stage.settled(pilot)
            assert "Place" in text
            assert "Frankfurt am Main, DE" in text
            assert "Sydney, AU ?" in text
            await pilot.press("H")
            assert "Sydney, AU ?" in await stage.settled(pilot)  # by the other hops
            await pilot.press("slash", *"frankfurt", "enter")
            assert stage.table.cursor_ttl == 6

    asyncio.run(act())
