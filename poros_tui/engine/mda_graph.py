"""What a discovery knows, as a graph. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from poros_tui.engine.flow_table import View
from poros_tui.engine.mda import Discovery, repeats_needed
from poros_tui.engine.stopping_points import share_of_failure, stopping_points
from poros_tui.engine.ttl_pair import links_between
from poros_tui.model.departure import Neighbourhood
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

_Links = dict[tuple[Interface, Interface], list[int]]
_REPEATS_MIN: Final = 2
"""Fewer repeated probes tell nothing."""


def graph_of(
    discovery: Discovery,
    *,
    sent: int,
    retried: int,
    send_errors: int = 0,
    reached_at: int | None = None,
    is_complete: bool = True,
) -> MultipathGraph:
    """The graph as far as it is known. Who sends counts `sent`, `retried` and `send_errors`, and
    knows where the destination was reached."""
    views = discovery.views()
    zones, full = discovery.stray_zones(views), discovery.full_pairs(views)
    links: list[GraphLink] = []
    balancers: list[Balancer] = []
    unlinked: list[int] = []
    mda = lite = 0
    before: View | None = None
    for view in views:
        found, is_told = _links(before, view, zones)
        if before is not None:
            links += _graph_links(before, found, by_flow=view.ttl not in zones)
        if before is not None and not is_told:
            unlinked.append(before.ttl)
        points = stopping_points(share_of_failure(discovery.failure, len(balancers)))
        lite += points.after(view.width + bool(discovery.fates.dead_at(view.ttl)))
        mda += _mda_flows(discovery.failure, before, view, found, len(balancers), is_told=is_told)
        balancers += _balancers(discovery, before, view, found, is_told=is_told)
        before = view
    flows = {flow for view in views for flow in view.met if flow >= 0}
    return MultipathGraph(
        nodes=tuple(
            GraphNode(
                ttl=view.ttl,
                address=who,
                flows=tuple(flow for flow in view.flows_at(who) if flow >= 0),
                is_end=who in view.column.ends,
            )
            for view in views
            for who in view.interfaces
        ),
        links=tuple(links),
        balancers=tuple(balancers),
        confidence=1 - discovery.failure,
        flows=len(flows),
        probes=ProbeCount(
            sent=sent,
            retried=retried,
            repeated=sum(view.column.repeated for view in views),
            unanswered=sum(view.column.unanswered for view in views),
            mda=mda,
            lite=lite,
            send_errors=send_errors,
        ),
        full_from=_stretches(full),
        unlinked=tuple(unlinked),
        is_complete=is_complete and not discovery.has_run_out,
        dead_ends=tuple(_dead_ends(discovery, views)),
        unsent=tuple(
            UnsentFlow(flow=flow, reason=reason)
            for flow, reason in sorted(discovery.fates.unsent.items())
        ),
        reached_at=reached_at,
    )


def _dead_ends(discovery: Discovery, views: list[View]) -> Iterator[DeadEnd]:
    """By the interface that answered last. A single one answered all."""
    fates = discovery.fates
    by_ttl = {view.ttl: view for view in views}
    for ttl in sorted(set(fates.dead.values())):
        before = by_ttl.get(ttl - 1)
        met = before.met if before is not None else {}
        alone = before.interfaces[0] if before is not None and before.width == 1 else None
        ended: dict[Interface, list[int]] = {}
        for flow in fates.dead_at(ttl):
            ended.setdefault(met.get(flow, alone), []).append(flow)
        for who, flows in ended.items():
            yield DeadEnd(
                ttl=ttl - 1,
                address=who,
                flows=tuple(flows),
                passed=sum(
                    fates.goes_on(flow, ttl - 1)
                    for flow in discovery.table.column(ttl).asked
                    if flow >= 0 and met.get(flow, alone) == who
                ),
                asked_to=max(map(fates.asked_to, flows)),
            )


def with_neighbourhood(graph: MultipathGraph, found: Neighbourhood) -> MultipathGraph:
    """The graph with what neighbours of the destination met."""
    by_destination = [
        Balancer(
            ttl=one.ttl,
            address=one.address,
            branches=(*one.usual, *(other.address for other in one.others)),
            balance=Balance.DESTINATION,
            repeated=one.repeated,
            strayed=one.strayed,
            confidence=one.confidence,
            departure=one,
        )
        for one in found.departures
        if one.is_by_destination
    ]
    balancers = sorted((*graph.balancers, *by_destination), key=lambda balancer: balancer.ttl)
    return msgspec.structs.replace(graph, balancers=tuple(balancers), neighbourhood=found)


def _links(before: View | None, view: View, zones: set[int]) -> tuple[_Links, bool]:
    """Links between two TTLs, and whether they can be told. A single interface at either end needs
    no flows for that."""
    if before is None:
        return {(None, who): view.flows_at(who) for who in view.interfaces}, True
    if not {before.ttl, view.ttl} & zones or before.width == 1:
        return links_between(before, view), True
    if view.width == 1:
        return {(near, view.interfaces[0]): [] for near in before.open_interfaces()}, True
    return {}, False


def _graph_links(before: View, found: _Links, *, by_flow: bool) -> list[GraphLink]:
    return [
        GraphLink(ttl=before.ttl, near=near, far=far, flows=tuple(flows) if by_flow else ())
        for (near, far), flows in sorted(found.items(), key=lambda link: str(link[0]))
    ]


def _mda_flows(
    failure: float, before: View | None, view: View, found: _Links, passed: int, *, is_told: bool
) -> int:
    """Flows that the MDA needs here, one interface after the other."""
    if not is_told:
        return stopping_points(share_of_failure(failure, passed)).after(view.width)
    nears = [near for near, _ in found]
    needed = 0
    for near in before.open_interfaces() if before is not None else [None]:
        branches = nears.count(near)
        points = stopping_points(share_of_failure(failure, passed))
        needed += points.after(max(1, branches))
        passed += branches > 1
    return needed


def _balancers(
    discovery: Discovery, before: View | None, view: View, found: _Links, *, is_told: bool
) -> list[Balancer]:
    if view.width < 2 or not is_told:
        return []
    nears: dict[Interface, list[Interface]] = {}
    for near, far in found:
        nears.setdefault(near, []).append(far)
    column = view.column
    balance, confidence = Balance.UNKNOWN, None
    if column.is_shared_by_packet:
        balance = Balance.PACKET
    elif column.repeated >= min(_REPEATS_MIN, repeats_needed(discovery.failure, view.width)):
        balance, confidence = Balance.FLOW, 1 - view.width**-column.repeated
    return [
        Balancer(
            ttl=before.ttl if before is not None else discovery.first_ttl - 1,
            address=near,
            branches=tuple(who for who in view.interfaces if who in fars),
            balance=balance,
            repeated=column.repeated,
            strayed=column.strayed,
            confidence=confidence,
        )
        for near, fars in nears.items()
        if len(fars) > 1
    ]


def _stretches(full: set[int]) -> tuple[tuple[int, int], ...]:
    """First and last TTL of each, from pairs of TTLs named by the first of them."""
    stretches: list[tuple[int, int]] = []
    for ttl in sorted(full):
        if stretches and stretches[-1][1] == ttl:
            stretches[-1] = (stretches[-1][0], ttl + 1)
        else:
            stretches.append((ttl, ttl + 1))
    return tuple(stretches)
