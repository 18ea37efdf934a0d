"""What the live screen costs while it watches 30 hops at one round a second, with
names and without, beside mtr."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import trio
import trio.abc

from poros_tui.config import SessionConfig
from poros_tui.model.probe import Mode
from poros_tui.model.session import PathUpdate, SessionControls
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.scenario import rising_path
from poros_tui.probe.simulation.transport import SimulatedTransport
from poros_tui.trace import run_live
from tests.bench.programs import LIVE, MTR_LIVE, NAMED
from tests.bench.series import say
from tests.bench.table import Limit, Table, median_and_range
from tests.bench.terminal import COLUMNS, ROWS, Terminal, on_terminal
from tests.bench.usage import cpu_s, memory_of
from tests.lab.name_server import name_server, pointers
from tests.lab.tun import lab_network

MEMORY_LIMIT: Final = Limit(45, 40)
"""MiB of PSS."""
CPU_LIMIT: Final = Limit(8, 4)
"""Per cent of one core."""
OUTPUT_LIMIT: Final = Limit(10, 3)
"""kB (1000 bytes) a second to the terminal."""
TASKS_LIMIT: Final = Limit(99)
WARM_UP_S: Final = 5.0
"""The first trace and its many repaints are over."""
_SAMPLE_S: Final = 1.0
_TASK_ROUNDS: Final = 3

_OURS: Final = "poros-tui"
_NAMELESS: Final = "poros-tui -n"
_PROGRAMS: Final = {_OURS: NAMED, _NAMELESS: LIVE, "mtr -n -i 1": MTR_LIVE}
_ZONE: Final = pointers(
    **{f"10.0.{ttl}.1": f"core{ttl}.transit.example." for ttl in range(1, 30)},
    **{"203.0.113.10": "target.example."},
)


@dataclass(slots=True)
class Watch:
    """One program over one measurement."""

    terminal: Terminal
    cpu_s: float = 0.0
    began_at_s: float = 0.0
    proportional: list[float] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)

    def begin(self) -> None:
        """The steady state begins."""
        self.cpu_s = -cpu_s(self.terminal.process_id)
        self.began_at_s = time.monotonic()

    def look(self) -> None:
        """Take a sample of its memory."""
        memory = memory_of(self.terminal.process_id)
        self.proportional.append(memory.proportional)
        self.resident.append(memory.resident)

    def end(self) -> Cost:
        """The figures from `begin` until now."""
        lasted_s = time.monotonic() - self.began_at_s
        used_s = self.cpu_s + cpu_s(self.terminal.process_id)
        recording = self.terminal.recording
        from_s = self.began_at_s - recording.began_at_s
        written = recording.bytes_between(from_s, from_s + lasted_s)
        return Cost(
            proportional=max(self.proportional),
            resident=max(self.resident),
            cpu_percent=100 * used_s / lasted_s,
            output_kb_per_s=written / lasted_s / 1e3,
        )


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a live program in its steady state."""

    proportional: float
    """MiB of PSS, the most of all samples."""
    resident: float
    """MiB, the same."""
    cpu_percent: float
    """Of one core."""
    output_kb_per_s: float


_FIGURES: Final[tuple[tuple[str, Limit | None, int, Callable[[Cost], float]], ...]] = (
    ("PSS, MiB, most", MEMORY_LIMIT, 1, lambda cost: cost.proportional),
    ("RSS, MiB, most", None, 1, lambda cost: cost.resident),
    ("CPU, % of a core", CPU_LIMIT, 1, lambda cost: cost.cpu_percent),
    ("to the terminal, kB/s", OUTPUT_LIMIT, 2, lambda cost: cost.output_kb_per_s),
)


def watch_all(seconds: float) -> dict[str, Cost]:
    """Run all programs at once on one path, each on a terminal of its own."""
    with lab_network("rising30") as lab, ExitStack() as stack:
        server = stack.enter_context(name_server(_ZONE, namespace=lab.namespace))
        options = {_OURS: (server.option,)}
        watches = {
            name: Watch(stack.enter_context(on_terminal(lab, (*argv, *options.get(name, ())))))
            for name, argv in _PROGRAMS.items()
        }
        time.sleep(WARM_UP_S)
        for watch in watches.values():
            watch.begin()
        ends_at_s = time.monotonic() + seconds
        while (left_s := ends_at_s - time.monotonic()) > 0:
            time.sleep(min(left_s, _SAMPLE_S))
            for watch in watches.values():
                watch.look()
        return {name: watch.end() for name, watch in watches.items()}


def cost_table(repetitions: int, seconds: float) -> Table:
    """The live programs, side by side on the 30-hop path."""
    table = Table(
        f"Live, 30 hops, one round a second, {seconds:g} s, terminal of {COLUMNS}x{ROWS}",
        ("figure", *_PROGRAMS, ""),
    )
    costs: dict[str, list[Cost]] = {name: [] for name in _PROGRAMS}
    for repetition in range(repetitions):
        say(f"live, {repetition + 1} of {repetitions}")
        for name, cost in watch_all(seconds).items():
            costs[name].append(cost)
    for figure, limit, digits, read in _FIGURES:
        values = {name: [read(cost) for cost in costs[name]] for name in _PROGRAMS}
        verdict = limit.verdict(statistics.median(values[_OURS])) if limit else ""
        table.add(figure, *(median_and_range(each, digits) for each in values.values()), verdict)
    table.notes.append("PSS is shared with the bench's own Python; RSS is not divided")
    return table


# --- tasks, in process ---------------------------------------------------------------------------


class TaskCount(trio.abc.Instrument):
    """Counts the tasks of a run as they come and go."""

    def __init__(self) -> None:
        self._alive = 0
        self.most = 0
        """The most that were alive at one time, Trio's own two included."""

    def task_spawned(self, _task: trio.lowlevel.Task) -> None:
        """One more."""
        self._alive += 1
        self.most = max(self.most, self._alive)

    def task_exited(self, _task: trio.lowlevel.Task) -> None:
        """One less."""
        self._alive -= 1


def most_tasks(config: SessionConfig, clock: trio.abc.Clock | None = None) -> int:
    """The most Trio tasks alive at one time in a live session on a simulated path."""
    count = TaskCount()
    network = SimulatedNetwork(rising_path(30, 0.120), seed=1)
    open_transport = partial(SimulatedTransport, network)
    run = partial(trio.run, run_live, config, open_transport, _ignore, _ready)
    run(clock=clock, instruments=[count])
    return count.most


def _ignore(_update: PathUpdate) -> None:
    """A front end that does not look."""


def _ready(_controls: SessionControls) -> None:
    """A front end without keys."""


def tasks_table(clock: trio.abc.Clock | None = None) -> Table:
    """Tasks alive in each mode; a second is a second unless another clock is given."""
    table = Table(
        "Trio tasks alive at once, 30 simulated hops to 120 ms, one round a second",
        ("mode, queries", "tasks", ""),
    )
    for mode in Mode:
        for queries in (1, 3):
            config = SessionConfig(mode=mode, queries=queries, rounds=_TASK_ROUNDS)
            say(f"tasks, {mode}")
            tasks = most_tasks(config, clock)
            verdict = TASKS_LIMIT.verdict(tasks) if queries == 1 else ""
            table.add(f"{mode}, {queries}", str(tasks), verdict)
    return table
