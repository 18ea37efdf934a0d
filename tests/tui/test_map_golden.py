"""The map as text, compared with what was looked at and found good. See test_golden.py."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field

import pytest

from poros_tui.model.coordinates import Coordinates
from poros_tui.tui.palette import DARK, PALETTES, Palette, PaletteName
from poros_tui.tui.themes import palette_of
from tests.tui.located import HOME, locate
from tests.tui.made_path import identity
from tests.tui.stage import Stage
from tests.tui.test_golden import GOLDEN

ASCII = palette_of("dark", is_ascii=True)
PLAIN_ASCII = palette_of("plain", is_ascii=True)


@dataclass(frozen=True)
class Scene:
    """One map to look at."""

    name: str
    size: tuple[int, int]
    keys: tuple[str, ...] = field(default=("M",))
    palette: Palette = DARK
    home: Coordinates | None = None
    has_places: bool = True


SCENES = (
    Scene("map-50", (50, 20)),
    Scene("map-80", (80, 24)),
    Scene("map-120", (120, 40), home=HOME),
    Scene("map-200", (200, 60), ("j", "j", "M"), home=HOME),
    Scene("map-alone-80", (80, 24), ("end", "M", "z"), home=HOME),
    Scene("map-world-120", (120, 40), ("M", "A")),
    Scene("map-hidden-80", (80, 40), ("M", "H"), home=HOME),
    Scene("map-unknown-80", (80, 24), has_places=False),
    Scene("map-ascii-80", (80, 40), palette=ASCII),
    Scene("map-plain-120", (120, 40), palette=PALETTES[PaletteName.PLAIN], home=HOME),
    Scene("map-plain-ascii-120", (120, 40), palette=PLAIN_ASCII, home=HOME),
)


async def drawn(scene: Scene) -> str:
    stage = Stage(identity(home=scene.home), palette=scene.palette)
    async with stage.open(*scene.size) as pilot:
        stage.play_realistic(42)
        if scene.has_places:
            locate(stage)
        await pilot.press(*scene.keys)
        return await stage.settled(pilot)


@pytest.mark.sampled(5)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_the_map_looks_as_it_was_found_good(scene: Scene) -> None:
    path = GOLDEN / f"{scene.name}.txt"
    text = asyncio.run(drawn(scene))
    if os.environ.get("POROS_RENEW_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text()
