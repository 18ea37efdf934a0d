"""Runs a session on a simulated internet in virtual time, for the engine's tests."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Final

import msgspec
import trio
from trio.testing import MockClock

from poros_tui.collector import collect
from poros_tui.config import SessionConfig
from poros_tui.engine.all_paths import NeighbourPlan
from poros_tui.engine.session import Session
from poros_tui.errors import CannotRun
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.clock import ClockReading
from poros_tui.model.neighbours import neighbours_of
from poros_tui.model.path import Path
from poros_tui.model.probe import (
    IPAddress,
    Lost,
    Probe,
    ProbeOutcome,
    Protocol,
    Reply,
    SendFailed,
    Sent,
)
from poros_tui.model.session import Message, PathSnapshot, PathUpdate, SessionStatus, Way
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.scenario import Scenario
from poros_tui.probe.simulation.transport import SimulatedTransport
from poros_tui.probe.transport import Answer, Deliver, TransportEvent

SCENARIOS: Final = FilePath(__file__).parent.parent / "lab" / "scenarios"


def lab_scenario(name: str) -> Scenario:
    """A scenario of the test lab."""
    return Scenario.from_toml((SCENARIOS / f"{name}.toml").read_text(encoding="utf-8"))


def rising(hops: int, last_rtt_ms: float, more: str = "", head: str = "") -> Scenario:
    """A path of `hops` hops to `last_rtt_ms`, but for what the TOML in `more` and `head` says."""
    return Scenario.from_toml(
        f"rising = {{ hops = {hops}, last_rtt_ms = {last_rtt_ms} }}\n{head}\n[destination]\n"
        f'address = "203.0.113.10"\n{more}'
    )


def changes(*ttls: int, what: str) -> str:
    """The same exception for several hops."""
    return "".join(f"\n[[hop]]\nttl = {ttl}\n{what}\n" for ttl in ttls)


FORBIDDEN = Protocol.TCP
"""What a session cannot change to."""


class RecordingTransport(SimulatedTransport):
    """Remembers when which TTL was asked, and how many were unanswered at once."""

    def __init__(
        self, network: SimulatedNetwork, *, protocol: Protocol = Protocol.ICMP, family: int = 4
    ) -> None:
        super().__init__(network, protocol=protocol, family=family)
        self.sent: list[tuple[float, int]] = []
        self.unanswered: set[int] = set()
        self.most_unanswered = 0
        self.neighbours: dict[IPAddress, RecordingTransport] = {}
        self.neighbours_by: set[Protocol | None] = set()
        """Protocols that neighbours were asked by."""

    def to_neighbour(self, address: IPAddress) -> RecordingTransport:
        if address not in self.neighbours:
            to = self.neighbours[address] = type(self)(
                self._network, protocol=self._protocol, family=self._family
            )
            to._neighbour, to._began_at_s = address, self._began_at_s
        return self.neighbours[address]

    async def send(
        self, ttl: int, key: int, flow: int = 0, size: int | None = None
    ) -> ClockReading:
        reading = await super().send(ttl, key, flow, size)
        self.sent.append((trio.current_time(), ttl))
        self.unanswered.add(key)
        self.most_unanswered = max(self.most_unanswered, len(self.unanswered))
        return reading

    async def receive(self, deliver: Deliver) -> None:
        def note_and_deliver(event: TransportEvent) -> None:
            if isinstance(event, Answer):
                self.unanswered.discard(event.key)
            deliver(event)

        await super().receive(note_and_deliver)

    @property
    def ttls(self) -> list[int]:
        return [ttl for _, ttl in self.sent]

    @property
    def times_s(self) -> list[float]:
        return [at_s for at_s, _ in self.sent]

    def since(self, at_s: float) -> list[int]:
        """The TTLs asked after this moment."""
        return [ttl for sent_at_s, ttl in self.sent if sent_at_s > at_s]

    def between(self, from_s: float, to_s: float) -> list[int]:
        """The TTLs asked in [from_s, to_s)."""
        return [ttl for at_s, ttl in self.sent if from_s <= at_s < to_s]


Script = Callable[[Session, RecordingTransport], Awaitable[None]]


@dataclass
class Trace:
    """A finished run: what was sent and what became of it."""

    session: Session
    transport: RecordingTransport
    messages: list[Message]
    updates: list[PathUpdate] = field(default_factory=list)
    final: PathSnapshot = field(init=False)
    duration_s: float = 0.0

    @property
    def addresses(self) -> list[set[str]]:
        """The responders of each hop, in words."""
        return [{str(r.address) for r in hop.responders} for hop in self.final.hops]

    @property
    def stop_words(self) -> str:
        stop = self.final.session.status.stop
        return stop.words() if stop else ""

    @property
    def statuses(self) -> list[SessionStatus]:
        return [message for message in self.messages if isinstance(message, SessionStatus)]

    def sent_probes(self) -> list[Probe]:
        return [message.probe for message in self.messages if isinstance(message, Sent)]

    def undecided(self) -> list[Probe]:
        """Probes sent that no later outcome mentions."""
        decided = {
            message.probe.number
            for message in self.messages
            if isinstance(message, Reply | Lost | SendFailed)
        }
        return [probe for probe in self.sent_probes() if probe.number not in decided]


class RecordingPath(Path):
    """Remembers every message, in order."""

    def __init__(self, config: SessionConfig) -> None:
        super().__init__(first_hop=config.first_hop, gap_limit=config.gap_limit, keep_records=True)
        self.messages: list[Message] = []

    def set_status(self, status: SessionStatus) -> None:
        self.messages.append(status)
        super().set_status(status)

    def add(self, outcome: ProbeOutcome) -> None:
        self.messages.append(outcome)
        super().add(outcome)


def make_session(
    scenario: Scenario,
    config: SessionConfig,
    *,
    seed: int = 0,
    protocol: Protocol = Protocol.ICMP,
    family: int = 4,
    buffer: int = 16,
    open_transport: type[RecordingTransport] = RecordingTransport,
    privilege: str = "user",
) -> tuple[Session, RecordingTransport, trio.MemoryReceiveChannel[Message]]:
    network = SimulatedNetwork(scenario, seed=seed)
    transport = open_transport(network, protocol=protocol, family=family)

    first_way = Way(protocol=protocol, privilege=privilege, rung="simulation")

    def open_way(other: Protocol) -> tuple[Way, RecordingTransport]:
        if other is FORBIDDEN:
            raise CannotRun(f"{other.upper()} is not permitted to this user", "use --udp")
        way = msgspec.structs.replace(first_way, protocol=other)
        return way, open_transport(network, protocol=other, family=family)

    def open_neighbour(other: Protocol | None, address: IPAddress) -> RecordingTransport:
        transport.neighbours_by.add(other)
        return transport.to_neighbour(address)

    plan = None
    if config.neighbours:
        plan = NeighbourPlan(
            destination=transport.destination,
            addresses=neighbours_of(transport.destination),
            open=open_neighbour,
            close=lambda: None,
        )
    send, receive = trio.open_memory_channel[Message](buffer)
    session = Session(
        config,
        transport,
        send,
        open_way=open_way,
        way=first_way,
        neighbours=plan,
        randomness=random.Random(seed),
    )
    return session, transport, receive


async def run_trace(
    scenario: Scenario,
    config: SessionConfig,
    *,
    seed: int = 0,
    protocol: Protocol = Protocol.ICMP,
    family: int = 4,
    script: Script | None = None,
    complete_with: int | None = None,
    open_transport: type[RecordingTransport] = RecordingTransport,
    privilege: str = "user",
    chronicle: Chronicle | None = None,
) -> Trace:
    """Run to the end; `script(session, transport)` runs beside it."""
    session, transport, receive = make_session(
        scenario,
        config,
        seed=seed,
        protocol=protocol,
        family=family,
        open_transport=open_transport,
        privilege=privilege,
    )
    path = RecordingPath(config)
    trace = Trace(session, transport, path.messages)
    started_at_s = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(session.run)
        if script is not None:
            nursery.start_soon(script, session, transport)
        trace.final = await collect(
            receive,
            path,
            trace.updates.append,
            complete_with=complete_with,
            chronicle=chronicle,
        )
        trace.duration_s = trio.current_time() - started_at_s
        nursery.cancel_scope.cancel()
    return trace


def stop_at(at_s: float) -> Script:
    """A script that stops the session `at_s` seconds after its beginning."""

    async def script(session: Session, _transport: RecordingTransport) -> None:
        await trio.sleep(at_s)
        session.stop()

    return script


def in_virtual_time(main: Callable[[], Awaitable[None]]) -> None:
    """Run one example of a property on a clock that jumps; fixtures last for all examples."""
    trio.run(main, clock=MockClock(autojump_threshold=0))
