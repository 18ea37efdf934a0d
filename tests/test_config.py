"""Every bound of a session, and the sentence that says it."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from poros_tui.config import PLACES_PER_QUERY, SessionConfig
from poros_tui.errors import UsageError

OUT_OF_RANGE: list[tuple[Mapping[str, float], str]] = [
    ({"max_hops": 0}, "--max-hops 0 is out of range; give 1 to 255 hops"),
    ({"max_hops": 256}, "--max-hops 256 is out of range; give 1 to 255 hops"),
    ({"first_hop": 0}, "--first-hop 0 is out of range; give 1 to 255 hops"),
    ({"first_hop": 256}, "--first-hop 256 is out of range; give 1 to 255 hops"),
    (
        {"first_hop": 11, "max_hops": 10},
        "--first-hop 11 lies beyond --max-hops 10; "
        "give a first hop that is not greater than the last",
    ),
    ({"queries": 0}, "--queries 0 is out of range; give 1 to 100 probes for each hop"),
    ({"queries": 101}, "--queries 101 is out of range; give 1 to 100 probes for each hop"),
    ({"timeout_s": 0.04}, "--timeout 0.04 is out of range; give 0.05 to 60 seconds"),
    ({"timeout_s": 60.5}, "--timeout 60.5 is out of range; give 0.05 to 60 seconds"),
    ({"timeout_s": math.nan}, "--timeout nan is out of range; give 0.05 to 60 seconds"),
    ({"interval_s": 0.09}, "--interval 0.09 is out of range; give 0.1 to 3600 seconds"),
    ({"interval_s": 3601}, "--interval 3601 is out of range; give 0.1 to 3600 seconds"),
    ({"interval_s": math.nan}, "--interval nan is out of range; give 0.1 to 3600 seconds"),
    ({"rounds": 0}, "--rounds 0 is out of range; give 1 to 1000000 rounds"),
    ({"rounds": 1_000_001}, "--rounds 1000001 is out of range; give 1 to 1000000 rounds"),
    (
        {"max_concurrency": 0},
        "--max-concurrency 0 is out of range; give 1 to 5000 probes in flight",
    ),
    (
        {"max_concurrency": 5001},
        "--max-concurrency 5001 is out of range; give 1 to 5000 probes in flight",
    ),
    (
        {"rate_limit_pps": -1},
        "--rate-limit -1 is out of range; give 0 to 100000 packets a second (0: no limit)",
    ),
    (
        {"rate_limit_pps": 100_001},
        "--rate-limit 100001 is out of range; give 0 to 100000 packets a second (0: no limit)",
    ),
    (
        {"rate_limit_pps": math.nan},
        "--rate-limit nan is out of range; give 0 to 100000 packets a second (0: no limit)",
    ),
    (
        {"rate_limit_pps": math.inf},
        "--rate-limit inf is out of range; give 0 to 100000 packets a second (0: no limit)",
    ),
    ({"gap_limit": -1}, "--gap-limit -1 is out of range; give 0 to 255 silent hops (0: no limit)"),
    (
        {"gap_limit": 256},
        "--gap-limit 256 is out of range; give 0 to 255 silent hops (0: no limit)",
    ),
]


@pytest.mark.parametrize(("options", "sentence"), OUT_OF_RANGE, ids=lambda value: str(value)[:40])
def test_a_value_out_of_range_is_refused_with_what_to_give(
    options: Mapping[str, float], sentence: str
) -> None:
    with pytest.raises(UsageError) as refusal:
        SessionConfig(**options)  # type: ignore[arg-type]
    assert str(refusal.value) == sentence
    assert refusal.value.exit_code == 2


IN_RANGE: list[Mapping[str, float]] = [
    {"max_hops": 1},
    {"max_hops": 255, "first_hop": 255},
    {"first_hop": 10, "max_hops": 10},
    {"queries": 1},
    {"queries": 100},
    {"timeout_s": 0.05},
    {"timeout_s": 60},
    {"interval_s": 0.1},
    {"interval_s": 3600},
    {"rounds": 1},
    {"rounds": 1_000_000},
    {"max_concurrency": 1},
    {"max_concurrency": 5000},
    {"rate_limit_pps": 0},
    {"rate_limit_pps": 0.001},
    {"rate_limit_pps": 100_000},
    {"gap_limit": 0},
    {"gap_limit": 255},
]


@pytest.mark.parametrize("options", IN_RANGE, ids=str)
def test_the_bounds_themselves_are_allowed(options: Mapping[str, float]) -> None:
    SessionConfig(**options)  # type: ignore[arg-type]


def test_there_is_a_place_for_every_query_of_a_30_hop_path_unless_the_user_says_otherwise() -> None:
    assert SessionConfig().places == PLACES_PER_QUERY == 30
    assert SessionConfig(queries=3).places == 90
    assert SessionConfig(queries=3, max_concurrency=4).places == 4
