"""The app on a headless terminal, with an engine and a clock that do what the test says."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from textual.pilot import Pilot

from poros_tui.config import SessionConfig
from poros_tui.errors import UsageError
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.session import TraceIdentity
from poros_tui.model.stop import StopKind
from poros_tui.model.targets import TargetSnapshot
from poros_tui.tui.app import PorosApp, Save
from poros_tui.tui.keys import KEYS, Key
from poros_tui.tui.palette import DARK, Palette
from poros_tui.tui.sharing import Writers
from poros_tui.tui.table_look import DEFAULT_LOOK, TableLook
from poros_tui.tui.widgets.hop_table import HopTable
from tests.tui.fake_engine import FakeEngine
from tests.tui.made_path import REALISTIC, MadePath, identity, realistic_round

STARTED_AT_S: Final = 1_800_000_000.0
"""The time of day at zero of the stage's clock."""


_TURNS: Final = 3
"""Of the event loop, without a change, after which the screen stands."""


def understand(typed: str) -> None:
    """What the command line would say of a target."""
    if " " in typed:
        raise UsageError(f"{typed!r} can't be the name of a host", "check how it is spelt")


class Stage:
    """One app, one made path, one clock."""

    def __init__(
        self,
        who: TraceIdentity | None = None,
        *,
        config: SessionConfig | None = None,
        engine: FakeEngine | None = None,
        palette: Palette = DARK,
        writers: Writers | None = None,
        keys: Sequence[Key] = KEYS,
        look: TableLook = DEFAULT_LOOK,
        save: Save | None = None,
    ) -> None:
        self.now_s = 1000.0
        self.made = MadePath()
        self.engine = engine or FakeEngine()
        self.chronicle = Chronicle()
        self.chronicle.begin(now_s=self.now_s, wall_s=STARTED_AT_S + self.now_s)
        self.made.on_message = lambda message: self.chronicle.record(message, self.now_s)
        self.made.status()
        who = who or identity()
        only = TargetSnapshot(number=0, name=who.target, identity=who, chronicle=self.chronicle)
        self.app = PorosApp(
            [only],
            config or SessionConfig(),
            self.engine,
            understand=understand,
            palette=palette,
            writers=writers,
            keys=keys,
            look=look,
            save=save,
            clock=lambda: self.now_s,
            wall_clock=lambda: STARTED_AT_S + self.now_s,
        )

    @asynccontextmanager
    async def open(self, width: int = 80, height: int = 24) -> AsyncIterator[Pilot[None]]:
        async with self.app.run_test(size=(width, height)) as pilot:
            await pilot.pause()
            yield pilot

    def show(self) -> None:
        """Let the screen know what the path has to say."""
        self.app.trace.show_update(self.made.update())

    def pass_second(self) -> None:
        self.now_s += 1.0
        self.app.trace.tick()

    def play_realistic(self, rounds: int, seed: int = 7) -> None:
        chance = random.Random(seed)
        for number in range(rounds):
            self.made.status(round=number)
            realistic_round(self.made, chance)
            if number == 0:
                self.made.stopped(StopKind.REACHED, ttl=len(REALISTIC))
            self.show()
            self.pass_second()

    @property
    def table(self) -> HopTable:
        return self.app.trace.query_one(HopTable)

    def lines(self) -> list[str]:
        """Every line of the screen, without the blanks at its end."""
        return [strip.text.rstrip() for strip in self.app.screen._compositor.render_strips()]

    async def settled(self, pilot: Pilot[None]) -> str:
        """The text of the screen once nothing moves any more: a panel that is longer than its
        room gets a scrollbar, and that is drawn a turn later."""
        before = ""
        await pilot.pause()
        while (now := self.text()) != before:
            before = now
            for _ in range(_TURNS):
                await pilot.pause()
        return now

    def text(self) -> str:
        return "\n".join(self.lines()) + "\n"
