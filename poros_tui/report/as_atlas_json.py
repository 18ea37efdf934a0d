"""A finished trace as a traceroute result of RIPE Atlas, for programs that read those. Pure.

The format is that of firmware 5080 (https://atlas.ripe.net/docs/apis/result-format/, "traceroute").
Probe and measurement have the number 0, which no real one has. What is not known (the size of an
answer, the public address) is left out, as its keys may be.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from poros_tui.model.hop import HopSnapshot, ProbeRecord
from poros_tui.model.probe import AnswerKind, Multipath, Protocol, Reply, SendFailed
from poros_tui.packets.extensions import Extension, InterfaceInformation, MplsStack, UnknownObject
from poros_tui.packets.icmp_codes import unreachable_mark
from poros_tui.report.json_value import JsonObject, JsonValue
from poros_tui.report.layout import Layout
from poros_tui.report.run import FinishedRun

FIRMWARE: Final = 5080
_IP_HEADERS: Final = {4: 20, 6: 40}
_HEADERS: Final = {Protocol.ICMP: 8, Protocol.UDP: 8, Protocol.TCP: 20}
"""Bytes of a probe that RIPE Atlas does not count."""


def render(runs: Sequence[FinishedRun], layout: Layout) -> str:
    """A result, or an array of them where several targets were asked for, as the API gives it."""
    results: list[JsonValue] = [atlas_result(run) for run in runs]
    shown: JsonValue = results if layout.are_several else results[0]
    return json.dumps(shown, ensure_ascii=False, allow_nan=False)


def atlas_result(run: FinishedRun) -> JsonObject:
    """One traceroute: of several rounds each hop has all its probes."""
    identity = run.identity
    result: JsonObject = {
        "fw": FIRMWARE,
        "type": "traceroute",
        "msm_id": 0,
        "msm_name": "poros-tui",
        "prb_id": 0,
        **_times(run),
        "dst_name": identity.target,
        **_probes(run),
        "result": [_hop(hop) for hop in run.path.hops],
    }
    if identity.source is not None:
        result["src_addr"] = str(identity.source)
    return result


def _times(run: FinishedRun) -> JsonObject:
    """In seconds since 1970."""
    if run.started_at is None:
        return {}
    began = datetime.fromisoformat(run.started_at)
    times: JsonObject = {"timestamp": int(began.timestamp())}
    if run.duration_s is not None:
        ended = began + timedelta(seconds=run.duration_s)
        times["endtime"] = int(ended.timestamp())
    return times


def _probes(run: FinishedRun) -> JsonObject:
    """Where they go, and what they are."""
    address, protocol, multipath = run.address, run.identity.protocol, run.identity.multipath
    told: JsonObject = {}
    if address is not None:
        told |= {"af": address.version, "dst_addr": str(address)}
    if protocol is not None:
        told["proto"] = protocol.upper()
    if multipath is not None:
        told["paris_id"] = 0 if multipath is Multipath.CLASSIC else 1
    if address is not None and protocol is not None and run.probe_bytes is not None:
        headers = _IP_HEADERS[address.version] + _HEADERS[protocol]
        told["size"] = max(0, run.probe_bytes - headers)
    return told


def _hop(hop: HopSnapshot) -> JsonObject:
    return {"hop": hop.ttl, "result": [_answer(record) for record in hop.records]}


def _answer(record: ProbeRecord) -> JsonObject:
    """A star for what was not answered, or has no round-trip time that can be told."""
    reply = record.outcome
    if isinstance(reply, SendFailed):
        return {"error": f"sendto failed: {reply.reason}"}
    if not isinstance(reply, Reply) or reply.rtt_s is None:
        return {"x": "*"}
    fields: JsonObject = {"from": str(reply.responder), "rtt": round(1e3 * reply.rtt_s, 3)}
    if reply.reply_ttl is not None:
        fields["ttl"] = reply.reply_ttl
    if reply.kind is AnswerKind.UNREACHABLE:
        fields["err"] = _error(reply)
    if reply.mtu is not None:
        fields["mtu"] = reply.mtu
    if reply.extensions:
        objects: list[JsonValue] = [_object(extension) for extension in reply.extensions]
        fields["icmpext"] = {"version": 2, "obj": objects}
    return fields


def _error(reply: Reply) -> JsonValue:
    """A letter for the usual reasons, as traceroute has it behind its `!`; else the code."""
    message = reply.responder.version, reply.icmp_type, reply.icmp_code, reply.mtu
    mark = unreachable_mark(*message).removeprefix("!")
    letter = {"N": "N", "H": "H", "P": "P", "X": "A"}.get(mark)
    return letter if letter is not None else (reply.icmp_code or 0)


def _object(extension: Extension) -> JsonObject:
    match extension:
        case MplsStack(labels=labels):
            stack: list[JsonValue] = [
                {
                    "label": entry.label,
                    "exp": entry.traffic_class,
                    "s": int(entry.is_bottom),
                    "ttl": entry.ttl,
                }
                for entry in labels
            ]
            return {"class": 1, "type": 1, "mpls": stack}
        case InterfaceInformation():
            return {"class": 2, "type": extension.c_type}
        case UnknownObject():
            return {"class": extension.class_number, "type": extension.c_type}
