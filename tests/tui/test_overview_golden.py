"""The overview as text, compared with what was looked at and found good.

`POROS_RENEW_GOLDEN=1 pytest tests/tui/test_overview_golden.py` draws it anew; look at the
difference.
"""

from __future__ import annotations

import asyncio
import os

import pytest

from poros_tui.model.session import SessionState
from poros_tui.model.stop import StopKind
from tests.tui.fleet_stage import FleetStage
from tests.tui.test_golden import GOLDEN

NAMES = (
    "example.com",
    "a-rather-long-name.of-a-host.example.net",
    "192.0.2.53",
    "nosuch.example",
    "slow.example",
    "firewalled.example",
    "offline.example",
    "paused.example",
)


def play(stage: FleetStage) -> None:
    """Targets in all states."""
    stage.play(0, 42)
    stage.play(1, 42, seed=3, path_loss=0.15)
    stage.play(2, 7, seed=2)
    for _ in range(42):
        stage.made[5].path.reply(4, 12.5)
    stage.made[5].path.stopped(StopKind.GAP_LIMIT, ttl=4, detail="8")
    stage.play(6, 5, seed=4)
    stage.made[6].path.send_failed(1)
    stage.play(7, 20, seed=5)
    stage.made[7].path.status(state=SessionState.PAUSED)
    snapshots = [made.snapshot() for made in stage.made.values()]
    snapshots[3] = stage.made[3].not_begun(
        problem="there is no host named nosuch.example", advice="check how it is spelt"
    )
    snapshots[4] = stage.made[4].not_begun()
    stage.deliver(*snapshots)


async def drawn(width: int, height: int) -> str:
    stage = FleetStage(*NAMES)
    async with stage.open(width, height) as pilot:
        play(stage)
        await pilot.press("down")
        await pilot.pause()
        await pilot.pause()
        return stage.text()


@pytest.mark.parametrize("size", [(50, 16), (80, 24), (120, 24), (200, 24)])
def test_the_overview_looks_as_it_was_found_good(size: tuple[int, int]) -> None:
    path = GOLDEN / f"overview-{size[0]}.txt"
    text = asyncio.run(drawn(*size))
    if os.environ.get("POROS_RENEW_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text()
