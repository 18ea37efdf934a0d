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
    return value.get("type") == "traceroute" and "result" in value


def read_atlas(document: object) -> FinishedRun:
    """One result.

    Raises:
        Unreadable: it cannot be read.
    """
    fields = Fields(document)
    destination = fields.optional_address("dst_addr")
    if destination is None:
        raise fields.flaw("dst_addr", "is missing: its name had no address")
    protocol = _PROTOCOLS.get(fields.text("proto").upper())
    began = fields.whole("timestamp", 0, _TIME_MAX)
    ended = fields.optional_whole("endtime", began, _TIME_MAX)
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
        path=_folded(fields, destination, protocol),
        started_at=datetime.fromtimestamp(began, UTC).isoformat(),
        duration_s=None if ended is None else float(ended - began),
    )


def _firmware(fields: Fields) -> str | None:
    """`firmware 5080`."""
    value = fields.get("fw")
    return f"firmware {value}" if isinstance(value, int) and 0 < value < 10**6 else None


def _folded(fields: Fields, destination: IPAddress, protocol: Protocol | None) -> PathSnapshot:
    hops = fields.objects("result", "hop")
    numbered = [(hop.whole("hop", 1, TTL_MAX), hop) for hop in hops]
    if not numbered:
        raise fields.flaw("result", "has no hop")
    folding = Folding(min(ttl for ttl, _ in numbered))
    for ttl, hop in numbered:
        if ttl == _LAST_LOOK and len(numbered) > 1 and not _has_answer(hop):
            continue
        if "result" not in hop:  # the whole of it could not be sent
            probe = folding.sent(ttl)
            folding.failed(probe, hop.optional_text("error") or "it was not sent")
            continue
        newest: Probe | None = None
        for answer in hop.objects("result", f"hop {ttl}, answer"):
            newest = _answer(folding, ttl, answer, newest, destination, protocol)
    return folding.finished(asked_alone=True)


def _has_answer(hop: Fields) -> bool:
    answers = hop.objects("result", "answer") if "result" in hop else []
    return any("from" in answer for answer in answers)


def _answer(
    folding: Folding,
    ttl: int,
    answer: Fields,
    newest: Probe | None,
    destination: IPAddress,
    protocol: Protocol | None,
) -> Probe | None:
    """Returns the newest probe of the hop."""
    if "late" in answer:
        late = folding.lost_before(answer.whole("late", 0, TTL_MAX * 64))
        if late is not None:
            reply = _reply(late, answer, destination, protocol)
            folding.answered(msgspec.structs.replace(reply, was_lost=True, is_late=True))
        return newest
    if "dup" in answer:
        if newest is not None:
            folding.duplicate(newest, answer.address("from"))
        return newest
    probe = folding.sent(ttl, query=0 if newest is None else newest.query + 1)
    if "error" in answer:
        folding.failed(probe, answer.text("error"))
    elif "from" in answer:
        folding.answered(_reply(probe, answer, destination, protocol))
    else:
        folding.lost(probe)
    return probe


def _reply(
    probe: Probe, answer: Fields, destination: IPAddress, protocol: Protocol | None
) -> Reply:
    responder, version = answer.address("from"), destination.version
    rtt_s = answer.seconds("rtt")
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
        extensions=_extensions(answer) if "icmpext" in answer else (),
        mtu=answer.optional_whole("mtu", 0, _SIZE_MAX),
        is_ambiguous=not rtt_s,  # no clock was stepped: nothing is told
    )


def _code(answer: Fields, version: int) -> int:
    """Of an unreachable: a letter, or the number itself."""
    err = answer.get("err")
    if isinstance(err, str) and err in _LETTERS[version]:
        return _LETTERS[version][err]
    return answer.whole("err", 0, 255)


def _extensions(answer: Fields) -> tuple[Extension, ...]:
    """Of others than MPLS labels the content is not told, and so they are left out."""
    return tuple(
        _labels(one) for one in answer.inner("icmpext").objects("obj", "object") if "mpls" in one
    )


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
