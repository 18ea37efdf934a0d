from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import poros_tui.tui
from poros_tui.tui.glyphs import ASCII

SOURCES = list(Path(poros_tui.tui.__file__).parent.rglob("*.py"))


@given(st.text())
def test_text_in_ascii_has_the_cells_that_it_had(text: str) -> None:
    plain = text.translate(ASCII)
    assert plain.isascii()
    assert len([c for c in plain if c.isprintable()]) >= 0
    printable = "".join(c for c in text if ord(c) >= 128)
    assert len(printable.translate(ASCII)) == sum(cell_len(c) for c in printable)


def test_ascii_stays_what_it_is() -> None:
    text = "".join(map(chr, range(128)))
    assert text.translate(ASCII) == text


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_every_character_that_the_screen_draws_has_a_sign_of_its_own(source: Path) -> None:
    """What is not in the table would be a question mark."""
    drawn = set(re.findall(r"[^\x00-\x7f]", source.read_text(encoding="utf-8")))
    assert {c for c in drawn if c.translate(ASCII) == "?"} == set()


def test_more_dots_of_braille_are_never_less_dark() -> None:
    dark = " .:*"
    levels = [dark.index(chr(0x2800 + (1 << n) - 1).translate(ASCII)) for n in range(9)]
    assert levels == sorted(levels)
