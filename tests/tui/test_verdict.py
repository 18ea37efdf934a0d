from __future__ import annotations

import random

import pytest

from poros_tui.tui.verdict import SIGNS, Verdict, meaning, verdicts
from tests.model.limited_path import played
from tests.model.limiting import simulated
from tests.tui.made_path import MadePath


def judged(*hops: tuple[int, int], destination: bool = True) -> list[Verdict]:
    """Each hop is (answered, lost)."""
    made = MadePath()
    for ttl, (answered, lost) in enumerate(hops, 1):
        for _probe in range(lost):
            made.lose(ttl)
        for _probe in range(answered):
            if destination and ttl == len(hops):
                made.reached(ttl, 5.0)
            else:
                made.reply(ttl, 5.0)
    found = verdicts(made.update().hops)
    return [found[ttl] for ttl in range(1, len(hops) + 1)]


def test_loss_that_ends_at_the_next_hop_is_only_the_routers_own() -> None:
    assert judged((10, 0), (5, 5), (10, 0)) == [Verdict.NONE, Verdict.LOCAL, Verdict.NONE]


def test_loss_that_goes_on_to_the_destination_is_on_the_way() -> None:
    assert judged((10, 0), (7, 3), (6, 4), (7, 3)) == [
        Verdict.NONE,
        Verdict.THROUGH,
        Verdict.THROUGH,
        Verdict.END,
    ]


def test_a_router_that_loses_clearly_more_than_the_path_limits_its_answers() -> None:
    assert judged((30, 70), (97, 3)) == [Verdict.LOCAL, Verdict.END]


def test_hops_without_loss_clear_those_before_them_once_there_is_enough_data() -> None:
    few = judged((8, 2), (9, 1), (10, 0), (9, 1))
    assert few == [Verdict.UNKNOWN, Verdict.UNKNOWN, Verdict.NONE, Verdict.END]
    many = judged((80, 20), (90, 10), (100, 0), (99, 1))
    assert many == [Verdict.LOCAL, Verdict.LOCAL, Verdict.NONE, Verdict.END]


def test_chance_alone_does_not_make_loss_of_the_path_a_routers_own() -> None:
    """20 % of the path: of seven hops behind one another some lose less by chance."""
    lost = (20, 14, 23, 19, 26, 17, 21)
    found = judged(*((100 - one, one) for one in lost))
    assert found == [*[Verdict.THROUGH] * 6, Verdict.END]


def test_loss_at_the_last_hop_that_answers_cannot_be_told() -> None:
    assert judged((10, 0), (8, 2), (0, 10), destination=False) == [
        Verdict.NONE,
        Verdict.UNKNOWN,
        Verdict.SILENT,
    ]


def test_a_hop_that_never_answered_is_silent_and_no_fault() -> None:
    assert judged((10, 0), (0, 10), (10, 0))[1] is Verdict.SILENT
    assert SIGNS[Verdict.SILENT] == " "


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_a_sign_and_words(verdict: Verdict) -> None:
    made = MadePath()
    made.lose(1)
    assert len(SIGNS[verdict]) == 1
    assert meaning(made.update().hops[0], verdict).endswith(".")


TIMES_S = simulated.steady(100, 0.2)


def test_a_pattern_tells_a_limit_from_other_losses_of_a_router_alone() -> None:
    limited = simulated.bucket(TIMES_S, 1.0, 6)
    lossy = simulated.by_chance(100, 0.4, random.Random(1))
    path = played(TIMES_S, {2: limited, 3: lossy})
    found = verdicts(path.snapshot().hops)
    assert [found[ttl] for ttl in (1, 2, 3, 4)] == [
        Verdict.NONE,
        Verdict.LIMITED,
        Verdict.LOCAL,
        Verdict.NONE,
    ]


def test_a_pattern_that_goes_on_to_the_destination_is_loss() -> None:
    limited = simulated.bucket(TIMES_S, 1.0, 6)
    path = played(TIMES_S, dict.fromkeys((2, 3, 4), limited))
    found = verdicts(path.snapshot().hops)
    assert [found[ttl] for ttl in (2, 3, 4)] == [Verdict.THROUGH, Verdict.THROUGH, Verdict.END]


def test_what_is_known_of_a_limit_is_told_with_its_confidence() -> None:
    path = played(TIMES_S, {2: simulated.bucket(TIMES_S, 1.0, 6)})
    hop = path.snapshot().hops[1]
    assert hop.answer_limit is not None
    text = meaning(hop, Verdict.LIMITED)
    assert f"limits its own answers: {hop.answer_limit.words()}." in text
    assert "confidence >99.99 %" in text


def test_where_no_limit_shows_none_is_claimed() -> None:
    made = MadePath()
    made.lose(1)
    text = meaning(made.update().hops[0], Verdict.LOCAL)
    assert "does not tell whether it limits them or they get lost" in text
