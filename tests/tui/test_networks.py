from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from poros_tui.cli.exporting import writers_for
from poros_tui.config import SessionConfig
from poros_tui.model.column import Column
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.network import Network
from poros_tui.model.stretch import stretches
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.columns import (
    COLUMNS_WITH_NETWORKS,
    DEFAULT_COLUMNS,
    DROP_ORDER_WITH_NETWORKS,
    ColumnWidths,
    layout,
)
from poros_tui.tui.grouping import GROUP, Grouping
from poros_tui.tui.network_cells import as_cell, edges, network_cell, network_words, stretch_line
from poros_tui.tui.search import matches
from poros_tui.tui.sharing import ExportKind
from poros_tui.tui.sorting import Order, ordered
from poros_tui.tui.spans import line_text, line_width
from poros_tui.tui.table_look import TableLook
from tests.tui.made_path import REALISTIC, MadePath
from tests.tui.stage import Stage

Act = Callable[[Stage, Pilot[None]], Awaitable[None]]

ACCESS = Network(asn=64496, name="ACCESS", source="test")
TRANSIT = Network(asn=64500, name="TRANSIT-EXAMPLE", source="test")
HOSTING = Network(asn=64510, name="HOSTING", source="test")
OF_HOP = {3: ACCESS, 5: ACCESS, **dict.fromkeys(range(6, 11), TRANSIT), 11: HOSTING, 12: HOSTING}


def learn(made: MadePath) -> None:
    """Of the realistic path."""
    for ttl, place in enumerate(REALISTIC, 1):
        for address in place.responders if ttl in OF_HOP else ():
            made.know(address, OF_HOP[ttl])


def perform(
    act: Act, *, size: tuple[int, int] = (80, 36), look: TableLook | None = None, private: int = 0
) -> None:
    async def scenario() -> None:
        writers = writers_for(SessionConfig())
        stage = Stage(writers=writers) if look is None else Stage(writers=writers, look=look)
        async with stage.open(*size) as pilot:
            stage.app.trace.view.hide(private)
            stage.play_realistic(3)
            learn(stage.made)
            stage.show()
            stage.pass_second()
            await pilot.pause()
            await act(stage, pilot)

    asyncio.run(scenario())


def realistic() -> tuple[HopSnapshot, ...]:
    made = MadePath()
    for ttl, place in enumerate(REALISTIC, 1):
        if place.responders:
            made.reply(ttl, place.rtt_ms, place.responders[0])
        else:
            made.lose(ttl)
    learn(made)
    return made.path.hops()


def rows(stage: Stage) -> list[str]:
    """The lines of the table, without those above and below it."""
    lines = stage.lines()
    first = next(place for place, line in enumerate(lines) if "Hop" in line and "Loss" in line) + 1
    return [line for line in lines[first:-1] if line[:7].strip()]  # the last has the keys


def test_columns_of_networks_come_with_the_first_that_is_known() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        head = next(line for line in stage.lines() if "Hop" in line)
        assert " AS " in head
        row = {line.split()[0]: line for line in rows(stage)}
        assert "┌AS64496" in row["3"]
        assert "│" in row["4"]
        assert "no reply" in row["4"]
        assert "│AS64496" in row["5"]
        assert "┌AS64500" in row["6"]
        assert "AS" not in row["1"]

    perform(act)


def test_without_networks_nothing_is_other_than_before() -> None:
    async def scenario() -> None:
        stage = Stage()
        async with stage.open(200, 40) as pilot:
            stage.play_realistic(3)
            stage.made.know("192.168.1.1", Network(problem="nobody announces this address"))
            stage.show()
            stage.pass_second()
            await pilot.pause()
            head = next(line for line in stage.lines() if "Hop" in line)
            assert " AS " not in head
            assert "Network" not in head
            await pilot.press("G")
            await pilot.pause()
            assert "no network is known" in stage.text()
            assert not stage.table.is_grouped

    asyncio.run(scenario())


def test_columns_that_were_chosen_are_kept_to() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        head = next(line for line in stage.lines() if "Hop" in line).split()
        assert head == ["▲Hop", "Responder", "Loss", "%", "Network"]

    look = TableLook(columns=(Column.HOP, Column.RESPONDER, Column.LOSS, Column.NETWORK))
    perform(act, look=look)


def test_edges_stand_only_in_the_order_of_the_path() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("S")
        await pilot.pause()
        assert "┌AS" not in stage.text()
        assert " AS64500" in stage.text()
        await pilot.press("S")
        await pilot.pause()
        assert "┌AS64500" in stage.text()

    perform(act)


def test_rows_are_grouped_folded_and_gone_through() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("K")
        await pilot.pause()
        assert "G groups the hops by network first" in stage.text()
        await pilot.press("G")
        await pilot.pause()
        titles = [line.strip() for line in rows(stage) if line.startswith(" ▼")]
        assert [title.split("  ")[:2] for title in titles] == [
            ["▼ private addresses", "hops 1-2"],
            ["▼ AS64496 ACCESS", "hops 3-5"],
            ["▼ AS64500 TRANSIT-EXAMPLE", "hops 6-10"],
            ["▼ AS64510 HOSTING", "hops 11-12"],
        ]
        await pilot.press(*["down"] * 7, "K")
        await pilot.pause()
        assert stage.table.cursor_ttl == 6
        assert [line.split()[0] for line in rows(stage)] == [
            "▼", "1", "2", "▼", "3", "4", "5", "▶", "▼", "11", "12◆",
        ]  # fmt: skip
        await pilot.press("down")
        assert stage.table.cursor_ttl == 11
        await pilot.press("up", "up")
        assert stage.table.cursor_ttl == 5
        await pilot.press("down", "K")
        await pilot.pause()
        assert "▶" not in stage.text()
        await pilot.press("G")
        await pilot.pause()
        assert "▼" not in "".join(rows(stage))

    perform(act)


def test_a_click_on_a_group_folds_it_and_a_search_unfolds_it() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("G")
        await pilot.pause()
        place = next(y for y, line in enumerate(stage.lines()) if "▼ AS64500" in line)
        await pilot.click(offset=(5, place))
        await pilot.pause()
        assert "▶ AS64500" in stage.text()
        await pilot.press("slash", *"198.18.37", "enter")
        await pilot.pause()
        assert "▼ AS64500" in stage.text()
        assert stage.table.cursor_ttl == 10

    perform(act)


def test_grouping_keeps_to_the_order_of_the_path_and_sorts_within() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("G", "S")
        await pilot.pause()
        assert [line.split()[0] for line in rows(stage)] == [
            "▼", "2", "1", "▼", "5", "4", "3", "▼", "10", "9", "8", "7", "6", "▼", "12◆", "11",
        ]  # fmt: skip

    perform(act)


def test_a_network_that_comes_while_rows_are_grouped_is_grouped() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("G", *["down"] * 11)
        stage.made.know("203.0.113.80", Network(asn=1, name="NEW", source="test"))
        stage.show()
        await pilot.pause()
        assert "▼ AS1 NEW  hop 12" in stage.text()
        assert stage.table.cursor_ttl == 12
        stage.made.status(generation=1)
        stage.show()
        await pilot.pause()
        await pilot.press("down", "up", "G")

    perform(act)


def test_hidden_hops_have_no_network_on_the_screen_nor_in_what_leaves_it() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        for address in ("192.168.1.1", "10.64.0.1"):
            stage.made.know(address, Network(asn=64999, name="HOME-NET", source="test"))
        stage.show()
        await pilot.pause()
        assert "AS64999" in stage.text()
        await pilot.press("H")
        await pilot.pause()
        assert "AS64999" not in stage.text()
        await pilot.press("G")
        await pilot.pause()
        assert "▼ hidden  hops 1-2" in stage.text()
        path = stage.app.trace.shown_path()
        assert path is not None
        for kind in (ExportKind.TEXT, ExportKind.MARKDOWN, ExportKind.JSON):
            text = stage.app.trace._redacted(kind, path)
            assert "64999" not in text
            assert "HOME-NET" not in text
            assert "64500" in text

    perform(act, size=(120, 40))


@pytest.mark.parametrize("wanted", ["AS64500", "as64500", "64500", "transit-ex"])
def test_hops_are_found_by_their_network(wanted: str) -> None:
    found = [hop.ttl for hop in realistic() if matches(hop, wanted)]
    assert found == [6, 7, 8, 9, 10]
    assert not [hop for hop in realistic() if matches(hop, "AS64501")]


def test_what_matches_is_marked_in_its_column() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"64510", "enter")
        await pilot.pause()
        assert "'64510': 1 of 2, hop 11" in stage.text()

    perform(act)


def test_hops_are_sorted_by_number_and_by_name_of_their_network() -> None:
    assert ordered(realistic(), Order(Column.AS)) == (3, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 4)
    by_name = ordered(realistic(), Order(Column.NETWORK, descending=True))
    assert by_name == (6, 7, 8, 9, 10, 11, 12, 3, 5, 1, 2, 4)


def test_the_panel_says_all_that_is_known_and_from_where() -> None:
    network = Network(
        asn=64500,
        other_asns=(64501, 64502),
        name="EXAMPLE-NET",
        prefix=ip_network("192.0.2.0/24"),
        country="DE",
        registry="ripencc",
        source="Team Cymru",
    )
    assert network_words(network) == (
        "AS64500 EXAMPLE-NET (also AS64501, AS64502), 192.0.2.0/24, DE ripencc; from Team Cymru"
    )
    assert network_words(Network(asn=1, source="a.mmdb")) == "AS1; from a.mmdb"
    assert network_words(Network(problem="nobody says")) == "nobody says"


def test_several_responders_of_one_network_are_told_once() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press(*["down"] * 5, "enter")
        await pilot.pause()
        text = stage.text()
        assert text.count("AS64500 TRANSIT-EXAMPLE; from test") == 1
        stage.made.know(REALISTIC[5].responders[0], HOSTING)
        stage.show()
        stage.pass_second()
        await pilot.pause()
        assert "198.18.124.56: AS64510 HOSTING; from test" in stage.text()

    perform(act, size=(120, 50))


@given(st.integers(0, 260), st.integers(0, 45), st.integers(0, 60))
def test_columns_with_networks_go_in_the_documented_order_and_stay_inside(
    width: int, address: int, name: int
) -> None:
    needed = ColumnWidths()
    needed.grow(Column.RESPONDER, address)
    needed.grow(Column.NETWORK, name)
    slots = layout(width, needed, COLUMNS_WITH_NETWORKS)
    dropped = set(COLUMNS_WITH_NETWORKS) - {slot.column for slot in slots}
    assert dropped == set(DROP_ORDER_WITH_NETWORKS[: len(dropped)])
    if width >= 36:
        assert slots[-1].end <= width


def test_eighty_columns_have_room_for_the_number_and_a_wide_screen_for_all() -> None:
    assert Column.AS in {slot.column for slot in layout(80, ColumnWidths(), COLUMNS_WITH_NETWORKS)}
    wide = layout(132, ColumnWidths(), COLUMNS_WITH_NETWORKS)
    assert tuple(slot.column for slot in wide) == COLUMNS_WITH_NETWORKS
    assert [one for one in COLUMNS_WITH_NETWORKS if one in DEFAULT_COLUMNS] == list(DEFAULT_COLUMNS)


@given(st.text(max_size=80), st.integers(1, 60))
def test_cells_keep_to_their_width(name: str, width: int) -> None:
    made = MadePath()
    made.reply(1, 1.0, "8.0.0.1")
    made.know("8.0.0.1", Network(asn=4294967295, name=name or None, source="test"))
    (hop,) = made.path.hops()
    assert line_width(network_cell(hop, width)) <= width
    assert line_text(as_cell(hop, "┌")) == "┌AS4294967295"
    (stretch,) = stretches([hop])
    line = stretch_line(stretch, [hop], 80, TimeUnit.MS, is_folded=False)
    assert line_width(line) == 80


def test_a_group_has_its_hops_their_fastest_and_slowest_and_what_all_lose() -> None:
    made = MadePath()
    for address, rtt_ms, lost in (("8.0.0.1", 12.0, 1), ("8.0.0.2", 30.0, 0)):
        ttl = int(address[-1])
        made.reply(ttl, rtt_ms, address)
        for _ in range(lost):
            made.lose(ttl)
        made.know(address, TRANSIT)
    hops = made.path.hops()
    (stretch,) = stretches(hops)
    text = line_text(stretch_line(stretch, hops, 80, TimeUnit.MS, is_folded=True)).rstrip()
    assert text == " ▶ AS64500 TRANSIT-EXAMPLE  hops 1-2  12.0 to 30.0 ms  loss 0.0 %"


def test_a_group_of_the_silent_has_no_figures() -> None:
    made = MadePath()
    made.lose(1)
    (stretch,) = stretches(made.path.hops())
    text = line_text(stretch_line(stretch, made.path.hops(), 80, TimeUnit.MS, is_folded=False))
    assert text.rstrip() == " ▼ network not known  hop 1"


def test_a_corner_stands_where_a_network_begins_and_a_bar_where_it_goes_on() -> None:
    found = edges(stretches(realistic()))
    assert "".join(found.get(ttl, " ") for ttl in range(1, 13)) == "  ┌││┌││││┌│"


@given(st.permutations(range(1, 13)), st.sets(st.integers(0, 3)))
def test_every_hop_has_one_row_to_stand_at(order: list[int], folded: set[int]) -> None:
    hops, grouping = realistic(), Grouping()
    grouping.is_on = True
    grouping.find(hops, is_in_path_order=True)
    path = stretches(hops)
    for place in folded:
        grouping.fold(path[place])
    rows = grouping.rows(order, {2: [0, 1]})
    assert len(rows) == len(set(rows))
    for hop in hops:
        assert rows.count(grouping.row_for(hop.ttl)) == 1
        group = grouping.group_row(hop.ttl)
        assert group in rows
    stops = grouping.stops(rows)
    assert len(stops) == len(set(stops))
    assert set(stops) == {grouping.row_for(hop.ttl)[0] for hop in hops}
    assert [ttl for ttl, kind in rows if kind == GROUP] == [one.first_ttl for one in path]


def test_an_exchange_shows_in_the_table_the_panel_and_the_search() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.made.place_at("192.0.2.129", "EXAMPLE-IX Berlin")
        stage.show()
        await pilot.pause()
        row = next(line for line in rows(stage) if line.split()[0] == "11")
        assert "┌IX " in row
        assert "IX EXAMPLE-IX Berlin" in row
        await pilot.press("slash", *"example-ix", "enter", "enter")
        await pilot.pause()
        assert stage.table.cursor_ttl == 11
        assert "Exchange IX EXAMPLE-IX Berlin; from test" in stage.text()
        await pilot.press("G")
        await pilot.pause()
        assert "▼ IX EXAMPLE-IX Berlin  hop 11" in stage.text()

    perform(act, size=(150, 50))
