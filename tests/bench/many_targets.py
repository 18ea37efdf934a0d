"""What the live screen costs while it watches many targets at one round a second."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Final

from tests.bench.live_cost import WARM_UP_S, Cost, Watch
from tests.bench.programs import POROS
from tests.bench.series import say
from tests.bench.table import Limit, Table, median_and_range
from tests.bench.terminal import COLUMNS, ROWS, on_terminal
from tests.lab.tun import TunLab, lab_network

TARGETS: Final = 64
HOPS: Final = 12
CPU_LIMIT: Final = Limit(50)
"""Per cent of one core."""
OUTPUT_LIMIT: Final = Limit(10, 3)
"""kB (1000 bytes) a second to the terminal."""
_SAMPLE_S: Final = 1.0
_SETTLE_S: Final = 2.0
"""After a key."""
_VIEWS: Final = {"overview": "", "one target": "1"}
"""What is looked at, and the key for it."""

_FIGURES: Final[tuple[tuple[str, Limit | None, int, Callable[[Cost], float]], ...]] = (
    ("CPU, % of a core", CPU_LIMIT, 1, lambda cost: cost.cpu_percent),
    ("PSS, MiB, most", None, 1, lambda cost: cost.proportional),
    ("to the terminal, kB/s", OUTPUT_LIMIT, 2, lambda cost: cost.output_kb_per_s),
)


def watch_targets(lab: TunLab, key: str, seconds: float) -> tuple[Cost, float]:
    """The cost of one view, and how many probes a second were sent meanwhile."""
    hosts = [str(lab.destination + place) for place in range(TARGETS)]
    with on_terminal(lab, (*POROS, *hosts)) as terminal:
        time.sleep(WARM_UP_S)
        if key:
            terminal.type(key)
            time.sleep(_SETTLE_S)
        watch = Watch(terminal)
        sent_before = len(lab.probes())
        watch.begin()
        began_at_s = time.monotonic()
        while (left_s := began_at_s + seconds - time.monotonic()) > 0:
            time.sleep(min(left_s, _SAMPLE_S))
            watch.look()
        cost = watch.end()
        sent = len(lab.probes()) - sent_before
        return cost, sent / (time.monotonic() - began_at_s)


def cost_table(repetitions: int, seconds: float) -> Table:
    """Each view in turn, on a simulated internet with many destinations at its end."""
    table = Table(
        f"Live, {TARGETS} targets, {HOPS} hops each, one round a second, {seconds:g} s, "
        f"terminal of {COLUMNS}x{ROWS}",
        ("figure", *_VIEWS, ""),
    )
    costs: dict[str, list[Cost]] = {view: [] for view in _VIEWS}
    rates: dict[str, list[float]] = {view: [] for view in _VIEWS}
    with lab_network("straight12", destinations=TARGETS) as lab:
        for repetition in range(repetitions):
            for view, key in _VIEWS.items():
                say(f"{TARGETS} targets, {view}, {repetition + 1} of {repetitions}")
                cost, rate_pps = watch_targets(lab, key, seconds)
                costs[view].append(cost)
                rates[view].append(rate_pps)
    for figure, limit, digits, read in _FIGURES:
        values = {view: [read(cost) for cost in costs[view]] for view in _VIEWS}
        worst = max(statistics.median(each) for each in values.values())
        verdict = limit.verdict(worst) if limit else ""
        table.add(figure, *(median_and_range(each, digits) for each in values.values()), verdict)
    table.add("packets/s", *(median_and_range(each) for each in rates.values()), "")
    return table
