"""The graph of all paths in a JSON report of ours. It is read as a whole or not at all: what is
said of it, such as the confidence that nothing is missing, holds of no part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from poros_tui.model.about import UNKNOWN, About
from poros_tui.model.departure import SHARED_OUT, Departure, Neighbourhood, OtherWay
from poros_tui.model.multipath import (
    Balance,
    Balancer,
    DeadEnd,
    GraphLink,
    GraphNode,
    Interface,
    MultipathGraph,
    ProbeCount,
    UnsentFlow,
)
from poros_tui.model.probe import IPAddress
from poros_tui.report.foreign.fields import TTL_MAX, Fields, address_in
from poros_tui.report.foreign.own_about import standing_in
from poros_tui.report.foreign.own_probes import COUNT_MAX

_FLOW_MAX: Final = 10**6


def graph_in(fields: Fields) -> MultipathGraph:
    """All of it. Raises Unreadable."""
    probes = fields.inner("probes")
    found = None
    if not fields.is_null("neighbours"):
        found = _neighbourhood(fields.inner("neighbours"))
    departures = found.departures if found is not None else ()
    return MultipathGraph(
        nodes=tuple(map(_node, fields.objects("nodes", "interface"))),
        links=tuple(map(_link, fields.objects("links", "link"))),
        balancers=tuple(
            _balancer(one, departures) for one in fields.objects("balancers", "balancer")
        ),
        confidence=_confidence(fields),
        flows=fields.whole("flows", 0, COUNT_MAX),
        probes=ProbeCount(
            sent=_count(probes, "sent"),
            retried=_count(probes, "retried"),
            repeated=_count(probes, "repeated"),
            unanswered=_count(probes, "unanswered"),
            send_errors=_count(probes, "send_errors"),
            lite=_count(probes, "theory_mda_lite"),
            mda=_count(probes, "theory_mda"),
        ),
        full_from=tuple(_stretches(fields, "full_mda")),
        unlinked=fields.wholes("links_unknown_after", 0, TTL_MAX),
        is_complete=fields.flag("complete"),
        dead_ends=tuple(map(_dead_end, fields.objects("dead_ends", "dead end"))),
        unsent=tuple(map(_unsent, fields.objects("not_sent", "flow"))),
        reached_at=_ttl_or_null(fields, "reached_at"),
        neighbourhood=found,
    )


def graph_about_in(fields: Fields) -> Mapping[IPAddress, About]:
    """What is told of its interfaces that others know; older reports tell nothing."""
    told: dict[IPAddress, About] = {}
    for node in fields.objects("nodes", "interface"):
        address = address_in(node.get("address"))
        about = UNKNOWN if node.is_missing("name") else standing_in(node)
        if address is not None and about != UNKNOWN:
            told[address] = about
    return told


def _confidence(fields: Fields) -> float:
    """That was asked for, which is what there is where nothing was cut short."""
    key = "confidence" if "confidence" in fields else "wanted_confidence"
    return fields.number(key, 0, 1)


def _node(fields: Fields) -> GraphNode:
    return GraphNode(
        ttl=fields.whole("ttl", 1, TTL_MAX),
        address=_interface(fields, "address"),
        flows=_flows(fields),
        is_end=fields.flag("end"),
    )


def _link(fields: Fields) -> GraphLink:
    return GraphLink(
        ttl=fields.whole("ttl", 0, TTL_MAX),
        near=_interface(fields, "from"),
        far=_interface(fields, "to"),
        flows=_flows(fields),
    )


def _balancer(fields: Fields, departures: tuple[Departure, ...]) -> Balancer:
    ttl, address = fields.whole("ttl", 0, TTL_MAX), _interface(fields, "address")
    balance = fields.word("balance", Balance)
    shown_by = (
        one for one in departures if (one.ttl, one.address) == (ttl, address) and not one.doubt
    )
    departure = next(shown_by, None) if balance is Balance.DESTINATION else None
    if balance is Balance.DESTINATION and departure is None:
        raise fields.flaw("balance", "is by destination, which no neighbours show")
    return Balancer(
        ttl=ttl,
        address=address,
        branches=_interfaces(fields, "branches"),
        balance=balance,
        repeated=_count(fields, "repeated"),
        strayed=_count(fields, "strayed"),
        departure=departure,
        confidence=None if fields.is_null("confidence") else fields.number("confidence", 0, 1),
    )


def _dead_end(fields: Fields) -> DeadEnd:
    return DeadEnd(
        ttl=fields.whole("ttl", 0, TTL_MAX),
        address=_interface(fields, "address"),
        flows=_flows(fields),
        passed=_count(fields, "passed"),
        asked_to=fields.whole("asked_to", 0, TTL_MAX),
    )


def _unsent(fields: Fields) -> UnsentFlow:
    return UnsentFlow(flow=fields.whole("flow", 1, _FLOW_MAX) - 1, reason=fields.text("reason"))


def _neighbourhood(fields: Fields) -> Neighbourhood:
    probes, network = fields.inner("probes"), _network(fields)
    return Neighbourhood(
        network=network,
        asked=_count(fields, "asked"),
        last_ttl=_ttl_or_null(fields, "last_ttl"),
        departures=tuple(
            _departure(one, network) for one in fields.objects("departures", "departure")
        ),
        untold=fields.wholes("too_few_at", 1, TTL_MAX),
        sent=_count(probes, "sent"),
        retried=_count(probes, "retried"),
        send_errors=_count(probes, "send_errors"),
        repeated=_count(probes, "repeated"),
        theory=_count(probes, "theory"),
        is_complete=fields.flag("complete"),
    )


def _departure(fields: Fields, network: IPv4Network | IPv6Network) -> Departure:
    doubt = None if fields.is_null("doubt") else fields.text("doubt")
    return Departure(
        ttl=fields.whole("ttl", 0, TTL_MAX),
        address=_interface(fields, "address"),
        usual=_interfaces(fields, "flow_branches"),
        flows=_count(fields, "flows"),
        others=tuple(
            OtherWay(one.address("address"), _count(one, "neighbours"))
            for one in fields.objects("other_branches", "branch")
        ),
        neighbours=_count(fields, "neighbours"),
        network=network,
        routes=_count(fields, "routes"),
        meets_at=_ttl_or_null(fields, "meets_at"),
        repeated=_count(fields, "repeated"),
        strayed=_count(fields, "strayed"),
        is_told=doubt != SHARED_OUT,
    )


def _network(fields: Fields) -> IPv4Network | IPv6Network:
    try:
        return ip_network(fields.text("network"))
    except ValueError:
        raise fields.flaw("network", "is no prefix") from None


def _count(fields: Fields, key: str) -> int:
    return fields.whole(key, 0, COUNT_MAX)


def _ttl_or_null(fields: Fields, key: str) -> int | None:
    return None if fields.is_null(key) else fields.whole(key, 1, TTL_MAX)


def _interface(fields: Fields, key: str) -> Interface:
    return None if fields.is_null(key) else fields.address(key)


def _interfaces(fields: Fields, key: str) -> tuple[Interface, ...]:
    values = fields.list(key)
    found = tuple(map(address_in, values))
    for number, (value, address) in enumerate(zip(values, found, strict=True)):
        if value is not None and address is None:
            raise fields.flaw_in(key, number, "is no IP address")
    return found


def _flows(fields: Fields) -> tuple[int, ...]:
    """From 0."""
    return tuple(number - 1 for number in fields.wholes("flows", 1, _FLOW_MAX))


def _stretches(fields: Fields, key: str) -> Iterator[tuple[int, int]]:
    for number, value in enumerate(fields.list(key)):
        match value:
            case [int(first), int(last)] if 0 <= first <= last <= TTL_MAX:
                yield first, last
            case _:
                raise fields.flaw_in(key, number, "is not the first and the last hop of a stretch")
