"""What widgets and screens that ask the user something have in common."""

from __future__ import annotations

from textual import events
from textual.widget import Widget


class Asking(Widget):
    """Asks the user for keys, which may have been pressed before it had the focus.

    Textual hands a key to the widget that has the focus when it is read, and runs the action of a
    key only after it has come up from there to the app: what is typed at once after the key that
    opens a prompt is on its way already.
    """

    def take_missed(self, event: events.Key) -> bool:
        """Take a key that went elsewhere. Returns whether it is one for here."""
        raise NotImplementedError
