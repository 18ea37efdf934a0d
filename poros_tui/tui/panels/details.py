"""The panel with everything known of the hop under the cursor. Pure."""

from __future__ import annotations

from poros_tui.tui.details import EVENTS_SHOWN, detail_lines
from poros_tui.tui.panels.panel import Panel
from poros_tui.tui.scene import Scene
from poros_tui.tui.spans import Line


class DetailsPanel(Panel):
    """It follows the cursor."""

    def lines(self, scene: Scene, width: int, height: int) -> list[Line]:
        """Nothing while there is no row."""
        ttl, view = scene.cursor_ttl, scene.view
        if ttl is None:
            return []
        return detail_lines(
            view.hop(ttl),
            view.verdict(ttl),
            width,
            height,
            view.found,
            [
                (event, scene.chronicle.wall_s(event.at_s))
                for event in scene.shown(scene.chronicle.events_concerning(ttl, EVENTS_SHOWN))
            ],
            scene.unit,
        )
