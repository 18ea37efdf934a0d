"""Draws screenshots/ from made-up paths: `python -m tests.tui.make_screenshots [DIRECTORY]`.

The pictures are self-contained SVGs: no remote fonts, nothing of this machine.
"""

from __future__ import annotations

import asyncio
import html
import io
import os
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path as FilePath

from rich.console import Console
from rich.segment import Segment
from rich.terminal_theme import TerminalTheme
from textual.pilot import Pilot

from poros_tui.tui.palette import DARK, PALETTES, Palette, PaletteName
from poros_tui.tui.themes import palette_of
from tests.engine.discovering import discover
from tests.lab.tun import load_scenario
from tests.record.hour_recording import hour_recording
from tests.tui.fleet_stage import FleetStage
from tests.tui.located import HOME, locate
from tests.tui.made_path import identity
from tests.tui.stage import Stage
from tests.tui.test_networks import learn
from tests.tui.test_overview_golden import NAMES, play
from tests.tui.test_replay_app import Theatre
from tests.tui.time_story import play_story

THEMES = {
    PaletteName.DARK: TerminalTheme(
        (22, 24, 29),
        (222, 224, 228),
        [(70, 73, 80)] * 8,
        [(96, 100, 108)] * 8,
    ),
    PaletteName.LIGHT: TerminalTheme(
        (252, 252, 250),
        (36, 38, 42),
        [(200, 202, 206)] * 8,
        [(176, 178, 182)] * 8,
    ),
}
PLAYED_S = 2400.0
"""So much of the hour is played."""
FONTS = "'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"


class Shown(Enum):
    """What is on the screen."""

    REALISTIC = "a usual path"
    STORY = "that of time_story.py"
    DIAMONDS = "a load-balanced path, discovered"
    TARGETS = "several targets"
    PLACES = "a usual path with places"
    NETWORKS = "a usual path with networks"
    RECORDING = "the known hour, played"


TITLES = {Shown.TARGETS: "poros-tui", Shown.RECORDING: "poros-tui replay today.ptr"}


@dataclass(frozen=True)
class Picture:
    """One screenshot."""

    name: str
    size: tuple[int, int]
    palette: Palette = DARK
    shown: Shown = Shown.STORY
    keys: tuple[str, ...] = ()
    rounds: int = 0
    """Of a usual path."""


def _tables() -> Iterator[Picture]:
    for palette in (DARK, PALETTES[PaletteName.LIGHT]):
        for width, height, rounds, keys in (
            (80, 24, 41, ()),
            (120, 40, 118, ("end", "k", "k", "enter")),
            (200, 50, 236, ("end", "k", "k", "k", "k", "k", "k", "enter")),
        ):
            name = f"{width}x{height}-{palette.name}"
            yield Picture(name, (width, height), palette, Shown.REALISTIC, keys, rounds)
        for name, keys in (("chart", ("c", "i", "k", "k", "k")), ("heat-map", ("h",))):
            yield Picture(f"{name}-{palette.name}", (120, 40), palette, keys=("end", *keys))


PICTURES = (
    *_tables(),
    Picture("overview-dark", (120, 16), shown=Shown.TARGETS, keys=("down",)),
    Picture("diagram-dark", (120, 40), shown=Shown.DIAMONDS, keys=("g", "z")),
    Picture("verdict-dark", (120, 40), keys=("end", "v")),
    Picture("events-dark", (120, 40), keys=("end", "e")),
    Picture("paths-dark", (120, 40), keys=("end", "P")),
    Picture("map-dark", (120, 40), shown=Shown.PLACES, keys=("end", "M"), rounds=41),
    Picture("networks-dark", (120, 30), shown=Shown.NETWORKS, keys=("end", "G"), rounds=118),
    Picture("replay-dark", (120, 40), shown=Shown.RECORDING, keys=("end", "h")),
    Picture("settings-dark", (100, 30), keys=("end", "C", "down", "down", "down")),
    Picture("ascii", (80, 30), palette_of("dark", is_ascii=True), keys=("end", "h")),
)


async def draw(picture: Picture) -> str:
    """The screen as SVG text."""
    if picture.shown is Shown.RECORDING:
        return await _draw_replay(picture)
    is_of_several = picture.shown is Shown.TARGETS
    palette = picture.palette
    who = identity(home=HOME) if picture.shown is Shown.PLACES else None
    stage = FleetStage(*NAMES, palette=palette) if is_of_several else Stage(who, palette=palette)
    async with stage.open(*picture.size) as pilot:
        if isinstance(stage, FleetStage):
            play(stage)
        else:
            _play(stage, picture)
        await pilot.press(*picture.keys)
        stage.app.targets.say("")
        await pilot.pause()
        await pilot.pause()
        return svg(_lines(pilot), picture)


async def _draw_replay(picture: Picture) -> str:
    theatre = Theatre(hour_recording())
    async with theatre.open(*picture.size) as pilot:
        at_s = theatre.replay.begins_at_s + PLAYED_S
        theatre.app.targets.steer(lambda: theatre.replay.go_to(at_s))
        await theatre.until(pilot, "40:00 of ")
        await pilot.press(*picture.keys)
        theatre.app.targets.say("")
        await pilot.pause(1.0)
        return svg(_lines(pilot), picture)


def _lines(pilot: Pilot[None]) -> list[list[Segment]]:
    strips = pilot.app.screen._compositor.render_strips()
    return [list(strip.simplify()) for strip in strips]


def _play(stage: Stage, picture: Picture) -> None:
    match picture.shown:
        case Shown.STORY:
            play_story(stage, spikes_ms=4.0)
        case Shown.DIAMONDS:
            graph = discover(load_scenario("diamonds-two"), seed=1).graph
            stage.play_realistic(40)
            stage.made.status(graph=graph)
            stage.show()
        case Shown.PLACES:
            stage.play_realistic(picture.rounds)
            locate(stage)
        case Shown.NETWORKS:
            stage.play_realistic(picture.rounds)
            learn(stage.made)
            stage.show()
        case _:
            stage.play_realistic(picture.rounds)


def svg(lines: list[list[Segment]], picture: Picture) -> str:
    """The lines as SVG, by rich, without its remote fonts."""
    console = Console(
        width=picture.size[0],
        file=io.StringIO(),
        record=True,
        color_system="truecolor",
        force_terminal=True,
        legacy_windows=False,
    )
    for line in lines:
        console.print(_Line(line), end="")
    text = console.export_svg(
        title=TITLES.get(picture.shown, "poros-tui example.com"),
        theme=THEMES[PaletteName.DARK if picture.palette.is_dark else PaletteName.LIGHT],
        unique_id=f"p{picture.name}",
    )
    text = re.sub(r"@font-face \{.*?\}", "", text, flags=re.DOTALL)
    text = re.sub(r"font-family: (Fira Code|arial)[^;]*;", f"font-family: {FONTS};", text)
    text = re.sub(r"<text [^>]*>[^<]*[\u2508\u2801-\u28ff][^<]*</text>", _cell_by_cell, text)
    # Renderers drop leading blanks without it, and columns shift.
    text = text.replace("<text ", '<text xml:space="preserve" ')
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def _cell_by_cell(match: re.Match[str]) -> str:
    """A text with braille as one for each cell: few fixed-width fonts have braille, that of others
    is wider, and not all renderers heed `textLength`."""
    element = match[0]
    cells = html.unescape(element[element.index(">") + 1 : -len("</text>")])
    x, length = (
        float(re.search(rf' {name}="([\d.]+)"', element)[1])  # type: ignore[index]
        for name in ("x", "textLength")
    )
    width = length / len(cells)
    tag = re.sub(r' (x|textLength)="[\d.]+"', "", element[: element.index(">")])
    return "".join(
        f'{tag} x="{x + width * index:.1f}">{cell}</text>'
        for index, cell in enumerate(cells)
        if not cell.isspace()
    )


class _Line:
    """Segments as they are."""

    def __init__(self, segments: list[Segment]) -> None:
        self._segments = segments

    def __rich_console__(self, *_arguments: object) -> list[Segment]:
        return [*self._segments, Segment.line()]


def main() -> None:
    os.environ["TZ"] = "UTC"
    time.tzset()
    directory = FilePath(sys.argv[1] if len(sys.argv) > 1 else "screenshots")
    directory.mkdir(exist_ok=True)
    for picture in PICTURES:
        (directory / f"{picture.name}.svg").write_text(asyncio.run(draw(picture)))


if __name__ == "__main__":
    main()
