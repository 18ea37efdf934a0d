"""Which chains of nftables drop what a trace needs, by `nft -j list ruleset` (libnftables-json(5)).
Pure.

What a rule asks for that is not understood here (sets with names, marks, limits) may hold or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, IntEnum
from typing import Final

import msgspec

_CANONICAL: Final = {"1": "icmp", "6": "tcp", "17": "udp", "58": "ipv6-icmp", "icmpv6": "ipv6-icmp"}
_FAMILIES: Final[Mapping[str, tuple[int, ...]]] = {"inet": (4, 6), "ip": (4,), "ip6": (6,)}
_HOOKS: Final = {"input": ("input", "prerouting"), "output": ("output", "postrouting")}
"""What packets that come in, or leave, pass."""
_PROBES: Final = (("new", "echo-request"),)
_ANSWERS: Final = (
    ("established", "echo-reply"),
    ("related", "destination-unreachable"),
    ("related", "time-exceeded"),
)
"""How the kernel tracks them (ct state), and where they are ICMP their types. Over loopback all but
the last pass both hooks."""


class Chain(msgspec.Struct, frozen=True):
    """A chain of rules."""

    family: str
    table: str
    name: str
    hook: str = ""
    """Where packets come into it by themselves; empty where only other chains lead to it."""
    policy: str = "accept"
    """What becomes of those that no rule decides of."""

    @property
    def versions(self) -> tuple[int, ...]:
        """Of IP, whose packets come into it."""
        return _FAMILIES.get(self.family, ())


class Rule(msgspec.Struct, frozen=True):
    """Statements, one after the other."""

    family: str
    table: str
    chain: str
    expr: Sequence[object] = ()


class _Item(msgspec.Struct):
    chain: Chain | None = None
    rule: Rule | None = None


class _Listing(msgspec.Struct):
    nftables: list[_Item]


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """Packets that must get through."""

    protocol: str
    """`icmp` (ICMPv6 over IPv6), `udp` or `tcp`."""
    version: int
    """4 or 6."""
    hook: str
    """`input` where they come in, `output` where they leave."""
    is_loopback: bool = False

    @property
    def name(self) -> str:
        """Of the protocol, as nft has it."""
        return "ipv6-icmp" if (self.protocol, self.version) == ("icmp", 6) else self.protocol

    def packets(self) -> Iterator[_Packet]:
        """Of each kind that must get through one."""
        kinds = _PROBES if self.hook == "output" else _ANSWERS
        if self.is_loopback:
            kinds = _PROBES + _ANSWERS[:-1]
        for state, icmp_type in kinds:
            if self.protocol == "icmp":
                yield _Packet(self, state, icmp_type)
            elif state != "related":
                yield _Packet(self, state)


class _Packet(msgspec.Struct, frozen=True):
    traffic: Traffic
    state: str
    icmp_type: str = ""


class _Holds(IntEnum):
    """Whether a rule's conditions hold."""

    NO = 0
    UNKNOWN = 1
    YES = 2


class _End(Enum):
    PASSED = "passed"
    DROPPED = "dropped"
    RETURNED = "returned"


def chains_that_drop(listing: bytes, traffic: Traffic) -> list[Chain]:
    """Those at its hook that drop any of it for sure; where there is none, those that may.

    Raises:
        msgspec.MsgspecError: this is no such listing.
    """
    items = msgspec.json.decode(listing, type=_Listing).nftables
    chains = [item.chain for item in items if item.chain is not None]
    rules: dict[tuple[str, str, str], list[Rule]] = {}
    for rule in (item.rule for item in items if item.rule is not None):
        rules.setdefault((rule.family, rule.table, rule.chain), []).append(rule)
    sure, maybe = [], []
    for chain in chains:
        if chain.hook in _HOOKS[traffic.hook] and traffic.version in chain.versions:
            walks = [_Walk(rules, packet) for packet in traffic.packets()]
            if any(walk.through(chain) for walk in walks):
                sure.append(chain)
            elif any(walk.may_drop for walk in walks):
                maybe.append(chain)
    return sure or maybe


class _Walk:
    """Of a packet through one base chain, and where it leads."""

    def __init__(
        self, rules: Mapping[tuple[str, str, str], Sequence[Rule]], packet: _Packet
    ) -> None:
        self._rules = rules
        self._packet = packet
        self._ends: dict[tuple[str, str, str], _End] = {}
        self.may_drop = False
        """A rule drops, whose conditions are not understood."""

    def through(self, chain: Chain) -> bool:
        """Whether it is dropped for sure."""
        end = self._chain((chain.family, chain.table, chain.name))
        return end is _End.DROPPED or (end is _End.RETURNED and chain.policy == "drop")

    def _chain(self, where: tuple[str, str, str]) -> _End:
        """How it leaves this chain. However many lead here, the way through is the same."""
        if where not in self._ends:
            self._ends[where] = _End.RETURNED  # for one that leads to itself
            self._ends[where] = self._by_rules(where)
        return self._ends[where]

    def _by_rules(self, where: tuple[str, str, str]) -> _End:
        for rule in self._rules.get(where, ()):
            end = self._rule(where, rule)
            if end is not None:
                return end
        return _End.RETURNED

    def _rule(self, where: tuple[str, str, str], rule: Rule) -> _End | None:
        holds = _Holds.YES
        for statement in _statements(rule.expr):
            for condition, verdict in _parts(statement):
                met = min(holds, _met(condition, self._packet) if condition else holds)
                if verdict is None:
                    holds = met
                    continue
                end = self._verdict(where, verdict, met)
                if end is not None:
                    return end
        return None

    def _verdict(
        self, where: tuple[str, str, str], verdict: Mapping[str, object], holds: _Holds
    ) -> _End | None:
        """Where this ends the walk through the chain, how."""
        if holds is _Holds.NO:
            return None
        end = self._end_of(where, verdict)
        if end is _End.DROPPED:
            if holds is _Holds.YES:
                return end
            self.may_drop = True
            return None
        return end if holds is _Holds.YES else None

    def _end_of(self, where: tuple[str, str, str], verdict: Mapping[str, object]) -> _End | None:
        family, table, _ = where
        match next(iter(verdict.items())):
            case ("drop" | "reject", _) | ("xt", {"type": "target", "name": "REJECT" | "DROP"}):
                return _End.DROPPED
            case ("accept" | "queue", _):
                return _End.PASSED
            case ("return", _):
                return _End.RETURNED
            case ("goto", {"target": str(name)}):
                return self._chain((family, table, name))
            case ("jump", {"target": str(name)}):
                end = self._chain((family, table, name))
                return None if end is _End.RETURNED else end
        return None


def _statements(expr: Sequence[object]) -> Iterator[Mapping[str, object]]:
    for statement in expr:
        if isinstance(statement, dict) and statement:
            yield statement


def _parts(
    statement: Mapping[str, object],
) -> Iterator[tuple[Mapping[str, object], Mapping[str, object] | None]]:
    """Conditions, each with the verdict that it leads to by itself: no condition is empty, no
    verdict None."""
    match statement:
        case {"match": {"op": _, "left": _, "right": _}}:
            yield statement, None
        case {"vmap": {"key": left, "data": {"set": list(pairs)}}}:
            for pair in pairs:
                match pair:
                    case [right, dict(verdict)] if verdict:
                        yield {"match": {"op": "==", "left": left, "right": right}}, verdict
        case {"vmap": _}:
            yield {"unknown": None}, {"drop": None}
        case {"limit": _} | {"xt": {"type": "match"}} | {"xt": None}:
            yield {"unknown": None}, None
        case _:
            yield {}, statement


def _met(condition: Mapping[str, object], packet: _Packet) -> _Holds:
    match condition:
        case {"match": {"op": str(op), "left": dict(left), "right": right}}:
            return _compared(left, op, _values(right), packet)
    return _Holds.UNKNOWN


def _compared(
    left: Mapping[str, object], op: str, values: set[str] | None, packet: _Packet
) -> _Holds:
    traffic = packet.traffic
    own = "ip" if traffic.version == 4 else "ip6"
    icmp = "icmp" if traffic.version == 4 else "icmpv6"
    match left:
        case {"meta": {"key": "l4proto"}} | {
            "payload": {"protocol": "ip" | "ip6", "field": "protocol" | "nexthdr"}
        }:
            asked = left.get("payload")
            if isinstance(asked, dict) and asked["protocol"] != own:
                return _Holds.NO
            named = None if values is None else {_CANONICAL.get(one, one) for one in values}
            return _is_one(traffic.name, op, named)
        case {"meta": {"key": "nfproto"}}:
            return _is_one(f"ipv{traffic.version}", op, values)
        case {"meta": {"key": "protocol"}}:
            return _is_one(own, op, values)
        case {"meta": {"key": "iif" | "iifname" | "oif" | "oifname" as key}}:
            if key.startswith("i") != (traffic.hook == "input"):
                return _Holds.UNKNOWN
            if traffic.is_loopback or values == {"lo"}:
                return _is_one("lo" if traffic.is_loopback else "any other", op, values)
            return _Holds.UNKNOWN
        case {"ct": {"key": "state"}}:
            return _is_one(packet.state, op, values)
        case {"payload": {"protocol": "icmp" | "icmpv6" as protocol, "field": field}}:
            if protocol != icmp or traffic.protocol != "icmp":
                return _Holds.NO
            return _is_one(packet.icmp_type, op, values) if field == "type" else _Holds.UNKNOWN
        case {"payload": {"protocol": "ip" | "ip6" as version}}:
            return _Holds.UNKNOWN if version == own else _Holds.NO
        case {"payload": {"protocol": "udp" | "tcp" as protocol}}:
            return _Holds.UNKNOWN if protocol == traffic.protocol else _Holds.NO
        case {"payload": {"protocol": "th"}}:
            return _Holds.NO if traffic.protocol == "icmp" else _Holds.UNKNOWN
    return _Holds.UNKNOWN


def _is_one(own: str, op: str, values: set[str] | None) -> _Holds:
    """Whether what a packet has compares so with these values."""
    if values is None or op not in ("==", "!=", "in"):
        return _Holds.UNKNOWN
    return _Holds.YES if (own in values) != (op == "!=") else _Holds.NO


def _values(right: object) -> set[str] | None:
    """What is compared with; None where that is not known."""
    match right:
        case str() if not right.startswith("@"):
            return {right}
        case int():
            return {str(right)}
        case {"set": several}:
            return _values(several)
        case list():
            every = [_values(one) for one in right]
            known = [one for one in every if one is not None]
            return set().union(*known) if len(known) == len(every) else None
    return None
