"""Round trips as programs tell them, against those on the wire, probe by probe."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from tests.bench.capture import Exchange, tap_on
from tests.bench.series import take_turns
from tests.bench.table import Limit, Table, percentile
from tests.bench.terminal import on_terminal
from tests.lab.tun import DEVICE, TunLab, lab_network

MEDIAN_LIMIT: Final = Limit(30)
"""Microseconds."""
P99_LIMIT: Final = Limit(300)
INTERVAL_S: Final = 0.2
"""Between rounds: 150 probes a second, and every row repainted ten times a second."""
_STARTS_AND_ENDS_S: Final = 2.0
_ROOT: Final = Path(__file__).parents[2]

Errors = list[float]
"""What the program told less what the wire showed, in microseconds, for each answered probe."""


def differences(told_us: Sequence[float | None], exchanges: Sequence[Exchange]) -> Errors:
    """Pair both in the order of sending.

    Raises:
        ValueError: the program and the wire do not know the same probes.
    """
    if len(told_us) != len(exchanges):
        raise ValueError(f"{len(told_us)} probes were told, {len(exchanges)} were on the wire")
    return [
        told - on_wire
        for told, exchange in zip(told_us, exchanges, strict=True)
        if told is not None and (on_wire := exchange.rtt_us) is not None
    ]


def live_errors(lab: TunLab, rung: str, rounds: int) -> Errors:
    """The live screen on one rung while it repaints.

    Raises:
        ValueError: the program failed, or tells of other probes than those on the wire.
    """
    lab.allow_ping_sockets(True)
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "rtts.json")
        argv = [sys.executable, "-m", "tests.bench.tapped_screen", rung, str(lab.destination)]
        with (
            tap_on(lab.namespace, DEVICE) as tap,
            on_terminal(lab, [*argv, str(rounds), str(INTERVAL_S), str(output)]) as terminal,
        ):
            time.sleep(rounds * INTERVAL_S + _STARTS_AND_ENDS_S)
            exchanges = tap.exchanges(lab.destination)
        if not output.exists():
            _, last_words = terminal.recording.chunks[-1]
            raise ValueError(f"the screen failed: {last_words.decode(errors='replace')}")
        return differences(json.loads(output.read_text()), exchanges)


def traceroute_errors(lab: TunLab, rounds: int) -> Errors:
    """traceroute with one query to each hop in turn, `rounds` / 10 times."""
    errors: Errors = []
    for _ in range(max(1, rounds // 10)):
        with tap_on(lab.namespace, DEVICE) as tap:
            done = lab.run(["traceroute", "-n", "-I", "-q", "3", "{destination}"])
            exchanges = tap.exchanges(lab.destination)
        told_us = [_milliseconds(line) for line in done.stdout.splitlines()[1:]]
        # Told hop by hop, sent in another order within the window: sort the wire the same way.
        by_hop = sorted(exchanges, key=lambda exchange: (exchange.ttl, exchange.sent_at_ns))
        errors += differences([rtt for line in told_us for rtt in line], by_hop)
    return errors


def _milliseconds(line: str) -> list[float | None]:
    words = line.split()[1:]
    values: list[float | None] = []
    for place, word in enumerate(words):
        if word == "ms":
            values.append(float(words[place - 1]) * 1e3)
        elif word == "*":
            values.append(None)
    return values


def mtr_errors(lab: TunLab, rounds: int) -> Errors:
    """mtr without a screen: its raw output tells every probe."""
    with tap_on(lab.namespace, DEVICE) as tap:
        argv = ["mtr", "-n", "--raw", "-c", str(rounds), "-i", str(INTERVAL_S), "-G", "0.5"]
        done = lab.run([*argv, "{destination}"], timeout_s=rounds * INTERVAL_S + 30)
        exchanges = tap.exchanges(lab.destination)
    sent_at_ttl: dict[int, list[Exchange]] = {}
    for exchange in exchanges:
        sent_at_ttl.setdefault(exchange.ttl, []).append(exchange)
    errors: Errors = []
    for line in done.stdout.splitlines():
        words = line.split()
        if words[:1] == ["p"]:  # hop from 0, microseconds; answers of a hop come in order
            on_wire = sent_at_ttl[int(words[1]) + 1].pop(0).rtt_us
            if on_wire is not None:
                errors.append(int(words[2]) - on_wire)
    return errors


def error_table(repetitions: int, rounds: int) -> Table:
    """Three rungs with a repainting screen, and peers without one."""
    table = Table(
        f"RTT told less RTT on the wire, 30 hops to 120 ms, a round every {INTERVAL_S:g} s: us",
        ("program", "probes", "median", "median |e|", "p99 |e|", "worst |e|", ""),
    )
    with lab_network("rising30") as lab:
        contenders: dict[str, Callable[[], Errors]] = {
            f"poros-tui live, {rung}": partial(live_errors, lab, rung, rounds)
            for rung in ("raw", "ping", "udp")
        }
        contenders["traceroute -I"] = partial(traceroute_errors, lab, rounds)
        contenders["mtr --raw (no screen)"] = partial(mtr_errors, lab, rounds)
        results = take_turns(contenders, repetitions)
    for name, runs in results.items():
        errors = [error for run in runs for error in run]
        sizes = [abs(error) for error in errors]
        middle, p99 = statistics.median(sizes), percentile(sizes, 0.99)
        verdict = f"{MEDIAN_LIMIT.verdict(middle)}; {P99_LIMIT.verdict(p99)}"
        table.add(
            name,
            str(len(errors)),
            f"{statistics.median(errors):.1f}",
            f"{middle:.1f}",
            f"{p99:.1f}",
            f"{max(sizes):.1f}",
            verdict if name.startswith("poros-tui") else "",
        )
    return table
