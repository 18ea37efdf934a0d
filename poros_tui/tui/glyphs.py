"""ASCII for every other character that is drawn, cell for cell: for terminals and fonts without
blocks, braille and boxes. Pure.

All text goes through the palette on its way to the screen, so that this is the only place that
knows of it. What is not in the table (a name in another script, say) becomes `?`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from rich.cells import cell_len

_PAIRS: Final = (
    ("▁▂▃▄▅▆▇█", "_.,-=+*#"),
    (" ░▒▓", " .:%"),
    ("▏▎▍▌▋▊▉▐▀", "|||||####"),
    ("│┃┊┆╎║╵╷", "|||||||" + "|"),
    ("─━┄┈═╴╶╸╺", "-----" + "----"),
    ("┌┐└┘├┤┬┴┼╭╮╰╯╞╡╪", "++++++++++++++++"),
    (
        "\N{BOX DRAWINGS LIGHT DIAGONAL UPPER RIGHT TO LOWER LEFT}"
        "\N{BOX DRAWINGS LIGHT DIAGONAL UPPER LEFT TO LOWER RIGHT}",
        "/\\",
    ),
    ("◆◇●○■□▪•∙", "*o*o#o" + "..."),
    ("▸▶►◂◀▲▼△▽", ">>><<^v^v"),
    ("≠≤≥≈±∅‖", "!<>~" + "+0="),
    ("→←↑↓↔⏎↵↩", "><^v-" + "<<<"),
    ("\N{MULTIPLICATION SIGN}·…✓✗✔✘", "x.~+x+x"),
    ("µΔσ°", "udso"),
)
_BRAILLE: Final = 0x2800
_BY_DOTS: Final = " .::*****"
"""How dark a braille cell is, by its number of dots."""


class AsciiTable(Mapping[int, str]):
    """For str.translate. Characters of two cells become two signs, marks without a cell none."""

    def __init__(self) -> None:
        self._known = {
            ord(drawn): plain
            for left, right in _PAIRS
            for drawn, plain in zip(left, right, strict=True)
        }
        self._known |= {_BRAILLE + dots: _BY_DOTS[dots.bit_count()] for dots in range(256)}

    def __getitem__(self, code: int) -> str:
        if code < 128:
            raise KeyError(code)
        known = self._known.get(code)
        if known is None:
            known = self._known[code] = "?" * cell_len(chr(code))
        return known

    def __iter__(self) -> Iterator[int]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


ASCII: Final = AsciiTable()
