"""Between the two worlds. The engine's thread is real; every wait is for an event."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest
import trio

from poros_tui.errors import CannotRun
from poros_tui.model.probe import Mode
from poros_tui.model.session import PathSnapshot, PathUpdate
from poros_tui.model.targets import FleetControls, Front
from poros_tui.tui.bridge import EngineBridge, Mailbox
from poros_tui.tui.failure import leaves, told
from tests.tui.fake_engine import FakeEngine
from tests.tui.made_path import MadePath


class Listener:
    """What the bridge tells its app."""

    def __init__(self) -> None:
        self.mails = 0
        self.mail = asyncio.Event()
        self.ended = asyncio.Event()
        self.failure: BaseException | None = None

    def on_mail(self) -> None:
        self.mails += 1
        self.mail.set()

    def on_end(self, failure: BaseException | None) -> None:
        self.failure = failure
        self.ended.set()


def taken(mailbox: Mailbox) -> PathUpdate:
    """What waits of the only target."""
    mail = mailbox.take()
    assert mail is not None
    return mail.paths[0]


def engine_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "engine"]


def test_the_mailbox_keeps_only_the_newest_of_each_hop() -> None:
    made, mailbox = MadePath(), Mailbox()
    made.reply(1, 1.0)
    made.reply(2, 2.0)
    assert mailbox.put_path(0, made.update())
    for rtt_ms in range(3, 1000):
        made.reply(2, rtt_ms)
        assert not mailbox.put_path(0, made.update())
    update = taken(mailbox)
    assert [(hop.ttl, hop.received) for hop in update.hops] == [(1, 1), (2, 998)]
    assert mailbox.take() is None
    made.reply(1, 1.0)
    assert mailbox.put_path(0, made.update())


def test_the_mailbox_drops_what_is_older_than_a_reset() -> None:
    made, mailbox = MadePath(), Mailbox()
    made.reply(1, 1.0)
    old = made.update()
    made.status(generation=1)
    mailbox.put_path(0, made.update())
    assert not mailbox.put_path(0, old)
    update = taken(mailbox)
    assert (update.generation, update.hops) == (1, ())


def test_a_reset_empties_the_mailbox() -> None:
    made, mailbox = MadePath(), Mailbox()
    made.reply(1, 1.0)
    mailbox.put_path(0, made.update())
    made.status(generation=1)
    made.reply(2, 1.0)
    mailbox.put_path(0, made.update())
    update = taken(mailbox)
    assert [hop.ttl for hop in update.hops] == [2]


def test_results_cross_and_stopping_leaves_no_thread() -> None:
    async def scenario() -> None:
        made, listener = MadePath(), Listener()
        made.reply(1, 1.0)
        engine = FakeEngine(made)
        bridge = EngineBridge(engine, on_mail=listener.on_mail, on_end=listener.on_end)
        bridge.start()
        await listener.mail.wait()
        mail = bridge.take()
        assert mail is not None
        assert mail.paths[0].hops[0].received == 1
        await bridge.stop()
        await listener.ended.wait()
        assert listener.failure is None
        assert engine.was_cancelled
        assert engine_threads() == []

    asyncio.run(scenario())


def test_commands_reach_the_engine_in_order_also_those_given_before_it_was_ready() -> None:
    async def scenario() -> None:
        made, listener = MadePath(), Listener()
        engine = FakeEngine(made)
        bridge = EngineBridge(engine, on_mail=listener.on_mail, on_end=listener.on_end)
        bridge.command(lambda fleet: fleet.control(0, lambda one: one.set_mode(Mode.ADAPTIVE)))
        bridge.start()
        bridge.command(lambda fleet: fleet.control(0, lambda one: one.pause()))
        await listener.mail.wait()
        bridge.command(lambda fleet: fleet.control(0, lambda one: one.resume()))
        await bridge.stop()
        assert engine.asked == ["mode adaptive", "pause", "resume"]

    asyncio.run(scenario())


def test_a_command_to_an_engine_that_has_ended_does_nothing() -> None:
    async def finished(front: Front, ready: Callable[[FleetControls], None]) -> None:
        ready(FakeEngine())

    async def scenario() -> None:
        listener = Listener()
        bridge = EngineBridge(finished, on_mail=listener.on_mail, on_end=listener.on_end)
        bridge.start()
        await listener.ended.wait()
        bridge.command(lambda fleet: fleet.control(0, lambda one: one.pause()))
        await bridge.stop()
        assert listener.failure is None

    asyncio.run(scenario())


def test_a_question_is_answered_in_the_apps_thread_also_one_asked_too_early() -> None:
    async def scenario() -> None:
        listener = Listener()
        engine = FakeEngine()
        engine.paths = {3: known_path()}
        bridge = EngineBridge(engine, on_mail=listener.on_mail, on_end=listener.on_end)
        answers: asyncio.Queue[tuple[object, str]] = asyncio.Queue()

        def note(paths: object) -> None:
            answers.put_nowait((paths, threading.current_thread().name))

        bridge.ask(lambda fleet: fleet.known_paths(), note)
        bridge.start()
        first = await answers.get()
        bridge.ask(lambda fleet: fleet.known_paths(), note)
        assert [first, await answers.get()] == [(engine.paths, threading.current_thread().name)] * 2
        await bridge.stop()

    asyncio.run(scenario())


def known_path() -> PathSnapshot:
    path = MadePath().path
    return PathSnapshot(hops=path.hops(), session=path.session())


def test_a_bridge_that_never_started_stops() -> None:
    async def scenario() -> None:
        listener = Listener()
        bridge = EngineBridge(FakeEngine(), on_mail=listener.on_mail, on_end=listener.on_end)
        await bridge.stop()

    asyncio.run(scenario())


def test_an_engine_that_is_stopped_before_it_runs_ends() -> None:
    async def scenario() -> None:
        listener = Listener()
        bridge = EngineBridge(FakeEngine(), on_mail=listener.on_mail, on_end=listener.on_end)
        bridge.start()
        await bridge.stop()
        assert engine_threads() == []

    asyncio.run(scenario())


def test_what_the_engine_dies_of_is_handed_over_whole() -> None:
    async def broken(front: Front, ready: Callable[[FleetControls], None]) -> None:
        async def fail() -> None:
            raise ZeroDivisionError("division by zero")

        async with trio.open_nursery() as outer, trio.open_nursery() as inner:
            inner.start_soon(fail)
            outer.start_soon(trio.sleep_forever)

    async def scenario() -> None:
        listener = Listener()
        bridge = EngineBridge(broken, on_mail=listener.on_mail, on_end=listener.on_end)
        bridge.start()
        await listener.ended.wait()
        await bridge.stop()
        failure = listener.failure
        assert failure is not None
        assert [type(leaf) for leaf in leaves(failure)] == [ZeroDivisionError]
        assert told(failure, what="the probing engine") == (
            "the probing engine failed: ZeroDivisionError: division by zero",
            3,
        )

    asyncio.run(scenario())


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_an_error_of_ours_speaks_for_itself_in_groups_of_any_depth(depth: int) -> None:
    error: Exception = CannotRun("no route to example.com", "check the network")
    for _level in range(depth):
        error = ExceptionGroup("nursery", [error])
    assert told(error, what="x") == ("no route to example.com; check the network", 3)


def test_a_failure_is_told_without_its_control_characters() -> None:
    sentence, _code = told(ValueError("a\x1b[31mb\nc"), what="the screen")
    assert sentence == "the screen failed: ValueError: a[31mb c"
