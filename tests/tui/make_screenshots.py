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
from dataclasses import dataclass
from pathlib import Path as FilePath

from rich.console import Console
from rich.segment import Segment
from rich.terminal_theme import TerminalTheme

from poros_tui.tui.palette import PALETTES, PaletteName
from tests.tui.fleet_stage import FleetStage
from tests.tui.stage import Stage
from tests.tui.test_overview_golden import NAMES, play
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
FONTS = "'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"


@dataclass(frozen=True)
class Picture:
    """One screenshot."""

    name: str
    size: tuple[int, int]
    palette: PaletteName
    rounds: int
    keys: tuple[str, ...] = ()
    is_story: bool = False
    """The one of `time_story.py`, instead of so many rounds."""


PICTURES = (
    *(
        Picture(f"{name}-{palette.value}", (120, 40), palette, 0, ("end", *keys), is_story=True)
        for palette in (PaletteName.DARK, PaletteName.LIGHT)
        for name, keys in (("chart", ("c", "i", "k", "k", "k")), ("heat-map", ("h",)))
    ),
    *(
        Picture(f"{width}x{height}-{palette.value}", (width, height), palette, rounds, keys)
        for palette in (PaletteName.DARK, PaletteName.LIGHT)
        for width, height, rounds, keys in (
            (80, 24, 41, ()),
            (120, 40, 118, ("end", "k", "k", "enter")),
            (200, 50, 236, ("end", "k", "k", "k", "k", "k", "k", "enter")),
        )
    ),
)


OVERVIEW = Picture("overview-dark", (120, 16), PaletteName.DARK, 0, ("down",))
"""Several targets in one line each."""


async def draw(picture: Picture) -> str:
    """The screen as SVG text."""
    palette = PALETTES[picture.palette]
    is_overview = picture is OVERVIEW
    stage = FleetStage(*NAMES, palette=palette) if is_overview else Stage(palette=palette)
    async with stage.open(*picture.size) as pilot:
        if isinstance(stage, FleetStage):
            play(stage)
        elif picture.is_story:
            play_story(stage, spikes_ms=4.0)
        else:
            stage.play_realistic(picture.rounds)
        await pilot.press(*picture.keys)
        stage.app.trace.say("")
        await pilot.pause()
        await pilot.pause()
        strips = pilot.app.screen._compositor.render_strips()
        lines = [list(strip.simplify()) for strip in strips]
    return svg(lines, picture)


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
        title="poros-tui" if picture is OVERVIEW else "poros-tui example.com",
        theme=THEMES[picture.palette],
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
    for picture in (*PICTURES, OVERVIEW):
        (directory / f"{picture.name}.svg").write_text(asyncio.run(draw(picture)))


if __name__ == "__main__":
    main()
