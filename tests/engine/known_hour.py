"""An hour of which all is known: what happened in which round, and what a session made of it.

`recorded_hour()` runs a session of 3600 rounds in virtual time (about 15 s, once in a run of
the tests) and returns its chronicle, for tests of whatever shows what happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from poros_tui.config import SessionConfig
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.events import EventKind
from poros_tui.model.path import Path
from poros_tui.model.session import PathUpdate
from poros_tui.probe.simulation.scenario import Scenario
from tests.engine.watched import watch
from tests.once import made_once

ROUNDS = 3600
INTERVAL_S = 1.0
SEED = 3


@dataclass(frozen=True)
class Happening:
    """What the script does, and where it must show."""

    kind: EventKind
    round: int
    ttl: int
    words: str
    """A part of those of the event."""


HAPPENINGS = (
    Happening(EventKind.PATH_CHANGED, 600, 5, "10.0.5.1, 10.0.6.1 → 10.9.5.1, 10.9.6.1"),
    Happening(EventKind.LOSS_BEGAN, 900, 7, "from here to the destination"),
    Happening(EventKind.LOSS_ENDED, 940, 7, "after 40 s"),
    Happening(EventKind.DELAY_SHIFTED, 1500, 8, "from here to the destination"),
    Happening(EventKind.PATH_CHANGED, 2100, 7, "2 hops more: 10.9.7.1, 10.9.8.1; 12 hops → 14"),
    Happening(EventKind.PATH_CHANGED, 2580, 5, "14 hops → 12"),
    Happening(EventKind.LOSS_BEGAN, 2700, 12, "at the destination alone"),
    Happening(EventKind.LOSS_ENDED, 2725, 12, "after 25 s: 25 of 25 lost, 25 in a row"),
)
"""Three path changes, two bursts of losses, one shift of the delay."""

_FIRST = tuple(f"10.0.{ttl}.1" for ttl in range(1, 12))
_SECOND = (*_FIRST[:4], "10.9.5.1", "10.9.6.1", *_FIRST[6:])
_THIRD = (*_SECOND[:6], "10.9.7.1", "10.9.8.1", *_FIRST[6:])


def known_hour() -> Scenario:
    """Twelve hops to 48 ms, each up to 2 ms late. Hop 3 leaves a tenth unanswered, two routers
    take turns at hop 4, and one packet in a thousand is lost behind hop 1."""
    return Scenario.from_toml(
        "\n".join(
            (
                'description = "an hour with three path changes, two bursts and a shift"',
                '[destination]\naddress = "203.0.113.10"\nrtt_ms = 48\njitter_ms = 2',
                _hops(_FIRST, "hop"),
                _route(600, _SECOND),
                _route(900, _SECOND, lossy="10.9.6.1", loss=0.6),
                _route(940, _SECOND),
                _route(1500, _SECOND, slow_from="10.0.8.1"),
                _route(2100, _THIRD, slow_from="10.0.8.1"),
                _route(2580, _FIRST, slow_from="10.0.8.1"),
                _route(2700, _FIRST, slow_from="10.0.8.1", lossy="10.0.11.1", loss=1.0),
                _route(2725, _FIRST, slow_from="10.0.8.1"),
            )
        )
    )


def _route(
    at_s: int,
    addresses: tuple[str, ...],
    *,
    slow_from: str | None = None,
    lossy: str | None = None,
    loss: float = 0.0,
) -> str:
    rtt_ms = 48 + (15 if slow_from else 0)
    head = f"[[route]]\nat_s = {at_s}\ndestination_rtt_ms = {rtt_ms}"
    return "\n".join((head, _hops(addresses, "route.hop", slow_from, lossy, loss)))


def _hops(
    addresses: tuple[str, ...],
    table: str,
    slow_from: str | None = None,
    lossy: str | None = None,
    loss: float = 0.0,
) -> str:
    lines = []
    extra_ms = 0
    for ttl, address in enumerate(addresses, 1):
        extra_ms = 15 if address == slow_from else extra_ms
        who = f'["{address}", "10.0.4.2"]' if ttl == 4 else f'["{address}"]'
        link_loss = loss if address == lossy else 0.001 if ttl == 1 else 0.0
        lines.append(
            f"[[{table}]]\naddresses = {who}\nbalance = 'packet'\n"
            f"rtt_ms = {48 * ttl / (len(addresses) + 1) + extra_ms:g}\njitter_ms = 2\n"
            f"link_loss = {link_loss}\nloss = {0.1 if ttl == 3 else 0.0}"
        )
    return "\n".join(lines)


def recorded_hour() -> Chronicle:
    """What a session remembers of it. Its times are from `began_at_s` on; round n was sent n
    seconds later."""
    return recording()[0]


@cache
def recording() -> tuple[Chronicle, PathUpdate]:
    """The same, and what is known of the path in the end."""
    return made_once("known-hour", _record)


def _record() -> tuple[Chronicle, PathUpdate]:
    path = Path(first_hop=1, gap_limit=8)
    config = SessionConfig(rounds=ROUNDS, interval_s=INTERVAL_S)
    chronicle = watch(known_hour(), config, seed=SEED, path=path)
    return chronicle, path.take_update()
