from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import msgspec
import pytest

from poros_tui.model.departure import Departure, OtherWay

SEEN = Departure(
    ttl=3,
    address=IPv4Address("10.0.3.1"),
    usual=(IPv4Address("10.0.4.1"),),
    flows=7,
    others=(OtherWay(IPv4Address("10.0.4.2"), 6), OtherWay(IPv4Address("10.0.4.3"), 5)),
    neighbours=17,
    network=IPv4Network("203.0.113.0/24"),
    routes=9,
    meets_at=5,
    repeated=3,
)


def but(**changes: object) -> Departure:
    return msgspec.structs.replace(SEEN, **changes)


def test_all_that_speaks_for_it_is_said() -> None:
    assert SEEN.is_by_destination
    assert SEEN.evidence == (
        "all 7 flows to the destination met 10.0.4.1, but 11 of 17 neighbours in 203.0.113.0/24 "
        "met 2 others, in such turn that it would take 9 routes; 3 further flows to these met the "
        "same again, and all ways meet at hop 5"
    )


def test_chance_would_have_sent_all_flows_alike_so_often() -> None:
    # Six flows after the first, and three more, each with one of three ways.
    assert SEEN.confidence == pytest.approx(1 - (1 / 3) ** 9)


@pytest.mark.parametrize(
    ("changes", "doubt"),
    [
        ({"is_told": False}, "packets are shared out one by one there"),
        ({"usual": (None, None)}, "flows to the destination are shared out there as well"),
        (
            {"strayed": 1},
            "1 of 3 further flows to these met yet another: it is not the destination alone that "
            "decides",
        ),
        ({"routes": 4}, "4 routes would do the same"),
        ({"meets_at": None}, "their ways were not seen to meet again before the destination"),
        ({"repeated": 1}, "too few further flows to these were answered"),
    ],
)
def test_whatever_is_missing_is_a_doubt(changes: dict[str, object], doubt: str) -> None:
    departure = but(**changes)
    assert departure.doubt == doubt
    assert not departure.is_by_destination
    assert departure.evidence.endswith("met 2 others")


def test_one_of_a_kind_is_said_as_one() -> None:
    one = but(flows=1, neighbours=1, others=SEEN.others[:1], routes=2)
    assert one.evidence == (
        "the one flow to the destination met 10.0.4.1, but 6 of 1 neighbour in 203.0.113.0/24 met "
        "1 other"
    )


def test_several_usual_ways_are_counted() -> None:
    shared = but(usual=(IPv4Address("10.0.4.1"), IPv4Address("10.0.4.9")))
    assert shared.evidence.startswith("all 7 flows to the destination met 2 interfaces, but 11")
