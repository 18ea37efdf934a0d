"""The verdict on a session as it stands: its hops and its chronicle asked together. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from poros_tui.model.bins import Bin
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.session import SessionSnapshot
from poros_tui.model.time_unit import TimeUnit
from poros_tui.model.verdict.statement import Statement
from poros_tui.model.verdict.verdict import verdict


def told(
    hops: Sequence[HopSnapshot],
    session: SessionSnapshot,
    chronicle: Chronicle,
    now_s: float,
    unit: TimeUnit = TimeUnit.MS,
    zone: tzinfo | None = None,
) -> tuple[Statement, ...]:
    """What can be said at `now_s`, on the session's clock. Times of day are those of `zone`, None:
    local ones; round trips are in `unit`."""

    def show_time(at_s: float) -> str:
        return datetime.fromtimestamp(chronicle.wall_s(at_s)).astimezone(zone).strftime("%H:%M:%S")

    def figures_since(ttl: int, since_s: float | None) -> Bin | None:
        from_s = chronicle.began_at_s if since_s is None else since_s
        if from_s is None or now_s <= from_s:
            return None
        return chronicle.bins(ttl, from_s, now_s, 1)[0]

    return verdict(hops, session, chronicle.events(), show_time, figures_since, unit)
