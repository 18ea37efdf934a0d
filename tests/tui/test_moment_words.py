from __future__ import annotations

import pytest

from poros_tui.model.bins import EMPTY_BIN, Bin
from poros_tui.model.events import Event, EventKind
from poros_tui.tui.moment_words import figures, told, when


def wall(at_s: float) -> float:
    return at_s


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (EMPTY_BIN, "nothing was asked"),
        (
            Bin(
                received=9,
                lost=1,
                least_s=0.0965,
                low_s=0.0968,
                median_s=0.0974,
                high_s=0.0991,
                most_s=0.12,
            ),
            "97.4 ms, 10-90 % 96.8-99.1, all 96.5-120.0, 1 of 10 lost",
        ),
        (
            Bin(received=1, least_s=0.01, low_s=0.01, median_s=0.01, high_s=0.01, most_s=0.01),
            "10.0 ms",
        ),
        (
            Bin(received=3, least_s=0.01, low_s=0.01, median_s=0.01, high_s=0.01, most_s=0.01),
            "10.0 ms, 3 answers",
        ),
        (
            Bin(received=2, least_s=0.01, low_s=0.01, median_s=0.01, high_s=0.02, most_s=0.02),
            "10.0 ms, all 10.0-20.0, 2 answers",
        ),
        (Bin(lost=4), "4 of 4 lost"),
        (Bin(unsent=2), "2 not sent"),
        (Bin(received=2), "answered, the clock was set, 2 answers"),
        (Bin(lost=4, span_s=30.0), "4 of 4 lost, all that is kept of 30 s"),
    ],
)
def test_a_bin_in_words(one: Bin, words: str) -> None:
    assert figures(one) == words


def test_a_column_says_when_it_begins_and_how_long_it_is() -> None:
    assert when(70.0, 15.0, wall) == "00:01:10, 15 s"
    assert when(70.5, 0.5, wall) == "00:01:10.5, 0.5 s"


def test_events_are_told_with_their_time_and_hop() -> None:
    events = [
        Event(kind=EventKind.DELAY_SHIFTED, at_s=61.0, ttl=6, words="from 14.2 to 21.7 ms"),
        Event(kind=EventKind.PAUSED, at_s=62.0, words="nothing is sent"),
    ]
    assert told(events, wall) == [
        "00:01:01 hop 6 delay shifted: from 14.2 to 21.7 ms",
        "00:01:02 paused: nothing is sent",
    ]
