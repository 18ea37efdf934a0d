"""What an ICMP error says about the path, the same on every rung. Pure."""

from __future__ import annotations

import msgspec

from poros_tui.errors import CorruptPacket, MalformedPacket, TruncatedPacket
from poros_tui.model.clock import ClockReading
from poros_tui.model.extensions import cleaned_extensions
from poros_tui.model.probe import AnswerKind, IPAddress
from poros_tui.model.quote import Quote
from poros_tui.model.stray import Stray, StrayReason
from poros_tui.packets import icmpv4, icmpv6
from poros_tui.packets.extensions import Extension
from poros_tui.packets.icmp_codes import is_too_big, unreachable_words
from poros_tui.packets.ipv4 import MTU_MIN as MTU_MIN_V4
from poros_tui.packets.ipv6 import MTU_MIN as MTU_MIN_V6
from poros_tui.probe.errqueue import Received
from poros_tui.probe.transport import Answer, LocalFailure

_TIME_EXCEEDED = {
    4: (icmpv4.TIME_EXCEEDED, icmpv4.CODE_TTL_EXCEEDED),
    6: (icmpv6.TIME_EXCEEDED, icmpv6.CODE_HOP_LIMIT_EXCEEDED),
}
_UNREACHABLE = {4: icmpv4.UNREACHABLE, 6: icmpv6.UNREACHABLE}
_PORT_UNREACHABLE = {
    4: (icmpv4.UNREACHABLE, icmpv4.CODE_PORT_UNREACHABLE),
    6: (icmpv6.UNREACHABLE, icmpv6.CODE_PORT_UNREACHABLE),
}
_MTU_MIN = {4: MTU_MIN_V4, 6: MTU_MIN_V6}
_NEXT_HOP_SILENT = {
    (4, icmpv4.UNREACHABLE, 1): "the next hop does not answer ARP",
    (6, icmpv6.UNREACHABLE, 3): "the next hop does not answer neighbour discovery",
}


def judge_error(
    destination: IPAddress, responder: IPAddress, icmp_type: int, icmp_code: int
) -> AnswerKind | None:
    """What the error means for the path; None for an error that answers no probe."""
    version = destination.version
    if (icmp_type, icmp_code) == _TIME_EXCEEDED[version]:
        return AnswerKind.TIME_EXCEEDED
    if is_too_big(version, icmp_type, icmp_code):
        return AnswerKind.UNREACHABLE
    if icmp_type != _UNREACHABLE[version]:
        return None
    if responder == destination and (icmp_type, icmp_code) == _PORT_UNREACHABLE[version]:
        return AnswerKind.REACHED
    return AnswerKind.UNREACHABLE


def answer_of_error(
    *,
    key: int,
    destination: IPAddress,
    responder: IPAddress,
    icmp_type: int,
    icmp_code: int,
    extensions: tuple[Extension, ...],
    received: Received,
    read_at: ClockReading,
    mtu: int | None = None,
    quote: Quote | None = None,
) -> Answer | LocalFailure | Stray | None:
    """The event for a checked ICMP error; None for an error that answers no probe.

    `mtu` is what it says that the next link takes, in bytes. Fewer than every link takes are not
    believed: who makes others believe them slows their traffic to a crawl (RFC 8201 section 6).

    An unreachable that this machine sent to itself (`responder` is the address it came to) is
    about the first link, not about the path: the probe never left.
    """
    kind = judge_error(destination, responder, icmp_type, icmp_code)
    if kind is None:
        return None
    if mtu is not None and mtu < _MTU_MIN[destination.version]:
        return Stray(StrayReason.IMPOSSIBLE_MTU)
    if kind is AnswerKind.UNREACHABLE and responder == received.local != destination:
        words = local_failure_words(destination.version, icmp_type, icmp_code, mtu)
        return LocalFailure(key, words)
    answer = _answer(key, kind, responder, icmp_type, icmp_code, received, read_at)
    if not extensions and mtu is None and quote is None:
        return answer
    return msgspec.structs.replace(
        answer, mtu=mtu, quote=quote, extensions=cleaned_extensions(extensions)
    )


def answer_of_destination(
    *,
    key: int,
    destination: IPAddress,
    icmp_type: int | None,
    received: Received,
    read_at: ClockReading,
) -> Answer:
    """The event for a checked echo reply, or (`icmp_type` None) for a datagram that came back."""
    icmp_code = None if icmp_type is None else 0
    return _answer(key, AnswerKind.REACHED, destination, icmp_type, icmp_code, received, read_at)


def _answer(
    key: int,
    kind: AnswerKind,
    responder: IPAddress,
    icmp_type: int | None,
    icmp_code: int | None,
    received: Received,
    read_at: ClockReading,
) -> Answer:
    return Answer(
        key=key,
        kind=kind,
        responder=responder,
        icmp_type=icmp_type,
        icmp_code=icmp_code,
        reply_ttl=received.ttl,
        received_at_ns=received.stamp_ns or read_at.realtime_ns,
        is_kernel_stamped=bool(received.stamp_ns),
        read_at=read_at,
    )


def local_failure_words(
    version: int, icmp_type: int, icmp_code: int, mtu: int | None = None
) -> str:
    """Why this machine could not deliver a probe."""
    words = _NEXT_HOP_SILENT.get((version, icmp_type, icmp_code))
    return words or f"this machine says {unreachable_words(version, icmp_type, icmp_code, mtu)}"


def malformed(error: MalformedPacket) -> Stray:
    """A packet that cannot be read."""
    match error:
        case TruncatedPacket():
            return Stray(StrayReason.CUT_SHORT)
        case CorruptPacket():
            return Stray(StrayReason.BAD_CHECKSUM)
        case _:
            return Stray(StrayReason.GARBLED)
