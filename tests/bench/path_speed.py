"""How soon a path is known: the three modes in process, and beside traceroute and mtr on TUN."""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import trio
import trio.abc

from poros_tui.config import SessionConfig
from poros_tui.model.probe import Mode
from poros_tui.once import run_once
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.scenario import Scenario, rising_path
from poros_tui.probe.simulation.transport import SimulatedTransport
from tests.bench.capture import Exchange, tap_on
from tests.bench.programs import QUERIES, mtr_report, poros_json, traceroute
from tests.bench.series import take_turns
from tests.bench.table import Limit, Table, median_and_range
from tests.lab.tun import DEVICE, TunLab, lab_network

RATIO_LIMIT: Final = Limit(1.25)
"""Concurrent trace against the slowest hop's round trip."""
SPEED_UP_MIN: Final = 5.0
"""Sequential against concurrent."""
SILENCE_LIMIT: Final = Limit(5.0)
_HOPS: Final = 15
_HOP_RTT_S: Final = 0.010
_TIMEOUT_S: Final = 60.0


# --- in process ----------------------------------------------------------------------------------


def level_path() -> Scenario:
    """15 hops that each answer after 10 ms."""
    hops = "".join(f'[[hop]]\naddress = "10.0.{ttl}.1"\nrtt_ms = 10\n' for ttl in range(1, _HOPS))
    return Scenario.from_toml(f'destination = {{ address = "203.0.113.10", rtt_ms = 10 }}\n{hops}')


def simulated_duration_s(
    scenario: Scenario, mode: Mode, clock: trio.abc.Clock | None = None
) -> float:
    """Seconds one trace with 3 queries takes, on the real clock unless another is given."""
    config = SessionConfig(mode=mode, queries=QUERIES, rounds=1)
    open_transport = partial(SimulatedTransport, SimulatedNetwork(scenario, seed=1))
    return trio.run(run_once, config, open_transport, clock=clock).duration_s


def simulated_table(repetitions: int, clock: trio.abc.Clock | None = None) -> Table:
    """The three modes on two simulated paths of 15 hops."""
    table = Table(
        f"Simulated path of {_HOPS} hops, {QUERIES} queries, in process",
        ("path, mode", "ms", "x slowest RTT", "sequential/this", ""),
    )
    paths = {
        "10 ms at every hop": (level_path(), _HOP_RTT_S),
        "10 ms more at each hop": (rising_path(_HOPS, _HOPS * _HOP_RTT_S), _HOPS * _HOP_RTT_S),
    }
    for name, (scenario, slowest_s) in paths.items():
        results = take_turns(
            {mode: partial(simulated_duration_s, scenario, mode, clock) for mode in Mode},
            repetitions,
        )
        sequential_s = statistics.median(results[Mode.SEQUENTIAL])
        for mode, durations_s in results.items():
            speed_up = sequential_s / statistics.median(durations_s)
            table.add(
                f"{name}, {mode}",
                median_and_range([1e3 * each for each in durations_s], 1),
                f"{statistics.median(durations_s) / slowest_s:.2f}",
                f"{speed_up:.1f}",
                _speed_up_verdict(speed_up) if mode is Mode.CONCURRENT else "",
            )
    return table


def _speed_up_verdict(speed_up: float) -> str:
    return f"at least {SPEED_UP_MIN:g}: {'kept' if speed_up >= SPEED_UP_MIN else 'MISSED'}"


# --- on real packets -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Run:
    """One trace by one program, in milliseconds."""

    process: float
    """From the start of the process to its end."""
    start: float
    """From there to the first packet on the wire."""
    wire: float
    """From the first packet to the last answer on the wire."""
    trace: float
    """From the first packet to the end of the trace: the program's own word, or its exit."""
    slowest_rtt: float
    """Of all answers on the wire."""
    probes: int


def run_on_wire(lab: TunLab, argv: Sequence[str]) -> Run:
    """Run a command in the lab to its end, with a tap on its packets."""
    with tap_on(lab.namespace, DEVICE) as tap:
        began_at_ns = time.time_ns()
        done = subprocess.run(
            lab.command(argv),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        ended_at_ns = time.time_ns()
        exchanges = tap.exchanges(lab.destination)
    first_ns = min(each.sent_at_ns for each in exchanges)
    answered_ns = [each.answered_at_ns for each in exchanges if each.answered_at_ns is not None]
    own_ms = json.loads(done.stdout)["duration_ms"] if "--json" in argv else None
    return Run(
        process=(ended_at_ns - began_at_ns) / 1e6,
        start=(first_ns - began_at_ns) / 1e6,
        wire=(max(answered_ns) - first_ns) / 1e6,
        trace=own_ms if own_ms is not None else (ended_at_ns - first_ns) / 1e6,
        slowest_rtt=_slowest_rtt_ms(exchanges),
        probes=len(exchanges),
    )


def _slowest_rtt_ms(exchanges: Sequence[Exchange]) -> float:
    return max(rtt_us for each in exchanges if (rtt_us := each.rtt_us) is not None) / 1e3


_CONCURRENT: Final = "poros-tui concurrent"
_SEQUENTIAL: Final = "poros-tui sequential"
_CONTENDERS: Final = {
    _CONCURRENT: poros_json(),
    f"{_CONCURRENT}, UDP": poros_json("--udp"),
    "poros-tui adaptive": poros_json("--adaptive"),
    _SEQUENTIAL: poros_json("--sequential"),
    "traceroute -N 32": traceroute("-N", "32"),
    "traceroute": traceroute(),
    "mtr -r -c 3": mtr_report(),
}


def wire_table(repetitions: int) -> Table:
    """All programs on the 30-hop path with round trips to 120 ms."""
    table = Table(
        f"30 hops on TUN, RTT to 120 ms, {QUERIES} queries: ms from the first packet",
        ("program", "to last answer", "to end of trace", "x slowest RTT", "process", "probes", ""),
    )
    with lab_network("rising30") as lab:
        results = take_turns(
            {name: partial(run_on_wire, lab, argv) for name, argv in _CONTENDERS.items()},
            repetitions,
        )
    for name, runs in results.items():
        ratio = statistics.median(run.trace / run.slowest_rtt for run in runs)
        table.add(
            name,
            median_and_range([run.wire for run in runs]),
            median_and_range([run.trace for run in runs]),
            f"{ratio:.2f}",
            median_and_range([run.process for run in runs]),
            median_and_range([run.probes for run in runs]),
            RATIO_LIMIT.verdict(ratio) if name == _CONCURRENT else "",
        )
    speed_up = _median_trace(results[_SEQUENTIAL]) / _median_trace(results[_CONCURRENT])
    table.notes.append(f"sequential/concurrent {speed_up:.1f}, {_speed_up_verdict(speed_up)}")
    table.notes.append("end of trace: poros-tui's duration_ms; the exit of the others")
    return table


def _median_trace(runs: Sequence[Run]) -> float:
    return statistics.median(run.trace for run in runs)


def silence_table(repetitions: int) -> Table:
    """Paths on which hops, or all hops from the ninth on, are silent."""
    programs = {
        "poros-tui concurrent": poros_json(),
        "poros-tui adaptive": poros_json("--adaptive"),
        "traceroute -N 32": traceroute("-N", "32"),
    }
    table = Table(
        f"Silence on TUN, {QUERIES} queries: seconds",
        ("path, program", "first packet to end of trace", "process", ""),
    )
    for scenario in ("silent-hops", "silent-gap", "blackhole"):
        with lab_network(scenario) as lab:
            results = take_turns(
                {
                    f"{scenario}, {name}": partial(run_on_wire, lab, argv)
                    for name, argv in programs.items()
                },
                repetitions,
            )
        for name, runs in results.items():
            process_s = [run.process / 1e3 for run in runs]
            verdict = SILENCE_LIMIT.verdict(statistics.median(process_s))
            table.add(
                name,
                median_and_range([run.trace / 1e3 for run in runs], 2),
                median_and_range(process_s, 2),
                verdict if "concurrent" in name else "",
            )
    return table
