"""A fleet of simulated targets in virtual time, for tests: every send with its time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address

import trio

from poros_tui.config import SessionConfig
from poros_tui.engine.plan import Entrant, Found, TracePlan
from poros_tui.errors import CannotRun, PorosError, UsageError
from poros_tui.fleet.fleet import Fleet
from poros_tui.lookup.address_book import AddressBook
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.probe import Protocol
from poros_tui.model.session import PathUpdate, SessionControls, TraceIdentity, Way
from poros_tui.model.targets import TargetSnapshot
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.record.keeping import Keeping
from tests.engine.trace import RecordingTransport, rising


class YardTransport(RecordingTransport):
    """Knows whether it was closed."""

    is_closed = False

    def close(self) -> None:
        self.is_closed = True


@dataclass
class Host:
    """One simulated target."""

    name: str
    hops: int = 12
    find_s: float = 0.0
    """How long the name server takes."""
    addresses: tuple[str, ...] = ()
    """By default one of its own."""
    refusal: PorosError | None = None
    """What the name server says instead."""
    closed_to: tuple[str, ...] = ()
    """Addresses whose sockets cannot be opened."""
    send_problem: str | None = None
    transports: list[YardTransport] = field(default_factory=list)
    """All that were opened for it."""

    @property
    def sent(self) -> list[tuple[float, int]]:
        """When which TTL was asked, of all its addresses."""
        return sorted(each for transport in self.transports for each in transport.sent)

    @property
    def times_s(self) -> list[float]:
        return [at_s for at_s, _ in self.sent]

    @property
    def round_times_s(self) -> list[float]:
        """When its rounds began: each asks the first hop once, first."""
        return [at_s for at_s, ttl in self.sent if ttl == 1]

    @property
    def are_all_closed(self) -> bool:
        return all(transport.is_closed for transport in self.transports)


class Watcher:
    """A front end that notes all that it is told, and when."""

    def __init__(self) -> None:
        self.paths: list[tuple[float, int, PathUpdate]] = []
        self.shown: list[tuple[float, TargetSnapshot]] = []
        self.dropped: list[tuple[int, str]] = []
        self.newest: dict[int, TargetSnapshot] = {}

    def show_path(self, number: int, update: PathUpdate) -> None:
        self.paths.append((trio.current_time(), number, update))

    def show_targets(self, snapshots: Sequence[TargetSnapshot]) -> None:
        for snapshot in snapshots:
            self.shown.append((trio.current_time(), snapshot))
            self.newest[snapshot.number] = snapshot

    def drop_target(self, number: int, reason: str) -> None:
        self.dropped.append((number, reason))
        self.newest.pop(number, None)


class Yard:
    """Hosts, and a fleet that traces them."""

    def __init__(
        self,
        *hosts: Host,
        config: SessionConfig | None = None,
        book: AddressBook | None = None,
        keeping: Keeping | None = None,
    ) -> None:
        self.hosts = {host.name: host for host in hosts}
        self._first = list(hosts)
        self.config = config or SessionConfig()
        self.front = Watcher()
        self.fleet = Fleet(self.config, self.front, self.enter, book, keeping)

    def also(self, host: Host) -> None:
        """One that can be added."""
        self.hosts[host.name] = host

    def enter(self, typed: str) -> Entrant:
        if typed not in self.hosts:
            raise UsageError(f"{typed!r} can't be the name of a host", "check how it is spelt")
        return self.entrant(self.hosts[typed])

    def entrant(self, host: Host) -> Entrant:
        async def find() -> Sequence[Found]:
            await trio.sleep(host.find_s)
            if host.refusal is not None:
                raise host.refusal
            own = f"198.51.100.{1 + list(self.hosts).index(host.name)}"
            addresses = host.addresses or (own,)
            return [self._found(host, address, len(addresses) > 1) for address in addresses]

        return Entrant(name=host.name, find=find)

    def _found(self, host: Host, address: str, is_one_of_several: bool) -> Found:
        return Found(
            name=f"{host.name} ({address})" if is_one_of_several else host.name,
            address=ip_address(address),
            open=lambda: self._open(host, address),
        )

    def _open(self, host: Host, address: str) -> TracePlan:
        if address in host.closed_to:
            raise CannotRun(f"no way to {address}", "find one")
        network = SimulatedNetwork(rising(host.hops, 24), seed=1)

        def open_transport(protocol: Protocol = Protocol.ICMP) -> YardTransport:
            transport = YardTransport(network, protocol=protocol)
            transport.send_problem = host.send_problem
            host.transports.append(transport)
            return transport

        def open_way(protocol: Protocol) -> tuple[Way, YardTransport]:
            way = Way(protocol=protocol, privilege="user", rung="simulation")
            return way, open_transport(protocol)

        identity = TraceIdentity(
            target=host.name,
            destination=ip_address(address),
            protocol=Protocol.ICMP,
            privilege="user",
            rung="simulation",
        )
        way = Way(protocol=identity.protocol, privilege=identity.privilege, rung=identity.rung)
        return TracePlan(
            identity=identity,
            config=self.config,
            way=way,
            open_transport=open_transport,
            open_way=open_way,
            chronicle=Chronicle(),
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Fleet]:
        """The fleet at work, until the end of the context."""
        entrants = [self.entrant(host) for host in self._first]
        is_ready = trio.Event()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.fleet.run, entrants, lambda _fleet: is_ready.set())
            await is_ready.wait()
            yield self.fleet
            nursery.cancel_scope.cancel()

    def all_do(self, command: Callable[[SessionControls], None]) -> None:
        """The same with every target, as a key in the overview does it."""
        for number in list(self.front.newest):
            self.fleet.control(number, command)
