"""Pairs of simulated traces, with a true change between them and without."""

from __future__ import annotations

import json
import random

import msgspec
import pytest
import trio
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.model.contrast.contrast import Contrast, Kind, contrast
from poros_tui.model.contrast.measured import Measured, MeasuredHop
from poros_tui.model.history import Gap
from poros_tui.model.session import PathSnapshot
from poros_tui.probe.simulation.scenario import Scenario
from poros_tui.report.contrast_json import contrast_json
from poros_tui.report.contrast_text import contrast_text
from tests.engine.trace import changes, rising, run_trace

SEEDS = range(20)
JITTER = "jitter_ms = 2"
CONFIG = SessionConfig(rounds=20, interval_s=1.0)


def measured(path: PathSnapshot) -> Measured:
    return Measured(
        source="made",
        target="host",
        destination="203.0.113.10",
        started_at="",
        protocol="icmp",
        distance=path.session.distance,
        hops=tuple(
            MeasuredHop(
                ttl=hop.ttl,
                responders=tuple(str(one.address) for one in hop.responders),
                rtts_ms=tuple(1e3 * one for one in hop.history if not isinstance(one, Gap)),
                lost=hop.lost,
                received=hop.received,
            )
            for hop in path.hops
        ),
    )


def trace(scenario: Scenario, seed: int) -> Measured:
    async def run() -> PathSnapshot:
        return (await run_trace(scenario, CONFIG, seed=seed)).final

    return measured(trio.run(run, clock=MockClock(autojump_threshold=0)))


def network(last_ms: float = 24, hops: int = 12, more: str = "") -> Scenario:
    noisy = changes(*range(1, hops), what=JITTER)
    return rising(hops, last_ms, f"{JITTER}\n{noisy}{more}")


@pytest.fixture(scope="module")
def before() -> list[Measured]:
    return [trace(network(), seed) for seed in SEEDS]


def compared(before: list[Measured], scenario: Scenario) -> list[Contrast]:
    return [
        contrast(one, trace(scenario, 1000 + seed)) for seed, one in zip(SEEDS, before, strict=True)
    ]


@pytest.mark.sampled(0)
def test_without_a_change_at_most_one_in_twenty_is_a_false_alarm(before: list[Measured]) -> None:
    assert sum(one.is_different for one in compared(before, network())) <= 1


@pytest.mark.sampled(0)
def test_no_change_of_a_fifth_is_missed(before: list[Measured]) -> None:
    for found in compared(before, network(last_ms=24 * 1.2)):
        end = found.destination
        assert end is not None
        assert end.delay is not None
        assert end.delay.is_real
        least, most = end.delay.interval_ms
        assert least <= 4.8 <= most or abs(end.delay.shift_ms - 4.8) < 1.5
        assert found.changed_hops == ()


@pytest.mark.sampled(0)
def test_no_hop_more_or_less_or_other_is_missed(before: list[Measured]) -> None:
    longer = network(hops=13)
    for found in compared(before, longer):
        assert [hop.kind for hop in found.changed_hops].count(Kind.GAINED) >= 1
        back = contrast(found.second, found.first)
        assert [hop.kind for hop in back.changed_hops].count(Kind.LOST) >= 1
    other = network(more=changes(5, what='address = "10.9.5.1"'))
    for found in compared(before, other):
        (hop,) = found.changed_hops
        assert hop.kind is Kind.REPLACED
        assert hop.first is not None
        assert hop.first.ttl == 5


def of(*rtts_ms: float, lost: int = 0) -> Measured:
    hop = MeasuredHop(
        ttl=1, responders=("192.0.2.1",), rtts_ms=rtts_ms, lost=lost, received=len(rtts_ms)
    )
    return Measured(
        source="", target="", destination="", started_at="", protocol="", distance=1, hops=(hop,)
    )


def test_three_answers_cannot_tell_and_say_so() -> None:
    (hop,) = contrast(of(1, 2, 3), of(100, 200, 300)).hops
    assert hop.delay is not None
    assert not hop.delay.could_tell
    assert not hop.delay.is_real
    (hop,) = contrast(of(*range(1, 11)), of(*range(100, 110))).hops
    assert hop.delay is not None
    assert hop.delay.could_tell
    assert hop.delay.is_real


def test_a_trace_is_no_different_from_itself() -> None:
    one = of(*range(1, 30), lost=3)
    found = contrast(one, one)
    assert not found.is_different
    assert found.tests == 2


def test_a_shift_that_is_smaller_than_asked_for_is_real_and_no_difference() -> None:
    steady = [100 + number / 1000 for number in range(200)]
    for shift_ms, percent, is_small in ((0.5, 1, True), (2, 1, False), (2, 3, True), (-2, 3, True)):
        later = of(*(rtt_ms + shift_ms for rtt_ms in steady))
        found = contrast(of(*steady), later, least_shift_percent=percent)
        (hop,) = found.hops
        assert hop.delay is not None
        assert hop.delay.is_real
        assert (hop.delay.is_small, hop.delay.matters) == (is_small, not is_small)
        assert found.is_different is not is_small
        assert contrast(of(*steady), later).is_different


def test_a_loss_that_begins_is_found_and_one_that_stays_is_none() -> None:
    for seed in SEEDS:
        chance = random.Random(seed)
        lost = sum(chance.random() < 0.3 for _ in range(60))
        later = sum(chance.random() < 0.3 for _ in range(60))
        steady = of(*range(1, 61 - lost), lost=lost)
        fine, same = of(*range(1, 61)), of(*range(1, 61 - later), lost=later)
        (hop,) = contrast(fine, steady).hops
        assert hop.loss is not None
        assert hop.loss.is_real
        (hop,) = contrast(steady, same).hops
        assert hop.loss is not None
        assert not hop.loss.is_real


def of_hops(
    *addresses: str, reached: bool = True, may_go_on: bool = False, is_end_known: bool = True
) -> Measured:
    hops = tuple(
        MeasuredHop(ttl=ttl, responders=(address,), received=1)
        for ttl, address in enumerate(addresses, 1)
    )
    return Measured(
        source="", target="", destination="", started_at="", protocol="",
        distance=len(hops) if reached else None, hops=hops, may_go_on=may_go_on,
        is_end_known=is_end_known,
    )  # fmt: skip


def test_what_may_stand_behind_a_cut_is_neither_gained_nor_lost() -> None:
    whole = of_hops("a", "new", "b", "c", "d", "e")
    cut = of_hops("a", "b", "c", reached=False, may_go_on=True)
    kinds = [hop.kind for hop in contrast(cut, whole).hops]
    assert kinds == [Kind.SAME, Kind.GAINED, Kind.SAME, Kind.SAME, Kind.UNKNOWN, Kind.UNKNOWN]
    kinds = [hop.kind for hop in contrast(whole, cut).hops]
    assert kinds == [Kind.SAME, Kind.LOST, Kind.SAME, Kind.SAME, Kind.UNKNOWN, Kind.UNKNOWN]
    short = of_hops("a", "new", "b", "c", reached=False)
    assert Kind.LOST in [hop.kind for hop in contrast(whole, short).hops]
    assert not contrast(cut, of_hops("a", "b", "c", "d")).is_different


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ((True, False), (False, False), "not reached in B"),
        ((False, False), (False, False), "not reached in A and B"),
        ((False, True), (True, False), "not known whether reached in A"),
        ((False, False), (False, True), "not reached in A, not known whether reached in B"),
    ],
)
def test_that_it_was_not_reached_is_said_where_it_is_known(
    first: tuple[bool, bool], second: tuple[bool, bool], words: str
) -> None:
    one, other = (
        of_hops("a", "b", reached=reached, may_go_on=is_cut, is_end_known=not is_cut)
        for reached, is_cut in (first, second)
    )
    assert f"\nDestination: {words}\n" in contrast_text(contrast(one, other))


def test_hops_of_which_nothing_is_told_are_neither_gained_nor_lost() -> None:
    whole = of_hops("a", "b", "c", "d", "e")
    for left_out in ({1, 2}, {3}, {2, 4}, {4, 5}, {5}):
        told = tuple(hop for hop in whole.hops if hop.ttl not in left_out)
        part = msgspec.structs.replace(whole, hops=told)
        for found in (contrast(whole, part), contrast(part, whole)):
            unknown = {
                (hop.first or hop.second).ttl  # type: ignore[union-attr]
                for hop in found.hops
                if hop.kind is Kind.UNKNOWN
            }
            assert unknown == left_out
            assert not found.changed_hops
            assert "Path: the same path as far as both are known" in contrast_text(found)


def test_a_destination_of_whose_hop_nothing_is_told_was_reached_all_the_same() -> None:
    whole = of_hops("a", "b", "c")
    part = msgspec.structs.replace(whole, hops=whole.hops[:2], may_go_on=True)
    sentence = "\nDestination: reached, and nothing else told of it, in B\n"
    assert sentence in contrast_text(contrast(whole, part))
    assert json.loads(contrast_json(contrast(whole, part)))["second"]["reached"] is True
