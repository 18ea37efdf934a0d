"""A program around the screen, for tests that need a real terminal: `program.py HOW`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import trio

from poros_tui.config import SessionConfig
from poros_tui.errors import CannotRun
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.stop import StopKind
from poros_tui.model.targets import FleetControls, Front, TargetSnapshot
from poros_tui.tui.run_app import run_app
from tests.tui.fake_engine import FakeEngine
from tests.tui.made_path import MadePath, identity


async def broken(front: Front, ready: Callable[[FleetControls], None]) -> None:
    """Shows something, then dies of a defect deep in a nursery."""
    secret = "a-local-value"

    async def fail() -> None:
        raise ZeroDivisionError(f"division by {len(secret) * 0}")

    made = MadePath()
    made.reply(1, 1.0)
    front.show_path(0, made.update())
    async with trio.open_nursery() as outer, trio.open_nursery() as inner:
        outer.start_soon(trio.sleep_forever)
        inner.start_soon(fail)


async def probing(front: Front, ready: Callable[[FleetControls], None]) -> None:
    """Rounds without end; a dot on stderr for each hundred."""
    made = MadePath()
    number = 0
    while True:
        number += 1
        made.status(round=number)
        for ttl in range(1, 12):
            made.reply(ttl, ttl + number % 7 * 3.1)
        made.reached(12, 20.0 + number % 11)
        if number == 1:
            made.stopped(StopKind.REACHED, ttl=12)
        front.show_path(0, made.update())
        if number % 100 == 0:
            os.write(2, b".")
        await trio.sleep(0.005)


def main(how: str) -> int:
    """What happens is `how`."""
    made = MadePath()
    made.reply(1, 1.0)
    if how == "reached":
        made.reached(2, 2.0)
    refused = CannotRun("no permission to open a socket", "try --privilege user")
    engine = FakeEngine(made, failure=refused if how == "refused" else None)
    run_fleet = broken if how.startswith("broken") else engine
    if how == "probing":
        run_fleet = probing
    who = identity()
    return run_app(
        [TargetSnapshot(number=0, name=who.target, identity=who, chronicle=Chronicle())],
        SessionConfig(),
        run_fleet,
        understand=lambda typed: typed,
        no_color=False,
        debug=how == "broken-debug",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
