from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.history import Gap
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.statistics import RttStatistics
from poros_tui.tui.chart import chart_lines
from poros_tui.tui.spans import Role, line_text
from poros_tui.tui.sparkline import BLOCKS, level, scale_top_s, sparkline, visible


def hop(*history: float | Gap, sent: int | None = None) -> HopSnapshot:
    rtt = RttStatistics()
    for sample in history:
        if not isinstance(sample, Gap):
            rtt.add(sample)
    return HopSnapshot(
        ttl=1,
        sent=len(history) if sent is None else sent,
        received=rtt.count,
        rtt=rtt,
        history=history,
    )


def test_each_kind_of_gap_has_a_sign_of_its_own() -> None:
    line = sparkline(hop(0.1, Gap.LOST, Gap.PENDING, Gap.SEND_ERROR, Gap.UNTIMED), 8, 0.1)
    assert line_text(line) == "█\N{MULTIPLICATION SIGN} ∅?   "


def test_a_lost_probe_is_red_only_where_that_is_a_fault() -> None:
    silent = hop(Gap.LOST, Gap.LOST)
    assert sparkline(silent, 2, None)[0][1] is Role.LOST
    assert sparkline(silent, 2, None, Role.FAINT)[0][1] is Role.FAINT


def test_the_scale_is_shared_round_and_never_shrinks() -> None:
    near, far = hop(0.001), hop(0.1)
    top_s = scale_top_s([near, far], None)
    assert top_s == pytest.approx(0.15)
    assert scale_top_s([near], top_s) == top_s
    assert scale_top_s([hop()], None) is None


@given(st.floats(min_value=1e-6, max_value=60))
def test_the_slowest_hop_is_in_the_upper_half_of_the_scale(mean_s: float) -> None:
    top_s = scale_top_s([hop(mean_s)], None)
    assert top_s is not None
    assert mean_s <= top_s
    assert level(mean_s, top_s) >= len(BLOCKS) // 2


@given(st.floats(min_value=0, max_value=100), st.floats(min_value=0, max_value=100))
def test_slower_is_never_lower(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= level(low, 10.0) <= level(high, 10.0) <= 7


@given(st.integers(min_value=0, max_value=1000), st.integers(min_value=1, max_value=240))
def test_a_new_sample_writes_one_cell_but_for_a_jump_of_a_quarter(tried: int, width: int) -> None:
    def shown(count: int) -> list[int]:
        samples = list(range(count))[-240:]
        return list(visible(samples, count, width))

    before, after = shown(tried), shown(tried + 1)
    assert len(after) <= width
    assert after[-1:] == [tried]
    grew_by_one = after == [*before, tried]
    jumped = len(after) == width + 1 - max(1, width // 4) and len(before) == width
    assert grew_by_one or jumped


@given(
    st.lists(st.one_of(st.floats(min_value=0, max_value=60), st.sampled_from(Gap)), max_size=60),
    st.integers(min_value=0, max_value=80),
)
def test_a_sparkline_takes_exactly_its_width(history: list[float | Gap], width: int) -> None:
    assert len(line_text(sparkline(hop(*history), width, 1.0))) == width


def test_the_chart_spans_its_height_and_keeps_losses_on_the_ground() -> None:
    lines = chart_lines([0.010, 0.020, Gap.LOST], 3, (13, 3), Role.LOST)
    assert [line_text(line) for line in lines] == [
        "   20.0 │ █ ",
        "        │ █ ",
        "   10.0 │▁█\N{MULTIPLICATION SIGN}",
    ]


def test_a_chart_of_nothing_is_an_empty_axis() -> None:
    assert [line_text(line) for line in chart_lines([], 0, (20, 2), Role.LOST)] == [
        "        │",
        "        │",
    ]
