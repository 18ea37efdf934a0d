"""The columns that the tables of reports have, by their names in --columns. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from typing import Final

import msgspec

from poros_tui.model.history import HISTORY_LENGTH, Sample
from poros_tui.model.hop import HopSnapshot, Responder
from poros_tui.model.probe import Reply
from poros_tui.model.statistics import RttStatistics, percentile
from poros_tui.model.time_unit import TimeUnit

UNTIMED_SAMPLE: Final = "*"
"""In a list of samples: a probe without a round-trip time, as traceroute shows it."""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What a row is about: a hop, or the answers of one of its responders."""

    hop: HopSnapshot
    """Counts and loss are of the hop: a loss belongs to nobody who answers there."""
    rtt: RttStatistics
    samples: tuple[Sample, ...]
    """The newest HISTORY_LENGTH, oldest first."""

    @classmethod
    def of(cls, hop: HopSnapshot) -> Measured:
        """The hop as a whole."""
        return cls(hop=hop, rtt=hop.rtt, samples=hop.history)

    @classmethod
    def by(cls, hop: HopSnapshot, responder: Responder) -> Measured:
        """The answers of one of several responders. What it alone gave is what the hop has."""
        if len(hop.responders) == 1 and not hop.responders_untracked:
            return cls.of(hop)
        samples = [
            record.outcome.rtt_s
            for record in hop.records
            if isinstance(record.outcome, Reply)
            and record.outcome.responder == responder.address
            and record.outcome.rtt_s is not None
        ]
        return cls(hop=hop, rtt=responder.rtt, samples=tuple(samples[-HISTORY_LENGTH:]))

    def percentile_s(self, percent: float) -> float | None:
        """Of the samples that have a time, in seconds; None where none has."""
        return percentile([s for s in self.samples if isinstance(s, float)], percent)


class Kind(Enum):
    """How the figures of a column are written."""

    NAME = auto()
    """No figure: the hop's number, or who answers."""
    COUNT = auto()
    RATIO = auto()
    """0 to 1, written in percent."""
    TIME = auto()
    """Seconds, written in the unit of the report."""
    SAMPLES = auto()
    """All of them, oldest first."""


class ReportColumn(msgspec.Struct, frozen=True, kw_only=True):
    """One column."""

    heading: str
    kind: Kind
    value: Callable[[Measured], float | None] = lambda _measured: None
    """None where it is not known."""

    def text(self, measured: Measured, unit: TimeUnit, *, decimals: int = 3) -> str | None:
        """The figure for people, times as fine as milliseconds with so many decimals; None where
        it is not known."""
        if self.kind is Kind.SAMPLES:
            return samples_text(measured.samples, unit) or None
        value = self.value(measured)
        if value is None:
            return None
        match self.kind:
            case Kind.RATIO:
                return f"{100 * value:.1f}"
            case Kind.TIME:
                return unit.fixed(value, decimals)
            case _:
                return str(value)


def samples_text(samples: Sequence[Sample], unit: TimeUnit) -> str:
    """Their times with blanks between them, oldest first, `*` for each that has none."""
    return " ".join(
        unit.fixed(sample, 3) if isinstance(sample, float) else UNTIMED_SAMPLE for sample in samples
    )


HOP: Final = "hop"
RESPONDER: Final = "responder"
HISTORY: Final = "history"

COLUMNS: Final[Mapping[str, ReportColumn]] = {
    HOP: ReportColumn(heading="Hop", kind=Kind.NAME),
    RESPONDER: ReportColumn(heading="Responder", kind=Kind.NAME),
    "loss": ReportColumn(heading="Loss %", kind=Kind.RATIO, value=lambda m: m.hop.loss_ratio),
    "sent": ReportColumn(heading="Sent", kind=Kind.COUNT, value=lambda m: m.hop.sent),
    "received": ReportColumn(heading="Recv", kind=Kind.COUNT, value=lambda m: m.hop.received),
    "lost": ReportColumn(heading="Lost", kind=Kind.COUNT, value=lambda m: m.hop.lost),
    "late": ReportColumn(heading="Late", kind=Kind.COUNT, value=lambda m: m.hop.late),
    "last": ReportColumn(heading="Last", kind=Kind.TIME, value=lambda m: m.rtt.last_s),
    "avg": ReportColumn(heading="Avg", kind=Kind.TIME, value=lambda m: m.rtt.mean_s),
    "median": ReportColumn(heading="Median", kind=Kind.TIME, value=lambda m: m.percentile_s(50)),
    "p95": ReportColumn(heading="p95", kind=Kind.TIME, value=lambda m: m.percentile_s(95)),
    "best": ReportColumn(heading="Best", kind=Kind.TIME, value=lambda m: m.rtt.best_s),
    "worst": ReportColumn(heading="Worst", kind=Kind.TIME, value=lambda m: m.rtt.worst_s),
    "dev": ReportColumn(heading="StDev", kind=Kind.TIME, value=lambda m: m.rtt.stdev_s),
    "jitter": ReportColumn(heading="Jitter", kind=Kind.TIME, value=lambda m: m.rtt.jitter_mean_s),
    HISTORY: ReportColumn(heading="RTT", kind=Kind.SAMPLES),
}
"""By their names in --columns. The figures of `median` and `p95` are of the newest 240 samples, all
others of the whole trace."""

USUAL: Final = (
    HOP, RESPONDER, "loss", "sent", "last", "avg", "best", "worst", "dev", "jitter",
)  # fmt: skip
"""Those of a report where the user has not chosen others."""
FIGURES: Final = tuple(name for name in COLUMNS if name != HISTORY)
"""All but the samples themselves."""
