"""Findings over the lab's networks: no miss and no false alarm. All of it, with 20 seeds, is
`python -m tests.engine.findings_table`."""

from __future__ import annotations

import pytest

from poros_tui.config import SessionConfig
from poros_tui.model.findings.finding import Finding, FindingKind
from poros_tui.model.probe import Protocol
from poros_tui.tui.view import TraceView
from tests.engine.findings_table import (
    ALL_WAYS,
    NAMES,
    THERE,
    MarkedTransport,
    Score,
    lines,
    score,
)
from tests.engine.trace import in_virtual_time, lab_scenario, run_trace


@pytest.mark.sampled(0)
def test_nothing_is_missed_and_nothing_is_false_on_any_network() -> None:
    scores = score(NAMES, [0], [(Protocol.UDP, 4)])
    assert all(one.missed == one.false == 0 for one in scores.values()), lines(scores)
    assert sum(one.right for one in scores.values()) == sum(map(len, THERE.values()))


@pytest.mark.sampled(0)
def test_each_protocol_finds_what_it_can() -> None:
    scores = score(sorted({*THERE, "nat-unseen", "ttl-keep"}), [1], ALL_WAYS)
    assert all(one.missed == one.false == 0 for one in scores.values()), lines(scores)


def test_the_table_counts_what_is_missed_and_what_is_false() -> None:
    one = Score()
    there = Finding(kind=FindingKind.NAT, ttl=3, after_ttl=2)
    elsewhere = Finding(kind=FindingKind.NAT, ttl=5, after_ttl=4)
    for found in ([there], [elsewhere], [], [there, elsewhere]):
        one.add({(FindingKind.NAT, 2)}, found)
    assert (one.there, one.right, one.missed, one.false) == (4, 2, 2, 2)


@pytest.mark.parametrize("name", ["route-grows", "route-shrinks", "balanced-by-packet", "loss30"])
def test_nothing_is_found_at_any_moment_where_nothing_is_but_change(name: str) -> None:
    """As the screen looks, which does so in the middle of everything."""

    async def run() -> None:
        trace = await run_trace(
            lab_scenario(name),
            SessionConfig(queries=1, rounds=40, interval_s=1.0),
            protocol=Protocol.UDP,
            open_transport=MarkedTransport,
        )
        view = TraceView(first_hop=1)
        assert len(trace.updates) > 40
        for update in trace.updates:
            view.apply(update)
            view.look_for_findings(Protocol.UDP)
            assert view.found == ()

    in_virtual_time(run)
