"""Networks in which something happens at a known time, and what is to be told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import trio

from poros_tui.engine.session import Session
from poros_tui.model.events import EventKind
from poros_tui.probe.simulation.scenario import Scenario
from poros_tui.probe.simulation.transport import SimulatedTransport
from tests.engine.watched import Deed

DESTINATION = "203.0.113.10"


@dataclass(frozen=True)
class Expected:
    """An event that is to be told."""

    kind: EventKind
    round: int
    ttl: int | None
    within: int = 0
    """Rounds later that the first sign of it may come by chance (earlier, for an end)."""
    around: int = 0
    """Rounds before and after in which it may seem to be, where noise hides its place."""
    hops_within: int = 0
    """Hops farther at which it may seem to begin, where few losses must tell."""
    is_certain: bool = True
    """Whether it is to be told whatever chance does."""


@dataclass(frozen=True)
class Story:
    """What a network does, what the user does beside it, and the events."""

    scenario: Scenario
    expected: tuple[Expected, ...] = ()
    script: Deed | None = None


Change = Mapping[str, object]


def network(
    *stretches: tuple[int, Mapping[int, Change]],
    hops: int = 12,
    last_rtt_ms: float = 36,
    jitter_ms: float = 2,
) -> Scenario:
    """`hops` hops, each up to `jitter_ms` late. Each stretch is the second from which on it is as
    it says, and what is different in it, by TTL; of the destination `rtt_ms` alone can be."""
    (_, first), *later = stretches
    plain = {ttl: f"10.0.{ttl}.1" for ttl in range(1, hops)}
    rtt_ms = {ttl: last_rtt_ms * ttl / hops for ttl in range(1, hops + 1)}

    def tables(table: str, changes: Mapping[int, Change]) -> Iterable[str]:
        for ttl in sorted({*plain, *(ttl for ttl in changes if ttl != max(rtt_ms))}):
            fields: dict[str, object] = {
                "address": plain.get(ttl, ""),
                "rtt_ms": rtt_ms[ttl],
                "jitter_ms": jitter_ms,
                **changes.get(ttl, {}),
            }
            if "addresses" in fields:
                del fields["address"]
            yield f"[[{table}]]"
            yield from (f"{key} = {_toml(value)}" for key, value in fields.items())

    lines = [
        f'[destination]\naddress = "{DESTINATION}"\njitter_ms = {jitter_ms}',
        f"rtt_ms = {first.get(hops, {}).get('rtt_ms', last_rtt_ms)}",
        *tables("hop", first),
    ]
    for at_s, changes in later:
        end_ms = changes.get(hops, {}).get("rtt_ms", last_rtt_ms)
        lines += ["[[route]]", f"at_s = {at_s}", f"destination_rtt_ms = {end_ms}"]
        lines += tables("route.hop", changes)
    return Scenario.from_toml("\n".join(lines))


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if not isinstance(value, tuple) else repr(list(value))


def _slower(
    from_ttl: int, by_ms: float, hops: int = 12, last_rtt_ms: float = 36
) -> dict[int, Change]:
    return {ttl: {"rtt_ms": last_rtt_ms * ttl / hops + by_ms} for ttl in range(from_ttl, hops + 1)}


def _host_down(delay_ms: float = 1000) -> Change:
    """As Linux says it of a host that does not answer ARP: at once or after 3 s, by whether it has
    tried before."""
    return {
        "unreachable": "host",
        "unreachable_beyond": True,
        "unreachable_delay_ms": delay_ms,
    }


def _inserted(after: int, *addresses: str, hops: int = 12) -> Scenario:
    """A path that grows at 100 s, and a destination as far in time as before."""
    before = network((0, {}), hops=hops).routes[0]
    count = hops + len(addresses)
    grown = {
        ttl: {
            "address": (
                f"10.0.{ttl}.1"
                if ttl <= after
                else addresses[ttl - after - 1]
                if ttl <= after + len(addresses)
                else f"10.0.{ttl - len(addresses)}.1"
            )
        }
        for ttl in range(1, count)
    }
    later = network((0, grown), hops=count).routes[0]
    base = network((0, {}), hops=hops)
    return Scenario(
        destination=base.destination,
        routes=(
            before,
            type(later)(at_s=100.0, hops=later.hops, destination_rtt_s=later.destination_rtt_s),
        ),
    )


async def _cable_out(_session: Session, transport: SimulatedTransport) -> None:
    await trio.sleep(99.5)
    transport.send_problem = "network is unreachable"
    await trio.sleep(40)
    transport.send_problem = None


async def _pause(session: Session, _transport: SimulatedTransport) -> None:
    await trio.sleep(99.5)
    session.pause()
    await trio.sleep(60)
    session.resume()


_K = EventKind
_TWO = {"addresses": ("10.0.4.1", "10.0.4.2"), "balance": "packet"}
_THREE = {"addresses": ("10.0.4.1", "10.0.4.2", "10.0.4.3"), "balance": "packet"}

STORIES: dict[str, Story] = {
    "reroute": Story(
        network((0, {}), (100, {5: {"address": "10.9.5.1"}, 6: {"address": "10.9.6.1"}})),
        (Expected(_K.PATH_CHANGED, 100, 5),),
    ),
    "reroute-and-back": Story(
        network((0, {}), (100, {5: {"address": "10.9.5.1"}}), (140, {})),
        (Expected(_K.PATH_CHANGED, 100, 5), Expected(_K.PATH_CHANGED, 140, 5)),
    ),
    "reroute-over-silence": Story(
        network((0, {}), (100, {5: {"address": "10.9.5.1"}, 6: {"silent": True}})),
        (Expected(_K.PATH_CHANGED, 100, 5),),
    ),
    "reroute-of-a-lossy-hop": Story(
        network(
            (0, {6: {"loss": 0.5}}),
            (100, {5: {"address": "10.9.5.1"}, 6: {"address": "10.9.6.1", "loss": 0.5}}),
        ),
        (Expected(_K.PATH_CHANGED, 100, 5),),
    ),
    "longer": Story(_inserted(4, "10.9.5.1", "10.9.6.1"), (Expected(_K.PATH_CHANGED, 100, 5),)),
    "one-silent-hop-more": Story(
        Scenario.from_toml(
            f'rising = {{ hops = 8, last_rtt_ms = 24 }}\n[destination]\naddress = "{DESTINATION}"\n'
            "[[route]]\nat_s = 100\nrising = { hops = 9, last_rtt_ms = 24 }\n"
            "[[route.hop]]\nttl = 8\nsilent = true\n"
        ),
        (Expected(_K.PATH_CHANGED, 100, 8),),
    ),
    "short-detour": Story(network((0, {}), (100, {5: {"address": "10.9.5.1"}}), (103, {}))),
    "one-more-takes-turns": Story(
        network((0, {}), (150, {4: _TWO})), (Expected(_K.RESPONDER_ADDED, 150, 4, within=12),)
    ),
    "one-takes-turns-no-more": Story(
        network((0, {4: _THREE}), (150, {4: _TWO})),
        (Expected(_K.RESPONDER_GONE, 150, 4, within=-16),),
    ),
    "hard-burst": Story(
        network((0, {}), (100, {6: {"link_loss": 0.7}}), (140, {})),
        (
            Expected(_K.LOSS_BEGAN, 100, 7, within=8, hops_within=2),
            Expected(_K.LOSS_ENDED, 140, 7, within=-8),
        ),
    ),
    "total-burst": Story(
        network((0, {}), (100, {6: {"link_loss": 1.0}}), (115, {})),
        (Expected(_K.LOSS_BEGAN, 100, 7), Expected(_K.LOSS_ENDED, 115, 7)),
    ),
    "lesser-burst": Story(
        network((0, {}), (100, {6: {"link_loss": 0.3}}), (200, {})),
        (
            Expected(_K.LOSS_BEGAN, 100, 7, within=40, hops_within=5, is_certain=False),
            Expected(_K.LOSS_ENDED, 200, 7, within=-40, hops_within=1, is_certain=False),
        ),
    ),
    "burst-at-the-access-line": Story(
        network((0, {}), (100, {1: {"link_loss": 1.0}}), (112, {})),
        (Expected(_K.LOSS_BEGAN, 100, 2), Expected(_K.LOSS_ENDED, 112, 2)),
    ),
    "burst-before-a-silent-destination": Story(
        network(
            (0, {11: {"blackhole": True}}),
            (100, {6: {"link_loss": 1.0}, 11: {"blackhole": True}}),
            (112, {11: {"blackhole": True}}),
        ),
        (Expected(_K.LOSS_BEGAN, 100, 7), Expected(_K.LOSS_ENDED, 112, 7)),
    ),
    "a-limit-begins-before-a-silent-destination": Story(
        network((0, {11: {"blackhole": True}}), (150, {11: {"blackhole": True, "loss": 0.7}})),
    ),
    "a-limit-begins": Story(network((0, {}), (150, {5: {"loss": 0.6}}))),
    "outage": Story(
        network((0, {}), (100, {6: {"blackhole": True}}), (160, {})),
        (
            Expected(_K.LOSS_BEGAN, 100, 7),
            Expected(_K.UNREACHABLE, 100, 12),
            Expected(_K.REACHABLE_AGAIN, 160, 12),
            Expected(_K.LOSS_ENDED, 160, 7),
        ),
    ),
    "refused": Story(
        network((0, {}), (100, {6: {"unreachable": "admin"}}), (150, {})),
        (Expected(_K.UNREACHABLE, 100, 6), Expected(_K.REACHABLE_AGAIN, 150, 12)),
    ),
    "destination-down": Story(
        network((0, {}), (100, {11: _host_down()}), (160, {})),
        (Expected(_K.UNREACHABLE, 100, 12), Expected(_K.REACHABLE_AGAIN, 160, 12)),
    ),
    "destination-down-told-late": Story(
        network((0, {}), (100, {11: _host_down(delay_ms=3100)}), (160, {})),
        (Expected(_K.UNREACHABLE, 100, 12), Expected(_K.REACHABLE_AGAIN, 160, 12)),
    ),
    "slower": Story(network((0, {}), (150, _slower(7, 8))), (Expected(_K.DELAY_SHIFTED, 150, 7),)),
    "slower-in-noise": Story(
        network((0, {}), (150, _slower(7, 8)), jitter_ms=12),
        (Expected(_K.DELAY_SHIFTED, 150, 7, around=10, is_certain=False, hops_within=5),),
    ),
    "slower-and-back": Story(
        network((0, {}), (150, _slower(3, 12)), (200, {})),
        (Expected(_K.DELAY_SHIFTED, 150, 3), Expected(_K.DELAY_SHIFTED, 200, 3)),
    ),
    "a-router-gets-slow": Story(network((0, {}), (150, {7: {"rtt_ms": 60}}))),
    "a-little-slower": Story(network((0, {}), (150, _slower(7, 0.8)), jitter_ms=0.1)),
    "cable-out": Story(
        network((0, {})),
        (Expected(_K.NETWORK_DOWN, 100, None), Expected(_K.NETWORK_UP, 140, None)),
        script=_cable_out,
    ),
    "paused": Story(
        network((0, {})),
        (Expected(_K.PAUSED, 99, None), Expected(_K.RESUMED, 99, None)),
        script=_pause,
    ),
}
