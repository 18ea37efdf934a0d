"""An engine that publishes what a test wants, and notes what it is asked."""

from __future__ import annotations

import threading
from collections.abc import Callable

import trio

from poros_tui.model.probe import Mode, Protocol
from poros_tui.model.session import PathSnapshot, SessionControls, Shape
from poros_tui.model.targets import FleetControls, Front
from poros_tui.model.time_unit import TimeUnit
from tests.tui.made_path import MadePath


class FakeEngine:
    """Call it as the app calls the real one. It has as many targets as a test says it has."""

    def __init__(self, *made: MadePath, failure: Exception | None = None) -> None:
        self._first = [path.update() for path in made]
        self._failure = failure
        self.asked: list[str] = []
        """Names of the controls used, with their argument."""
        self.asked_fleet: list[str] = []
        """The same for those of the whole fleet, and whose session was asked for something."""
        self.paths: dict[int, PathSnapshot] = {}
        """What it knows when it is asked."""
        self.front: Front | None = None
        self.is_ready = threading.Event()
        self.was_cancelled = False

    async def __call__(self, front: Front, ready: Callable[[FleetControls], None]) -> None:
        self.front = front
        ready(self)
        self.is_ready.set()
        for update in self._first:
            front.show_path(0, update)
        if self._failure is not None:
            raise self._failure
        try:
            await trio.sleep_forever()
        except trio.Cancelled:
            self.was_cancelled = True
            raise

    def add(self, typed: str) -> None:
        self.asked_fleet.append(f"add {typed}")

    def remove(self, number: int) -> None:
        self.asked_fleet.append(f"remove {number}")

    def look_at(self, number: int | None) -> None:
        self.asked_fleet.append(f"look at {number}")

    def tell_in(self, unit: TimeUnit) -> None:
        self.asked_fleet.append(f"tell in {unit}")

    def control(self, number: int, command: Callable[[SessionControls], None]) -> None:
        self.asked_fleet.append(f"control {number}")
        command(self)

    def known_paths(self) -> dict[int, PathSnapshot]:
        return self.paths

    def set_mode(self, mode: Mode) -> None:
        self.asked.append(f"mode {mode.value}")

    def pause(self) -> None:
        self.asked.append("pause")

    def resume(self) -> None:
        self.asked.append("resume")

    def reset(self) -> None:
        self.asked.append("reset")

    def set_baseline(self) -> None:
        self.asked.append("baseline")

    def clear_baseline(self) -> None:
        self.asked.append("no baseline")

    def set_protocol(self, protocol: Protocol) -> None:
        self.asked.append(f"protocol {protocol.value}")

    def set_shape(self, shape: Shape) -> None:
        self.asked.append(f"size {shape.size} port {shape.port}")

    def set_interval(self, interval_s: float) -> None:
        self.asked.append(f"interval {interval_s:g}")

    def stop(self) -> None:
        self.asked.append("stop")
