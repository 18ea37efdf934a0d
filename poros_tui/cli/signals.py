"""What Ctrl-C, SIGTERM and SIGHUP do before and after a trace, where nobody else handles them.

The first of the program's modules to be loaded, and with few imports of its own: what comes before
its handlers stand is Python's, and Python answers Ctrl-C with a traceback.
"""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType
    from typing import NoReturn

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def ending_signals() -> list[signal.Signals]:
    """Those that are to end the program. What its caller ignores (nohup, the background jobs of a
    script) stays ignored."""
    return [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]


def leave_on_signals() -> None:
    """Leave at once and without a word, with 128 + n, wherever the program is.

    Not by an exception: while modules load, Python reports some exceptions as ignored, and the
    signal is lost.
    """
    _handle(_leave_at_once)


def unwind_on_signals() -> None:
    """Leave by SystemExit: the screen has changed the terminal and must change it back."""
    _handle(_unwind)


def _handle(action: Callable[[int, FrameType | None], NoReturn]) -> None:
    for number in ending_signals():
        signal.signal(number, action)


def _leave_at_once(number: int, _frame: FrameType | None) -> NoReturn:
    os._exit(128 + number)


def _unwind(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


class SignalsHeld:
    """A context in which signals wait, to its end or until somebody lets them in before."""

    def __enter__(self) -> SignalsHeld:
        self._before = signal.pthread_sigmask(signal.SIG_BLOCK, ending_signals())
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: object, _traceback: TracebackType | None
    ) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self._before)

    @property
    def waiting(self) -> int | None:
        """A signal that has come and is held, None where none is."""
        return min(signal.sigpending() & set(ending_signals()), default=None)

    def let_in(self) -> None:
        """Hold them no longer."""
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ending_signals())
