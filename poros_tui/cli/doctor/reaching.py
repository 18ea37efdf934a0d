"""Whether a host is reached, by which probes, and what keeps those that do not arrive."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import trio

from poros_tui.cli.doctor.check import Check, Part, State
from poros_tui.cli.doctor.conclusions import conclusions, unanswered
from poros_tui.cli.doctor.firewall import Firewall
from poros_tui.cli.doctor.reached import WAYS, Reached
from poros_tui.cli.doctor.rungs import Bench
from poros_tui.cli.doctor.traffic import Traffic
from poros_tui.cli.resolve import Resolved
from poros_tui.config import SessionConfig
from poros_tui.model.send_trouble import SendTrouble
from poros_tui.once import run_once
from poros_tui.probe.outgoing import Outgoing
from poros_tui.tui.formatting import plural

_CONFIG: Final = SessionConfig(rounds=1, queries=1, timeout_s=2.0)


def trace_all(bench: Bench, target: Resolved) -> list[Reached]:
    """A trace of each kind, one after the other, with the best sockets that are permitted."""
    found = []
    for name, protocol, port in WAYS:
        chosen = bench.best_for(target.address, protocol, target.zone, Outgoing(port=port))
        if chosen is not None:
            finished = trio.run(run_once, _CONFIG, lambda chosen=chosen: chosen.transport)
            found.append(Reached.of(name, finished.path))
    return found


def reaching(
    host: str,
    found: Iterable[Reached],
    way: Check,
    version: int,
    firewall: Firewall,
    is_on_link: bool | None = None,
) -> Part:
    """What came of the traces, and what that means. `way` is how packets leave, `version` 4 or
    6, `is_on_link` whether the host is a neighbour, None where that is not known."""
    all_found = list(found)
    checks = [_each(one, all_found, way, version, firewall) for one in all_found]
    checks += conclusions(host, all_found, version, firewall, is_on_link)
    return Part(title=f"The path to {host}", checks=(way, *checks))


def _each(
    one: Reached, found: list[Reached], way: Check, version: int, firewall: Firewall
) -> Check:
    is_any = any(other.distance is not None for other in found)
    if one.problem and not one.answering and one.distance is None:
        return Check(
            state=State.BAD,
            words=f"{one.name}: {one.problem}",
            # What mends that follows once, where it keeps all of them.
            remedy="" if unanswered(found) else _sending(one, way, version, firewall),
        )
    count = len(one.answering)
    if one.distance is not None:
        words = f"{one.name}: reached at hop {one.distance}"
        if one.distance > 1:
            words += f", {count} of the {plural(one.distance - 1, 'hop')} before it answer"
        return Check(state=State.GOOD, words=words)
    words = f"{one.name}: nobody answers"
    if one.refusal is not None:
        words = f"{one.name}: {one.refusal.words()}"
    elif count:
        within = f" within {_CONFIG.max_hops} hops" if one.is_too_far else ""
        farthest = max(one.answering)
        words = (
            f"{one.name}: not reached{within}, {plural(count, 'hop')} answer up to hop {farthest}"
        )
    # A chain at egress drops without a word to who sends.
    is_silent = not count and one.refusal is None
    opens = firewall.commands([_leaving(one, version)], is_sure=True) if is_silent else ""
    return Check(state=State.LESS if is_any else State.BAD, words=words, remedy=opens)


def _sending(one: Reached, way: Check, version: int, firewall: Firewall) -> str:
    """What lets probes leave."""
    match SendTrouble.of(one.problem):
        case SendTrouble.FIREWALL:
            return firewall.remedy([_leaving(one, version)])
        case SendTrouble.NETWORK if way.state is not State.BAD:
            return "is the link up (ip link), and does the gateway answer (ip neigh)?"
    return ""  # for want of a route: what mends that stands above


def _leaving(one: Reached, version: int) -> Traffic:
    """Its probes."""
    protocol = next(protocol for name, protocol, _ in WAYS if name == one.name)
    return Traffic(protocol=protocol, version=version, hook="output")
