"""What each flow has met at each TTL, with all doubts: silence, loss, stray packets. Pure."""

from __future__ import annotations

from collections import Counter
from typing import Final

from poros_tui.model.multipath import Interface

SILENCE_DOUBT: Final = 0.002
"""Silence of a flow where others are answered is a silent router, unless chance silences one of
the flows of this TTL so often in a row with a higher probability than this."""


class Column:
    """One TTL."""

    def __init__(self) -> None:
        self.met: dict[int, Interface] = {}
        """Flow to the interface that answered it first."""
        self.asked: set[int] = set()
        """Flows whose probe is under way or decided."""
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
        """Flows that are not decided yet."""
        return len(self.asked) - len(self.met) - len(self._silent)

    def take_answer(self, flow: int, interface: Interface, tries: int, *, is_end: bool) -> None:
        """A flow was answered at its n-th try."""
        self.met[flow] = interface
        self._silent.pop(flow, None)
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

    @property
    def has_answered(self) -> bool:
        """Whether anybody has."""
        return self._answered > 0

    @property
    def unanswered(self) -> int:
        """Flows of which nothing is known here, because too much is lost."""
        return len(self._silent) - len(self._silent_routers())

    def _silent_routers(self) -> set[int]:
        if not self._answered:
            return set(self._silent)
        return {flow for flow, tries in self._silent.items() if self.is_router_silent(tries)}

    def is_router_silent(self, tries: int) -> bool:
        """Whether a flow that was asked so often in vain has met a router that never answers: by
        what is lost here of the probes that are answered in the end, chance is no explanation."""
        # On the side of caution: as if two more had been lost.
        loss = (self._failed + 2) / (self._failed + self._answered + 3)
        return self._answered > 0 and len(self.asked) * loss**tries < SILENCE_DOUBT

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

    def __init__(self) -> None:
        self._columns: dict[int, Column] = {}

    def column(self, ttl: int) -> Column:
        """The TTL, empty where nothing is known of it yet."""
        column = self._columns.get(ttl)
        if column is None:
            column = self._columns[ttl] = Column()
        return column

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
