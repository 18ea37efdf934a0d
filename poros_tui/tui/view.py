"""What the screen knows of the session: folds updates into hops by TTL. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from poros_tui.model.about import NOTHING_KNOWN, About
from poros_tui.model.coordinates import Coordinates
from poros_tui.model.findings.find import findings
from poros_tui.model.findings.finding import Finding, FindingKind
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.place_doubt import NO_DOUBTS, Doubts, doubts, with_doubts
from poros_tui.model.placed import placed_on
from poros_tui.model.privacy import (
    graph_about_far,
    near_responders,
    path_untold,
    private_words,
    without_addresses,
    words_of_graph,
)
from poros_tui.model.probe import IPAddress, Multipath, Protocol
from poros_tui.model.session import PathSnapshot, PathUpdate, SessionSnapshot, SessionState
from poros_tui.model.statistics import RttStatistics
from poros_tui.tui.verdict import Verdict, verdicts


class Change(msgspec.Struct, frozen=True):
    """What an update changed."""

    hops: frozenset[int]
    """TTLs of rows that may look different now."""
    is_reset: bool = False
    """Everything known before is gone."""


NOTHING = Change(frozenset())


class TraceView:
    """The path as the screen knows it. Updates from before a reset change nothing."""

    def __init__(self, *, first_hop: int) -> None:
        self._first_hop = first_hop
        self._generation = -1
        self._hops: dict[int, HopSnapshot] = {}
        self._shown: dict[int, HopSnapshot] = {}
        self._verdicts: dict[int, Verdict] = {}
        self.found: tuple[Finding, ...] = ()
        """What happens to packets on the way, as of the last `look_for_findings`."""
        self.session: SessionSnapshot | None = None
        """None before the first update."""
        self.private_hops = 0
        """So many hops from here are shown without their addresses."""
        self.home: Coordinates | None = None
        """Where this machine is, as far as the user has told it."""
        self._doubts: Doubts = NO_DOUBTS
        """Whose places cannot be right, as of the last `look_for_findings`."""
        self._near: frozenset[IPAddress] = frozenset()
        """Who is one of those by what is said, and perhaps answered farther probes alone."""
        self.own_words: frozenset[str] = frozenset()
        """Our own addresses, as far as the user has told them."""
        self._former_words: dict[int, frozenset[str]] = {}
        """What the hops told before a reset, by TTL: events still speak of it."""
        self._former_own: frozenset[str] = frozenset()
        """The same of our own addresses."""
        self.was_reached = False
        """Whether the destination answered at some time, resets or not."""

    def apply(self, update: PathUpdate) -> Change:
        """Fold one update in."""
        if update.generation < self._generation:
            return NOTHING
        is_reset = update.generation > self._generation
        if is_reset:
            self._generation = update.generation
            self._remember_words()
            self._hops.clear()
            self._shown.clear()
            self.found, self._doubts = (), NO_DOUBTS
        self.session = update.session
        self.was_reached = self.was_reached or update.session.distance is not None
        self._hops.update((hop.ttl, hop) for hop in update.hops)
        shown = update.hops
        near_before, self._near = self._near, self._near_now()
        if self._near != near_before:
            shown = tuple(self._hops.values())
        self._shown.update((hop.ttl, self._as_shown(hop)) for hop in shown)
        changed = {hop.ttl for hop in update.hops}
        verdicts_before = {} if is_reset else self._verdicts
        self._verdicts = verdicts(self.hops())
        changed.update(
            ttl
            for ttl, verdict in self._verdicts.items()
            if verdicts_before.get(ttl) is not verdict
        )
        return Change(frozenset(changed), is_reset)

    def hops(self) -> tuple[HopSnapshot, ...]:
        """The rows of the table in the order of the path, also those that know nothing yet."""
        length = self.session.path_length if self.session else None
        return tuple(self.hop(ttl) for ttl in range(self._first_hop, (length or 0) + 1))

    def hop(self, ttl: int) -> HopSnapshot:
        """One hop as it may be shown; an empty one where nothing is known."""
        return self._shown.get(ttl) or HopSnapshot(ttl=ttl, rtt=RttStatistics())

    def hide(self, private_hops: int) -> None:
        """Show so many hops from here without their addresses; 0: show all."""
        self.private_hops, self._doubts = private_hops, NO_DOUBTS
        self._near = self._near_now()
        self._shown = {ttl: self._as_shown(hop) for ttl, hop in self._hops.items()}
        self._doubt()

    def _doubt(self) -> None:
        """Of what is shown alone: how far places are from home would tell where that is."""
        home = self.home if not self.private_hops else None
        found = doubts(placed_on(self.hops()), home)
        if found != self._doubts:
            self._doubts = found
            self._shown = {ttl: with_doubts(hop, found) for ttl, hop in self._shown.items()}

    def _as_shown(self, hop: HopSnapshot) -> HopSnapshot:
        return with_doubts(without_addresses(hop, self.private_hops, self._near), self._doubts)

    def _near_now(self) -> frozenset[IPAddress]:
        if not self.private_hops or self.session is None:
            return frozenset()
        return near_responders(self._hops.values(), self.session, self.private_hops)

    @property
    def private(self) -> frozenset[str]:
        """Words that may not be read in what is drawn or leaves."""
        if not self.private_hops:
            return frozenset()
        near = (words for ttl, words in self._former_words.items() if ttl <= self.private_hops)
        now = private_words(self._hops.values(), self.private_hops, self._near)
        found: frozenset[str] = frozenset()
        if self.session is not None:
            found = words_of_graph(self.session, self.private_hops)
        now |= {str(address) for address in self._near}
        return now.union(self.own_words, self._former_own, found, *near)

    @property
    def graph_about(self) -> Mapping[IPAddress, About]:
        """What others know of the interfaces on all paths, as far as it may be shown."""
        if self.session is None:
            return NOTHING_KNOWN
        if not self.private_hops:
            return self.session.graph_about
        return graph_about_far(self.session, self._near)

    def _remember_words(self) -> None:
        for ttl, hop in self._hops.items():
            before = self._former_words.get(ttl, frozenset())
            self._former_words[ttl] = before | private_words([hop], ttl)
            if ttl > 1:  # as a far hop it tells of ourselves alone
                self._former_own |= private_words([hop], ttl - 1)

    @property
    def known_path(self) -> PathSnapshot | None:
        """All that is known, of hidden hops without what others know of them; None before the first
        update."""
        if self.session is None:
            return None
        hops = tuple(self._hops.get(hop.ttl, hop) for hop in self.hops())
        path = PathSnapshot(hops=hops, session=self.session)
        return path_untold(path, self.private_hops)

    def verdict(self, ttl: int) -> Verdict:
        """What the loss of that hop means."""
        return self._verdicts.get(ttl, Verdict.NONE)

    def look_for_findings(self, protocol: Protocol, multipath: Multipath = Multipath.PARIS) -> None:
        """Conclude anew from all hops: 0.2 ms for 30, so not at every update."""
        self.found = findings(self.hops(), protocol, multipath)
        self._doubt()

    @property
    def marked(self) -> frozenset[int]:
        """Hops where something begins that was found; limits have a sign of their own."""
        return frozenset(
            finding.ttl
            for finding in self.found
            if finding.ttl is not None and finding.kind is not FindingKind.RATE_LIMIT
        )

    @property
    def destination(self) -> HopSnapshot | None:
        """The destination's hop, None while it was not reached."""
        distance = self.session.distance if self.session else None
        return self.hop(distance) if distance is not None else None

    @property
    def farthest_answer(self) -> HopSnapshot | None:
        """The last hop that answered, None while none did."""
        return next((hop for hop in reversed(self.hops()) if hop.received), None)

    @property
    def is_first_trace(self) -> bool:
        """Whether the first trace is still under way."""
        session = self.session
        return session is not None and (
            session.status.stop is None and session.status.state is not SessionState.FINISHED
        )
