"""The token bucket against the ideal one, in virtual time."""

from __future__ import annotations

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from poros_tui.engine.limiter import BURST_S, TokenBucket
from tests.engine.trace import in_virtual_time


def ideal_times_s(rate_pps: float, asked_s: list[float]) -> list[float]:
    """When an ideal bucket, full at the beginning, lets each request through, in order."""
    burst = max(1.0, rate_pps * BURST_S)
    tokens, counted_s, granted_s = burst, 0.0, []
    for at_s in asked_s:
        now_s = max(at_s, counted_s)
        tokens = min(burst, tokens + (now_s - counted_s) * rate_pps)
        if tokens < 1:
            now_s += (1 - tokens) / rate_pps
            tokens = 1.0
        tokens -= 1
        counted_s = now_s
        granted_s.append(now_s)
    return granted_s


async def times_granted_s(bucket: TokenBucket, asked_s: list[float]) -> list[float]:
    """Ask at each of these times, in ascending order, and note when each was let through."""
    granted_s = [0.0] * len(asked_s)
    began_s = trio.current_time()

    async def ask(number: int) -> None:
        await bucket.take()
        granted_s[number] = trio.current_time() - began_s

    async with trio.open_nursery() as nursery:
        for number, at_s in enumerate(asked_s):
            await trio.sleep_until(began_s + at_s)
            nursery.start_soon(ask, number)
            await trio.testing.wait_all_tasks_blocked()  # so that they queue in this order
    return granted_s


pauses_s = st.lists(
    st.one_of(st.just(0.0), st.floats(0.0001, 0.02), st.floats(0.02, 2)), min_size=1, max_size=40
)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([0.5, 1, 7, 10, 33.3, 100, 1000]), pauses_s)
def test_the_bucket_lets_through_when_the_ideal_one_does(
    rate_pps: float, pauses_s: list[float]
) -> None:
    asked_s = [sum(pauses_s[: number + 1]) for number in range(len(pauses_s))]

    async def main() -> None:
        granted_s = await times_granted_s(TokenBucket(rate_pps), asked_s)
        assert granted_s == pytest.approx(ideal_times_s(rate_pps, asked_s), abs=1e-6)
        burst = max(1.0, rate_pps * BURST_S)
        for first, from_s in enumerate(granted_s):
            for last in range(first, len(granted_s)):
                passed = last - first + 1
                assert passed <= burst + rate_pps * (granted_s[last] - from_s) + 1e-6

    in_virtual_time(main)


@pytest.mark.trio
async def test_after_a_rest_at_most_a_tenth_of_a_second_goes_at_once(
    autojump_clock: MockClock,
) -> None:
    bucket = TokenBucket(100)
    await trio.sleep(60)
    granted_s = await times_granted_s(bucket, [0.0] * 30)
    assert granted_s[:10] == pytest.approx([0.0] * 10)
    assert granted_s[10:] == pytest.approx([n * 0.01 for n in range(1, 21)])


@pytest.mark.trio
async def test_a_slow_rate_still_lets_one_go_at_once(autojump_clock: MockClock) -> None:
    granted_s = await times_granted_s(TokenBucket(0.5), [0.0, 0.0, 0.0])
    assert granted_s == pytest.approx([0.0, 2.0, 4.0])


@pytest.mark.trio
async def test_zero_lets_everything_through_at_once(autojump_clock: MockClock) -> None:
    bucket = TokenBucket(0)
    assert bucket.is_unlimited
    assert await times_granted_s(bucket, [0.0] * 1000) == [0.0] * 1000


@pytest.mark.trio
async def test_who_is_cancelled_while_waiting_takes_no_token(autojump_clock: MockClock) -> None:
    bucket = TokenBucket(1)
    await bucket.take()
    for _ in range(5):
        with trio.move_on_after(0.1) as impatient:
            await bucket.take()
        assert impatient.cancelled_caught
    await bucket.take()
    assert trio.current_time() == pytest.approx(1.0)


@pytest.mark.trio
async def test_who_is_cancelled_in_the_queue_does_not_hold_up_the_next(
    autojump_clock: MockClock,
) -> None:
    bucket = TokenBucket(1)
    await bucket.take()
    granted: list[tuple[str, float]] = []

    async def ask(name: str, patience_s: float) -> None:
        with trio.move_on_after(patience_s):
            await bucket.take()
            granted.append((name, round(trio.current_time(), 6)))

    async with trio.open_nursery() as nursery:
        for name, patience_s in (("first", 9.0), ("impatient", 0.5), ("third", 9.0)):
            nursery.start_soon(ask, name, patience_s)
            await trio.testing.wait_all_tasks_blocked()
    assert granted == [("first", 1.0), ("third", 2.0)]


@pytest.mark.trio
async def test_tokens_are_given_in_the_order_they_were_asked_for(
    autojump_clock: MockClock,
) -> None:
    bucket = TokenBucket(10)
    served: list[int] = []

    async def ask(number: int) -> None:
        await bucket.take()
        served.append(number)

    async with trio.open_nursery() as nursery:
        for number in range(30):
            nursery.start_soon(ask, number)
            await trio.testing.wait_all_tasks_blocked()
    assert served == list(range(30))


@pytest.mark.trio
async def test_a_token_put_back_can_be_taken_at_once_but_never_beyond_the_burst(
    autojump_clock: MockClock,
) -> None:
    bucket = TokenBucket(1)
    await bucket.take()
    bucket.put_back()
    bucket.put_back()
    await bucket.take()
    assert trio.current_time() == 0
    await bucket.take()
    assert trio.current_time() == pytest.approx(1.0)


@pytest.mark.trio
async def test_a_token_put_back_is_had_at_once_by_who_waits(autojump_clock: MockClock) -> None:
    bucket = TokenBucket(1)
    await bucket.take()
    waited_s: list[float] = []

    async def wait() -> None:
        await bucket.take()
        waited_s.append(trio.current_time())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        nursery.start_soon(wait)
        await trio.sleep(0.25)
        bucket.put_back()
    # What had come in since does not go beyond the burst, which is one token here.
    assert waited_s == pytest.approx([0.25, 1.25])
