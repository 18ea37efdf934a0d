"""Whether a packet meets what a rule of nftables asks for (libnftables-json(5)). Pure.

What is not understood here (marks, limits, concatenations) may hold or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from ipaddress import ip_address, ip_network
from typing import Final

from poros_tui.cli.doctor.traffic import Packet

_CANONICAL: Final = {"1": "icmp", "6": "tcp", "17": "udp", "58": "ipv6-icmp", "icmpv6": "ipv6-icmp"}

Sets = Mapping[str, Sequence[object]]
"""Elements of the sets with names, of one table."""


class Holds(IntEnum):
    """Whether a rule's conditions hold."""

    NO = 0
    UNKNOWN = 1
    YES = 2


def met(condition: Mapping[str, object], packet: Packet, sets: Sets) -> Holds:
    """Whether this statement of a rule lets the packet go on to the next."""
    match condition:
        case {"match": {"op": str(op), "left": dict(left), "right": right}}:
            return _compared(left, op, _values(right, sets), packet)
    return Holds.UNKNOWN


def _compared(
    left: Mapping[str, object], op: str, values: Sequence[object] | None, packet: Packet
) -> Holds:
    traffic = packet.traffic
    own = "ip" if traffic.version == 4 else "ip6"
    match left:
        case {"meta": {"key": "l4proto"}}:
            return _is_one(traffic.name, op, _canonical(values))
        case {"payload": {"protocol": "ip" | "ip6" as version, "field": "protocol" | "nexthdr"}}:
            return _is_one(traffic.name, op, _canonical(values)) if version == own else Holds.NO
        case {"meta": {"key": "nfproto"}}:
            return _is_one(f"ipv{traffic.version}", op, values)
        case {"meta": {"key": "protocol"}} | {"payload": {"protocol": "ether", "field": "type"}}:
            return _is_one(own, op, values)
        case {"meta": {"key": "iif" | "iifname" | "oif" | "oifname" as key}}:
            if key.startswith("i") != (traffic.hook == "input"):
                return Holds.UNKNOWN
            through = "lo" if traffic.is_loopback else traffic.interface
            if through or values == ["lo"]:
                return _is_one(through or "any other", op, values)
            return Holds.UNKNOWN
        case {"ct": {"key": "state"}}:
            return _is_one(packet.state if packet.is_tracked else "invalid", op, values)
        case {"payload": {"protocol": str(protocol), "field": str(field)}}:
            return _of_header(protocol, field, op, values, packet)
    return Holds.UNKNOWN


def _of_header(
    protocol: str, field: str, op: str, values: Sequence[object] | None, packet: Packet
) -> Holds:
    traffic = packet.traffic
    there = "d" if packet.is_ours else "s"
    match protocol:
        case "icmp" | "icmpv6":
            if traffic.protocol != "icmp" or protocol != ("icmp", "icmpv6")[traffic.version == 6]:
                return Holds.NO
            return _is_one(packet.icmp_type, op, values) if field == "type" else Holds.UNKNOWN
        case "ip" | "ip6":
            if protocol != ("ip", "ip6")[traffic.version == 6]:
                return Holds.NO
            if traffic.peer and field == f"{there}addr":
                return _is_one(traffic.peer, op, values)
        case "udp" | "tcp" | "th":
            if traffic.protocol == "icmp" or protocol not in (traffic.protocol, "th"):
                return Holds.NO
            if traffic.peer_port is not None and field == f"{there}port":
                return _is_one(str(traffic.peer_port), op, values)
    return Holds.UNKNOWN


def _is_one(own: str, op: str, values: Sequence[object] | None) -> Holds:
    """Whether what a packet has compares so with these values."""
    if values is None:
        return Holds.UNKNOWN
    try:
        match op:
            case "==" | "in" | "!=":
                is_in = any(_is_within(own, value) for value in values)
                return Holds.YES if is_in != (op == "!=") else Holds.NO
            case "<" | "<=" | ">" | ">=":
                (limit,) = (_number(str(value)) for value in values)
                number = _number(own)
                is_less = number < limit if op in ("<", ">=") else number <= limit
                return Holds.YES if is_less == op.startswith("<") else Holds.NO
    except (ValueError, TypeError):
        pass
    return Holds.UNKNOWN


def _is_within(own: str, value: object) -> bool:
    """Raises ValueError and TypeError where they can't be compared."""
    match value:
        case str():
            is_wildcard = value.endswith("*") and own.startswith(value[:-1])
            return is_wildcard or value == own
        case {"prefix": {"addr": str(address), "len": int(length)}}:
            return ip_address(own) in ip_network(f"{address}/{length}", strict=False)
        case {"range": [low, high]}:
            return _number(str(low)) <= _number(own) <= _number(str(high))
    raise TypeError("a value of another kind")


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else int(ip_address(text))


def _canonical(values: Sequence[object] | None) -> Sequence[object] | None:
    """Protocols by their names."""
    if values is None:
        return None
    return [_CANONICAL.get(one, one) if isinstance(one, str) else one for one in values]


def _values(right: object, sets: Sets) -> list[object] | None:
    """What is compared with; None where that is not known."""
    match right:
        case str() if right.startswith("@"):
            elements = sets.get(right[1:])
            return None if elements is None else _values(list(elements), {})
        case str():
            return [right]
        case int():
            return [str(right)]
        case {"prefix": _} | {"range": _}:
            return [right]
        case {"elem": {"val": value}}:
            return _values(value, sets)
        case {"set": several}:
            return _values(several, sets)
        case list():
            every = [_values(one, sets) for one in right]
            known = [one for one in every if one is not None]
            return [value for one in known for value in one] if len(known) == len(every) else None
    return None
