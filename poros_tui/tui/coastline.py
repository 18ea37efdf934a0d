"""The coasts of the world, as lines of points. Pure but for the file that it comes with.

The file is made by `tests/tui/make_coastline.py` from Natural Earth 1:110m, which is public domain:
for each line the number of its points and then each point as its distance from the one before (the
first from 0, 0), east and north, in tenths of a degree. All are whole numbers of 7 bits to a byte,
the lowest first, with the highest bit set where more follow; what may be negative is doubled, and
less 1 for the negative ones (the variable-length integers of Protocol Buffers, with zigzag).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("coastline.bin")
_PER_DEGREE: Final = 10
_MORE: Final = 0x80

Shore = tuple[tuple[float, float], ...]
"""Points of one line, longitude and latitude in degrees."""


@cache
def coasts() -> tuple[Shore, ...]:
    """All of them. Read once, when the first map is drawn."""
    return decoded(FILE.read_bytes())


def decoded(data: bytes) -> tuple[Shore, ...]:
    """The lines in a file's bytes."""
    numbers = _numbers(data)
    return tuple(_line(count, numbers) for count in numbers)


def _line(points: int, numbers: Iterator[int]) -> Shore:
    x = y = 0
    line = []
    for _ in range(points):
        x += _signed(next(numbers))
        y += _signed(next(numbers))
        line.append((x / _PER_DEGREE, y / _PER_DEGREE))
    return tuple(line)


def _numbers(data: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in data:
        number |= (byte & ~_MORE) << shift
        shift += 7
        if not byte & _MORE:
            yield number
            number = shift = 0


def _signed(number: int) -> int:
    return number >> 1 if number % 2 == 0 else -(number >> 1) - 1


def encoded(lines: Iterable[Sequence[tuple[float, float]]]) -> bytes:
    """The bytes for these lines. Points that fall onto the one before are left out."""
    result = bytearray()
    for line in lines:
        points = [(round(x * _PER_DEGREE), round(y * _PER_DEGREE)) for x, y in line]
        kept = [point for n, point in enumerate(points) if n == 0 or point != points[n - 1]]
        if len(kept) < 2:
            continue
        result += _bytes(len(kept))
        before = (0, 0)
        for point in kept:
            for is_at, was_at in zip(point, before, strict=True):
                step = is_at - was_at
                result += _bytes(2 * step if step >= 0 else -2 * step - 1)
            before = point
    return bytes(result)


def _bytes(number: int) -> bytes:
    result = bytearray()
    while number >= _MORE:
        result.append(number % _MORE | _MORE)
        number >>= 7
    return bytes([*result, number])
