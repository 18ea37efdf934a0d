"""A single probe as JSON. Pure."""

from __future__ import annotations

from poros_tui.model.hop import ProbeRecord
from poros_tui.model.probe import AnswerKind, Lost, Reply, SendFailed
from poros_tui.packets.extensions import Extension, InterfaceInformation, MplsStack, UnknownObject
from poros_tui.packets.icmp_codes import unreachable_words
from poros_tui.report.json_value import JsonObject
from poros_tui.report.rtt_json import milliseconds


def probe_object(record: ProbeRecord) -> JsonObject:
    """What became of a probe."""
    fields: JsonObject = {
        "round": record.probe.round,
        "query": record.probe.query,
        "flow": record.probe.flow + 1,
        "outcome": None,
        "responder": None,
        "rtt_ms": None,
        "rtt_source": None,
        "code": None,
        "icmp_type": None,
        "icmp_code": None,
        "mtu": None,
        "extensions": None,
    }
    match record.outcome:
        case Reply() as reply:
            fields["outcome"] = _reply_outcome(reply)
            fields["responder"] = str(reply.responder)
            fields["rtt_ms"] = milliseconds(reply.rtt_s)
            fields["rtt_source"] = reply.rtt_source.value if reply.rtt_source else None
            fields["icmp_type"], fields["icmp_code"] = reply.icmp_type, reply.icmp_code
            fields["mtu"] = reply.mtu
            fields["extensions"] = [_extension(extension) for extension in reply.extensions]
            if reply.kind is AnswerKind.UNREACHABLE:
                fields["code"] = unreachable_words(
                    reply.responder.version, reply.icmp_type, reply.icmp_code, reply.mtu
                )
        case Lost(waited_s=waited_s):
            fields["outcome"] = "lost"
            fields["waited_ms"] = milliseconds(waited_s)
        case SendFailed(reason=reason):
            fields["outcome"] = "send_error"
            fields["code"] = reason
        case None:  # still in flight when the trace was stopped: not known
            pass
    return fields


def _reply_outcome(reply: Reply) -> str:
    if reply.kind is AnswerKind.UNREACHABLE:
        return "unreachable"
    return "late" if reply.is_late else "reply"


def _extension(extension: Extension) -> JsonObject:
    match extension:
        case MplsStack(labels=labels):
            return {
                "kind": "mpls",
                "labels": [
                    {
                        "label": entry.label,
                        "traffic_class": entry.traffic_class,
                        "bottom": entry.is_bottom,
                        "ttl": entry.ttl,
                    }
                    for entry in labels
                ],
            }
        case InterfaceInformation():
            return {
                "kind": "interface",
                "role": extension.role.value,
                "index": extension.index,
                "address": None if extension.address is None else str(extension.address),
                "name": extension.name,
                "mtu": extension.mtu,
            }
        case UnknownObject():
            return {
                "kind": "unknown",
                "class": extension.class_number,
                "type": extension.c_type,
                "bytes": extension.payload.hex(),
            }
