"""A hop of the path as it stood at one moment: who answered there, how often, how fast."""

from __future__ import annotations

import msgspec

from poros_tui.model.about import UNKNOWN, About
from poros_tui.model.comparison import Comparison
from poros_tui.model.evidence import Evidence
from poros_tui.model.exchange import Exchange
from poros_tui.model.flow import FlowAtHop
from poros_tui.model.history import Sample
from poros_tui.model.naming import Naming
from poros_tui.model.network import Network
from poros_tui.model.place import Place
from poros_tui.model.probe import AnswerKind, IPAddress, Lost, Probe, Reply, RttSource, SendFailed
from poros_tui.model.rate_limit import RateLimit
from poros_tui.model.statistics import RttStatistics, loss_ratio, wilson_interval
from poros_tui.packets.extensions import Extension
from poros_tui.packets.icmp_codes import unreachable_mark, unreachable_words


class Responder(msgspec.Struct, frozen=True, kw_only=True):
    """An address that answered at a hop."""

    address: IPAddress
    answers: int | None
    """None where another program measured, and tells those of several together."""
    kind: AnswerKind
    """What its newest answer said."""
    icmp_type: int | None
    icmp_code: int | None
    reply_ttl: int | None
    """TTL left in its newest answer."""
    mtu: int | None = None
    """Bytes that its next link takes, where its newest answer says that the probe was larger."""
    extensions: tuple[Extension, ...]
    """What its newest answer carried."""
    rtt: RttStatistics
    """Of this responder's answers alone. A timeout is charged to the hop, never to one of them."""
    about: About = UNKNOWN
    """What others know of its address."""

    @property
    def naming(self) -> Naming | None:
        """Its name, as far as that is known; None while nobody has said anything."""
        return self.about.naming

    @property
    def network(self) -> Network | None:
        """Its network, in the same way."""
        return self.about.network

    @property
    def exchange(self) -> Exchange | None:
        """The internet exchange in whose LAN it stands; None where that is not known, or none."""
        exchange = self.about.exchange
        return exchange if exchange is not None and exchange.name is not None else None

    @property
    def network_name(self) -> str | None:
        """Of the exchange, else of the network; None where neither is known."""
        if self.exchange is not None:
            return self.exchange.words
        return self.network.name if self.network is not None else None

    @property
    def place(self) -> Place | None:
        """Where it is said to be, in the same way."""
        return self.about.place

    @property
    def weight(self) -> int:
        """Its answers, for shares and orders; 0 where they are not told."""
        return self.answers or 0

    @property
    def name(self) -> str | None:
        """Its name; None where it has none, or that is not known."""
        return self.naming.name if self.naming is not None else None

    @property
    def refusal(self) -> str | None:
        """traceroute's mark and the words of the code, such as `!H host unreachable`, where its
        newest answer was an unreachable; else None."""
        if self.kind is not AnswerKind.UNREACHABLE:
            return None
        message = self.address.version, self.icmp_type, self.icmp_code, self.mtu
        return f"{unreachable_mark(*message)} {unreachable_words(*message)}"


class ProbeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one probe, for the reports that list each."""

    probe: Probe
    outcome: Reply | Lost | SendFailed | None
    """None while it is in flight."""


class HopSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A hop as it stood at one moment. Frozen: it may cross threads."""

    ttl: int
    responders: tuple[Responder, ...] = ()
    """The one that answers now first, then those with most answers. Empty while nothing
    answered."""
    known_as: str = ""
    """The name of who answers, where another program told nothing more; else empty."""
    responders_untracked: int = 0
    """Answers from addresses beyond `hop_counts.RESPONDERS_MAX`."""
    sent: int = 0
    """Probes that left this machine, those in flight included."""
    received: int = 0
    lost: int = 0
    in_flight: int = 0
    late: int = 0
    """Of `received`: answers that came after the timeout."""
    refused: int = 0
    """Of `lost`: probes of which somebody said that they cannot be delivered, at a hop at which
    the destination answers others."""
    duplicates: int = 0
    send_errors: int = 0
    untimed: int = 0
    """Of `received`: answers without a round-trip time, because the wall clock was stepped."""
    rtt: RttStatistics
    rtt_sources: tuple[tuple[RttSource, int], ...] = ()
    """Where the round-trip times come from, and how many of each, the newest first."""
    evidence: tuple[Evidence, ...] = ()
    """What the newest answers tell of the way; that of the newest one first."""
    history: tuple[Sample, ...] = ()
    """Oldest first, at most HISTORY_LENGTH."""
    comparison: Comparison | None = None
    """Before the user's mark and since; None without a mark."""
    answer_limit: RateLimit | None = None
    """What the pattern of its answers shows, None where it shows no limit. It is the router's own
    only where a later hop loses less: ask `findings.rate_limit`."""
    is_destination: bool = False
    is_unreachable: bool = False
    """Its newest answer said that the path ends here without reaching the destination."""
    flows: tuple[FlowAtHop, ...] = ()
    """Each flow by its number, where there are several; the other figures are of all together."""
    records: tuple[ProbeRecord, ...] = ()
    """Each probe in the order of sending; only kept for reports."""
    has_totals_only: bool = False
    """Another program measured, and told of answers and losses alone: no report says anything of
    the other counts."""

    @property
    def loss_ratio(self) -> float | None:
        """Lost over decided, 0 to 1; None while nothing is decided."""
        return loss_ratio(self.lost, self.received)

    @property
    def loss_interval(self) -> tuple[float, float] | None:
        """95 % interval of the loss ratio (Wilson)."""
        return wilson_interval(self.lost, self.lost + self.received)

    @property
    def responder(self) -> Responder | None:
        """The one that answers now, or None."""
        return self.responders[0] if self.responders else None

    @property
    def refusing(self) -> tuple[Responder, ...]:
        """Those whose newest answer said that the path ends here without the destination."""
        return tuple(each for each in self.responders if each.kind is AnswerKind.UNREACHABLE)
