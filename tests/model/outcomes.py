"""Probes and their outcomes, where a test says only what matters to it."""

from __future__ import annotations

from ipaddress import ip_address

from poros_tui.model.probe import AnswerKind, IPAddress, Probe, Reply
from poros_tui.packets.extensions import Extension


def probe(
    number: int = 0, *, ttl: int = 1, in_round: int = 0, query: int = 0, generation: int = 0
) -> Probe:
    """Probe `number`."""
    return Probe(number=number, ttl=ttl, round=in_round, query=query, generation=generation)


def reply(
    asked: Probe,
    responder: str | IPAddress = "10.0.0.1",
    *,
    kind: AnswerKind = AnswerKind.TIME_EXCEEDED,
    rtt_s: float | None = 0.01,
    code: int = 0,
    was_lost: bool = False,
    is_late: bool = False,
    extensions: tuple[Extension, ...] = (),
    mtu: int | None = None,
) -> Reply:
    """An answer to `asked`."""
    icmp_types = {
        AnswerKind.TIME_EXCEEDED: 11,
        AnswerKind.REACHED: 0,
        AnswerKind.UNREACHABLE: 3,
    }
    return Reply(
        probe=asked,
        responder=ip_address(str(responder)),
        kind=kind,
        rtt_s=rtt_s,
        icmp_type=icmp_types[kind],
        icmp_code=code,
        reply_ttl=60,
        was_lost=was_lost,
        is_late=is_late,
        extensions=extensions,
        mtu=mtu,
    )
