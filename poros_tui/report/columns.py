"""The columns that the tables of reports have, by their names in --columns. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from typing import Final

import msgspec

from poros_tui.model.clean import clean
from poros_tui.model.column import Column
from poros_tui.model.history import HISTORY_LENGTH, Sample
from poros_tui.model.hop import HopSnapshot, Responder
from poros_tui.model.probe import Reply
from poros_tui.model.statistics import RttStatistics, percentile
from poros_tui.model.stretch import has_networks
from poros_tui.model.time_unit import TimeUnit

_NETWORK_MAX: Final = 40
UNTIMED_SAMPLE: Final = "*"
"""In a list of samples: a probe without a round-trip time, as traceroute shows it."""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What a row is about: a hop, or the answers of one of its responders."""

    hop: HopSnapshot
    """Counts and loss are of the hop: a loss belongs to nobody who answers there."""
    rtt: RttStatistics
    samples: tuple[Sample, ...]
    """The newest HISTORY_LENGTH, oldest first."""
    responder: Responder | None
    """Who answers; None where nobody does."""

    @classmethod
    def of(cls, hop: HopSnapshot) -> Measured:
        """The hop as a whole."""
        return cls(hop=hop, rtt=hop.rtt, samples=hop.history, responder=hop.responder)

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
        newest = tuple(samples[-HISTORY_LENGTH:])
        return cls(hop=hop, rtt=responder.rtt, samples=newest, responder=responder)

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
    TEXT = auto()
    """Of who answers, in words."""


class ReportColumn(msgspec.Struct, frozen=True, kw_only=True):
    """One column."""

    heading: str
    kind: Kind
    value: Callable[[Measured], float | None] = lambda _measured: None
    """None where it is not known."""
    words: Callable[[Responder], str | None] = lambda _responder: None
    """The same of a column of text."""

    def text(self, measured: Measured, unit: TimeUnit, *, decimals: int = 3) -> str | None:
        """The figure for people, times as fine as milliseconds with so many decimals; None where
        it is not known."""
        if self.kind is Kind.SAMPLES:
            return samples_text(measured.samples, unit) or None
        if self.kind is Kind.TEXT:
            return self.words(measured.responder) if measured.responder is not None else None
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


def as_of(responder: Responder) -> str | None:
    """The number of its network, such as `AS64500`."""
    return responder.network.as_text if responder.network is not None else None


def network_of(responder: Responder) -> str | None:
    """The name of its network or exchange, cut where it is long: JSON has all of it."""
    name = responder.network_name
    return clean(name, _NETWORK_MAX) if name is not None else None


def place_of(responder: Responder) -> str | None:
    """City and country, with a `?` where it cannot be there."""
    place = responder.place
    if place is None or place.problem:
        return None
    return f"{place.short_words} ?" if place.doubt else place.short_words


HOP: Final[str] = Column.HOP
RESPONDER: Final[str] = Column.RESPONDER
HISTORY: Final[str] = Column.HISTORY

COLUMNS: Final[Mapping[str, ReportColumn]] = {
    HOP: ReportColumn(heading="Hop", kind=Kind.NAME),
    RESPONDER: ReportColumn(heading="Responder", kind=Kind.NAME),
    Column.LOSS: ReportColumn(heading="Loss %", kind=Kind.RATIO, value=lambda m: m.hop.loss_ratio),
    Column.SENT: ReportColumn(heading="Sent", kind=Kind.COUNT, value=lambda m: m.hop.sent),
    Column.RECEIVED: ReportColumn(heading="Recv", kind=Kind.COUNT, value=lambda m: m.hop.received),
    Column.LOST: ReportColumn(heading="Lost", kind=Kind.COUNT, value=lambda m: m.hop.lost),
    Column.LATE: ReportColumn(
        heading="Late",
        kind=Kind.COUNT,
        value=lambda m: None if m.hop.has_totals_only else m.hop.late,
    ),
    Column.LAST: ReportColumn(heading="Last", kind=Kind.TIME, value=lambda m: m.rtt.last_s),
    Column.AVERAGE: ReportColumn(heading="Avg", kind=Kind.TIME, value=lambda m: m.rtt.mean_s),
    Column.MEDIAN: ReportColumn(
        heading="Median", kind=Kind.TIME, value=lambda m: m.percentile_s(50)
    ),
    Column.P95: ReportColumn(heading="p95", kind=Kind.TIME, value=lambda m: m.percentile_s(95)),
    Column.BEST: ReportColumn(heading="Best", kind=Kind.TIME, value=lambda m: m.rtt.best_s),
    Column.WORST: ReportColumn(heading="Worst", kind=Kind.TIME, value=lambda m: m.rtt.worst_s),
    Column.DEVIATION: ReportColumn(heading="StDev", kind=Kind.TIME, value=lambda m: m.rtt.stdev_s),
    Column.JITTER: ReportColumn(
        heading="Jitter", kind=Kind.TIME, value=lambda m: m.rtt.jitter_mean_s
    ),
    HISTORY: ReportColumn(heading="RTT", kind=Kind.SAMPLES),
    Column.AS: ReportColumn(heading="AS", kind=Kind.TEXT, words=as_of),
    Column.NETWORK: ReportColumn(heading="Network", kind=Kind.TEXT, words=network_of),
    Column.PLACE: ReportColumn(heading="Place", kind=Kind.TEXT, words=place_of),
}
"""By their names in --columns. The figures of `median` and `p95` are of the newest 240 samples, all
others of the whole trace."""

USUAL: Final = (
    HOP, RESPONDER, Column.LOSS, Column.SENT, Column.LAST, Column.AVERAGE, Column.BEST,
    Column.WORST, Column.DEVIATION, Column.JITTER,
)  # fmt: skip
"""Those of a report where the user has not chosen others, and no network is known."""
FIGURES: Final = tuple(
    name for name, column in COLUMNS.items() if column.kind not in (Kind.SAMPLES, Kind.TEXT)
)
"""All but the samples themselves, and what is text."""


def with_networks(columns: Sequence[str], hops: Sequence[HopSnapshot]) -> tuple[str, ...]:
    """Columns that the user has not chosen, with networks behind the responder if any is known."""
    if not has_networks(hops):
        return tuple(columns)
    place = columns.index(RESPONDER) + 1
    return (*columns[:place], Column.AS, Column.NETWORK, *columns[place:])


def with_places(columns: Sequence[str], hops: Sequence[HopSnapshot]) -> tuple[str, ...]:
    """Columns that the user has not chosen, with places behind responder and network if any is
    known."""
    if not any(place_of(one) is not None for hop in hops for one in hop.responders):
        return tuple(columns)
    place = columns.index(Column.NETWORK if Column.NETWORK in columns else RESPONDER) + 1
    return (*columns[:place], Column.PLACE, *columns[place:])


def place_doubts(hop: HopSnapshot, columns: Sequence[str]) -> list[str]:
    """What speaks against the places of a hop, where the table has them."""
    if Column.PLACE not in columns:
        return []
    doubts = [one.place.doubt for one in hop.responders if one.place is not None]
    return list(dict.fromkeys(doubt for doubt in doubts if doubt))
