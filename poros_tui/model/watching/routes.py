"""Which path the probes take now, and when it became another.

Each hop is looked at for itself, and for each flow (see `responders`). A route has changed if at
some of them none but others have answered since the same round: 12 answers in all, so that it is
no turn of routers which share a hop packet by packet (by halves that has a chance of 1 in 4096, and
once only, when one of them is new); over 4 rounds, so that it is a path and no moment of routing;
and 2 of each hop. All of that is one event, from its first answer on. A hop where nobody has
answered since then in the old way belongs to it without a word, whenever others answer there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, log
from typing import Final

from poros_tui.model.events import EventKind
from poros_tui.model.path_difference import Responding, difference
from poros_tui.model.probe import AnswerKind, IPAddress
from poros_tui.model.watching.responders import Added, Gone, Responders
from poros_tui.model.watching.rounds import HopRound, Round, Sight
from poros_tui.model.watching.told import Told

ANSWERS_LEAST: Final = 12
ROUNDS_LEAST: Final = 4
ALL_FLOWS: Final = -1
"""Stands for the flow at a hop where routers take turns packet by packet."""
HOP_ANSWERS_LEAST: Final = 2
MOVED_LEAST: Final = 6
MOVED_CHANCE: Final = 1e-9
"""The destination answers from farther away, and its old hop is silent: at least so many rounds,
and such a silence by its usual loss has at most this chance."""


class Routes:
    """Folds rounds, in order, into the path of the time."""

    def __init__(self) -> None:
        self._first_hop = 255
        self._hops: dict[int, dict[int, Responders]] = {}
        """By TTL and flow."""
        self._refusers: dict[int, tuple[int, IPAddress]] = {}
        """By TTL: who said last that the path ends, and in which round."""
        self._since = 0
        """Answers of rounds before are of an older path."""
        self._moved: Sight | None = None
        """The first round in which the destination's place was silent since it answered."""
        self._moved_rounds = 0
        """Rounds since then in which it answered from farther away."""
        self._end_lost = self._end_asked = 0
        self._is_looked = False
        """Whether nothing has changed since `hops` and `end` were concluded."""
        self.hops: Mapping[int, Responding] = {}
        """Who answers now, by TTL, from the first hop to the last that is known."""
        self.end: int | None = None
        """TTL of the destination; None while it is not known."""

    def see(self, round_: Round) -> Iterator[Told]:
        """What the answers of a round show to have changed."""
        single: list[tuple[int, int, Added | Gone]] = []
        others: list[Responders] = []
        for ttl, hop in round_.hops.items():
            self._first_hop = min(self._first_hop, ttl)
            if hop.seen:
                self._take(ttl, hop, Sight(round_.number, hop.at_s), single, others)
        self._look_beyond(round_)
        # Of several answers in one round the last may be by one who belongs there, or show that
        # flows mean nothing at the hop.
        others = [
            one
            for one in others
            if one.run >= HOP_ANSWERS_LEAST and any(one is other for other in self._all())
        ]
        if others or self._has_moved():
            yield from self._look_for_change(round_.number, others)
        if not self._is_looked:
            self._look()
        for ttl, flow, found in single:
            if not any(
                found.address in responders.members
                for number, responders in self._hops.get(ttl, {}).items()
                if number != flow
            ):
                kind = (
                    EventKind.RESPONDER_ADDED
                    if isinstance(found, Added)
                    else EventKind.RESPONDER_GONE
                )
                yield Told(kind=kind, ttl=ttl, sight=found.sight, words=found.words)

    def _take(
        self,
        ttl: int,
        hop: HopRound,
        sight: Sight,
        single: list[tuple[int, int, Added | Gone]],
        others: list[Responders],
    ) -> None:
        """The answers of one hop. `single` gets what happens to one of several, `others` where
        none but others answer."""
        if ttl not in self._hops:
            self._hops[ttl] = {}
        for _number, flow, address, kind in hop.seen:
            flows = self._hops[ttl]
            if kind is AnswerKind.UNREACHABLE:
                # That the path ends is an event of its own, and says nothing of the rest.
                self._refusers[ttl] = sight.round, address
                self._is_looked = False
                continue
            key = ALL_FLOWS if ALL_FLOWS in flows else flow
            responders = flows.get(key)
            if responders is None:
                responders = flows[key] = Responders()
            is_end = kind is AnswerKind.REACHED
            if responders.repeat(address, is_end, sight, self._since):
                continue
            self._is_looked = False
            found = responders.take(address, is_end, sight)
            if found is not None:
                single.append((ttl, key, found))
            if len(flows) > 1 and len(responders.members) > 1:
                responders = self._join_flows(ttl)
            if responders.run >= HOP_ANSWERS_LEAST:
                if responders.last_round < self._since:
                    responders.replace()
                elif responders not in others:
                    others.append(responders)

    def _join_flows(self, ttl: int) -> Responders:
        """Routers take turns packet by packet: then flows mean nothing at this hop, and what one of
        them has met is known of all."""
        joined = Responders()
        for one in self._hops[ttl].values():
            joined.absorb(one)
        self._hops[ttl] = {ALL_FLOWS: joined}
        return joined

    # The destination behind a silent hop

    def _look_beyond(self, round_: Round) -> None:
        """Its old place does not answer, but one farther away does: nobody new answers there, so
        that only the silence tells."""
        end = self.end
        hop = round_.hops.get(end) if end is not None else None
        if end is None or hop is None or not hop.sent:
            return
        self._end_asked += 1
        if hop.answered:
            self._moved, self._moved_rounds = None, 0
            return
        if self._moved is None:
            self._moved = Sight(round_.number, hop.at_s)
        if round_.reached is not None and round_.reached > end:
            self._moved_rounds += 1
        else:
            self._end_lost += 1

    def _has_moved(self) -> bool:
        usual_loss = (self._end_lost + 3) / (self._end_asked + 6)
        needed = max(MOVED_LEAST, ceil(log(MOVED_CHANCE) / log(usual_loss)))
        return self._moved_rounds >= needed

    # A change

    def _look_for_change(self, number: int, others: Sequence[Responders]) -> Iterator[Told]:
        """`others` are those where none but others answer."""
        has_moved = self._has_moved()
        if has_moved and self._last_end_round() < self._since:
            self._leave_end()  # it belongs to the last change
            self._is_looked = False
            return
        changed: list[Responders] = []
        sights: list[Sight] = []
        if has_moved and self._moved is not None:
            earliest, latest = self._last_end_round(), self._moved.round
            sights.append(self._moved)
        else:
            surest = max(others, key=lambda one: one.run)
            assert surest.run_from is not None
            earliest, latest = surest.last_round, surest.run_from.round
        for one in self._all():
            run_from = one.run_from
            if run_from is None or one.run < HOP_ANSWERS_LEAST:
                continue
            if earliest <= run_from.round and one.last_round <= latest:
                changed.append(one)
                sights.append(run_from)
        if not has_moved and (
            sum(one.run for one in changed) < ANSWERS_LEAST or number - latest + 1 < ROUNDS_LEAST
        ):
            return
        yield self._change(changed, min(sights, key=lambda one: one.at_s), earliest)

    def _change(self, changed: Sequence[Responders], sight: Sight, earliest: int) -> Told:
        before = self.hops
        flows_before = {
            (ttl, flow): tuple(one.members)
            for ttl, flows in self._hops.items()
            for flow, one in flows.items()
            if one in changed
        }
        for one in changed:
            one.replace()
        # Its old place is silent since then: by chance only for a while, and not from the first
        # round on (or the second, where the change came in the middle of one).
        if self._moved is not None and earliest <= self._moved.round <= sight.round + 1:
            self._leave_end()
        self._since = sight.round
        self._look()
        if self.end is not None:
            for ttl in [ttl for ttl in self._hops if ttl > self.end]:
                del self._hops[ttl]
        found = difference(before, self.hops, first_hop=self._first_hop)
        ttl, words = found.ttl, found.words()
        if flows_before and not found.old and not found.new:
            ttl, words = self._flow_words(flows_before)
        return Told(kind=EventKind.PATH_CHANGED, ttl=ttl, sight=sight, words=words)

    def _last_end_round(self) -> int:
        flows = self._hops.get(self.end or 0, {})
        return max((one.last_round for one in flows.values()), default=-1)

    def _leave_end(self) -> None:
        for one in self._hops.get(self.end or 0, {}).values():
            one.clear()
        self._moved, self._moved_rounds = None, 0
        self._end_lost = self._end_asked = 0

    def _all(self) -> Iterator[Responders]:
        for flows in self._hops.values():
            yield from flows.values()

    def _flow_words(self, before: Mapping[tuple[int, int], Responding]) -> tuple[int, str]:
        """Flows take other ways, and the addresses are all known from other flows."""
        (ttl, flow), old = min(before.items())
        new = tuple(self._hops[ttl][flow].members) if flow in self._hops.get(ttl, {}) else ()
        step = difference({ttl: old}, {ttl: new}, first_hop=ttl).words()
        others = len({flow for _, flow in before}) - 1
        more = f", and {others} more flow{'s' if others > 1 else ''}" if others else ""
        return ttl, f"flow {flow + 1}: {step}{more}"

    # What is there now

    def _look(self) -> None:
        """Conclude anew who answers and where the path ends."""
        found: dict[int, set[IPAddress]] = {}
        self._is_looked = True
        self.end = None
        last = 0
        for ttl in sorted(self._hops):
            here = found[ttl] = set()
            is_end = is_known = False
            for responders in self._hops[ttl].values():
                responders.add_since(self._since, here)
                if responders.members:
                    is_end = responders.is_end() and (is_end or not is_known)
                    is_known = True
            if here:
                last = ttl
            if is_end:
                self.end = last = ttl
                break
            refused_in, refuser = self._refusers.get(ttl, (-1, None))
            if not here and refuser is not None and refused_in >= self._since:
                here.add(refuser)
                last = ttl
                break  # whoever is asked farther away is refused here too
        self.hops = {
            ttl: tuple(sorted(found.get(ttl, ()))) for ttl in range(self._first_hop, last + 1)
        }
