"""Processor time that --pcap costs: the same probes with a capture and without."""

from __future__ import annotations

import itertools
import random
import statistics
import time
from dataclasses import dataclass
from functools import partial
from typing import Final

import trio

from poros_tui.config import SessionConfig
from poros_tui.engine.random_keys import open_ledger
from poros_tui.model.probe import Probe
from poros_tui.probe.capture import Capture
from poros_tui.probe.transport import ProbeTransport, TransportEvent
from tests.bench.capture import in_namespace
from tests.bench.series import take_turns
from tests.bench.stamp_cost import BURST, RUNGS
from tests.bench.table import Limit, Table, median_and_quartiles
from tests.lab.tun import TunLab, lab_network
from tests.probe.rungs import Rung, open_rung

COST_LIMIT: Final = Limit(10)
"""Microseconds of a probe's way: as much as its send stamp may cost."""
_TTL: Final = 30
_PAUSE_S: Final = 0.002
_PAIRS: Final = 200
_WARM_UP_PAIRS: Final = 10


@dataclass(frozen=True, slots=True)
class Burst:
    """Microseconds of processor time for each probe."""

    tapped: float
    """With a capture, until it has left and is stamped."""
    untapped: float
    written: float
    """To put its packet together for the file, later."""


async def _bursts(transport: ProbeTransport, count: int) -> list[Burst]:
    capture = Capture("poros-tui")
    tap = capture.tap("bench", "")
    transport.tap = tap
    with_tap = open_ledger(SessionConfig(), transport, random.Random(1))
    transport.tap = None
    without = open_ledger(SessionConfig(), transport, random.Random(1))
    numbers = itertools.count()

    def take(event: TransportEvent) -> None:
        without.take(event, now_s=trio.current_time())

    async def burst_us(is_tapped: bool) -> float:
        transport.tap = tap if is_tapped else None
        ledger = with_tap if is_tapped else without
        before_s = time.thread_time()
        for _ in range(BURST):
            probe = Probe(number=next(numbers), ttl=_TTL, round=0, query=0, generation=0)
            key = ledger.take_key()
            sent_at = await transport.send(_TTL, key)
            ledger.open(key, probe, sent_at=sent_at, now_s=trio.current_time())
        transport.hear()  # as a round does
        await trio.sleep(_PAUSE_S)
        return 1e6 * (time.thread_time() - before_s) / BURST

    bursts = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(transport.receive, take)
        await trio.sleep(transport.settle_s)
        for number in range(count):
            took = {}
            for is_tapped in (number % 2 == 0, number % 2 == 1):
                took[is_tapped] = await burst_us(is_tapped)
            before_s = time.thread_time()
            capture.take(is_last=True)
            written = 1e6 * (time.thread_time() - before_s) / BURST
            bursts.append(Burst(took[True], took[False], written))
        nursery.cancel_scope.cancel()
    return bursts[_WARM_UP_PAIRS:]


def _of_rung(lab: TunLab, rung: Rung, count: int) -> list[Burst]:
    transport = open_rung(rung, lab.destination).transport
    try:
        return trio.run(_bursts, transport, count + _WARM_UP_PAIRS)
    finally:
        transport.close()


def bursts_of(lab: TunLab, rung: Rung, count: int) -> list[Burst]:
    """Of one kind of socket."""
    return in_namespace(lab.namespace, partial(_of_rung, lab, rung, count))


def pcap_table(repetitions: int) -> Table:
    """Every kind of socket that shows packets, on a path that is silent from hop 9 on."""
    table = Table(
        f"--pcap: CPU for each probe, bursts of {BURST} that nobody answers: us",
        ("socket", "with", "without", "difference", "", "written later"),
    )
    with lab_network("blackhole") as lab:
        lab.allow_ping_sockets(True)
        results = take_turns(
            {rung.label: partial(bursts_of, lab, rung, _PAIRS) for rung in RUNGS}, repetitions
        )
    for name, runs in results.items():
        bursts = [burst for run in runs for burst in run]
        costs = [burst.tapped - burst.untapped for burst in bursts]
        table.add(
            name,
            median_and_quartiles([burst.tapped for burst in bursts], 1),
            median_and_quartiles([burst.untapped for burst in bursts], 1),
            median_and_quartiles(costs, 1),
            COST_LIMIT.verdict(statistics.median(costs)),
            median_and_quartiles([burst.written for burst in bursts], 1),
        )
    table.notes.append(
        f"medians and middle halves of {_PAIRS * repetitions} pairs of bursts in turns"
    )
    return table
