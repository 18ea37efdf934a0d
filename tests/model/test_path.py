"""The path as a whole: what reaches the front ends, and when it is complete."""

from __future__ import annotations

from copy import deepcopy
from ipaddress import ip_address
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.about import About
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.naming import Naming
from poros_tui.model.path import Path
from poros_tui.model.probe import (
    AnswerKind,
    Duplicate,
    IPAddress,
    Lost,
    Mode,
    ProbeOutcome,
    SendFailed,
    Sent,
)
from poros_tui.model.session import PathUpdate, SessionState, SessionStatus
from poros_tui.model.stop import StopKind, StopReason
from poros_tui.model.stray import Stray, StrayReason
from tests.engine.discovering import discover
from tests.lab.tun import load_scenario
from tests.model.outcomes import probe, reply
from tests.tui.made_path import MadePath

REACHED = AnswerKind.REACHED
TARGET = "203.0.113.10"


GAP = StopReason(kind=StopKind.GAP_LIMIT, ttl=9, detail="8")


def status(
    *, generation: int = 0, in_round: int = 0, stop: StopReason | None = None
) -> SessionStatus:
    return SessionStatus(
        generation=generation,
        state=SessionState.RUNNING,
        mode=Mode.CONCURRENT,
        round=in_round,
        interval_s=1.0,
        stop=stop,
    )


def new_path(*, first_hop: int = 1) -> Path:
    path = Path(first_hop=first_hop)
    path.set_status(status())
    return path


def ask(path: Path, *ttls: int, in_round: int = 0, generation: int = 0) -> None:
    for ttl in ttls:
        path.add(
            Sent(
                probe(in_round * 100 + ttl, ttl=ttl, in_round=in_round, generation=generation), 0.0
            )
        )


def answer(path: Path, *ttls: int, end: int = 12, in_round: int = 0, generation: int = 0) -> None:
    for ttl in ttls:
        asked = probe(in_round * 100 + ttl, ttl=ttl, in_round=in_round, generation=generation)
        if ttl < end:
            path.add(reply(asked, f"10.0.{ttl}.1"))
        else:
            path.add(reply(asked, TARGET, kind=REACHED))


def lose(path: Path, *ttls: int, in_round: int = 0) -> None:
    for ttl in ttls:
        path.add(Lost(probe(in_round * 100 + ttl, ttl=ttl, in_round=in_round), waited_s=3.0))


def ttls(update: PathUpdate) -> list[int]:
    return [hop.ttl for hop in update.hops]


def test_without_a_status_there_is_no_session_to_show() -> None:
    path = Path(first_hop=1)
    assert not path.has_status
    assert path.generation == 0
    with pytest.raises(ValueError, match="no status"):
        path.snapshot()
    path.finish()
    assert not path.has_status


def test_before_anything_was_sent_the_path_has_no_length() -> None:
    path = new_path()
    snapshot = path.snapshot()
    assert snapshot.hops == ()
    assert snapshot.session.path_length is None
    assert snapshot.session.sent_beyond == 0
    assert path.take_update().hops == ()


def test_an_update_holds_only_what_changed_since_the_last() -> None:
    path = new_path()
    ask(path, 1, 2, 3)
    assert ttls(path.take_update()) == [1, 2, 3]
    assert ttls(path.take_update()) == []
    answer(path, 2)
    assert ttls(path.take_update()) == [2]
    path.set_status(status(in_round=1))
    assert ttls(path.take_update()) == []


def test_when_the_end_moves_both_the_old_and_the_new_are_told() -> None:
    path = new_path()
    ask(path, *range(1, 31))
    path.take_update()
    answer(path, 14)
    assert ttls(path.take_update()) == [14]
    ask(path, 14, in_round=1)
    path.take_update()
    answer(path, 12)
    update = path.take_update()
    assert ttls(update) == [12]
    assert [hop.ttl for hop in update.hops if hop.is_destination] == [12]
    assert update.session.path_length == update.session.distance == 12


def test_hops_beyond_the_end_are_not_shown_but_counted() -> None:
    path = new_path()
    ask(path, *range(1, 31))
    answer(path, *range(1, 31))
    path.take_update()
    path.add(Duplicate(probe(20, ttl=20), ip_address(TARGET)))
    assert path.take_update().hops == ()
    snapshot = path.snapshot()
    assert [hop.ttl for hop in snapshot.hops] == list(range(1, 13))
    assert snapshot.session.sent == 30
    assert snapshot.session.sent_beyond == 18
    assert snapshot.session.decided == 30


def test_hops_that_come_back_into_the_path_are_told_in_full() -> None:
    path = new_path()
    ask(path, *range(1, 15))
    answer(path, *range(1, 15))
    path.take_update()
    ask(path, 12, in_round=9)
    path.add(reply(probe(912, ttl=12, in_round=9), "10.0.12.1"))
    update = path.take_update()
    assert ttls(update) == [12, 13, 14]
    assert update.session.path_length == 14
    assert update.session.distance is None


def test_once_a_trace_is_over_hops_beyond_the_gap_are_not_shown() -> None:
    path = Path(first_hop=1, gap_limit=8)
    path.set_status(status())
    ask(path, *range(1, 31))
    answer(path, *range(1, 10))
    assert path.session().path_length == 30
    path.set_status(status(stop=GAP))
    assert path.session().path_length == 17
    assert path.session().sent_beyond == 13
    path.take_update()
    lose(path, *range(10, 31))
    assert ttls(path.take_update()) == list(range(10, 18))
    ask(path, 12, in_round=1)
    path.add(reply(probe(112, ttl=12, in_round=1), "10.0.12.1"))
    # What became of hops 18 to 20 in the meantime is told when they come into view.
    update = path.take_update()
    assert ttls(update) == [12, 18, 19, 20]
    assert [hop.lost for hop in update.hops] == [1, 1, 1, 1]


def test_a_path_that_is_barred_ends_where_that_is_said_for_all_that_went_farther() -> None:
    made = MadePath()
    made.reply(1, 1.0)
    for ttl in range(2, 31):
        made.refused(ttl, 3.0, "10.0.1.1")
    made.stopped(StopKind.UNREACHABLE, ttl=1)
    end = made.path.end_snapshot()
    assert end is not None
    assert (end.ttl, end.is_destination) == (2, False)


def test_one_more_hop_is_no_reason_to_tell_all_others_again() -> None:
    path = new_path()
    ask(path, 1, 2)
    answer(path, 1, 2)
    path.take_update()
    ask(path, 3)
    assert ttls(path.take_update()) == [3]


def test_hops_below_the_first_do_not_exist() -> None:
    path = new_path(first_hop=5)
    ask(path, *range(5, 31))
    answer(path, *range(5, 31))
    assert [hop.ttl for hop in path.snapshot().hops] == list(range(5, 13))
    assert ttls(path.take_update()) == list(range(5, 13))
    assert path.is_complete(probes_per_hop=1)


def test_a_hop_that_was_not_asked_yet_is_shown_empty() -> None:
    path = new_path()
    ask(path, 1, 3)
    answer(path, 3, end=3)
    hops = path.snapshot().hops
    assert [hop.sent for hop in hops] == [1, 0, 1]


def test_the_hop_that_refuses_is_marked() -> None:
    path = new_path()
    ask(path, *range(1, 6))
    path.add(reply(probe(5, ttl=5), "10.0.5.1", kind=AnswerKind.UNREACHABLE, code=1))
    hops = path.snapshot().hops
    assert [hop.ttl for hop in hops if hop.is_unreachable] == [5]
    assert not any(hop.is_destination for hop in hops)


def test_outcomes_from_before_a_reset_are_ignored() -> None:
    path = new_path()
    ask(path, *range(1, 13))
    path.set_status(status(generation=1))
    assert path.generation == 1
    answer(path, *range(1, 13))
    lose(path, 3)
    path.add(SendFailed(probe(2, ttl=2), "no route"))
    assert path.snapshot().hops == ()
    assert path.snapshot().session.problem is None
    ask(path, 1, generation=1, in_round=1)
    update = path.take_update()
    assert update.generation == 1
    assert [hop.sent for hop in update.hops] == [1]


def test_a_reset_forgets_the_path_but_not_the_strays() -> None:
    path = new_path()
    ask(path, *range(1, 13))
    answer(path, *range(1, 13))
    path.add(Stray(StrayReason.OTHER_SENDER, count=3))
    path.set_status(status(generation=1))
    session = path.session()
    assert (session.sent, session.decided, session.distance) == (0, 0, None)
    assert session.foreign == 3


def test_strays_are_counted_by_kind_and_change_no_hop() -> None:
    path = new_path()
    path.add(Stray(StrayReason.CUT_SHORT))
    path.add(Stray(StrayReason.OTHER_SENDER, count=2))
    path.add(Stray(StrayReason.QUOTES_PAYLOAD, count=2))
    path.add(Stray(StrayReason.OTHER_SENDER))
    update = path.take_update()
    assert update.hops == ()
    assert update.session.strays == (
        Stray(StrayReason.OTHER_SENDER, 3),
        Stray(StrayReason.QUOTES_PAYLOAD, 2),
        Stray(StrayReason.CUT_SHORT),
    )
    assert (update.session.foreign, update.session.malformed) == (5, 1)


def test_complete_is_when_the_end_is_known_and_all_up_to_it_are_decided() -> None:
    path = new_path()
    ask(path, *range(1, 31))
    assert not path.is_complete(probes_per_hop=1)
    answer(path, 12)
    assert not path.is_complete(probes_per_hop=1)
    answer(path, *range(1, 11))
    lose(path, 11)
    assert path.is_complete(probes_per_hop=1)
    assert not path.is_complete(probes_per_hop=2)


def test_a_probe_that_could_not_leave_has_its_outcome() -> None:
    path = new_path()
    ask(path, 2)
    path.add(SendFailed(probe(1, ttl=1), "no buffer space available"))
    answer(path, 2, end=2)
    assert path.is_complete(probes_per_hop=1)


def test_finishing_says_why_the_trace_ended() -> None:
    path = new_path()
    ask(path, 1, 2)
    answer(path, 1, 2, end=2)
    path.finish()
    finished = path.session().status
    assert finished.state is SessionState.FINISHED
    assert finished.stop is not None
    assert finished.stop.kind is StopKind.REACHED


def test_a_refused_send_is_a_problem_until_one_leaves_again() -> None:
    path = new_path()
    path.add(SendFailed(probe(1, ttl=1), "network is unreachable"))
    session = path.session()
    assert session.problem == "network is unreachable"
    assert (session.send_errors, session.sent, session.decided) == (1, 0, 0)
    ask(path, 2)
    assert path.session().problem is None
    assert path.session().send_errors == 1


def test_an_undelivered_probe_is_a_problem_until_a_later_one_is_answered() -> None:
    path = new_path()
    ask(path, 1, 2)
    path.add(SendFailed(probe(2, ttl=2), "no route to host", was_sent=True))
    ask(path, 1, 2, in_round=1)
    assert path.session().problem == "no route to host"
    answer(path, 1)  # an answer to what left before proves nothing
    assert path.session().problem == "no route to host"
    answer(path, 2, in_round=1)
    assert path.session().problem is None


def test_a_probe_undelivered_after_its_loss_is_no_longer_decided() -> None:
    path = new_path()
    ask(path, 1)
    lose(path, 1)
    assert path.session().decided == 1
    path.add(SendFailed(probe(1, ttl=1), "no route to host", was_sent=True, was_lost=True))
    session = path.session()
    assert (session.sent, session.decided, session.send_errors) == (0, 0, 1)


def test_a_late_answer_is_not_decided_twice() -> None:
    path = new_path()
    ask(path, 1)
    lose(path, 1)
    path.add(reply(probe(1, ttl=1), was_lost=True, is_late=True))
    session = path.session()
    assert (session.sent, session.decided) == (1, 1)


def test_updates_do_not_follow_what_comes_later() -> None:
    path = new_path()
    ask(path, 1, 2)
    answer(path, 1)
    update, snapshot = path.take_update(), path.snapshot()
    copies = deepcopy((update, snapshot))
    answer(path, 2, end=2)
    ask(path, 1, in_round=1)
    answer(path, 1, in_round=1)
    assert (update, snapshot) == copies


def outcomes_of_a_trace() -> list[list[ProbeOutcome]]:
    """For each probe its outcomes in order: 30 TTLs, a destination at 12, losses and copies."""
    lives: list[list[ProbeOutcome]] = []
    for ttl in range(1, 31):
        asked = probe(ttl, ttl=ttl)
        life: list[ProbeOutcome] = [Sent(asked, 0.0)]
        if ttl in (3, 7):
            life.append(Lost(asked, waited_s=3.0))
        if ttl != 3:
            kind = REACHED if ttl >= 12 else AnswerKind.TIME_EXCEEDED
            late = ttl == 7
            responder = TARGET if ttl >= 12 else f"10.0.{ttl}.1"
            life.append(reply(asked, responder, kind=kind, was_lost=late, is_late=late))
        if ttl == 5:
            life.append(Duplicate(asked, ip_address("10.0.5.1")))
        lives.append(life)
    return lives


@given(st.randoms(use_true_random=False))
def test_the_order_in_which_probes_are_decided_does_not_matter(random: Random) -> None:
    expected = new_path()
    for life in outcomes_of_a_trace():
        for outcome in life:
            expected.add(outcome)
    path, lives = new_path(), outcomes_of_a_trace()
    for life in lives:  # sending is in order, all else as it comes
        path.add(life.pop(0))
    while pending := [life for life in lives if life]:
        path.add(random.choice(pending).pop(0))
    assert path.snapshot() == expected.snapshot()
    assert path.is_complete(probes_per_hop=1)
    assert [hop.sent for hop in path.snapshot().hops] == [1] * 12


def test_updates_together_are_the_snapshot() -> None:
    path = new_path()
    shown: dict[int, HopSnapshot] = {}
    for life in outcomes_of_a_trace():
        for outcome in life:
            path.add(outcome)
            shown.update({hop.ttl: hop for hop in path.take_update().hops})
    snapshot = path.snapshot()
    assert tuple(shown[hop.ttl] for hop in snapshot.hops) == snapshot.hops


def test_what_others_know_of_all_paths_is_part_of_the_session() -> None:
    known: dict[IPAddress, About] = {}
    path = Path(first_hop=1, known=known)
    graph = discover(load_scenario("diamond-4x3"), seed=1).graph
    path.set_status(status())
    far = graph.nodes[-2].address
    assert far is not None
    known[far] = About(naming=Naming(name="far.example"))
    assert not path.learn_of(far)
    assert path.session().graph_about == {}
    path.set_status(msgspec.structs.replace(status(), graph=graph))
    assert path.session().graph_about == known
    assert path.learn_of(far)
    assert not path.learn_of(ip_address("192.0.2.99"))
