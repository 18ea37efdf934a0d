"""What the panels of the screen may draw from, at one moment. Pure."""

from __future__ import annotations

import msgspec

from poros_tui.model.chronicle import Chronicle
from poros_tui.model.session import TraceIdentity
from poros_tui.tui.time_window import TimeWindow
from poros_tui.tui.view import TraceView


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """One session as the screen knows it."""

    identity: TraceIdentity
    view: TraceView
    chronicle: Chronicle
    cursor_ttl: int | None
    """The hop under the cursor; None while there is no row."""
    now_s: float
    """The present on the session's clock (that of the chronicle)."""
    window: TimeWindow = msgspec.field(default_factory=TimeWindow)
    """Which time the panels with a time axis show. The screen has one for all of them."""
    has_shades_of_colour: bool = True
    """Whether the terminal shows levels as colours; without colour, or with 16, it does not."""
