"""Traceroute results of RIPE Atlas (https://atlas.ripe.net/docs/apis/result-format/).

Their letters for unreachables are those of its documentation. A late packet answers an earlier
probe, and a duplicate the one before: neither is a probe of its own. After too many silent hops one
more is asked with the TTL 255: an answer to that stands at the end, behind a gap.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec

from poros_tui.model.probe import AnswerKind, IPAddress, Multipath, Probe, Protocol, Reply
from poros_tui.model.session import PathSnapshot
from poros_tui.packets import icmpv4, icmpv6
from poros_tui.packets.extensions import Extension, MplsLabel, MplsStack
from poros_tui.report.foreign.fields import TTL_MAX, Fields
from poros_tui.report.foreign.folding import Folding
from poros_tui.report.foreign.hop_order import A_HOP, hops_in_order, not_told_without
from poros_tui.report.foreign.identity import ForeignIdentity
from poros_tui.report.run import FinishedRun

PROGRAM: Final = "RIPE Atlas"
_TIME_MAX: Final = 253_402_300_799
"""The end of the year 9999."""
_SIZE_MAX: Final = 0xFFFF
_LAST_LOOK: Final = 255
"""The TTL of what is asked behind too many silent hops."""
_PROTOCOLS: Final = {"ICMP": Protocol.ICMP, "UDP": Protocol.UDP, "TCP": Protocol.TCP}
_HEADERS: Final = {Protocol.ICMP: 8, Protocol.UDP: 8, Protocol.TCP: 20}
_IP_HEADERS: Final = {4: 20, 6: 40}
"""What their `size` leaves out."""
_LETTERS: Final = {
    4: {"N": 0, "H": 1, "P": 2, "p": 3, "A": 13},
    6: {"N": 0, "A": 1, "h": 2, "H": 3, "p": 4},
}
"""Codes of unreachables by IP version."""
_UNREACHABLE: Final = {4: icmpv4.UNREACHABLE, 6: icmpv6.UNREACHABLE}
_TIME_EXCEEDED: Final = {4: icmpv4.TIME_EXCEEDED, 6: icmpv6.TIME_EXCEEDED}
_ECHO_REPLY: Final = {4: icmpv4.ECHO_REPLY, 6: icmpv6.ECHO_REPLY}


def is_atlas(value: dict[str, object]) -> bool:
    """Whether it is meant to be one."""
    if "type" not in value:  # it stands behind the hops, and may be cut off
        return "paris_id" in value and isinstance(value.get("result"), list)
    return value["type"] == "traceroute" and "result" in value


def read_atlas(fields: Fields) -> FinishedRun:
    """One result.

    Raises:
        Unreadable: it cannot be read.
    """
    if "dst_addr" not in fields:
        raise fields.flaw("dst_addr", "is missing: its name had no address")
    destination = fields.address("dst_addr")
    protocol = _PROTOCOLS.get((fields.tried(fields.text, "proto") or "").upper())
    began = fields.tried(fields.whole, "timestamp", 0, _TIME_MAX)
    ended = fields.optional_whole("endtime", began or 0, _TIME_MAX)
    size, paris = (
        fields.optional_whole("size", 0, _SIZE_MAX),
        fields.optional_whole("paris_id", 0, 64),
    )
    tos = fields.optional_whole("tos", 0, 255)
    multipath = None
    if paris is not None:
        multipath = Multipath.PARIS if paris else Multipath.CLASSIC
    if size is not None and protocol is not None:
        size += _IP_HEADERS[destination.version] + _HEADERS[protocol]
    path = _folded(fields, destination, protocol)
    return FinishedRun(
        identity=ForeignIdentity(
            program=PROGRAM,
            version=_firmware(fields),
            target=fields.optional_text("dst_name") or str(destination),
            destination=destination,
            protocol=protocol,
            source=fields.optional_address("src_addr"),
            size=size if protocol is not None else None,
            dscp=None if tos is None else tos >> 2,
            multipath=multipath,
        ),
        config=None,
        path=path,
        started_at=None if began is None else datetime.fromtimestamp(began, UTC).isoformat(),
        duration_s=None if ended is None or began is None else float(ended - began),
        not_told=not_told_without(fields),
    )


def _firmware(fields: Fields) -> str | None:
    """`firmware 5080`."""
    number = fields.optional_whole("fw", 1, 10**6)
    return None if number is None else f"firmware {number}"


def _folded(fields: Fields, destination: IPAddress, protocol: Protocol | None) -> PathSnapshot:
    hops = hops_in_order(fields, "result", lambda hop: hop.whole("hop", 1, TTL_MAX))
    folding = Folding(hops[0][0])
    by_place = {hop.place: (ttl, hop) for ttl, hop in hops}
    for place, value in enumerate(fields.list("result")):
        if place not in by_place:
            _take_elsewhere(folding, fields, place, destination, protocol)
            continue
        ttl, hop = by_place[place]
        if ttl == _LAST_LOOK and len(by_place) > 1 and not _has_answer(value):
            continue
        if "result" not in hop and "error" in hop:  # the whole of it could not be sent
            probe = folding.sent(ttl)
            folding.failed(probe, hop.optional_text("error") or "it was not sent")
            continue
        answers = hop.tried_as(A_HOP, hop.list, "result")
        if answers is None:
            folding.sent_somewhere(None)
        newest: Probe | None = None
        for number in range(len(answers or ())):
            newest = _take(folding, ttl, hop, number, newest, destination, protocol)
    return folding.finished(asked_alone=True)


def _take_elsewhere(
    folding: Folding,
    fields: Fields,
    place: int,
    destination: IPAddress,
    protocol: Protocol | None,
) -> None:
    """Of a hop whose TTL is not known take in what answers probes to others."""
    hop = fields.tried_as(A_HOP, fields.entry, "result", "hop", place)
    if hop is None or not hop.has_list("result"):
        folding.sent_somewhere(None)
        return
    for number in range(len(hop.list("result"))):
        answer = hop.tried_as("an answer", hop.entry, "result", "answer", number)
        if answer is not None and "late" in answer:
            answer.tried_as("an answer", _late, folding, answer, destination, protocol)
        elif answer is None or "dup" not in answer:
            folding.sent_somewhere(1)


def _has_answer(hop: object) -> bool:
    answers = hop.get("result") if isinstance(hop, dict) else None
    return isinstance(answers, list) and any(
        isinstance(one, dict) and one.get("from") is not None for one in answers
    )


def _take(
    folding: Folding,
    ttl: int,
    hop: Fields,
    number: int,
    newest: Probe | None,
    destination: IPAddress,
    protocol: Protocol | None,
) -> Probe | None:
    """Take in the answer of this number, from 0. Returns the newest probe of the hop."""
    answer = hop.tried_as("an answer", hop.entry, "result", "answer", number)
    if answer is not None and "late" in answer:
        answer.tried_as("an answer", _late, folding, answer, destination, protocol)
        return newest
    if answer is not None and "dup" in answer:
        responder = answer.tried_as("an answer", answer.address, "from")
        if newest is not None and responder is not None:
            folding.duplicate(newest, responder)
        return newest
    probe = folding.sent(ttl, query=0 if newest is None else newest.query + 1)
    if answer is not None:
        answer.tried_as("an answer", _outcome, folding, probe, answer, destination, protocol)
    return probe


def _late(
    folding: Folding, answer: Fields, destination: IPAddress, protocol: Protocol | None
) -> None:
    late = folding.lost_before(answer.whole("late", 0, TTL_MAX * 64))
    if late is not None:
        reply = _reply(late, answer, destination, protocol)
        folding.answered(msgspec.structs.replace(reply, is_late=True))


def _outcome(
    folding: Folding,
    probe: Probe,
    answer: Fields,
    destination: IPAddress,
    protocol: Protocol | None,
) -> None:
    """What became of a probe. Raises Unreadable: that is not known."""
    if "error" in answer:
        folding.failed(probe, answer.optional_text("error") or "it was not sent")
    elif "x" in answer:
        folding.lost(probe)
    else:
        folding.answered(_reply(probe, answer, destination, protocol))


def _reply(
    probe: Probe, answer: Fields, destination: IPAddress, protocol: Protocol | None
) -> Reply:
    responder, version = answer.address("from"), destination.version
    rtt_s = answer.seconds("rtt") if "late" in answer else answer.told_seconds("rtt")
    kind, icmp_type, icmp_code = AnswerKind.TIME_EXCEEDED, None, None
    if "err" in answer:
        icmp_code = _code(answer, version)
        kind, icmp_type = AnswerKind.UNREACHABLE, _UNREACHABLE[version]
        if responder == destination and icmp_code == _LETTERS[version]["p"]:
            kind = AnswerKind.REACHED
    elif responder == destination:
        kind = AnswerKind.REACHED
        if protocol is Protocol.ICMP:
            icmp_type, icmp_code = _ECHO_REPLY[version], 0
    else:
        icmp_type, icmp_code = _TIME_EXCEEDED[version], 0
    return Reply(
        probe=probe,
        responder=responder,
        kind=kind,
        rtt_s=rtt_s or None,
        icmp_type=icmp_type,
        icmp_code=icmp_code,
        reply_ttl=answer.optional_whole("ttl", 0, TTL_MAX),
        extensions=answer.part("icmpext", _extensions) or (),
        mtu=answer.optional_whole("mtu", 0, _SIZE_MAX),
        is_ambiguous=not rtt_s,  # no clock was stepped: nothing is told
    )


def _code(answer: Fields, version: int) -> int:
    """Of an unreachable: a letter, or the number itself."""
    err = answer.get("err")
    if isinstance(err, str) and err in _LETTERS[version]:
        return _LETTERS[version][err]
    return answer.whole("err", 0, 255)


def _extensions(told: Fields) -> tuple[Extension, ...]:
    """Of others than MPLS labels the content is not told, and so they are left out."""
    read = told.each("obj", "extension", lambda one: _labels(one) if "mpls" in one else None)
    return tuple(one for one in read if one is not None)


def _labels(fields: Fields) -> MplsStack:
    return MplsStack(
        tuple(
            MplsLabel(
                label=entry.whole("label", 0, 0xFFFFF),
                traffic_class=entry.whole("exp", 0, 7),
                is_bottom=bool(entry.whole("s", 0, 1)),
                ttl=entry.whole("ttl", 0, 255),
            )
            for entry in fields.objects("mpls", "label")
        )
    )
