"""Leaving out what the near hops tell of who is asking: their addresses and names, and one's own
addresses. Pure.

Two ways, for two uses: values without them for what is drawn, and a replacement in finished text
for what is exported, where an address may stand anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Final

import msgspec

from poros_tui.model.about import UNKNOWN, About
from poros_tui.model.evidence import Evidence
from poros_tui.model.hop import HopSnapshot, Responder
from poros_tui.model.probe import IPAddress
from poros_tui.model.quote import RewrittenField
from poros_tui.model.session import PathSnapshot, SessionSnapshot, TraceIdentity
from poros_tui.packets.extensions import InterfaceInformation

HIDDEN: Final = "hidden"
_USUAL_TTLS: Final = (32, 64, 128, 255)
_NEEDS_NO_BLANKS: Final = re.compile(r"[),.:;]? \S|\n|\Z")
"""Behind a word: prose that goes on, or the end of the line."""
HIDDEN_ADDRESSES: Final[tuple[IPAddress, ...]] = (IPv4Address(0), IPv6Address(0))
"""Stand for an address that is not to be shown: no router answers from them."""


def near_responders(
    hops: Iterable[HopSnapshot], session: SessionSnapshot, private_hops: int
) -> frozenset[IPAddress]:
    """Who is one of the first `private_hops` hops, also where it has answered farther probes: on a
    shorter way, or alone, as who refuses them or finds them too big for its next link."""
    stop, told, searched = session.status.stop, session.told_mtu, session.path_mtu
    found = {
        (stop.ttl, stop.responder) if stop is not None else None,
        (told.hop, told.responder) if told is not None else None,
        (searched.hop, searched.responder) if searched is not None else None,
    }
    near = {
        one[1]
        for one in found
        if one is not None and one[0] is not None and one[0] <= private_hops and one[1] is not None
    }
    near |= _near_in_graph(session, private_hops)
    for hop in hops:
        if hop.ttl <= private_hops:
            near.update(one.address for one in hop.responders)
            near.update(one for flow in hop.flows for one in flow.responders)
        for responder in hop.refusing:
            if is_from_near(responder.reply_ttl, private_hops):
                near.add(responder.address)
    return frozenset(near)


def words_of_graph(session: SessionSnapshot, private_hops: int) -> frozenset[str]:
    """Addresses and names of interfaces of the first `private_hops` hops that a discovery of all
    paths has found."""
    words: set[str] = set()
    for address in _near_in_graph(session, private_hops):
        words.add(str(address))
        name = session.graph_about.get(address, UNKNOWN).name
        if name is not None:
            words.add(name)
    return frozenset(words)


def graph_about_far(
    session: SessionSnapshot, near: Container[IPAddress]
) -> Mapping[IPAddress, About]:
    """What others know of interfaces on all paths, without those who are `near`."""
    return {address: about for address, about in session.graph_about.items() if address not in near}


def _near_in_graph(session: SessionSnapshot, private_hops: int) -> frozenset[IPAddress]:
    graph = session.status.graph
    nodes = graph.nodes if graph is not None else ()
    return frozenset(
        node.address for node in nodes if node.ttl <= private_hops and node.address is not None
    )


def hops_back(reply_ttl: int) -> int:
    """From how many hops away an answer came, by what was left of one of the usual TTLs."""
    usual = next(usual for usual in _USUAL_TTLS if usual >= reply_ttl)
    return usual - reply_ttl + 1


def is_from_near(reply_ttl: int | None, private_hops: int) -> bool:
    """Whether an answer came from one of them."""
    return reply_ttl is not None and hops_back(reply_ttl) <= private_hops


def without_addresses(
    hop: HopSnapshot, private_hops: int, near: Container[IPAddress] = frozenset()
) -> HopSnapshot:
    """The hop as it may be shown: without its addresses and names if it is one of the first
    `private_hops`, without those of who is `near`, and without one's own address, which
    later routers quote."""
    if not private_hops:
        return hop
    evidence = tuple(_without_source(one) for one in hop.evidence)
    if hop.ttl > private_hops:
        return msgspec.structs.replace(
            hop,
            evidence=evidence,
            responders=tuple(
                _nameless(one) if one.address in near else one for one in hop.responders
            ),
            flows=tuple(
                msgspec.structs.replace(
                    flow,
                    responders=tuple(
                        _hidden(one) if one in near else one for one in flow.responders
                    ),
                )
                for flow in hop.flows
            ),
        )
    return msgspec.structs.replace(
        hop,
        responders=tuple(map(_nameless, hop.responders)),
        flows=tuple(
            msgspec.structs.replace(flow, responders=tuple(map(_hidden, flow.responders)))
            for flow in hop.flows
        ),
        evidence=(),
    )


def path_untold(path: PathSnapshot, private_hops: int) -> PathSnapshot:
    """The path without what others know of who is one of the first `private_hops` hops."""
    near = near_responders(path.hops, path.session, private_hops)
    return PathSnapshot(
        hops=hops_untold(path.hops, private_hops, near),
        session=msgspec.structs.replace(
            path.session, graph_about=graph_about_far(path.session, near)
        ),
    )


def hops_untold(
    hops: Iterable[HopSnapshot], private_hops: int, near: Container[IPAddress] = frozenset()
) -> tuple[HopSnapshot, ...]:
    """The hops, without the names, networks, places and interfaces of who answers at the first
    `private_hops`, or is `near`. Their addresses are replaced in finished text (`private_words`);
    but a format may write names in another way, the network of a near hop may be that of a later
    one too, which may be told, and coordinates are not found again."""
    return tuple(
        msgspec.structs.replace(
            hop,
            responders=tuple(
                msgspec.structs.replace(one, about=UNKNOWN, extensions=())
                if hop.ttl <= private_hops or one.address in near
                else one
                for one in hop.responders
            ),
        )
        for hop in hops
    )


def without_home(identity: TraceIdentity, private_hops: int) -> TraceIdentity:
    """What is traced, without where this machine is, if any hop is hidden: how far a place is from
    there would tell it."""
    return msgspec.structs.replace(identity, home=None) if private_hops else identity


def _nameless(responder: Responder) -> Responder:
    return msgspec.structs.replace(
        responder, address=_hidden(responder.address), extensions=(), about=UNKNOWN
    )


def _hidden(address: IPAddress) -> IPAddress:
    return HIDDEN_ADDRESSES[0 if address.version == 4 else 1]


def _without_source(evidence: Evidence) -> Evidence:
    quote = evidence.quote
    if quote is None:
        return evidence
    rewrites = tuple(r for r in quote.rewrites if r.field is not RewrittenField.SOURCE_ADDRESS)
    return msgspec.structs.replace(
        evidence, quote=msgspec.structs.replace(quote, rewrites=rewrites)
    )


def private_words(
    hops: Iterable[HopSnapshot], private_hops: int, near: Container[IPAddress] = frozenset()
) -> frozenset[str]:
    """What may not be read in anything that leaves this machine: the addresses of the first hops,
    and of who is `near`, their names, the interfaces that they tell of, and one's own
    addresses. `hops` are as they are known."""
    words: set[str] = set()
    if not private_hops:
        return frozenset()
    for hop in hops:
        for evidence in hop.evidence:
            if evidence.quote is not None:
                for rewrite in evidence.quote.rewrites:
                    if rewrite.field is RewrittenField.SOURCE_ADDRESS:
                        words |= {str(rewrite.sent), str(rewrite.quoted)}
        is_near = hop.ttl <= private_hops
        for responder in hop.responders:
            if not is_near and responder.address not in near:
                continue
            words.add(str(responder.address))
            if responder.name is not None:
                words.add(responder.name)
            for extension in responder.extensions:
                if isinstance(extension, InterfaceInformation):
                    words |= {str(one) for one in (extension.address, extension.name) if one}
        if is_near:
            words |= {str(one) for flow in hop.flows for one in flow.responders}
    return frozenset(words)


def redacted(
    text: str, words: frozenset[str], *, keeps_columns: bool = False, has_prose: bool = False
) -> str:
    """The text with `hidden` for each of the words; with `keeps_columns` padded to their length
    where that is longer, so that what stands behind stays in its column. A text that `has_prose`,
    whole lines, is padded only where something follows in its line, and no other word after one
    blank."""
    if not words:
        return text
    # The longest first, and whole: 10.0.0.1 is a part of 10.0.0.12, and not the same. In a string
    # of JSON or DOT a line ends with the letter n.
    ordered: Sequence[str] = sorted(words, key=len, reverse=True)
    any_of_them = "|".join(map(re.escape, ordered))
    pattern = re.compile(rf"(?:(?<![\w.:])|(?<=\\n))(?:{any_of_them})(?![\w:]|\.\d)")

    def hidden(match: re.Match[str]) -> str:
        needs_none = has_prose and _NEEDS_NO_BLANKS.match(text, match.end())
        return HIDDEN if needs_none or not keeps_columns else HIDDEN.ljust(len(match.group()))

    return pattern.sub(hidden, text)
