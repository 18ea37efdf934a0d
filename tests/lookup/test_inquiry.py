from __future__ import annotations

from ipaddress import IPv4Address, ip_address

import pytest
import trio
from trio.testing import MockClock

from poros_tui.lookup.answer_cache import PAUSES_S
from poros_tui.lookup.inquiry import PARALLEL_MAX, PROBLEM_MAX, Inquiry
from poros_tui.model.naming import Naming
from poros_tui.model.probe import IPAddress
from tests.lookup.asked import Asked

pytestmark = pytest.mark.trio


def address(number: int) -> IPv4Address:
    return IPv4Address("192.0.2.0") + number


async def test_each_is_asked_for_once_and_told_when_it_is_known(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    asked, told = Asked(), list[tuple[float, IPAddress]]()
    names = Inquiry(Naming, asked.open)
    nursery.start_soon(names.run, lambda one: told.append((trio.current_time(), one)))
    for _ in range(3):
        names.see(address(1))
        names.see(address(2))
    await names.wait_settled()
    assert sorted(asked.times) == [(0, address(1)), (0, address(2))]
    assert sorted(told) == [(pytest.approx(0.1), address(1)), (pytest.approx(0.1), address(2))]
    assert names.known[address(2)].name == "host-192.0.2.2.example"
    nursery.cancel_scope.cancel()


async def test_not_more_than_so_many_are_asked_for_at_once(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    asked = Asked(takes_s=1)
    names = Inquiry(Naming, asked.open)
    nursery.start_soon(names.run)
    for number in range(2 * PARALLEL_MAX + 1):
        names.see(address(number))
    await names.wait_settled()
    assert asked.most_at_once == PARALLEL_MAX
    assert trio.current_time() == pytest.approx(3)
    assert len(names.known) == 2 * PARALLEL_MAX + 1
    nursery.cancel_scope.cancel()


async def test_nothing_is_loaded_before_the_first_answer_and_its_pause(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    asked = Asked()
    nursery.start_soon((names := Inquiry(Naming, asked.open, start_after_s=0.3)).run)
    await trio.sleep(5)
    assert asked.opened_at_s == []
    names.see(address(1))
    names.see(address(2))
    await names.wait_settled()
    assert asked.opened_at_s == [pytest.approx(5.3)]
    assert trio.current_time() == pytest.approx(5.4)
    nursery.cancel_scope.cancel()


async def test_who_still_answers_when_the_time_is_over_is_asked_for_again(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    asked = Asked(takes_s=0, ttl_s=100)
    nursery.start_soon((names := Inquiry(Naming, asked.open)).run)
    names.see(address(1))
    names.see(address(2))  # is never seen again
    for _ in range(250):
        await trio.sleep(1)
        names.see(address(1))
    times = [at_s for at_s, one in asked.times if one == address(1)]
    assert times == pytest.approx([0, 100, 200])
    assert [at_s for at_s, one in asked.times if one == address(2)] == [0]
    nursery.cancel_scope.cancel()


async def test_who_gets_no_answer_asks_again_later_and_says_why_there_is_no_name(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    asked = Asked(takes_s=0, problem="\x1b[31m" + "no " * 100)
    nursery.start_soon((names := Inquiry(Naming, asked.open)).run)
    for _ in range(int(PAUSES_S[0]) + 1):
        names.see(address(1))
        await trio.sleep(1)
    assert [at_s for at_s, _ in asked.times] == [0, PAUSES_S[0]]
    problem = names.known[address(1)].problem
    assert problem.startswith("[31mno no ")
    assert len(problem) <= PROBLEM_MAX
    nursery.cancel_scope.cancel()


@pytest.mark.parametrize("text", ["127.0.0.1", "::1", "0.0.0.0", "::"])
async def test_no_name_server_is_asked_for_this_machine(text: str, nursery: trio.Nursery) -> None:
    asked = Asked(takes_s=0)
    nursery.start_soon((names := Inquiry(Naming, asked.open)).run)
    names.see(ip_address(text))
    await trio.testing.wait_all_tasks_blocked()
    assert asked.opened_at_s == []
    nursery.cancel_scope.cancel()


async def test_a_server_that_never_answers_holds_up_nobody(
    autojump_clock: MockClock,
) -> None:
    async with trio.open_nursery() as nursery:
        names = Inquiry(Naming, Asked(takes_s=1e9).open)
        nursery.start_soon(names.run)
        names.see(address(1))
        await trio.sleep(10)
        with trio.move_on_after(1) as scope:
            await names.wait_settled()
        assert scope.cancelled_caught
        nursery.cancel_scope.cancel()
    assert trio.current_time() == pytest.approx(11)
