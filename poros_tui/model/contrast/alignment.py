"""Which hop of one path is which of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from poros_tui.model.contrast.measured import MeasuredHop

Pair = tuple[MeasuredHop | None, MeasuredHop | None]
"""The hop in the first path and in the second; None where one has none in its place."""

# Whole numbers: the way back through the table looks for equal sums.
_ALIKE: Final = 20 << 8
_MAYBE: Final = 5 << 8
"""One of them, or both, did not answer: it may be the same."""
_REPLACED: Final = 0
_GAP: Final = -3 << 8
"""A hop more or less. Two gaps cost more than one replaced hop."""
_ONE_TTL: Final = 1
"""Chooses among equal ones, and outweighs nothing: there are 255 TTLs at most."""


def are_alike(first: MeasuredHop, second: MeasuredHop) -> bool:
    """Whether one address answers at both."""
    return not set(first.responders).isdisjoint(second.responders)


def aligned(first: Sequence[MeasuredHop], second: Sequence[MeasuredHop]) -> list[Pair]:
    """Pairs in the order of both paths, so that as many as possible are alike, and of these as
    many as possible of one TTL (Needleman and Wunsch, J. Mol. Biol. 48(3), 1970, p. 443)."""
    rows, columns = len(first) + 1, len(second) + 1
    best = [[0] * columns for _ in range(rows)]
    for row in range(1, rows):
        best[row][0] = row * _GAP
    for column in range(1, columns):
        best[0][column] = column * _GAP
    for row in range(1, rows):
        for column in range(1, columns):
            best[row][column] = max(
                best[row - 1][column - 1] + _score(first[row - 1], second[column - 1]),
                best[row - 1][column] + _GAP,
                best[row][column - 1] + _GAP,
            )
    pairs: list[Pair] = []
    row, column = rows - 1, columns - 1
    while row or column:
        here = best[row][column]
        if (
            row
            and column
            and here == best[row - 1][column - 1] + _score(first[row - 1], second[column - 1])
        ):
            row, column = row - 1, column - 1
            pairs.append((first[row], second[column]))
        elif row and here == best[row - 1][column] + _GAP:
            row -= 1
            pairs.append((first[row], None))
        else:
            column -= 1
            pairs.append((None, second[column]))
    pairs.reverse()
    return pairs


def _score(first: MeasuredHop, second: MeasuredHop) -> int:
    nearness = _ONE_TTL if first.ttl == second.ttl else 0
    if not first.responders or not second.responders:
        return _MAYBE + nearness
    return (_ALIKE if are_alike(first, second) else _REPLACED) + nearness
