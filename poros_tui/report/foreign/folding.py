"""From what became of single probes, as another program lists it, to a path with our statistics.

The limits of routers are not looked for: when probes left that were not answered, nobody tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from poros_tui.model.about import NOTHING_KNOWN, About
from poros_tui.model.path import Path
from poros_tui.model.probe import (
    Duplicate,
    IPAddress,
    Lost,
    Mode,
    Probe,
    Reply,
    SendFailed,
    Sent,
)
from poros_tui.model.session import PathSnapshot, SessionState, SessionStatus
from poros_tui.model.stop import StopKind

_KNOWN_ENDS: Final = frozenset({StopKind.REACHED, StopKind.UNREACHABLE})
"""What answers tell. Why somebody else gave up is his own affair."""
STATUS: Final = SessionStatus(
    generation=0,
    state=SessionState.FINISHED,
    mode=Mode.SEQUENTIAL,  # no report says so of another program's trace
    round=0,
    interval_s=0.0,
)


class Folding:
    """Takes in what became of each probe, in the order of sending."""

    def __init__(
        self,
        first_hop: int,
        known: Mapping[IPAddress, About] = NOTHING_KNOWN,
        status: SessionStatus = STATUS,
        *,
        keeps_flows: bool = False,
    ) -> None:
        self._path = Path(
            first_hop=first_hop, keep_records=True, keep_flows=keeps_flows, known=known
        )
        self._path.set_status(status)
        self._probes: list[Probe] = []
        self._lost: dict[int, Lost] = {}
        """By the number of the probe; an answer may come yet, and so they are told at the end."""
        self._order: list[Probe | None] = []
        """Of sending; None for a probe of which no more is known."""

    # `round` as in all records of probes; nothing is rounded here.
    def sent(self, ttl: int, *, round: int = 0, query: int = 0, flow: int = 0) -> Probe:  # noqa: A002
        """The next probe left."""
        probe = Probe(
            number=len(self._probes), ttl=ttl, round=round, query=query, generation=0, flow=flow
        )
        self._probes.append(probe)
        self._order.append(probe)
        self._path.add(Sent(probe, 0.0))
        return probe

    def answered(self, reply: Reply) -> None:
        """A probe was answered."""
        self._path.add(reply)

    def lost(self, probe: Probe, waited_s: float | None = None) -> None:
        """It was not."""
        self._lost[probe.number] = Lost(probe, waited_s)

    def failed(self, probe: Probe, reason: str) -> None:
        """It did not leave after all."""
        self._path.add(SendFailed(probe, reason, was_sent=True))

    def duplicate(self, probe: Probe, responder: IPAddress) -> None:
        """It was answered once more."""
        self._path.add(Duplicate(probe, responder))

    def sent_somewhere(self, probes: int | None) -> None:
        """So many left, and no more is known of them. None: it is not known how many, and so
        nothing that left before can be counted back to."""
        if probes is None:
            self._order.clear()
        else:
            self._order += [None] * probes

    def lost_before(self, count: int) -> Probe | None:
        """The probe that left so many before the newest, if it is lost; then it no longer is, and
        is to be answered."""
        place = len(self._order) - 1 - count
        probe = self._order[place] if place >= 0 else None
        if probe is None or self._lost.pop(probe.number, None) is None:
            return None
        return probe

    def finished(self, *, asked_alone: bool = False) -> PathSnapshot:
        """The whole path; with `asked_alone` without hops that were not asked."""
        for lost in self._lost.values():
            self._path.add(lost)
        self._path.finish()
        session = self._path.session()
        stop = session.status.stop
        if stop is not None and stop.kind not in _KNOWN_ENDS:
            status = msgspec.structs.replace(session.status, stop=None)
            session = msgspec.structs.replace(session, status=status)
        asked = {probe.ttl for probe in self._probes}
        hops = tuple(hop for hop in self._path.hops() if not asked_alone or hop.ttl in asked)
        return PathSnapshot(hops=hops, session=session)
