"""A hop that is watched: what it takes to find a limit, to keep it, and to drop it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest

from poros_tui.model.limiting.series import AnswerSeries
from poros_tui.model.limiting.watch import FALSE_ALARMS, LimitWatch
from poros_tui.model.rate_limit import RateLimit
from tests.model.limiting import simulated

WINDOW = 240


def looks(
    watch: LimitWatch,
    times_s: Sequence[float],
    answered: Sequence[bool],
    *,
    routers: int = 1,
    flows: Sequence[int] = (),
) -> list[RateLimit | None]:
    """What is known after each look that is due, with the newest probes in view."""
    told = []
    for decided in range(1, len(times_s) + 1):
        if watch.is_due(decided, at_last=decided == len(times_s)):
            kept = range(max(watch.since, decided - WINDOW), decided)
            window = slice(kept.start, kept.stop)
            series = AnswerSeries(
                times_s[window],
                answered[window],
                numbers=kept,
                flows=flows[window],
                is_from_start=kept.start == 0,
            )
            lost = decided - sum(answered[:decided])
            watch.look(series, decided=decided, lost=lost, routers=routers)
            told.append(watch.limit)
    return told


def test_linux_at_five_probes_a_second_is_known_within_ten_seconds() -> None:
    times_s = simulated.steady(50, 0.2)
    (*_, limit) = looks(LimitWatch(), times_s, simulated.bucket(times_s, 1.0, 6))
    assert limit is not None
    assert limit.per_second == 1
    assert limit.burst == 6
    assert limit.burst_interval == (6, 6)
    assert limit.limited == 50 - 6 - 9
    assert limit.probes == 50
    assert limit.confidence > 0.9999


def test_linux_at_one_probe_a_second_is_not_seen() -> None:
    times_s = simulated.steady(300, 1.0)
    answered = simulated.bucket(times_s, 1.0, 6)
    assert all(answered)
    assert set(looks(LimitWatch(), times_s, answered)) == {None}


def test_one_burst_of_20_shows_a_usual_limit_and_one_of_10_does_not() -> None:
    for probes, is_known in ((10, False), (20, True)):
        times_s = simulated.rounds(probes, 60.0, probes)
        (*_, limit) = looks(LimitWatch(), times_s, simulated.bucket(times_s, 1.0, 6))
        assert (limit is not None) is is_known
    assert limit is not None
    assert (limit.burst, limit.limited, limit.per_second) == (6, 14, None)


def test_an_unusual_burst_takes_two_of_them() -> None:
    times_s = simulated.rounds(80, 60.0, 40)
    answered = simulated.bucket(times_s, 1.0, 13)
    (*_, once) = looks(LimitWatch(), times_s[:40], answered[:40])
    (*_, twice) = looks(LimitWatch(), times_s, answered)
    assert once is None
    assert twice is not None
    assert twice.burst_interval is not None
    assert twice.burst_interval[0] <= 13 <= (twice.burst_interval[1] or 13)


def test_alternating_answers_prove_nothing() -> None:
    times_s = simulated.steady(600, 0.5)
    answered = [place % 2 == 0 for place in range(600)]
    assert set(looks(LimitWatch(), times_s, answered)) == {None}


def test_a_flow_that_meets_a_silent_router_proves_nothing() -> None:
    times_s = simulated.rounds(400, 1.0, 4)
    flows = [place % 4 for place in range(400)]
    answered = [flow != 2 for flow in flows]
    assert set(looks(LimitWatch(), times_s, answered, flows=flows)) == {None}


CHANCES: dict[str, Callable[[list[float], random.Random], list[bool]]] = {
    **{
        f"{ratio} at random": (
            lambda times_s, chance, ratio=ratio: simulated.by_chance(len(times_s), ratio, chance)
        )
        for ratio in (0.05, 0.3, 0.6, 0.85)
    },
    "rare outages": lambda times_s, chance: simulated.with_outages(
        times_s, chance, begins_per_s=1 / 300, ends_per_s=0.1
    ),
    "frequent outages": lambda times_s, chance: simulated.with_outages(
        times_s, chance, begins_per_s=0.3, ends_per_s=2.0
    ),
}
PACES = {
    "0.2 s": simulated.steady(400, 0.2),
    "1 s": simulated.steady(400, 1.0),
    "1 s, 10 at once": simulated.rounds(400, 1.0, 10),
    "20 at once": simulated.rounds(20, 60.0, 20),
}


@pytest.mark.sampled(8)
@pytest.mark.parametrize("pace", PACES)
@pytest.mark.parametrize("kind", CHANCES)
def test_losses_by_chance_are_never_taken_for_a_limit(kind: str, pace: str) -> None:
    """Each hop is looked at again and again; of all that are watched here fewer than FALSE_ALARMS
    may be wrong, which is less than one."""
    hops = 8
    assert hops * len(PACES) * len(CHANCES) * FALSE_ALARMS < 1
    for seed in range(hops):
        chance = random.Random(f"{kind} {pace} {seed}")
        times_s = simulated.shaken(PACES[pace], chance)
        answered = CHANCES[kind](times_s, chance)
        assert set(looks(LimitWatch(), times_s, answered)) <= {None}


def test_confidence_is_at_least_what_is_promised_and_grows() -> None:
    times_s = simulated.shaken(simulated.steady(200, 0.2), random.Random(1))
    told = looks(LimitWatch(), times_s, simulated.bucket(times_s, 1.0, 6))
    known = [limit.confidence for limit in told if limit is not None]
    assert known == sorted(known)
    assert 1 - FALSE_ALARMS <= known[0] < known[-1] < 1


def test_a_limit_stays_known_when_its_beginning_has_left_the_window() -> None:
    times_s = simulated.shaken(simulated.steady(2000, 0.2), random.Random(2))
    answered = simulated.bucket(times_s, 1.0, 6)
    *_, limit = looks(LimitWatch(), times_s, answered)
    assert limit is not None
    assert (limit.per_second, limit.burst) == (1, 6)
    assert limit.probes == 2000
    assert limit.limited == pytest.approx(answered.count(False), rel=0.01)


def test_other_losses_are_not_counted_as_refused() -> None:
    chance = random.Random(3)
    times_s = simulated.shaken(simulated.steady(240, 0.2), chance)
    reference = simulated.bucket(times_s, 1.0, 6)
    answered = [each and chance.random() > 0.2 for each in reference]
    *_, limit = looks(LimitWatch(), times_s, answered)
    assert limit is not None
    assert limit.limited == pytest.approx(reference.count(False), rel=0.05)
    assert limit.limited < answered.count(False)


def test_slower_probes_let_the_limit_be_and_it_stays_known() -> None:
    fast = simulated.steady(120, 0.2)
    times_s = [*fast, *(fast[-1] + 2.0 * number for number in range(1, 401))]
    told = looks(LimitWatch(), times_s, simulated.bucket(times_s, 1.0, 6))
    assert told[-1] is not None
    assert told[-1].limited == pytest.approx(120 - 6 - 24, abs=2)


def test_a_limit_that_is_gone_is_dropped() -> None:
    chance = random.Random(4)
    times_s = simulated.steady(600, 0.2)
    answered = [*simulated.bucket(times_s[:200], 1.0, 6), *simulated.by_chance(400, 0.5, chance)]
    told = looks(LimitWatch(), times_s, answered)
    assert any(limit is not None for limit in told)
    assert told[-1] is None


def test_another_router_begins_anew() -> None:
    watch = LimitWatch()
    times_s = simulated.steady(300, 0.2)
    first, second = times_s[:150], times_s[150:]
    answered = [*simulated.bucket(first, 1.0, 6), *simulated.bucket(second, 2.0, 2)]
    looks(watch, first, answered[:150])
    assert watch.limit is not None
    watch.restart(150)
    assert watch.limit is None
    *_, limit = looks(watch, times_s, answered)
    assert limit is not None
    assert limit.per_second == 2
    assert limit.probes == 150


def test_several_routers_have_no_burst_that_could_be_told() -> None:
    times_s = simulated.steady(100, 0.2)
    *_, limit = looks(LimitWatch(), times_s, simulated.bucket(times_s, 1.0, 6), routers=2)
    assert limit is not None
    assert (limit.burst, limit.burst_interval, limit.routers) == (None, None, 2)


def test_never_more_are_refused_than_are_lost() -> None:
    """Answers that come late take losses back."""
    watch = LimitWatch()
    times_s = simulated.steady(100, 0.2)
    answered = simulated.bucket(times_s, 1.0, 6)
    watch.look(AnswerSeries(times_s, answered), decided=100, lost=40, routers=1)
    assert watch.limit is not None
    assert watch.limit.limited == 40


@pytest.mark.parametrize("is_limited", [False, True])
def test_looks_are_few_and_what_is_remembered_is_bounded(is_limited: bool) -> None:
    watch = LimitWatch()
    times_s = simulated.steady(5000, 0.2)
    answered = (
        simulated.bucket(times_s, 1.0, 6)
        if is_limited
        else simulated.by_chance(5000, 0.3, random.Random(5))
    )
    told = looks(watch, times_s, answered)
    assert len(told) <= 5000 / (120 if is_limited else 240) + 18
    tally = watch._tally
    assert len(tally._numbers) == len(tally._limited) <= WINDOW


def test_a_look_is_due_at_the_end_if_anything_is_new() -> None:
    watch = LimitWatch()
    assert watch.is_due(1, at_last=True)
    assert not watch.is_due(11, at_last=False)
    assert watch.is_due(12, at_last=False)
    times_s = simulated.steady(12, 1.0)
    watch.look(AnswerSeries(times_s, [True] * 12), decided=12, lost=0, routers=1)
    assert not watch.is_due(12, at_last=True)
    assert watch.is_due(13, at_last=True)
    assert not watch.is_due(17, at_last=False)
    assert watch.is_due(18, at_last=False)
