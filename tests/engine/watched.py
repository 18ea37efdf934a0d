"""Sessions in virtual time whose chronicle is what a test looks at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import trio
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.engine.session import Session
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.path import Path
from poros_tui.model.probe import Protocol
from poros_tui.model.session import SessionStatus
from poros_tui.probe.simulation.scenario import Scenario
from poros_tui.probe.simulation.transport import SimulatedTransport
from tests.engine.trace import make_session

BEGAN_AT_S = 1_800_000_000.0
"""The time of day at the beginning of a watched session."""

Deed = Callable[[Session, SimulatedTransport], Awaitable[None]]


def watch(
    scenario: Scenario,
    config: SessionConfig,
    *,
    seed: int = 0,
    protocol: Protocol = Protocol.ICMP,
    script: Deed | None = None,
    path: Path | None = None,
) -> Chronicle:
    """Run a session to its end on a clock that jumps, as the live screen would have it; `script`
    runs beside it. What is known of the path is folded into `path`."""
    main = partial(_main, scenario, config, seed, protocol, script, path)
    return trio.run(main, clock=MockClock(autojump_threshold=0))


async def _main(
    scenario: Scenario,
    config: SessionConfig,
    seed: int,
    protocol: Protocol,
    script: Deed | None,
    path: Path | None,
) -> Chronicle:
    session, transport, receive = make_session(
        scenario, config, seed=seed, protocol=protocol, buffer=256
    )
    chronicle = Chronicle()
    chronicle.begin(now_s=trio.current_time(), wall_s=BEGAN_AT_S)
    async with trio.open_nursery() as nursery, receive:
        nursery.start_soon(session.run)
        if script is not None:
            nursery.start_soon(script, session, transport)
        async for message in receive:
            chronicle.record(message, trio.current_time())
            if path is None:
                continue
            if isinstance(message, SessionStatus):
                path.set_status(message)
            else:
                path.add(message)
        nursery.cancel_scope.cancel()
    return chronicle
