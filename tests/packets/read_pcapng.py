"""Reads pcapng, written apart from the code under test (draft-ietf-opsawg-pcapng)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from struct import unpack_from


@dataclass(frozen=True, slots=True)
class Block:
    kind: int
    body: bytes

    def options(self, at: int) -> dict[int, bytes]:
        """Of the last with each number, from this place on."""
        found = {}
        while at < len(self.body):
            number, length = unpack_from("<HH", self.body, at)
            if number == 0:
                assert (length, at + 4) == (0, len(self.body))
                break
            found[number] = self.body[at + 4 : at + 4 + length]
            assert not any(self.body[at + 4 + length : at + 4 + length + -length % 4])
            at += 4 + length + -length % 4
        return found


@dataclass(frozen=True, slots=True)
class Packet:
    interface: int
    at_ns: int
    data: bytes
    comment: str
    is_outbound: bool


@dataclass(frozen=True, slots=True)
class Capture:
    program: str
    comment: str
    interfaces: list[tuple[str, str]]
    packets: list[Packet]


def without_cut_block(data: bytes) -> bytes:
    """The blocks of a file up to the first that was not written whole."""
    at = 0
    while at + 8 <= len(data):
        (length,) = unpack_from("<I", data, at + 4)
        if at + length > len(data):
            break
        at += length
    return data[:at]


def blocks_of(data: bytes) -> Iterator[Block]:
    at = 0
    while at < len(data):
        kind, length = unpack_from("<II", data, at)
        assert length % 4 == 0
        assert unpack_from("<I", data, at + length - 4) == (length,)
        yield Block(kind, data[at + 8 : at + length - 4])
        at += length


def read_pcapng(data: bytes | Path) -> Capture:
    first, *others = blocks_of(data.read_bytes() if isinstance(data, Path) else data)
    assert first.kind == 0x0A0D0D0A
    assert unpack_from("<IHHq", first.body) == (0x1A2B3C4D, 1, 0, -1)
    about = first.options(16)
    read = Capture(about.get(4, b"").decode(), about.get(1, b"").decode(), [], [])
    for block in others:
        if block.kind == 1:
            assert unpack_from("<HHI", block.body) == (101, 0, 0)
            told = block.options(8)
            assert told[9] == b"\x09"
            read.interfaces.append((told.get(2, b"").decode(), told.get(3, b"").decode()))
            continue
        assert block.kind == 6
        interface, high, low, captured, original = unpack_from("<IIIII", block.body)
        assert captured == original
        assert interface < len(read.interfaces)
        options = block.options(20 + captured + -captured % 4)
        read.packets.append(
            Packet(
                interface,
                high << 32 | low,
                block.body[20 : 20 + captured],
                options.get(1, b"").decode(),
                options[2] == b"\x02\0\0\0",
            )
        )
    return read
