"""The user's mark on the trace screen: what is compared with what was known when it was set."""

from __future__ import annotations

from poros_tui.tui.screens.steering import Steering
from poros_tui.tui.view import TraceView
from poros_tui.tui.widgets.hop_table import HopTable


class Marking(Steering):
    """The part of the trace screen that compares."""

    view: TraceView

    def hop_table(self) -> HopTable:
        """The table."""
        raise NotImplementedError

    def action_baseline(self) -> None:
        """Compare with what is known now, from now on."""
        if self.is_over():
            return
        self._engine.command(lambda controls: controls.set_baseline())
        self.hop_table().show_difference(True)
        again = self._shown_keys["difference"]
        self.say(
            f"marked: the table shows what changes from here on; {again} shows all figures again"
        )

    def action_clear_baseline(self) -> None:
        """Compare no longer."""
        if not self._has_baseline:
            self.say(f"there is no mark; {self._shown_keys['mark']} sets one")
            return
        self._engine.command(lambda controls: controls.clear_baseline())
        self.hop_table().show_difference(False)
        self.say("mark taken away")

    def action_difference(self) -> None:
        """What has changed since the mark, or figures of all time."""
        if not self._has_baseline:
            key = self._shown_keys.get("mark")  # what is played from a file has none
            self.say(
                f"{key} sets the mark to which figures are compared"
                if key is not None
                else "no mark was set"
            )
            return
        self.hop_table().show_difference(not self.hop_table().is_difference)
        is_difference = self.hop_table().is_difference
        self.say("what changed since the mark" if is_difference else "figures of all time")

    @property
    def _has_baseline(self) -> bool:
        session = self.view.session
        return session is not None and session.status.baseline is not None
