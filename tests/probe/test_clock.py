from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from poros_tui.probe import clock
from poros_tui.probe.clock import read_clocks


def test_both_clocks_are_those_of_the_machine() -> None:
    before = (time.time_ns(), time.monotonic_ns())
    reading = read_clocks()
    after = (time.time_ns(), time.monotonic_ns())
    assert before[0] <= reading.realtime_ns <= after[0]
    assert before[1] <= reading.monotonic_ns <= after[1]


def fake_time(monkeypatch: pytest.MonkeyPatch, pauses_ns: list[int]) -> None:
    """Clocks that agree but for a pause between the readings of each pair."""
    pairs = iter(pauses_ns)
    state = SimpleNamespace(now_ns=0, is_first=True)

    def monotonic_ns() -> int:
        if not state.is_first:
            state.now_ns += next(pairs)
        state.is_first = not state.is_first
        return int(state.now_ns)

    fake = SimpleNamespace(monotonic_ns=monotonic_ns, time_ns=lambda: state.now_ns)
    monkeypatch.setattr(clock, "time", fake)


def test_a_pause_between_the_readings_is_not_taken_for_a_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake_time(monkeypatch, [5_000_000, 60_000, 20_000])
    reading = read_clocks()
    assert (reading.realtime_ns, reading.monotonic_ns) == (5_060_000, 5_070_000)


def test_on_a_machine_that_always_pauses_the_closest_pair_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake_time(monkeypatch, [900_000, 800_000, 100_000, 700_000, 600_000])
    reading = read_clocks()
    assert reading.monotonic_ns - reading.realtime_ns == 50_000
    assert reading.realtime_ns == 1_700_000
