"""What chart and heat map cost while they are open: CPU, bytes, memory, the wait after keys."""

from __future__ import annotations

import random
import re
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

import pyte

from tests.bench.live_cost import OUTPUT_LIMIT, WARM_UP_S, Cost, Watch
from tests.bench.programs import LIVE
from tests.bench.series import say
from tests.bench.table import Limit, Table, median_and_range, percentile
from tests.bench.terminal import COLUMNS, ROWS, Recording, Terminal, on_terminal
from tests.lab.tun import lab_network

CPU_LIMIT: Final = Limit(10, 6)
"""Per cent of one core, with a panel open."""
PANEL_MEMORY_LIMIT: Final = Limit(48, 42)
WAIT_LIMIT: Final = Limit(50)
"""Milliseconds from the press of a key until its picture is written, 95th percentile."""
_PANELS: Final = {"no panel": "", "chart": "c", "heat map": "h", "heat map alone": "hz"}
_FIGURES: Final[tuple[tuple[str, Limit, int, Callable[[Cost], float]], ...]] = (
    ("PSS, MiB, most", PANEL_MEMORY_LIMIT, 1, lambda cost: cost.proportional),
    ("CPU, % of a core", CPU_LIMIT, 1, lambda cost: cost.cpu_percent),
    ("to the terminal, kB/s", OUTPUT_LIMIT, 2, lambda cost: cost.output_kb_per_s),
)
_OPENING_S: Final = 2.0
_SAMPLE_S: Final = 1.0
_BETWEEN_KEYS_S: Final = (0.25, 0.45)
_KEYS: Final = {"chart": "c", "heat map": "h"}
_HEADING: Final = re.compile(r"(?:Hop (\d+)|Added delay).* ([\d.]+ \w+) a column")
_CURSOR: Final = re.compile(r"▸ *(\d+)")


def watch_panels(seconds: float) -> dict[str, Cost]:
    """The live screen with each panel open, all at once, each on a terminal of its own."""
    with lab_network("rising30") as lab, ExitStack() as stack:
        watches = {name: Watch(stack.enter_context(on_terminal(lab, LIVE))) for name in _PANELS}
        time.sleep(WARM_UP_S)
        for name, watch in watches.items():
            watch.terminal.type(_PANELS[name])
        time.sleep(_OPENING_S)
        for watch in watches.values():
            watch.begin()
        ends_at_s = time.monotonic() + seconds
        while (left_s := ends_at_s - time.monotonic()) > 0:
            time.sleep(min(left_s, _SAMPLE_S))
            for watch in watches.values():
                watch.look()
        return {name: watch.end() for name, watch in watches.items()}


def cost_table(repetitions: int, seconds: float) -> Table:
    """The screen without and with a panel, on the 30-hop path."""
    table = Table(
        f"Panels open, 30 hops, one round a second, {seconds:g} s, terminal of {COLUMNS}x{ROWS}",
        ("figure", *_PANELS, ""),
    )
    costs: dict[str, list[Cost]] = {name: [] for name in _PANELS}
    for repetition in range(repetitions):
        say(f"panels, {repetition + 1} of {repetitions}")
        for name, cost in watch_panels(seconds).items():
            costs[name].append(cost)
    for figure, limit, digits, read in _FIGURES:
        values = {name: [read(cost) for cost in costs[name]] for name in _PANELS}
        worst = max(statistics.median(each) for each in values.values())
        cells = (median_and_range(each, digits) for each in values.values())
        table.add(figure, *cells, limit.verdict(worst))
    table.notes.append("the verdict is of the dearest")
    return table


# --- from key to picture -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Press:
    """A key that was pressed."""

    at_s: float
    """Since the recording began."""
    key: str


def press_keys(terminal: Terminal, keys: Sequence[str], count: int, seed: int) -> list[Press]:
    """Press the keys in turn, at times that have nothing to do with the screen's own."""
    chance = random.Random(seed)
    presses = []
    for index in range(count):
        time.sleep(chance.uniform(*_BETWEEN_KEYS_S))
        key = keys[index % len(keys)]
        presses.append(Press(time.monotonic() - terminal.recording.began_at_s, key))
        terminal.type(key)
    time.sleep(_BETWEEN_KEYS_S[1])
    return presses


def state(lines: Sequence[str]) -> tuple[str | None, ...]:
    """What a key changes: the hop of the chart or of the cursor, and the length of a column."""
    text = "\n".join(lines)
    heading, cursor = _HEADING.search(text), _CURSOR.search(text)
    return (*(heading.groups() if heading else ()), cursor[1] if cursor else None)


def waits_ms(recording: Recording, presses: Sequence[Press]) -> list[float]:
    """How long it was after each press until the screen showed another state."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    waits: list[float] = []
    open_presses = list(presses)
    pressed: Press | None = None
    before = state(screen.display)
    for read_at_s, data in recording.chunks:
        at_s = read_at_s - recording.began_at_s
        if pressed is None and open_presses and open_presses[0].at_s <= at_s:
            pressed = open_presses.pop(0)
            before = state(screen.display)
        stream.feed(data)
        if pressed is not None and state(screen.display) != before:
            waits.append((at_s - pressed.at_s) * 1e3)
            pressed = None
    return waits


def wait_table(count: int) -> Table:
    """From the press of a key to its picture, with 30 hops that update once and 10 times a
    second."""
    table = Table(
        f"From key to picture, ms, 30 hops, {count} presses each, terminal of {COLUMNS}x{ROWS}",
        ("panel, rounds a second, keys", "median", "p95", "most", ""),
    )
    with lab_network("rising30") as lab:
        for interval_s in (1.0, 0.1):
            for name, key in _KEYS.items():
                for words, keys in (("cursor", "kkkkjjjj"), ("zoom", "]]]]][[[[[")):
                    say(f"keys, {name}, {interval_s:g} s, {words}")
                    argv = (*LIVE, "--interval", f"{interval_s:g}")
                    with on_terminal(lab, argv) as terminal:
                        time.sleep(WARM_UP_S)
                        terminal.type("\x1b[F" + key + ("[" * 5 if words == "zoom" else ""))
                        time.sleep(_OPENING_S)
                        presses = press_keys(terminal, keys, count, seed=count)
                        waits = waits_ms(terminal.recording, presses)
                    if len(waits) < count * 0.9:
                        raise RuntimeError(f"only {len(waits)} of {count} presses were answered")
                    p95 = percentile(waits, 0.95)
                    figures = (statistics.median(waits), p95, max(waits))
                    table.add(
                        f"{name}, {1 / interval_s:g}, {words}",
                        *(f"{figure:.1f}" for figure in figures),
                        WAIT_LIMIT.verdict(p95),
                    )
    return table
