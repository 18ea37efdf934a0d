"""The panel with the graph of all paths that the discovery has found. Pure."""

from __future__ import annotations

from poros_tui.tui.panels.panel import Panel
from poros_tui.tui.path_lines import path_lines
from poros_tui.tui.scene import Scene
from poros_tui.tui.spans import Line


class AllPathsPanel(Panel):
    """What --mda has found."""

    def lines(self, scene: Scene, width: int, height: int) -> list[Line]:
        """Nothing while there is no graph."""
        session = scene.view.session
        graph = session.status.graph if session is not None else None
        return path_lines(graph, width) if graph is not None else []

    def refusal(self, scene: Scene) -> str:
        """Without a graph there is nothing to show."""
        session = scene.view.session
        if session is not None and session.status.graph is not None:
            return ""
        is_coming = session is not None and session.status.is_discovering
        return "all paths are being looked for" if is_coming else "--mda finds all paths"
