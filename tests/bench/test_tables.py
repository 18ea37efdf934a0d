from __future__ import annotations

from ipaddress import IPv4Address
from struct import pack

import pytest
from trio.testing import MockClock

from tests.bench import live_cost, path_speed, probes_sent
from tests.bench.capture import Packet, read_exchanges
from tests.bench.rtt_error import differences
from tests.bench.table import Limit, Table, percentile

DESTINATION = IPv4Address("203.0.113.10")
PROBER = IPv4Address("10.255.0.2")
ROUTER = IPv4Address("10.0.1.1")


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
    assert rows["concurrent"] == ("54", "18", "48.0", "limit 54 kept")
    assert rows["thrifty"] == ("37", "1", "72.0", "limit 38 kept")
    assert rows["sequential"] == ("36", "0", "468.0", "limit 36 kept")


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


def ipv4(source: IPv4Address, destination: IPv4Address, ttl: int, icmp: bytes) -> bytes:
    fields = (0x45, 0, 20 + len(icmp), 0, 0, ttl, 1, 0, source.packed, destination.packed)
    return pack("!BBHHHBBH4s4s", *fields) + icmp


def echo(sequence: int, ttl: int) -> bytes:
    return ipv4(PROBER, DESTINATION, ttl, pack("!BBHHH", 8, 0, 0, 7, sequence))


def exceeded(quoted: bytes) -> bytes:
    return ipv4(ROUTER, PROBER, 255, pack("!BBHI", 11, 0, 0, 0) + quoted)


def reply(sequence: int) -> bytes:
    return ipv4(DESTINATION, PROBER, 64, pack("!BBHHH", 0, 0, 0, 7, sequence))


def test_answers_on_the_wire_are_matched_to_their_probes_and_the_first_counts() -> None:
    packets = [
        Packet(1_000_000, True, echo(1, ttl=1)),
        Packet(2_000_000, True, echo(2, ttl=2)),
        Packet(3_000_000, True, echo(3, ttl=3)),
        Packet(9_000_000, False, reply(2)),
        Packet(11_000_000, False, exceeded(echo(1, ttl=1))),
        Packet(12_000_000, False, exceeded(echo(1, ttl=1))),
        Packet(13_000_000, False, reply(99)),
    ]
    exchanges = read_exchanges(packets, DESTINATION)
    assert [(each.ttl, each.rtt_us) for each in exchanges] == [(1, 10_000), (2, 7_000), (3, None)]


def test_round_trips_told_are_compared_with_those_on_the_wire_in_the_order_of_sending() -> None:
    packets = [
        Packet(0, True, echo(1, ttl=1)),
        Packet(0, True, echo(2, ttl=2)),
        Packet(5_000_000, False, reply(2)),
        Packet(10_000_000, False, exceeded(echo(1, ttl=1))),
    ]
    exchanges = read_exchanges(packets, DESTINATION)
    assert differences([10_004.0, None], exchanges) == [4.0]
    with pytest.raises(ValueError, match="1 probes were told, 2 were on the wire"):
        differences([10_004.0], exchanges)
