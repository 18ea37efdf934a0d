"""What `mtr --json` writes (0.86 to 0.95): totals of each hop.

Neither the protocol of the probes is told nor when they were sent, and of hosts the name alone
where mtr was not asked for addresses (-n, -b). What was lost follows from the ratio, which is that
of probes that are decided; figures of a hop that never answered are 0, and mean nothing.
"""

from __future__ import annotations

import re
from typing import Final

from poros_tui.model.clean import clean
from poros_tui.model.probe import IPAddress
from poros_tui.model.statistics import RttStatistics
from poros_tui.report.foreign.fields import TEXT_MAX, TTL_MAX, Fields, address_in
from poros_tui.report.foreign.hop_order import A_HOP, hops_in_order, not_told_without
from poros_tui.report.foreign.identity import ForeignIdentity
from poros_tui.report.foreign.totals import Told, path_of
from poros_tui.report.run import FinishedRun

PROGRAM: Final = "mtr"
_SILENT: Final = "???"
_PROBES_MAX: Final = 10**9
_SIZE_MAX: Final = 0xFFFF
_RATIO_OFF: Final = 0.051
"""Percent that a ratio may be off by rounding: older versions write one decimal."""
_NAME_AND_ADDRESS: Final = re.compile(r"(\S+) \(([0-9A-Fa-f:.%\w]+)\)")
"""With -b."""


def is_mtr(value: dict[str, object]) -> bool:
    """Whether it is meant to be one."""
    report = value.get("report")
    return isinstance(report, dict) and "mtr" in report


def read_mtr(fields: Fields) -> FinishedRun:
    """One report.

    Raises:
        Unreadable: it cannot be read.
    """
    report = fields.inner("report").called("")
    asked = report.inner("mtr", "mtr")
    target = asked.text("dst")
    hubs = [
        told
        for ttl, hub in hops_in_order(report, "hubs", _ttl)
        if (told := hub.tried_as(A_HOP, _told, ttl, hub)) is not None
    ]
    if not hubs:
        raise report.none_left("hubs", "hop")
    destination = _destination(target, hubs[-1])
    return FinishedRun(
        identity=ForeignIdentity(
            program=PROGRAM,
            target=target,
            destination=destination,
            source=address_in(asked.optional_text("src")),
            size=asked.tried(_size, asked),
            dscp=asked.tried(_dscp, asked),
            has_totals_only=True,
        ),
        config=None,
        path=path_of(hubs, destination, target),
        started_at=None,
        duration_s=None,
        not_told=not_told_without(fields),
    )


def _destination(target: str, end: Told) -> IPAddress | None:
    """Its address, where that was typed, or stands beside its name."""
    typed = address_in(target)
    if typed is None and end.addresses and target in end.names:
        return end.addresses[0]
    return typed


def _size(asked: Fields) -> int | None:
    """Bytes of a probe: older versions write text, and one below 0 is drawn by chance."""
    if "psize" not in asked:
        return None
    size = int(asked.number("psize", -_SIZE_MAX, _SIZE_MAX))
    return size if size > 0 else None


def _dscp(asked: Fields) -> int | None:
    """0.86 writes hexadecimal text."""
    value = asked.get("tos")
    if isinstance(value, str) and re.fullmatch(r"0x[0-9A-Fa-f]{1,2}", value):
        return int(value, 16) >> 2
    return asked.whole("tos", 0, 255) >> 2 if "tos" in asked else None


def _ttl(hub: Fields) -> int:
    return int(hub.number("count", 1, TTL_MAX))  # 0.86 writes text


def _told(ttl: int, hub: Fields) -> Told:
    sent = int(hub.number("Snt", 0, _PROBES_MAX))
    received = _received(hub, sent)
    addresses, names = hub.tried(_who, hub) or ((), ())
    has_times = received > 0
    return Told(
        ttl=ttl,
        addresses=addresses if has_times else (),
        names=names if has_times else (),
        sent=sent,
        received=received,
        rtt=RttStatistics.told(
            received,
            mean_s=hub.told_seconds("Avg"),
            stdev_s=hub.told_seconds("StDev"),
            last_s=hub.told_seconds("Last"),
            best_s=hub.told_seconds("Best"),
            worst_s=hub.told_seconds("Wrst"),
            jitter_mean_s=hub.seconds("Javg") if received > 1 else None,
            jitter_max_s=hub.seconds("Jmax") if received > 1 else None,
        )
        if has_times
        else RttStatistics(),
    )


def _received(hub: Fields, sent: int) -> int:
    if "Rcv" in hub:
        return hub.whole("Rcv", 0, sent)
    if "Drop" in hub:
        return sent - hub.whole("Drop", 0, sent)
    percent = hub.number("Loss%", 0, 100)
    lost = round(percent * sent / 100)
    if sent and abs(100 * lost / sent - percent) > _RATIO_OFF:
        raise hub.flaw("Loss%", f"is {percent:g}, which {sent} probes cannot have")
    return sent - lost


def _who(hub: Fields) -> tuple[tuple[IPAddress, ...], tuple[str, ...]]:
    """Addresses and names."""
    host = hub.text("host")
    if host == _SILENT:
        return (), ()
    address = address_in(host)
    if address is not None:
        return (address,), ("",)
    both = _NAME_AND_ADDRESS.fullmatch(host)
    if both is not None and (address := address_in(both[2])) is not None:
        return (address,), (clean(both[1], TEXT_MAX),)
    return (), (host,)
