from __future__ import annotations

import shutil

import pytest
from trio.testing import MockClock

from tests.bench import live_cost, path_speed, probes_sent
from tests.bench.__main__ import missing_peers
from tests.bench.exchange import Exchange
from tests.bench.rtt_error import (
    differences,
    error_cells,
    milliseconds_told,
    summary_told,
    verdict,
)
from tests.bench.table import Limit, Table, median_and_quartiles, percentile


@pytest.fixture
def clock() -> MockClock:
    return MockClock(autojump_threshold=0)


def cells(table: Table) -> dict[str, tuple[str, ...]]:
    """The rows by their first cell."""
    return {row[0]: row[1:] for row in table.rows}


def test_the_speed_of_a_simulated_path_comes_out_as_a_table(clock: MockClock) -> None:
    rows = cells(path_speed.simulated_table(1, clock))
    assert rows["10 ms at every hop, concurrent"][:3] == ("20.0", "2.00", "22.5")
    assert rows["10 ms at every hop, sequential"][0] == "450.0"


def test_the_probes_of_a_simulated_path_come_out_as_a_table(clock: MockClock) -> None:
    rows = cells(probes_sent.simulated_table(clock))
    assert rows["concurrent"] == ("54", "18", "2.00", "limit 54 kept")
    kept = "limit 38 kept; 1.00 round trips more: limit 1 kept"
    assert rows["thrifty"] == ("37", "1", "3.00", kept)
    kept = "limit 38 kept; 0.00 round trips more: limit 1 kept"
    assert rows["thrifty, UDP"] == ("37", "1", "2.00", kept)
    assert rows["sequential"] == ("36", "0", "19.50", "limit 36 kept")


def test_the_tasks_of_every_mode_come_out_as_a_table(clock: MockClock) -> None:
    rows = cells(live_cost.tasks_table(clock))
    assert set(rows) == {
        f"{mode}, {queries}"
        for mode in ("concurrent", "sequential", "adaptive")
        for queries in (1, 3)
    }
    assert int(rows["sequential, 1"][0]) < int(rows["concurrent, 1"][0])


def test_a_table_is_aligned_by_the_widest_cell_of_each_column() -> None:
    table = Table("title", ("name", "ms", "verdict"), notes=["a note"])
    table.add("first", "1000")
    table.add("2nd", "1", "kept")
    assert table.text() == (
        "title\n"
        "name     ms  verdict\n"
        "-----  ----  -------\n"
        "first  1000\n"
        "2nd       1  kept\n"
        "a note\n"
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (3.0, "limit 8 kept, goal 4 met"),
        (5.0, "limit 8 kept, goal 4 not met"),
        (9.0, "limit 8 MISSED"),
    ],
)
def test_a_figure_is_held_against_its_limit_and_its_goal(value: float, words: str) -> None:
    assert Limit(8, 4).verdict(value) == words


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 50), (0.99, 99), (1.0, 100)])
def test_a_percentile_is_the_least_value_that_the_share_does_not_exceed(
    share: float, value: int
) -> None:
    assert percentile(range(100, 0, -1), share) == value


def test_the_middle_half_of_the_values_stands_beside_the_median() -> None:
    assert median_and_quartiles(range(8, 0, -1), 1) == "4.0 (2.0-6.0)"


def test_round_trips_told_are_compared_with_those_on_the_wire_in_the_order_of_sending() -> None:
    exchanges = [Exchange(1, 0, 10_000_000), Exchange(2, 0, 5_000_000), Exchange(3, 0)]
    assert differences([10_004.0, None, 7.0], exchanges) == [4.0]
    with pytest.raises(ValueError, match="1 probes were told, 3 were on the wire"):
        differences([10_004.0], exchanges)


@pytest.mark.parametrize(
    ("line", "microseconds"),
    [
        (" 2  10.0.2.1  8.25 ms * 10.0.2.2  8.5 ms !H", [8250.0, None, 8500.0]),
        ("30  203.0.113.10 <rst,ack>  120.001 ms  119.9 ms", [120_001.0, 119_900.0]),
        ("64 bytes from 203.0.113.10: icmp_seq=1 ttl=35 time=120 ms", [120_000.0]),
        ("From 10.0.1.1 icmp_seq=1 Time to live exceeded", []),
    ],
)
def test_round_trips_are_read_from_what_traceroute_and_ping_print(
    line: str, microseconds: list[float | None]
) -> None:
    assert milliseconds_told(line) == microseconds


def test_the_summary_of_a_single_ping_tells_microseconds() -> None:
    text = "1 packets transmitted, 1 received\nrtt min/avg/max/mdev = 120.4/120.5/120.6/0.0 ms\n"
    assert summary_told(text) == pytest.approx(120_400)
    with pytest.raises(ValueError, match="no summary of ping in '1 packets"):
        summary_told("1 packets transmitted, 0 received")


def test_errors_of_round_trips_are_told_by_their_sizes_and_held_against_both_limits() -> None:
    errors = [-4.0] * 19 + [90.0]
    assert error_cells(errors) == ("20", "-4.0", "4.0", "4.0", "90.0", "90.0")
    assert verdict(errors) == "median limit 10 kept; p95 limit 40 kept"
    assert verdict([-11.0] * 18 + [90.0] * 2) == "median limit 10 MISSED; p95 limit 40 MISSED"


def test_a_peer_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None if program == "mtr" else program)
    assert missing_peers() == "install mtr to compare with"
    monkeypatch.setattr(shutil, "which", str)
    assert missing_peers() is None
