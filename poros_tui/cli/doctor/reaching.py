"""Whether a host is reached, by which probes, and what that says of firewalls on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
import trio

from poros_tui.cli.doctor.check import Check, Part, State
from poros_tui.cli.doctor.rungs import Bench
from poros_tui.cli.resolve import Resolved
from poros_tui.config import SessionConfig
from poros_tui.model.probe import Protocol
from poros_tui.model.session import PathSnapshot
from poros_tui.once import run_once
from poros_tui.probe.outgoing import Outgoing
from poros_tui.tui.formatting import plural

_CONFIG: Final = SessionConfig(rounds=1, queries=1, timeout_s=2.0)
WAYS: Final[tuple[tuple[str, Protocol, int | None], ...]] = (
    ("ICMP", Protocol.ICMP, None),
    ("UDP", Protocol.UDP, None),
    ("TCP port 80", Protocol.TCP, 80),
    ("TCP port 443", Protocol.TCP, 443),
)
_OPTIONS: Final = {
    "ICMP": "--icmp",
    "UDP": "--udp",
    "TCP port 80": "--tcp",
    "TCP port 443": "--tcp --port 443",
}


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """How far probes of one kind came."""

    name: str
    """One of WAYS."""
    distance: int | None
    """TTL of the destination; None where it did not answer."""
    answering: tuple[int, ...]
    """TTLs of the routers that answered."""
    problem: str = ""
    """Why no probe left; empty where one did."""

    @classmethod
    def of(cls, name: str, path: PathSnapshot) -> Reached:
        """From what a trace knows at its end."""
        distance = path.session.distance
        return cls(
            name=name,
            distance=distance,
            answering=tuple(hop.ttl for hop in path.hops if hop.received and hop.ttl != distance),
            problem=path.session.problem or "",
        )


def trace_all(bench: Bench, target: Resolved) -> list[Reached]:
    """A trace of each kind, one after the other, with the best sockets that are permitted."""
    found = []
    for name, protocol, port in WAYS:
        chosen = bench.best_for(target.address, protocol, target.zone, Outgoing(port=port))
        if chosen is not None:
            finished = trio.run(run_once, _CONFIG, lambda chosen=chosen: chosen.transport)
            found.append(Reached.of(name, finished.path))
    return found


def reaching(host: str, found: Iterable[Reached], way: Check) -> Part:
    """What came of the traces, and what that means. `way` is how packets leave."""
    all_found = list(found)
    checks = [way, *(_each(one, all_found) for one in all_found), *_conclusions(all_found)]
    return Part(title=f"The path to {host}", checks=tuple(checks))


def _each(one: Reached, found: list[Reached]) -> Check:
    is_any = any(other.distance is not None for other in found)
    if one.problem and not one.answering and one.distance is None:
        return Check(
            state=State.BAD,
            words=f"{one.name}: {one.problem}",
            remedy="sudo nft list ruleset (or sudo iptables-save) shows what a local firewall drops"
            if "firewall" in one.problem
            else "",
        )
    count = len(one.answering)
    if one.distance is not None:
        words = f"{one.name}: reached at hop {one.distance}"
        if one.distance > 1:
            words += f", {count} of the {plural(one.distance - 1, 'hop')} before it answer"
        return Check(state=State.GOOD, words=words)
    words = f"{one.name}: nobody answers"
    if count:
        farthest = max(one.answering)
        words = f"{one.name}: not reached, {plural(count, 'hop')} answer up to hop {farthest}"
    return Check(state=State.LESS if is_any else State.BAD, words=words)


def _conclusions(found: list[Reached]) -> Iterator[Check]:
    reached = [one for one in found if one.distance is not None]
    if any(one.answering for one in found) or any(one.distance == 1 for one in reached):
        if reached and len(reached) < len(found):
            options = " or ".join(_OPTIONS[one.name] for one in reached)
            yield Check(state=State.GOOD, words=f"trace it with {options}")
        elif not reached and found:
            yield Check(
                state=State.LESS,
                words="the host, or a firewall before it, answers nothing: the path up to there is "
                "all that can be seen",
                remedy="try another port: poros-tui --tcp --port PORT HOST",
            )
        return
    if reached:
        yield Check(
            state=State.BAD,
            words="the host answers and no router does: a firewall, here or near, drops their "
            "ICMP errors",
            remedy="let these in, such as: sudo nft insert rule inet filter input meta l4proto "
            "{ icmp, ipv6-icmp } accept",
        )
    elif found and not all(one.problem for one in found):
        yield Check(
            state=State.BAD,
            words="nothing at all comes back, not even from the first router",
            remedy="is the link up (ip link), does the gateway answer (ip neigh), and does a local "
            "firewall drop what comes (sudo nft list ruleset)?",
        )
