from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

import pytest
from textual.pilot import Pilot

from poros_tui.model.place import Place
from poros_tui.model.place_doubt import doubts, with_doubts
from poros_tui.model.placed import placed_on
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.place_lines import hop_ranges, place_lines, spots_of
from poros_tui.tui.spans import line_text, line_width
from tests.tui.located import BERLIN, HOME, NEW_YORK, PRIVATE, SOMEWHERE, SYDNEY, locate
from tests.tui.made_path import MadePath, identity
from tests.tui.stage import Stage

Act = Callable[[Stage, Pilot[None]], Awaitable[None]]


def perform(act: Act, size: tuple[int, int] = (120, 40)) -> None:
    async def scenario() -> None:
        stage = Stage(identity(home=HOME))
        async with stage.open(*size) as pilot:
            stage.play_realistic(5)
            locate(stage)
            await pilot.press("M")
            await stage.settled(pilot)
            await act(stage, pilot)

    asyncio.run(scenario())


def test_the_map_opens_and_closes() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        assert stage.app.trace.open_panel == "map"
        assert "places of GeoLite2-City.mmdb" in stage.text()
        await pilot.press("M")
        assert stage.app.trace.open_panel is None

    perform(act)


def test_a_key_shows_the_world_and_again_the_path() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        near = await stage.settled(pilot)
        assert "?9" not in near
        await pilot.press("A")
        world = await stage.settled(pilot)
        assert "?9" in world  # Sydney, where nobody can be
        assert "the whole world" in world
        await pilot.press("A")
        assert "where the path goes" in await stage.settled(pilot)
        assert "?9" not in stage.text()

    perform(act)


def test_places_that_are_learnt_later_are_shown_with_the_next_second() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        assert "Sydney" in stage.text()
        stage.made.locate("198.18.180.71", NEW_YORK)
        stage.show()
        stage.pass_second()
        text = await stage.settled(pilot)
        assert "Sydney" not in text
        assert "cannot be right" not in text

    perform(act)


def test_hidden_hops_and_home_are_on_no_map() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        for _ in range(2):
            assert "home" in stage.text()
            await pilot.press("H")
            text = await stage.settled(pilot)
            assert "home" not in text.replace("hop", "")
            assert "km from Berlin" in text or "hidden" in text
            await pilot.press("H")
            await stage.settled(pilot)

    perform(act)


@pytest.mark.parametrize(
    ("ttls", "expected"),
    [((), ""), ((4,), "4"), ((1, 2, 3), "1-3"), ((1, 3, 4, 9), "1,3-4,9")],
)
def test_ranges_of_hops(ttls: tuple[int, ...], expected: str) -> None:
    assert hop_ranges(ttls) == expected


def made(*hops: tuple[int, str, float, Place | None]) -> MadePath:
    """A path of these hops: TTL, address, milliseconds, place."""
    path = MadePath()
    for ttl, address, rtt_ms, where in hops:
        if ttl == len(hops):
            path.reached(ttl, rtt_ms, address)
        else:
            path.reply(ttl, rtt_ms, address)
        if where is not None:
            path.locate(address, where)
    return path


def test_an_address_at_several_hops_is_placed_once_with_its_shortest_round_trip() -> None:
    path = made((1, "9.9.9.9", 5.0, BERLIN), (2, "9.9.9.9", 3.0, BERLIN), (3, "8.8.8.8", 9, None))
    (one,) = placed_on(path.path.hops())
    assert (one.address, one.ttls, one.best_rtt_s) == (ip_address("9.9.9.9"), (1, 2), 0.003)


def test_who_has_no_place_or_no_time_is_not_placed() -> None:
    path = made((1, "10.0.0.1", 1.0, PRIVATE), (2, "9.9.9.9", 2.0, None), (3, "8.8.8.8", 9, BERLIN))
    assert [one.ttls for one in placed_on(path.path.hops())] == [(3,)]
    path = MadePath()
    path.reply(1, None, "9.9.9.9")
    path.locate("9.9.9.9", BERLIN)
    assert placed_on(path.path.hops()) == []


def told(path: MadePath, width: int = 80) -> list[str]:
    hops = path.path.hops()
    found = doubts(placed_on(hops), HOME)
    hops = tuple(with_doubts(hop, found) for hop in hops)
    lines = place_lines(spots_of(hops), hops, width, TimeUnit.MS, cursor_ttl=None)
    assert all(line_width(line) <= width for line in lines)
    return [line_text(line) for line in lines]


def test_hops_in_one_city_are_one_place_but_not_with_those_that_cannot_be_there() -> None:
    path = made(
        (1, "192.168.1.1", 1.0, PRIVATE),
        (2, "9.9.9.1", 2.0, BERLIN),
        (3, "9.9.9.2", 3.0, BERLIN),
        (4, "8.8.8.1", 5.0, NEW_YORK),
        (5, "8.8.8.2", 95.0, NEW_YORK),
        (6, "8.8.8.3", 99.0, SOMEWHERE),
    )
    assert told(path) == [
        "○ 2-3  Berlin, Germany  2.00 ms",
        "? 4    New York, United States  5.00 ms",
        "    5.0 ms away, but New York is 6372 km from home: 62 ms at least",
        "○ 5    New York, United States  95.0 ms",
        "· 6    somewhere in United States  99.0 ms",
        "no place: 1 (not a public address)",
    ]


def test_where_there_is_little_room_countries_are_codes_and_names_are_cut() -> None:
    path = made((1, "9.9.9.1", 2.0, BERLIN), (2, "8.8.8.1", 200.0, SYDNEY))
    assert told(path, 26)[0] == "○ 1  Berlin, DE  2.00 ms"
    assert told(path, 18)[0] == "○ 1  Ber…  2.00 ms"


def test_an_unknown_responder_and_silence_are_told_apart() -> None:
    path = made((1, "9.9.9.1", 2.0, BERLIN), (2, "9.9.9.2", 2.0, None))
    path.lose(3)
    path.status()
    hops = path.path.hops()
    lines = [line_text(line) for line in place_lines(spots_of(hops), hops, 80, TimeUnit.MS, 1)]
    assert "no place: 2 (nobody says)" in lines
