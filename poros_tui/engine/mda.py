"""Which flows to ask at which TTL until a load-balanced route is known: MDA-Lite and MDA. Pure.

`Discovery` is told what each probe met and says what it wants next; no order of answers matters.
Three layers, each looking at all that is known:

- TTL by TTL (MDA-Lite: Vermeulen, Strowes, Fourmaux and Friedman, "Multilevel MDA-Lite Paris
  Traceroute", IMC 2018, section 2.3): as many flows as the stopping points demand for the number
  of interfaces met there, the same flows at all TTLs, so that most links show by themselves; then
  a probe back or ahead for every interface without a link.
- Tests whether that does: MESHING_FLOWS flows through every interface of the wider of two TTLs. An
  interface with several neighbours on the narrower side is meshed; different numbers of neighbours
  are a width asymmetry.
- Where a test fails, from where the ways part to where they meet again, the MDA with node control
  (Veitch et al., INFOCOM 2009): as many flows through each interface as the stopping points demand
  for the number of interfaces seen behind it; flows that lead there are looked for.

Where interfaces part, known flows are asked once more: one that meets somebody else shows that
packets are shared out one by one. From there to where the ways meet, flows tell of no links.

Flows that come to nothing (`fates`) count for the stopping points where they end, as if one more
interface were there, and behind it no longer. Flows that this machine cannot send count nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice
from math import ceil, log
from typing import Final, NamedTuple

from poros_tui.engine.fates import Fates
from poros_tui.engine.flow_table import SILENCE_DOUBT, FlowTable, View
from poros_tui.engine.stopping_points import share_of_failure, stopping_points
from poros_tui.engine.ttl_pair import TtlPair
from poros_tui.model.multipath import Interface

FLOWS_MAX: Final = 512
"""Flows that may be used. 96 interfaces at one TTL, the most that were ever seen, need 600 and more
of them, but nobody waits for that."""
MESHING_FLOWS: Final = 2
"""phi of the paper, section 2.3.2, which uses 2 too. The flows that all TTLs have in common are
several times as many as a rule."""
TRIES_MAX: Final = 8
"""Of one flow at a TTL where somebody answers. With 30 % loss 1 in 15,000 is silent for so long."""
TRIES_WHERE_NOBODY_ANSWERS: Final = 2
TRIES_BEHIND_SILENCE: Final = 2
"""Of a flow that is silent already, at a TTL where others are answered; elsewhere one will do."""
UNSENT_MAX: Final = 32
"""Flows that this machine does not send, after which the discovery ends: it will send no others."""
SEARCH_MAX: Final = 32
"""Flows asked at once in the search for some that lead to an interface."""


class FlowProbe(NamedTuple):
    """What to send: one flow to one TTL."""

    ttl: int
    flow: int
    is_repeat: bool = False
    """The flow has been answered there: does it meet the same again?"""


class Discovery:
    """The state of one discovery."""

    def __init__(
        self, *, failure: float, first_ttl: int, last_ttl: int, distance: int, gap_limit: int
    ) -> None:
        """Args:
        failure: probability to miss something, above 0 and below 1.
        first_ttl: nearest TTL to ask.
        last_ttl: farthest TTL to ask.
        distance: TTL up to which a trace found the path: these TTLs are asked at once.
        gap_limit: silent TTLs in a row after which a flow is held to have ended; 0: no limit.
        """
        self.failure = failure
        self.first_ttl = first_ttl
        self.last_ttl = last_ttl
        self.fates = Fates(gap_limit=gap_limit, first_ttl=first_ttl, last_ttl=last_ttl)
        self.table = FlowTable(self.fates)
        self.has_run_out = False
        """More flows than FLOWS_MAX would have been needed, or too many could not be sent."""
        self._full: set[int] = set()
        self._first_flows = stopping_points(share_of_failure(failure, 0)).after(1)
        self._distance = distance

    # --- what became of probes -----------------------------------------------------------------

    def answered(self, probe: FlowProbe, who: Interface, *, tries: int, is_end: bool) -> None:
        """The n-th try was answered. `is_end`: nothing lies behind whoever answered."""
        column = self.table.column(probe.ttl)
        if probe.is_repeat:
            column.take_repeat(probe.flow, who, is_end=is_end)
        else:
            column.take_answer(probe.flow, who, tries, is_end=is_end)

    def silent(self, probe: FlowProbe, *, tries: int) -> None:
        """It was not answered, in so many tries."""
        column = self.table.column(probe.ttl)
        if probe.is_repeat:
            column.repeats_pending -= 1
        else:
            column.take_silence(probe.flow, tries)

    def unsent(self, probe: FlowProbe, reason: str) -> None:
        """This machine does not send it. Its flow is left out from now on."""
        if probe.is_repeat:
            self.table.column(probe.ttl).repeats_pending -= 1
        self.table.take_unsent(probe.flow, reason)
        self.has_run_out |= len(self.fates.unsent) >= UNSENT_MAX

    def expects_answer(self, probe: FlowProbe, *, is_known: bool) -> bool:
        """Whether silence is a surprise that may come from asking too fast. `is_known`: the trace
        was answered at that TTL."""
        flow, ttl = probe.flow, probe.ttl
        answers = is_known or self.table.column(ttl).has_answered
        is_doubtful = self.fates.follows_silence(flow, ttl) or self.table.is_suspect(flow, ttl)
        return answers and not is_doubtful

    def gives_up(self, probe: FlowProbe, *, tries: int, is_known: bool) -> bool:
        """Whether so many tries are enough. `is_known`: the trace was answered at that TTL."""
        flow, ttl = probe.flow, probe.ttl
        column = self.table.column(ttl)
        if not probe.is_repeat:
            missed = self.fates.add_miss(flow, ttl, tries)
            if self.fates.follows_silence(flow, ttl):
                return tries >= (TRIES_BEHIND_SILENCE if column.has_answered else 1)
            if column.has_answered and self.table.is_suspect(flow, ttl):
                return self.table.chance({ttl: tries}) < SILENCE_DOUBT
            if tries > 1 and len(column.asked) * self.table.chance(missed) < SILENCE_DOUBT:
                return True
        answers = is_known or column.has_answered
        tries_max = TRIES_MAX if answers else TRIES_WHERE_NOBODY_ANSWERS
        return tries >= tries_max or column.is_router_silent(tries)

    # --- what is known -------------------------------------------------------------------------

    def views(self) -> list[View]:
        """The TTLs as far as they are known."""
        self.table.settle()
        return self.table.view(self.first_ttl, self.last_ttl)

    def stray_zones(self, views: list[View]) -> set[int]:
        """TTLs where it is chance which interface a packet meets."""
        zones: set[int] = set()
        is_inside = False
        for view in views:
            is_inside = view.width > 1 and (is_inside or view.column.is_shared_by_packet)
            if is_inside:
                zones.add(view.ttl)
        return zones

    def full_pairs(self, views: list[View]) -> set[int]:
        """TTLs whose links to the next need the MDA: the whole stretch around a failed test."""
        full: set[int] = set()
        stretch: list[int] = []
        for view in views:
            stretch.append(view.ttl)
            if view.width == 1:
                if self._full & set(stretch):
                    full.update(stretch[:-1])
                stretch = [view.ttl]
        if self._full & set(stretch):
            full.update(stretch)
        return full

    # --- what is wanted ------------------------------------------------------------------------

    def wanted(self) -> list[FlowProbe]:
        """Probes to be sent now, each named once. Empty with none under way: all is known."""
        if len(self.fates.unsent) >= UNSENT_MAX:
            return []
        failed_before = len(self._full)
        wishes = self._take(self._wishes())
        if len(self._full) > failed_before:
            # A test failed on the way: its stretch is to be looked at with other eyes.
            wishes += self.wanted()
        return wishes

    def _take(self, wanted: Iterator[FlowProbe]) -> list[FlowProbe]:
        """Those that are not asked yet, which they are now."""
        wishes: list[FlowProbe] = []
        for wish in wanted:
            column = self.table.column(wish.ttl)
            if wish.is_repeat:
                if wish.flow not in column.repeats_asked:
                    column.repeats_asked.add(wish.flow)
                    column.repeats_pending += 1
                    wishes.append(wish)
            elif wish.flow not in column.asked:
                if wish.flow >= FLOWS_MAX:
                    self.has_run_out = True
                    continue
                column.asked.add(wish.flow)
                wishes.append(wish)
        return wishes

    def _wishes(self) -> Iterator[FlowProbe]:
        # Round-major: each TTL once before any twice, as routers' limits on answers like it.
        for flow in range(self._first_flows):
            for ttl in range(self.first_ttl, min(self._distance, self.last_ttl) + 1):
                yield FlowProbe(ttl, flow)
        views = self.views()
        yield from self._followed()
        zones, full = self.stray_zones(views), self.full_pairs(views)
        balancers = 0
        before: View | None = None
        for view in [*views, None]:
            ttl = view.ttl if view is not None else self.first_ttl + len(views)
            if ttl > self.last_ttl or (before is not None and before.is_all_ended):
                return
            pair = TtlPair(before, view, ttl, zones, self.fates.dead_at(ttl))
            if before is not None and before.ttl in full and pair.is_by_flow:
                yield from self._mda(pair, balancers)
            else:
                yield from self._lite(pair, balancers)
            if view is None:
                return
            if pair.branches():
                yield from self._repeats(view)
            balancers += pair.branchings()
            before = view

    def _followed(self) -> Iterator[FlowProbe]:
        """Silent flows at the next TTLs, and back to where they were answered last."""
        for flow, run in self.fates.runs():
            yield from (FlowProbe(ttl, flow) for ttl in self.fates.next_ttls(run))

    # --- MDA-Lite ------------------------------------------------------------------------------

    def _lite(self, pair: TtlPair, balancers: int) -> Iterator[FlowProbe]:
        points = stopping_points(share_of_failure(self.failure, balancers))
        column = self.table.column(pair.ttl)
        width = (pair.view.width if pair.view is not None else 0) + bool(pair.dead)
        have = len(pair.view.met) if pair.view is not None else 0
        missing = points.after(max(1, width)) - have - len(pair.dead) - column.pending
        if missing > 0:
            yield from islice(self._fresh(pair), missing)
        yield from self._complete(pair, points.after(1))
        if pair.is_by_flow and pair.is_wide:
            yield from self._test(pair)

    def _fresh(self, pair: TtlPair) -> Iterator[FlowProbe]:
        """Flows not yet asked at this TTL, without those that came to their end before it."""
        column = self.table.column(pair.ttl)
        for flow in range(FLOWS_MAX + 1):
            if flow in column.asked:
                continue
            before = pair.before
            if before is None or not before.column.ends or before.is_open(flow):
                yield FlowProbe(pair.ttl, flow)
            elif flow not in before.column.asked:
                yield FlowProbe(before.ttl, flow)  # does it come so far?

    def _complete(self, pair: TtlPair, enough: int) -> Iterator[FlowProbe]:
        """A link for each interface that has none yet, back and ahead. Where `enough` flows have
        ended behind one there is none."""
        before, view = pair.before, pair.view
        if before is None or view is None or not pair.is_by_flow:
            return
        links = pair.links()
        for who in view.interfaces:
            if before.width > 1 and not any(far == who for _, far in links):
                yield from self._unless_decided(before, view.flows_at(who))
        for who in before.open_interfaces():
            if not any(near == who for near, _ in links):
                flows = before.flows_at(who)
                if not pair.dead.intersection(flows):
                    yield from self._unless_decided(view, flows)
                    continue
                asked = len(view.column.asked.intersection(flows))
                free = [flow for flow in flows if flow not in view.column.asked]
                yield from (FlowProbe(view.ttl, flow) for flow in free[: max(0, enough - asked)])

    @staticmethod
    def _unless_decided(view: View, flows: list[int]) -> Iterator[FlowProbe]:
        """The first of these flows not asked there, unless one is under way."""
        column = view.column
        if any(flow in column.asked and flow not in view.met for flow in flows) and column.pending:
            return
        for flow in flows:
            if flow not in column.asked:
                yield FlowProbe(view.ttl, flow)
                return

    def _test(self, pair: TtlPair) -> Iterator[FlowProbe]:
        before, view = pair.before, pair.view
        assert before is not None
        assert view is not None
        is_ahead = len(before.open_interfaces()) >= view.width
        wider, other = (before, view) if is_ahead else (view, before)
        is_settled = not (before.column.pending or view.column.pending)
        for who in wider.open_interfaces() if is_ahead else wider.interfaces:
            flows = wider.flows_at(who)
            known = sum(flow in other.column.asked for flow in flows)
            for flow in [flow for flow in flows if flow not in other.column.asked]:
                if known >= MESHING_FLOWS:
                    break
                known += 1
                is_settled = False
                yield FlowProbe(other.ttl, flow)
        if pair.is_meshed() or (is_settled and pair.is_asymmetric()):
            self._full.add(before.ttl)

    # --- MDA -----------------------------------------------------------------------------------

    def _mda(self, pair: TtlPair, balancers: int) -> Iterator[FlowProbe]:
        before = pair.before
        assert before is not None
        points = stopping_points(share_of_failure(self.failure, balancers))
        yield from self._complete(pair, points.after(1))
        column = self.table.column(pair.ttl)
        met = pair.view.met if pair.view is not None else {}
        for who in sorted(before.open_interfaces(), key=str):
            flows = before.flows_at(who)
            if before.width == 1:
                flows = sorted({*flows, *met, *pair.dead})
            behind = {met[flow] for flow in flows if flow in met}
            ended = pair.dead.intersection(flows)
            points = stopping_points(share_of_failure(self.failure, balancers))
            balancers += len(behind) > 1
            under_way = (
                sum(flow in column.asked and flow not in met for flow in flows) - len(ended)
                if column.pending
                else 0
            )
            have = sum(flow in met for flow in flows) + len(ended)
            missing = points.after(max(1, len(behind) + bool(ended))) - have - under_way
            free = [flow for flow in flows if flow not in column.asked]
            if before.width == 1:
                free += [p.flow for p in islice(self._fresh(pair), max(0, missing - len(free)))]
            yield from (FlowProbe(pair.ttl, flow) for flow in free[: max(0, missing)])
            missing -= len(free)
            if missing > 0 and not before.column.pending:
                yield from self._search(before, who, missing)

    def _search(self, view: View, who: Interface, missing: int) -> Iterator[FlowProbe]:
        """Node control: flows that may lead to this interface, those first that are known to meet
        one before it."""
        share = len(view.flows_at(who)) / len(view.met)
        number = min(SEARCH_MAX, ceil(missing / share))
        likely: list[int] = []
        nearer = self.table.column(view.ttl - 1)
        if nearer.met and not nearer.is_shared_by_packet:
            leading = {nearer.met[flow] for flow in view.flows_at(who) if flow in nearer.met}
            likely = [
                flow
                for flow, met in sorted(nearer.met.items())
                if met in leading and flow not in view.column.asked and flow >= 0
            ]
        others = (flow for flow in count() if flow not in view.column.asked and flow not in likely)
        for flow in islice((*likely, *islice(others, number)), number):
            yield FlowProbe(view.ttl, flow)

    # --- by flow, or by packet -----------------------------------------------------------------

    def _repeats(self, view: View) -> Iterator[FlowProbe]:
        """Enough known flows once more, so that balancing by packet among so many interfaces would
        repeat them all with a probability of at most `failure`."""
        column = view.column
        if column.strayed or view.width < 2:
            return
        needed = repeats_needed(self.failure, view.width)
        missing = needed - column.repeated - column.repeats_pending
        flows = [flow for flow in sorted(view.met) if flow not in column.repeats_asked]
        for flow in [flow for flow in flows if view.met[flow] is not None][: max(0, missing)]:
            yield FlowProbe(view.ttl, flow, is_repeat=True)


def repeats_needed(failure: float, width: int) -> int:
    """Repeated probes after which balancing by packet among `width` interfaces has shown itself
    but for a probability of `failure`: chance repeats each with 1 / width."""
    return ceil(log(failure) / -log(width))
