"""What boxes on the way make of a probe, as bytes: as it gets somewhere, and as errors quote it.

Checksums are computed anew over the whole packet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from poros_tui.model.probe import Protocol
from poros_tui.probe.simulation.answer import SimulatedAnswer
from poros_tui.probe.simulation.box import Nat, Passed, Restore
from tests.lab import wire
from tests.lab.wire import ProbePacket, read_probe

_CHECKSUMS: Final = {Protocol.ICMP: 2, Protocol.UDP: 6, Protocol.TCP: 16}
_NUMBERS4: Final = {Protocol.ICMP: wire.ICMP4, Protocol.UDP: wire.UDP, Protocol.TCP: wire.TCP}
_NUMBERS6: Final = {**_NUMBERS4, Protocol.ICMP: wire.ICMP6}
_MORE_FRAGMENTS: Final = 0x20


def quoted_probe(probe: ProbePacket, answer: SimulatedAnswer) -> bytes:
    """All of the probe that an error may quote: as it arrived, and as the NATs that the error
    came back through have left it."""
    data = probe.data
    translated: list[tuple[Nat, bytes, bytes]] = []
    for passed in answer.passed:
        if passed.box.nat is not None:
            before, data = data, _translated(data, passed, passed.box.nat)
            translated.append((passed.box.nat, before, data))
    for nat, before, after in reversed(translated):
        data = _restored(data, nat, before, after)
    for _, box in answer.passed:
        data = _with_class(data, box.dscp, box.ecn)
    if answer.fragment_bytes is not None:
        head = answer.fragment_bytes.to_bytes(2, "big")
        data = data[:2] + head + data[4:6] + bytes([data[6] | _MORE_FRAGMENTS]) + data[7:]
        data = data[: answer.fragment_bytes]
    if probe.family == 6:
        return data[:7] + bytes([answer.quoted_ttl]) + data[8:]
    return wire.with_ipv4_checksum(data[:8] + bytes([answer.quoted_ttl]) + data[9:])


def _translated(data: bytes, passed: Passed, nat: Nat) -> bytes:
    probe = _read(data)
    source, destination = nat.new_source(probe.family), nat.new_destination(probe.family)
    at_source, at_destination = _addresses(probe)
    if source is not None:
        data = _replaced(data, at_source, source.packed)
    if destination is not None:
        data = _replaced(data, at_destination, destination.packed)
    if nat.identification and probe.family == 4:
        data = _renumbered(data, 4, passed.translated)
    transport = probe.header_length
    if probe.protocol is Protocol.ICMP:
        data = _renumbered(data, transport + 4, passed.translated) if nat.identifier else data
    elif nat.port:
        data = _renumbered(data, transport, passed.translated)
    return _with_checksum(data)


def _restored(data: bytes, nat: Nat, before: bytes, after: bytes) -> bytes:
    """With what was in front of the NAT, if it is still what the NAT has made of it."""
    probe = _read(data)
    start = probe.header_length + (4 if probe.protocol is Protocol.ICMP else 0)
    length = 4 if probe.family == 4 else 16
    places = [(at, length) for at in _addresses(probe)]
    places.append((start, 2 if probe.protocol is Protocol.ICMP else 4))
    is_known = all(data[at : at + size] == after[at : at + size] for at, size in places)
    if nat.restore is Restore.NOTHING or not is_known:
        return data
    for at, size in places:
        data = _replaced(data, at, before[at : at + size])
    return _with_checksum(data) if nat.restore is Restore.ALL else data


def _with_class(data: bytes, dscp: int | None, ecn: int | None) -> bytes:
    is_4 = data[0] >> 4 == 4
    byte = data[1] if is_4 else int.from_bytes(data[:2], "big") >> 4 & 0xFF
    if dscp is not None:
        byte = dscp << 2 | byte & 3
    if ecn is not None:
        byte = byte & ~3 | ecn
    if is_4:
        return _replaced(data, 1, bytes([byte]))
    word = int.from_bytes(data[:4], "big") & 0xF00FFFFF | byte << 20
    return _replaced(data, 0, word.to_bytes(4, "big"))


def _with_checksum(data: bytes) -> bytes:
    """With the right checksum of ICMP, UDP or TCP; a datagram without one goes on without."""
    probe = _read(data)
    at = _CHECKSUMS[probe.protocol]
    transport = probe.transport
    if probe.protocol is Protocol.UDP and not any(transport[at : at + 2]):
        return data
    blank = transport[:at] + b"\0\0" + transport[at + 2 :]
    pseudo = probe.source + probe.destination
    if probe.family == 6:
        number = _NUMBERS6[probe.protocol]
        pseudo += len(blank).to_bytes(4, "big") + bytes([0, 0, 0, number])
    elif probe.protocol is Protocol.ICMP:
        pseudo = b""
    else:
        pseudo += bytes([0, _NUMBERS4[probe.protocol]]) + len(blank).to_bytes(2, "big")
    total = wire.checksum(pseudo + blank)
    if probe.protocol is Protocol.UDP and not any(total):
        total = b"\xff\xff"
    return _replaced(data, probe.header_length + at, total)


def _addresses(probe: ProbePacket) -> tuple[int, int]:
    """Where they are."""
    return (12, 16) if probe.family == 4 else (8, 24)


def _renumbered(data: bytes, at: int, translate: Callable[[int], int]) -> bytes:
    number = translate(int.from_bytes(data[at : at + 2], "big"))
    return _replaced(data, at, number.to_bytes(2, "big"))


def _replaced(data: bytes, at: int, part: bytes) -> bytes:
    return data[:at] + part + data[at + len(part) :]


def _read(data: bytes) -> ProbePacket:
    probe = read_probe(data)
    if probe is None:
        raise ValueError("no probe")
    return probe
