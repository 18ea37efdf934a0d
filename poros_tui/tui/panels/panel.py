"""What a panel is: text made from a scene, and what its own keys do to it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from poros_tui.tui.scene import Scene
from poros_tui.tui.spans import Line


class Place(Enum):
    """Where a panel stands on a wide terminal. On others all are below the table."""

    BESIDE = auto()
    """At the right of the table: prose, figures."""
    BELOW = auto()
    """Across the whole width: what has a time axis."""


class Panel:
    """One kind of panel, and how it is set at the moment. Subclasses draw."""

    place = Place.BESIDE
    is_filling = False
    """Whether its text always has just the height there is, so that it never scrolls."""
    commands: Mapping[str, str] = {}
    """What `do` understands, with what it means; other panels share the keys."""

    def lines(self, scene: Scene, width: int, height: int) -> list[Line]:
        """The text in `width` cells. What is longer than `height` can be scrolled to."""
        raise NotImplementedError

    def refusal(self, scene: Scene) -> str:
        """Why there is nothing to open now, one sentence; empty where there is."""
        return ""

    def do(self, command: str, scene: Scene) -> str:
        """Obey one of `commands`. Returns what to tell the user, empty for nothing."""
        raise NotImplementedError

    def clicked(self, x: int, y: int, scene: Scene, width: int, height: int) -> str:
        """A click on a cell of the text. Returns what to tell the user, empty for nothing."""
        return ""
