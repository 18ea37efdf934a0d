"""The columns of tables of hops, on the screen and in reports, by their names in --columns."""

from __future__ import annotations

from enum import StrEnum


class Column(StrEnum):
    """One column, by what it shows."""

    HOP = "hop"
    RESPONDER = "responder"
    LOSS = "loss"
    SENT = "sent"
    LAST = "last"
    AVERAGE = "avg"
    BEST = "best"
    WORST = "worst"
    DEVIATION = "dev"
    JITTER = "jitter"
    HISTORY = "history"
    RECEIVED = "received"
    LOST = "lost"
    LATE = "late"
    MEDIAN = "median"
    P95 = "p95"
    AS = "as"
    NETWORK = "network"
    PLACE = "place"
