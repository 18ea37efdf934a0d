"""Which neighbours of a destination to ask at which TTL, once all paths of its flows are known: who
is met by other addresses alone? Pure.

A load balancer that goes by destination sends all flows to one address one way (Augustin, Friedman
and Teixeira, "Measuring Load-balanced Paths in the Internet", IMC 2007, ask several addresses of
a /24). Like `mda` it is told what each probe met and says what it wants next; no order of answers
matters:

- TTL by TTL, below the destination, as many neighbours as the stopping points demand for the ways
  seen there, in one flow each. The ways of the flows to the destination are one, and the
  destination is itself one address that was asked. The same neighbours serve all TTLs.
- Where some depart (they came by an interface that flows to the destination come by, and met one
  behind it that these do not): more of them, until it shows whether a few routes explain it; two
  on each new way from there on, until they are back among what flows to the destination meet; and
  further flows to the departed, which balancing by flow or by packet would share out.

A silent router is taken to be the same for all, and where some flow to the destination met a silent
one, an interface that neighbours meet there tells nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from poros_tui.engine.mda import repeats_needed
from poros_tui.engine.stopping_points import share_of_failure, stopping_points
from poros_tui.model.departure import ROUTES_MIN, Departure, Neighbourhood, OtherWay
from poros_tui.model.multipath import Interface, MultipathGraph
from poros_tui.model.neighbours import network_of, routes_needed
from poros_tui.model.probe import IPAddress

TRIES_MAX: Final = 6
"""Of one neighbour at a TTL where others are answered: another will do as well."""
TRIES_WHERE_NOBODY_ANSWERS: Final = 3
DEAF_AFTER: Final = 4
"""Neighbours without an answer where none has one: a filter, and no more are asked there."""
FOLLOWED: Final = 2
"""Neighbours on each new way that are followed until the ways meet."""
REPEATS_FACTOR: Final = 4
"""So many times the further flows that are needed may be asked: some are not answered, and some
come by another interface."""
BATCH: Final = 4
"""More neighbours at once where the first do not tell balancing from routes."""


class NeighbourProbe(NamedTuple):
    """What to send: one flow to one neighbour, with a TTL."""

    ttl: int
    neighbour: int
    """Its number."""
    flow: int = 0


class _Column:
    """One TTL."""

    def __init__(self, usual: frozenset[Interface]) -> None:
        self.usual = usual
        """Who flows to the destination meet here."""
        self.met: dict[int, IPAddress] = {}
        """Neighbour to the interface that answered its first flow."""
        self.asked: set[int] = set()
        self.silent: set[int] = set()
        """Neighbours that were asked in vain, or that answer here themselves."""
        self.repeats: dict[tuple[int, int], IPAddress | None] = {}
        """Neighbour and further flow to who answered; None: nobody, or not yet."""
        self.repeats_pending: set[tuple[int, int]] = set()

    @property
    def is_silent(self) -> bool:
        return self.usual == {None}

    @property
    def others(self) -> set[IPAddress]:
        """Who is met by neighbours alone."""
        return set() if None in self.usual else set(self.met.values()) - self.usual

    @property
    def pending(self) -> int:
        return len(self.asked) - len(self.met) - len(self.silent)

    @property
    def is_deaf(self) -> bool:
        return not self.met and len(self.silent) >= DEAF_AFTER

    @property
    def only(self) -> Interface:
        """The one interface that everybody met so far; None where there are several."""
        return next(iter(self.usual)) if len(self.usual) == 1 and not self.others else None


class NeighbourSearch:
    """The state of one search."""

    def __init__(
        self, graph: MultipathGraph, destination: IPAddress, neighbours: Sequence[IPAddress]
    ) -> None:
        """`neighbours` may be asked, the first ones first."""
        self._graph = graph
        self._destination = destination
        self._neighbours = neighbours
        self._failure = 1 - graph.confidence
        end = min((node.ttl for node in graph.nodes if node.is_end), default=None)
        answered = [node.ttl for node in graph.nodes if node.address is not None]
        last = end - 1 if end is not None else max(answered, default=0)
        self._columns = {
            ttl: _Column(frozenset(node.address for node in graph.at(ttl)))
            for ttl in graph.ttls
            if ttl <= last
        }
        self._ended: dict[int, int] = {}
        """Neighbour to the nearest TTL at which it, or who refuses it, answered."""

    # --- what became of probes -----------------------------------------------------------------

    def answered(self, probe: NeighbourProbe, who: IPAddress, *, tries: int, is_end: bool) -> None:
        """It was answered. `is_end`: nothing lies behind whoever did."""
        column = self._columns[probe.ttl]
        if probe.flow:
            column.repeats_pending.discard((probe.neighbour, probe.flow))
            column.repeats[probe.neighbour, probe.flow] = who
        elif is_end:
            self._ended[probe.neighbour] = min(
                probe.ttl, self._ended.get(probe.neighbour, probe.ttl)
            )
            column.silent.add(probe.neighbour)
        else:
            column.met[probe.neighbour] = who

    def silent(self, probe: NeighbourProbe, *, tries: int) -> None:
        """It was not answered, in so many tries."""
        column = self._columns[probe.ttl]
        if probe.flow:
            column.repeats_pending.discard((probe.neighbour, probe.flow))
        else:
            column.silent.add(probe.neighbour)

    def unsent(self, probe: NeighbourProbe, reason: str) -> None:
        """This machine could not send it: who cannot be asked is asked no further."""
        self.silent(probe, tries=0)
        if not probe.flow:
            self._ended[probe.neighbour] = min(
                probe.ttl, self._ended.get(probe.neighbour, probe.ttl)
            )

    def expects_answer(self, probe: NeighbourProbe, *, is_known: bool) -> bool:
        """Whether silence may come from asking too fast."""
        return is_known or bool(self._columns[probe.ttl].met)

    def gives_up(self, probe: NeighbourProbe, *, tries: int, is_known: bool) -> bool:
        """Whether so many tries are enough."""
        has_answered = bool(self._columns[probe.ttl].met)
        return tries >= (TRIES_MAX if has_answered else TRIES_WHERE_NOBODY_ANSWERS)

    # --- what is wanted ------------------------------------------------------------------------

    def wanted(self) -> list[NeighbourProbe]:
        """Probes to be sent now, each named once. Empty with none under way: all is known."""
        wishes: list[NeighbourProbe] = []
        for wish in self._wishes():
            column = self._columns[wish.ttl]
            if wish.flow:
                if (wish.neighbour, wish.flow) in column.repeats:
                    continue
                column.repeats[wish.neighbour, wish.flow] = None
                column.repeats_pending.add((wish.neighbour, wish.flow))
            elif wish.neighbour in column.asked or not self._is_open(wish.neighbour, wish.ttl):
                continue
            else:
                column.asked.add(wish.neighbour)
            wishes.append(wish)
        return wishes

    def _wishes(self) -> Iterator[NeighbourProbe]:
        # Round-major: each TTL once before any twice, as routers' limits on answers like it.
        for neighbour in range(min(len(self._neighbours), self._needed_first)):
            for ttl, column in self._columns.items():
                if not column.is_silent:
                    yield NeighbourProbe(ttl, neighbour)
        passed = 0
        for ttl, column in self._columns.items():
            if column.is_silent or column.is_deaf:
                continue
            departures = self._departed(ttl)
            yield from self._more(ttl, self._missing(ttl, passed, departures))
            yield from self._whence(ttl)
            for near in departures:
                yield from self._followed(ttl, near)
                yield from self._repeats(ttl, near)
            passed += len(departures)

    @property
    def _needed_first(self) -> int:
        return stopping_points(share_of_failure(self._failure, 0)).after(1) - 1

    def _needed(self, column: _Column, passed: int) -> int:
        """Neighbours that the stopping points demand at a TTL; the destination is one more."""
        points = stopping_points(share_of_failure(self._failure, passed))
        return points.after(1 + len(column.others)) - 1

    def _missing(self, ttl: int, passed: int, departures: dict[Interface, list[int]]) -> int:
        column = self._columns[ttl]
        have = len(column.met) + column.pending
        missing = self._needed(column, passed) - have
        if missing <= 0 and not column.pending:
            found = [self._departure(ttl, near) for near in departures]
            is_open = any(
                one.is_single and one.routes < ROUTES_MIN and not one.strayed for one in found
            )
            return BATCH if is_open else 0
        return missing

    def _more(self, ttl: int, missing: int) -> Iterator[NeighbourProbe]:
        column = self._columns[ttl]
        for neighbour in range(len(self._neighbours)):
            if missing <= 0:
                return
            if neighbour not in column.asked and self._is_open(neighbour, ttl):
                missing -= 1
                yield NeighbourProbe(ttl, neighbour)

    def _is_open(self, neighbour: int, ttl: int) -> bool:
        return ttl < self._ended.get(neighbour, ttl + 1)

    def _whence(self, ttl: int) -> Iterator[NeighbourProbe]:
        """By whom they came, where that is not plain."""
        if self._parts_before(ttl):
            for neighbour in self._columns[ttl].met:
                yield NeighbourProbe(ttl - 1, neighbour)

    def _parts_before(self, ttl: int) -> bool:
        """Whether some may come by others than all the rest."""
        before = self._columns.get(ttl - 1)
        is_plain = before is None or before.is_silent or before.is_deaf or before.only is not None
        return not is_plain

    def _followed(self, ttl: int, near: Interface) -> Iterator[NeighbourProbe]:
        for followed in self._on_new_ways(ttl, near):
            for neighbour in followed:
                for later in range(ttl + 1, max(self._columns) + 1):
                    column = self._columns[later]
                    if column.is_silent or column.is_deaf or neighbour in column.silent:
                        continue
                    if neighbour not in column.met:
                        yield NeighbourProbe(later, neighbour)
                        break
                    if column.met[neighbour] in column.usual:
                        break

    def _repeats(self, ttl: int, near: Interface) -> Iterator[NeighbourProbe]:
        """Enough further flows to neighbours that departed, so that balancing by flow or by packet
        over so many ways would show. Those that come by another interface tell nothing."""
        if not self._departure(ttl, near).is_single:
            return
        column = self._columns[ttl]
        departed = self._departed(ttl)[near]
        ways = {column.met[neighbour] for neighbour in departed}
        wanted = repeats_needed(self._failure, 1 + len(ways))
        pending = {one for one in column.repeats_pending if one[0] in departed}
        parts_before = self._parts_before(ttl)
        if parts_before:
            pending |= {one for one in self._columns[ttl - 1].repeats_pending if one[0] in departed}
        missing = wanted - len(self._repeated(ttl, near)) - len(pending)
        for place in range(REPEATS_FACTOR * wanted):
            if missing <= 0:
                return
            flow, which = divmod(place, len(departed))
            if (departed[which], flow + 1) not in column.repeats:
                missing -= 1
                yield NeighbourProbe(ttl, departed[which], flow + 1)
                if parts_before:
                    yield NeighbourProbe(ttl - 1, departed[which], flow + 1)

    # --- what is known -------------------------------------------------------------------------

    def _near(self, neighbour: int, ttl: int) -> tuple[bool, Interface]:
        """Whether a neighbour came by what flows to the destination meet at this TTL, and by
        whom."""
        column = self._columns.get(ttl)
        if column is None:
            return ttl == 0, None  # this machine; before the first hop that was asked: not known
        if column.is_silent:
            return True, None
        if neighbour in column.met:
            who = column.met[neighbour]
            return who in column.usual, who
        return column.only is not None, column.only

    def _arrived(self, ttl: int) -> dict[Interface, list[int]]:
        """Neighbours answered at a TTL, by whom they came there, if flows to the destination come
        by there as well."""
        arrived: dict[Interface, list[int]] = {}
        for neighbour in sorted(self._columns[ttl].met):
            is_common, near = self._near(neighbour, ttl - 1)
            if is_common:
                arrived.setdefault(near, []).append(neighbour)
        return arrived

    def _departed(self, ttl: int) -> dict[Interface, list[int]]:
        """Of these, those that met others."""
        column = self._columns[ttl]
        departed = {
            near: [one for one in arrived if column.met[one] in column.others]
            for near, arrived in self._arrived(ttl).items()
        }
        return {near: those for near, those in departed.items() if those}

    def _on_new_ways(self, ttl: int, near: Interface) -> list[list[int]]:
        """Of each new way the neighbours that are followed."""
        column = self._columns[ttl]
        ways: dict[IPAddress, list[int]] = {}
        for neighbour in self._departed(ttl)[near]:
            ways.setdefault(column.met[neighbour], []).append(neighbour)
        return [followed[:FOLLOWED] for followed in ways.values()]

    def _repeated(self, ttl: int, near: Interface) -> list[bool]:
        """Of each further flow that came by the same interface, whether it met the same again."""
        column, departed = self._columns[ttl], self._departed(ttl)[near]
        before = self._columns[ttl - 1].repeats if self._parts_before(ttl) else None
        return [
            who == column.met[flow[0]]
            for flow, who in column.repeats.items()
            if flow[0] in departed
            and who is not None
            and (before is None or before.get(flow) == near)
        ]

    def _meets_at(self, ttl: int, near: Interface) -> int | None:
        meetings: list[int] = []
        for followed in self._on_new_ways(ttl, near):
            meeting = min(
                (
                    later
                    for later, column in self._columns.items()
                    for neighbour in followed
                    if later > ttl and column.met.get(neighbour) in column.usual - {None}
                ),
                default=None,
            )
            if meeting is None:
                return None
            meetings.append(meeting)
        return max(meetings)

    def _departure(self, ttl: int, near: Interface) -> Departure:
        column, arrived = self._columns[ttl], self._arrived(ttl)[near]
        departed = self._departed(ttl)[near]
        links = [link for link in self._graph.links if (link.ttl, link.near) == (ttl - 1, near)]
        usual = tuple(link.far for link in links)
        flows = {flow for link in links for flow in link.flows}
        if not links:
            usual = tuple(node.address for node in self._graph.at(ttl))
            flows = {flow for node in self._graph.at(ttl) for flow in node.flows}
        ways: dict[IPAddress, Interface] = {self._destination: usual[0]}
        for neighbour in arrived:
            met = column.met[neighbour]
            ways[self._neighbours[neighbour]] = usual[0] if met in usual else met
        counts = Counter(column.met[neighbour] for neighbour in departed)
        repeated = self._repeated(ttl, near)
        return Departure(
            ttl=ttl - 1,
            address=near,
            usual=usual,
            flows=len(flows),
            others=tuple(
                OtherWay(who, count)
                for who, count in sorted(counts.items(), key=lambda one: (-one[1], str(one[0])))
            ),
            neighbours=len(arrived),
            network=network_of(self._destination),
            routes=routes_needed(ways),
            meets_at=self._meets_at(ttl, near),
            repeated=len(repeated),
            strayed=repeated.count(False),
            is_told=ttl == 1 or (bool(links) and all(link.flows for link in links)),
        )

    def neighbourhood(
        self, *, sent: int, retried: int, send_errors: int = 0, is_complete: bool = True
    ) -> Neighbourhood:
        """What is known by now. `sent`, `retried` and `send_errors` are counted by who sends."""
        departures: list[Departure] = []
        untold: list[int] = []
        theory = repeated = 0
        for ttl, column in self._columns.items():
            repeated += sum(who is not None for who in column.repeats.values())
            if column.is_silent:
                continue
            needed = self._needed(column, len(departures))
            theory += needed
            if len(column.met) < needed:
                untold.append(ttl)
            departures += [self._departure(ttl, near) for near in self._departed(ttl)]
        return Neighbourhood(
            network=network_of(self._destination),
            asked=len({one for column in self._columns.values() for one in column.asked}),
            last_ttl=max(self._columns, default=None),
            departures=tuple(departures),
            untold=tuple(untold),
            sent=sent,
            retried=retried,
            send_errors=send_errors,
            repeated=repeated,
            theory=theory,
            is_complete=is_complete,
        )
