"""Which chains of nftables drop what a trace needs, by `nft -j list ruleset` (libnftables-json(5)).
Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Final

import msgspec

from poros_tui.cli.doctor.conditions import Holds, Sets, met
from poros_tui.cli.doctor.traffic import Packet, Traffic

_FAMILIES: Final[Mapping[str, tuple[int, ...]]] = {
    "inet": (4, 6),
    "ip": (4,),
    "ip6": (6,),
    "netdev": (4, 6),
}
INGRESS: Final = "ingress"
_HOOKS: Final = {
    "input": ("input", "prerouting", INGRESS),
    "output": ("output", "postrouting", "egress"),
}
"""What packets that come in, or leave, pass."""


class Chain(msgspec.Struct, frozen=True):
    """A chain of rules."""

    family: str
    table: str
    name: str
    hook: str = ""
    """Where packets come into it by themselves; empty where only other chains lead to it."""
    policy: str = "accept"
    """What becomes of those that no rule decides of."""
    dev: str | list[str] | None = None
    """Whose packets alone come into it; None: everybody's, or nft (before 1.0.9) does not say."""

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


class NamedSet(msgspec.Struct, frozen=True):
    """Values with a name."""

    family: str
    table: str
    name: str
    elem: Sequence[object] = ()


class _Item(msgspec.Struct):
    chain: Chain | None = None
    rule: Rule | None = None
    named_set: NamedSet | None = msgspec.field(default=None, name="set")


class _Listing(msgspec.Struct):
    nftables: list[_Item]


class _End(Enum):
    PASSED = "passed"
    DROPPED = "dropped"
    RETURNED = "returned"


class _Tables:
    """Rules by their chains, and sets by their tables."""

    def __init__(self, items: Sequence[_Item]) -> None:
        self.rules: dict[tuple[str, str, str], list[Rule]] = {}
        self.sets: dict[tuple[str, str], dict[str, Sequence[object]]] = {}
        for item in items:
            if (rule := item.rule) is not None:
                self.rules.setdefault((rule.family, rule.table, rule.chain), []).append(rule)
            if (one := item.named_set) is not None:
                self.sets.setdefault((one.family, one.table), {})[one.name] = one.elem


def chains_that_drop(listing: bytes, traffic: Traffic, *, is_sure: bool = False) -> list[Chain]:
    """Those at its hook that drop any of it for sure; where there is none, those that may. With
    `is_sure` the first alone, and only if nothing that isn't understood could let it pass.

    Raises:
        msgspec.MsgspecError: this is no such listing.
    """
    items = msgspec.json.decode(listing, type=_Listing).nftables
    tables = _Tables(items)
    sure, maybe = [], []
    for chain in (item.chain for item in items if item.chain is not None):
        if chain.hook not in _HOOKS[traffic.hook] or traffic.version not in chain.versions:
            continue
        comes = _comes_into(chain, traffic)
        packets = traffic.packets(is_tracked=chain.hook != INGRESS)
        walks = [_Walk(tables, packet) for packet in packets if comes is not Holds.NO]
        dropping = [walk for walk in walks if walk.through(chain)]
        if comes is Holds.YES and any(not (is_sure and walk.may_pass) for walk in dropping):
            sure.append(chain)
        elif dropping or any(walk.may_drop for walk in walks):
            maybe.append(chain)
    return sure or ([] if is_sure else maybe)


def families_not_understood(listing: bytes) -> list[str]:
    """Those of chains with hooks that `chains_that_drop` does not look at.

    Raises:
        msgspec.MsgspecError: this is no such listing.
    """
    items = msgspec.json.decode(listing, type=_Listing).nftables
    chains = [item.chain for item in items if item.chain is not None]
    return sorted({chain.family for chain in chains if chain.hook and not chain.versions})


def _comes_into(chain: Chain, traffic: Traffic) -> Holds:
    """Whether it passes the chain's devices."""
    if chain.dev is None:
        is_everybodys = chain.hook not in (INGRESS, "egress") or not traffic.is_loopback
        return Holds.YES if is_everybodys else Holds.UNKNOWN
    devices = {chain.dev} if isinstance(chain.dev, str) else set(chain.dev)
    through = "lo" if traffic.is_loopback else traffic.interface
    if through:
        return Holds.YES if through in devices else Holds.NO
    return Holds.NO if devices == {"lo"} else Holds.YES


class _Walk:
    """Of a packet through one base chain, and where it leads."""

    def __init__(self, tables: _Tables, packet: Packet) -> None:
        self._tables = tables
        self._packet = packet
        self._ends: dict[tuple[str, str, str], _End] = {}
        self.may_drop = False
        """A rule drops, whose conditions are not understood."""
        self.may_pass = False
        """A rule lets it pass, or leave a chain, whose conditions are not understood."""

    def through(self, chain: Chain) -> bool:
        """Whether it is dropped, as far as rules are understood."""
        end = self._chain((chain.family, chain.table, chain.name))
        return end is _End.DROPPED or (end is _End.RETURNED and chain.policy == "drop")

    def _chain(self, where: tuple[str, str, str]) -> _End:
        """How it leaves this chain. However many lead here, the way through is the same."""
        if where not in self._ends:
            self._ends[where] = _End.RETURNED  # for one that leads to itself
            self._ends[where] = self._by_rules(where)
        return self._ends[where]

    def _by_rules(self, where: tuple[str, str, str]) -> _End:
        sets = self._tables.sets.get(where[:2], {})
        for rule in self._tables.rules.get(where, ()):
            end = self._rule(where, rule, sets)
            if end is not None:
                return end
        return _End.RETURNED

    def _rule(self, where: tuple[str, str, str], rule: Rule, sets: Sets) -> _End | None:
        holds = Holds.YES
        for statement in _statements(rule.expr):
            for condition, verdict in _parts(statement):
                now = min(holds, met(condition, self._packet, sets) if condition else holds)
                if verdict is None:
                    holds = now
                    continue
                end = self._verdict(where, verdict, now)
                if end is not None:
                    return end
        return None

    def _verdict(
        self, where: tuple[str, str, str], verdict: Mapping[str, object], holds: Holds
    ) -> _End | None:
        """Where this ends the walk through the chain, how."""
        if holds is Holds.NO:
            return None
        end = self._end_of(where, verdict)
        if holds is Holds.YES:
            return end
        if end is _End.DROPPED:
            self.may_drop = True
        elif end is not None:
            self.may_pass = True
        return None

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
            yield {"unknown": None}, {"accept": None}
        case {"limit": _} | {"xt": {"type": "match"}} | {"xt": None}:
            yield {"unknown": None}, None
        case _:
            yield {}, statement
