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

from poros_tui.tui.spans import HEAT_ROLES, LEVEL_ROLES, SERIES_ROLES, Role


class PaletteName(StrEnum):
    """Which kind of terminal."""

    DARK = "dark"
    LIGHT = "light"
    PLAIN = "plain"
    """No colour: bold, dim and reverse alone."""
    COLOUR_BLIND = "colour-blind"
    """Told apart by all common kinds of colour vision: blue for good, orange and vermilion for
    trouble, levels from blue to yellow."""
    HIGH_CONTRAST = "high-contrast"
    """White and few bright colours on black."""


class Palette(msgspec.Struct, frozen=True):
    """A style for every role."""

    name: str
    styles: Mapping[Role, Style]
    cursor: Style
    """Laid over the row under the cursor."""
    is_dark: bool = True
    """Made for a dark background, or with one."""
    background: str | None = None
    """Its own, `#rrggbb`; None: that of the terminal."""
    has_shades: bool = True
    """Whether levels can be told by their colours alone."""
    glyphs: Mapping[int, str] | None = None
    """What stands for other characters than ASCII, by code point; None: they are drawn."""

    @property
    def blank(self) -> Style:
        """Of cells with nothing in them."""
        return self.styles[Role.TEXT]

    def text(self, text: str) -> str:
        """In the characters that the terminal has."""
        return text if self.glyphs is None else text.translate(self.glyphs)

    def style(self, role: Role, *, under_cursor: bool = False) -> Style:
        """The style of one span."""
        style = self.styles[role]
        return style + self.cursor if under_cursor else style


def _colour(number: int, *, bold: bool = False) -> Style:
    return Style(color=f"color({number})", bold=bold or None)


def _match(colour: str | None = None) -> Style:
    # Without a background, so that it can be read under the cursor too.
    return Style(color=colour, bold=True, underline=True)


def _colours(roles: tuple[Role, ...], numbers: tuple[int, ...]) -> dict[Role, Style]:
    return {role: _colour(number) for role, number in zip(roles, numbers, strict=True)}


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
        Role.MATCH: _match("color(221)"),
        Role.BAND: _colour(242),
        **_colours(LEVEL_ROLES, (66, 72, 71, 107, 143, 144, 179, 209)),
        **_colours(HEAT_ROLES, (23, 30, 71, 149, 185, 215, 208, 202)),
        **_colours(SERIES_ROLES, (80, 177, 149, 111, 223)),
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
        Role.MATCH: _match("color(130)"),
        Role.BAND: _colour(247),
        **_colours(LEVEL_ROLES, (30, 29, 65, 64, 100, 101, 136, 166)),
        **_colours(HEAT_ROLES, (152, 115, 150, 186, 222, 215, 208, 166)),
        **_colours(SERIES_ROLES, (24, 127, 64, 61, 94)),
    },
    cursor=Style(bgcolor="color(253)"),
    is_dark=False,
)

PLAIN: Final = Palette(
    PaletteName.PLAIN,
    {
        **dict.fromkeys(Role, _TEXT),
        Role.STRONG: _STRONG,
        Role.DIM: Style(dim=True),
        Role.FAINT: Style(dim=True),
        Role.BAND: Style(dim=True),
        Role.ACCENT: _STRONG,
        Role.BAD: _STRONG,
        Role.LOST: _STRONG,
        Role.BADGE: Style(reverse=True, bold=True),
        Role.MATCH: _match(),
    },
    cursor=Style(reverse=True),
    has_shades=False,
)

# Of Okabe and Ito, "Color Universal Design", 2008, in the nearest of the 256 colours: sky blue,
# bluish green, yellow, orange, vermilion. The levels follow cividis (Nunez et al., PLOS ONE 13(7),
# 2018), whose lightness rises with the value.
COLOUR_BLIND: Final = Palette(
    PaletteName.COLOUR_BLIND,
    {
        Role.TEXT: _TEXT,
        Role.STRONG: _STRONG,
        Role.DIM: _colour(246),
        Role.FAINT: _colour(240),
        Role.ACCENT: _colour(74, bold=True),
        Role.HEADING: _colour(109),
        Role.GOOD: _colour(74),
        Role.WARN: _colour(228),
        Role.BAD: _colour(202, bold=True),
        Role.LOST: _colour(202, bold=True),
        Role.BADGE: Style(color="color(16)", bgcolor="color(228)", bold=True),
        Role.MATCH: _match("color(228)"),
        Role.BAND: _colour(242),
        **_colours(LEVEL_ROLES, (25, 61, 103, 139, 144, 186, 222, 229)),
        **_colours(HEAT_ROLES, (17, 18, 25, 61, 103, 144, 222, 229)),
        **_colours(SERIES_ROLES, (74, 202, 228, 36, 175)),
    },
    cursor=Style(bgcolor="color(237)"),
)

_ON_BLACK: Final = Style(color="color(231)", bgcolor="color(16)")


def _bright(number: int, *, bold: bool = False) -> Style:
    return _ON_BLACK + _colour(number, bold=bold)


def _on_black(roles: tuple[Role, ...], numbers: tuple[int, ...]) -> dict[Role, Style]:
    return {role: _ON_BLACK + style for role, style in _colours(roles, numbers).items()}


HIGH_CONTRAST: Final = Palette(
    PaletteName.HIGH_CONTRAST,
    {
        Role.TEXT: _ON_BLACK,
        Role.STRONG: _bright(231, bold=True),
        Role.DIM: _bright(252),
        Role.FAINT: _bright(248),
        Role.ACCENT: _bright(51, bold=True),
        Role.HEADING: _bright(231, bold=True),
        Role.GOOD: _bright(46),
        Role.WARN: _bright(226, bold=True),
        Role.BAD: Style(color="color(231)", bgcolor="color(160)", bold=True),
        Role.LOST: Style(color="color(231)", bgcolor="color(160)", bold=True),
        Role.BADGE: Style(color="color(16)", bgcolor="color(226)", bold=True),
        Role.MATCH: _ON_BLACK + _match("color(226)"),
        Role.BAND: _bright(245),
        **_on_black(LEVEL_ROLES, (51, 51, 50, 82, 118, 190, 226, 220)),
        **_on_black(HEAT_ROLES, (17, 19, 21, 33, 51, 226, 214, 231)),
        **_on_black(SERIES_ROLES, (51, 201, 226, 46, 231)),
    },
    cursor=Style(reverse=True, bold=True),
    background="#000000",
)


def _named(name: str, *, bold: bool = False) -> Style:
    return Style(color=name, bold=bold or None)


_SERIES_16: Final = ("cyan", "magenta", "green", "blue", "yellow")


def _sixteen(palette: Palette, accent: str, good: str, warn: str, dim: str) -> Palette:
    """For terminals with 16 colours, where the nearest of several would be one."""
    trouble = _named("red", bold=True)
    levels = ("cyan", "cyan", "green", "green", "yellow", "yellow", "magenta", "magenta")
    styles = {
        **dict.fromkeys(Role, _TEXT),
        Role.STRONG: _STRONG,
        Role.DIM: _named(dim),
        Role.FAINT: _named(dim),
        Role.ACCENT: _named(accent, bold=True),
        Role.HEADING: _named(accent),
        Role.GOOD: _named(good),
        Role.WARN: _named(warn),
        Role.BAD: trouble,
        Role.LOST: trouble,
        Role.BADGE: Style(reverse=True, bold=True),
        Role.MATCH: _match(warn),
        Role.BAND: _named(dim),
        **{role: _named(name) for role, name in zip(LEVEL_ROLES, levels, strict=True)},
        **{role: _named(name) for role, name in zip(HEAT_ROLES, levels, strict=True)},
        **{role: _named(name) for role, name in zip(SERIES_ROLES, _SERIES_16, strict=True)},
    }
    return msgspec.structs.replace(
        palette, styles=styles, cursor=Style(reverse=True), has_shades=False
    )


DARK_16: Final = _sixteen(DARK, "bright_cyan", "green", "yellow", "bright_black")
LIGHT_16: Final = _sixteen(LIGHT, "blue", "green", "magenta", "bright_black")

PALETTES: Final = {
    palette.name: palette for palette in (DARK, LIGHT, PLAIN, COLOUR_BLIND, HIGH_CONTRAST)
}
"""Our own; Textual's themes are in `themes`."""
SIXTEEN: Final = {palette.name: palette for palette in (DARK_16, LIGHT_16)}

_LIGHT_BACKGROUNDS: Final = frozenset({"7", "15"})


def palette_name(*, no_color: bool, colorfgbg: str | None) -> PaletteName:
    """What to start with. `colorfgbg` is the variable COLORFGBG, which rxvt, Konsole and others
    set to `foreground;background`; its last field 7 or 15 is a light background."""
    if no_color:
        return PaletteName.PLAIN
    is_light = colorfgbg is not None and colorfgbg.split(";")[-1] in _LIGHT_BACKGROUNDS
    return PaletteName.LIGHT if is_light else PaletteName.DARK


def colours_of_terminal(environment: Mapping[str, str]) -> int:
    """How many colours there are, as rich reckons: more than 16 where COLORTERM or TERM say so."""
    if environment.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return 1 << 24
    kind = environment.get("TERM", "").strip().lower().rpartition("-")[2]
    return 256 if kind in ("256color", "direct", "kitty") else 16
