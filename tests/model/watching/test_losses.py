from __future__ import annotations

import random
from math import log

import pytest

from poros_tui.model.events import EventKind
from poros_tui.model.probe import Lost
from poros_tui.model.watching.cumulative_sum import USUAL_LEAST, Rates, Sum, Usual
from poros_tui.model.watching.losses import BEGAN, LossWatch
from poros_tui.model.watching.rounds import RoundBook
from poros_tui.model.watching.told import Told
from tests.model.outcomes import probe, reply
from tests.model.watching.made_rounds import DESTINATION, Maker, Outcome


class Line:
    """A path of four hops whose losses are watched."""

    def __init__(self, *, is_reached: bool = True) -> None:
        self._watch = LossWatch()
        self._maker = Maker()
        self._is_reached = is_reached
        self.told: list[Told] = []

    def go(self, count: int, *hops: Outcome | list[Outcome]) -> None:
        for _ in range(count):
            one = self._maker.round(*hops)
            end = len(hops) if self._is_reached else None
            self.told += self._watch.see(one, self._maker.kept, end, len(hops))

    def brief(self) -> list[tuple[EventKind, int, int | None]]:
        return [(told.kind, told.sight.round, told.ttl) for told in self.told]


FINE: tuple[Outcome, ...] = (1.0, 2.0, 3.0, DESTINATION)
BEHIND_2: tuple[Outcome, ...] = (1.0, 2.0, None, None)
BEGAN_KIND, ENDED_KIND = EventKind.LOSS_BEGAN, EventKind.LOSS_ENDED


def test_a_burst_begins_with_its_first_loss_and_ends_behind_its_last() -> None:
    line = Line()
    line.go(400, *FINE)
    line.go(12, *BEHIND_2)
    line.go(40, *FINE)
    assert line.brief() == [(BEGAN_KIND, 400, 3), (ENDED_KIND, 412, 3)]
    began, ended = line.told
    assert began.words == "5 of 5 lost from here to the destination, before that 0.0 %"
    assert ended.words == "after 12 s: 12 of 12 lost, 12 in a row"


def test_answers_within_a_burst_do_not_end_it() -> None:
    line = Line()
    line.go(400, *FINE)
    for number in range(40):
        line.go(1, *(FINE if number % 3 == 2 else BEHIND_2))
    line.go(40, *FINE)
    assert line.brief() == [(BEGAN_KIND, 400, 3), (ENDED_KIND, 440, 3)]
    assert line.told[1].words == "after 40 s: 27 of 40 lost, 2 in a row"


REFUSED: tuple[Outcome, ...] = (1.0, 2.0, 3.0, "!10.0.3.1")


def test_who_says_that_the_destination_cannot_be_reached_ends_no_burst() -> None:
    """A router that looks for it is silent at first, then says so, and now and then does not."""
    line = Line()
    line.go(400, *FINE)
    line.go(7, 1.0, 2.0, 3.0, None)
    line.go(30, *REFUSED)
    line.go(2, 1.0, 2.0, 3.0, None)
    line.go(7, *REFUSED)
    assert line.brief() == [(BEGAN_KIND, 400, 4)]
    line.go(40, *FINE)
    assert line.brief() == [(BEGAN_KIND, 400, 4), (ENDED_KIND, 446, 4)]
    assert line.told[1].words == "after 46 s: 46 of 46 lost, 46 in a row"


def test_who_says_so_at_a_nearer_hop_ends_none_either() -> None:
    line = Line()
    line.go(400, *FINE)
    line.go(7, *BEHIND_2)
    line.go(30, 1.0, 2.0, "!10.0.3.1")
    line.go(40, *FINE)
    assert line.brief() == [(BEGAN_KIND, 400, 3), (ENDED_KIND, 437, 3)]


def test_who_says_so_begins_none() -> None:
    line = Line()
    line.go(400, *FINE)
    line.go(40, *REFUSED)
    line.go(40, *FINE)
    assert line.told == []


def test_where_the_farthest_hop_always_says_so_that_is_its_answer() -> None:
    line = Line(is_reached=False)
    line.go(400, 1.0, 2.0, "!10.0.3.1")
    line.go(12, 1.0, None, None)
    line.go(40, 1.0, 2.0, "!10.0.3.1")
    assert line.brief() == [(BEGAN_KIND, 400, 2), (ENDED_KIND, 412, 2)]


@pytest.mark.parametrize("losses", [1, 2, 3, 4])
def test_a_few_losses_in_a_row_are_no_burst(losses: int) -> None:
    line = Line()
    line.go(1000, *FINE)
    line.go(losses, *BEHIND_2)
    line.go(200, *FINE)
    assert line.told == []


@pytest.mark.parametrize("loss", [0.01, 0.1, 0.3, 0.6, 0.95])
def test_a_path_that_always_loses_has_no_bursts(loss: float) -> None:
    line = Line()
    chance = random.Random(7)
    for _ in range(2500):
        line.go(1, *(BEHIND_2 if chance.random() < loss else FINE))
    assert line.told == []


def test_a_router_that_limits_its_answers_is_no_burst() -> None:
    line = Line()
    line.go(400, *FINE)
    line.go(100, 1.0, None, 3.0, DESTINATION)
    assert line.told == []


def test_at_the_destination_alone_it_is_its_own() -> None:
    line = Line()
    line.go(400, *FINE)
    line.go(12, 1.0, 2.0, 3.0, None)
    assert line.told[0].ttl == 4
    assert line.told[0].words.startswith("5 of 5 lost at the destination alone")


def test_a_hop_that_never_answers_does_not_hide_the_place() -> None:
    line = Line()
    line.go(400, 1.0, 2.0, 3.0, None, 5.0, DESTINATION)
    line.go(30, 1.0, 2.0, None, None, None, None)
    assert line.brief() == [(BEGAN_KIND, 400, 3)]


def test_where_the_destination_is_silent_two_hops_must_lose() -> None:
    alone, shared = Line(is_reached=False), Line(is_reached=False)
    for line in (alone, shared):
        line.go(400, 1.0, 2.0, 3.0)
    alone.go(30, 1.0, 2.0, None)
    shared.go(30, 1.0, None, None)
    assert alone.told == []
    assert shared.brief() == [(BEGAN_KIND, 400, 2)]
    assert "from here to hop 3" in shared.told[0].words
    for line in (alone, shared):
        line.go(50, 1.0, 2.0, 3.0)
    assert alone.told == []
    assert shared.brief()[1:] == [(ENDED_KIND, 430, 2)]


def test_probes_of_one_round_share_their_fate() -> None:
    line = Line()
    line.go(400, [1.0] * 8, [DESTINATION] * 8)
    line.go(3, [1.0] * 8, [None] * 8)
    line.go(40, [1.0] * 8, [DESTINATION] * 8)
    assert line.told == []  # 24 probes, but three moments
    line.go(6, [1.0] * 8, [None] * 8)
    assert line.brief() == [(BEGAN_KIND, 443, 2)]
    assert line.told[0].words.startswith("40 of 40 lost")


def test_a_destination_that_seems_to_have_moved_is_counted_when_that_is_known() -> None:
    line = Line()
    line.go(400, *FINE)
    maker, watch = line._maker, line._watch
    for outcomes in (
        (1.0, 2.0, None, None, DESTINATION),  # it answers from beyond: lost here, or moved?
        (1.0, 2.0, None, None, None),
        (1.0, 2.0, None, DESTINATION, None),  # it has not moved
    ):
        line.told += watch.see(maker.round(*outcomes), maker.kept, 4, 4)
    assert [trial.loss for trial in watch._open] == [1.0, 1.0, 0.0]


def test_one_that_has_moved_indeed_has_not_lost() -> None:
    line = Line()
    line.go(400, *FINE)
    maker, watch = line._maker, line._watch
    for end in (*[4] * 10, *[5] * 30):
        one = maker.round(1.0, 2.0, 3.0, None, DESTINATION)
        line.told += watch.see(one, maker.kept, end, end)
    assert line.told == []
    assert watch._open == []


def test_late_answers_take_a_burst_back_before_it_is_one() -> None:
    book, watch = RoundBook(), LossWatch()
    told: list[Told] = []
    late = []
    for number in range(600):
        book.begin(number)
        asked = probe(number, in_round=number)
        book.sent(asked, float(number))
        if number < 500:
            book.answered(reply(asked, DESTINATION))
        else:
            book.lost(Lost(asked, 3.0))
            late.append(asked)
        if len(late) > 2:  # each comes two rounds late
            book.answered(reply(late.pop(0), DESTINATION, was_lost=True, is_late=True))
        book.begin(number + 1)
        for one in book.take_finished():
            told += watch.see(one, book.kept, 1, 1)
    assert told == []


def test_a_burst_whose_answers_come_late_says_so() -> None:
    book, watch = RoundBook(), LossWatch()
    told: list[Told] = []
    late = []
    for number in range(600):
        book.begin(number)
        asked = probe(number, in_round=number)
        book.sent(asked, float(number))
        if 500 <= number < 510:
            book.lost(Lost(asked, 3.0))
            late.append(asked)
        else:
            book.answered(reply(asked, DESTINATION))
        if number == 511:
            for one in late:
                book.answered(reply(one, DESTINATION, was_lost=True, is_late=True))
        book.begin(number + 1)
        for complete in book.take_finished():
            told += watch.see(complete, book.kept, 1, 1)
    assert [one.kind for one in told] == [BEGAN_KIND, ENDED_KIND]
    assert told[1].words == "after 10 s: 0 of 10 lost, 0 in a row; 10 came late"


# The sums


@pytest.mark.parametrize("loss", [0.0, 0.25, 1.0])
def test_the_evidence_of_a_round_is_its_log_likelihood_ratio(loss: float) -> None:
    rates = Rates(0.1, 0.5)
    expected = loss * log(0.5 / 0.1) + (1 - loss) * log(0.5 / 0.9)
    assert rates.evidence(loss) == pytest.approx(expected)


def test_a_sum_never_falls_below_nothing_and_knows_where_it_was() -> None:
    one = Sum(Rates(0.01, 0.5))
    for index, loss in enumerate((0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1)):
        one.add(loss, index)
    assert one.start == 10
    assert one.value == pytest.approx(2 * log(50))
    assert one.value < BEGAN < 5 * log(50)


def test_what_is_usual_is_an_upper_bound_and_never_nothing() -> None:
    usual = Usual()
    bounds = []
    for _ in range(1000):
        usual.add(0.0)
        bounds.append(usual.bound)
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[99] == pytest.approx(4 / 104)
    assert bounds[-1] == USUAL_LEAST
    usual.add(1.0)
    assert usual.bound > 1 / 1001


def test_the_usual_is_that_of_the_recent_past() -> None:
    usual = Usual()
    for _ in range(5000):
        usual.add(0.3)
    for _ in range(5000):
        usual.add(0.0)
    assert usual.lost / usual.rounds < 0.02


def test_bursts_before_anything_was_usual_hide_none_that_come_later() -> None:
    told = []
    for seed in range(20):
        chance, line = random.Random(seed), Line()
        for quiet in (18, 60, 190):
            line.go(quiet, *FINE)
            for _ in range(25):
                line.go(1, *(BEHIND_2 if chance.random() < 0.64 else FINE))
        line.go(60, *FINE)
        told += [one.sight.round for one in line.told if one.kind is BEGAN_KIND]
    assert sum(318 <= number < 343 for number in told) == 20
    assert all(number in range(18, 43) or 103 <= number < 128 or number >= 318 for number in told)
