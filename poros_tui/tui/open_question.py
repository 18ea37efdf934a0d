"""What the user is to type or to answer just now: one thing at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from textual.app import App

from poros_tui.tui.made_screens import MadeScreens
from poros_tui.tui.screens.trace import TraceScreen

if TYPE_CHECKING:
    from poros_tui.tui.screens.overview import OverviewScreen
    from poros_tui.tui.widgets.prompt import Prompt, Question


class OpenQuestion:
    """Stands in place of the keys, on whichever screen is shown."""

    def __init__(
        self,
        app: App[None],
        screens: MadeScreens,
        current: Callable[[], TraceScreen | OverviewScreen],
        closed: Callable[[], Awaitable[None]],
    ) -> None:
        """`current` is the screen beneath the help; `closed` is called soon after the answer."""
        self._app = app
        self._screens = screens
        self._current = current
        self._closed = closed
        self._widget: Prompt | Question | None = None

    @property
    def is_open(self) -> bool:
        """Whether the user is to type something, or to answer a question."""
        return self._widget is not None

    async def ask(self, widget: Prompt | Question) -> None:
        """Let the user type something, or answer; nothing where he is at that already."""
        if self.is_open:
            return
        self._widget = widget
        self._hide_keys(True)
        # Waited for, and focused at once: the keys that follow are an answer, and no actions.
        screen = self._app.screen
        await screen.mount(widget)
        if self._widget is widget:
            screen.set_focus(next(iter(widget.query("#prompt-input")), widget))

    def _hide_keys(self, is_hidden: bool) -> None:
        for screen in {self._current(), *self._screens.traces.values()}:
            screen.key_bar.hide_keys(is_hidden)

    def close(self) -> None:
        """Take the prompt or the question away."""
        if self._widget is not None:
            self._widget.remove()
            self._widget = None
            self._hide_keys(False)
            self._app.call_next(self._closed)
