"""What `trip -m json` of trippy writes (0.7 to 0.13): totals of each hop.

Neither the protocol of the probes is told, nor how many answers each of several hosts of a hop
gave. Times and ratios are text with two decimals; what is not known is 0.00.
"""

from __future__ import annotations

from typing import Final

from poros_tui.model.extensions import cleaned_extensions
from poros_tui.model.statistics import RttStatistics
from poros_tui.packets.extensions import Extension, MplsLabel, MplsStack, UnknownObject
from poros_tui.report.foreign.fields import TTL_MAX, Fields, Unreadable
from poros_tui.report.foreign.identity import ForeignIdentity
from poros_tui.report.foreign.totals import Told, path_of
from poros_tui.report.run import FinishedRun

PROGRAM: Final = "trippy"
_PROBES_MAX: Final = 10**9


def is_trippy(value: dict[str, object]) -> bool:
    """Whether it is meant to be one."""
    info = value.get("info")
    return isinstance(info, dict) and "target" in info and "hops" in value


def read_trippy(document: object) -> FinishedRun:
    """One report.

    Raises:
        Unreadable: it cannot be read.
    """
    fields = Fields(document)
    target = fields.inner("info").inner("target", "target")
    destination = target.address("ip")
    hops = [_told(hop) for hop in fields.objects("hops", "hop")]
    ttls = [hop.ttl for hop in hops]
    if not hops or ttls != sorted(set(ttls)):
        raise fields.flaw("hops", "are not in order" if hops else "is empty")
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
    )


def _told(hop: Fields) -> Told:
    sent, received = hop.whole("sent", 0, _PROBES_MAX), hop.whole("recv", 0, _PROBES_MAX)
    if received > sent:
        raise hop.flaw("recv", f"is {received} of {sent} probes")
    hosts = hop.objects("hosts", "host")
    addresses = tuple(host.address("ip") for host in hosts)
    names = tuple(host.optional_text("hostname") or "" for host in hosts)
    return Told(
        ttl=hop.whole("ttl", 1, TTL_MAX),
        addresses=addresses,
        names=tuple(
            "" if name == str(address) else name
            for name, address in zip(names, addresses, strict=True)
        ),
        sent=sent,
        received=received,
        rtt=_figures(hop, received) if received else RttStatistics(),
        extensions=_extensions(hop) if "extensions" in hop else (),
    )


def _figures(hop: Fields, received: int) -> RttStatistics:
    return RttStatistics.told(
        received,
        mean_s=hop.seconds("avg"),
        stdev_s=hop.seconds("stddev"),
        last_s=hop.seconds("last"),
        best_s=hop.seconds("best"),
        worst_s=hop.seconds("worst"),
        jitter_mean_s=hop.seconds("javg") if received > 1 else None,
        jitter_max_s=hop.seconds("jmax") if received > 1 else None,
    )


def _extensions(hop: Fields) -> tuple[Extension, ...]:
    return cleaned_extensions(
        tuple(_extension(one) for one in hop.objects("extensions", "extension"))
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
    payload = unknown.list("bytes")
    if not all(isinstance(one, int) and 0 <= one <= 255 for one in payload):
        raise Unreadable("bytes of an extension are out of range")
    return UnknownObject(
        class_number=unknown.whole("class_num", 0, 255),
        c_type=unknown.whole("class_subtype", 0, 255),
        payload=bytes(one for one in payload if isinstance(one, int)),
    )
