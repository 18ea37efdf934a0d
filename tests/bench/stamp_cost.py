"""Processor time that the kernel's send stamps cost: the same probes with them and without."""

from __future__ import annotations

import itertools
import random
import socket
import statistics
import time
from dataclasses import dataclass
from functools import partial
from typing import Final

import trio

from poros_tui.config import SessionConfig
from poros_tui.engine.random_keys import open_ledger
from poros_tui.model.probe import Probe
from poros_tui.probe.family import Ancillary
from poros_tui.probe.stamps import SendStamps, stamp_arrivals
from poros_tui.probe.transport import ProbeTransport, TransportEvent
from tests.bench.capture import in_namespace
from tests.bench.series import take_turns
from tests.bench.table import Limit, Table, median_and_quartiles
from tests.lab.tun import TunLab, lab_network
from tests.probe.listening import first_socket
from tests.probe.rungs import Rung, open_rung

COST_LIMIT: Final = Limit(10)
"""Microseconds a probe."""
BURST: Final = 30
"""Probes that leave in one turn, as those of a round do."""
RUNGS: Final = (Rung.RAW, Rung.PING, Rung.UDP, Rung.RAW_TCP)
"""Those that have send stamps."""
_TTL: Final = 30
_PAUSE_S: Final = 0.002
"""Longer than the kernel takes to stamp a burst."""
_PAIRS: Final = 200
_WARM_UP_PAIRS: Final = 10


class NoSendStamps(SendStamps):
    """Stamps of what comes alone."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        stamp_arrivals(sock)

    def ancillary(self, key: int) -> list[Ancillary]:
        """Nothing: no stamp has to name its probe."""
        return []


@dataclass(frozen=True, slots=True)
class Pair:
    """Microseconds of processor time for each probe of a burst, measured one right after the
    other."""

    stamped: float
    unstamped: float

    @property
    def cost(self) -> float:
        """Of the stamp."""
        return self.stamped - self.unstamped


class Switch:
    """Turns the send stamps of a transport's first socket off and on."""

    def __init__(self, transport: ProbeTransport) -> None:
        self._shared = first_socket(transport)

    def set(self, stamped: bool) -> None:
        """From the next probe on."""
        kind = SendStamps if stamped else NoSendStamps
        self._shared._stamps = kind(self._shared._socket)


async def _pairs(transport: ProbeTransport, count: int) -> list[Pair]:
    """Bursts that nobody answers, sent as a session does and with its ledger, with stamps and
    without in turns; who is first changes too."""
    ledger = open_ledger(SessionConfig(), transport, random.Random(1))
    switch = Switch(transport)
    numbers = itertools.count()

    def take(event: TransportEvent) -> None:
        ledger.take(event, now_s=trio.current_time())

    async def burst_us() -> float:
        before_s = time.thread_time()
        for _ in range(BURST):
            probe = Probe(number=next(numbers), ttl=_TTL, round=0, query=0, generation=0)
            key = ledger.take_key()
            sent_at = await transport.send(_TTL, key)
            ledger.open(key, probe, sent_at=sent_at, now_s=trio.current_time())
        transport.hear()  # as a round does
        await trio.sleep(_PAUSE_S)
        return 1e6 * (time.thread_time() - before_s) / BURST

    pairs = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(transport.receive, take)
        await trio.sleep(transport.settle_s)
        for number in range(count):
            took = {}
            for stamped in (number % 2 == 0, number % 2 == 1):
                switch.set(stamped)
                took[stamped] = await burst_us()
            pairs.append(Pair(took[True], took[False]))
        nursery.cancel_scope.cancel()
    return pairs[_WARM_UP_PAIRS:]


def stamp_pairs(lab: TunLab, rung: Rung, pairs: int) -> list[Pair]:
    """Of one kind of socket."""
    return in_namespace(lab.namespace, partial(_stamp_pairs, lab, rung, pairs))


def _stamp_pairs(lab: TunLab, rung: Rung, pairs: int) -> list[Pair]:
    transport = open_rung(rung, lab.destination).transport
    try:
        return trio.run(_pairs, transport, pairs + _WARM_UP_PAIRS)
    finally:
        transport.close()


def stamp_table(repetitions: int) -> Table:
    """Every kind of socket that has send stamps, on a path that is silent from hop 9 on."""
    table = Table(
        f"Kernel send stamps: CPU for each probe, bursts of {BURST} that nobody answers: us",
        ("socket", "with", "without", "difference", ""),
    )
    with lab_network("blackhole") as lab:
        lab.allow_ping_sockets(True)
        results = take_turns(
            {rung.label: partial(stamp_pairs, lab, rung, _PAIRS) for rung in RUNGS}, repetitions
        )
    for name, runs in results.items():
        pairs = [pair for run in runs for pair in run]
        costs = [pair.cost for pair in pairs]
        table.add(
            name,
            median_and_quartiles([pair.stamped for pair in pairs], 1),
            median_and_quartiles([pair.unstamped for pair in pairs], 1),
            median_and_quartiles(costs, 1),
            COST_LIMIT.verdict(statistics.median(costs)),
        )
    table.notes.append(
        f"medians and middle halves of {_PAIRS * repetitions} pairs of bursts in turns"
    )
    return table
