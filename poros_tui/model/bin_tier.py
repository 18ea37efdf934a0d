"""Figures of one hop in spans of equal length, one after the other: 22 bytes each."""

from __future__ import annotations

from array import array
from typing import Final

from poros_tui.model.bins import Columns, Figures

_SPARE: Final = 64
"""Bins beyond the length that are kept before all are moved."""
_TYPES: Final = "IIIHHHHH"


class BinTier:
    """Bins by their index: number `i` is of the ticks from `i * step` up to the next."""

    def __init__(self, step: int, length: int) -> None:
        """`step` in ticks; at least the newest `length` are kept."""
        self.step = step
        self._length = length
        self._first = 0
        self._columns = tuple(array(kind) for kind in _TYPES)

    @property
    def first(self) -> int:
        """The index of the oldest that is kept."""
        return self._first

    @property
    def end(self) -> int:
        """The index after the newest."""
        return self._first + len(self._columns[0])

    def restart(self, index: int) -> None:
        """Forget all, and go on with this one."""
        self._first = index
        for column in self._columns:
            del column[:]

    def append(self, figures: Figures) -> None:
        """The next one."""
        for column, value in zip(self._columns, figures, strict=True):
            column.append(value)
        if len(self._columns[0]) >= self._length + _SPARE:
            for column in self._columns:
                del column[:_SPARE]
            self._first += _SPARE

    def extend(self, first: int, columns: Columns) -> None:
        """The next ones, from that index on."""
        if first != self.end:
            self.restart(first)
        for column, values in zip(self._columns, columns, strict=True):
            column.extend(values)
        surplus = len(self._columns[0]) - self._length - _SPARE
        if surplus >= 0:
            gone = (surplus // _SPARE + 1) * _SPARE
            for column in self._columns:
                del column[:gone]
            self._first += gone

    def figures(self, index: int) -> Figures:
        """Those of one that is kept."""
        place = index - self._first
        return Figures._make(column[place] for column in self._columns)

    def put(self, index: int, figures: Figures) -> None:
        """Correct one that is kept."""
        for column, value in zip(self._columns, figures, strict=True):
            column[index - self._first] = value

    def between(self, first: int, end: int) -> Columns:
        """Those from one index up to another, all kept."""
        start, stop = first - self._first, end - self._first
        return [column[start:stop] for column in self._columns]

    def medians(self) -> list[int]:
        """The codes of all medians that there are."""
        return [code for code in self._columns[5] if code]
