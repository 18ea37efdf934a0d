from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

from poros_tui.tui.glyphs import ASCII
from poros_tui.tui.terminal_diff import Cell, TerminalImage, _cells

WIDTH = 12
RED = Style(color="red")
BAR = Style(bgcolor="blue")


class Terminal:
    """As much of a terminal as the image needs: cursor, SGR, characters."""

    def __init__(self) -> None:
        self.rows: dict[int, list[Cell]] = {}
        self.written = 0

    def feed(self, output: str) -> None:
        self.written += len(output)
        y = x = 0
        sgr = ""
        for token in re.findall(r"\x1b\[\d+;\d+H|\x1b\[[\d;]*m|.", output):
            if match := re.fullmatch(r"\x1b\[(\d+);(\d+)H", token):
                y, x = int(match[1]) - 1, int(match[2]) - 1
            elif match := re.fullmatch(r"\x1b\[([\d;]*)m", token):
                sgr = match[1].removeprefix("0;")
            else:
                row = self.rows.setdefault(y, [(" ", "")] * WIDTH)
                width = cell_len(token)
                row[x : x + width] = [(token, sgr), *[("", sgr)] * (width - 1)]
                x += width


def cells(*spans: tuple[str, Style | None]) -> list[Cell]:
    return _cells([[Segment(text, style) for text, style in spans]], ColorSystem.TRUECOLOR)


def test_one_changed_digit_writes_one_digit() -> None:
    image = TerminalImage()
    image.write(3, 0, cells(("  12.3  45.6", None)))
    assert image.write(3, 0, cells(("  12.4  45.6", None))) == "\x1b[4;6H4"


def test_what_is_shown_already_writes_nothing() -> None:
    image = TerminalImage()
    image.write(0, 0, cells(("abc", RED)))
    assert image.write(0, 0, cells(("abc", RED))) == ""


def test_plain_text_needs_no_style_and_coloured_blanks_neither() -> None:
    assert TerminalImage().write(0, 0, cells(("ab", Style()))) == "\x1b[1;1Hab"
    assert cells((" ", RED)) == [(" ", "")]
    assert cells((" ", BAR)) == [(" ", "44")]


def test_the_terminals_own_colours_are_plain() -> None:
    assert cells(("a", Style(color="default", bgcolor="default"))) == [("a", "")]
    assert cells(("a", Style(color="color(39)"))) == [("a", "38;5;39")]


def test_after_forgetting_everything_is_written_again() -> None:
    image = TerminalImage()
    first = image.write(0, 0, cells(("abc", None)))
    image.forget()
    assert image.write(0, 0, cells(("abc", None))) == first


LINES = st.lists(
    st.lists(
        st.tuples(st.text("ab 例▁█", max_size=4), st.sampled_from([None, RED, BAR])), max_size=4
    ),
    max_size=8,
)


@given(LINES)
def test_the_terminal_shows_what_was_meant_whatever_it_showed_before(
    lines: list[list[tuple[str, Style | None]]],
) -> None:
    image, terminal = TerminalImage(), Terminal()
    for spans in lines:
        wanted = (cells(*spans) + [(" ", "")] * WIDTH)[:WIDTH]
        if wanted[-1][0] == "例":
            wanted[-1] = (" ", "")
        terminal.feed(image.write(0, 0, wanted))
        assert terminal.rows.get(0, []) == wanted


def test_what_the_terminal_has_not_is_written_in_ascii() -> None:
    image = TerminalImage()
    image.glyphs = ASCII
    written = image.write(0, 0, [("─", ""), ("▅", "31"), ("a", "")])
    assert written.isascii()
    assert "-" in written
    assert image.write(0, 0, [("─", ""), ("▅", "31"), ("a", "")]) == ""
