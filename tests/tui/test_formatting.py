from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.tui.formatting import (
    address,
    count,
    decimals_for,
    elapsed,
    elided,
    interval,
    milliseconds,
    percent,
    rate,
    short_milliseconds,
)


@pytest.mark.parametrize(
    ("seconds", "decimals", "text"),
    [
        (None, 1, "·"),
        (0.0231, 1, "23.1"),
        (0.0231, 3, "23.100"),
        (0.000045, 3, "0.045"),
        (0.0000004, 3, "<0.001"),
        (0.0000004, 1, "0.0"),
        (0.0, 3, "0.000"),
        (0.99999, 1, "1000.0"),
        (9.9999, 1, "9999.9"),
        (10.0, 1, "10000  "),
        (60.0, 3, "60000    "),
    ],
)
def test_times_are_milliseconds_from_four_tenths_of_a_microsecond_to_a_minute(
    seconds: float | None, decimals: int, text: str
) -> None:
    assert milliseconds(seconds, decimals) == text


@given(
    st.floats(min_value=0, max_value=60),
    st.floats(min_value=0, max_value=60),
    st.integers(min_value=1, max_value=3),
)
def test_decimal_points_stand_in_line(one: float, other: float, decimals: int) -> None:
    def point(seconds: float) -> int:
        text = milliseconds(seconds, decimals).rjust(12)
        return text.index(".") if "." in text else len(text.rstrip())

    assert point(one) == point(other)


@pytest.mark.parametrize(
    ("best_s", "decimals"), [(None, 1), (0.02, 1), (0.001, 1), (0.0009, 2), (0.00009, 3)]
)
def test_a_near_path_is_shown_with_more_decimals(best_s: float | None, decimals: int) -> None:
    assert decimals_for(best_s) == decimals


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "·"),
        (0.0000004, "<0.001"),
        (0.000045, "0.045"),
        (0.0019312, "1.93"),
        (0.0231, "23.1"),
        (0.5124, "512.4"),
        (1.5, "1500"),
        (60, "60000"),
    ],
)
def test_times_in_prose_have_about_three_digits(seconds: float | None, text: str) -> None:
    assert short_milliseconds(seconds) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (None, "·"),
        (0, "0.0"),
        (0.125, "12.5"),
        (1, "100.0"),
        (0.0001, "<0.1"),
        (0.9996, ">99.9"),
        (1 / 3, "33.3"),
    ],
)
def test_a_little_loss_is_not_none_and_nearly_all_is_not_all(
    ratio: float | None, text: str
) -> None:
    assert percent(ratio) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (99999, "99999"), (100000, "100k"), (999999, "999k"), (1234567, "1.2M")],
)
def test_counters_stay_short(number: int, text: str) -> None:
    assert count(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0:00"),
        (7.9, "0:07"),
        (754, "12:34"),
        (3723, "1:02:03"),
        (3 * 86400 + 4 * 3600 + 300, "3d 04:05"),
    ],
)
def test_durations_read_as_on_a_clock(seconds: float, text: str) -> None:
    assert elapsed(seconds) == text


def test_intervals_and_rates_have_no_needless_digits() -> None:
    assert [interval(seconds) for seconds in (0.1, 1.0, 30.0, 60.0, 3600.0, 90.0)] == [
        "0.1 s",
        "1 s",
        "30 s",
        "1 min",
        "60 min",
        "90 s",
    ]
    assert [rate(pps) for pps in (0.25, 12, 150.4)] == ["0.2", "12.0", "150"]


def test_an_address_without_room_keeps_both_its_ends() -> None:
    long = ip_address("2001:db8:1234:5678:9abc:def0:1234:5678")
    assert address(long) == "2001:db8:1234:5678:9abc:def0:1234:5678"
    assert address(long, 20) == "2001:db8:…:1234:5678"
    assert address(long, 39) == str(long)


@given(st.text(max_size=50), st.integers(min_value=0, max_value=50))
def test_elided_text_fits(text: str, width: int) -> None:
    assert len(elided(text, width)) <= max(width, 0) or len(text) <= width
