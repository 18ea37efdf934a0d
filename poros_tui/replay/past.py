"""The controls of a session that is over."""

from __future__ import annotations

from collections.abc import Callable

from poros_tui.model.probe import Mode, Protocol
from poros_tui.model.session import (
    Shape,
)


class Past:
    """The controls of a session that is over: `SessionControls` which refuse."""

    def __init__(self, refuse: Callable[[], None]) -> None:
        self._refuse = refuse

    def set_mode(self, _mode: Mode) -> None:
        """Not any more."""
        self._refuse()

    def pause(self) -> None:
        """Not any more."""
        self._refuse()

    def resume(self) -> None:
        """Not any more."""
        self._refuse()

    def reset(self) -> None:
        """Not any more."""
        self._refuse()

    def set_baseline(self) -> None:
        """Not any more."""
        self._refuse()

    def clear_baseline(self) -> None:
        """Not any more."""
        self._refuse()

    def set_protocol(self, _protocol: Protocol) -> None:
        """Not any more."""
        self._refuse()

    def set_shape(self, _shape: Shape) -> None:
        """Not any more."""
        self._refuse()

    def set_interval(self, _interval_s: float) -> None:
        """Not any more."""
        self._refuse()

    def stop(self) -> None:
        """Not any more."""
        self._refuse()
