"""Outcomes in, path out: what is published, how often, and when collecting ends."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import msgspec
import pytest
import trio
from trio.testing import MockClock

from poros_tui.collector import PUBLISH_INTERVAL_S, Attention, collect
from poros_tui.model.path import Path
from poros_tui.model.probe import AnswerKind, Lost, Mode, Sent
from poros_tui.model.session import (
    Message,
    PathSnapshot,
    PathUpdate,
    SessionState,
    SessionStatus,
)
from poros_tui.model.stop import StopKind
from poros_tui.model.stray import Stray, StrayReason
from tests.engine.discovering import discover
from tests.lab.tun import load_scenario
from tests.model.outcomes import probe, reply

pytestmark = pytest.mark.trio

STATUS = SessionStatus(
    generation=0, state=SessionState.RUNNING, mode=Mode.CONCURRENT, round=0, interval_s=1.0
)


class Front:
    """Notes what is published, and when."""

    def __init__(self) -> None:
        self.times_s: list[float] = []
        self.updates: list[PathUpdate] = []

    def publish(self, update: PathUpdate) -> None:
        self.times_s.append(trio.current_time())
        self.updates.append(update)


class Collecting:
    """A collector at work in a nursery."""

    def __init__(self, nursery: trio.Nursery, *, complete_with: int | None = None) -> None:
        self.front = Front()
        self.path = Path(first_hop=1)
        self.send, receive = trio.open_memory_channel[Message](100)
        self.final: PathSnapshot | None = None
        nursery.start_soon(self._run, receive, complete_with)

    async def _run(
        self, receive: trio.MemoryReceiveChannel[Message], complete_with: int | None
    ) -> None:
        self.final = await collect(
            receive, self.path, self.front.publish, complete_with=complete_with
        )


def answered(ttl: int, *, end: int = 3) -> list[Message]:
    asked = probe(ttl, ttl=ttl)
    kind = AnswerKind.REACHED if ttl >= end else AnswerKind.TIME_EXCEEDED
    return [Sent(asked, 0.0), reply(asked, f"10.0.{ttl}.1", kind=kind)]


async def test_the_first_change_after_a_rest_is_published_at_once(
    autojump_clock: MockClock,
) -> None:
    async with trio.open_nursery() as nursery:
        collecting = Collecting(nursery)
        await collecting.send.send(STATUS)
        await trio.sleep(1)
        await collecting.send.send(Sent(probe(1, ttl=1), 0.0))
        await trio.sleep(1)
        assert collecting.front.times_s == pytest.approx([0.0, 1.0])
        assert [hop.ttl for hop in collecting.front.updates[1].hops] == [1]
        collecting.send.close()


async def test_updates_are_at_least_fifty_milliseconds_apart_and_miss_nothing(
    autojump_clock: MockClock,
) -> None:
    async with trio.open_nursery() as nursery:
        collecting = Collecting(nursery)
        await collecting.send.send(STATUS)
        for ttl in range(1, 201):
            for message in answered(ttl, end=250):
                await collecting.send.send(message)
            await trio.sleep(0.003)
        await trio.sleep(1)
        times_s = collecting.front.times_s
        gaps_s = [later - earlier for earlier, later in pairwise(times_s)]
        assert min(gaps_s) >= PUBLISH_INTERVAL_S - 1e-9
        assert max(gaps_s) < PUBLISH_INTERVAL_S + 0.004
        told = {hop.ttl: hop.received for update in collecting.front.updates for hop in update.hops}
        assert told == dict.fromkeys(range(1, 201), 1)
        collecting.send.close()


async def test_while_nothing_changes_nothing_is_published(autojump_clock: MockClock) -> None:
    async with trio.open_nursery() as nursery:
        collecting = Collecting(nursery)
        await collecting.send.send(STATUS)
        await trio.sleep(60)
        assert len(collecting.front.updates) == 1
        collecting.send.close()


async def test_the_final_state_is_always_published_and_returned(
    autojump_clock: MockClock,
) -> None:
    async with trio.open_nursery() as nursery:
        collecting = Collecting(nursery)
        await collecting.send.send(STATUS)
        await trio.sleep(0.01)
        for message in answered(3):
            await collecting.send.send(message)
        collecting.send.close()
    last = collecting.front.updates[-1]
    assert trio.current_time() == pytest.approx(0.01)
    assert last.session.distance == 3
    assert collecting.final is not None
    assert collecting.final.session == last.session
    assert collecting.final.hops[2] == last.hops[-1]


async def test_nothing_is_published_before_the_engine_has_said_what_it_does(
    autojump_clock: MockClock,
) -> None:
    async with trio.open_nursery() as nursery:
        collecting = Collecting(nursery)
        await collecting.send.send(Stray(StrayReason.OTHER_SENDER))
        await trio.sleep(1)
        assert collecting.front.updates == []
        await collecting.send.send(STATUS)
        await trio.sleep(1)
        assert [update.session.foreign for update in collecting.front.updates] == [1]
        collecting.send.close()


async def test_without_a_front_end_only_the_final_state_is_made() -> None:
    send, receive = trio.open_memory_channel[Message](100)
    for message in (STATUS, *answered(1), *answered(2), *answered(3)):
        send.send_nowait(message)
    send.close()
    final = await collect(receive, Path(first_hop=1))
    assert [hop.received for hop in final.hops] == [1, 1, 1]


async def test_it_ends_early_when_the_end_is_known_and_all_up_to_it_are_decided(
    autojump_clock: MockClock,
) -> None:
    async with trio.open_nursery() as nursery:
        collecting = Collecting(nursery, complete_with=1)
        await collecting.send.send(STATUS)
        for ttl in (3, 5, 1):
            for message in answered(ttl):
                await collecting.send.send(message)
        await trio.sleep(1)
        assert collecting.final is None
        await collecting.send.send(Sent(probe(2, ttl=2), 0.0))
        await trio.sleep(1)
        assert collecting.final is None
        await collecting.send.send(Lost(probe(2, ttl=2), waited_s=0.5))
        await trio.sleep(1)
        assert collecting.final is not None
        with pytest.raises(trio.BrokenResourceError):
            await collecting.send.send(STATUS)
    status = collecting.final.session.status
    assert status.state is SessionState.FINISHED
    assert status.stop is not None
    assert status.stop.kind is StopKind.REACHED
    assert collecting.front.updates[-1].session.status == status


async def test_a_front_end_that_fails_ends_the_collecting(autojump_clock: MockClock) -> None:
    def fail(_update: PathUpdate) -> None:
        raise RuntimeError

    send, receive = trio.open_memory_channel[Message](100)
    send.send_nowait(STATUS)
    with pytest.raises(ExceptionGroup):
        await collect(receive, Path(first_hop=1), fail)
    with pytest.raises(trio.BrokenResourceError):
        send.send_nowait(STATUS)


async def test_an_engine_that_ended_before_it_said_anything_is_no_path() -> None:
    send, receive = trio.open_memory_channel[Message](100)
    send.close()
    with pytest.raises(ValueError, match="no status"):
        await collect(receive, Path(first_hop=1))


async def test_while_nobody_looks_nothing_is_published_and_nothing_is_lost(
    autojump_clock: MockClock,
) -> None:
    front, attention, path = Front(), Attention(is_there=False), Path(first_hop=1)
    statuses: list[SessionStatus] = []
    send, receive = trio.open_memory_channel[Message](100)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(
            partial(
                collect,
                receive,
                path,
                front.publish,
                attention=attention,
                on_status=statuses.append,
            )
        )
        for message in (STATUS, *answered(1), *answered(2)):
            await send.send(message)
        await trio.sleep(5)
        assert front.updates == []
        assert statuses == [STATUS]
        attention.turn(is_there=True)
        attention.turn(is_there=True)
        await trio.sleep(1)
        (update,) = front.updates
        assert [hop.ttl for hop in update.hops] == [1, 2]
        attention.turn(is_there=False)
        for message in answered(3):
            await send.send(message)
        await trio.sleep(1)
        send.close()
    # Not even at the end; who looks then takes what is in the path.
    assert len(front.updates) == 1
    assert [hop.ttl for hop in path.take_update().hops] == [3]


async def test_who_a_discovery_has_found_is_shown_once_for_each_graph() -> None:
    seen: list[tuple[str, int]] = []
    send, receive = trio.open_memory_channel[Message](100)
    graph = discover(load_scenario("diamond-4x3"), seed=1).graph
    found = msgspec.structs.replace(STATUS, graph=graph)
    for message in (STATUS, found, msgspec.structs.replace(found, round=1)):
        await send.send(message)
    send.close()
    await collect(
        receive,
        Path(first_hop=1),
        on_responder=lambda address, ttl: seen.append((str(address), ttl)),
    )
    nodes = [(str(node.address), node.ttl) for node in graph.nodes]
    assert len(nodes) > 6
    assert seen == nodes


async def test_who_refuses_is_shown_at_the_hop_that_it_is() -> None:
    seen: list[tuple[str, int]] = []
    send, receive = trio.open_memory_channel[Message](100)
    await send.send(STATUS)
    answers = [
        (AnswerKind.UNREACHABLE, 63),
        (AnswerKind.UNREACHABLE, None),
        (AnswerKind.UNREACHABLE, 40),
        (AnswerKind.TIME_EXCEEDED, 63),
    ]
    for number, (kind, reply_ttl) in enumerate(answers):
        answer = reply(probe(number, ttl=9), "10.0.0.2", kind=kind)
        await send.send(msgspec.structs.replace(answer, reply_ttl=reply_ttl))
    send.close()
    await collect(
        receive,
        Path(first_hop=1),
        on_responder=lambda address, ttl: seen.append((str(address), ttl)),
    )
    assert [ttl for _, ttl in seen] == [2, 9, 9, 9]
