"""A path of which only totals are told: counts and figures of each hop, and nothing of probes."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from poros_tui.model.about import UNKNOWN, About
from poros_tui.model.hop import HopSnapshot, Responder
from poros_tui.model.naming import Naming
from poros_tui.model.probe import AnswerKind, IPAddress
from poros_tui.model.session import PathSnapshot, SessionSnapshot
from poros_tui.model.statistics import RttStatistics
from poros_tui.model.stop import StopKind, StopReason
from poros_tui.packets.extensions import Extension
from poros_tui.report.foreign.folding import STATUS


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a hop."""

    ttl: int
    addresses: tuple[IPAddress, ...] = ()
    """Who answers, as far as addresses are told."""
    names: tuple[str, ...] = ()
    """Of these, one for each in the same order, empty for none; or of the only one, whose address
    is not told."""
    are_all_told: bool = True
    """Nobody else answered, as far as is known."""
    sent: int
    received: int
    rtt: RttStatistics
    extensions: tuple[Extension, ...] = ()


def path_of(told: Sequence[Told], destination: IPAddress | None, name: str) -> PathSnapshot:
    """The whole path. It has reached where the last hop is the destination, by its address or,
    where that is not told, by the name that was asked for."""
    end = told[-1]
    is_reached = _is_there(end, destination, name)
    hops = tuple(hop_of(one, is_destination=is_reached and one is end) for one in told)
    stop = StopReason(kind=StopKind.REACHED, ttl=end.ttl) if is_reached else None
    return PathSnapshot(
        hops=hops,
        session=SessionSnapshot(
            status=msgspec.structs.replace(STATUS, stop=stop),
            path_length=end.ttl,
            distance=end.ttl if is_reached else None,
            sent=sum(hop.sent for hop in hops),
            decided=sum(hop.received + hop.lost for hop in hops),
        ),
    )


def _is_there(end: Told, destination: IPAddress | None, name: str) -> bool:
    if not end.received:
        return False
    if destination is not None:
        return destination in end.addresses
    return not end.addresses and name in end.names


def hop_of(told: Told, *, is_destination: bool) -> HopSnapshot:
    """It with the figures that are told; whose they are of several is not."""
    kind = AnswerKind.REACHED if is_destination else AnswerKind.TIME_EXCEEDED
    is_alone = len(told.addresses) == 1 and told.are_all_told
    return HopSnapshot(
        ttl=told.ttl,
        responders=tuple(
            Responder(
                address=address,
                answers=told.received if is_alone else None,
                kind=kind,
                icmp_type=None,
                icmp_code=None,
                reply_ttl=None,
                extensions=told.extensions if is_alone else (),
                rtt=told.rtt if is_alone else RttStatistics(),
                about=About(naming=Naming(name=name)) if name else UNKNOWN,
            )
            for address, name in zip(told.addresses, told.names, strict=False)
            if told.received
        ),
        has_totals_only=True,
        known_as=told.names[0] if told.received and told.names and not told.addresses else "",
        sent=told.sent,
        received=told.received,
        lost=told.sent - told.received,
        rtt=told.rtt,
        is_destination=is_destination,
    )
