"""What waits for the consumer: in order, bounded, and never in the way of the receiver."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from poros_tui.engine.outbox import FLOOD_MAX, ROOM_MAX, Outbox
from poros_tui.model.probe import Duplicate, Sent
from poros_tui.model.session import Message
from poros_tui.model.stray import Stray, StrayReason
from tests.model.outcomes import probe

pytestmark = pytest.mark.trio


def sent(number: int) -> Sent:
    return Sent(probe(number), 0.0)


async def all_of(outbox: Outbox, receive: trio.MemoryReceiveChannel[Message]) -> list[Message]:
    """Close the outbox and take everything out of it."""
    outbox.close()
    messages: list[Message] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(outbox.run)
        messages.extend([message async for message in receive])
    return messages


async def test_messages_come_out_in_order_and_the_channel_closes_behind_them() -> None:
    send, receive = trio.open_memory_channel[Message](0)
    outbox = Outbox(send)
    for number in range(50):
        outbox.put(sent(number))
    assert await all_of(outbox, receive) == [sent(number) for number in range(50)]


async def test_a_message_put_while_it_rests_goes_out_at_once(autojump_clock: MockClock) -> None:
    send, receive = trio.open_memory_channel[Message](0)
    outbox = Outbox(send)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(outbox.run)
        await trio.sleep(1)
        outbox.put(sent(1))
        assert await receive.receive() == sent(1)
        assert trio.current_time() == pytest.approx(1)
        outbox.close()


async def test_a_flood_of_strays_takes_one_place_for_each_reason_and_all_are_counted() -> None:
    send, receive = trio.open_memory_channel[Message](0)
    outbox = Outbox(send)
    for _ in range(10_000):
        outbox.put(Stray(StrayReason.QUOTES_PAYLOAD))
        outbox.put(Stray(StrayReason.CUT_SHORT, count=2))
    outbox.put(sent(1))
    messages = await all_of(outbox, receive)
    assert messages[0] == sent(1)
    assert len(messages) == 3
    assert Stray(StrayReason.QUOTES_PAYLOAD, count=10_000) in messages
    assert Stray(StrayReason.CUT_SHORT, count=20_000) in messages


async def test_a_flood_of_copies_is_bounded_and_costs_no_other_outcome() -> None:
    send, receive = trio.open_memory_channel[Message](0)
    outbox = Outbox(send)
    copy = Duplicate(probe(1), ip_address("10.0.0.1"))
    for _ in range(FLOOD_MAX + 5000):
        outbox.put(copy)
    outbox.put(sent(2))
    messages = await all_of(outbox, receive)
    assert len(messages) == FLOOD_MAX + 1
    assert messages[-1] == sent(2)


async def test_there_is_room_until_a_thousand_wait_and_again_when_one_is_taken(
    autojump_clock: MockClock,
) -> None:
    send, receive = trio.open_memory_channel[Message](0)
    outbox = Outbox(send)
    for number in range(ROOM_MAX - 1):
        outbox.put(sent(number))
    with trio.fail_after(1):
        await outbox.wait_for_room()
    outbox.put(sent(ROOM_MAX - 1))
    waited_until_s: list[float] = []

    async def wait() -> None:
        await outbox.wait_for_room()
        waited_until_s.append(trio.current_time())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        await trio.sleep(5)
        assert waited_until_s == []
        nursery.start_soon(outbox.run)
        await receive.receive()
        await wait_all_tasks_blocked()
        assert waited_until_s == [pytest.approx(5)]
        nursery.cancel_scope.cancel()


async def test_a_consumer_that_has_gone_is_said_so() -> None:
    send, receive = trio.open_memory_channel[Message](0)
    outbox = Outbox(send)
    outbox.put(sent(1))
    receive.close()
    with pytest.raises(trio.BrokenResourceError):
        await outbox.run()
