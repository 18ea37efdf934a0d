"""Limits over the lab's networks: no miss and no false alarm. All of it, with 20 seeds, is
`python -m tests.engine.limits_table`."""

from __future__ import annotations

from itertools import product

import pytest
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.model.findings.finding import Finding, FindingKind
from poros_tui.model.findings.rate_limit import rate_limits
from poros_tui.model.probe import Protocol, Sent
from poros_tui.model.rate_limit import RateLimit
from poros_tui.probe.simulation import node
from poros_tui.tui.verdict import Verdict
from poros_tui.tui.view import TraceView
from tests.engine.limits_table import BURST, LimitScore, is_right, limits, lines, score, told
from tests.engine.trace import Trace, in_virtual_time, lab_scenario, run_trace

QUICK = "60 rounds, 0.2 s"
SLOW = "60 rounds, 1 s"
BURSTS = "30 rounds of 5 queries, 0.2 s"
LINUX = node.RateLimit(per_second=1, burst=6)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("name", "session"),
    [
        ("rate-limited", BURST),
        ("rate-limited", QUICK),
        ("rate-limited-strictly", QUICK),
        ("rate-limited-slowly", SLOW),
        ("rate-limited-fast", BURSTS),
        ("rate-limited-lossy-beyond", QUICK),
        ("rate-limited-everywhere", BURST),
    ],
)
def test_a_limit_that_acts_is_found_with_the_right_figures(name: str, session: str) -> None:
    one = score(name, session, [1])
    assert one.there == one.right > 0, one.wrong
    assert one.missed == one.untold == one.false == 0, one.wrong


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("name", "session"),
    [
        *product(
            ("loss30", "lossy-link", "lossy-destination", "policed-link", "router-pauses"),
            (BURST, QUICK, SLOW),
        ),
        *product(("rate-limited-at-the-end", "balanced-by-packet", "route-grows"), (QUICK,)),
        *product(("loss30", "policed-link"), (BURSTS,)),
    ],
)
def test_where_no_router_alone_is_limited_nothing_is_claimed(name: str, session: str) -> None:
    one = score(name, session, [1])
    assert (one.there, one.right, one.missed, one.false) == (0, 0, 0, 0), one.wrong


@pytest.mark.parametrize("session", [BURST, QUICK])
def test_a_limit_behind_a_lossy_link_is_told_right_or_not_at_all(session: str) -> None:
    one = score("rate-limited-lossy-before", session, [1])
    assert one.there == one.right + one.untold
    assert one.false == 0, one.wrong


def test_where_the_destination_is_as_limited_as_all_hops_nothing_is_claimed() -> None:
    async def run() -> None:
        trace = await run_trace(
            lab_scenario("rate-limited-everywhere"),
            SessionConfig(rounds=60, interval_s=0.2),
            protocol=Protocol.UDP,
        )
        assert all(hop.lost > 30 for hop in trace.final.hops)
        assert rate_limits(trace.final.hops) == {}

    in_virtual_time(run)


def test_the_screen_tells_a_limit_from_loss_by_chance_as_soon_as_that_can_be_told() -> None:
    signs: list[tuple[int, Verdict]] = []

    async def run() -> None:
        trace = await run_trace(
            lab_scenario("rate-limited"), SessionConfig(rounds=70, interval_s=0.2)
        )
        view = TraceView(first_hop=1)
        for update in trace.updates:
            view.apply(update)
            signs.append((update.session.status.round, view.verdict(4)))

    in_virtual_time(run)
    first = {verdict: number for number, verdict in reversed(signs)}
    assert list(dict.fromkeys(verdict for _, verdict in signs)) == [
        *(Verdict.NONE, Verdict.UNKNOWN, Verdict.LOCAL, Verdict.LIMITED),
    ]
    # The first refusals are decided 3 s after round 7; 10 s of answers are enough.
    assert 20 <= first[Verdict.UNKNOWN] <= 24
    assert first[Verdict.LOCAL] <= 30
    assert first[Verdict.LIMITED] <= 60


@pytest.mark.trio
async def test_when_each_probe_left_is_told(autojump_clock: MockClock) -> None:
    trace = await run_trace(
        lab_scenario("straight12"), SessionConfig(rounds=3, queries=2, interval_s=0.5)
    )
    sent = [message for message in trace.messages if isinstance(message, Sent)]
    assert [message.at_s for message in sent] == trace.transport.times_s
    assert {round(message.at_s - sent[0].at_s, 6) for message in sent} > {0.0, 0.5, 1.0}


def limit(
    rate: tuple[float, float | None] = (0.9, 1.1), burst: tuple[int, int | None] | None = (6, 6)
) -> RateLimit:
    return RateLimit(
        per_second=None,
        per_second_interval=rate,
        burst=None,
        burst_interval=burst,
        limited=40,
        probes=60,
        confidence=0.9999,
    )


def test_a_claim_is_right_if_its_bounds_hold_the_truth() -> None:
    assert is_right(limit(), LINUX)
    assert is_right(limit((0.0, None), (1, None)), LINUX)
    assert is_right(limit(burst=None), LINUX)
    for wrong in (limit((1.01, None)), limit((0.0, 0.99)), limit(burst=(7, None))):
        assert not is_right(wrong, LINUX)


def test_the_table_counts_what_is_missed_untold_and_false() -> None:
    def finding(ttl: int, told_limit: RateLimit) -> Finding:
        return Finding(kind=FindingKind.RATE_LIMIT, ttl=ttl, limit=told_limit)

    one = LimitScore()
    one.add({4: LINUX}, [4], [finding(4, limit())])
    one.add({4: LINUX}, [4], [])
    one.add({4: LINUX}, [], [])
    one.add({4: LINUX}, [4], [finding(4, limit((2.0, 3.0)))])
    one.add({4: LINUX}, [4], [finding(4, limit()), finding(5, limit())])
    assert (one.there, one.right, one.missed, one.untold, one.false) == (5, 2, 2, 1, 2)
    assert lines(QUICK, {"name": one})[1].split() == ["name", "5", "2", "2", "1", "2"]


def test_a_limit_counts_where_a_later_hop_can_bear_it_out() -> None:
    scenario = lab_scenario("rate-limited-everywhere")
    assert list(limits(scenario, Protocol.ICMP)) == list(range(1, 12))
    assert limits(scenario, Protocol.UDP) == {}
    assert limits(lab_scenario("rate-limited-at-the-end"), Protocol.ICMP) == {}
    assert limits(lab_scenario("loss30"), Protocol.ICMP) == {}


def test_it_must_be_told_only_where_enough_was_refused_and_answered() -> None:
    async def run_of(config: SessionConfig) -> Trace:
        return await run_trace(lab_scenario("rate-limited"), config)

    async def run() -> None:
        few = await run_of(SessionConfig(queries=17, rounds=1))
        enough = await run_of(SessionConfig(queries=18, rounds=1))
        assert told(few, {4: LINUX}) == []
        assert told(enough, {4: LINUX}) == [4]

    in_virtual_time(run)
