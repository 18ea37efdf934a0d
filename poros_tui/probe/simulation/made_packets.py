"""Packets of a simulated internet, which has none: made for a capture that wants to see them."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from struct import Struct
from typing import Final

import msgspec

from poros_tui.model.probe import IPAddress, Protocol
from poros_tui.model.quote import RewrittenField
from poros_tui.packets import icmpv4, icmpv6
from poros_tui.packets.checksum import internet_checksum
from poros_tui.packets.enclosing import icmp_checksummed, icmp_error, icmp_protocol, ip_packet
from poros_tui.packets.extension_bytes import encode_extensions, padded_quote
from poros_tui.packets.ipv4 import PROTOCOL_UDP
from poros_tui.packets.tcp import PROTOCOL_TCP, Flags, Syn, with_checksum
from poros_tui.packets.udp import checksummed
from poros_tui.probe.simulation.answer import Message, SimulatedAnswer
from poros_tui.probe.simulation.quoting import SentProbe, quote_of
from poros_tui.probe.tap import WirePacket

_HEADER_BYTES: Final = {4: 20, 6: 40}
_ERROR_TYPES: Final = {
    Message.TIME_EXCEEDED: {4: icmpv4.TIME_EXCEEDED, 6: icmpv6.TIME_EXCEEDED},
    Message.PORT_UNREACHABLE: {4: icmpv4.UNREACHABLE, 6: icmpv6.UNREACHABLE},
    Message.UNREACHABLE: {4: icmpv4.UNREACHABLE, 6: icmpv6.UNREACHABLE},
    Message.PACKET_TOO_BIG: {4: icmpv4.UNREACHABLE, 6: icmpv6.TOO_BIG},
}
_ECHO_REPLIES: Final = {4: icmpv4.ECHO_REPLY, 6: icmpv6.ECHO_REPLY}
_ECHO_SEQUENCES: Final = 1 << 16
_TCP: Final = Struct("!HHIIBBHHH")
_FIXED_PAYLOAD: Final = b"a datagram that is always the same"
_DNS_FORMERR: Final = bytes.fromhex("8001 0000 0000 0000 0000")
"""A response of code 1 with nothing in it, behind its identifier (RFC 1035 section 4.1.1)."""
_PLACES: Final = {
    RewrittenField.SOURCE_ADDRESS: {4: 12, 6: 8},
    RewrittenField.DESTINATION_ADDRESS: {4: 16, 6: 24},
    RewrittenField.IP_IDENTIFICATION: {4: 4, 6: 4},
    RewrittenField.SOURCE_PORT: {4: 20, 6: 40},
    RewrittenField.DESTINATION_PORT: {4: 22, 6: 42},
    RewrittenField.ICMP_IDENTIFIER: {4: 24, 6: 44},
}
"""Where a field is, by IP version. Checksums are left: those of the simulation are of no packet."""


class MadeProbe(msgspec.Struct, frozen=True, kw_only=True):
    """A probe that was sent."""

    sent: SentProbe
    key: int
    ttl: int
    dont_fragment: bool

    @property
    def source(self) -> IPAddress:
        """Who sends."""
        return _address(self.sent.fields[RewrittenField.SOURCE_ADDRESS])

    def whole(self) -> WirePacket:
        """As many bytes as it is said to have."""
        sent = self.sent
        return WirePacket(
            ip_packet(
                self.source,
                sent.destination,
                _protocol_number(sent.protocol, sent.destination.version),
                self.message(),
                ttl=self.ttl,
                traffic_class=sent.traffic_class,
                dont_fragment=self.dont_fragment,
            )
        )

    def message(self) -> bytes:
        """What stands behind the IP header: payload in which the key stands, and zeros."""
        sent, fields = self.sent, self.sent.fields
        room = sent.size - _HEADER_BYTES[sent.destination.version]
        if sent.protocol is Protocol.ICMP:
            encode = (
                icmpv4.encode_echo_request
                if sent.destination.version == 4
                else icmpv6.encode_echo_request
            )
            identifier = _number(fields[RewrittenField.ICMP_IDENTIFIER])
            request = encode(
                identifier, self.key % _ECHO_SEQUENCES, bytes(max(0, room - icmpv4.HEADER.size))
            )
            return icmp_checksummed(request, self.source, sent.destination)
        ports = (
            _number(fields[RewrittenField.SOURCE_PORT]),
            _number(fields[RewrittenField.DESTINATION_PORT]),
        )
        if sent.protocol is Protocol.TCP:
            payload = bytes(max(0, room - _TCP.size))
            syn = Syn(
                source_port=ports[0],
                destination_port=ports[1],
                sequence=self.key,
                payload=payload,
            )
            return with_checksum(syn.encode(), self.source, sent.destination)
        payload = self.key.to_bytes(4, "big").ljust(max(0, room - icmpv4.HEADER.size), b"\0")
        return checksummed(*ports, payload, self.source, sent.destination).encode()


class MadeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that came."""

    answer: SimulatedAnswer
    probe: MadeProbe

    def whole(self, _probe: WirePacket | None) -> WirePacket:
        """As the simulation describes it."""
        answer, probe = self.answer, self.probe
        version = answer.responder.version
        protocol = icmp_protocol(version)
        message = self._message()
        if answer.message in (Message.SYN_ACK, Message.RST):
            protocol = PROTOCOL_TCP
        elif answer.message in (Message.UDP_ECHO, Message.UDP_FIXED, Message.UDP_DNS):
            protocol = PROTOCOL_UDP
        return WirePacket(
            ip_packet(answer.responder, probe.source, protocol, message, ttl=answer.reply_ttl)
        )

    def _message(self) -> bytes:
        request = self.probe.message()
        match self.answer.message:
            case Message.ECHO_REPLY:
                reply = bytes([_ECHO_REPLIES[self.answer.responder.version]]) + request[1:]
                return icmp_checksummed(reply, self.answer.responder, self.probe.source)
            case Message.SYN_ACK:
                return self._segment(request, Flags.SYN | Flags.ACK)
            case Message.RST:
                return self._segment(request, Flags.RST | Flags.ACK)
            case Message.UDP_ECHO:
                return self._datagram(request, request[icmpv4.HEADER.size :])
            case Message.UDP_FIXED:
                return self._datagram(request, _FIXED_PAYLOAD)
            case Message.UDP_DNS:
                identifier = request[icmpv4.HEADER.size :][:2].ljust(2, b"\0")
                return self._datagram(request, identifier + _DNS_FORMERR)
            case _:
                return self._error()

    def _segment(self, request: bytes, flags: Flags) -> bytes:
        """It acknowledges the SYN and what it carries."""
        here, there, sequence, _, offset, *_ = _TCP.unpack_from(request)
        carried = len(request) - (offset >> 4) * 4
        acknowledged = (sequence + 1 + carried) % (1 << 32)
        window = 0 if flags & Flags.RST else 0xFFFF
        blank = _TCP.pack(there, here, 0, acknowledged, _TCP.size << 2, flags, window, 0, 0)
        return with_checksum(blank, self.answer.responder, self.probe.source)

    def _datagram(self, request: bytes, payload: bytes) -> bytes:
        here, there = (int.from_bytes(request[at : at + 2], "big") for at in (0, 2))
        way = self.answer.responder, self.probe.source
        return checksummed(there, here, payload, *way).encode()

    def _error(self) -> bytes:
        answer, version = self.answer, self.answer.responder.version
        quoted = self._quote()
        quote_length = 0
        if answer.extensions and (answer.message is not Message.PACKET_TOO_BIG or version == 4):
            quoted = padded_quote(quoted, version, is_legacy=not answer.tells_quote_length)
            quote_length = len(quoted) if answer.tells_quote_length else 0
            quoted += encode_extensions(answer.extensions)
        return icmp_error(
            _ERROR_TYPES[answer.message][version],
            answer.icmp_code,
            quoted,
            answer.responder,
            self.probe.source,
            quote_length=quote_length,
            mtu=answer.mtu or 0,
        )

    def _quote(self) -> bytes:
        """The probe as it arrived there."""
        sent = self.probe.sent
        quote = quote_of(self.answer, sent)
        assert quote is not None  # of an error there is one
        version = sent.destination.version
        packet = bytearray(self.probe.whole().data)
        packet[8 if version == 4 else 7] = quote.ttl
        for rewrite in quote.rewrites:
            places = _PLACES.get(rewrite.field)
            if places is not None:
                value = rewrite.quoted
                new = value.to_bytes(2, "big") if isinstance(value, int) else value.packed
                packet[places[version] : places[version] + len(new)] = new
        if version == 4:
            packet[1] = quote.traffic_class
            packet[10:12] = bytes(2)
            packet[10:12] = internet_checksum(bytes(packet[:20])).to_bytes(2, "big")
        else:
            packet[0] = 6 << 4 | quote.traffic_class >> 4
            packet[1] = quote.traffic_class << 4 & 0xF0 | packet[1] & 0x0F
        return bytes(packet[: quote.length])


def _protocol_number(protocol: Protocol, version: int) -> int:
    numbers = {Protocol.UDP: PROTOCOL_UDP, Protocol.TCP: PROTOCOL_TCP}
    return numbers.get(protocol) or icmp_protocol(version)


def _number(value: int | IPAddress) -> int:
    assert isinstance(value, int)
    return value


def _address(value: int | IPAddress) -> IPAddress:
    assert isinstance(value, IPv4Address | IPv6Address)
    return value
