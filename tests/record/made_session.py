"""Sessions of chance, recorded while they go on."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address

from poros_tui.config import SessionConfig
from poros_tui.model.about import About
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.clock import to_microsecond, to_tick
from poros_tui.model.naming import Naming
from poros_tui.model.path import Path
from poros_tui.model.probe import (
    AnswerKind,
    Duplicate,
    IPAddress,
    Lost,
    Mode,
    Probe,
    Protocol,
    Reply,
    RttSource,
    SendFailed,
    Sent,
)
from poros_tui.model.quote import Quote, Rewrite, RewrittenField
from poros_tui.model.session import (
    Message,
    SessionState,
    SessionStatus,
    TraceIdentity,
    Way,
)
from poros_tui.model.stray import Stray, StrayReason
from poros_tui.packets.extensions import MplsLabel, MplsStack
from poros_tui.record.recorder import Recorder
from poros_tui.record.target import Target

BEGAN_WALL_S = 1_700_000_000.25
ADDRESSES: list[IPAddress] = [ip_address(f"10.0.0.{number}") for number in range(1, 8)]
QUOTES = (
    None,
    Quote(length=28, ttl=1, traffic_class=0, sent_traffic_class=0),
    Quote(
        length=28, ttl=1, traffic_class=8, sent_traffic_class=0,
        rewrites=(
            Rewrite(RewrittenField.SOURCE_ADDRESS, ADDRESSES[0], ADDRESSES[6]),
            Rewrite(RewrittenField.CHECKSUM, 1, 65535),
        ),
    ),
)  # fmt: skip
LABELS = (MplsStack((MplsLabel(label=16, traffic_class=0, is_bottom=True, ttl=1),)),)


def messages(
    chance: random.Random, rounds: int, hops: int = 5, queries: int = 1, flows: int = 1
) -> list[tuple[float, Message]]:
    """Of a session in which everything happens that can, each with its time, in their order."""
    number, generation, baseline, way = 0, 0, None, None
    told: list[tuple[float, Message]] = []
    mood = chance.random()
    for round_number in range(rounds):
        now_s = 100.0 + round_number + chance.random() * 1e-3
        if chance.random() < 0.1:
            mood = chance.random()
        if chance.random() < 0.02:
            generation += 1
            baseline = None
            if chance.random() < 0.5:
                way = Way(protocol=Protocol.UDP, privilege="user", rung="UDP error queue")
        elif chance.random() < 0.02:
            baseline = (baseline or 0) + 1
        status = SessionStatus(
            generation=generation,
            state=SessionState.PAUSED if chance.random() < 0.03 else SessionState.RUNNING,
            mode=chance.choice(list(Mode)),
            round=round_number,
            interval_s=1.0,
            way=way,
            baseline=baseline,
        )
        told.append((now_s, status))
        for query in range(queries * flows):
            for ttl in range(1, hops + 1):
                probe = Probe(
                    number=number, ttl=ttl, round=round_number, query=query,
                    generation=generation, flow=query % flows,
                )  # fmt: skip
                number += 1
                now_s += chance.random() * 2e-4
                if chance.random() < 0.01:
                    told.append((now_s, SendFailed(probe, "no buffer space available")))
                    continue
                told.append((now_s, Sent(probe, to_microsecond(now_s))))
                told += [
                    (now_s + wait_s, message)
                    for wait_s, message in _becomes(chance, probe, mood, hops)
                ]
    told.sort(key=lambda one: one[0])
    return [(to_tick(at_s), message) for at_s, message in told]


def _becomes(
    chance: random.Random, probe: Probe, mood: float, hops: int
) -> Iterator[tuple[float, Message]]:
    draw = chance.random()
    if draw < 0.02 * mood:
        yield 0.01, SendFailed(probe, "host is unreachable", was_sent=True)
        return
    if draw < 0.03 * mood:
        return
    if draw < 0.04:
        yield 0.02, Stray(chance.choice(list(StrayReason)), chance.randrange(1, 4))
    rtt_ns = round(min(33.0, chance.expovariate(100)) * 1e9) + 1000
    is_late = draw < 0.2 * mood
    if is_late:
        yield 3.0, Lost(probe, to_microsecond(3.0 + chance.random() * 1e-3))
        if draw < 0.15 * mood:
            return
    kinds = [AnswerKind.TIME_EXCEEDED] * 8 + [AnswerKind.REACHED, AnswerKind.UNREACHABLE]
    is_end = probe.ttl == hops and mood < 0.7
    kind = AnswerKind.REACHED if is_end else chance.choice(kinds)
    responder = ADDRESSES[(probe.ttl + chance.randrange(1 + int(mood * 5))) % len(ADDRESSES)]
    wait_s = 3.5 if is_late else rtt_ns / 1e9
    yield (
        wait_s,
        Reply(
            probe=probe,
            responder=responder,
            kind=kind,
            rtt_s=None if chance.random() < 0.02 else rtt_ns / 1e9,
            icmp_type=11 if kind is AnswerKind.TIME_EXCEEDED else 3,
            icmp_code=0,
            reply_ttl=chance.choice((60, 61)),
            rtt_source=chance.choice(list(RttSource)),
            quote=chance.choice(QUOTES),
            extensions=chance.choice(((), LABELS)),
            mtu=1400 if chance.random() < 0.01 else None,
            was_lost=is_late,
            is_late=is_late,
        ),
    )
    if chance.random() < 0.02:
        yield wait_s + 0.01, Duplicate(probe, responder)


@dataclass
class MadeSession:
    """One target as it is learned of, and what is recorded of that."""

    path: Path
    chronicle: Chronicle
    recorder: Recorder
    known: dict[IPAddress, About]
    parts: list[bytes] = field(default_factory=list)

    def play(self, at_s: float, message: Message) -> None:
        """One thing happens."""
        if isinstance(message, SessionStatus):
            self.path.set_status(message)
        else:
            self.path.add(message)
        events = self.chronicle.record(message, at_s)
        self.recorder.take(0, message, events, at_s)

    def learn(self, address: IPAddress, about: About) -> None:
        """Somebody knows an address."""
        self.known[address] = about
        self.path.learn_of(address)
        self.recorder.learn(address, about)

    def data(self) -> bytes:
        """The file, when it is over."""
        return b"".join(self.parts) + self.recorder.end()


def made_session(
    *, flows: int = 1, probes_per_moment: int = 400, keeps_records: bool = False
) -> MadeSession:
    """At its beginning."""
    known: dict[IPAddress, About] = {}
    path = Path(
        first_hop=1, gap_limit=8, keep_flows=flows > 1, keep_records=keeps_records, known=known
    )
    chronicle = Chronicle(samples_max=3000)
    recorder = Recorder(
        version="1",
        began_wall_s=BEGAN_WALL_S,
        now_s=100.0,
        probes_per_moment=probes_per_moment,
    )
    chronicle.begin(now_s=100.0, wall_s=BEGAN_WALL_S)
    recorder.add(target(flows), path, chronicle)
    return MadeSession(path, chronicle, recorder, known)


def target(flows: int = 1) -> Target:
    """The one that is traced."""
    identity = TraceIdentity(
        target="far.example", destination=ADDRESSES[5], protocol=Protocol.ICMP,
        privilege="raw", rung="raw socket",
    )  # fmt: skip
    return Target(
        number=0,
        place=(0, 0),
        name="far.example",
        identity=identity,
        config=SessionConfig(flows=flows, max_hops=5),
        began_at_s=100.0,
        began_wall_s=BEGAN_WALL_S,
        samples_max=3000,
    )


def recorded(
    seed: int,
    rounds: int = 300,
    *,
    queries: int = 1,
    flows: int = 1,
    probes_per_moment: int = 400,
    keeps_records: bool = False,
) -> tuple[MadeSession, bytes]:
    """A session as it ended, and its file."""
    session = made_session(
        flows=flows, probes_per_moment=probes_per_moment, keeps_records=keeps_records
    )
    chance = random.Random(seed)
    for place, (at_s, message) in enumerate(messages(chance, rounds, queries=queries, flows=flows)):
        session.play(at_s, message)
        if place % 97 == 0:
            session.parts.append(session.recorder.push())
        if place % 500 == 250:
            address = ADDRESSES[place // 500 % len(ADDRESSES)]
            about = About(naming=Naming(name=f"r{place}.example"))
            session.learn(address, about)
        if place == 700:
            session.chronicle.see_clock(now_s=at_s, wall_s=BEGAN_WALL_S + 5000.125)
            session.recorder.see_clock(0, now_s=at_s, wall_s=BEGAN_WALL_S + 5000.125)
    return session, session.data()
