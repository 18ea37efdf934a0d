"""The app that shows traces out of a file, as they ended."""

from __future__ import annotations

from typing import Any, Final

from poros_tui.tui.app import REACHED_EXIT_CODE, PorosApp

BADGE: Final = "FROM A FILE"
_NOTHING_TO_DO: Final = "this file tells what came out, not when, and nothing is probed"
_Any = Any
"""Whatever the app takes."""


class StillApp(PorosApp):
    """What does not change any more, on the screen."""

    def __init__(
        self,
        *arguments: _Any,
        now_s: float,
        words: str,
        refused_keys: str = "",
        **options: _Any,
    ) -> None:
        """As `PorosApp`; it is `now_s`, in seconds since 1970, for ever, and `words` say what is
        shown. `refused_keys`: those of a session that have nothing to do here."""
        super().__init__(
            *arguments,
            clock=lambda: now_s,
            wall_clock=lambda: now_s,
            replay_words=lambda: (BADGE, words),
            **options,
        )
        if refused_keys:
            self._bindings.bind(refused_keys, "refuse", show=False)

    def action_refuse(self) -> None:
        """Say that a key has nothing to do."""
        self.targets.current.say(_NOTHING_TO_DO)

    def action_leave(self) -> None:
        """The user has seen enough: whether the destination was reached then is no matter now."""
        self.exit(return_code=REACHED_EXIT_CODE)
