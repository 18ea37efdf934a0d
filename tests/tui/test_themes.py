from __future__ import annotations

import asyncio
from itertools import combinations

import pytest
from rich.color import ColorSystem
from rich.style import Style
from textual.color import Color

from poros_tui.errors import UsageError
from poros_tui.tui.palette import (
    DARK,
    PALETTES,
    SIXTEEN,
    PaletteName,
    colours_of_terminal,
)
from poros_tui.tui.spans import LEVEL_ROLES, Role
from poros_tui.tui.theme_names import KNOWN_THEMES
from poros_tui.tui.themes import next_own, palette_of, theme_names
from tests.tui.stage import Stage

OF_TEXTUAL = "─│▁▂▃▄▅▆▇█"
"""Scrollbars and borders, which become ASCII only as they are written to the terminal."""
SIZES = [(width, height) for width in (50, 80, 120, 200) for height in (16, 24, 60)]


def rgb(style: Style) -> tuple[int, int, int]:
    colour = style.color
    assert colour is not None
    return tuple(colour.get_truecolor())  # type: ignore[return-value]


def brightness(style: Style) -> float:
    return Color(*rgb(style)).brightness


@pytest.mark.parametrize("name", theme_names())
def test_every_theme_has_a_style_for_every_role(name: str) -> None:
    palette = palette_of(name)
    assert set(palette.styles) == set(Role)
    assert palette.name == name


@pytest.mark.parametrize("name", [n for n in theme_names() if palette_of(n).background])
def test_text_can_be_read_on_a_background_of_its_own(name: str) -> None:
    palette = palette_of(name)
    ground = Color.parse(palette.background or "").brightness
    for role in (Role.TEXT, Role.STRONG, Role.DIM, Role.GOOD, Role.ACCENT):
        assert abs(brightness(palette.styles[role]) - ground) > 0.1, role


@pytest.mark.parametrize("palette", SIXTEEN.values(), ids=lambda palette: palette.name)
def test_sixteen_colours_are_colours_that_such_a_terminal_has(palette: object) -> None:
    for style in palette.styles.values():  # type: ignore[attr-defined]
        for colour in (style.color, style.bgcolor):
            assert colour is None or colour.is_system_defined


def seen_by_deuteranopes(colour: tuple[int, int, int]) -> tuple[float, float, float]:
    """Machado, Oliveira and Fernandes, IEEE TVCG 15(6), 2009, table 1, severity 1.0."""
    matrix = (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    )
    linear = [(c / 255) ** 2.2 for c in colour]
    seen = [sum(a * b for a, b in zip(row, linear, strict=True)) for row in matrix]
    return tuple(255 * max(0.0, min(1.0, c)) ** (1 / 2.2) for c in seen)  # type: ignore[return-value]


def test_the_colour_blind_theme_keeps_good_warning_and_bad_apart_for_deuteranopes() -> None:
    palette = PALETTES[PaletteName.COLOUR_BLIND]
    seen = {
        role: seen_by_deuteranopes(rgb(palette.styles[role]))
        for role in (Role.GOOD, Role.WARN, Role.BAD)
    }
    for one, other in combinations(seen.values(), 2):
        assert sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5 > 60


def test_the_levels_of_the_colour_blind_theme_rise_in_brightness() -> None:
    palette = PALETTES[PaletteName.COLOUR_BLIND]
    levels = [brightness(palette.styles[role]) for role in LEVEL_ROLES]
    assert levels == sorted(levels)


def test_a_misspelt_theme_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="--theme 'nordd' is no theme; did you mean nord"):
        palette_of("nordd")


def test_our_own_themes_follow_each_other_without_the_colourless_one() -> None:
    seen = [DARK.name]
    for _ in range(4):
        seen.append(next_own(palette_of(seen[-1])))
    assert seen == ["dark", "light", "colour-blind", "high-contrast", "dark"]
    assert next_own(palette_of("nord")) == "dark"


@pytest.mark.parametrize(
    ("environment", "colours"),
    [
        ({"TERM": "linux"}, 16),
        ({"TERM": "xterm"}, 16),
        ({"TERM": "xterm-256color"}, 256),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, 1 << 24),
        ({}, 16),
    ],
)
def test_what_the_terminal_says_of_its_colours(environment: dict[str, str], colours: int) -> None:
    assert colours_of_terminal(environment) == colours
    assert colours >= ColorSystem.STANDARD.value


@pytest.mark.sampled(6)
@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("look", ["light", "high-contrast", "nord", "ascii"])
def test_the_screen_stands_at_every_size_in_every_look(width: int, height: int, look: str) -> None:
    is_ascii = look == "ascii"
    palette = palette_of("dark" if is_ascii else look, is_ascii=is_ascii)

    async def act() -> None:
        stage = Stage(palette=palette)
        async with stage.open(width, height) as pilot:
            stage.play_realistic(30)
            await pilot.press("end", "enter")
            await pilot.pause()
            lines = stage.lines()
            assert len(lines) == height
            assert max(map(len, lines)) <= width
            assert "203.0.113.80" in stage.text()
            drawn = {c for c in stage.text() if not c.isascii()}
            assert not is_ascii or drawn <= set(OF_TEXTUAL), drawn
            if palette.background is not None:
                assert_painted(stage, palette.background)

    asyncio.run(act())


def assert_painted(stage: Stage, background: str) -> None:
    """No cell shows the terminal's own background."""
    for strip in stage.app.screen._compositor.render_strips():
        for segment in strip:
            assert segment.style is not None, segment
            assert segment.style.bgcolor is not None, segment
            assert not segment.style.bgcolor.is_default, segment
    assert background


def test_the_key_changes_the_theme_and_keeps_the_characters() -> None:
    async def act() -> None:
        stage = Stage(palette=palette_of("dark", is_ascii=True))
        async with stage.open(80, 24) as pilot:
            stage.play_realistic(5)
            assert "Enter details" in stage.lines()[-1]
            await pilot.press("t")
            await pilot.pause()
            assert stage.app.palette.name == "light"
            assert "theme: light" in stage.text()
            assert {c for c in stage.text() if not c.isascii()} <= set(OF_TEXTUAL)

    asyncio.run(act())


def test_the_names_that_are_known_without_textual_are_all_that_there_are() -> None:
    assert set(theme_names()) == KNOWN_THEMES
