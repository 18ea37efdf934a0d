"""A finding as a value: what was found, where, and what proves it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Final

import msgspec

from poros_tui.model.hop import HopSnapshot
from poros_tui.model.quote import RewrittenField
from poros_tui.model.rate_limit import RateLimit


class FindingKind(StrEnum):
    """What can be found."""

    NAT = "nat"
    """Addresses, ports, identifiers or checksums are rewritten."""
    DSCP = "dscp"
    ECN = "ecn"
    FLOW_LABEL = "flow_label"
    TCP_HEADER = "tcp_header"
    """What a SYN proposes is changed on the way, such as the maximum segment size."""
    TTL_RESET = "ttl_reset"
    """The TTL of probes is set anew on the way."""
    ZERO_TTL_FORWARDING = "zero_ttl_forwarding"
    """A router passes on packets whose TTL has run out."""
    MPLS_TUNNEL = "mpls_tunnel"
    """Routers that count hops in labels and leave the TTL of the packet alone."""
    ASYMMETRY = "asymmetry"
    """The way back is longer or shorter than the way there."""
    REPLY_TTL_RESET = "reply_ttl_reset"
    """All answers come with the same TTL: it tells nothing of the way back."""
    RATE_LIMIT = "rate_limit"
    """A router does not answer all probes, and says so by which it answers."""
    ODD_QUOTE = "odd_quote"
    """One router quotes what no other does: no claim about the path."""
    CLOCK_STEP = "clock_step"
    """Answers without a round-trip time, because the wall clock was stepped."""


Value = int | IPv4Address | IPv6Address


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that an answer tells otherwise than it should be."""

    what: str
    """Such as `source address`."""
    sent: Value
    """What was sent, or what it should be."""
    before: Value
    """What it was before this change: as sent, unless it had been changed before."""
    found: Value
    agreeing: int
    """Answers of the first hop that tell it."""
    answers: int
    """Answers of the first hop that tell of this at all."""

    def words(self) -> str:
        """One clause, such as `DSCP 46 → 0 in 3 of 3 answers`."""
        answers = "answer" if self.answers == 1 else "answers"
        return (
            f"{self.what} {shown(self.what, self.before)} → {shown(self.what, self.found)} "
            f"in {self.agreeing} of {self.answers} {answers}"
        )


_IN_HEXADECIMAL: Final = frozenset(
    {RewrittenField.CHECKSUM, RewrittenField.IP_IDENTIFICATION, RewrittenField.FLOW_LABEL}
)


def shown(what: str, value: Value) -> str:
    """A value of a header field as it is usually written."""
    return f"{value:#06x}" if what in _IN_HEXADECIMAL and isinstance(value, int) else str(value)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, from which hop on, and why."""

    kind: FindingKind
    ttl: int | None
    """The first hop that shows it; None where it is no matter of a hop."""
    last_ttl: int | None = None
    """The last hop that shows it; None where all later ones do that tell."""
    after_ttl: int | None = None
    """The last hop before it that shows the contrary; None where none does."""
    untold: tuple[int, ...] = ()
    """Hops between the two that tell nothing."""
    proofs: tuple[Proof, ...] = ()
    detail: str = ""
    """What else is to be said, one clause."""
    limit: RateLimit | None = None
    """Of a router's answers."""

    def place(self) -> str:
        """Where the box is that does it, such as `between hop 3 and hop 4`."""
        where = (
            f"before hop {self.ttl}"
            if self.after_ttl is None
            else f"between hop {self.after_ttl} and hop {self.ttl}"
        )
        if not self.untold:
            return where
        hops = hops_words(self.untold)
        return f"{where} ({hops} {'does' if len(self.untold) == 1 else 'do'} not tell)"

    def title(self) -> str:
        """What it is, in a few words, such as `NAT`."""
        return _TITLES[self.kind]

    def short(self) -> str:
        """For a list of all findings, such as `NAT between hop 3 and hop 4`."""
        match self.kind:
            case FindingKind.CLOCK_STEP:
                return self.detail
            case FindingKind.ODD_QUOTE | FindingKind.REPLY_TTL_RESET | FindingKind.RATE_LIMIT:
                return f"{self.title()} at {self._span()}"
            case FindingKind.ZERO_TTL_FORWARDING:
                return f"{self.title()} before hop {self.ttl}"
            case FindingKind.ASYMMETRY | FindingKind.MPLS_TUNNEL:
                return f"{self.title()} {self._span()}"
            case _:
                return f"{self.title()} {self.place()}"

    def words(self) -> str:
        """All of it in one sentence without its period."""
        proofs = ", ".join(proof.words() for proof in self.proofs)
        if self.limit is not None:
            proofs = self.limit.words()
        parts = [f"{self.short()}: {proofs}" if proofs else self.short()]
        if self.detail and self.kind is not FindingKind.CLOCK_STEP:
            parts.append(self.detail)
        return "; ".join(parts)

    def _span(self) -> str:
        if self.ttl is None or self.last_ttl is None:
            return f"from hop {self.ttl} on"
        return hops_words(range(self.ttl, self.last_ttl + 1))


_TITLES = {
    FindingKind.NAT: "NAT",
    FindingKind.DSCP: "DSCP rewritten",
    FindingKind.ECN: "ECN rewritten",
    FindingKind.FLOW_LABEL: "flow label rewritten",
    FindingKind.TCP_HEADER: "TCP header rewritten",
    FindingKind.TTL_RESET: "TTL set anew",
    FindingKind.ZERO_TTL_FORWARDING: "packets forwarded with TTL 0",
    FindingKind.MPLS_TUNNEL: "MPLS tunnel,",
    FindingKind.ASYMMETRY: "another way back,",
    FindingKind.REPLY_TTL_RESET: "TTL of the answers set anew",
    FindingKind.RATE_LIMIT: "router limits its answers",
    FindingKind.ODD_QUOTE: "odd quote",
    FindingKind.CLOCK_STEP: "clock stepped",
}


def hops_words(ttls: Sequence[int]) -> str:
    """Such as `hop 4`, `hops 4 and 5`, `hops 4 to 7` or `hops 4, 6 and 9`; `ttls` rise."""
    if len(ttls) == 1:
        return f"hop {ttls[0]}"
    if len(ttls) > 2 and ttls[-1] - ttls[0] == len(ttls) - 1:
        return f"hops {ttls[0]} to {ttls[-1]}"
    return f"hops {', '.join(str(ttl) for ttl in ttls[:-1])} and {ttls[-1]}"


def untold_between(after_ttl: int | None, ttl: int, hops: Sequence[HopSnapshot]) -> tuple[int, ...]:
    """The hops between the two, exclusive; None: from the first one that is shown."""
    return tuple(hop.ttl for hop in hops if (after_ttl or 0) < hop.ttl < ttl)
