"""What each flow has met at each TTL, with all doubts: silence, loss, stray packets. Pure."""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import Final

from poros_tui.engine.fates import Fates
from poros_tui.model.multipath import Interface

SILENCE_DOUBT: Final = 0.002
"""Silence of a flow where others are answered is a silent router, unless chance silences one of
the flows of this TTL so often in a row with a higher probability than this."""
_NOBODY: Final = object()
"""The flow was not asked there; None is somebody silent."""


class Column:
    """One TTL."""

    def __init__(self, ttl: int, fates: Fates) -> None:
        self._ttl = ttl
        self._fates = fates
        self.met: dict[int, Interface] = {}
        """Flow to the interface that answered it first."""
        self.asked = set(fates.unsent)
        """Flows whose probe is under way or decided, and those that cannot be sent."""
        self.ends: set[Interface] = set()
        """Interfaces behind which there is nothing."""
        self.repeats_asked: set[int] = set()
        self.repeats_pending = 0
        self.repeated = 0
        self.strayed = 0
        self._silent: dict[int, int] = {}  # flow to how often it was asked in vain
        self._answered = 0
        self._failed = 0

    @property
    def pending(self) -> int:
        """Flows that are not decided yet: under way, or followed behind their silence."""
        return len(self.asked) - len(self.met) - len(self._unsent()) - len(self._settled())

    def _unsent(self) -> set[int]:
        return {flow for flow in self._fates.unsent if flow not in self.met}

    def _settled(self) -> set[int]:
        """Flows that are silent here, and will remain so."""
        return {
            flow
            for flow in self._silent
            if flow not in self._fates.unsent and self._fates.is_settled(flow, self._ttl)
        }

    def take_answer(self, flow: int, interface: Interface, tries: int, *, is_end: bool) -> None:
        """A flow was answered at its n-th try."""
        self.met[flow] = interface
        self._silent.pop(flow, None)
        self._fates.add_answer(flow, self._ttl, is_end=is_end)
        self._answered += 1
        self._failed += tries - 1
        if is_end:
            self.ends.add(interface)

    def take_repeat(self, flow: int, interface: Interface, *, is_end: bool) -> None:
        """A flow that had an answer was asked once more."""
        self.repeats_pending -= 1
        self.repeated += 1
        if interface != self.met[flow]:
            self.strayed += 1
            # The packets of one flow go several ways: this one is another flow's worth.
            self.met[-1 - self.strayed] = interface
            self.asked.add(-1 - self.strayed)
            if is_end:
                self.ends.add(interface)

    def take_silence(self, flow: int, tries: int) -> None:
        """A flow was asked so often in vain."""
        self._silent[flow] = tries
        self._fates.add_silence(flow, self._ttl, tries)

    @property
    def has_answered(self) -> bool:
        """Whether anybody has."""
        return self._answered > 0

    @property
    def unanswered(self) -> int:
        """Flows of which nothing is known here, because too much is lost."""
        untold = {flow for flow in self._settled() if flow not in self._fates.dead}
        return len(untold | self._passing()) - len(self._silent_routers())

    def _passing(self) -> set[int]:
        """Flows that are silent here and answered behind."""
        return {flow for flow in self._silent if self._fates.goes_on(flow, self._ttl)}

    def _silent_routers(self) -> set[int]:
        if not self._answered:
            return self._passing()
        return {flow for flow in self._passing() if self.is_router_silent(self._silent[flow])}

    @property
    def loss(self) -> float:
        """The share of probes that is lost here of those that are answered in the end, on the side
        of caution: as if two more had been lost."""
        return (self._failed + 2) / (self._failed + self._answered + 3)

    def is_router_silent(self, tries: int) -> bool:
        """Whether a flow that was asked so often in vain has met a router that never answers: by
        what is lost here chance is no explanation."""
        return self._answered > 0 and len(self.asked) * self.loss**tries < SILENCE_DOUBT

    def known(self) -> dict[int, Interface]:
        """Flow to interface, silent routers included."""
        silent = self._silent_routers()
        return {**self.met, **dict.fromkeys(silent)} if silent else self.met

    @property
    def is_shared_by_packet(self) -> bool:
        """Whether a flow met two interfaces."""
        return self.strayed > 0


class FlowTable:
    """All TTLs."""

    def __init__(self, fates: Fates) -> None:
        self._columns: dict[int, Column] = {}
        self.fates = fates

    def column(self, ttl: int) -> Column:
        """The TTL, empty where nothing is known of it yet."""
        column = self._columns.get(ttl)
        if column is None:
            column = self._columns[ttl] = Column(ttl, self.fates)
        return column

    def take_unsent(self, flow: int, reason: str) -> None:
        """This machine does not send it: it is asked for no more, and silent nowhere."""
        self.fates.unsent.setdefault(flow, reason)
        for column in self._columns.values():
            column.asked.add(flow)

    def settle(self) -> None:
        """Who was followed to the horizon ends where the silence begins, unless that may be
        chance."""
        for flow, run in self.fates.runs():
            self.fates.untold.discard(flow)
            if self.fates.is_followed(flow, run):
                if self._is_dead(flow, run):
                    self.fates.dead[flow] = min(run)
                else:
                    self.fates.untold.add(flow)

    def _is_dead(self, flow: int, run: dict[int, int]) -> bool:
        first = min(run)
        if not any(self.column(ttl).has_answered for ttl in run):
            return True
        flows = 1 if self.is_suspect(flow, first) else len(self.column(first).asked)
        return flows * self.chance(run) < SILENCE_DOUBT

    def chance(self, run: dict[int, int]) -> float:
        """The probability that all these tries (by TTL) at a flow that goes on are lost. Where
        nobody answers, silence tells nothing."""
        return prod(
            self.column(ttl).loss ** tries
            for ttl, tries in run.items()
            if self.column(ttl).has_answered
        )

    def is_suspect(self, flow: int, ttl: int) -> bool:
        """Whether a flow comes to this TTL by an interface behind which others have ended there,
        and none has gone on."""
        before = self._columns.get(ttl - 1)
        if before is None or flow not in before.met:
            return False
        near = before.met[flow]
        return any(
            before.met.get(other, _NOBODY) == near for other in self.fates.dead_at(ttl)
        ) and not any(
            self.fates.goes_on(other, ttl - 1) for other, who in before.met.items() if who == near
        )

    def view(self, first: int, last: int) -> list[View]:
        """What is known, up to where every flow has come to its end."""
        views: list[View] = []
        ended: set[int] = set()
        for ttl in range(first, last + 1):
            column = self._columns.get(ttl)
            if column is None:
                break
            met = {flow: who for flow, who in column.known().items() if flow not in ended}
            view = View(ttl, column, met)
            if not met and column.pending == 0:
                break
            views.append(view)
            ended |= {flow for flow, who in met.items() if who in column.ends}
            if met and view.is_all_ended:
                break
        return views


class View:
    """One TTL without the flows that came to their end before."""

    def __init__(self, ttl: int, column: Column, met: dict[int, Interface]) -> None:
        self.ttl = ttl
        self.column = column
        self.met = met
        counts = Counter(met.values())
        self.interfaces = tuple(
            sorted(counts, key=lambda who: (-counts[who], who is None, str(who)))
        )
        """Those met by most flows first."""

    @property
    def width(self) -> int:
        """Interfaces."""
        return len(self.interfaces)

    @property
    def is_all_ended(self) -> bool:
        """Whether nothing lies behind any of them."""
        return all(who in self.column.ends for who in self.interfaces)

    def open_interfaces(self) -> list[Interface]:
        """Those behind which there is something."""
        return [who for who in self.interfaces if who not in self.column.ends]

    def is_open(self, flow: int) -> bool:
        """Whether this flow is known to go on from here."""
        return flow in self.met and self.met[flow] not in self.column.ends

    def flows_at(self, who: Interface) -> list[int]:
        """That met this interface, in order."""
        return sorted(flow for flow, met in self.met.items() if met == who)
