"""Which looks there are: our own palettes, and Textual's themes made into palettes."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

import msgspec
from rich.style import Style
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from poros_tui.errors import UsageError
from poros_tui.model.clean import clean
from poros_tui.tui.glyphs import ASCII
from poros_tui.tui.palette import PALETTES, SIXTEEN, Palette, PaletteName
from poros_tui.tui.spans import HEAT_ROLES, LEVEL_ROLES, SERIES_ROLES, Role

_OWN_BACKGROUND: Final = frozenset({"ansi-dark", "ansi-light"})
"""Textual's themes that leave the terminal its own colours: our dark and light do that."""
_DIM: Final = 0.35
_FAINT: Final = 0.6
_CURSOR: Final = 0.15
"""How far these are on the way from the text to the background, and the cursor back."""
_APART: Final = 0.2
"""Brightness that a colour must differ from the background by to be read."""
_DARK_TEXT, _DARK_GROUND = "#e0e0e0", "#121212"
_LIGHT_TEXT, _LIGHT_GROUND = "#1e1e1e", "#e0e0e0"
"""Of themes that leave them to Textual."""


def theme_names() -> tuple[str, ...]:
    """All that can be chosen, our own first."""
    return (*PALETTES, *(name for name in BUILTIN_THEMES if name not in _OWN_BACKGROUND))


def palette_of(name: str, *, colours: int = 256, is_ascii: bool = False) -> Palette:
    """The palette of this name. `colours` is how many the terminal has.

    Raises:
        UsageError: there is none.
    """
    if name in PALETTES:
        palette = SIXTEEN.get(name, PALETTES[name]) if colours <= 16 else PALETTES[name]
    elif name in BUILTIN_THEMES and name not in _OWN_BACKGROUND:
        palette = _of_theme(BUILTIN_THEMES[name])
    else:
        close = get_close_matches(name, theme_names(), n=1)
        advice = f"did you mean {close[0]}?" if close else f"there are {', '.join(theme_names())}"
        raise UsageError(f"--theme {clean(name, 40)!r} is no theme", advice)
    return msgspec.structs.replace(palette, glyphs=ASCII) if is_ascii else palette


def with_glyphs_of(palette: Palette, other: Palette) -> Palette:
    """The palette in the characters of the other."""
    if palette.glyphs is other.glyphs:
        return palette
    return msgspec.structs.replace(palette, glyphs=other.glyphs)


def next_own(palette: Palette) -> str:
    """The name of our own palette that follows; of all others the first. Without colour none
    follows."""
    order = [name for name in PALETTES if name != PaletteName.PLAIN]
    place = order.index(palette.name) + 1 if palette.name in order else 0
    return order[place % len(order)]


def _of_theme(theme: Theme) -> Palette:
    ground = Color.parse(theme.background or (_DARK_GROUND if theme.dark else _LIGHT_GROUND))
    text = Color.parse(theme.foreground or (_DARK_TEXT if theme.dark else _LIGHT_TEXT))
    good = Color.parse(theme.success or "#4EBF71")
    warn = Color.parse(theme.warning or "#ffa62b")
    bad = Color.parse(theme.error or "#ba3c5b")
    accent = Color.parse(theme.primary)
    if abs(accent.brightness - ground.brightness) < _APART and theme.accent is not None:
        accent = Color.parse(theme.accent)

    def style(colour: Color, *, bold: bool = False) -> Style:
        return Style(color=colour.hex6, bgcolor=ground.hex6, bold=bold or None)

    low = Color.parse(theme.secondary or theme.primary).blend(text, 0.2)
    series = (accent, warn, good, Color.parse(theme.secondary or theme.primary), text)
    steps: dict[Role, Style] = {}
    for roles, first in ((LEVEL_ROLES, low), (HEAT_ROLES, ground.blend(low, 0.5))):
        for step, role in enumerate(roles):
            steps[role] = style(first.blend(warn, step / (len(roles) - 1)))
    steps |= {role: style(colour) for role, colour in zip(SERIES_ROLES, series, strict=True)}
    return Palette(
        theme.name,
        {
            Role.TEXT: style(text),
            Role.STRONG: style(text, bold=True),
            Role.DIM: style(text.blend(ground, _DIM)),
            Role.FAINT: style(text.blend(ground, _FAINT)),
            Role.ACCENT: style(accent, bold=True),
            Role.HEADING: style(accent.blend(text, 0.4)),
            Role.GOOD: style(good),
            Role.WARN: style(warn),
            Role.BAD: style(bad, bold=True),
            Role.LOST: style(bad, bold=True),
            Role.BADGE: Style(color=ground.hex6, bgcolor=warn.hex6, bold=True),
            Role.MATCH: style(warn, bold=True) + Style(underline=True),
            Role.BAND: style(text.blend(ground, _FAINT)),
            **steps,
        },
        cursor=Style(bgcolor=ground.blend(text, _CURSOR).hex6),
        is_dark=theme.dark,
        background=ground.hex6,
    )
