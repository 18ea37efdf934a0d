"""Every view at every size, in looks that differ in what is drawn; and what none of them may show.

One app for each look, whose terminal is resized: what a user does too.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from ipaddress import ip_address

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from poros_tui.cli.exporting import writers_for
from poros_tui.config import SessionConfig
from poros_tui.model.coordinates import Coordinates
from poros_tui.model.events import Event, EventKind
from poros_tui.model.multipath import (
    Balance,
    Balancer,
    GraphLink,
    GraphNode,
    MultipathGraph,
    ProbeCount,
)
from poros_tui.model.place import Place
from poros_tui.packets.extensions import InterfaceInformation, InterfaceRole
from poros_tui.tui.panels.registry import PANELS
from poros_tui.tui.sharing import ExportKind
from poros_tui.tui.themes import palette_of
from poros_tui.tui.widgets.line_view import LineView
from poros_tui.tui.widgets.panel_view import PanelView
from tests.model.made_hops import quote, source
from tests.model.test_path_graph import with_flows
from tests.tui.made_path import identity
from tests.tui.stage import Stage
from tests.tui.test_flow_rows import WAYS
from tests.tui.test_themes import OF_TEXTUAL, SIZES
from tests.tui.time_story import play_story


@dataclass(frozen=True)
class View:
    """One of them: the keys that lead to it, and those that lead back to the table."""

    name: str
    opening: tuple[str, ...]
    closing: tuple[str, ...] = ("escape",)
    word: str = ""
    """That is always to be read there."""


OF_PANELS = {
    "details": "enter",
    "all_paths": "g",
    "verdict": "v",
    "chart": "c",
    "heat_map": "h",
    "events": "e",
    "paths": "P",
    "map": "M",
}
VIEWS = (
    View("table", ("end",), (), "Responder"),
    *(View(name, (key,)) for name, key in OF_PANELS.items()),
    View("chart alone", ("c", "z")),
    View("map of the world", ("M", "A"), ("A", "escape"), word="Map"),
    View("heat map alone", ("h", "z", "left")),
    View("search", ("slash", "1"), word="Search:"),
    View("help", ("question_mark",), word="Keys"),
    View("settings", ("C",), word="Settings"),
    View("columns", ("C", *["down"] * 8, "enter"), ("escape", "escape"), "Columns"),
    View("palette", ("ctrl+p",), word="quit"),
    View("export", ("w",), word="picture"),
)
LOOKS = ("dark", "light", "ascii")
FLOWS = View("flows", ("l",), ("l",), "╰")


def test_every_panel_is_looked_at() -> None:
    assert set(OF_PANELS) == set(PANELS)


async def look(stage: Stage, pilot: Pilot[None], view: View) -> str:
    """Go there, read the screen, and come back."""
    await pilot.press(*view.opening)
    text = await stage.settled(pilot)
    panel = stage.app.trace.open_panel
    if view.name in OF_PANELS:
        assert panel == view.name
    if panel is not None:
        lines = stage.app.trace.query_one("#panel-text", LineView).lines
        assert any(text.strip() for line in lines for text, _role in line), view.name
    await pilot.press(*view.closing)
    return text


@pytest.mark.sampled(1)
@pytest.mark.parametrize("theme", LOOKS)
def test_every_view_stands_at_every_size(theme: str) -> None:
    is_ascii = theme == "ascii"

    async def act() -> None:
        palette = palette_of("dark" if is_ascii else theme, is_ascii=is_ascii)
        stage = Stage(palette=palette, writers=writers_for(SessionConfig()))
        async with stage.open(80, 24) as pilot:
            play_story(stage, 120)
            for place, (width, height) in enumerate(SIZES):
                await pilot.resize_terminal(width, height)
                # Every view at every size in one look, and in every look at four sizes.
                for view in VIEWS[(place + LOOKS.index(theme)) % len(LOOKS) :: len(LOOKS)]:
                    check(await look(stage, pilot, view), view, width, height, is_ascii=is_ascii)
            stage.app.trace.show_update(with_flows(*WAYS).take_update())
            for width, height in SIZES[LOOKS.index(theme) :: len(LOOKS)]:
                await pilot.resize_terminal(width, height)
                check(await look(stage, pilot, FLOWS), FLOWS, width, height, is_ascii=is_ascii)

    asyncio.run(act())


def check(text: str, view: View, width: int, height: int, *, is_ascii: bool) -> None:
    where = f"{view.name} at {width}x{height}:\n{text}"
    lines = text.splitlines()
    assert len(lines) == height, where
    assert max(map(cell_len, lines)) <= width, where
    assert sum(bool(line.strip()) for line in lines) >= 5, where
    assert (view.word.replace("╰", "+") if is_ascii else view.word) in text, where
    drawn = {character for character in text if not character.isascii()}
    assert not is_ascii or drawn <= set(OF_TEXTUAL), where


PRIVATE = ("2001:db8:cafe:1::beef", "2001:db8:cafe:2:3:4:5:beef", "2001:db8:cafe:7::beef")
"""Of the first hop, before and after a change, and of the second."""
OWN = "2001:db8:cafe::50:beef"
SECRETS = ("cafe", "beef", "192.168.1.2", "eth-secret", "Whereville", "12.3456", "km from home")
"""A part of each address from its beginning and from its end, so that an elided one is found;
one's own address, the name of an interface, the place of the near hops and its latitude, and what
would tell where home is."""
NEAR = Place(
    city="Whereville",
    country="Germany",
    country_code="DE",
    at=Coordinates(latitude_deg=12.3456, longitude_deg=10.0),
    accuracy_km=5.0,
)
FAR = Place(city="Elsewhere", at=Coordinates(latitude_deg=-30.0, longitude_deg=150.0))
HOME = Coordinates(latitude_deg=12.3456, longitude_deg=10.2)
INTERFACE = InterfaceInformation(
    role=InterfaceRole.INCOMING,
    index=None,
    address=ip_address(PRIVATE[2]),
    name="eth-secret",
    mtu=None,
)


def play_private(stage: Stage) -> None:
    """Two near hops that tell much of who asks, one that changes, and a few that do not."""
    for second in range(30):
        stage.made.status(round=second)
        first = PRIVATE[second >= 20]
        stage.made.reply(1, 1.0, first, told=quote(), extensions=(INTERFACE,))
        stage.made.reply(2, 2.0, PRIVATE[2], told=quote(source()))
        stage.made.reply(3, 3.0, "2001:db8:1::3", told=quote(source()))
        stage.made.reached(4, 9.0, "2001:db8:1::4")
        stage.show()
        stage.pass_second()
    for address in PRIVATE:
        stage.made.locate(address, NEAR)
    stage.made.locate("2001:db8:1::4", FAR)
    words = f"from {PRIVATE[0]} to {PRIVATE[1]}"
    event = Event(kind=EventKind.PATH_CHANGED, at_s=stage.now_s, ttl=1, words=words)
    stage.chronicle.note(event)
    stage.pass_second()


@pytest.mark.sampled(0)
@pytest.mark.parametrize("size", [(50, 24), (160, 50)])
def test_what_is_hidden_is_in_no_view_copy_picture_or_file(size: tuple[int, int]) -> None:
    async def act() -> None:
        who = identity(source=ip_address(OWN), home=HOME)
        stage = Stage(who, writers=writers_for(SessionConfig()))
        async with stage.open(*size) as pilot:
            play_private(stage)
            assert any(secret in stage.text() for secret in SECRETS)
            await pilot.press("H", "home")
            await assert_hidden_in_views(stage, pilot)
            stage.made.status(generation=1)  # the events from before are still told
            stage.made.reply(1, 1.0, PRIVATE[2], told=quote())
            stage.made.reached(4, 9.0, "2001:db8:1::4")
            stage.show()
            stage.app.trace.say(f"nothing comes through {PRIVATE[0]} any more")
            assert_hidden(await stage.settled(pilot), "notice")
            await pilot.press("down")
            await assert_hidden_in_views(stage, pilot)

    asyncio.run(act())


async def assert_hidden_in_views(stage: Stage, pilot: Pilot[None]) -> None:
    for view in VIEWS:
        await pilot.press(*view.opening)
        assert_hidden(await stage.settled(pilot), view.name)
        assert_hidden(stage.app.export_screenshot(), view.name)
        assert_hidden(stage.app.title + str(stage.app.sub_title), "title")
        await pilot.press(*view.closing)
    for key in ("y", "Y", "ctrl+y"):
        await pilot.press(key)
        assert_hidden(stage.app.clipboard, f"copy by {key}")
    path = stage.app.trace.shown_path()
    assert path is not None
    for kind in (ExportKind.TEXT, ExportKind.MARKDOWN, ExportKind.JSON):
        assert_hidden(stage.app.trace._redacted(kind, path), kind)


def test_what_discovery_tells_of_hidden_hops_is_hidden_also_where_it_is_cut() -> None:
    far = ip_address("2001:db8:1::3")
    near = [ip_address(address) for address in PRIVATE]
    graph = MultipathGraph(
        nodes=(
            GraphNode(ttl=1, address=near[2], flows=(0, 1)),
            *(GraphNode(ttl=2, address=address, flows=(0,)) for address in near[:2]),
            GraphNode(ttl=3, address=far, flows=(0, 1), is_end=True),
        ),
        links=tuple(
            link
            for address in near[:2]
            for link in (
                GraphLink(ttl=1, near=near[2], far=address, flows=(0,)),
                GraphLink(ttl=2, near=address, far=far, flows=(0,)),
            )
        ),
        balancers=(
            Balancer(ttl=1, address=near[2], branches=tuple(near[:2]), balance=Balance.FLOW),
        ),
        confidence=0.95,
        flows=2,
        probes=ProbeCount(sent=9, retried=0, repeated=0, unanswered=0, mda=9, lite=9),
    )

    async def act() -> None:
        stage = Stage(writers=writers_for(SessionConfig()))
        async with stage.open(80, 40) as pilot:
            stage.made.reply(1, 1.0, PRIVATE[2])
            stage.made.lose(2)
            stage.made.reached(3, 2.0, str(far))
            stage.made.status(graph=graph)
            stage.show()
            await pilot.press("g")
            assert "cafe" in await stage.settled(pilot)
            await pilot.press("H")
            for width in (50, 60, 80, 120):
                await pilot.resize_terminal(width, 40)
                for _node in graph.nodes:
                    await pilot.press("greater_than_sign")
                    text = await stage.settled(pilot)
                    assert_hidden(text, f"diagram at {width}")
                    assert "hidden" in text
            path = stage.app.trace.shown_path()
            assert path is not None
            assert_hidden(stage.app.trace._redacted(ExportKind.JSON, path), "JSON")

    asyncio.run(act())


def assert_hidden(text: str, where: str) -> None:
    for secret in SECRETS:
        assert secret not in text, f"{where}: {secret}\n{text}"


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_may_be_drawn_before_it_has_a_size(name: str) -> None:
    """The screen ticks also between the key that opens a panel and its layout."""

    async def act() -> None:
        stage = Stage(writers=writers_for(SessionConfig()))
        async with stage.open(80, 24) as pilot:
            play_story(stage, 120)
            view = stage.app.trace.query_one(PanelView)
            view.open(name)
            view.draw()
            await pilot.pause()

    asyncio.run(act())
