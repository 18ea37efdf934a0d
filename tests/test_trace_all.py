"""Several targets traced once, side by side, in virtual time."""

from __future__ import annotations

import os
import signal

import pytest
import trio
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.errors import CannotRun
from poros_tui.once import EndedTrace, run_all
from tests.fleet import Host, Yard

pytestmark = pytest.mark.trio

ONCE = SessionConfig(rounds=1, queries=3)


async def ended(*hosts: Host, config: SessionConfig = ONCE) -> list[EndedTrace]:
    yard = Yard(*hosts, config=config)
    traces, number = await run_all([yard.entrant(host) for host in hosts], config)
    assert number is None
    assert all(host.are_all_closed for host in hosts)
    return traces


async def test_results_are_in_the_order_of_the_targets_whenever_they_come(
    autojump_clock: MockClock,
) -> None:
    refusal = CannotRun("there is no such host", "look again")
    hosts = (
        Host("late", find_s=10, hops=3),
        Host("none", refusal=refusal),
        Host("many", addresses=("192.0.2.1", "2001:db8::1"), closed_to=("192.0.2.1",), hops=5),
        Host("mute", send_problem="no route"),
    )
    traces = await ended(*hosts)
    assert [trace.name for trace in traces] == [
        "late",
        "none",
        "many (192.0.2.1)",
        "many (2001:db8::1)",
        "mute",
    ]
    assert [trace.refusal is not None for trace in traces] == [False, True, True, False, False]
    distances = [
        trace.finished.path.session.distance if trace.finished else None for trace in traces
    ]
    assert distances == [3, None, None, 5, None]
    # Nobody has waited for the late one.
    assert max(hosts[2].times_s) < 2
    assert trio.current_time() == pytest.approx(10.048, abs=0.001)


async def test_they_are_as_quick_together_as_alone_but_for_the_gaps(
    autojump_clock: MockClock,
) -> None:
    (alone,) = await ended(Host("a"))
    together = await ended(*(Host(name) for name in "abcdefgh"))
    assert alone.finished is not None
    for trace in together:
        assert trace.finished is not None
        assert trace.finished.duration_s == pytest.approx(alone.finished.duration_s, abs=1e-3)


async def test_the_rate_limit_is_for_all_together(autojump_clock: MockClock) -> None:
    hosts = [Host(name) for name in "abc"]
    config = SessionConfig(rounds=1, queries=1, rate_limit_pps=20)
    await ended(*hosts, config=config)
    sent_s = sorted(at_s for host in hosts for at_s in host.times_s)
    for number, at_s in enumerate(sent_s):
        assert number <= 2 + 20 * (at_s - sent_s[0]) + 1e-6


async def test_a_signal_ends_all_with_what_is_known(autojump_clock: MockClock) -> None:
    hosts = (Host("a"), Host("slow", find_s=1000), Host("b"))
    config = SessionConfig(rounds=1000, interval_s=0.1)
    yard = Yard(*hosts, config=config)
    entrants = [yard.entrant(host) for host in hosts]

    async def interrupt() -> None:
        await trio.sleep(0.7)
        os.kill(os.getpid(), signal.SIGUSR1)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(interrupt)
        traces, number = await run_all(entrants, config, [signal.SIGUSR1])
    assert number == signal.SIGUSR1
    assert [trace.name for trace in traces] == ["a", "b"]
    assert all(host.are_all_closed for host in hosts)
    for trace in traces:
        assert trace.finished is not None
        assert trace.finished.path.session.distance == 12
