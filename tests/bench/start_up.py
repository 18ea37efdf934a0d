"""From the command to something to see: first paint, all hops on the screen, help, JSON."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from tests.bench.path_speed import run_on_wire
from tests.bench.programs import LIVE, MTR_LIVE, POROS, poros_json, traceroute
from tests.bench.series import take_turns
from tests.bench.table import Limit, Table, median_and_range
from tests.bench.terminal import on_terminal
from tests.lab.tun import TunLab, lab_network

PAINT_LIMIT: Final = Limit(400, 250)
"""Milliseconds from exec to the first row."""
ALL_HOPS_LIMIT: Final = Limit(600)
"""Milliseconds from exec to every hop of the 30-hop path."""
_HOPS: Final = 30
_OURS: Final = "poros-tui"
_LIVE: Final = {_OURS: (LIVE, 2.0), "mtr -n -i 1": (MTR_LIVE, 5.0)}
"""Commands, and how many seconds they are watched."""

Moments = tuple[float, float]
"""Milliseconds to the first row, and to every hop."""


def paint_moments(lab: TunLab, argv: Sequence[str], watched_s: float) -> Moments:
    """When the first row and when all hops were on the screen; infinite for never."""
    addresses = [f"10.0.{ttl}.1" for ttl in range(1, _HOPS)] + [str(lab.destination)]

    def shows_all_hops(lines: list[str]) -> bool:
        # Not the header, which names the destination from the beginning.
        words = {word for line in lines[2:] for word in line.split()}
        return all(address in words for address in addresses)

    with on_terminal(lab, argv) as terminal:
        time.sleep(watched_s)
    moments_s = (
        terminal.recording.first_time(_shows_anything),
        terminal.recording.first_time(shows_all_hops),
    )
    first_ms, all_ms = (1e3 * each if each is not None else float("inf") for each in moments_s)
    return first_ms, all_ms


def _shows_anything(lines: list[str]) -> bool:
    return any(line.strip() for line in lines)


def paint_table(repetitions: int) -> Table:
    """Live programs on the 30-hop path, from exec."""
    table = Table(
        "Start of the live screen, 30 hops on TUN: ms from exec",
        ("program", "first row", "every hop", ""),
    )
    with lab_network("rising30") as lab:
        contenders = {
            name: partial(paint_moments, lab, argv, watched_s)
            for name, (argv, watched_s) in _LIVE.items()
        }
        take_turns(contenders, 1)  # byte code is compiled, files are in memory
        results = take_turns(contenders, repetitions)
        harness = _harness_ms(lab, repetitions)
    for name, moments in results.items():
        firsts, alls = zip(*moments, strict=True)
        verdict = (
            f"{PAINT_LIMIT.verdict(statistics.median(firsts))}; "
            f"{ALL_HOPS_LIMIT.verdict(statistics.median(alls))}"
        )
        table.add(
            name, median_and_range(firsts), median_and_range(alls), verdict if name == _OURS else ""
        )
    table.notes.append(f"entering the namespace takes {harness} ms of each")
    return table


def _harness_ms(lab: TunLab, repetitions: int) -> str:
    run_true = partial(_process_ms, lab.command(["true"]))
    return median_and_range([run_true() for _ in range(repetitions)])


def _process_ms(argv: Sequence[str]) -> float:
    began_at_s = time.monotonic()
    subprocess.run(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return 1e3 * (time.monotonic() - began_at_s)


def command_table(repetitions: int) -> Table:
    """Commands without a screen, and the first packet of a report."""
    table = Table("Start of commands without a screen: ms from exec", ("command", "ms", ""))
    commands = {
        "python -c pass (the floor)": (sys.executable, "-c", "pass"),
        "python -c 'import trio'": (sys.executable, "-c", "import trio"),
        "poros-tui --version": (*POROS, "--version"),
        "poros-tui --help": (*POROS, "--help"),
    }
    results = take_turns(
        {name: partial(_process_ms, argv) for name, argv in commands.items()}, repetitions
    )
    for name, values in results.items():
        table.add(f"{name}, to its end", median_and_range(values))
    with lab_network("rising30") as lab:
        runs = take_turns(
            {
                "poros-tui --json": partial(run_on_wire, lab, poros_json()),
                "traceroute -N 32": partial(run_on_wire, lab, traceroute("-N", "32")),
            },
            repetitions,
        )
    for name, traced in runs.items():
        table.add(f"{name}, to its first packet", median_and_range([run.start for run in traced]))
    return table
