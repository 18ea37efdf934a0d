"""The live screen with a tap behind its engine: `python -m tests.bench.tapped_screen`.

Arguments: privilege (raw or user), protocol, destination, rounds, seconds from round to round, and
the file that gets the round trips: a JSON list with one entry for each probe, in the order of
sending, in microseconds, null for a probe without an answer. Ends when `q` is pressed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path as FilePath
from typing import NoReturn

from poros_tui.config import SessionConfig
from poros_tui.engine.plan import TracePlan, entrant_of
from poros_tui.errors import CannotRun
from poros_tui.fleet.fleet import Fleet
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.probe import Protocol, Reply, Sent
from poros_tui.model.session import Message, TraceIdentity, Way
from poros_tui.model.targets import FleetControls, Front, TargetSnapshot
from poros_tui.probe.open import open_candidates
from poros_tui.probe.privilege import Privilege
from poros_tui.tui.run_app import run_app


class TappedChronicle(Chronicle):
    """Notes the round trips that the session tells it."""

    def __init__(self) -> None:
        super().__init__()
        self.rtts_us: dict[int, float | None] = {}
        """By the number of the probe."""

    def record(self, message: Message, now_s: float) -> None:
        match message:
            case Sent(probe=probe):
                self.rtts_us[probe.number] = None
            case Reply(probe=probe, rtt_s=rtt_s):
                self.rtts_us[probe.number] = None if rtt_s is None else rtt_s * 1e6
        super().record(message, now_s)


def main(
    privilege: str, protocol: str, destination: str, rounds: str, interval_s: str, output: str
) -> int:
    """Show the screen; the program's exit code."""
    address = ip_address(destination)
    with_sockets = open_candidates(Privilege(privilege), Protocol(protocol), {address.version})
    chosen = with_sockets.transport_for(address)
    with_sockets.close()
    config = SessionConfig(rounds=int(rounds), interval_s=float(interval_s))
    identity = TraceIdentity(
        target=destination,
        destination=address,
        protocol=chosen.protocol,
        privilege=chosen.privilege,
        rung=chosen.rung,
    )
    chronicle = TappedChronicle()
    way = Way(protocol=chosen.protocol, privilege=chosen.privilege, rung=chosen.rung)

    def no_other_way(_protocol: Protocol) -> NoReturn:
        raise CannotRun("one is enough for this")

    def no_other_target(_typed: str) -> NoReturn:
        raise CannotRun("one is enough for this")

    plan = TracePlan(
        identity=identity,
        config=config,
        way=way,
        open_transport=lambda: chosen.transport,
        open_way=no_other_way,
        chronicle=chronicle,
    )

    async def run_fleet(front: Front, on_ready: Callable[[FleetControls], None]) -> None:
        fleet = Fleet(config, front, no_other_target)
        await fleet.run([entrant_of(plan.as_found())], on_ready)

    shown = TargetSnapshot(number=0, name=destination, identity=identity, chronicle=chronicle)
    code = run_app(
        [shown], config, run_fleet, understand=no_other_target, no_color=False, debug=True
    )
    in_order = [rtt_us for _, rtt_us in sorted(chronicle.rtts_us.items())]
    FilePath(output).write_text(json.dumps(in_order))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
