"""A finished trace as far as it is compared with another."""

from __future__ import annotations

from typing import Final

from poros_tui.model.contrast.measured import Measured, MeasuredHop
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.probe import Reply
from poros_tui.model.stop import StopKind
from poros_tui.report.run import FinishedRun

_ENDED_EARLY: Final = (StopKind.MAX_HOPS, StopKind.CANCELLED)
"""Nobody has asked who is behind the last hop."""


def measured(run: FinishedRun, source: str) -> Measured:
    """`source` names where it is from."""
    address, session = run.address, run.path.session
    stop = session.status.stop
    is_part = stop is not None and stop.kind in _ENDED_EARLY
    return Measured(
        source=source,
        target=run.identity.target,
        destination=str(address) if address is not None else run.identity.target,
        started_at=run.started_at,
        protocol=run.identity.protocol,
        distance=session.distance,
        hops=tuple(map(_hop, run.path.hops)),
        may_go_on=session.may_go_on or is_part or "reached" in run.not_told,
        is_end_known="reached" not in run.not_told,
    )


def _hop(hop: HopSnapshot) -> MeasuredHop:
    """Where single probes are not told, with the mean of their round trips alone."""
    rtts_ms = tuple(
        1e3 * record.outcome.rtt_s
        for record in hop.records
        if isinstance(record.outcome, Reply) and record.outcome.rtt_s is not None
    )
    ordered = sorted(hop.responders, key=lambda one: -one.weight)
    responders = tuple(str(one.address) for one in ordered)
    mean_s = hop.rtt.mean_s if not hop.records else None
    return MeasuredHop(
        ttl=hop.ttl,
        responders=responders or ((hop.known_as,) if hop.known_as else ()),
        rtts_ms=rtts_ms,
        told_mean_ms=None if mean_s is None else 1e3 * mean_s,
        lost=hop.lost,
        received=hop.received,
    )
