"""The sockets of a session that changes its protocol: none is lost, and none is left open."""

from __future__ import annotations

import random
from typing import cast

import pytest

from poros_tui.config import SessionConfig
from poros_tui.engine.ways import Sockets, Ways
from poros_tui.errors import UsageError
from poros_tui.model.probe import Protocol
from poros_tui.model.session import Shape, Way
from poros_tui.probe.transport import ProbeTransport

ICMP, UDP, TCP = Protocol.ICMP, Protocol.UDP, Protocol.TCP


TOO_LARGE = 10**6


class Opened:
    """A transport that can be closed, and no more."""

    key_space = 65536
    tap = None

    def __init__(self) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open = False


class Machine:
    """Opens sockets: raw ones once, as for who has given up what that takes."""

    def __init__(self) -> None:
        self.raw = {ICMP, TCP}
        self.opened: list[Opened] = []

    def open_way(
        self, protocol: Protocol, shape: Shape | None = None, /
    ) -> tuple[Way, ProbeTransport]:
        if protocol is ICMP and ICMP not in self.raw:
            raise UsageError("--icmp is not permitted to this user")
        privilege = "raw" if protocol in self.raw else "user"
        if shape is not None and shape.size == TOO_LARGE:
            raise UsageError("--size is out of range")
        if shape is None:
            self.raw.discard(protocol)
        self.opened.append(Opened())
        way = Way(
            protocol=protocol,
            privilege=privilege,
            rung=privilege,
            probe_bytes=99,
            shape=shape,
        )
        return way, cast("ProbeTransport", self.opened[-1])

    @property
    def still_open(self) -> int:
        return sum(opened.is_open for opened in self.opened)


def begin(machine: Machine) -> Ways:
    way, transport = machine.open_way(ICMP)
    return Ways(SessionConfig(), transport, way, machine.open_way, random.Random(1))


def change(ways: Ways, protocol: Protocol) -> Sockets:
    before = ways.change(protocol)
    if before is not None:
        ways.leave(before)
    return ways.now


def test_raw_sockets_are_come_back_to_with_the_book_of_their_probes() -> None:
    machine = Machine()
    ways = begin(machine)
    first = ways.now
    change(ways, UDP)
    raw_tcp = change(ways, TCP)
    assert change(ways, ICMP) is first
    change(ways, UDP)
    assert change(ways, TCP) is raw_tcp
    assert machine.still_open == 2


def test_any_number_of_changes_leaves_no_more_open_than_there_are_kinds() -> None:
    machine, chance = Machine(), random.Random(7)
    ways = begin(machine)
    for _ in range(500):
        change(ways, chance.choice([ICMP, UDP, TCP]))
        assert machine.still_open <= 3
    ways.close()
    ways.close()
    assert machine.still_open == 0


def test_the_protocol_in_use_is_not_opened_again() -> None:
    machine = Machine()
    ways = begin(machine)
    for protocol in (ICMP, TCP, TCP, ICMP, ICMP):
        change(ways, protocol)
    assert len(machine.opened) == 2


def test_a_refusal_leaves_in_use_what_is() -> None:
    machine = Machine()
    machine.raw = {TCP}
    _, transport = machine.open_way(TCP)
    ways = Ways(SessionConfig(), transport, None, machine.open_way, random.Random(1))
    before = ways.now
    with pytest.raises(UsageError):
        ways.change(ICMP)
    assert ways.now is before
    assert machine.still_open == 1


def test_where_nothing_else_can_be_opened_nothing_changes() -> None:
    machine = Machine()
    _, transport = machine.open_way(ICMP)
    ways = Ways(SessionConfig(), transport, None, None, random.Random(1))
    assert ways.change(UDP) is None


def reshape(ways: Ways, shape: Shape) -> None:
    before = ways.reshape(shape)
    if before is not None:
        ways.leave(before)


def test_sockets_for_probes_of_another_shape_take_the_place_of_all_before() -> None:
    machine = Machine()
    ways = begin(machine)
    change(ways, UDP)  # the raw ones are kept
    reshape(ways, Shape(size=1200))
    assert machine.still_open == 1
    assert ways.now.way is not None
    assert ways.now.way.shape == Shape(size=1200)
    opened = len(machine.opened)
    reshape(ways, Shape(size=1200))
    assert len(machine.opened) == opened
    machine.raw = {ICMP}  # which are there for who asks with a shape
    assert change(ways, ICMP).way == Way(
        protocol=ICMP, privilege="raw", rung="raw", probe_bytes=99, shape=Shape(size=1200)
    )
    reshape(ways, Shape())
    assert machine.still_open == 1
    ways.close()
    assert machine.still_open == 0


def test_a_shape_that_is_refused_changes_nothing() -> None:
    machine = Machine()
    ways = begin(machine)
    before = ways.now
    with pytest.raises(UsageError):
        ways.reshape(Shape(size=TOO_LARGE))
    assert ways.now is before
    change(ways, UDP)
    assert ways.now.way is not None
    assert ways.now.way.shape is None
