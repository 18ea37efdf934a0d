"""Round trips as programs tell them, against those on the wire, probe by probe."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

from tests.bench.capture import tap_on
from tests.bench.exchange import Exchange
from tests.bench.series import take_turns
from tests.bench.table import Limit, Table, percentile
from tests.bench.terminal import on_terminal
from tests.lab.tun import DEVICE, TunLab, lab_network
from tests.probe.rungs import Rung

MEDIAN_LIMIT: Final = Limit(10)
"""Microseconds."""
P95_LIMIT: Final = Limit(40)
INTERVAL_S: Final = 0.2
"""Between rounds: 150 probes a second, and every row repainted ten times a second."""
_STARTS_AND_ENDS_S: Final = 2.0
_OURS: Final = "poros-tui live"
_UNLIMITED: Final = frozenset({Rung.TCP_CONNECT})
"""The kernel stamps neither a SYN of its own making nor the RST that answers it."""

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


# --- the live screen -----------------------------------------------------------------------------


def live_errors(lab: TunLab, rung: Rung, family: int, rounds: int) -> Errors:
    """The live screen on one rung while it repaints.

    Raises:
        ValueError: the program failed, or tells of other probes than those on the wire.
    """
    lab.allow_ping_sockets(True)
    destination = lab.target(family)
    privilege, protocol = rung.value
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "rtts.json")
        argv = [sys.executable, "-m", "tests.bench.tapped_screen", privilege, protocol]
        argv += [str(destination), str(rounds), str(INTERVAL_S), str(output)]
        with tap_on(lab.namespace, DEVICE) as tap, on_terminal(lab, argv) as terminal:
            time.sleep(rounds * INTERVAL_S + _STARTS_AND_ENDS_S)
            exchanges = tap.exchanges(destination)
        if not output.exists():
            _, last_words = terminal.recording.chunks[-1]
            raise ValueError(f"the screen failed: {last_words.decode(errors='replace')}")
        return differences(json.loads(output.read_text()), exchanges)


def _live_screens(lab: TunLab, rounds: int) -> dict[str, Callable[[], Errors]]:
    """Every kind of socket over IPv4, and the first over IPv6."""
    runs = [*((rung, 4) for rung in Rung), (Rung.RAW, 6)]
    return {
        _name(rung, family): partial(live_errors, lab, rung, family, rounds)
        for rung, family in runs
    }


def _name(rung: Rung, family: int) -> str:
    return f"{_OURS}, {rung.label}{', IPv6' if family == 6 else ''}"


# --- its peers, without a screen -----------------------------------------------------------------


def traceroute_errors(lab: TunLab, option: str, rounds: int) -> Errors:
    """traceroute with 3 queries to each hop, `rounds` / 10 times."""
    errors: Errors = []
    for _ in range(max(1, rounds // 10)):
        with tap_on(lab.namespace, DEVICE) as tap:
            done = lab.run(["traceroute", "-n", option, "-q", "3", "{destination}"])
            exchanges = tap.exchanges(lab.destination)
        told_us = [milliseconds_told(line) for line in done.stdout.splitlines()[1:]]
        # Told hop by hop, sent in another order within the window: sort the wire the same way.
        by_hop = sorted(exchanges, key=lambda exchange: (exchange.ttl, exchange.sent_at_ns))
        errors += differences(list(chain.from_iterable(told_us)), by_hop)
    return errors


def milliseconds_told(line: str) -> list[float | None]:
    """The round trips in a line of traceroute or ping, in microseconds; None for a star."""
    words = line.replace("time=", "").split()
    values: list[float | None] = []
    for place, word in enumerate(words):
        if word == "ms":
            values.append(float(words[place - 1]) * 1e3)
        elif word == "*":
            values.append(None)
    return values


def mtr_errors(lab: TunLab, options: Sequence[str], rounds: int) -> Errors:
    """mtr without a screen: its raw output tells every probe."""
    with tap_on(lab.namespace, DEVICE) as tap:
        argv = ["mtr", "-n", "--raw", *options, "-c", str(rounds), "-i", str(INTERVAL_S)]
        done = lab.run([*argv, "-G", "0.5", "{destination}"], timeout_s=rounds * INTERVAL_S + 30)
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


def ping_errors(lab: TunLab, rounds: int) -> Errors:
    """ping to the destination, by the line that it prints of each reply."""
    with tap_on(lab.namespace, DEVICE) as tap:
        argv = ["ping", "-n", "-c", str(rounds), "-i", str(INTERVAL_S), "{destination}"]
        done = lab.run(argv, timeout_s=rounds * INTERVAL_S + 30)
        exchanges = tap.exchanges(lab.destination)
    replies = [line for line in done.stdout.splitlines() if "icmp_seq=" in line]
    return differences(list(chain.from_iterable(map(milliseconds_told, replies))), exchanges)


def single_ping_errors(lab: TunLab, rounds: int) -> Errors:
    """ping to the destination once and again, by the summary, which tells microseconds."""
    errors: Errors = []
    for _ in range(rounds):
        with tap_on(lab.namespace, DEVICE) as tap:
            done = lab.run(["ping", "-n", "-q", "-c", "1", "{destination}"])
            exchanges = tap.exchanges(lab.destination)
        errors += differences([summary_told(done.stdout)], exchanges)
    return errors


def summary_told(text: str) -> float:
    """The least of the round trips that ping sums up, in microseconds.

    Raises:
        ValueError: there is no summary.
    """
    for line in text.splitlines():
        if line.startswith("rtt min/avg/max/mdev = "):
            return float(line.split(" = ")[1].split("/")[0]) * 1e3
    raise ValueError(f"no summary of ping in {text!r}")


# --- all of them ---------------------------------------------------------------------------------


def error_table(repetitions: int, rounds: int) -> Table:
    """Every kind of socket with a repainting screen, and peers without one."""
    table = Table(
        f"RTT told less RTT on the wire, 30 hops to 120 ms, a round every {INTERVAL_S:g} s: us",
        ("program", "probes", "median", "median |e|", "p95 |e|", "p99 |e|", "worst |e|", ""),
    )
    with lab_network("rising30") as lab:
        contenders = {
            **_live_screens(lab, rounds),
            **{
                f"traceroute {option}": partial(traceroute_errors, lab, option, rounds)
                for option in ("-I", "-U", "-T")
            },
            "mtr --raw": partial(mtr_errors, lab, (), rounds),
            "mtr --raw -u": partial(mtr_errors, lab, ("-u",), rounds),
            "mtr --raw -T": partial(mtr_errors, lab, ("-T",), rounds),
            "ping": partial(ping_errors, lab, rounds),
            "ping -c 1": partial(single_ping_errors, lab, rounds),
        }
        results = take_turns(contenders, repetitions)
    limited = {_name(rung, family) for rung in Rung for family in (4, 6) if rung not in _UNLIMITED}
    for name, runs in results.items():
        errors = list(chain.from_iterable(runs))
        table.add(name, *error_cells(errors), verdict(errors) if name in limited else "")
    table.notes.append("the peers have no screen to repaint")
    table.notes.append("ping prints three digits of each round trip; ping -c 1: its summary, in us")
    return table


def error_cells(errors: Errors) -> tuple[str, ...]:
    """How many, their median, and of their sizes the median, two percentiles and the greatest."""
    sizes = [abs(error) for error in errors]
    figures = (
        statistics.median(errors),
        statistics.median(sizes),
        percentile(sizes, 0.95),
        percentile(sizes, 0.99),
        max(sizes),
    )
    return (str(len(errors)), *(f"{figure:.1f}" for figure in figures))


def verdict(errors: Errors) -> str:
    """How the sizes of the errors stand to both limits."""
    sizes = [abs(error) for error in errors]
    middle, p95 = statistics.median(sizes), percentile(sizes, 0.95)
    return f"median {MEDIAN_LIMIT.verdict(middle)}; p95 {P95_LIMIT.verdict(p95)}"
