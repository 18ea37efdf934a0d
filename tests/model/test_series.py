from __future__ import annotations

import itertools
import math
import random
import tracemalloc
from bisect import bisect_left
from copy import deepcopy
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.bins import EMPTY_BIN, Bin, figures_of
from poros_tui.model.history import Gap, Sample
from poros_tui.model.sample_code import code_of
from poros_tui.model.series import (
    COARSE_STEP_S,
    FINE_STEP_S,
    KEPT_S,
    SAMPLES_MAX,
    HopSeries,
)

ORIGIN_S = -1_800_000_000.0
HOPS = 30
DAY_S = 86_400


@dataclass
class Plain:
    """All samples in a list, and figures by counting: what the series is held against."""

    times_s: list[float] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)

    def between(self, from_s: float, to_s: float) -> list[int]:
        # Hundredths of a second as whole numbers: floats may differ in their last bits.
        ticks = [round(time_s * 100) for time_s in self.times_s]
        start, end = (bisect_left(ticks, round(edge_s * 100)) for edge_s in (from_s, to_s))
        return self.codes[start:end]

    def bin(self, from_s: float, to_s: float) -> Bin:
        return figures_of(self.between(from_s, to_s)).as_bin()


@dataclass
class Played:
    """Both at the end of one story."""

    series: HopSeries
    plain: Plain

    @property
    def last_s(self) -> float:
        return self.plain.times_s[-1] if self.plain.times_s else 1000.0


def counts(one: Bin) -> tuple[object, ...]:
    return one.received, one.lost, one.unsent, one.least_s, one.most_s


GAPS_S = (0.0, 0.01, 0.1, 0.5, 1.0, 1.0, 1.0, 10.0, 60.0, 500.0)
OUTCOMES = (Gap.LOST, Gap.LOST, Gap.SEND_ERROR, Gap.UNTIMED, None)


def played(seed: int, samples_max: int = SAMPLES_MAX) -> Played:
    """A series and the plain list of what was put into it, some of it in another order, some
    taken for lost first."""
    chance = random.Random(seed)
    series, plain = HopSeries(ORIGIN_S, samples_max), Plain()
    now_s = 1000.0
    due: list[tuple[float, int, Sample]] = []

    def fill(number: int, sample: Sample) -> None:
        series.fill(number, sample)
        plain.codes[number] = code_of(sample)

    for number in range(chance.randint(0, 400)):
        now_s = round(now_s + chance.choice(GAPS_S), 2)
        for one in sorted(each for each in due if each[0] <= now_s):
            due.remove(one)
            fill(*one[1:])
        series.open(number, now_s)
        plain.times_s.append(now_s)
        plain.codes.append(code_of(Gap.PENDING))
        sample = chance.choice(OUTCOMES) if chance.random() < 0.4 else chance.uniform(1e-4, 5)
        if sample is None:
            continue
        if chance.random() < 0.2:
            fill(number, Gap.LOST)
            due.append((now_s + chance.uniform(3, 90), number, sample))
        else:
            due.append((now_s + chance.uniform(0, 3), number, sample))
    for _at_s, number, sample in due:
        fill(number, sample)
    return Played(series, plain)


SEEDS = st.integers(0, 1 << 32)


@given(SEEDS, st.sampled_from([0.1, 0.5, 1, 7.5, 15, 90, 120]), st.integers(1, 40), st.floats(0, 1))
def test_short_spans_are_exact_wherever_they_begin(
    seed: int, step_s: float, count: int, share: float
) -> None:
    both = played(seed)
    series, plain = both.series, both.plain
    from_s = round(both.last_s - share * step_s * count, 2)
    edges_s = [from_s + step_s * part for part in range(count + 1)]
    expected = tuple(plain.bin(a, b) for a, b in itertools.pairwise(edges_s))
    assert series.bins(from_s, edges_s[-1], count) == expected


@given(SEEDS, st.sampled_from([121.5, 240.0, 600.0, 777.0, 86_400.0]), st.integers(0, 300))
def test_counts_and_extremes_of_long_spans_are_exact_wherever_they_begin(
    seed: int, step_s: float, shift_s: int
) -> None:
    both = played(seed)
    series, plain = both.series, both.plain
    from_s = 900.0 + shift_s
    edges_s = [from_s + step_s * part for part in range(6)]
    found = series.bins(from_s, edges_s[-1], 5)
    expected = [plain.bin(a, b) for a, b in itertools.pairwise(edges_s)]
    assert [counts(one) for one in found] == [counts(one) for one in expected]


@pytest.mark.sampled(0)
@given(SEEDS, st.sampled_from([1, 2, 4, 20]))
def test_what_samples_were_is_right_in_whole_bins_when_they_are_gone(seed: int, bins: int) -> None:
    both = played(seed, samples_max=0)
    series, plain = both.series, both.plain
    step_s = bins * FINE_STEP_S
    first = math.floor((1000.0 - ORIGIN_S) / step_s)
    from_s = first * step_s + ORIGIN_S
    count = math.floor((both.last_s - from_s) / step_s) + 1
    edges_s = [from_s + step_s * part for part in range(count + 1)]
    found = series.bins(from_s, edges_s[-1], count)
    expected = [plain.bin(a, b) for a, b in itertools.pairwise(edges_s)]
    assert [counts(one) for one in found] == [counts(one) for one in expected]
    for one, (from_s, to_s) in zip(found, itertools.pairwise(edges_s), strict=True):
        times = [code for code in plain.between(from_s, to_s) if code > 3]
        for value_s, share in ((one.low_s, 0.1), (one.median_s, 0.5), (one.high_s, 0.9)):
            if value_s is not None and len(times) == one.received:
                code = code_of(value_s)
                assert sum(time < code for time in times) <= (share + 0.2) * len(times) + 1e-9
                assert sum(time <= code for time in times) >= (share - 0.2) * len(times) - 1e-9


@given(SEEDS, st.integers(FINE_STEP_S, 333), st.integers(0, 99))
def test_no_sample_is_lost_or_counted_twice_between_neighbours(
    seed: int, step_s: int, shift_s: int
) -> None:
    both = played(seed, samples_max=0)
    series, plain = both.series, both.plain
    from_s = 880.0 - shift_s
    count = math.ceil((both.last_s + 120 - from_s) / step_s)
    found = series.bins(from_s, from_s + count * step_s, count)
    whole = figures_of(plain.codes)
    assert sum(one.received for one in found) == whole.received
    assert sum(one.lost for one in found) == whole.lost


@given(SEEDS, st.data())
def test_what_has_not_changed_since_a_revision_is_the_same(seed: int, data: st.DataObject) -> None:
    both = played(seed, samples_max=0)
    series, plain, last_s = both.series, both.plain, both.last_s
    number = len(plain.times_s)
    from_s, step_s = math.floor(last_s) - 300.0, 1.0
    before = series.bins(from_s, from_s + 320, 320)
    revision, _ = series.changed_since(0)
    assert series.changed_since(revision) == (revision, math.inf)
    for _ in range(data.draw(st.integers(0, 3))):
        last_s += data.draw(st.sampled_from([0.0, 0.3, 1.0, 5.0]))
        series.open(number, last_s)
        series.fill(data.draw(st.integers(max(0, number - 5), number)), 0.5)
        number += 1
    _, changed_s = series.changed_since(revision)
    after = series.bins(from_s, from_s + 320, 320)
    for column, (one, other) in enumerate(zip(before, after, strict=True)):
        assert one == other or from_s + column * step_s >= changed_s


def test_revisions_long_ago_are_not_remembered() -> None:
    series = HopSeries()
    for number in range(200):
        series.open(number, float(number))
    assert series.changed_since(3)[1] == -math.inf
    assert series.changed_since(200) == (200, math.inf)
    assert series.changed_since(199) == (200, 199.0)


@pytest.mark.parametrize("per_second", [1, 40])
def test_an_answer_90_s_late_takes_the_loss_back_in_every_bin(per_second: int) -> None:
    series = HopSeries(samples_max=0)
    for number in range(900 * per_second):
        series.open(number, number / per_second)
        series.fill(number, Gap.LOST if number == 130 * per_second else 0.1)
        if number == 220 * per_second:
            assert series.bins(0, 480, 2)[0].lost == 1
            series.fill(130 * per_second, 0.3)
    for span_s in (FINE_STEP_S, COARSE_STEP_S, 480, 900):
        start_s = 130 // span_s * span_s
        one = series.bins(start_s, start_s + span_s, 1)[0]
        assert (one.lost, one.received) == (0, span_s * per_second)
        assert one.most_s == pytest.approx(0.3, rel=2e-4)


def test_time_does_not_go_back() -> None:
    series = HopSeries()
    for number, at_s in enumerate((10.0, 9.0, 9.5, 11.0)):
        series.open(number, at_s)
        series.fill(number, 0.1)
    assert [one.received for one in series.bins(9, 12, 3)] == [0, 3, 1]


def test_probes_told_of_out_of_order_get_their_own_outcomes() -> None:
    series = HopSeries()
    for at_s, number in enumerate((5, 3, 4, 9, 8)):
        series.open(number, float(at_s))
    for number in (3, 4, 5, 8, 9):
        series.fill(number, number / 10)
    medians = [one.median_s for one in series.bins(0, 5, 5)]
    assert medians == [pytest.approx(number / 10, rel=2e-4) for number in (5, 3, 4, 9, 8)]


def test_an_unknown_probe_changes_nothing() -> None:
    series = HopSeries()
    series.fill(7, 0.1)
    series.open(8, 1.0)
    series.fill(7, 0.1)
    series.fill(9, 0.1)
    assert series.bins(0, 10, 1) == (EMPTY_BIN,)


def test_far_back_a_column_finer_than_what_is_kept_says_so() -> None:
    series = HopSeries(samples_max=0)
    for number in range(3600):
        series.open(number, number / 2)
        series.fill(number, 0.01)
    old = series.bins(60, 64, 4)
    assert {(one.received, one.span_s) for one in old} == {(60, FINE_STEP_S)}
    new = series.bins(1790, 1794, 4)
    assert {(one.received, one.span_s) for one in new} == {(2, None)}


def test_what_is_usual_at_best_is_neither_one_lucky_answer_nor_a_long_shift() -> None:
    series = HopSeries()
    assert series.own_best_s is None
    for number in range(3600):
        series.open(number, float(number))
        if number == 30:
            series.fill(number, 0.001)
        else:
            series.fill(number, 0.02 if number < 600 else 0.05)
        if number == 20:
            assert series.own_best_s == pytest.approx(0.02, rel=2e-4)
    assert series.own_best_s == pytest.approx(0.02, rel=2e-4)


def test_a_pause_of_days_leaves_nothing_behind_and_costs_nothing() -> None:
    series = HopSeries()
    for number in range(100):
        series.open(number, float(number))
        series.fill(number, 0.01)
    series.open(100, 30 * DAY_S)
    series.open(101, 30 * DAY_S + 600)
    assert series.bins(0, 200, 1) == (EMPTY_BIN,)
    assert len(series._store) == 2


@pytest.mark.sampled(1)
@pytest.mark.parametrize(("interval_s", "kept"), [(1.0, SAMPLES_MAX), (20.0, KEPT_S // 20)])
def test_a_day_is_kept_sample_by_sample_and_no_more_than_is_promised(
    interval_s: float, kept: int
) -> None:
    series = HopSeries(ORIGIN_S)
    count = int(1.6 * DAY_S / interval_s)
    for number in range(count):
        series.open(number, number * interval_s)
        series.fill(number, 0.01)
    assert kept - 1100 <= len(series._store) <= kept + 1100
    last_s = count * interval_s
    for from_s in (last_s - DAY_S + 60, last_s - DAY_S / 2, last_s - 600):
        bins = series.bins(from_s, from_s + 10 * interval_s, 10)
        assert {one.received for one in bins} == {1}
    whole = series.bins(last_s - DAY_S, last_s, 1)[0]
    assert whole.received == DAY_S / interval_s


def size(series: HopSeries) -> int:
    """Bytes of a copy, the series' own and no one else's."""
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    _copy = deepcopy(series)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return after - before


def test_a_day_of_thirty_hops_takes_less_than_20_mb() -> None:
    series = HopSeries(ORIGIN_S)
    for number in range(DAY_S):
        series.open(number, float(number))
        series.fill(number, 0.02 + number % 97 / 1e4 if number % 50 else Gap.LOST)
    assert 11e6 < size(series) * HOPS < 16e6


@pytest.mark.sampled(1)
@pytest.mark.parametrize("per_second", [10, 40])
def test_faster_probes_take_no_more(per_second: int) -> None:
    series = HopSeries(ORIGIN_S)
    for number in range(SAMPLES_MAX * 3 // 2):
        series.open(number, number / per_second)
        series.fill(number, 0.02)
    assert size(series) * HOPS < 16e6


def test_silent_hops_take_no_more() -> None:
    series = HopSeries(ORIGIN_S)
    for number in range(SAMPLES_MAX):
        series.open(number, float(number))
        series.fill(number, Gap.LOST)
    assert size(series) * HOPS < 16e6
