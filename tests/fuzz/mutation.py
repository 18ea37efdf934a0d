"""Inputs that are nearly right: valid bytes, cut, stretched, flipped and spliced."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Final

from tests.lab import wire

INPUT_MAX: Final = 9216
"""Bytes of the largest input: what is read of one packet."""
_EDGES: Final = (0, 1, 4, 8, 20, 28, 40, 48, 127, 128, 129, 255)
"""Lengths and values at which headers begin and end."""


def inputs(seeds: Sequence[bytes], count: int, chance: random.Random) -> Iterator[bytes]:
    """`count` inputs; the seeds themselves first."""
    yield from seeds[:count]
    for _ in range(count - len(seeds)):
        yield _mutated(chance.choice(seeds), seeds, chance)


def summed(data: bytes, start: int) -> bytes:
    """The data with the right checksum over what begins at `start`, in the second word of that."""
    covered = data[start:]
    if len(covered) < 4:
        return data
    blank = covered[:2] + bytes(2) + covered[4:]
    return data[:start] + blank[:2] + wire.checksum(blank) + blank[4:]


def _mutated(seed: bytes, seeds: Sequence[bytes], chance: random.Random) -> bytes:
    draw = chance.random()
    if draw < 0.05:
        return chance.randbytes(chance.choice((*_EDGES, chance.randrange(600))))
    data = bytearray(seed)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
        _mutate(data, seeds, chance)
    return bytes(data[:INPUT_MAX])


def _mutate(data: bytearray, seeds: Sequence[bytes], chance: random.Random) -> None:
    place = chance.randrange(len(data)) if data else 0
    match chance.randrange(7):
        case 0 if data:
            data[place] ^= 1 << chance.randrange(8)
        case 1 if data:
            data[place] = chance.choice((*_EDGES, chance.randrange(256)))
        case 2:
            del data[place:]
        case 3:
            del data[place : place + chance.randrange(1, 9)]
        case 4:
            data[place:place] = chance.randbytes(chance.randrange(1, 9))
        case 5:
            other = chance.choice(seeds)
            data[place:] = other[chance.randrange(len(other) + 1) :]
        case _:
            data += bytes(chance.choice(_EDGES))
