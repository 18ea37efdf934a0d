from __future__ import annotations

from poros_tui.model.path_lengths import PathLengths
from tests.model.watching.made_rounds import DESTINATION, Maker, Outcome

ROUTERS: tuple[Outcome, ...] = ("10.0.1.1", "10.0.2.1", "10.0.3.1")


def lengths(*rounds: tuple[Outcome, ...]) -> PathLengths:
    """Of rounds one second apart."""
    found, maker = PathLengths(), Maker()
    for hops in rounds:
        found.add(maker.round(*hops))
    return found


SHORT = (*ROUTERS[:1], DESTINATION)
LONG = (*ROUTERS, DESTINATION)


def test_what_is_not_known_is_nothing() -> None:
    assert PathLengths().longest(0, 100) == 0
    assert lengths((None, None)).longest(0, 30) == 0


def test_the_first_burst_goes_beyond_the_path_and_makes_it_no_longer() -> None:
    assert lengths((*SHORT, DESTINATION, DESTINATION)).longest(0, 30) == 2


def test_a_silent_round_of_the_end_makes_it_no_longer() -> None:
    found = lengths(SHORT, (ROUTERS[0], None), (ROUTERS[0], None, DESTINATION, DESTINATION))
    assert found.longest(0, 30) == 2


def test_without_a_destination_the_last_router_ends_it() -> None:
    assert lengths((*ROUTERS, None, None)).longest(0, 30) == 3


def test_who_refuses_ends_it() -> None:
    assert lengths((ROUTERS[0], "!10.0.2.1", "!10.0.2.1")).longest(0, 30) == 2


def test_each_half_minute_has_its_own_length() -> None:
    found = lengths(*[SHORT] * 30, *[LONG] * 45, *[SHORT] * 45)
    assert [found.longest(at_s, at_s + 30) for at_s in range(-30, 150, 30)] == [0, 2, 4, 4, 2, 0]
    assert found.longest(0, 120) == 4
    assert found.longest(100.5, 100.6) == 2


def test_a_path_that_gets_longer_within_half_a_minute_is_long() -> None:
    assert lengths(SHORT, LONG).longest(0, 30) == 4


def test_a_day_and_six_hours_are_kept() -> None:
    found, maker = PathLengths(), Maker()
    found.add(maker.round(*LONG))
    maker._number = 30 * 3600 - 1
    found.add(maker.round(*SHORT))
    assert found.longest(0, 30) == 4
    assert found.longest(30, 30 * 3600 - 30) == 0
    found.add(maker.round(*SHORT))
    assert found.longest(0, 30) == 0
    assert found.longest(30 * 3600 - 30, 30 * 3600 + 30) == 2
    maker._number = 90 * 3600
    found.add(maker.round(*LONG))
    assert found.longest(0, 90 * 3600 + 30) == 4
    assert found.longest(0, 90 * 3600) == 0
