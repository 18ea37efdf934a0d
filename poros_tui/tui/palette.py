"""All colours, in one place: what each role looks like on a dark, a light, a colourless terminal.

The terminal's own background and text colour stay as they are: a light terminal stays light, a
transparent one transparent, and plain text needs no escape sequence at all, which is most of what
a live table writes. Colours are of the fixed 256-colour cube, which every terminal draws alike.
Red means trouble and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec
from rich.style import Style

from poros_tui.tui.spans import LEVEL_ROLES, Role


class PaletteName(StrEnum):
    """Which kind of terminal."""

    DARK = "dark"
    LIGHT = "light"
    PLAIN = "plain"
    """No colour: bold, dim and reverse alone."""


class Palette(msgspec.Struct, frozen=True):
    """A style for every role."""

    name: PaletteName
    styles: Mapping[Role, Style]
    cursor: Style
    """Laid over the row under the cursor."""

    def style(self, role: Role, *, under_cursor: bool = False) -> Style:
        """The style of one span."""
        style = self.styles[role]
        return style + self.cursor if under_cursor else style


def _colour(number: int, *, bold: bool = False) -> Style:
    return Style(color=f"color({number})", bold=bold or None)


def _levels(numbers: tuple[int, ...]) -> dict[Role, Style]:
    return {role: _colour(number) for role, number in zip(LEVEL_ROLES, numbers, strict=True)}


_TEXT: Final = Style()
_STRONG: Final = Style(bold=True)

DARK: Final = Palette(
    PaletteName.DARK,
    {
        Role.TEXT: _TEXT,
        Role.STRONG: _STRONG,
        Role.DIM: _colour(246),
        Role.FAINT: _colour(240),
        Role.ACCENT: _colour(80, bold=True),
        Role.HEADING: _colour(109),
        Role.GOOD: _colour(114),
        Role.WARN: _colour(221),
        Role.BAD: _colour(203, bold=True),
        Role.LOST: _colour(203, bold=True),
        Role.BADGE: Style(color="color(234)", bgcolor="color(221)", bold=True),
        **_levels((66, 72, 71, 107, 143, 144, 179, 209)),
    },
    cursor=Style(bgcolor="color(237)"),
)

LIGHT: Final = Palette(
    PaletteName.LIGHT,
    {
        Role.TEXT: _TEXT,
        Role.STRONG: _STRONG,
        Role.DIM: _colour(241),
        Role.FAINT: _colour(248),
        Role.ACCENT: _colour(24, bold=True),
        Role.HEADING: _colour(66),
        Role.GOOD: _colour(28),
        Role.WARN: _colour(130),
        Role.BAD: _colour(160, bold=True),
        Role.LOST: _colour(160, bold=True),
        Role.BADGE: Style(color="color(231)", bgcolor="color(130)", bold=True),
        **_levels((30, 29, 65, 64, 100, 101, 136, 166)),
    },
    cursor=Style(bgcolor="color(253)"),
)

PLAIN: Final = Palette(
    PaletteName.PLAIN,
    {
        **dict.fromkeys(Role, _TEXT),
        Role.STRONG: _STRONG,
        Role.DIM: Style(dim=True),
        Role.FAINT: Style(dim=True),
        Role.ACCENT: _STRONG,
        Role.BAD: _STRONG,
        Role.LOST: _STRONG,
        Role.BADGE: Style(reverse=True, bold=True),
    },
    cursor=Style(reverse=True),
)

PALETTES: Final = {palette.name: palette for palette in (DARK, LIGHT, PLAIN)}

_LIGHT_BACKGROUNDS: Final = frozenset({"7", "15"})


def palette_name(*, no_color: bool, colorfgbg: str | None) -> PaletteName:
    """What to start with. `colorfgbg` is the variable COLORFGBG, which rxvt, Konsole and others
    set to `foreground;background`; its last field 7 or 15 is a light background."""
    if no_color:
        return PaletteName.PLAIN
    is_light = colorfgbg is not None and colorfgbg.split(";")[-1] in _LIGHT_BACKGROUNDS
    return PaletteName.LIGHT if is_light else PaletteName.DARK
