"""Traces out of a file, of whichever program, in the place of a fleet: each stands as it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from ipaddress import ip_address
from itertools import count
from time import time
from typing import Final

import msgspec
import trio

from poros_tui.config import SessionConfig
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.probe import Multipath, Protocol
from poros_tui.model.session import PathSnapshot, PathUpdate, SessionControls, TraceIdentity
from poros_tui.model.targets import Front, TargetSnapshot
from poros_tui.model.time_unit import TimeUnit
from poros_tui.model.verdict.telling import told
from poros_tui.report.foreign.identity import ForeignIdentity
from poros_tui.report.run import FinishedRun

NOT_KNOWN: Final = ip_address("0.0.0.0")
"""In the place of an address that a file does not tell."""
_NOTHING_TO_PROBE: Final = "this was read from a file: nothing is probed"


class Stills:
    """What a file holds. Its methods are `FleetControls`, for the engine's thread."""

    def __init__(self, runs: Sequence[FinishedRun]) -> None:
        self._runs = [_Still(number, run) for number, run in enumerate(runs)]
        self._front: Front | None = None
        self._says = count(1 << 30)

    @property
    def config(self) -> SessionConfig:
        """How the first was probed, as far as that is told."""
        return self._runs[0].run.config or SessionConfig()

    def snapshots(self) -> list[TargetSnapshot]:
        """All of them."""
        return [still.snapshot() for still in self._runs]

    def words(self) -> str:
        """When the first was measured, for the head of the screen."""
        return self._runs[0].run.when

    def now_s(self) -> float:
        """When the last of them ended, in seconds since 1970; their clocks show that too."""
        return max(still.ended_at_s for still in self._runs)

    async def run(self, front: Front, on_ready: Callable[[Stills], None]) -> None:
        """Be there until cancelled."""
        self._front = front
        on_ready(self)
        front.show_targets(self.snapshots())
        await trio.sleep_forever()

    def _refuse(self) -> None:
        if self._front is not None:
            self._front.drop_target(next(self._says), _NOTHING_TO_PROBE)

    def add(self, _typed: str) -> None:
        """Nothing is added to a file."""
        self._refuse()

    def remove(self, _number: int) -> None:
        """Nothing is taken from it."""
        self._refuse()

    def look_at(self, number: int | None) -> None:
        """Show this one."""
        if number is not None and self._front is not None:
            self._front.show_path(number, self._runs[number].update())

    def tell_in(self, _unit: TimeUnit) -> None:
        """The screen knows how to tell it."""

    def control(self, _number: int, _command: Callable[[SessionControls], None]) -> None:
        """What was probed was probed."""
        self._refuse()

    def known_paths(self) -> Mapping[int, PathSnapshot]:
        """All of them."""
        return {still.number: still.run.path for still in self._runs}


class _Still:
    """One trace."""

    def __init__(self, number: int, run: FinishedRun) -> None:
        self.number = number
        self.run = run
        # Of one that tells no time nothing is shown but how long ago: as if it had just ended.
        began_at_s = time() - (run.duration_s or 0.0)
        if run.started_at is not None:
            began_at_s = datetime.fromisoformat(run.started_at).timestamp()
        self.ended_at_s = began_at_s + (run.duration_s or 0.0)
        self._chronicle = Chronicle()
        self._chronicle.begin(now_s=began_at_s, wall_s=began_at_s)
        for event, wall_s in run.events:
            self._chronicle.note(msgspec.structs.replace(event, at_s=wall_s, noticed_at_s=None))

    def update(self) -> PathUpdate:
        """All that is known of it."""
        path = self.run.path
        generation = path.session.status.generation
        return PathUpdate(generation=generation, hops=path.hops, session=path.session)

    def snapshot(self) -> TargetSnapshot:
        """It in one line."""
        path, identity = self.run.path, _identity(self.run)
        answered = [hop for hop in path.hops if hop.received]
        end = next((hop for hop in path.hops if hop.is_destination), None)
        return TargetSnapshot(
            number=self.number,
            place=(self.number, 0),
            name=identity.target,
            identity=identity,
            session=path.session,
            end=end or (answered[-1] if answered else None),
            said=told(path.hops, path.session, self._chronicle, self.ended_at_s, TimeUnit.MS),
            chronicle=self._chronicle,
        )


def _identity(run: FinishedRun) -> TraceIdentity:
    """As of our own; what is not told is said not to be."""
    identity = run.identity
    if not isinstance(identity, ForeignIdentity):
        return identity
    return TraceIdentity(
        target=identity.target,
        destination=identity.destination or NOT_KNOWN,
        destination_zone=identity.destination_zone,
        protocol=identity.protocol or Protocol.ICMP,
        privilege="",
        rung="",
        is_simulation=identity.is_simulation,
        source=identity.source,
        multipath=identity.multipath or Multipath.CLASSIC,
        measured_by=run.means,
        is_protocol_told=identity.protocol is not None,
    )
