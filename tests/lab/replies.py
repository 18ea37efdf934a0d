"""The packets that come back for a probe, honest and bad ones, as bytes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from poros_tui.model.probe import Protocol
from poros_tui.probe.simulation.answer import Message, SimulatedAnswer
from poros_tui.probe.simulation.node import Mischief
from tests.lab import segments, wire
from tests.lab.boxes import quoted_probe
from tests.lab.extensions import padded, structure
from tests.lab.wire import ProbePacket

STRANGER4: Final = IPv4Address("198.51.100.66")
STRANGER6: Final = IPv6Address("2001:db8:bad::66")
"""Who forges, where the forger is not on the path."""
_ICMP: Final = {4: wire.ICMP4, 6: wire.ICMP6}
_TIME_EXCEEDED: Final = {4: 11, 6: 3}
_ERROR_TYPES: Final = {
    Message.UNREACHABLE: {4: 3, 6: 1},
    Message.PORT_UNREACHABLE: {4: 3, 6: 1},
    Message.PACKET_TOO_BIG: {4: 3, 6: 2},
}
"""RFC 792, RFC 4443. A forger says time exceeded beside what is no error."""
_FAR: Final = 0x4000
"""From a sequence or port in use to one that is not."""
_CHECKSUMS: Final = {wire.TCP: 16, wire.UDP: 6}
"""Where a checksum is that is not ICMP's."""
_STUB_CUTS: Final = (1, 3)
"""Where a quote is cut behind the IP header: 4 bytes of it would still hold both ports."""


def reply_packet(probe: ProbePacket, answer: SimulatedAnswer, *, seed: str) -> bytes:
    """The IP packet for one answer; `seed` picks the variety of a bad one."""
    responder = answer.responder.packed
    if answer.mischief is Mischief.NONE:
        return _packet(probe, answer, responder, _honest_message(probe, answer, seed))
    chance = random.Random(f"{seed}/{answer.mischief}")
    match answer.mischief:
        case Mischief.TRUNCATED:
            message = _truncated(probe, answer, seed, chance)
        case Mischief.CORRUPT:
            message = _corrupt(probe, answer, seed, chance)
        case Mischief.FORGED_QUOTE:
            responder = chance.choice([responder, _stranger(probe.family)])
            message = _forged_quote(probe, answer, responder, chance)
            return _packet(probe, answer, responder, message, number=_ICMP[probe.family])
        case Mischief.FORGED_HEADER:
            message = _forged_header(probe, answer, responder)
            return _packet(probe, answer, responder, message, number=_ICMP[probe.family])
        case Mischief.FORGED_ECHO:
            responder, message = _forged_echo(probe, answer, chance)
            return _packet(probe, answer, responder, message, number=_ICMP[probe.family])
    return _packet(probe, answer, responder, message)


def _packet(
    probe: ProbePacket,
    answer: SimulatedAnswer,
    responder: bytes,
    message: bytes,
    number: int | None = None,
) -> bytes:
    """The message under the protocol number of the answer, or under another."""
    return wire.ip_packet(
        family=probe.family,
        source=responder,
        destination=probe.source,
        ttl=answer.reply_ttl,
        number=_number(probe, answer) if number is None else number,
        content=message,
        is_error=answer.message.is_error,
    )


def _number(probe: ProbePacket, answer: SimulatedAnswer) -> int:
    match answer.message:
        case Message.SYN_ACK | Message.RST:
            return wire.TCP
        case Message.UDP_ECHO | Message.UDP_FIXED | Message.UDP_DNS:
            return wire.UDP
        case _:
            return _ICMP[probe.family]


def _honest_message(probe: ProbePacket, answer: SimulatedAnswer, seed: str) -> bytes:
    match answer.message:
        case Message.ECHO_REPLY:
            return _echo(probe, answer.responder.packed, probe.transport[8:])
        case Message.SYN_ACK:
            return segments.syn_ack(probe, random.Random(f"{seed}/sequence").getrandbits(32))
        case Message.RST:
            return segments.reset(probe)
        case Message.UDP_ECHO:
            return segments.datagram(probe, probe.transport[8:])
        case Message.UDP_FIXED:
            return segments.datagram(probe, segments.FIXED_PAYLOAD)
        case Message.UDP_DNS:
            return segments.dns_response(probe)
        case _:
            return _error(probe, answer, _quote(probe, answer), answer.responder.packed)


def _quote(probe: ProbePacket, answer: SimulatedAnswer) -> bytes:
    """The probe as it arrived, as much of it as an error message holds."""
    arrived = quoted_probe(probe, answer)
    most = wire.IPV4_MAX - 28 if probe.family == 4 else wire.IPV6_MAX - 48
    if answer.quote_bytes is not None:
        # What a router quotes at the least: the IP header and 8 bytes (RFC 792).
        most = max(answer.quote_bytes, probe.header_length + 8)
    return arrived[:most]


def _error(probe: ProbePacket, answer: SimulatedAnswer, quote: bytes, responder: bytes) -> bytes:
    quote_length = 0
    # RFC 4884 section 4: ICMPv6 has no room for a length in a packet too big.
    has_extensions = answer.message is not Message.PACKET_TOO_BIG or probe.family == 4
    if answer.extensions and has_extensions:
        quote = padded(
            quote,
            probe.family,
            least=answer.quote_bytes or 0,
            is_legacy=not answer.tells_quote_length,
        )
        quote_length = len(quote) if answer.tells_quote_length else 0
        quote += structure(answer.extensions)
    return wire.icmp_error(
        _ERROR_TYPES.get(answer.message, _TIME_EXCEEDED)[probe.family],
        answer.icmp_code,
        quote,
        family=probe.family,
        source=responder,
        destination=probe.source,
        quote_length=quote_length,
        mtu=answer.mtu or 0,
    )


def _echo(probe: ProbePacket, responder: bytes, payload: bytes, sequence_shift: int = 0) -> bytes:
    """A reply with the probe's identifier and sequence; of UDP its ports stand in for them."""
    place = 4 if probe.protocol is Protocol.ICMP else 0
    fields = probe.transport[place : place + 4]
    return wire.echo_reply(
        int.from_bytes(fields[:2], "big"),
        int.from_bytes(fields[2:], "big") ^ sequence_shift,
        payload,
        family=probe.family,
        source=responder,
        destination=probe.source,
    )


def _truncated(
    probe: ProbePacket, answer: SimulatedAnswer, seed: str, chance: random.Random
) -> bytes:
    message = _honest_message(probe, answer, seed)
    if not answer.message.is_error:
        cut = chance.choice((4, 5, 7))
        if answer.message is not Message.ECHO_REPLY:
            return message[:cut]  # too short to have a checksum
    else:
        header_length = probe.header_length
        inside = (0, 1, header_length // 2, header_length - 1, header_length)
        cut = 8 + chance.choice((*inside, *(header_length + more for more in _STUB_CUTS)))
    return _with_checksum(probe, answer.responder.packed, message[:cut])


def _corrupt(
    probe: ProbePacket, answer: SimulatedAnswer, seed: str, chance: random.Random
) -> bytes:
    message = _honest_message(probe, answer, seed)
    place = _CHECKSUMS.get(_number(probe, answer), 2)
    bad_checksum = _flipped(message, place, 0x55)
    if not answer.message.is_error:
        return bad_checksum
    head, quote = message[:8], message[8:]
    garbage = chance.randbytes(len(quote))
    varieties = [garbage]
    if probe.family == 4:
        varieties.append(b"\x4f" + quote[1:])  # a header of 60 bytes, more than there is
    variety = chance.randrange(1 + len(varieties))
    if variety == 0:
        return bad_checksum
    return _with_checksum(probe, answer.responder.packed, head + varieties[variety - 1])


def _forged_quote(
    probe: ProbePacket, answer: SimulatedAnswer, responder: bytes, chance: random.Random
) -> bytes:
    """Time exceeded or unreachable for a probe that was never sent, correct in itself.

    Who has not seen a probe does not know its payload, so none is quoted.
    """
    start = probe.header_length
    quote = _quote(probe, answer)
    if probe.protocol is not Protocol.TCP:
        quote = quote[: start + 8]
    # The place of the first byte of: identifier or source port, sequence or destination port.
    own, serial = (start + 4, start + 6) if probe.protocol is Protocol.ICMP else (start, start + 2)
    destination = 19 if probe.family == 4 else 39
    changed = chance.choice(
        (
            _flipped(quote, own, _FAR >> 8),
            _flipped(quote, serial, _FAR >> 8),
            _flipped(quote, destination, 0x41),
        )
    )
    if probe.family == 4:
        changed = wire.with_ipv4_checksum(changed)
    return _error(probe, answer, changed, responder)


def _forged_header(probe: ProbePacket, answer: SimulatedAnswer, responder: bytes) -> bytes:
    """The quote is right from the IP header on, and wrong within it: of another IP version.

    Another source address would be no forgery that anybody could tell: behind a NAT that does not
    translate what errors quote, honest ones have it too.
    """
    return _error(probe, answer, _flipped(_quote(probe, answer), 0, 0x50), responder)


def _forged_echo(
    probe: ProbePacket, answer: SimulatedAnswer, chance: random.Random
) -> tuple[bytes, bytes]:
    """An echo reply from who was not asked, or without what was sent."""
    payload = probe.transport[8:]
    inverted = bytes(byte ^ 0xFF for byte in payload)
    stranger = _stranger(probe.family)
    varieties: Sequence[tuple[bytes, bytes, int]] = (
        (stranger, payload, 0),
        (probe.destination, inverted, 0),
        (probe.destination, b"", 0),
        (probe.destination, payload, _FAR),
    )
    responder, content, sequence_shift = chance.choice(varieties)
    return responder, _echo(probe, responder, content, sequence_shift)


def _with_checksum(probe: ProbePacket, responder: bytes, message: bytes) -> bytes:
    return wire.with_icmp_checksum(
        message, family=probe.family, source=responder, destination=probe.source
    )


def _flipped(data: bytes, place: int, bits: int) -> bytes:
    return data[:place] + bytes([data[place] ^ bits]) + data[place + 1 :]


def _stranger(family: int) -> bytes:
    return STRANGER4.packed if family == 4 else STRANGER6.packed
