"""Processor time the engine takes for one probe."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Final

import trio
import trio.testing

from poros_tui.config import SessionConfig
from poros_tui.model.probe import IPAddress
from poros_tui.model.session import PathUpdate, SessionControls
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.scenario import rising_path
from poros_tui.probe.simulation.transport import SimulatedTransport
from poros_tui.probe.transport import ProbeTransport
from poros_tui.trace import OpenTransport, run_live
from tests.bench.capture import in_namespace
from tests.bench.series import take_turns
from tests.bench.table import Table, median_and_range
from tests.lab.tun import lab_network
from tests.probe.rungs import Rung, open_rung

_HOPS: Final = 30


def bare_task_us(probes: int) -> float:
    """Microseconds of Trio's own for a task that waits for an event under a limiter."""

    async def main() -> None:
        limiter = trio.CapacityLimiter(_HOPS)
        send, receive = trio.open_memory_channel[int](256)

        async def task(number: int, event: trio.Event) -> None:
            async with limiter:
                await event.wait()
                await send.send(number)

        for start in range(0, probes, _HOPS):
            async with trio.open_nursery() as nursery:
                events = [trio.Event() for _ in range(_HOPS)]
                for number, event in enumerate(events, start):
                    nursery.start_soon(task, number, event)
                await trio.testing.wait_all_tasks_blocked()
                for event in events:
                    event.set()
                for _ in events:
                    await receive.receive()

    return _thread_us(lambda: trio.run(main)) / probes


def session_us(
    rounds: int, interval_s: float, open_transport: OpenTransport, *, virtual: bool = False
) -> float:
    """Microseconds of processor time for each probe of a live session nobody looks at."""
    config = SessionConfig(rounds=rounds, interval_s=interval_s)
    clock = trio.testing.MockClock(autojump_threshold=0) if virtual else None
    run = partial(trio.run, run_live, config, open_transport, _ignore, _ready, clock=clock)
    return _thread_us(run) / (rounds * _HOPS)


def _thread_us(action: Callable[[], None]) -> float:
    before_s = time.thread_time()
    action()
    return 1e6 * (time.thread_time() - before_s)


def _ignore(_update: PathUpdate) -> None:
    """A front end that does not look."""


def _ready(_controls: SessionControls) -> None:
    """A front end without keys."""


def _open(rung: Rung, destination: IPAddress) -> ProbeTransport:
    return open_rung(rung, destination).transport


def cost_table(repetitions: int, rounds: int) -> Table:
    """In virtual time, and on the 30-hop path on TUN at five rounds a second."""
    table = Table(
        f"Engine: CPU of its thread for each probe, {_HOPS} hops, {rounds} rounds",
        ("session", "us a probe", ""),
    )
    simulated = partial(SimulatedTransport, SimulatedNetwork(rising_path(_HOPS, 0.120), seed=1))
    contenders: dict[str, Callable[[], float]] = {
        "a bare Trio task: limiter, event, channel": partial(bare_task_us, rounds * _HOPS),
        "simulated, virtual time": partial(session_us, rounds, 1.0, simulated, virtual=True),
    }
    with lab_network("rising30") as lab:
        lab.allow_ping_sockets(True)
        for rung in Rung:
            session = partial(session_us, rounds, 0.2, partial(_open, rung, lab.destination))
            contenders[f"TUN, {rung.label}"] = partial(in_namespace, lab.namespace, session)
        results = take_turns(contenders, repetitions)
    for name, values in results.items():
        table.add(name, median_and_range(values))
    return table
