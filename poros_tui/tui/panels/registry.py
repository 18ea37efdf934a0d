"""All panels by name: a line here adds one. Its key is given in `keys.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from poros_tui.tui.panels.all_paths import AllPathsPanel
from poros_tui.tui.panels.chart import ChartPanel
from poros_tui.tui.panels.details import DetailsPanel
from poros_tui.tui.panels.events import EventsPanel
from poros_tui.tui.panels.heat_map import HeatMapPanel
from poros_tui.tui.panels.map import MapPanel
from poros_tui.tui.panels.panel import Panel
from poros_tui.tui.panels.paths import PathsPanel
from poros_tui.tui.panels.verdict import VerdictPanel

PANELS: Final[Mapping[str, Callable[[], Panel]]] = {
    "details": DetailsPanel,
    "verdict": VerdictPanel,
    "all_paths": AllPathsPanel,
    "events": EventsPanel,
    "chart": ChartPanel,
    "heat_map": HeatMapPanel,
    "paths": PathsPanel,
    "map": MapPanel,
}
