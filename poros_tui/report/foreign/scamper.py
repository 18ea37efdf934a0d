"""Traces of scamper, as `scamper -O json` and sc_warts2json write them: an object on each line.

Only answers are listed. What was not answered follows from the numbers of the probes of a hop, and
from how many were sent in all.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

import msgspec

from poros_tui.model.probe import AnswerKind, IPAddress, Multipath, Probe, Protocol, Reply
from poros_tui.model.session import PathSnapshot
from poros_tui.packets import icmpv4, icmpv6
from poros_tui.packets.extensions import Extension, MplsLabel, MplsStack
from poros_tui.report.foreign.fields import TTL_MAX, Fields
from poros_tui.report.foreign.folding import Folding
from poros_tui.report.foreign.identity import ForeignIdentity
from poros_tui.report.run import FinishedRun

PROGRAM: Final = "scamper"
OTHER_TYPES: Final = ("cycle-start", "cycle-stop", "cycle-def", "list")
"""Of objects that are no traces."""
_TIME_MAX: Final = 253_402_300_799
_SIZE_MAX: Final = 0xFFFF
_ATTEMPTS_MAX: Final = 255
_PORT_MAX: Final = 0xFFFF
_METHODS: Final = {
    "icmp-echo": (Protocol.ICMP, Multipath.CLASSIC),
    "icmp-echo-paris": (Protocol.ICMP, Multipath.PARIS),
    "udp": (Protocol.UDP, Multipath.CLASSIC),
    "udp-paris": (Protocol.UDP, Multipath.PARIS),
    "tcp": (Protocol.TCP, Multipath.PARIS),
    "tcp-ack": (Protocol.TCP, Multipath.PARIS),
}
_ECHO_REPLY: Final = {4: icmpv4.ECHO_REPLY, 6: icmpv6.ECHO_REPLY}
_TIME_EXCEEDED: Final = {4: icmpv4.TIME_EXCEEDED, 6: icmpv6.TIME_EXCEEDED}
_PORT_UNREACHABLE: Final = {
    4: (icmpv4.UNREACHABLE, icmpv4.CODE_PORT_UNREACHABLE),
    6: (icmpv6.UNREACHABLE, icmpv6.CODE_PORT_UNREACHABLE),
}


class _Answers(msgspec.Struct, frozen=True):
    """Those that can be read."""

    by_ttl: dict[int, dict[int, list[Fields]]]
    """By the number of the probe, from 1."""
    in_doubt: set[int]
    """TTLs at which others may have answered: of no probe there is it known that it was lost."""


class _Asked(msgspec.Struct, frozen=True):
    """Which probes were sent, by their numbers from 1."""

    attempts: int
    sends_all: bool
    """Also after an answer; else until one."""

    def of_hop(self, answered: int, *, is_whole: bool) -> int:
        """How many for certain, where the last that was answered has this number; 0: none was.
        Where another may have been answered (not `is_whole`), the least."""
        if self.sends_all or (not answered and is_whole):
            return self.attempts
        return max(1, answered)

    def is_lost(self, number: int, answered: Collection[int]) -> bool:
        """Whether a later one would not have been sent otherwise."""
        return not self.sends_all and number < max(answered, default=0)


def is_scamper(value: dict[str, object]) -> bool:
    """Whether it is meant to be a trace of it."""
    return value.get("type") == "trace" and "method" in value


def read_scamper(fields: Fields) -> FinishedRun:
    """One trace.

    Raises:
        Unreadable: it cannot be read.
    """
    destination = fields.address("dst")
    method = fields.tried(fields.text, "method")
    protocol, multipath = _METHODS.get(method or "", (None, None))
    began_s = fields.part("start", _seconds)
    has_ports = protocol is not None and protocol.has_ports
    size, tos = (
        fields.optional_whole("probe_size", 0, _SIZE_MAX),
        fields.optional_whole("tos", 0, 255),
    )
    path, is_whole = _folded(fields, destination)
    return FinishedRun(
        identity=ForeignIdentity(
            program=PROGRAM,
            target=str(destination),
            destination=destination,
            protocol=protocol,
            source=fields.optional_address("src"),
            size=size or None,
            dscp=None if tos is None else tos >> 2,
            port=_port(fields, "dport") if has_ports else None,
            source_port=_port(fields, "sport") if has_ports else None,
            multipath=multipath,
        ),
        config=None,
        path=path,
        started_at=None
        if began_s is None
        else datetime.fromtimestamp(began_s, UTC).isoformat(timespec="microseconds"),
        duration_s=None,
        not_told=frozenset() if is_whole else frozenset({"probes_sent"}),
    )


def _seconds(start: Fields) -> float:
    """Since 1970."""
    return start.whole("sec", 0, _TIME_MAX) + start.whole("usec", 0, 999_999) / 1e6


def _port(fields: Fields, key: str) -> int | None:
    return fields.optional_whole(key, 0, _PORT_MAX) or None


def _folded(fields: Fields, destination: IPAddress) -> tuple[PathSnapshot, bool]:
    """And whether it is known of every hop how many probes were sent there."""
    first = fields.optional_whole("firsthop", 1, TTL_MAX)
    last = fields.tried(fields.whole, "hop_count", 0, TTL_MAX)
    attempts = fields.optional_whole("attempts", 1, _ATTEMPTS_MAX)
    wait = fields.optional_number("wait", 0, 10**6)
    told = _answers(fields)
    answers = told.by_ttl
    if not last and not answers:
        raise fields.flaw("hop_count", "is 0: nothing was sent")
    if first is None and "firsthop" in fields and not answers:
        raise fields.flaw("firsthop", f"is no whole number from 1 to {TTL_MAX}")
    first = min(answers, default=first or 1) if first is None else min(first, *answers, first)
    ttls = range(first, max(last or 0, *answers, first) + 1)
    if attempts is None and "attempts" in fields:
        told.in_doubt.update(ttls)
    asked = _asked(
        fields, attempts or 1, {ttl: max(answers.get(ttl, ()), default=0) for ttl in ttls}
    )
    folding = Folding(first)
    for ttl in ttls:
        by_number, is_whole = answers.get(ttl, {}), ttl not in told.in_doubt
        for number in range(1, asked.of_hop(max(by_number, default=0), is_whole=is_whole) + 1):
            probe = folding.sent(ttl, query=number - 1)
            for place, answer in enumerate(by_number.get(number, [])):
                if place:
                    responder = answer.tried_as("an answer", answer.address, "addr")
                    if responder is not None:
                        folding.duplicate(probe, responder)
                elif reply := answer.tried_as("an answer", _reply, probe, answer, destination):
                    folding.answered(reply)
            if number not in by_number and (is_whole or asked.is_lost(number, by_number)):
                folding.lost(probe, wait)
    return folding.finished(), told.in_doubt.isdisjoint(ttls)


def _answers(fields: Fields) -> _Answers:
    """Answers stand in the order of their TTLs: one whose place is not known answered a probe
    somewhere between its neighbours."""
    by_ttl: dict[int, dict[int, list[Fields]]] = {}
    in_doubt: set[int] = set()
    before, is_open = 1, False
    listed = fields.list("hops") if "hops" in fields else ()
    for place in range(len(listed)):
        answer = fields.tried_as("an answer", fields.entry, "hops", "answer", place)
        ttl = (
            answer.tried_as("an answer", answer.whole, "probe_ttl", 1, TTL_MAX) if answer else None
        )
        if answer is None or ttl is None:
            is_open = True
            continue
        if is_open:
            in_doubt.update(range(before, ttl + 1))
        before, is_open = ttl, False
        number = answer.tried_as("an answer", answer.whole, "probe_id", 1, _ATTEMPTS_MAX)
        if number is None:
            in_doubt.add(ttl)
            by_ttl.setdefault(ttl, {})
        else:
            by_ttl.setdefault(ttl, {}).setdefault(number, []).append(answer)
    if is_open:
        in_doubt.update(range(before, TTL_MAX + 1))
    return _Answers(by_ttl, in_doubt)


def _asked(fields: Fields, attempts: int, answered: dict[int, int]) -> _Asked:
    """`answered` are the numbers of the last probes that were, by TTL; 0 for none. Old versions
    do not tell how many were sent: then the least is taken."""
    count = fields.optional_whole("probe_count", 0, TTL_MAX * _ATTEMPTS_MAX)
    return _Asked(attempts, count == len(answered) * attempts)


def _reply(probe: Probe, answer: Fields, destination: IPAddress) -> Reply:
    responder, version = answer.address("addr"), destination.version
    icmp_type = answer.whole("icmp_type", 0, 255) if "icmp_type" in answer else None
    if icmp_type is None and responder != destination:
        raise answer.flaw("icmp_type", "is missing")
    if icmp_type in (None, _TIME_EXCEEDED[version], _ECHO_REPLY[version]):
        icmp_code = answer.optional_whole("icmp_code", 0, 255)
    else:  # what it says depends on it
        icmp_code = answer.whole("icmp_code", 0, 255)
    rtt_s = answer.told_seconds("rtt")
    kind = AnswerKind.UNREACHABLE
    if icmp_type == _TIME_EXCEEDED[version]:
        kind = AnswerKind.TIME_EXCEEDED
    elif responder == destination and (
        icmp_type in (None, _ECHO_REPLY[version])
        or (icmp_type, icmp_code) == _PORT_UNREACHABLE[version]
    ):
        kind = AnswerKind.REACHED
    return Reply(
        probe=probe,
        responder=responder,
        kind=kind,
        rtt_s=rtt_s or None,
        icmp_type=icmp_type,
        icmp_code=icmp_code,
        reply_ttl=answer.optional_whole("reply_ttl", 0, TTL_MAX),
        extensions=_extensions(answer),
        mtu=answer.optional_whole("icmp_nhmtu", 0, _SIZE_MAX) or None,
        is_ambiguous=not rtt_s,
    )


def _extensions(answer: Fields) -> tuple[Extension, ...]:
    """Of others than MPLS labels the content is not told, and so they are left out."""
    read = answer.each_told(
        "icmpext", "extension", lambda one: _labels(one) if "mpls_labels" in one else None
    )
    return tuple(one for one in read if one is not None)


def _labels(fields: Fields) -> MplsStack:
    return MplsStack(
        tuple(
            MplsLabel(
                label=entry.whole("mpls_label", 0, 0xFFFFF),
                traffic_class=entry.whole("mpls_exp", 0, 7),
                is_bottom=bool(entry.whole("mpls_s", 0, 1)),
                ttl=entry.whole("mpls_ttl", 0, 255),
            )
            for entry in fields.objects("mpls_labels", "label")
        )
    )
