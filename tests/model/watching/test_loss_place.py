from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from poros_tui.model.watching.loss_place import LossPlace
from poros_tui.model.watching.rounds import Round
from tests.model.watching.made_rounds import DESTINATION, Maker, Outcome

HOPS = 8


def rounds(losses: Sequence[Sequence[float]], seed: int) -> list[Round]:
    """One for each: the shares that are lost at each hop's link and, as losses, behind it."""
    chance = random.Random(seed)
    maker = Maker()
    made = []
    for shares in losses:
        outcomes: list[Outcome] = []
        for ttl in range(1, HOPS + 1):
            is_lost = any(chance.random() < share for share in shares[:ttl])
            answer: Outcome = DESTINATION if ttl == HOPS else float(ttl)
            outcomes.append(None if is_lost else answer)
        made.append(maker.round(*outcomes))
    return made


FINE = [0.0] * HOPS


def losing(from_hop: int, share: float) -> list[float]:
    return [share if ttl == from_hop else 0.0 for ttl in range(1, HOPS + 1)]


def place(made: list[Round], *, began: int) -> int:
    whole = LossPlace(made, from_round=began, to_round=made[-1].number)
    return whole.first_losing(HOPS)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("share", [0.3, 0.7, 1.0])
@pytest.mark.parametrize("from_hop", [1, 4, 7, 8])
def test_the_place_is_the_link_that_loses(share: float, from_hop: int) -> None:
    for seed in range(10):
        made = rounds([FINE] * 60 + [losing(from_hop, share)] * 60, seed)
        assert place(made, began=60) == from_hop


@pytest.mark.parametrize("from_hop", [1, 4, 7])
def test_rounds_of_the_burst_that_are_taken_for_usual_do_not_move_it(from_hop: int) -> None:
    """A burst of 30 % is noticed late, and its beginning may be placed 40 rounds behind it."""
    for seed in range(10):
        made = rounds([FINE] * 60 + [losing(from_hop, 0.3)] * 100, seed)
        assert place(made, began=100) == from_hop


def test_what_a_hop_usually_loses_is_no_part_of_a_burst() -> None:
    for seed in range(10):
        chance = random.Random(seed)
        maker = Maker()
        for number in range(120):
            is_lost = number >= 60 and chance.random() < 0.5
            outcomes: list[Outcome] = [
                None
                if (is_lost if ttl >= 5 else ttl == 3 and chance.random() < 0.6)
                else float(ttl)
                for ttl in range(1, HOPS)
            ]
            last = maker.round(*outcomes, None if is_lost else DESTINATION)
        kept = list(maker.kept)
        assert LossPlace(kept, from_round=60, to_round=last.number).first_losing(HOPS) == 5


def test_with_a_round_or_two_before_it_there_is_a_place_too() -> None:
    for before in (0, 1, 2):
        made = rounds([FINE] * before + [losing(4, 1.0)] * 5, 1)
        assert place(made, began=before) == 4
