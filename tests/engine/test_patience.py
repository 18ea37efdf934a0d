"""How long the view waits for a silent hop."""

from __future__ import annotations

import pytest

from poros_tui.engine.patience import (
    FLOOR_S,
    HERE_FACTOR,
    LATER_FACTOR,
    TAIL_FLOOR_S,
    RoundTripMemory,
)


def memory_of(rtts_s: dict[int, float], *, timeout_s: float = 3.0) -> RoundTripMemory:
    memory = RoundTripMemory(timeout_s)
    for ttl, rtt_s in rtts_s.items():
        memory.add(ttl, rtt_s)
    return memory


def test_while_nothing_has_answered_patience_is_the_whole_timeout() -> None:
    assert memory_of({}).patience_s(1) == 3.0


def test_a_hop_that_has_answered_gets_three_times_its_slowest() -> None:
    memory = memory_of({4: 0.1})
    memory.add(4, 0.3)
    memory.add(4, 0.2)
    assert memory.patience_s(4) == pytest.approx(HERE_FACTOR * 0.3)


def test_before_a_hop_that_has_answered_it_is_ten_times_the_nearest() -> None:
    memory = memory_of({6: 0.05, 9: 0.25})
    assert memory.patience_s(4) == pytest.approx(LATER_FACTOR * 0.05)
    assert memory.patience_s(7) == pytest.approx(LATER_FACTOR * 0.25)


def test_past_the_last_answer_the_slowest_stands_in_and_a_satellite_is_allowed_for() -> None:
    assert memory_of({2: 0.01}).patience_s(5) == TAIL_FLOOR_S
    assert memory_of({2: 0.2, 3: 0.15}).patience_s(5) == pytest.approx(LATER_FACTOR * 0.2)


def test_on_a_local_network_nobody_is_called_silent_sooner_than_the_floor() -> None:
    memory = memory_of({2: 0.0001, 4: 0.0001})
    assert memory.patience_s(2) == FLOOR_S
    assert memory.patience_s(3) == FLOOR_S


@pytest.mark.parametrize("ttl", [1, 3, 5, 9])
def test_patience_never_exceeds_the_timeout(ttl: int) -> None:
    assert memory_of({3: 2.0, 5: 2.9}).patience_s(ttl) == 3.0
    assert memory_of({3: 0.001}, timeout_s=0.05).patience_s(ttl) == 0.05


def test_a_slower_answer_changes_what_was_said_before() -> None:
    memory = memory_of({4: 0.1})
    before = [memory.patience_s(ttl) for ttl in (3, 4, 5)]
    memory.add(4, 0.25)
    assert [memory.patience_s(ttl) for ttl in (3, 4, 5)] > before
    assert memory.patience_s(4) == pytest.approx(0.75)


def test_hops_count_as_prompt_by_their_slowest_answer() -> None:
    memory = memory_of({1: 0.004, 2: 0.008, 3: 0.02})
    assert memory.within(0.01) == {1: 0.004, 2: 0.008}
    memory.add(1, 0.011)
    assert memory.within(0.01) == {2: 0.008}
    assert RoundTripMemory(3.0).within(0.01) == {}
