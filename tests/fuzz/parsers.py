"""Every parser of bytes from outside, and valid inputs to begin with."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Any, Final

import msgspec

from poros_tui.errors import PorosError
from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import IPAddress, Protocol
from poros_tui.packets import extensions, icmpv4, icmpv6, quoted
from poros_tui.packets.ipv4 import IPv4Packet
from poros_tui.packets.ipv6 import IPv6Packet
from poros_tui.packets.udp import UdpDatagram
from poros_tui.probe.errqueue import Origin, decode_received
from poros_tui.probe.family import FAMILIES
from poros_tui.probe.open import open_candidates
from poros_tui.probe.privilege import Privilege
from tests.lab import extensions as lab_extensions
from tests.packets import build

LOOPBACK: Final = {4: ip_address("127.0.0.1"), 6: ip_address("::1")}
_READ_AT: Final = ClockReading(2_000, 1_000)
_CHANCE: Final = random.Random(1)


class Parser(msgspec.Struct, frozen=True):
    """One function that reads bytes from outside."""

    name: str
    read: Callable[[bytes], object]
    """Raises nothing but MalformedPacket."""
    seeds: tuple[bytes, ...]
    summed_from: int | None = None
    """Where what a checksum covers begins, the checksum being its second word: it is put right in
    half of the inputs, or hardly one would get past it."""


def _echo(icmp_type: int) -> bytes:
    return build.echo(icmp_type, 7, 9, bytes(range(32)))


_STRUCTURE: Final = lab_extensions.structure(
    (
        extensions.MplsStack(
            (extensions.MplsLabel(label=24003, traffic_class=0, is_bottom=True, ttl=1),)
        ),
        extensions.InterfaceInformation(
            role=extensions.InterfaceRole.INCOMING,
            index=3,
            address=ip_address("10.0.0.1"),
            name="ge-0/0/1",
            mtu=1500,
        ),
        extensions.UnknownObject(class_number=77, c_type=1, payload=b"abc"),
    )
)
_QUOTE4: Final = build.ipv4(_echo(8)).ljust(128, b"\0")
_QUOTE6: Final = build.ipv6(_echo(128)).ljust(128, b"\0")
_UDP: Final = build.udp(40000, 33434, bytes(range(32)))
_TCP: Final = bytes.fromhex("9c40005012345678000000006002faf0000000000204 05b4".replace(" ", ""))
_HOP_BY_HOP: Final = bytes([58, 0]) + bytes(6) + _echo(128)


def packet_parsers() -> list[Parser]:
    """The codecs of `packets`."""
    errors4 = tuple(
        build.icmp(kind, code, b"\0\x20\0\0", _QUOTE4 + _STRUCTURE)
        for kind, code in ((11, 0), (3, 3), (3, 4))
    )
    errors6 = tuple(
        build.icmp(kind, code, b"\x10\0\0\0", _QUOTE6 + _STRUCTURE)
        for kind, code in ((3, 0), (1, 4), (2, 0))
    )
    quotes4 = (
        build.ipv4(_echo(8)),
        build.ipv4(_UDP, protocol=17),
        build.ipv4(_TCP, protocol=6),
        build.ipv4(_echo(8), options=bytes(8)),
    )
    quotes6 = (
        build.ipv6(_echo(128)),
        build.ipv6(_UDP, next_header=17),
        build.ipv6(_TCP, next_header=6),
        build.ipv6(_HOP_BY_HOP, next_header=0),
    )
    parsers = [
        Parser("ICMPv4", icmpv4.decode_icmpv4, (_echo(0), *errors4), 0),
        Parser("ICMPv4, summed", icmpv4.decode_unsummed_icmpv4, (_echo(0), *errors4)),
        Parser("ICMPv6", icmpv6.decode_icmpv6, (_echo(129), *errors6)),
        Parser("IPv4", IPv4Packet.decode, quotes4),
        Parser("IPv6", IPv6Packet.decode, quotes6),
        Parser("UDP", UdpDatagram.decode, (_UDP,)),
        Parser("quoted IPv4", quoted.decode_quoted_ipv4, quotes4),
        Parser("quoted IPv6", quoted.decode_quoted_ipv6, quotes6),
        Parser("extensions", extensions.decode_extensions, (_STRUCTURE,), 0),
    ]
    parsers.extend(
        Parser(
            f"quote and extensions, told {told}",
            lambda data, told=told: extensions.split_quote(data, told),
            (_QUOTE4 + _STRUCTURE, _QUOTE6 + _STRUCTURE),
            max(told, 128),
        )
        for told in (0, 128, 200)
    )
    return parsers


def queue_parsers() -> list[Parser]:
    """What recvmsg tells beside the data."""
    parsers = []
    for version, family in FAMILIES.items():
        for kind in (
            family.ttl_told,
            family.packet_info_told,
            family.receive_errors,
        ):

            def read(data: bytes, family: Any = family, kind: int = kind) -> object:  # noqa: ANN401
                return decode_received(family, b"", [(family.level, kind, data)], None)

            seed = bytes.fromhex("71000000020b00000000000000000000") + bytes(2) + bytes(30)
            parsers.append(Parser(f"ancillary data {kind}, IPv{version}", read, (seed, bytes(12))))
    return parsers


def rung_parsers() -> list[Parser]:
    """What each rung makes of a packet, and of an entry of the error queue, as far as this
    machine permits to open it."""
    parsers = []
    for protocol in Protocol:
        if find_spec(f"poros_tui.probe.protocols.{protocol}") is None:
            continue
        for privilege in (Privilege.RAW, Privilege.USER):
            for version, destination in LOOPBACK.items():
                parsers += _parsers_of(protocol, privilege, version, destination)
    return parsers


def _parsers_of(
    protocol: Protocol, privilege: Privilege, version: int, destination: IPAddress
) -> Iterator[Parser]:
    try:
        candidates = open_candidates(privilege, protocol, {version})
        transport: Any = candidates.transport_for(destination).transport
    except PorosError:
        return
    try:
        dialect = getattr(transport, "_dialect", None)
        if dialect is None:
            return  # it reads no bytes itself
        name = f"{protocol.upper()} IPv{version}, {privilege}"
        seeds = _answers_to(protocol, version, dialect.packet(5))
        for place, ear in enumerate(transport._ears):
            summed_from = 20 if version == 4 else None
            reader = _reader(ear.read, version)
            yield Parser(f"{name}, socket {place}", reader, seeds, summed_from)
        yield Parser(
            f"{name}, error queue", _reader(dialect.read_error, version, queued=True), seeds
        )
    finally:
        transport.close()
        candidates.close()


def _answers_to(protocol: Protocol, version: int, packet: bytes) -> tuple[bytes, ...]:
    """A probe, quoted and echoed, as it might come back."""
    number = {"udp": 17, "tcp": 6}.get(protocol, 1 if version == 4 else 58)
    local = str(LOOPBACK[version])
    if version == 4:
        quote = build.ipv4(packet, source=local, destination=local, protocol=number)
        messages = [
            build.icmp(kind, code, payload=quote)
            for kind, code in ((11, 0), (3, 3), (3, 4), (3, 1))
        ]
        messages += [build.icmp(11, 0, b"\0\x20\0\0", quote.ljust(128, b"\0") + _STRUCTURE)]
        messages += [bytes([0]) + packet[1:], packet]
        whole = [build.ipv4(each, source=local, destination=local) for each in messages]
        return (*whole, *messages, packet)
    quote = build.ipv6(packet, source=local, destination=local, next_header=number)
    messages = [
        build.icmp(kind, code, payload=quote) for kind, code in ((3, 0), (1, 4), (2, 0), (1, 0))
    ]
    messages += [build.icmp(3, 0, b"\x10\0\0\0", quote.ljust(128, b"\0") + _STRUCTURE)]
    return (*messages, bytes([129]) + packet[1:], packet)


def _reader(
    read: Callable[[Any, ClockReading], object], version: int, *, queued: bool = False
) -> Callable[[bytes], object]:
    family, local = FAMILIES[version], LOOPBACK[version]
    origin = Origin.ICMP if version == 4 else Origin.ICMP6
    offender = bytes(4) + local.packed if version == 4 else bytes(8) + local.packed
    family_number = (2 if version == 4 else 10).to_bytes(2, "little")
    name = (str(local), 33434) if version == 4 else (str(local), 33434, 0, 0)

    def read_bytes(data: bytes) -> object:
        ancillary = []
        if queued and len(data) > 12:
            # The first bytes make the entry: type, code, where extensions begin.
            head = bytes(4) + bytes([origin, data[0], data[1], 0]) + data[4:12]
            ancillary.append(
                (family.level, family.receive_errors, head + family_number + offender[2:])
            )
        received = decode_received(family, data, ancillary, name)
        return read(received, _READ_AT)

    return read_bytes


def all_parsers() -> list[Parser]:
    """All of them."""
    return [*packet_parsers(), *queue_parsers(), *rung_parsers()]
