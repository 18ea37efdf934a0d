"""Every parser of bytes from outside, and valid inputs to begin with."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from typing import Any, Final

import msgspec

from poros_tui.errors import PorosError
from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import IPAddress, Multipath, Protocol
from poros_tui.packets import dns, extensions, icmpv4, icmpv6, quoted
from poros_tui.packets.ipv4 import IPv4Packet
from poros_tui.packets.ipv6 import IPv6Packet
from poros_tui.packets.tcp import QuotedTcp, TcpSegment
from poros_tui.packets.udp import UdpDatagram
from poros_tui.probe.attempt import Attempt
from poros_tui.probe.connecting import Connecting
from poros_tui.probe.errqueue import SO_TIMESTAMPING, Origin, decode_received
from poros_tui.probe.family import FAMILIES, Destination
from poros_tui.probe.open import open_candidates
from poros_tui.probe.outgoing import Outgoing
from poros_tui.probe.privilege import Privilege
from poros_tui.probe.protocols.tcp import DEFAULT_PORT
from poros_tui.probe.recvmmsg import decode_name, split_control
from poros_tui.probe.udp_session import FIRST_PORT
from poros_tui.probe.udp_sockets import UdpSockets
from tests.lab import extensions as lab_extensions
from tests.lab import segments
from tests.lab.wire import read_probe
from tests.packets import build
from tests.probe.listening import first_socket

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


_DNS: Final = bytes.fromhex(
    "1267818000010003000100000131013201300331393207696e2d61646472046172706100000c0001"
    "c00c000500010000003c0009013104302d3135c00ec034000c00010000003c000f056f7468657207"
    "6578616d706c6500c034000c00010000003c000704686f7374c04fc010000600010000003c002002"
    "6e73c04f04726f6f74c04f0000000100000002000000030000000400000005"
)


_TXT: Final = bytes.fromhex(
    "12678180000100020000000007415336343530300361736e0563796d727503636f6d0000100001"
    "c00c001000010000003c0009036f6e65000374776fc00c001000010000003c0034333634353030"
    "207c204445207c20726970656e6363207c20323030312d30322d3033207c204558414d504c452d"
    "4e45542c204445"
)


def _read_dns(data: bytes) -> object:
    response = dns.decode_response(data)
    return dns.find(response, response.question[0], dns.RecordType.PTR)


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
        Parser("TCP", TcpSegment.decode, (_TCP,)),
        Parser("quoted TCP", QuotedTcp.decode, (_TCP,)),
        Parser("quoted IPv4", quoted.decode_quoted_ipv4, quotes4),
        Parser("quoted IPv6", quoted.decode_quoted_ipv6, quotes6),
        Parser("DNS", _read_dns, (_DNS, _TXT)),
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
        for level, kind in (
            (socket.SOL_SOCKET, SO_TIMESTAMPING),
            (family.level, family.ttl_told),
            (family.level, family.packet_info_told),
            (family.level, family.receive_errors),
        ):

            def read(
                data: bytes,
                family: Any = family,  # noqa: ANN401
                level: int = level,
                kind: int = kind,
            ) -> object:
                return decode_received(family, b"", [(level, kind, data)], None)

            seed = bytes.fromhex("71000000020b00000000000000000000") + bytes(2) + bytes(30)
            parsers.append(Parser(f"ancillary data {kind}, IPv{version}", read, (seed, bytes(12))))
    seed = bytes.fromhex("2400000000000000000000000b000000") + bytes(20)
    parsers.append(Parser("control data", split_control, (seed,)))
    parsers.append(Parser("socket name", decode_name, (bytes.fromhex("0200829a0a000001"),)))
    return parsers


_OUTGOING: Final[Mapping[Protocol, Mapping[str, Outgoing]]] = {
    Protocol.UDP: {
        "": Outgoing(port=FIRST_PORT),
        ", classic": Outgoing(port=FIRST_PORT, multipath=Multipath.CLASSIC),
        ", DNS": Outgoing(port=53),
        ", NTP": Outgoing(port=123),
        ", QUIC": Outgoing(port=443),
        ", STUN": Outgoing(port=3478),
    },
    Protocol.TCP: {"": Outgoing(port=DEFAULT_PORT)},
}
"""What is to be sent, where answers are read in more ways than one."""


def rung_parsers() -> list[Parser]:
    """What each rung makes of a packet, and of an entry of the error queue, as far as this
    machine permits to open it."""
    parsers = []
    for protocol in Protocol:
        for privilege in (Privilege.RAW, Privilege.USER):
            for version, destination in LOOPBACK.items():
                for suffix, outgoing in _OUTGOING.get(protocol, {"": Outgoing()}).items():
                    name = f"{protocol.upper()} IPv{version}, {privilege}{suffix}"
                    parsers += _parsers_of(name, protocol, privilege, destination, outgoing)
    return parsers


def _parsers_of(
    name: str,
    protocol: Protocol,
    privilege: Privilege,
    destination: IPAddress,
    outgoing: Outgoing,
) -> Iterator[Parser]:
    version = destination.version
    try:
        candidates = open_candidates(privilege, protocol, {version}, outgoing)
        transport = candidates.transport_for(destination).transport
    except PorosError:
        return
    port = outgoing.port or 0
    try:
        if isinstance(transport, Connecting):
            yield Parser(f"{name}, error queue", _attempt_reader(destination, port), (_TCP,))
            return
        shared = first_socket(transport)
        dialect = shared._dialect
        seeds = _answers_to(protocol, version, dialect.packet(5))
        for place, ear in enumerate(shared._ears):
            summed_from = 20 if version == 4 else None
            reader = _reader(ear.read, version, port)
            yield Parser(f"{name}, socket {place}", reader, seeds, summed_from)
        if isinstance(transport, UdpSockets) and transport._errors is not None:
            reader = _reader(transport._errors.ear.read, version, port)
            yield Parser(f"{name}, errors", reader, seeds, 20 if version == 4 else None)
        reader = _reader(dialect.read_error, version, port, queued=True)
        yield Parser(f"{name}, error queue", reader, seeds)
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
        messages += [bytes([0]) + packet[1:], packet, *_segments(quote)]
        whole = [build.ipv4(each, source=local, destination=local) for each in messages]
        return (*whole, *messages, *_queued(packet))
    quote = build.ipv6(packet, source=local, destination=local, next_header=number)
    messages = [
        build.icmp(kind, code, payload=quote) for kind, code in ((3, 0), (1, 4), (2, 0), (1, 0))
    ]
    messages += [build.icmp(3, 0, b"\x10\0\0\0", quote.ljust(128, b"\0") + _STRUCTURE)]
    return (*messages, bytes([129]) + packet[1:], *_segments(quote), *_queued(packet))


def _segments(quote: bytes) -> list[bytes]:
    """What TCP answers to the probe of this IP packet; nothing to one of another protocol."""
    probe = read_probe(quote)
    if probe is None or probe.protocol is not Protocol.TCP:
        return []
    return [segments.syn_ack(probe, 1), segments.reset(probe)]


def _queued(packet: bytes) -> list[bytes]:
    """What the error queue holds of a quote: of UDP its payload, extensions behind 128 bytes less
    the headers that the kernel takes off."""
    return [packet, *(packet.ljust(128 - headers, b"\0") + _STRUCTURE for headers in (20, 28, 48))]


def _reader(
    read: Callable[[Any, ClockReading], object], version: int, port: int, *, queued: bool = False
) -> Callable[[bytes], object]:
    family, local = FAMILIES[version], LOOPBACK[version]
    origin = Origin.ICMP if version == 4 else Origin.ICMP6
    offender = bytes(4) + local.packed if version == 4 else bytes(8) + local.packed
    family_number = (2 if version == 4 else 10).to_bytes(2, "little")
    name = (str(local), port) if version == 4 else (str(local), port, 0, 0)

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


class _NoSocket:
    """As much of a socket as an attempt asks while it reads an error."""

    def getsockopt(self, _level: int, _option: int, buffer_bytes: int) -> bytes:
        """Nothing has been sent again."""
        return bytes(buffer_bytes)


def _attempt_reader(destination: IPAddress, port: int) -> Callable[[bytes], object]:
    nothing: Any = _NoSocket()
    attempt = Attempt(
        key=5,
        destination=Destination(destination),
        socket=nothing,
        source=destination,
        sent_at=_READ_AT,
    )
    return _reader(attempt._read_error, destination.version, port, queued=True)


def all_parsers() -> list[Parser]:
    """All of them."""
    return [*packet_parsers(), *queue_parsers(), *rung_parsers()]
