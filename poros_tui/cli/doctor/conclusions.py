"""What the traces of all kinds together say of who is in the way. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Final

from poros_tui.cli.doctor.check import Check, State
from poros_tui.cli.doctor.commands import look_at_firewall
from poros_tui.cli.doctor.firewall import Firewall
from poros_tui.cli.doctor.reached import OPTIONS, Reached
from poros_tui.cli.doctor.traffic import Traffic
from poros_tui.model.probe import Protocol
from poros_tui.model.stop import StopReason

_FIREWALLS: Final = ("prohibited", "port unreachable", "policy", "reject", "protocol unreachable")
_ROUTES: Final = ("network", "no route")
_HOSTS: Final = ("host", "address")
"""In the words of who refuses: what is wrong there, the first that fits."""
_NO_NEIGHBOUR: Final = "the next hop does not answer "
"""In the words of the probes, before what it does not answer."""
_FARTHER: Final = 64


def conclusions(
    host: str,
    found: Sequence[Reached],
    version: int,
    firewall: Firewall,
    is_on_link: bool | None = None,
) -> Iterator[Check]:
    """Of `found`, nothing where all is well. `version` is 4 or 6, `is_on_link` whether the host is
    a neighbour, None where that is not known."""
    shown = shlex.quote(host)
    reached = [one for one in found if one.distance is not None]
    if (asked_by := unanswered(found)) is not None:
        yield _no_neighbour(asked_by, version, is_on_link)
        return
    if any(one.answering for one in found) or any(one.distance == 1 for one in reached):
        if reached and len(reached) < len(found):
            options = [OPTIONS[one.name] for one in reached]
            yield Check(
                state=State.GOOD,
                words=f"trace it with {' or '.join(options)}",
                remedy=f"poros-tui {options[0]} {shown}",
            )
        elif not reached:
            yield from _not_reached(shown, found)
        return
    if reached:
        answers = Traffic(protocol=Protocol.ICMP, version=version, hook="input")
        yield Check(
            state=State.BAD,
            words="the host answers and no router does: a firewall, here or near, drops their "
            "ICMP errors",
            remedy=firewall.remedy([answers]),
        )
    elif found and not all(one.problem for one in found):
        any_answer = [
            Traffic(protocol=protocol, version=version, hook="input")
            for protocol in (Protocol.ICMP, Protocol.TCP)
        ]
        yield Check(
            state=State.BAD,
            words="nothing at all comes back, not even from the first router",
            remedy=firewall.commands(any_answer)
            or "is the link up (ip link), does the gateway answer (ip neigh), and does a local "
            f"firewall drop what comes: {look_at_firewall()}?",
        )


def unanswered(found: Sequence[Reached]) -> str | None:
    """By what the kernel asked for the first neighbour on the way, who is not there; None where
    somebody has answered, or nobody knows that. Those who waited for less than the kernel does
    only know that nothing came."""
    if any(one.answering or one.distance is not None for one in found):
        return None
    told = [one.problem for one in found if _NO_NEIGHBOUR in one.problem]
    return told[0].partition(_NO_NEIGHBOUR)[2] if told else None


def _no_neighbour(asked_by: str, version: int, is_on_link: bool | None) -> Check:
    look = f"ip -{version} neigh shows who answers"
    if is_on_link:
        words = f"the host, on our own link, does not answer {asked_by}: nobody there "
        words += "answers for its address"
        remedy = f"is the host on, and is the address right? {look}"
    elif is_on_link is None:
        words = "the next hop, the host on our own link or else the gateway, does not answer "
        words += asked_by
        remedy = f"is it on, and is its address right? {look}, ip -{version} route the gateway"
    else:
        words = f"the gateway does not answer {asked_by}"
        remedy = f"is it on, and is its address right (ip -{version} route)? {look}"
    return Check(state=State.BAD, words=words, remedy=remedy)


def _not_reached(shown: str, found: Sequence[Reached]) -> Iterator[Check]:
    refused: dict[tuple[object, int | None, str], list[Reached]] = {}
    for one in found:
        if (stop := one.refusal) is not None:
            refused.setdefault((stop.responder, stop.ttl, stop.detail), []).append(one)
    for those in refused.values():
        stop = those[0].refusal
        assert stop is not None
        names = "all probes" if len(those) == len(found) else _listed([one.name for one in those])
        yield _refusal(shown, stop, names)
    others = [one for one in found if one.refusal is None]
    if any(one.is_too_far and one.answering for one in others):
        yield Check(
            state=State.LESS,
            words="the way is longer than what was tried, or goes round in a circle",
            remedy=f"poros-tui --max-hops {_FARTHER} {shown} goes on, and shows who comes again",
        )
    elif others and not refused:
        yield Check(
            state=State.LESS,
            words="the host, or a firewall before it, answers nothing: the path up to there is "
            "all that can be seen",
            remedy=f"is the host on? Or try another port: {_other_port(shown)}",
        )


def _refusal(shown: str, stop: StopReason, names: str) -> Check:
    who = f"{stop.responder} at hop {stop.ttl}"
    ask = f"ask who runs {stop.responder}"
    if any(word in stop.detail for word in _FIREWALLS):
        words = f"a firewall, {who}, refuses {names}"
        remedy = f"{ask} to let them pass, or try another port: {_other_port(shown)}"
    elif any(word in stop.detail for word in _ROUTES):
        words = f"{who} has no route to the host, and refuses {names}"
        remedy = f"{ask}; poros-tui {shown} shows when there is one again"
    elif any(word in stop.detail for word in _HOSTS):
        words = f"{who} does not find the host, and refuses {names}"
        remedy = f"is the host on, and this its address? poros-tui {shown} shows when it is back"
    else:
        words = f"{who} refuses {names}"
        remedy = ask
    return Check(state=State.BAD, words=f"{words}: {stop.detail}", remedy=remedy)


def _other_port(shown: str) -> str:
    return f"poros-tui --tcp --port PORT {shown}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
