"""Chart, heat map, log and older paths as text, compared with what was looked at and found good.

The story is told in `time_story.py`. Without colour the heat map tells levels by shades, so that a
text can be reviewed. `POROS_RENEW_GOLDEN=1 pytest tests/tui/test_time_golden.py` draws them anew.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass

import pytest

from poros_tui.tui.palette import DARK, PLAIN, Palette
from tests.tui.stage import Stage
from tests.tui.test_golden import GOLDEN
from tests.tui.time_story import play_story


@dataclass(frozen=True)
class Scene:
    """One screen to look at."""

    name: str
    size: tuple[int, int]
    keys: tuple[str, ...]
    palette: Palette = DARK


SCENES = (
    Scene("chart-50", (50, 16), ("end", "c")),
    Scene("chart-80", (80, 24), ("end", "c")),
    Scene("chart-120", (120, 40), ("end", "c")),
    Scene("chart-200", (200, 50), ("end", "c", "z")),
    Scene("chart-pinned-120", (120, 40), ("end", "c", "i", "k", "k", "i", "k", "A")),
    Scene("chart-past-120", (120, 40), ("end", "c", "[", "comma", "comma", *(["left"] * 32))),
    Scene("heat-map-50", (50, 16), ("end", "h"), PLAIN),
    Scene("heat-map-80", (80, 24), ("end", "h"), PLAIN),
    Scene("heat-map-120", (120, 40), ("end", "h"), PLAIN),
    Scene("heat-map-200", (200, 50), ("end", "h", "z", "left", "left"), PLAIN),
    Scene("heat-map-colour-120", (120, 40), ("end", "h")),
    Scene("heat-map-rtt-80", (80, 24), ("end", "h", "A", "z"), PLAIN),
    Scene("events-50", (50, 24), ("end", "e", "z")),
    Scene("events-80", (80, 24), ("end", "e")),
    Scene("events-200", (200, 24), ("end", "e", "F", "F")),
    Scene("paths-50", (50, 24), ("end", "P", "z")),
    Scene("paths-80", (80, 40), ("end", "P")),
    Scene("paths-past-160", (160, 30), ("end", "P", "comma")),
    Scene("verdict-160", (160, 30), ("end", "v")),
)


async def drawn(scene: Scene) -> str:
    stage = Stage(palette=scene.palette)
    async with stage.open(*scene.size) as pilot:
        play_story(stage)
        await pilot.pause()
        await pilot.press(*scene.keys)
        stage.app.trace.say("")
        return await stage.settled(pilot)


@pytest.mark.sampled(10)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_the_panel_looks_as_it_was_found_good(scene: Scene) -> None:
    path = GOLDEN / f"{scene.name}.txt"
    text = asyncio.run(drawn(scene))
    if os.environ.get("POROS_RENEW_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text()
