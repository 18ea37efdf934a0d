from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from poros_tui.cli.exporting import writers_for
from poros_tui.config import SessionConfig
from poros_tui.model.column import Column
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.naming import NAME_MAX
from poros_tui.model.privacy import private_words, redacted, without_addresses
from poros_tui.tui.columns import ColumnWidths
from poros_tui.tui.details import detail_lines
from poros_tui.tui.rows import (
    RESPONDER_MOST,
    TableScale,
    note_needs,
    responder_cell,
    responder_text,
)
from poros_tui.tui.search import matches
from poros_tui.tui.spans import line_text, line_width
from poros_tui.tui.table_look import Called
from poros_tui.tui.verdict import Verdict
from tests.tui.made_path import MadePath
from tests.tui.stage import Stage

ADDRESS = "192.0.2.7"
NAME = "core1.ber.transit.example"


@dataclass
class Named:
    """A path of one hop, and what it is called."""

    name: str | None = NAME
    is_confirmed: bool | None = None

    @property
    def hop(self) -> HopSnapshot:
        made = MadePath()
        made.reply(1, 10.0, ADDRESS)
        made.name(
            ADDRESS,
            self.name,
            is_confirmed=self.is_confirmed,
            problem="" if self.name else "no PTR record",
        )
        (hop,) = made.path.hops()
        return hop


@pytest.mark.parametrize(
    ("called", "width", "text"),
    [
        (Called.NAME, None, NAME),
        (Called.NAME, 15, "core1.b…example"),
        (Called.ADDRESS, None, ADDRESS),
        (Called.BOTH, None, f"{NAME} ({ADDRESS})"),
        (Called.BOTH, 24, "core1…xample (192.0.2.7)"),
        (Called.BOTH, 15, ADDRESS),
        (Called.BOTH, 6, "19…2.7"),
    ],
)
def test_a_responder_is_called_as_it_is_wanted(
    called: Called, width: int | None, text: str
) -> None:
    responder = Named().hop.responder
    assert responder is not None
    assert responder_text(responder, called, width) == text


@pytest.mark.parametrize("called", list(Called))
def test_who_has_no_name_is_called_by_the_address(called: Called) -> None:
    assert line_text(responder_cell(Named(None).hop, called=called)) == ADDRESS


def test_a_name_that_does_not_lead_back_has_a_question_mark() -> None:
    assert line_text(responder_cell(Named(is_confirmed=False).hop)) == f"{NAME}?"
    assert line_text(responder_cell(Named(is_confirmed=True).hop)) == NAME
    doubtful = responder_cell(Named(is_confirmed=False).hop, called=Called.BOTH)
    assert line_text(doubtful) == f"{NAME}? ({ADDRESS})"


@given(
    st.text("abc.-", min_size=1, max_size=NAME_MAX),
    st.sampled_from(Called),
    st.sampled_from([None, True, False]),
    st.integers(4, 200),
)
def test_a_responder_keeps_to_its_width(
    name: str, called: Called, is_confirmed: bool | None, width: int
) -> None:
    cell = responder_cell(Named(name, is_confirmed).hop, width, called)
    assert line_width(cell) <= width


def test_the_column_grows_with_names_up_to_a_bound_and_does_not_shrink() -> None:
    widths = ColumnWidths()
    scale = TableScale(decimals=1, top_s=None, marks_in_flight=False)
    assert note_needs([Named().hop], scale, widths)
    assert widths[Column.RESPONDER] == len(NAME)
    assert note_needs([Named("x" * NAME_MAX).hop], scale, widths)
    assert widths[Column.RESPONDER] == RESPONDER_MOST
    assert not note_needs([Named().hop], scale, widths)
    assert widths[Column.RESPONDER] == RESPONDER_MOST


def panel(hop: HopSnapshot) -> list[str]:
    return [line_text(line).rstrip() for line in detail_lines(hop, Verdict.NONE, 78, 30)]


def test_the_panel_has_address_and_name_or_why_there_is_none() -> None:
    assert panel(Named().hop)[0].split()[:3] == ["Hop", "1", ADDRESS]
    assert f"Name     {NAME}" in panel(Named().hop)
    assert "Name     no PTR record" in panel(Named(None).hop)
    assert f"Name     {NAME}, leads back to this address" in panel(Named(is_confirmed=True).hop)
    doubtful = panel(Named(is_confirmed=False).hop)
    assert f"Name     {NAME}, does not lead back to this address" in doubtful


@pytest.mark.parametrize("wanted", ["BER.transit", "192.0.2", ADDRESS])
def test_the_search_finds_names_and_addresses(wanted: str) -> None:
    assert matches(Named().hop, wanted)
    assert not matches(without_addresses(Named().hop, 1), wanted)


def test_a_hidden_hop_has_no_name() -> None:
    hidden = without_addresses(Named().hop, 1)
    assert hidden.responder is not None
    assert hidden.responder.naming is None
    assert NAME not in "\n".join(panel(hidden))
    words = private_words([Named().hop], 1)
    assert NAME in words
    assert redacted(f"{NAME} ({ADDRESS})", words) == "hidden (hidden)"
    assert NAME not in private_words([Named().hop], 0)


def perform(act: Callable[[Stage, Pilot[None]], Awaitable[None]], width: int = 120) -> None:
    async def scenario() -> None:
        stage = Stage(writers=writers_for(SessionConfig()))
        async with stage.open(width, 40) as pilot:
            await act(stage, pilot)

    asyncio.run(scenario())


def test_the_key_goes_through_names_addresses_and_both() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.made.reply(1, 10.0, ADDRESS)
        stage.show()
        assert ADDRESS in await stage.settled(pilot)
        stage.made.name(ADDRESS, NAME)
        stage.show()
        text = await stage.settled(pilot)
        assert NAME in text
        assert ADDRESS not in text
        await pilot.press("D")
        text = await stage.settled(pilot)
        assert NAME not in text
        assert "the table shows addresses" in text
        await pilot.press("D")
        assert f"{NAME} ({ADDRESS})" in await stage.settled(pilot)
        await pilot.press("D")
        text = await stage.settled(pilot)
        assert NAME in text
        assert ADDRESS not in text

    perform(act, 150)


@pytest.mark.parametrize("width", [50, 80, 120, 250])
def test_hiding_hops_hides_their_names_in_every_view(width: int) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.play_realistic(3)
        for hop in stage.made.path.hops():
            for responder in hop.responders:
                stage.made.name(str(responder.address), f"n{hop.ttl}.example")
        stage.show()
        stage.pass_second()
        text = await stage.settled(pilot)
        assert "n1.example" in text
        await pilot.press("H")
        for key in ("enter", "g", "v", "c", "h", "e", "P"):
            await pilot.press(key)
            text = await stage.settled(pilot)
            assert not re.search(r"\bn[12]\.ex", text), key
            assert "n3.example" in text, key

    perform(act, width)


@pytest.mark.parametrize("key", ["Y", "ctrl+y"])
def test_a_table_that_is_copied_has_names_but_for_hops_that_are_hidden(key: str) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.made.reply(1, 10.0, ADDRESS)
        stage.made.name(ADDRESS, NAME)
        stage.made.reply(3, 10.0, "192.0.2.8")
        stage.made.name("192.0.2.8", "next.example")
        stage.show()
        await pilot.press(key)
        assert NAME in stage.app.clipboard
        assert ADDRESS in stage.app.clipboard
        await pilot.press("H", key)
        assert NAME not in stage.app.clipboard
        assert ADDRESS not in stage.app.clipboard
        assert "next.example" in stage.app.clipboard

    perform(act, 150)
