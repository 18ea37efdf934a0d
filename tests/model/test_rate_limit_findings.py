"""A limit is found where the answers have its pattern and the loss ends, and nowhere else."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import pytest

from poros_tui.model.findings.find import concerning, findings
from poros_tui.model.findings.finding import Finding, FindingKind
from poros_tui.model.findings.rate_limit import rate_limits
from poros_tui.model.path import Path
from poros_tui.model.probe import Protocol
from poros_tui.model.session import SessionState
from tests.model.limited_path import LENGTH, begun, play, played, status
from tests.model.limiting import simulated

TIMES_S = simulated.steady(100, 0.2)
LIMITED = simulated.bucket(TIMES_S, 1.0, 6)


def found(path: Path) -> list[Finding]:
    return list(findings(path.snapshot().hops, Protocol.ICMP))


def found_in(answered: Mapping[int, Sequence[bool]]) -> list[Finding]:
    return found(played(TIMES_S, answered))


def test_a_router_that_limits_its_answers_is_found_with_its_figures() -> None:
    (finding,) = found_in({2: LIMITED})
    assert finding.kind is FindingKind.RATE_LIMIT
    assert (finding.ttl, finding.last_ttl, finding.after_ttl) == (2, 2, None)
    assert finding.limit is not None
    assert finding.limit.per_second == 1
    assert finding.short() == "router limits its answers at hop 2"
    assert finding.words() == f"router limits its answers at hop 2: {finding.limit.words()}"
    assert concerning(2, [finding]) == (finding,)
    assert concerning(3, [finding]) == ()


def test_several_routers_may_limit_their_answers() -> None:
    assert [f.ttl for f in found_in(dict.fromkeys((1, 2, 3), LIMITED))] == [1, 2, 3]


def test_where_all_later_hops_lose_as_much_nothing_is_claimed() -> None:
    """So does a policer on the link behind hop 1."""
    assert found_in(dict.fromkeys(range(2, LENGTH + 1), LIMITED)) == []


def test_the_last_hop_that_answers_has_no_witness() -> None:
    assert found_in({3: LIMITED, 4: [False] * 100}) == []
    assert found_in({4: LIMITED}) == []


def test_losses_at_random_at_one_hop_alone_are_no_limit() -> None:
    for seed in range(10):
        assert found_in({2: simulated.by_chance(100, 0.3, random.Random(seed))}) == []


def test_a_limit_is_found_although_the_path_loses_too() -> None:
    chance = random.Random(1)
    beyond = simulated.by_chance(100, 0.2, chance)
    (finding,) = found_in({2: LIMITED, 3: beyond, 4: beyond})
    assert finding.ttl == 2


def test_a_claim_is_withdrawn_when_later_hops_come_to_lose_as_much() -> None:
    path = played(TIMES_S, {2: LIMITED})
    assert len(found(path)) == 1
    later_s = [20 + time_s for time_s in simulated.steady(600, 0.2)]
    limited = simulated.bucket(later_s, 1.0, 6, tokens=0.0)
    silent = [False] * 600
    play(path, later_s, {2: limited, 3: silent, 4: silent}, first=100)
    assert found(path) == []


def test_with_too_little_nothing_is_claimed() -> None:
    for probes in (3, 7, 10, 15):
        times_s = TIMES_S[:probes]
        assert found(played(times_s, {2: simulated.bucket(times_s, 1.0, 6)})) == []


def test_a_limit_that_refused_nobody_is_none() -> None:
    path = played(TIMES_S, {2: LIMITED})
    (hop,) = (hop for hop in path.snapshot().hops if hop.ttl == 2)
    assert rate_limits([hop]) == {}
    assert rate_limits([]) == {}


def test_while_it_goes_on_one_hop_is_looked_at_for_each_update() -> None:
    path = begun()
    answered = dict.fromkeys((1, 2, 3), LIMITED)
    play(path, TIMES_S, answered)
    known = []
    for _ in range(4):
        path._changed.update((1, 2, 3, 4))
        update = path.take_update()
        known.append([hop.ttl for hop in update.hops if hop.answer_limit is not None])
    assert known == [[1], [1, 2], [1, 2, 3], [1, 2, 3]]


def test_when_it_is_over_all_that_is_not_looked_at_is() -> None:
    path = begun()
    play(path, TIMES_S, dict.fromkeys((1, 2, 3), LIMITED))
    status(path, 99, SessionState.FINISHED)
    update = path.take_update()
    assert [hop.ttl for hop in update.hops if hop.answer_limit is not None] == [1, 2, 3]


def test_a_report_sees_the_beginning_that_has_left_the_window() -> None:
    """It asks for no update until the end; the engine says when a round begins."""
    path = begun()
    times_s = simulated.steady(400, 0.2)
    answered = {2: simulated.bucket(times_s, 1.0, 6)}
    for number, time_s in enumerate(times_s):
        status(path, number)
        play(path, [time_s], {2: [answered[2][number]]}, first=number)
    (finding,) = found(path)
    assert finding.limit is not None
    assert finding.limit.burst == 6
    assert finding.limit.probes == 400
    assert finding.limit.limited == pytest.approx(400 - 6 - 80, abs=4)


def test_hops_that_do_not_lose_alone_are_not_even_looked_at() -> None:
    path = played(TIMES_S, dict.fromkeys(range(2, LENGTH + 1), LIMITED))
    assert path._hops[2].may_look_for_limit(at_last=False)
    path.take_update()
    assert not path._hops[2].may_look_for_limit(at_last=False)
    assert all(hop.answer_limit is None for hop in path.snapshot().hops)


def test_another_router_at_the_hop_has_a_limit_of_its_own() -> None:
    path = played(TIMES_S, {2: LIMITED})
    assert len(found(path)) == 1
    later_s = [100 + time_s for time_s in TIMES_S]
    limited = simulated.bucket(later_s, 2.0, 2)
    play(path, later_s, {2: limited}, first=100, responders={2: "10.0.2.99"})
    (finding,) = found(path)
    assert finding.limit is not None
    assert finding.limit.per_second == 2
    assert finding.limit.probes == 100


def test_routers_that_share_a_hop_are_no_change_of_the_route() -> None:
    chance = random.Random(2)
    path = begun()
    for number, time_s in enumerate(TIMES_S):
        responders = {2: f"10.0.2.{chance.choice((1, 2))}"}
        play(path, [time_s], {2: [LIMITED[number]]}, first=number, responders=responders)
    (finding,) = found(path)
    assert finding.limit is not None
    assert (finding.limit.probes, finding.limit.routers) == (100, 2)
    assert "2 routers together" in finding.words()


def test_a_reset_forgets_the_limit() -> None:
    path = played(TIMES_S, {2: LIMITED})
    assert len(found(path)) == 1
    path._forget()
    play(path, TIMES_S[:10], {})
    assert found(path) == []
