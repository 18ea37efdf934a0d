"""How the hop table is to look: which columns, in which unit its times, how high its bars, and how
it calls who answers. Pure."""

from __future__ import annotations

import math
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

import msgspec

from poros_tui.errors import UsageError
from poros_tui.model.clean import clean
from poros_tui.model.column import Column
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.columns import DEFAULT_COLUMNS, KINDS

_SHOWN_MAX: Final = 40
_DECADES: Final = 3
"""How far below its top the logarithmic height begins, in powers of ten."""


class HeightScale(StrEnum):
    """How a round-trip time becomes the height of a bar."""

    SQRT = "sqrt"
    LINEAR = "linear"
    LOG = "log"

    @property
    def words(self) -> str:
        """In the heading."""
        return {"sqrt": "square root", "linear": "linear", "log": "logarithmic"}[self.value]

    @property
    def least_share(self) -> float:
        """Of the top: where the height begins."""
        return 10.0**-_DECADES if self is HeightScale.LOG else 0.0

    def share(self, rtt_s: float, top_s: float) -> float:
        """The height, 0 to 1 where `rtt_s` is 0 to `top_s`. The logarithm begins at a thousandth
        of the top: below that all is 0."""
        ratio = max(0.0, rtt_s) / top_s
        match self:
            case HeightScale.SQRT:
                return math.sqrt(ratio)
            case HeightScale.LINEAR:
                return ratio
            case HeightScale.LOG:
                return max(0.0, 1 + math.log10(ratio) / _DECADES) if ratio > 0 else 0.0


class Called(StrEnum):
    """How the table calls who answers."""

    NAME = "name"
    """By the name; by the address where there is none."""
    ADDRESS = "address"
    BOTH = "both"

    @property
    def words(self) -> str:
        """For a sentence, and in the settings."""
        return {"name": "names", "address": "addresses", "both": "names and addresses"}[self.value]

    @property
    def next(self) -> Called:
        """Names, addresses, both, and again names."""
        kinds = tuple(Called)
        return kinds[(kinds.index(self) + 1) % len(kinds)]


class TableLook(msgspec.Struct, frozen=True, kw_only=True):
    """What a user may choose of the table."""

    columns: tuple[Column, ...] = DEFAULT_COLUMNS
    unit: TimeUnit = TimeUnit.MS
    height: HeightScale = HeightScale.SQRT
    called: Called = Called.NAME


DEFAULT_LOOK: Final = TableLook()


def columns_text(columns: tuple[Column, ...]) -> str:
    """Their names, as `parsed_columns` reads them."""
    return ",".join(columns)


def parsed_columns(text: str) -> tuple[Column, ...]:
    """The columns of a list such as `loss,last,avg`; hop and responder come first where it does
    not have them.

    Raises:
        UsageError: there is no such column, or it is there twice.
    """
    by_name = {column.value: column for column in KINDS}
    columns: list[Column] = []
    for part in text.split(","):
        name = part.strip().lower()
        if name not in by_name:
            close = get_close_matches(name, by_name, n=1)
            advice = f"did you mean {close[0]}?" if close else f"there are {', '.join(by_name)}"
            shown = clean(repr(part.strip()), _SHOWN_MAX)
            raise UsageError(f"--columns: there is no column {shown}", advice)
        if by_name[name] in columns:
            raise UsageError(f"--columns: {name} is there twice", "name each column once")
        columns.append(by_name[name])
    missing = [column for column in (Column.HOP, Column.RESPONDER) if column not in columns]
    return (*missing, *columns)
