"""A limit in words."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.rate_limit import RateLimit, roundest

LINUX = RateLimit(
    per_second=1.0,
    per_second_interval=(0.9034, 1.0041),
    burst=6,
    burst_interval=(6, 6),
    limited=14,
    probes=30,
    confidence=0.9995,
)


def words(**changes: object) -> str:
    return msgspec.structs.replace(LINUX, **changes).words()


def test_what_is_known_well_is_told_with_its_bounds() -> None:
    assert words() == (
        "about 1 a second (0.903 to 1.01), burst 6; 14 of 30 probes not answered because of it, "
        "confidence 99.95 %"
    )


@pytest.mark.parametrize(
    ("bounds", "told"),
    [
        ((0.61, 2.72), "0.61 to 2.72 a second, burst 6"),
        ((0.566, None), "at least 0.566 a second, burst 6"),
        ((0.0, 34.21), "at most 34.3 a second, burst 6"),
        ((0.0, None), "burst 6"),
    ],
)
def test_a_rate_with_bounds_far_apart_is_told_by_these(
    bounds: tuple[float, float | None], told: str
) -> None:
    assert words(per_second=None, per_second_interval=bounds).startswith(f"{told}; 14 of 30")


@pytest.mark.parametrize(
    ("burst", "bounds", "told"),
    [
        (6, (4, 9), "burst 6 (4 to 9)"),
        (None, (4, 9), "burst 4 to 9"),
        (None, (4, None), "burst at least 4"),
        (None, (1, None), ""),
    ],
)
def test_a_burst_is_told_as_far_as_it_is_known(
    burst: int | None, bounds: tuple[int, int | None], told: str
) -> None:
    rate = "about 1 a second (0.903 to 1.01)"
    expected = f"{rate}, {told}; " if told else f"{rate}; "
    assert words(burst=burst, burst_interval=bounds).startswith(expected)


def test_several_routers_are_told_together() -> None:
    assert words(burst=None, burst_interval=None, routers=2).startswith(
        "about 1 a second (0.903 to 1.01), 2 routers together; 14 of 30"
    )


def test_where_nothing_of_the_bucket_is_known_that_is_said() -> None:
    nothing = {"per_second": None, "per_second_interval": (0.0, None)}
    assert words(**nothing, burst=None, burst_interval=(1, None)).startswith(
        "how fast is not known; 14 of 30 probes"
    )


@pytest.mark.parametrize(
    ("confidence", "told"),
    [(0.999, "99.9"), (0.99912, "99.91"), (0.99994, "99.99"), (0.99996, ">99.99")],
)
def test_confidence_is_never_rounded_up(confidence: float, told: str) -> None:
    assert msgspec.structs.replace(LINUX, confidence=confidence).confidence_words() == told


@pytest.mark.parametrize(
    ("bounds", "told"),
    [
        ((0.858, 1.01), 1.0),
        ((9.74, 10.3), 10.0),
        ((3.27, 3.33), 3.3),
        ((0.488, 0.501), 0.5),
        ((0.583, 0.619), 0.6),
    ],
)
def test_the_roundest_number_is_told(bounds: tuple[float, float], told: float) -> None:
    assert roundest(*bounds) == told


@given(least=st.floats(0.01, 500), ratio=st.floats(1.000001, 2))
def test_the_number_told_lies_between_the_bounds(least: float, ratio: float) -> None:
    assert least <= roundest(least, least * ratio) <= least * ratio
