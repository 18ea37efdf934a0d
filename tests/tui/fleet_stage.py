"""The app with several targets on a headless terminal; what the engine tells is up to the test."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address

import msgspec
from textual.pilot import Pilot

from poros_tui.cli.exporting import sessions_writer_for
from poros_tui.config import SessionConfig
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.session import TraceIdentity
from poros_tui.model.stop import StopKind
from poros_tui.model.targets import TargetSnapshot
from poros_tui.model.verdict.telling import told
from poros_tui.tui.app import PorosApp, Save
from poros_tui.tui.bridge import Mail
from poros_tui.tui.palette import DARK, Palette
from poros_tui.tui.screens.overview import OverviewScreen
from tests.tui.fake_engine import FakeEngine
from tests.tui.made_path import REALISTIC, MadePath, identity, realistic_round
from tests.tui.stage import STARTED_AT_S, understand


class Made:
    """One target: a made path, and what is told of it."""

    def __init__(self, number: int, name: str, now_s: float) -> None:
        self.number = number
        self.name = name
        self.path = MadePath()
        self.chronicle = Chronicle()
        self.chronicle.begin(now_s=now_s, wall_s=STARTED_AT_S + now_s)
        self.identity: TraceIdentity | None = identity(
            name, destination=ip_address(f"203.0.113.{10 + number}")
        )

    def snapshot(self, **changes: object) -> TargetSnapshot:
        """As the fleet would tell it."""
        path = self.path.path
        now_s = self.chronicle.began_at_s or 0.0
        snapshot = TargetSnapshot(
            number=self.number,
            place=(self.number, 0),
            name=self.name,
            identity=self.identity,
            chronicle=self.chronicle if self.identity is not None else None,
            session=path.session(),
            end=path.end_snapshot(),
            said=told(path.hops(), path.session(), self.chronicle, now_s),
        )
        return msgspec.structs.replace(snapshot, **changes)

    def not_begun(self, **changes: object) -> TargetSnapshot:
        """Before its address was known."""
        nothing = {"identity": None, "chronicle": None, "session": None, "end": None, "said": ()}
        return self.snapshot(**(nothing | changes))


class FleetStage:
    """One app, several made paths, one clock."""

    def __init__(
        self,
        *names: str,
        palette: Palette = DARK,
        notes: Sequence[str] = (),
        private_hops: int = 0,
        save: Save | None = None,
    ) -> None:
        self.now_s = 1000.0
        self.engine = FakeEngine()
        self.made = {number: Made(number, name, self.now_s) for number, name in enumerate(names)}
        self.app = PorosApp(
            [made.not_begun() for made in self.made.values()],
            SessionConfig(),
            self.engine,
            understand=understand,
            notes=notes,
            palette=palette,
            private_hops=private_hops,
            save=save,
            write_sessions=sessions_writer_for(SessionConfig()),
            clock=lambda: self.now_s,
            wall_clock=lambda: STARTED_AT_S + self.now_s,
        )

    @asynccontextmanager
    async def open(self, width: int = 80, height: int = 24) -> AsyncIterator[Pilot[None]]:
        async with self.app.run_test(size=(width, height)) as pilot:
            await pilot.pause()
            yield pilot

    def also(self, number: int, name: str) -> Made:
        """One that the engine takes in."""
        self.made[number] = Made(number, name, self.now_s)
        return self.made[number]

    def deliver(
        self,
        *snapshots: TargetSnapshot,
        path: int | None = None,
        dropped: tuple[tuple[int, str], ...] = (),
    ) -> None:
        """What the engine tells: lines, the path of one target, who is gone."""
        paths = {} if path is None else {path: self.made[path].path.update()}
        self.app.targets.take(Mail(paths=paths, targets=snapshots, dropped=dropped))

    def tell_all(self) -> None:
        """A line of each."""
        self.deliver(*(made.snapshot() for made in self.made.values()))

    def play(self, number: int, rounds: int, seed: int = 7, *, path_loss: float = 0.0) -> None:
        """Some rounds over a realistic path to this target."""
        made, chance = self.made[number].path, random.Random(seed)
        for place in range(rounds):
            made.status(round=place)
            realistic_round(made, chance, path_loss=path_loss)
            if place == 0:
                made.stopped(StopKind.REACHED, ttl=len(REALISTIC))

    def pass_second(self) -> None:
        self.now_s += 1.0
        current = self.app.targets.current
        current.tick()

    @property
    def overview(self) -> OverviewScreen:
        return self.app.targets.screens.overview

    def lines(self) -> list[str]:
        """Every line of the screen, without the blanks at its end."""
        return [strip.text.rstrip() for strip in self.app.screen._compositor.render_strips()]

    def text(self) -> str:
        return "\n".join(self.lines()) + "\n"
