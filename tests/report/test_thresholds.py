from __future__ import annotations

import statistics

import msgspec
import pytest

from poros_tui.config import SessionConfig
from poros_tui.model.events import Event, EventKind
from poros_tui.model.probe import Reply
from poros_tui.report.run import FinishedRun
from poros_tui.report.thresholds import Thresholds
from tests.report.cases import Case, finished, run_of

LOSSY = """
destination = { address = "203.0.113.10", rtt_ms = 30, jitter_ms = 8, loss = 0.3 }
hop = [{ address = "10.0.1.1", rtt_ms = 10 }]
"""


def lossy(rounds: int = 20) -> FinishedRun:
    return run_of(Case(LOSSY, SessionConfig(queries=1, rounds=rounds)))


def test_loss_is_that_of_the_destination_and_may_be_as_much_as_allowed() -> None:
    run = lossy()
    destination = run.path.hops[-1]
    assert destination.lost > 2
    decided = destination.lost + destination.received
    percent = 100 * destination.lost / decided
    assert Thresholds(loss_percent=percent).passed(run) == ()
    (sentence,) = Thresholds(loss_percent=percent - 0.01).passed(run)
    assert sentence == (
        f"host.example: {percent:.3g} % of the probes to the destination are lost "
        f"({destination.lost} of {decided}), more than --fail-loss {percent - 0.01:.15g}"
    )
    assert Thresholds(loss_percent=0).passed(finished("straight")) == ()


@pytest.mark.parametrize(("lost", "decided", "percent"), [(1, 10, 10), (7, 10, 70), (29, 100, 29)])
def test_a_ratio_that_equals_the_threshold_has_not_passed_it(
    lost: int, decided: int, percent: float
) -> None:
    run = finished("straight")
    last = msgspec.structs.replace(run.path.hops[-1], lost=lost, received=decided - lost)
    path = msgspec.structs.replace(run.path, hops=(*run.path.hops[:-1], last))
    assert Thresholds(loss_percent=percent).passed(msgspec.structs.replace(run, path=path)) == ()


def test_round_trips_are_judged_by_the_median_of_all_answers() -> None:
    run = lossy(rounds=300)
    times_ms = [
        1e3 * record.outcome.rtt_s
        for record in run.path.hops[-1].records
        if isinstance(record.outcome, Reply) and record.outcome.rtt_s is not None
    ]
    assert len(times_ms) < 240
    median_ms = statistics.median(times_ms)
    assert Thresholds(rtt_ms=median_ms + 1e-6).passed(run) == ()
    (sentence,) = Thresholds(rtt_ms=median_ms - 1e-6).passed(run)
    assert f"the median round trip to the destination is {median_ms:.3f} ms, more than" in sentence


def changed(*words: str) -> FinishedRun:
    events = tuple(
        (Event(kind=EventKind.PATH_CHANGED, at_s=float(n), words=text, ttl=5, round=n), float(n))
        for n, text in enumerate(words)
    )
    other = Event(kind=EventKind.RESPONDER_ADDED, at_s=9.0, words="x", ttl=3)
    return msgspec.structs.replace(finished("straight"), events=(*events, (other, 9.0)))


def test_a_change_of_the_path_is_told_with_the_newest() -> None:
    thresholds = Thresholds(path_change=True)
    assert thresholds.passed(changed()) == ()
    assert thresholds.passed(changed("a → b")) == (
        "host.example: the path has changed once, a → b from hop 5 on (--fail-path-change)",
    )
    assert thresholds.passed(changed("a → b", "b → a")) == (
        "host.example: the path has changed 2 times, at last b → a from hop 5 on "
        "(--fail-path-change)",
    )
    assert Thresholds().passed(changed("a → b")) == ()


@pytest.mark.parametrize("name", ["unreachable", "black_hole", "nothing_sent"])
def test_of_a_destination_that_never_answered_there_is_nothing_to_tell(name: str) -> None:
    assert Thresholds(loss_percent=0, rtt_ms=0).passed(finished(name)) == ()
