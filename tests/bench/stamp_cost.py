"""Processor time that the kernel's send stamps cost: the same probes with them and without."""

from __future__ import annotations

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
_BURSTS: Final = 20
_PAUSE_S: Final = 0.002
"""Longer than the kernel takes to stamp a burst."""
_PAIRS: Final = 20


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
    """Microseconds of processor time for each probe, measured one right after the other."""

    stamped: float
    unstamped: float

    @property
    def cost(self) -> float:
        """Of the stamp."""
        return self.stamped - self.unstamped


def without_send_stamps(transport: ProbeTransport) -> ProbeTransport:
    """The same transport, whose kernel stamps nothing that it sends."""
    shared = first_socket(transport)
    shared._stamps = NoSendStamps(shared._socket)
    return transport


async def _burst_us(transport: ProbeTransport) -> float:
    """Send bursts that nobody answers, and keep the ledger, as a session does."""
    ledger = open_ledger(SessionConfig(), transport, random.Random(1))

    def take(event: TransportEvent) -> None:
        ledger.take(event, now_s=trio.current_time())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(transport.receive, take)
        await trio.sleep(transport.settle_s)
        before_s = time.thread_time()
        for burst in range(_BURSTS):
            for place in range(BURST):
                number = burst * BURST + place
                probe = Probe(number=number, ttl=BURST, round=burst, query=0, generation=0)
                key = ledger.take_key()
                sent_at = await transport.send(BURST, key)
                ledger.open(key, probe, sent_at=sent_at, now_s=trio.current_time())
            await trio.sleep(_PAUSE_S)
        took_s = time.thread_time() - before_s
        nursery.cancel_scope.cancel()
    return 1e6 * took_s / (_BURSTS * BURST)


def stamp_pairs(lab: TunLab, rung: Rung, pairs: int) -> list[Pair]:
    """With stamps and without, in turns; who is first changes too."""
    return in_namespace(lab.namespace, partial(_stamp_pairs, lab, rung, pairs))


def _stamp_pairs(lab: TunLab, rung: Rung, pairs: int) -> list[Pair]:
    found = []
    for number in range(pairs):
        is_stamped_first = bool(number % 2)
        measured = {
            stamped: _opened_burst_us(lab, rung, stamped=stamped)
            for stamped in (is_stamped_first, not is_stamped_first)
        }
        found.append(Pair(measured[True], measured[False]))
    return found


def _opened_burst_us(lab: TunLab, rung: Rung, *, stamped: bool) -> float:
    transport = open_rung(rung, lab.destination).transport
    try:
        return trio.run(_burst_us, transport if stamped else without_send_stamps(transport))
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
    table.notes.append(f"medians and middle halves of {_PAIRS * repetitions} pairs in turns")
    return table
