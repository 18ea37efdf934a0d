"""Paths made by hand: outcomes folded by the real model, so that no snapshot is invented."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address

import msgspec

from poros_tui.model.about import About
from poros_tui.model.exchange import Exchange
from poros_tui.model.naming import Naming
from poros_tui.model.network import Network
from poros_tui.model.path import Path
from poros_tui.model.place import Place as PlaceOf
from poros_tui.model.probe import (
    AnswerKind,
    Duplicate,
    IPAddress,
    Lost,
    Mode,
    Probe,
    ProbeOutcome,
    Protocol,
    Reply,
    SendFailed,
    Sent,
)
from poros_tui.model.quote import Quote
from poros_tui.model.session import Message, PathUpdate, SessionState, SessionStatus, TraceIdentity
from poros_tui.model.stop import StopKind, StopReason
from poros_tui.packets.extensions import Extension
from tests.once import pickled


def identity(target: str = "example.com", **changes: object) -> TraceIdentity:
    fields: dict[str, object] = {
        "target": target,
        "destination": ip_address("203.0.113.80"),
        "protocol": Protocol.ICMP,
        "privilege": "raw",
        "rung": "raw socket",
    }
    return TraceIdentity(**{**fields, **changes})  # type: ignore[arg-type]


class MadePath:
    """Outcomes in, updates out."""

    def __init__(self, *, first_hop: int = 1) -> None:
        self.known: dict[IPAddress, About] = {}
        self.path = Path(first_hop=first_hop, gap_limit=8, known=self.known)
        self._number = 0
        self.on_message: Callable[[Message], None] = lambda message: None
        """Told of everything that the path is told."""
        self._fields: dict[str, object] = {
            "generation": 0,
            "state": SessionState.RUNNING,
            "mode": Mode.CONCURRENT,
            "round": 0,
            "interval_s": 1.0,
            "stop": None,
        }
        self.status()

    def name(self, address: str, name: str | None, **more: object) -> None:
        """This address is called so from now on."""
        self._learn(address, naming=Naming(name=name, **more))  # type: ignore[arg-type]

    def know(self, address: str, network: Network) -> None:
        """This address is of that network from now on."""
        self._learn(address, network=network)

    def place_at(self, address: str, exchange: str) -> None:
        """This address is in the LAN of that exchange from now on."""
        self._learn(address, exchange=Exchange(name=exchange, source="test"))

    def _learn(self, address: str, **more: object) -> None:
        known = self.known.get(ip_address(address), About())
        self.known[ip_address(address)] = msgspec.structs.replace(known, **more)
        self.path.learn_of(ip_address(address))

    def locate(self, address: str, place: PlaceOf) -> None:
        """This address is said to be there from now on."""
        known = self.known.get(ip_address(address), About())
        self.known[ip_address(address)] = msgspec.structs.replace(known, place=place)
        self.path.learn_of(ip_address(address))

    def _add(self, outcome: ProbeOutcome) -> None:
        self.path.add(outcome)
        self.on_message(outcome)

    def status(self, **changes: object) -> None:
        self._fields |= changes
        status = SessionStatus(**self._fields)  # type: ignore[arg-type]
        self.path.set_status(status)
        self.on_message(status)

    def stopped(self, kind: StopKind, **details: object) -> None:
        self.status(stop=StopReason(kind=kind, **details))  # type: ignore[arg-type]

    def send(self, ttl: int) -> Probe:
        probe = Probe(
            number=self._number,
            ttl=ttl,
            round=int(str(self._fields["round"])),
            query=0,
            generation=self.path.generation,
        )
        self._number += 1
        interval_s = float(str(self._fields["interval_s"]))
        self._add(Sent(probe, interval_s * probe.round))
        return probe

    def reply(
        self,
        ttl: int,
        rtt_ms: float | None,
        responder: str | None = None,
        kind: AnswerKind = AnswerKind.TIME_EXCEEDED,
        icmp_type: int | None = 11,
        icmp_code: int | None = 0,
        *,
        probe: Probe | None = None,
        extensions: tuple[Extension, ...] = (),
        told: Quote | None = None,
    ) -> Probe:
        probe = probe or self.send(ttl)
        self._add(
            Reply(
                probe=probe,
                responder=ip_address(responder or f"10.0.{ttl}.1"),
                kind=kind,
                rtt_s=None if rtt_ms is None else rtt_ms / 1e3,
                icmp_type=icmp_type,
                icmp_code=icmp_code,
                reply_ttl=255 - ttl,
                extensions=extensions,
                quote=told,
            )
        )
        return probe

    def reached(self, ttl: int, rtt_ms: float, responder: str = "203.0.113.80") -> Probe:
        return self.reply(ttl, rtt_ms, responder, AnswerKind.REACHED, 0, 0)

    def refused(self, ttl: int, rtt_ms: float, responder: str, code: int = 1) -> Probe:
        return self.reply(ttl, rtt_ms, responder, AnswerKind.UNREACHABLE, 3, code)

    def lose(self, ttl: int, probe: Probe | None = None) -> None:
        self._add(Lost(probe or self.send(ttl), 3.0))

    def late(self, probe: Probe, rtt_ms: float) -> None:
        """The answer to a probe that was counted as lost."""
        self._add(
            Reply(
                probe=probe,
                responder=ip_address(f"10.0.{probe.ttl}.1"),
                kind=AnswerKind.TIME_EXCEEDED,
                rtt_s=rtt_ms / 1e3,
                icmp_type=11,
                icmp_code=0,
                reply_ttl=255,
                was_lost=True,
                is_late=True,
            )
        )

    def duplicate(self, probe: Probe, responder: str) -> None:
        self._add(Duplicate(probe, ip_address(responder)))

    def send_failed(self, ttl: int, reason: str = "network is unreachable") -> None:
        probe = Probe(
            number=self._number, ttl=ttl, round=0, query=0, generation=self.path.generation
        )
        self._number += 1
        self._add(SendFailed(probe, reason))

    def update(self) -> PathUpdate:
        return self.path.take_update()

    def kept(self) -> bytes:
        """What was made of the path so far."""
        return pickled((vars(self.path), self._number, self._fields))

    def become(self, kept: bytes) -> None:
        """The path that another was when it was kept; of addresses this one knows what it knew."""
        state, self._number, self._fields = pickle.loads(kept)
        vars(self.path).update(state, _known=self.known)


@dataclass(frozen=True)
class Place:
    """One hop of a realistic path."""

    responders: tuple[str, ...]
    rtt_ms: float
    jitter_ms: float = 0.3
    loss: float = 0.0
    """Of its own answers, 0 to 1; 1 is silent."""
    spikes: float = field(default=0.02)


REALISTIC = (
    Place(("192.168.1.1",), 1.3, 0.2),
    Place(("10.64.0.1",), 6.8, 1.1),
    Place(("198.51.100.18",), 8.1, 0.6),
    Place((), 0.0, loss=1.0),
    Place(("198.51.100.210",), 9.4, 0.5, loss=0.32),
    Place(("198.18.124.56", "198.18.122.138", "198.18.120.6"), 14.2, 0.9),
    Place(("198.18.136.200",), 21.7, 0.4),
    Place(("198.18.112.245",), 88.9, 1.2, spikes=0.08),
    Place(("198.18.180.71",), 96.4, 2.4, spikes=0.1),
    Place(("198.18.37.149",), 97.0, 0.8, loss=0.12),
    Place(("192.0.2.129",), 97.4, 0.7),
    Place(("203.0.113.80",), 97.9, 0.6),
)


def realistic_round(made: MadePath, chance: random.Random, *, path_loss: float = 0.012) -> None:
    """One round over the realistic path, every probe decided."""
    lost_after_hop_8 = chance.random() < path_loss
    for ttl, place in enumerate(REALISTIC, 1):
        is_last = ttl == len(REALISTIC)
        if chance.random() < place.loss or (lost_after_hop_8 and ttl > 8):
            made.lose(ttl)
            continue
        rtt_ms = place.rtt_ms + abs(chance.gauss(0, place.jitter_ms))
        if chance.random() < place.spikes:
            rtt_ms += chance.expovariate(1 / (3 + place.rtt_ms / 4))
        responder = chance.choice(place.responders)
        if is_last:
            made.reached(ttl, rtt_ms, responder)
        else:
            made.reply(ttl, rtt_ms, responder)
