"""What the keys of the trace screen and the settings tell the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol as TypingProtocol

from poros_tui.model.probe import Mode, Protocol
from poros_tui.model.session import SessionControls, Shape, TraceIdentity
from poros_tui.tui.formatting import interval
from poros_tui.tui.settings import Settings, next_interval_s
from poros_tui.tui.table_look import TableLook
from poros_tui.tui.terminal_diff import FrugalScreen


class Engine(TypingProtocol):
    """What the screen needs of the bridge."""

    def command(self, command: Callable[[SessionControls], None]) -> None:
        """Do this in the engine's thread."""


class Steering(FrugalScreen):
    """The part of the trace screen that says how the path is asked. What has been asked for stands
    at once, so that two quick presses are two steps; what the engine tells stands after it."""

    identity: TraceIdentity
    """What is traced and how, as it is now."""
    _engine: Engine
    _shown_keys: Mapping[str, str]
    """What a key is called on the screen, by the name of what it does."""
    _mode: Mode
    _interval_s: float
    _is_paused = False

    @property
    def is_finished(self) -> bool:
        """Whether nothing is sent any more."""
        raise NotImplementedError

    def table_look(self) -> TableLook:
        """How the table looks now."""
        raise NotImplementedError

    def say(self, notice: str) -> None:
        """Tell the user."""
        raise NotImplementedError

    def action_pause(self) -> None:
        """Stop sending, or go on."""
        if self.is_over():
            return
        # Told by the state it will have, so that two quick presses are not two pauses.
        self._is_paused = not self._is_paused
        self._engine.command(_pause if self._is_paused else _resume)

    def action_reset(self) -> None:
        """Forget all statistics."""
        if self.is_over():
            return
        self._engine.command(lambda controls: controls.reset())
        self.say("statistics forgotten")

    def action_toggle_mode(self) -> None:
        """Concurrent, or sequential."""
        is_concurrent = self._mode is Mode.CONCURRENT
        self._set_mode(Mode.SEQUENTIAL if is_concurrent else Mode.CONCURRENT)

    def action_adaptive(self) -> None:
        """Adaptive, or back to concurrent."""
        is_adaptive = self._mode is Mode.ADAPTIVE
        self._set_mode(Mode.CONCURRENT if is_adaptive else Mode.ADAPTIVE)

    def action_protocol(self, name: str) -> None:
        """Probe with this protocol from now on."""
        if self.is_over():
            return
        protocol = Protocol[name.upper()]
        if protocol is self.identity.protocol:
            self.say(f"these are {protocol.upper()} probes")
            return
        self._engine.command(lambda controls: controls.set_protocol(protocol))

    def settings(self, theme: str) -> Settings:
        """What may be changed, as it is; the theme is the app's."""
        return Settings(
            protocol=self.identity.protocol,
            mode=self._mode,
            interval_s=self._interval_s,
            theme=theme,
            look=self.table_look(),
            shape=Shape(size=self.identity.size, port=self.identity.port),
        )

    def choose(self, wanted: Settings) -> None:
        """Change what is not as wanted of how it is probed."""
        if wanted.protocol is not self.identity.protocol:
            self.action_protocol(wanted.protocol.value)
        if wanted.mode is not self._mode:
            self._set_mode(wanted.mode)
        if wanted.interval_s != self._interval_s:
            self._set_interval(wanted.interval_s)
        if wanted.shape != Shape(size=self.identity.size, port=self.identity.port):
            self._set_shape(wanted.shape)

    def is_over(self) -> bool:
        """Whether nothing is sent any more; if so, say it: a key must not seem to do something."""
        if not self.is_finished:
            return False
        self.say(f"all rounds are done; {self._shown_keys['quit']} leaves")
        return True

    def _set_mode(self, mode: Mode) -> None:
        if self.is_over():
            return
        self._mode = mode
        self._engine.command(lambda controls: controls.set_mode(mode))

    def _set_shape(self, shape: Shape) -> None:
        if self.is_over():
            return
        if shape.port != self.identity.port and not self.identity.protocol.has_ports:
            self.say("--port is for UDP and TCP probes; choose one of these first")
            return
        self._engine.command(lambda controls: controls.set_shape(shape))

    def action_slower(self) -> None:
        """The next longer interval."""
        self._set_interval(next_interval_s(self._interval_s, 1))

    def action_faster(self) -> None:
        """The next shorter interval."""
        self._set_interval(next_interval_s(self._interval_s, -1))

    def _set_interval(self, interval_s: float) -> None:
        if self.is_over():
            return
        self._interval_s = interval_s
        self._engine.command(lambda controls: controls.set_interval(interval_s))
        warning = "; most routers answer once a second at best" if interval_s < 1 else ""
        self.say(f"a round every {interval(interval_s)}{warning}")


def _pause(controls: SessionControls) -> None:
    controls.pause()


def _resume(controls: SessionControls) -> None:
    controls.resume()
