from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.bins import EMPTY_BIN, NO_FIGURES, Columns, Figures, figures_of, merged
from poros_tui.model.sample_code import (
    LEAST_TIME,
    LOST,
    MOST_TIME,
    PENDING,
    SEND_ERROR,
    UNTIMED,
    code_of,
)

TIMES = st.integers(LEAST_TIME, MOST_TIME)
CODES = st.one_of(st.sampled_from([PENDING, LOST, SEND_ERROR, UNTIMED]), TIMES)
RANK_ERROR = 0.2


def columns(parts: Sequence[Figures]) -> Columns:
    return list(zip(*parts, strict=True)) if parts else [()] * len(Figures._fields)


def percentile(times: Sequence[int], percent: int) -> int:
    """By the definition: the least value that so many per cent do not exceed."""
    return min(
        value
        for value in times
        if sum(other <= value for other in times) * 100 >= percent * len(times)
    )


@given(st.lists(CODES, max_size=60))
def test_figures_of_samples_are_what_the_definitions_say(codes: list[int]) -> None:
    times = [code for code in codes if code >= LEAST_TIME]
    figures = figures_of(codes)
    assert figures.lost == codes.count(LOST)
    assert figures.unsent == codes.count(SEND_ERROR)
    assert figures.received == len(times) + codes.count(UNTIMED)
    if times:
        assert figures[3:] == (
            min(times),
            *(percentile(times, percent) for percent in (10, 50, 90)),
            max(times),
        )
    else:
        assert figures[3:] == (0, 0, 0, 0, 0)


@given(st.lists(st.lists(CODES, max_size=40), max_size=8), st.lists(CODES, max_size=40))
def test_counts_and_extremes_of_merged_bins_are_exact(
    parts: list[list[int]], rest: list[int]
) -> None:
    together = figures_of([*rest, *(code for part in parts for code in part)])
    one = merged(columns([figures_of(part) for part in parts]), rest)
    assert one[:4] == together[:4]
    assert one.most == together.most


@given(
    st.lists(st.lists(TIMES, min_size=1, max_size=40), min_size=1, max_size=8),
    st.lists(TIMES, max_size=40),
)
def test_a_merged_percentile_is_off_by_a_fifth_of_the_answers_at_most(
    parts: list[list[int]], rest: list[int]
) -> None:
    times = [*rest, *(code for part in parts for code in part)]
    one = merged(columns([figures_of(part) for part in parts]), rest)
    for value, share in ((one.low, 0.1), (one.median, 0.5), (one.high, 0.9)):
        below = sum(time < value for time in times) / len(times)
        up_to = sum(time <= value for time in times) / len(times)
        assert below <= share + RANK_ERROR + 1e-9
        assert up_to >= share - RANK_ERROR - 1e-9


@given(st.lists(TIMES, min_size=1, max_size=40), st.integers(1, 9))
def test_bins_that_are_alike_merge_without_error(times: list[int], count: int) -> None:
    part = figures_of(times)
    one = merged(columns([part] * count))
    assert one[3:] == part[3:]
    assert one.received == count * part.received


def test_nothing_merged_is_nothing() -> None:
    assert merged(columns([])) == NO_FIGURES
    assert merged(columns([NO_FIGURES, NO_FIGURES])) == NO_FIGURES
    assert NO_FIGURES.as_bin() is EMPTY_BIN


def test_a_bin_has_seconds_and_none_where_nothing_was_answered() -> None:
    one = figures_of([code_of(0.01), code_of(0.02), LOST]).as_bin()
    assert (one.received, one.lost, one.decided) == (2, 1, 3)
    assert (one.least_s, one.most_s) == (
        pytest.approx(0.01, rel=2e-4),
        pytest.approx(0.02, rel=2e-4),
    )
    silent = Figures(0, 3, 0, 0, 0, 0, 0, 0).as_bin(30)
    assert (silent.median_s, silent.least_s, silent.lost, silent.span_s) == (None, None, 3, 30)
