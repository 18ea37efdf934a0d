"""Samples of a hop as they are in a file: how many and when as steps, all of it in base64."""

from __future__ import annotations

from array import array
from binascii import a2b_base64
from collections.abc import Sequence
from itertools import accumulate, chain, pairwise
from typing import Any, Final

import msgspec

from poros_tui.model.series import SeriesPiece
from poros_tui.record.graph import (
    Unreadable,
    as_base64,
    as_bytes,
    from_base64,
    from_bytes,
)

_COLUMN_TYPES: Final = "IIIHHHHH"
_BIN_BYTES: Final = 22
_Packed = tuple[int, str, int, str, str]


def packed_samples(numbers: Sequence[int], ticks: Sequence[int], codes: Sequence[int]) -> _Packed:
    """The first of the numbers and of the ticks, and how they go on."""
    return (*_as_steps(numbers), *_as_steps(ticks), as_base64(array("H", codes)))


def _as_steps(values: Sequence[int]) -> tuple[int, str]:
    return values[0] if values else 0, as_base64(array("i", _steps(values)))


def series_blob(piece: SeriesPiece) -> bytes:
    """Samples and bins of a hop, as `PackedSeries.unpacked` reads them."""
    return b"".join(
        (
            as_bytes(array("I", _steps(piece.ticks))),
            as_bytes(array("H", piece.codes)),
            *(
                as_bytes(array(kind, column))
                for _, columns in piece.runs
                for kind, column in zip(_COLUMN_TYPES, columns, strict=True)
            ),
        )
    )


def _steps(values: Sequence[int]) -> list[int]:
    return [later - earlier for earlier, later in pairwise(values)]


def unpacked_samples(
    first: int, numbers: str, start: int, ticks: str, codes: str
) -> tuple[Sequence[int], Sequence[int], Sequence[int]]:
    """The other way round: numbers, ticks and codes."""
    found = from_base64("H", codes)
    if not found:
        return (), (), ()
    return _from_steps(first, numbers), _from_steps(start, ticks), found


def _from_steps(first: int, steps: str) -> list[int]:
    return list(accumulate(from_base64("i", steps), initial=first))


class PackedSeries(msgspec.Struct, frozen=True):
    """The samples of a hop in some time, as they are in the file: a tenth of what they are in
    memory."""

    end: int
    start: int
    count: int
    runs: tuple[tuple[int, int], ...]
    """For each length of bins: the index of the first, and how many there are."""
    blob: bytes

    @staticmethod
    def of(rest: Sequence[Any]) -> PackedSeries:
        """Of the rest of its line.

        Raises:
            Unreadable, ValueError, TypeError: it is none.
        """
        end, start, count, runs, blob = rest
        packed = PackedSeries(
            end, start, count, tuple((first, bins) for first, bins in runs), a2b_base64(blob)
        )
        numbers = (end, start, count, *chain.from_iterable(packed.runs))
        if any(type(one) is not int or one < 0 for one in numbers) or (
            len(packed.blob) != packed.size
        ):
            raise Unreadable("samples are damaged")
        return packed

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        samples = 4 * max(0, self.count - 1) + 2 * self.count
        return samples + sum(bins for _, bins in self.runs) * _BIN_BYTES

    def unpacked(self) -> SeriesPiece:
        """As it was measured."""
        place = 0

        def column(kind: str, count: int) -> array[int]:
            nonlocal place
            begin, place = place, place + count * array(kind).itemsize
            return from_bytes(kind, self.blob[begin:place])

        steps = column("I", max(0, self.count - 1))
        ticks = list(accumulate(steps, initial=self.start)) if self.count else []
        codes = column("H", self.count)
        runs = [
            (first, [column(kind, bins) for kind in _COLUMN_TYPES]) for first, bins in self.runs
        ]
        return SeriesPiece(self.end, ticks, codes, runs)
