"""A recording as a session: played by a clock, steered by its keys; and a fleet that is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import trio
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.errors import CannotRun
from poros_tui.model.probe import Mode
from poros_tui.model.session import PathSnapshot, SessionState
from poros_tui.record.keeping import Keeping
from poros_tui.record.playback import Playback
from poros_tui.record.recording import Recording
from poros_tui.replay.replay import SPEEDS, Replay
from tests.fleet import Host, Watcher, Yard
from tests.record.made_session import recorded

SESSION, DATA = recorded(1, rounds=120)
EVENTS = SESSION.chronicle.events()


def playback() -> Playback:
    return Playback(Recording(DATA, "it"))


@asynccontextmanager
async def playing(*, is_held: bool = True) -> AsyncIterator[tuple[Replay, Watcher]]:
    front = Watcher()
    replay = Replay(playback(), trio.current_time)
    replay.look_at(0)
    async with trio.open_nursery() as nursery:
        ready = trio.Event()

        async def run() -> None:
            await replay.run(front, lambda _replay: ready.set(), is_held=is_held)

        nursery.start_soon(run)
        await ready.wait()
        await trio.testing.wait_all_tasks_blocked()
        yield replay, front
        nursery.cancel_scope.cancel()


def test_what_is_played_faster_than_it_can_be_read_is_shown_with_its_own_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now_s = 0.0
    read = playback()
    replay = Replay(read, lambda: now_s)

    def play_a_second(_until_s: float, _most_s: float) -> bool:
        read.play(read.at_s + 1)
        return False

    monkeypatch.setattr(read, "play_for", play_a_second)
    replay.clock.set_speed(1000)
    replay.toggle()
    began_s = replay.now_s
    for seconds in (1, 2, 3):
        now_s += 0.05
        assert replay._catch_up()
        assert replay.is_behind
        now_s += 0.05
        assert replay.now_s == read.at_s == pytest.approx(began_s + seconds)
    replay.toggle()
    assert not replay.is_playing
    assert replay.clock.now_s() == read.at_s


def shown(front: Watcher) -> PathSnapshot:
    """What the front end would show by now, of what it was told."""
    hops = {}
    generation, session = -1, None
    for _, _, update in front.paths:
        assert update.session.status.generation == update.generation
        if update.generation > generation:
            generation = update.generation
            hops = {}
        elif update.generation < generation:
            continue
        hops.update({hop.ttl: hop for hop in update.hops})
        session = update.session
    assert session is not None
    length = session.path_length or 0
    return PathSnapshot(
        hops=tuple(hops[ttl] for ttl in sorted(hops) if ttl <= length), session=session
    )


def straight(at_s: float) -> PathSnapshot:
    reference = playback()
    reference.play(at_s)
    path = reference.targets[0].path
    return PathSnapshot(hops=path.hops(), session=path.session())


def assert_shows(front: Watcher, at_s: float) -> None:
    found, wanted = shown(front), straight(at_s)
    assert [hop.rtt for hop in found.hops] == [hop.rtt for hop in wanted.hops]
    assert [hop.history for hop in found.hops] == [hop.history for hop in wanted.hops]
    assert (found.session.sent, found.session.decided) == (
        wanted.session.sent,
        wanted.session.decided,
    )


@pytest.mark.trio
async def test_it_is_played_as_fast_as_it_was(autojump_clock: MockClock) -> None:
    async with playing(is_held=False) as (replay, front):
        begun_s = replay.now_s
        await trio.sleep(20)
        assert replay.now_s == pytest.approx(begun_s + 20)
        await trio.sleep(0.06)
        assert_shows(front, replay.now_s - 0.06)


@pytest.mark.trio
async def test_faster_and_slower(autojump_clock: MockClock) -> None:
    async with playing(is_held=False) as (replay, _):
        replay.change_speed(1)
        assert replay.speed == 2
        before_s = replay.now_s
        await trio.sleep(10)
        assert replay.now_s == pytest.approx(before_s + 20)
        for _ in range(20):
            replay.change_speed(-1)
        assert replay.speed == SPEEDS[0]
        before_s = replay.now_s
        await trio.sleep(10)
        assert replay.now_s == pytest.approx(before_s + 2.5)
        for _ in range(20):
            replay.change_speed(1)
        assert replay.speed == SPEEDS[-1]


@pytest.mark.trio
async def test_it_stands_while_it_is_held(autojump_clock: MockClock) -> None:
    async with playing() as (replay, front):
        before_s, told = replay.now_s, len(front.paths)
        await trio.sleep(100)
        assert replay.now_s == before_s
        assert len(front.paths) == told
        replay.toggle()
        assert replay.is_playing
        await trio.sleep(5)
        replay.toggle()
        assert replay.now_s == pytest.approx(before_s + 5)


@pytest.mark.trio
async def test_at_the_end_it_says_so_and_begins_again(autojump_clock: MockClock) -> None:
    async with playing() as (replay, front):
        replay.go_to(replay.ends_at_s - 2)
        replay.toggle()
        await trio.sleep(5)
        assert not replay.is_playing
        assert replay.now_s == replay.ends_at_s
        assert [reason for _, reason in front.dropped] == ["the recording ends here"]
        assert_shows(front, replay.ends_at_s)
        replay.toggle()
        await trio.sleep(1)
        assert replay.now_s == pytest.approx(replay.begins_at_s + 1.2, abs=0.1)


@pytest.mark.parametrize("to_s", [130.5, 101.0, 219.0, 100.0, 500.0, 0.0])
@pytest.mark.trio
async def test_any_time_can_be_gone_to(to_s: float, autojump_clock: MockClock) -> None:
    async with playing() as (replay, front):
        for at_s in (180.0, to_s):
            replay.go_to(at_s)
            await trio.testing.wait_all_tasks_blocked()
        least_s = replay.begins_at_s + 0.2
        assert replay.now_s == max(least_s, min(replay.ends_at_s, to_s))
        assert_shows(front, replay.now_s)
        replay.skip(7)
        replay.skip(-3)
        await trio.testing.wait_all_tasks_blocked()
        assert_shows(front, replay.now_s)


@pytest.mark.trio
async def test_round_by_round(autojump_clock: MockClock) -> None:
    async with playing() as (replay, front):
        replay.go_to(120.5)
        rounds = []
        for by in (1, 1, 1, -1, -1, -1, -1, 1):
            replay.step(by)
            await trio.testing.wait_all_tasks_blocked()
            rounds.append(shown(front).session.status.round)
            assert_shows(front, replay.now_s)
        assert rounds == [21, 22, 23, 22, 21, 20, 19, 20]


@pytest.mark.trio
async def test_before_the_first_round_there_is_nothing_to_step_to(
    autojump_clock: MockClock,
) -> None:
    async with playing() as (replay, front):
        begun_s = replay.now_s
        for _ in range(3):
            replay.step(-1)
            await trio.testing.wait_all_tasks_blocked()
            assert replay.now_s == begun_s
            assert shown(front).session.sent > 0
            assert_shows(front, begun_s)


@pytest.mark.trio
async def test_round_by_round_over_a_moment(autojump_clock: MockClock) -> None:
    at_ticks = Recording(DATA, "it").moments[0]
    async with playing() as (replay, front):
        replay.go_to(at_ticks / 10_000)
        await trio.testing.wait_all_tasks_blocked()
        begun = shown(front).session.status.round
        rounds = []
        for by in (-1, -1, 1, 1, 1):
            replay.step(by)
            await trio.testing.wait_all_tasks_blocked()
            rounds.append(shown(front).session.status.round - begun)
        assert rounds == [-1, -2, -1, 0, 1]


@pytest.mark.trio
async def test_from_event_to_event(autojump_clock: MockClock) -> None:
    times = sorted(
        {event.noticed_at_s or event.at_s for event in EVENTS if event.kind != "clock step"}
    )
    assert len(times) > 6
    async with playing() as (replay, front):
        replay.go_to(times[2] - 0.01)
        found = []
        for by in (1, 1, 1, -1, -1):
            replay.to_event(by)
            found.append(replay.now_s)
        assert found == pytest.approx([times[2], times[3], times[4], times[3], times[2]])
        assert not replay.is_playing
        replay.go_to(replay.ends_at_s)
        replay.to_event(1)
        replay.go_to(0)
        replay.to_event(-1)
        said = [reason for _, reason in front.dropped]
        assert said == ["nothing happened after that", "nothing happened before that"]


@pytest.mark.trio
async def test_the_chronicle_that_is_looked_at_stays_the_same_one(
    autojump_clock: MockClock,
) -> None:
    async with playing() as (replay, front):
        chronicle = front.newest[0].chronicle
        assert chronicle is not None
        for at_s in (200.0, 120.0, 210.0):
            replay.go_to(at_s)
            await trio.sleep(2)
            assert front.newest[0].chronicle is chronicle
            reference = playback()
            reference.play(at_s)
            wanted = reference.targets[0].chronicle
            assert chronicle.dated_events() == wanted.dated_events()
            assert chronicle.bins(3, 100, 230, 40) == wanted.bins(3, 100, 230, 40)


@pytest.mark.trio
async def test_nothing_is_probed(autojump_clock: MockClock) -> None:
    async with playing() as (replay, front):
        replay.add("another.example")
        replay.remove(0)
        replay.control(0, lambda controls: controls.set_mode(Mode.ADAPTIVE))
        replay.control(0, lambda controls: controls.stop())
        assert [reason for _, reason in front.dropped] == [
            "a recording is played: nothing is probed"
        ] * 4
        assert shown(front).session.status.state is SessionState.RUNNING
        assert replay.known_paths().keys() == {0}


# A fleet that is kept


@pytest.fixture(autouse=True)
def _written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Virtual time does not wait for a thread that writes."""

    async def at_once(write: Callable[[bytes], None], ready: bytes) -> None:
        write(ready)

    monkeypatch.setattr(trio.to_thread, "run_sync", at_once)


@pytest.mark.trio
async def test_all_targets_of_a_fleet_are_kept(autojump_clock: MockClock) -> None:
    file = bytearray()
    keeping = Keeping(file.extend, version="1")
    yard = Yard(
        Host("near.example", hops=5),
        Host("far.example", hops=14),
        config=SessionConfig(flows=2),
        keeping=keeping,
    )
    yard.also(Host("late.example", hops=7))
    async with yard.running() as fleet:
        await trio.sleep(12.3)
        fleet.add("late.example")
        await trio.sleep(8)
        fleet.control(1, lambda controls: controls.reset())
        fleet.control(0, lambda controls: controls.set_baseline())
        await trio.sleep(6.5)
        fleet.remove(0)
        await trio.sleep(3)
        known = fleet.known_paths()
    keeping.close()
    assert known.keys() == {1, 2}
    recording = Recording(bytes(file), "it")
    for way in (Playback.play, Playback.seek):
        end = Playback(recording)
        way(end, end.ends_at_s)
        assert end.targets.keys() == {1, 2}
        for number, wanted in known.items():
            path = end.targets[number].path
            assert (path.hops(), path.session()) == (wanted.hops, wanted.session)
    middle = Playback(recording)
    middle.play(middle.begins_at_s + 20)
    names = {number: one.target.name for number, one in middle.targets.items()}
    assert names == {0: "near.example", 1: "far.example", 2: "late.example"}


@pytest.mark.trio
async def test_it_is_written_once_a_second(autojump_clock: MockClock) -> None:
    file = bytearray()
    keeping = Keeping(file.extend, version="1")
    yard = Yard(Host("far.example"), keeping=keeping)
    async with yard.running():
        await trio.sleep(10.5)
        until_now = bytes(file)
    cut_off = Playback(Recording(until_now, "it"))
    assert cut_off.ends_at_s - cut_off.begins_at_s > 9.0


@pytest.mark.trio
async def test_a_full_disk_is_told_once_and_spoils_nothing(autojump_clock: MockClock) -> None:
    written = 0

    def write(data: bytes) -> None:
        nonlocal written
        written += len(data)
        if written > 1500:
            raise CannotRun("can't write it: no space left on device")

    keeping = Keeping(write, version="1")
    yard = Yard(Host("far.example"), keeping=keeping)
    async with yard.running() as fleet:
        await trio.sleep(60)
        sent = fleet.known_paths()[0].session.sent
    keeping.close()
    assert sent > 700
    assert [reason for _, reason in yard.front.dropped] == [
        "can't write it: no space left on device; tracing goes on, nothing more is recorded"
    ]
