from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.history import Gap
from poros_tui.model.sample_code import LEAST_TIME, MOST_TIME, code_of, seconds


@given(st.floats(1e-6, 1e3))
def test_a_time_is_right_to_a_fiftieth_of_a_per_cent(rtt_s: float) -> None:
    code = code_of(rtt_s)
    assert LEAST_TIME <= code <= MOST_TIME
    assert seconds(code) == pytest.approx(rtt_s, rel=1.6e-4)


@given(st.floats(0, 1e4), st.floats(0, 1e4))
def test_codes_are_in_the_order_of_their_times(one_s: float, other_s: float) -> None:
    assert (code_of(one_s) <= code_of(other_s)) or one_s > other_s


@pytest.mark.parametrize(("rtt_s", "end_s"), [(0.0, 1e-6), (1e-9, 1e-6), (5e3, 1e3)])
def test_times_beyond_the_scale_are_its_ends(rtt_s: float, end_s: float) -> None:
    assert seconds(code_of(rtt_s)) == pytest.approx(end_s, rel=2e-4)


def test_gaps_are_no_times_and_differ() -> None:
    codes = [code_of(gap) for gap in Gap]
    assert len(set(codes)) == len(Gap)
    assert [seconds(code) for code in codes] == [None] * len(Gap)
