"""The simulated internet behind a TUN device: a process that answers what the kernel sends.

It is given a pickled `Setting` on its standard input, says `ready`, and from then on answers each
line `probes` with a JSON list of what it has seen. At a line `anew` it forgets that and all else,
and says `ready` again. It ends when its standard input does.
"""

from __future__ import annotations

import ctypes
import gc
import heapq
import itertools
import json
import os
import pickle
import select
import signal
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import astuple, dataclass
from fcntl import ioctl
from ipaddress import ip_address
from struct import pack
from typing import Final

import msgspec

from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.scenario import Scenario
from tests.lab.replies import reply_packet
from tests.lab.wire import read_probe

READY: Final = "ready\n"
PACKET_MAX: Final = 65535
_TUNSETIFF: Final = 0x400454CA
_IFF_TUN: Final = 0x0001
_IFF_NO_PI: Final = 0x1000
_PR_SET_TIMERSLACK: Final = 29


@dataclass(frozen=True, slots=True)
class Setting:
    """What a simulator needs to know."""

    device: str
    scenario: Scenario
    seed: int
    destinations: int = 1
    """IPv4 addresses from the scenario's destination on that are destinations like it."""


@dataclass(frozen=True, slots=True)
class SeenProbe:
    """A probe to the destination or a neighbour of it, as it left the prober's kernel."""

    ttl: int
    protocol: str
    family: int
    at_s: float
    """From the first probe, which begins the scenario."""
    flow: int
    """Equal for probes that are alike to load balancers."""
    neighbour: str = ""
    """Its destination, where that is not the scenario's."""


class Simulator:
    """Reads probes and writes answers when they are due.

    Every packet is stamped when it is read, and all that wait are read before the next one is
    worked on: in a burst the first answers do not hold up the stamps of the last probes.
    """

    def __init__(self, tun: int, setting: Setting) -> None:
        self._tun = tun
        self._seed = setting.seed
        self._scenario = setting.scenario
        destination = setting.scenario.destination
        self._destinations = {4: destination.address, 6: destination.address6}
        self._more = {
            (destination.address + more).packed for more in range(1, setting.destinations)
        }
        """Further destinations like it, and no neighbours of it."""
        self._arrived: deque[tuple[float, bytes]] = deque()
        self._order = itertools.count()
        self._begin()

    def _begin(self) -> None:
        self._network = SimulatedNetwork(self._scenario, seed=self._seed)
        self._due: list[tuple[float, int, bytes]] = []
        self._began_at_s: float | None = None
        self._seen: list[SeenProbe] = []

    def run(self) -> None:
        """Work until the standard input ends."""
        while True:
            self._read_arrivals()
            if self._arrived:
                self._answer(*self._arrived.popleft())
            self._send_due()
            if not self._arrived and not self._wait():
                return

    def _wait(self) -> bool:
        """Sleep until there is something to do; False when it is time to end."""
        timeout_s = max(0.0, self._due[0][0] - time.monotonic()) if self._due else None
        readable, _, _ = select.select([self._tun, 0], [], [], timeout_s)
        if 0 not in readable:
            return True
        command = os.read(0, 100)
        if command == b"probes\n":
            print(json.dumps([astuple(probe) for probe in self._seen]), flush=True)  # noqa: T201
        if command == b"anew\n":
            self._read_arrivals()  # those that left before are a part of the past
            self._arrived.clear()
            self._begin()
            print(READY, end="", flush=True)  # noqa: T201
        return bool(command)

    def _read_arrivals(self) -> None:
        while True:
            try:
                data = os.read(self._tun, PACKET_MAX)
            except BlockingIOError:
                return
            self._arrived.append((time.monotonic(), data))

    def _answer(self, at_s: float, data: bytes) -> None:
        probe = read_probe(data)
        if probe is None:
            return
        destination = self._destinations[probe.family]
        is_like_it = probe.destination in self._more
        if not is_like_it and probe.destination[:-1] != destination.packed[:-1]:
            return  # neither the destination nor a neighbour in its /24 or /120
        is_neighbour = probe.destination != destination.packed and not is_like_it
        neighbour = ip_address(probe.destination) if is_neighbour else None
        if self._began_at_s is None:
            self._began_at_s = at_s
        serial, now_s = len(self._seen), at_s - self._began_at_s
        to = str(neighbour) if neighbour else ""
        seen = SeenProbe(probe.ttl, probe.protocol, probe.family, now_s, probe.flow, to)
        self._seen.append(seen)
        answers = self._network.answers(
            ttl=probe.ttl,
            protocol=probe.protocol,
            flow=probe.flow,
            serial=serial,
            family=probe.family,
            now_s=now_s,
            size=len(data),
            dont_fragment=probe.dont_fragment,
            destination=neighbour,
        )
        for answer in answers:
            if is_like_it and answer.responder == destination:
                answer = msgspec.structs.replace(answer, responder=ip_address(probe.destination))
            packet = reply_packet(probe, answer, seed=f"{self._seed}/{serial}")
            heapq.heappush(self._due, (at_s + answer.delay_s, next(self._order), packet))

    def _send_due(self) -> None:
        while self._due and self._due[0][0] <= time.monotonic():
            _, _, packet = heapq.heappop(self._due)
            try:
                os.write(self._tun, packet)
            except OSError:
                continue  # the device is down: a packet on a broken link is lost


def main() -> None:
    """Run a simulator as a process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command under test
    try:
        setting = pickle.load(sys.stdin.buffer)
    except EOFError:
        return  # the lab could not be built after all
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    ioctl(tun, _TUNSETIFF, pack("16sH22x", setting.device.encode(), _IFF_TUN | _IFF_NO_PI))
    _be_punctual()
    simulator = Simulator(tun, setting)
    sys.stdout.write(READY)
    sys.stdout.flush()
    simulator.run()


def _be_punctual() -> None:
    """No pauses for garbage, no timer slack (50 us by default), and ahead of what is tested."""
    gc.collect()
    gc.freeze()
    gc.disable()
    ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1)
    with suppress(PermissionError):  # delays are a little less exact where it is forbidden
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


if __name__ == "__main__":
    main()
