"""Several targets in one nursery, in virtual time: what they share, and what they must not."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import pytest
import trio
from trio.testing import MockClock

from poros_tui.cli.command import poros_tui
from poros_tui.cli.demo import DemoDesk
from poros_tui.config import SessionConfig
from poros_tui.engine.limiter import BURST_S
from poros_tui.engine.plan import entrant_of
from poros_tui.engine.turnstile import GAP_MAX_S, LAG_MAX_S, SHARE
from poros_tui.errors import CannotRun, PorosError
from poros_tui.fleet.fleet import (
    FIRST_TRACES_SHOW_INTERVAL_S,
    HURRY_PAUSE_S,
    SHOW_INTERVAL_S,
    VERDICTS_PER_S,
    Fleet,
)
from poros_tui.model.probe import Protocol
from poros_tui.model.session import SessionState
from poros_tui.model.stop import StopKind
from poros_tui.model.targets import TARGETS_MAX
from poros_tui.model.time_unit import TimeUnit
from poros_tui.model.verdict.statement import Statement, Topic
from poros_tui.tui.failure import leaves
from tests.fleet import Host, Watcher, Yard

pytestmark = pytest.mark.trio

NOTHING = CannotRun("there is no host named b", "check how it is spelt")


def tasks() -> int:
    return trio.lowlevel.current_statistics().tasks_living


# --- the rate limit -------------------------------------------------------------------------------


@pytest.mark.parametrize("rate_pps", [10.0, 30.0])
async def test_the_rate_limit_holds_for_all_together_and_is_used_up(
    autojump_clock: MockClock, rate_pps: float
) -> None:
    hosts = [Host(name) for name in "abc"]
    async with Yard(*hosts, config=SessionConfig(rate_limit_pps=rate_pps)).running():
        await trio.sleep(20)
        sent_s = sorted(at_s for host in hosts for at_s in host.times_s)
    burst = max(1.0, rate_pps * BURST_S)
    began_at_s = sent_s[0]
    for number, at_s in enumerate(sent_s):
        # A bucket that is always asked gives the n-th packet at exactly this time.
        due_s = began_at_s + max(0.0, number + 1 - burst) / rate_pps
        assert at_s == pytest.approx(due_s, abs=1e-6)


async def test_whoever_asks_gets_the_same_share_of_the_rate(autojump_clock: MockClock) -> None:
    hosts = [Host(name) for name in "abcd"]
    async with Yard(*hosts, config=SessionConfig(rate_limit_pps=20)).running():
        await trio.sleep(30)
    counts = [len(host.sent) for host in hosts]
    assert sum(counts) == pytest.approx(20 * 30, abs=5)
    assert max(counts) - min(counts) <= 5


async def test_a_target_that_cannot_send_takes_nothing_of_the_rate(
    autojump_clock: MockClock,
) -> None:
    alone, beside = Host("a"), Host("a")
    config = SessionConfig(rate_limit_pps=10)
    async with Yard(alone, config=config).running():
        await trio.sleep(10)
    async with Yard(beside, Host("b", send_problem="no route"), config=config).running():
        await trio.sleep(10)
    # By the turnstile it may begin a little later, and so end.
    from_first_s = [[at_s - host.times_s[0] for at_s in host.times_s] for host in (alone, beside)]
    compared = min(map(len, from_first_s))
    assert compared > 95
    assert from_first_s[1][:compared] == pytest.approx(from_first_s[0][:compared], abs=1e-6)


async def test_all_that_is_known_is_told_of_those_that_have_begun(
    autojump_clock: MockClock,
) -> None:
    yard = Yard(Host("a", hops=5), Host("slow", find_s=100), Host("none", refusal=NOTHING))
    async with yard.running() as fleet:
        await trio.sleep(10.5)
        (path,) = fleet.known_paths().values()
        assert [hop.received for hop in path.hops] == [11] * 5
        assert path.session.distance == 5
        await trio.sleep(100)
        assert list(fleet.known_paths()) == [0, 1]


# --- nobody waits for another ---------------------------------------------------------------------


async def test_slow_failing_and_silent_targets_delay_nobody(autojump_clock: MockClock) -> None:
    alone = Host("a")
    async with Yard(alone).running():
        await trio.sleep(30)
    shift_s = trio.current_time()
    fast = Host("a")
    others = (
        Host("slow", find_s=12.5),
        Host("none", refusal=NOTHING),
        Host("closed", addresses=("198.51.100.200",), closed_to=("198.51.100.200",)),
        Host("mute", send_problem="no route"),
    )
    yard = Yard(fast, *others)
    async with yard.running():
        await trio.sleep(30)
        newest = yard.front.newest
        assert [newest[number].problem for number in range(5)] == [
            "",
            "",
            NOTHING.sentence,
            "no way to 198.51.100.200",
            "",
        ]
        assert newest[4].session is not None
        assert newest[4].session.problem == "no route"
        end = newest[1].end
        assert end is not None
        assert (end.ttl, end.is_destination) == (12, True)
    within_s = GAP_MAX_S + 1e-6
    assert [at_s - shift_s for at_s in fast.times_s] == pytest.approx(alone.times_s, abs=within_s)
    assert others[0].times_s[0] == pytest.approx(shift_s + 12.5)


async def test_a_hundred_names_without_an_answer_do_not_hold_up_the_last(
    autojump_clock: MockClock,
) -> None:
    hosts = [Host(f"slow{number}", find_s=1000) for number in range(100)]
    last = Host("last")
    async with Yard(*hosts, last).running():
        await trio.sleep(1)
    assert last.times_s[0] == 0.0


# --- rounds do not leave in one burst -------------------------------------------------------------


def gap_of(targets: int) -> float:
    return min(GAP_MAX_S, SHARE / targets)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("targets", [2, 8, 64])
async def test_first_rounds_begin_one_after_the_other_at_equal_gaps(
    autojump_clock: MockClock, targets: int
) -> None:
    hosts = [Host(f"h{number}", hops=5) for number in range(targets)]
    async with Yard(*hosts).running():
        await trio.sleep(5)
    firsts = sorted(host.round_times_s[0] for host in hosts)
    due_s = [place * gap_of(targets) for place in range(targets)]
    assert firsts == pytest.approx(due_s, abs=1e-6)
    for host in hosts:
        # Each goes on at its own times: nobody is moved by another.
        assert len(host.round_times_s) == 5
        steps = [later - earlier for earlier, later in pairwise(host.round_times_s)]
        assert steps == pytest.approx([1.0] * 4, abs=1e-6)


async def test_they_stay_apart_after_all_were_paused_and_reset(autojump_clock: MockClock) -> None:
    hosts = [Host(f"h{number}", hops=5) for number in range(20)]
    yard = Yard(*hosts)
    async with yard.running():
        await trio.sleep(2.5)
        yard.all_do(lambda controls: controls.pause())
        await trio.sleep(10)
        resumed_at_s = trio.current_time()
        yard.all_do(lambda controls: controls.resume())
        await trio.sleep(2.0)
        yard.all_do(lambda controls: controls.reset())
        await trio.sleep(3)
    rounds_s = sorted(at_s for host in hosts for at_s in host.round_times_s)
    after_s = [at_s for at_s in rounds_s if at_s >= resumed_at_s - 1e-6]
    assert after_s[0] == pytest.approx(resumed_at_s)
    assert len(after_s) > 60
    gaps_s = [later - earlier for earlier, later in pairwise(after_s)]
    assert min(gaps_s) >= gap_of(20) - 1e-6


@pytest.mark.sampled(0)
async def test_a_machine_that_is_held_up_half_of_the_time_sends_all_rounds(
    autojump_clock: MockClock,
) -> None:
    hosts = [Host(f"h{number}", hops=3) for number in range(64)]
    async with Yard(*hosts).running():
        for _ in range(100):
            await trio.sleep(0.05)
            autojump_clock.jump(0.05)  # nobody runs meanwhile
        await trio.sleep(0.5)
    # Each begins up to 50 ms late, and is counted from there.
    assert {len(host.round_times_s) for host in hosts} <= {10, 11}


@pytest.mark.sampled(0)
async def test_after_a_long_rest_not_all_rounds_begin_at_once(autojump_clock: MockClock) -> None:
    hosts = [Host(f"h{number}", hops=3) for number in range(64)]
    async with Yard(*hosts).running():
        await trio.sleep(3)
        autojump_clock.jump(3600)
        back_at_s = trio.current_time()
        await trio.sleep(0.001)
        at_once = sum(host.round_times_s[-1] >= back_at_s for host in hosts)
        assert at_once <= LAG_MAX_S / gap_of(64) + 2
        await trio.sleep(0.999)
        assert all(host.round_times_s[-1] >= back_at_s for host in hosts)


@pytest.mark.sampled(0)
async def test_many_short_intervals_are_kept(autojump_clock: MockClock) -> None:
    hosts = [Host(f"h{number}", hops=3) for number in range(30)]
    async with Yard(*hosts, config=SessionConfig(interval_s=0.1)).running():
        await trio.sleep(10.5)
    for host in hosts:
        assert len(host.round_times_s) == pytest.approx(105, abs=2)


# --- what is told ---------------------------------------------------------------------------------


async def test_only_the_one_that_is_looked_at_tells_every_change(
    autojump_clock: MockClock,
) -> None:
    yard = Yard(Host("a"), Host("b"), Host("c"))
    async with yard.running() as fleet:
        fleet.look_at(1)
        await trio.sleep(5.5)
        assert {number for _, number, _ in yard.front.paths} == {1}
        yard.front.paths.clear()
        fleet.look_at(2)
        # At once, and all of it: nothing that happened before is missing.
        ((at_s, number, update),) = yard.front.paths
        assert (at_s, number) == (trio.current_time(), 2)
        assert [hop.ttl for hop in update.hops] == list(range(1, 13))
        assert {hop.received for hop in update.hops} <= {5, 6}
        await trio.sleep(2)
        assert {number for _, number, _ in yard.front.paths} == {2}
        fleet.look_at(None)
        yard.front.paths.clear()
        await trio.sleep(2)
        assert yard.front.paths == []


async def test_a_line_of_each_is_told_once_a_second_and_sooner_at_first(
    autojump_clock: MockClock,
) -> None:
    yard = Yard(Host("a"), Host("b"))
    async with yard.running():
        await trio.sleep(60)
    times_s = sorted({at_s for at_s, _ in yard.front.shown})
    gaps_s = [later - earlier for earlier, later in pairwise(times_s)]
    assert min(gaps_s) >= HURRY_PAUSE_S - 1e-9
    assert sum(at_s > 10 for at_s in times_s) == pytest.approx(50, abs=1)
    assert max(gaps_s) == pytest.approx(SHOW_INTERVAL_S)
    assert any(gap_s <= FIRST_TRACES_SHOW_INTERVAL_S for gap_s in gaps_s)
    last = yard.front.newest[1]
    assert last.identity is not None
    assert last.session is not None
    assert last.session.status.stop is not None
    assert last.session.status.stop.kind is StopKind.REACHED
    assert last.end is not None
    assert last.end.received >= 58
    assert len(last.end.history) >= 58


async def test_one_that_is_paused_says_so_at_once(autojump_clock: MockClock) -> None:
    yard = Yard(Host("a"), Host("b"))
    async with yard.running() as fleet:
        await trio.sleep(5.3)
        fleet.control(0, lambda controls: controls.pause())
        await trio.sleep(HURRY_PAUSE_S + 0.01)
        states = [yard.front.newest[number].session for number in (0, 1)]
        assert [session.status.state for session in states if session] == [
            SessionState.PAUSED,
            SessionState.RUNNING,
        ]


async def test_who_is_alone_has_no_lines_told_of_it(autojump_clock: MockClock) -> None:
    yard = Yard(Host("a"))
    async with yard.running() as fleet:
        fleet.look_at(0)
        await trio.sleep(30)
        assert len(yard.front.shown) <= 2
        assert yard.front.newest[0].identity is not None
        assert len(yard.front.paths) > 30


async def test_what_is_asked_of_a_session_that_is_still_to_come_is_done_then(
    autojump_clock: MockClock,
) -> None:
    slow = Host("slow", find_s=2)
    yard = Yard(Host("a"), slow)
    async with yard.running() as fleet:
        fleet.control(0, lambda controls: controls.set_protocol(Protocol.UDP))
        fleet.control(1, lambda controls: controls.pause())
        fleet.control(1, lambda controls: controls.set_interval(5))
        await trio.sleep(10)
        assert slow.sent == []
        session = yard.front.newest[1].session
        assert session is not None
        assert (session.status.state, session.status.interval_s) == (SessionState.PAUSED, 5)
        session = yard.front.newest[0].session
        assert session is not None
        assert session.status.way is not None
        assert session.status.way.protocol is Protocol.UDP


async def test_the_protocol_of_one_is_its_own(autojump_clock: MockClock) -> None:
    one, other = Host("a"), Host("b")
    yard = Yard(one, other)
    async with yard.running() as fleet:
        await trio.sleep(3)
        fleet.control(0, lambda controls: controls.set_protocol(Protocol.UDP))
        await trio.sleep(3)
        assert len(one.transports) == 2
        assert [transport.is_closed for transport in one.transports] == [True, False]
        assert len(other.transports) == 1
        session = yard.front.newest[0].session
        assert session is not None
        assert session.status.way is not None
        assert session.status.way.protocol is Protocol.UDP


@pytest.mark.sampled(0)
async def test_the_path_mtu_is_searched_for_also_where_nobody_looks(
    autojump_clock: MockClock,
) -> None:
    options = poros_tui.main(["demo", "--mtu", "--seed", "1"], standalone_mode=False)
    desk, front = DemoDesk(options, SessionConfig()), Watcher()
    entrants = [entrant_of(desk.own), desk.enter("b.example")]
    async with trio.open_nursery() as nursery:
        fleet = Fleet(SessionConfig(), front, desk.enter)
        nursery.start_soon(fleet.run, entrants, lambda fleet: fleet.look_at(1))
        await trio.sleep(200)
        nursery.cancel_scope.cancel()
    for number in (0, 1):
        session = front.newest[number].session
        assert session is not None
        assert session.path_mtu is not None
        assert (session.path_mtu.mtu, session.path_mtu.is_over) == (1500, True)
    assert {number for _, number, _ in front.paths} == {1}


# --- they come and go -----------------------------------------------------------------------------


async def test_added_and_removed_while_the_others_run_nothing_is_left_behind(
    autojump_clock: MockClock,
) -> None:
    before = tasks()
    stays, goes, comes = Host("a"), Host("b"), Host("c")
    yard = Yard(stays, goes)
    yard.also(comes)
    async with yard.running() as fleet:
        await trio.sleep(2.5)  # between two rounds: no probe is out
        with_two = tasks()
        fleet.add("c")
        await trio.sleep(3.25)
        assert tasks() > with_two
        assert comes.times_s[0] == pytest.approx(2.5, abs=GAP_MAX_S)
        assert yard.front.newest[2].place == (2, 0)
        removed_at_s = trio.current_time()
        fleet.remove(1)
        assert yard.front.dropped == [(1, "")]
        await trio.sleep(3)
        assert max(goes.times_s) <= removed_at_s
        assert goes.are_all_closed
        assert tasks() == with_two
        for host in (stays, comes):
            assert len(host.round_times_s) >= 6 - 3 * (host is comes)
        fleet.remove(1)
        fleet.control(1, lambda controls: controls.pause())
        fleet.look_at(1)
    assert stays.are_all_closed
    assert comes.are_all_closed
    assert tasks() == before


async def test_one_can_be_removed_while_its_name_is_asked_for(autojump_clock: MockClock) -> None:
    slow = Host("slow", find_s=5)
    yard = Yard(Host("a"), slow)
    async with yard.running() as fleet:
        await trio.sleep(1)
        fleet.remove(1)
        await trio.sleep(10)
        assert slow.transports == []
        assert list(yard.front.newest) == [0]


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        (Host("none", refusal=NOTHING), str(NOTHING)),
        (
            Host("closed", addresses=("198.51.100.9",), closed_to=("198.51.100.9",)),
            "no way to 198.51.100.9; find one",
        ),
        (
            Host("alias", addresses=("198.51.100.1",)),
            "alias is 198.51.100.1 (a), traced already",
        ),
    ],
)
async def test_what_cannot_be_added_is_told_in_a_sentence_and_not_kept(
    autojump_clock: MockClock, added: Host, reason: str
) -> None:
    yard = Yard(Host("a"))
    yard.also(added)
    async with yard.running() as fleet:
        await trio.sleep(1)
        fleet.add(added.name)
        await trio.sleep(1)
        assert yard.front.dropped == [(1, reason)]
        assert list(yard.front.newest) == [0]
        fleet.add("what is this")
        assert yard.front.dropped[-1] == (
            2,
            "'what is this' can't be the name of a host; check how it is spelt",
        )


async def test_all_addresses_of_a_name_are_targets_of_their_own_beside_each_other(
    autojump_clock: MockClock,
) -> None:
    several = Host("many", addresses=("192.0.2.1", "2001:db8::1", "198.51.100.2"), find_s=1)
    yard = Yard(several, Host("b"))
    async with yard.running():
        await trio.sleep(4)
        in_order = sorted(yard.front.newest.values(), key=lambda snapshot: snapshot.place)
        # What is traced by another name already is no new target.
        assert [snapshot.name for snapshot in in_order] == [
            "many (192.0.2.1)",
            "many (2001:db8::1)",
            "b",
        ]
        assert [snapshot.place for snapshot in in_order] == [(0, 0), (0, 1), (1, 0)]
        assert len(several.transports) == 2


async def test_one_address_that_fails_does_not_take_the_others_with_it(
    autojump_clock: MockClock,
) -> None:
    many = Host("many", addresses=("2001:db8::1", "192.0.2.1"), closed_to=("2001:db8::1",))
    yard = Yard(many)
    async with yard.running():
        await trio.sleep(2)
        assert [yard.front.newest[number].problem for number in (0, 1)] == [
            "no way to 2001:db8::1",
            "",
        ]
        assert len(many.round_times_s) == 2


@pytest.mark.sampled(0)
async def test_more_than_the_most_are_not_added(autojump_clock: MockClock) -> None:
    many = tuple(f"10.{number // 250}.0.{number % 250}" for number in range(TARGETS_MAX + 40))
    yard = Yard(Host("many", addresses=many, hops=1), config=SessionConfig(interval_s=60))
    yard.also(Host("one more"))
    async with yard.running() as fleet:
        await trio.sleep(1)
        assert len(yard.front.newest) == TARGETS_MAX
        ((_, reason),) = yard.front.dropped
        assert reason == (
            "many (10.1.0.6): 256 targets are traced, more cannot be; remove some of them"
        )
        fleet.add("one more")
        assert yard.front.dropped[-1][1].startswith("256 targets are traced")


# --- the end --------------------------------------------------------------------------------------


async def outcome_of(*hosts: Host) -> PorosError:
    with pytest.raises(BaseExceptionGroup) as failed:
        async with Yard(*hosts).running():
            await trio.sleep(60)
    (error,) = {id(leaf): leaf for leaf in leaves(failed.value)}.values()
    assert isinstance(error, PorosError)
    return error


async def test_where_none_can_be_traced_it_ends_with_a_sentence(
    autojump_clock: MockClock,
) -> None:
    before = tasks()
    alone = await outcome_of(Host("b", refusal=NOTHING))
    assert str(alone) == str(NOTHING)
    several = await outcome_of(
        Host("b", refusal=NOTHING, find_s=2),
        Host("c", addresses=("192.0.2.1",), closed_to=("192.0.2.1",)),
    )
    assert str(several) == (
        "none of the 2 targets can be traced; the first: there is no host named b; "
        "check how it is spelt"
    )
    assert several.exit_code == 3
    assert tasks() == before


async def test_while_one_can_still_be_traced_it_goes_on(autojump_clock: MockClock) -> None:
    late = Host("late", find_s=14)
    yard = Yard(Host("b", refusal=NOTHING), late)
    async with yard.running() as fleet:
        await trio.sleep(20)
        assert late.sent
        fleet.remove(1)
        await trio.sleep(20)
        assert yard.front.newest[0].problem == NOTHING.sentence


async def test_a_defect_in_one_comes_out_and_leaves_nothing_behind(
    autojump_clock: MockClock,
) -> None:
    class Broken(Host):
        @property
        def closed_to(self) -> tuple[str, ...]:  # type: ignore[override]
            raise ZeroDivisionError("a defect")

        @closed_to.setter
        def closed_to(self, _value: object) -> None:
            pass

    before, other = tasks(), Host("a")
    with pytest.raises(BaseExceptionGroup) as failed:
        async with Yard(other, Broken("b")).running():
            await trio.sleep(10)
    assert {type(leaf) for leaf in leaves(failed.value)} == {ZeroDivisionError}
    assert other.are_all_closed
    assert tasks() == before


@pytest.mark.sampled(0)
async def test_the_verdict_of_each_is_told_and_not_of_all_at_once(
    autojump_clock: MockClock,
) -> None:
    yard = Yard(*(Host(f"h{number}") for number in range(12)))
    async with yard.running():
        await trio.sleep(60)
    newest: dict[int, tuple[Statement, ...]] = {}
    changes_s = []
    for at_s, snapshot in yard.front.shown:
        if at_s > 20 and snapshot.said != newest.get(snapshot.number, snapshot.said):
            changes_s.append(at_s)
        newest[snapshot.number] = snapshot.said
    for said in newest.values():
        (loss,) = (one for one in said if one.topic is Topic.LOSS)
        assert int(re.findall(r"no loss in (\d+) probes", loss.short)[0]) >= 54
    in_each_second = Counter(int(at_s) for at_s in changes_s)
    assert max(in_each_second.values()) <= VERDICTS_PER_S
    assert sum(in_each_second.values()) == pytest.approx(40 * VERDICTS_PER_S, rel=0.1)


async def test_verdicts_are_told_in_another_unit_even_while_nothing_else_changes(
    autojump_clock: MockClock,
) -> None:
    yard = Yard(Host("a"), Host("b"))

    def delays() -> dict[int, str]:
        newest = {snapshot.number: snapshot.said for _, snapshot in yard.front.shown}
        return {
            number: next(one.short for one in said if one.topic is Topic.DELAY)
            for number, said in newest.items()
        }

    async with yard.running() as fleet:
        await trio.sleep(30)
        for number in (0, 1):
            fleet.control(number, lambda controls: controls.pause())
        await trio.sleep(10)
        assert all(" ms" in short for short in delays().values())
        fleet.tell_in(TimeUnit.US)
        await trio.sleep(2)
        assert len(delays()) == 2
        assert all(" µs" in short and " ms" not in short for short in delays().values())
