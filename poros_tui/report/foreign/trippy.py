"""What `trip -m json` of trippy writes (0.7 to 0.13): totals of each hop.

Neither the protocol of the probes is told, nor how many answers each of several hosts of a hop
gave. Times and ratios are text with two decimals; what is not known is 0.00.
"""

from __future__ import annotations

from typing import Final

from poros_tui.model.extensions import cleaned_extensions
from poros_tui.model.probe import IPAddress
from poros_tui.model.statistics import RttStatistics
from poros_tui.packets.extensions import Extension, MplsLabel, MplsStack, UnknownObject
from poros_tui.report.foreign.fields import TTL_MAX, Fields
from poros_tui.report.foreign.hop_order import A_HOP, hops_in_order, not_told_without
from poros_tui.report.foreign.identity import ForeignIdentity
from poros_tui.report.foreign.totals import Told, path_of
from poros_tui.report.run import FinishedRun

PROGRAM: Final = "trippy"
_PROBES_MAX: Final = 10**9


def is_trippy(value: dict[str, object]) -> bool:
    """Whether it is meant to be one."""
    info = value.get("info")
    return isinstance(info, dict) and "target" in info and "hops" in value


def read_trippy(fields: Fields) -> FinishedRun:
    """One report.

    Raises:
        Unreadable: it cannot be read.
    """
    target = fields.inner("info").inner("target", "target")
    destination = target.address("ip")
    hops = [
        told
        for ttl, hop in hops_in_order(fields, "hops", lambda hop: hop.whole("ttl", 1, TTL_MAX))
        if (told := hop.tried_as(A_HOP, _told, ttl, hop)) is not None
    ]
    if not hops:
        raise fields.none_left("hops", "hop")
    name = target.optional_text("hostname") or str(destination)
    return FinishedRun(
        identity=ForeignIdentity(
            program=PROGRAM,
            target=name,
            destination=destination,
            has_totals_only=True,
        ),
        config=None,
        path=path_of(hops, destination, name),
        started_at=None,
        duration_s=None,
        not_told=not_told_without(fields),
    )


def _told(ttl: int, hop: Fields) -> Told:
    sent, received = hop.whole("sent", 0, _PROBES_MAX), hop.whole("recv", 0, _PROBES_MAX)
    if received > sent:
        raise hop.flaw("recv", f"is {received} of {sent} probes")
    hosts = hop.tried(hop.each, "hosts", "host", _host)
    return Told(
        ttl=ttl,
        addresses=tuple(address for address, _ in hosts or ()),
        names=tuple(name for _, name in hosts or ()),
        are_all_told=hosts is not None and len(hosts) == len(hop.list("hosts")),
        sent=sent,
        received=received,
        rtt=_figures(hop, received) if received else RttStatistics(),
        extensions=cleaned_extensions(tuple(hop.each_told("extensions", "extension", _extension))),
    )


def _host(host: Fields) -> tuple[IPAddress, str]:
    """Its address and its name, which is empty where it has none."""
    address, name = host.address("ip"), host.optional_text("hostname") or ""
    return address, "" if name == str(address) else name


def _figures(hop: Fields, received: int) -> RttStatistics:
    return RttStatistics.told(
        received,
        mean_s=hop.told_seconds("avg"),
        stdev_s=hop.told_seconds("stddev"),
        last_s=hop.told_seconds("last"),
        best_s=hop.told_seconds("best"),
        worst_s=hop.told_seconds("worst"),
        jitter_mean_s=hop.seconds("javg") if received > 1 else None,
        jitter_max_s=hop.seconds("jmax") if received > 1 else None,
    )


def _extension(fields: Fields) -> Extension:
    if "mpls" in fields:
        return MplsStack(
            tuple(
                MplsLabel(
                    label=entry.whole("label", 0, 0xFFFFF),
                    traffic_class=entry.whole("exp", 0, 7),
                    is_bottom=bool(entry.whole("bos", 0, 1)),
                    ttl=entry.whole("ttl", 0, 255),
                )
                for entry in fields.inner("mpls").objects("members", "label")
            )
        )
    unknown = fields.inner("unknown")
    return UnknownObject(
        class_number=unknown.whole("class_num", 0, 255),
        c_type=unknown.whole("class_subtype", 0, 255),
        payload=bytes(unknown.wholes("bytes", 0, 255)),
    )
