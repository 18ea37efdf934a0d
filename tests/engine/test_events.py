"""What sessions tell of what happens. All networks with 20 seeds: `python -m
tests.engine.events_table`."""

from __future__ import annotations

import pytest
import trio

from poros_tui.config import SessionConfig
from poros_tui.engine.session import Session
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.events import Event, EventGroup, EventKind
from poros_tui.model.probe import Mode, Protocol
from poros_tui.probe.simulation.transport import SimulatedTransport
from tests.engine.events_table import HAPPENS, Score, lines, score, story
from tests.engine.known_hour import HAPPENINGS, recorded_hour
from tests.engine.stories import STORIES, Expected, network
from tests.engine.trace import lab_scenario
from tests.engine.watched import Deed, watch

LOSS = (EventKind.LOSS_BEGAN, EventKind.LOSS_ENDED)
LOUD = (
    *("balanced-by-packet", "diamond-unequal", "hostile", "jitter", "loss30", "lossy-destination"),
    *("lossy-link", "rate-limited-strictly", "silent-destination", "silent-gap", "satellite"),
)
"""Networks of the lab that do much, and always the same."""


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", [*HAPPENS, *LOUD, *STORIES])
def test_what_happens_is_told_and_nothing_else(name: str) -> None:
    scores = score([name], [0], SessionConfig(rounds=300))
    assert not scores[name].missed, lines(scores)
    assert not scores[name].wrong, lines(scores)


def test_the_table_counts_what_is_silent_and_what_is_wrong() -> None:
    one = Score()
    expected = Expected(EventKind.PATH_CHANGED, 100, 5, within=3, hops_within=1)
    there, early, elsewhere, other = (
        Event(kind=kind, at_s=0.0, words="", ttl=ttl, round=number)
        for kind, ttl, number in (
            (EventKind.PATH_CHANGED, 6, 103),
            (EventKind.PATH_CHANGED, 5, 99),
            (EventKind.PATH_CHANGED, 7, 100),
            (EventKind.LOSS_BEGAN, 5, 100),
        )
    )
    one.add([expected], [there])
    for told in ([early], [elsewhere], [other], [], [there, early]):
        one.add([expected], told)
    assert (one.happened, one.right, one.silent, one.wrong) == (6, 2, 4, 4)
    may_miss = Score()
    may_miss.add([Expected(EventKind.LOSS_BEGAN, 1, 1, is_certain=False)], [])
    assert (may_miss.silent, may_miss.missed) == (1, 0)


# The recorded hour


@pytest.mark.sampled(0)
def test_the_hour_is_told_to_the_round() -> None:
    chronicle = recorded_hour()
    events = chronicle.events()
    assert [(event.kind, event.round, event.ttl) for event in events] == [
        (one.kind, one.round, one.ttl) for one in HAPPENINGS
    ]
    assert chronicle.began_at_s is not None
    for event, one in zip(events, HAPPENINGS, strict=True):
        assert event.at_s == pytest.approx(chronicle.began_at_s + one.round, abs=1e-6)
        assert one.words in event.words


@pytest.mark.sampled(0)
def test_the_hour_has_a_path_for_every_moment_with_figures_of_its_own() -> None:
    chronicle = recorded_hour()
    paths = chronicle.paths()
    began_at_s = chronicle.began_at_s or 0.0
    assert [(round(path.from_s - began_at_s), len(path.hops)) for path in paths] == [
        (0, 12),
        (600, 12),
        (2100, 14),
        (2580, 12),
    ]
    assert [path.hops[-1].figures.sent for path in paths] == [600, 1500, 480, 1020]
    assert [path.hops[4].figures.sent for path in paths] == [600, 1500, 480, 1020]
    assert [str(path.hops[6].responders[0]) for path in paths] == [
        "10.0.7.1",
        "10.0.7.1",
        "10.9.7.1",
        "10.0.7.1",
    ]
    last = paths[3].hops[-1].figures
    assert last.lost >= 25  # the second burst
    assert last.best_s == pytest.approx(0.063, abs=0.0005)
    for at_s, number in ((599.9, 1), (600.0, 2), (2099.9, 2), (2100.0, 3), (3599.0, 4)):
        path = chronicle.path_at(began_at_s + at_s)
        assert path is not None
        assert path.number == number


# Other ways to ask


def kinds(chronicle: Chronicle) -> list[tuple[EventKind, int | None]]:
    return [(event.kind, event.round) for event in chronicle.events()]


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "config",
    [
        SessionConfig(rounds=200, queries=3),
        SessionConfig(rounds=200, flows=4),
        SessionConfig(rounds=200, thrifty=True),
        SessionConfig(rounds=200, first_hop=3),
        SessionConfig(rounds=200, timeout_s=0.5),
    ],
    ids=["queries", "flows", "thrifty", "first-hop", "timeout"],
)
@pytest.mark.parametrize("name", ["reroute", "total-burst", "silent-hops"])
def test_what_happens_is_told_however_it_is_asked(name: str, config: SessionConfig) -> None:
    scores = score([name], [0], config)
    assert not scores[name].missed, lines(scores)
    assert not scores[name].wrong, lines(scores)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("mode", [Mode.SEQUENTIAL, Mode.ADAPTIVE])
def test_one_hop_after_the_other_a_loss_is_told_by_the_time_it_began(mode: Mode) -> None:
    # Silent hops are waited for: a minute of losses is 16 rounds, where it would be 60.
    scenario = network((0, {}), (100, {6: {"link_loss": 1.0}}), (160, {}))
    chronicle = watch(scenario, SessionConfig(rounds=200, mode=mode))
    events = {event.kind: event for event in chronicle.events()}
    assert set(events) <= {*LOSS, EventKind.UNREACHABLE, EventKind.REACHABLE_AGAIN}
    began, ended = (events[kind] for kind in LOSS)
    assert (began.ttl, ended.ttl) == (7, 7)
    assert began.at_s == pytest.approx(chronicle.began_at_s + 100, abs=6)
    assert ended.at_s == pytest.approx(chronicle.began_at_s + 160, abs=6)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("mode", [Mode.SEQUENTIAL, Mode.ADAPTIVE])
@pytest.mark.parametrize("name", ["reroute", "silent-hops"])
def test_other_modes_tell_of_the_same_path(name: str, mode: Mode) -> None:
    scores = score([name], [0], SessionConfig(rounds=200, mode=mode))
    assert not scores[name].missed, lines(scores)
    assert not scores[name].wrong, lines(scores)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("interval_s", [0.1, 3600.0])
def test_rounds_may_follow_each_other_at_any_pace(interval_s: float) -> None:
    change = int(100 * interval_s)
    scenario = network((0, {}), (change, {5: {"address": "10.9.5.1"}, 6: {"link_loss": 1.0}}))
    chronicle = watch(scenario, SessionConfig(rounds=160, interval_s=interval_s))
    # The first round at or after the change; at 0.1 s the sum of the intervals is not exact.
    told = dict(kinds(chronicle))
    assert told.keys() >= {EventKind.PATH_CHANGED, EventKind.LOSS_BEGAN}
    assert told[EventKind.PATH_CHANGED] in (100, 101)
    assert told[EventKind.LOSS_BEGAN] in (100, 101)
    assert (EventKind.UNREACHABLE in told) == (interval_s > 1)


@pytest.mark.sampled(0)
def test_a_rate_limited_router_asked_ten_times_a_second_is_no_event() -> None:
    config = SessionConfig(rounds=1500, interval_s=0.1)
    assert kinds(watch(lab_scenario("rate-limited"), config)) == []


@pytest.mark.sampled(0)
def test_every_flow_of_a_balanced_path_may_have_its_own() -> None:
    config = SessionConfig(rounds=150, flows=8)
    for name in ("balanced-by-flow", "balanced-by-packet", "diamond-unequal", "diamond-meshed"):
        assert kinds(watch(lab_scenario(name), config)) == []


def keys(*deeds: tuple[float, str, object]) -> Deed:
    """What a user does, after so many seconds each."""

    async def script(session: Session, _transport: SimulatedTransport) -> None:
        for wait_s, name, argument in deeds:
            await trio.sleep(wait_s)
            getattr(session, name)(*(() if argument is None else (argument,)))

    return script


@pytest.mark.sampled(0)
@pytest.mark.parametrize("name", ["straight12", "silent-hops", "lossy-link", "balanced-by-packet"])
def test_what_the_user_does_is_no_event_of_the_network(name: str) -> None:
    script = keys(
        (30.3, "set_mode", Mode.SEQUENTIAL),
        (30.3, "set_interval", 0.5),
        (30.3, "pause", None),
        (90.0, "resume", None),
        (30.3, "set_mode", Mode.ADAPTIVE),
        (30.3, "set_interval", 2.0),
        (30.3, "reset", None),
        (60.3, "set_protocol", Protocol.UDP),
        (60.3, "set_mode", Mode.CONCURRENT),
    )
    chronicle = watch(lab_scenario(name), SessionConfig(rounds=400), script=script)
    assert {event.group for event in chronicle.events()} == {EventGroup.USER}
    assert [path.words for path in chronicle.paths()] == [
        "the session began",
        "statistics forgotten",
        "probing with UDP",
    ]


def test_a_slow_answer_that_takes_its_loss_back_is_no_burst() -> None:
    # Everybody takes half a second more than the time that is given to an answer.
    scenario = network((0, {}), last_rtt_ms=36, jitter_ms=0)
    late = network((0, {ttl: {"rtt_ms": 3500.0} for ttl in range(1, 13)}), jitter_ms=0)
    assert kinds(watch(scenario, SessionConfig(rounds=100, timeout_s=3.0))) == []
    assert kinds(watch(late, SessionConfig(rounds=100, timeout_s=3.0))) == []


def test_a_story_is_found_by_its_name_or_that_of_a_network_of_the_lab() -> None:
    assert story("outage") is STORIES["outage"]
    assert story("near").expected == ()
    assert story("route-grows").expected
