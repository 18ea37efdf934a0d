"""Reports without what the near hops tell of who was asking (`--private-hops`). Pure.

Names, networks, places and interfaces of these hops are left out of the values. Their addresses,
and one's own, may stand anywhere in what is said of the path: they are replaced in the finished
text.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from ipaddress import ip_address

import msgspec

from poros_tui.model.about import UNKNOWN
from poros_tui.model.events import Event
from poros_tui.model.hop import HopSnapshot, ProbeRecord
from poros_tui.model.place_doubt import path_with_doubts
from poros_tui.model.privacy import (
    HIDDEN,
    HIDDEN_ADDRESSES,
    graph_about_far,
    near_responders,
    private_words,
    without_home,
)
from poros_tui.model.probe import IPAddress, Reply
from poros_tui.model.session import TraceIdentity
from poros_tui.report.run import FinishedRun

_WORD = re.compile(r"[\w.:]+")


def without_near(run: FinishedRun, private_hops: int) -> FinishedRun:
    """The run without what its first `private_hops` hops tell, but for addresses."""
    if not private_hops:
        return run
    near = near_responders(run.path.hops, run.path.session, private_hops)
    hops = tuple(_untold(hop, None if hop.ttl <= private_hops else near) for hop in run.path.hops)
    identity = run.identity
    if isinstance(identity, TraceIdentity):
        identity = without_home(identity, private_hops)
    return msgspec.structs.replace(
        run,
        identity=identity,
        # How far places are from home would tell where that is.
        path=path_with_doubts(
            msgspec.structs.replace(
                run.path,
                hops=hops,
                session=msgspec.structs.replace(
                    run.path.session,
                    graph_about=graph_about_far(run.path.session, near),
                ),
            ),
            None,
        ),
        host="",
    )


def near_addresses(run: FinishedRun, private_hops: int) -> frozenset[str]:
    """Addresses that may not be read in a report of the run as it was: those of the first
    `private_hops` hops, and one's own; and what stands for hidden ones in a file that is read."""
    words = {
        str(one.address)
        for hop in run.path.hops
        for one in hop.responders
        if one.address in HIDDEN_ADDRESSES
    }
    if not private_hops:
        return frozenset(words)
    if run.identity.source is not None:
        words.add(str(run.identity.source))
    words |= {word for word in private_words(run.path.hops, private_hops) if _is_address(word)}
    near = near_responders(run.path.hops, run.path.session, private_hops)
    words |= {str(address) for address in near}
    for event, _ in run.events:
        words |= addresses_of(event, private_hops)
    return frozenset(words)


def addresses_of(event: Event, private_hops: int) -> frozenset[str]:
    """Those that it names of the first `private_hops` hops: who answered there before."""
    if event.ttl is None or event.ttl > private_hops:
        return frozenset()
    return frozenset(_addresses(event.words))


def _addresses(text: str) -> Iterator[str]:
    for match in _WORD.finditer(text):
        word = match.group().rstrip(".:")
        if _is_address(word):
            yield word


def _is_address(word: str) -> bool:
    try:
        ip_address(word.partition("%")[0])
    except ValueError:
        return False
    return True


def _untold(hop: HopSnapshot, who: Container[IPAddress] | None) -> HopSnapshot:
    """Without what these say; None: whoever answers there."""
    if who is not None and not any(one.address in who for one in hop.responders):
        return hop
    return msgspec.structs.replace(
        hop,
        known_as=hop.known_as and HIDDEN,
        responders=tuple(
            msgspec.structs.replace(one, about=UNKNOWN, extensions=())
            if who is None or one.address in who
            else one
            for one in hop.responders
        ),
        records=tuple(_untold_record(record, who) for record in hop.records),
    )


def _untold_record(record: ProbeRecord, who: Container[IPAddress] | None) -> ProbeRecord:
    if not isinstance(record.outcome, Reply):
        return record
    if who is not None and record.outcome.responder not in who:
        return record
    return msgspec.structs.replace(record, outcome=untold_reply(record.outcome))


def untold_reply(reply: Reply) -> Reply:
    """Without the interfaces that it tells of."""
    return msgspec.structs.replace(reply, extensions=())
