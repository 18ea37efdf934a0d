"""What a script or a monitor does not put up with, and what it says of a trace. Pure."""

from __future__ import annotations

import msgspec

from poros_tui.errors import UsageError
from poros_tui.model.events import EventKind
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.probe import AnswerKind, Reply
from poros_tui.model.statistics import percentile
from poros_tui.report.run import FinishedRun

RTT_MAX_MS = 60_000


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """Each None where nothing is wanted of it."""

    loss_percent: float | None = None
    """0 to 100: more than this may not be lost of the decided probes to the destination."""
    rtt_ms: float | None = None
    """0 to 60000: the median round trip to the destination may not be longer."""
    path_change: bool = False
    """The path may not change."""

    def __post_init__(self) -> None:
        _check("--fail-loss", self.loss_percent, 100, "percent")
        _check("--fail-rtt", self.rtt_ms, RTT_MAX_MS, "milliseconds")

    @property
    def options(self) -> tuple[str, ...]:
        """Those that were given, by name."""
        given = {
            "--fail-loss": self.loss_percent is not None,
            "--fail-rtt": self.rtt_ms is not None,
            "--fail-path-change": self.path_change,
        }
        return tuple(name for name, is_given in given.items() if is_given)

    def passed(self, run: FinishedRun) -> tuple[str, ...]:
        """A sentence for each threshold that the trace has passed. Of a destination that did not
        answer at all neither loss nor round trip is told: that it was not reached says more."""
        destination = next((hop for hop in run.path.hops if hop.is_destination), None)
        sentences = [
            None if destination is None else self._loss(destination),
            None if destination is None else self._rtt(destination),
            self._path(run),
        ]
        return tuple(f"{run.identity.target}: {words}" for words in sentences if words)

    def _loss(self, destination: HopSnapshot) -> str | None:
        allowed, lost = self.loss_percent, destination.lost
        decided = lost + destination.received
        # No quotient: 1 of 10 is not more than 10 %, whatever the last bits of floats say.
        if allowed is None or 100 * lost <= allowed * decided:
            return None
        return (
            f"{100 * lost / decided:.3g} % of the probes to the destination are lost "
            f"({lost} of {decided}), more than --fail-loss {allowed:.15g}"
        )

    def _rtt(self, destination: HopSnapshot) -> str | None:
        median_s = median_rtt_s(destination)
        if self.rtt_ms is None or median_s is None or 1e3 * median_s <= self.rtt_ms:
            return None
        return (
            f"the median round trip to the destination is {1e3 * median_s:.3f} ms, more than "
            f"--fail-rtt {self.rtt_ms:.15g}"
        )

    def _path(self, run: FinishedRun) -> str | None:
        if not self.path_change:
            return None
        changes = [event for event, _ in run.events if event.kind is EventKind.PATH_CHANGED]
        if not changes:
            return None
        times = "once" if len(changes) == 1 else f"{len(changes)} times"
        newest = changes[-1]
        where = f" from hop {newest.ttl} on" if newest.ttl is not None else ""
        last = "" if len(changes) == 1 else "at last "
        return f"the path has changed {times}, {last}{newest.words}{where} (--fail-path-change)"


def median_rtt_s(destination: HopSnapshot) -> float | None:
    """Of all answers of the destination that have a time, in seconds; None where none has."""
    return percentile(
        [
            record.outcome.rtt_s
            for record in destination.records
            if isinstance(record.outcome, Reply)
            and record.outcome.kind is AnswerKind.REACHED
            and record.outcome.rtt_s is not None
        ],
        50,
    )


def _check(option: str, value: float | None, most: float, unit: str) -> None:
    # Written so that NaN, which compares false with everything, is refused too.
    if value is not None and not 0 <= value <= most:
        raise UsageError(f"{option} {value:.15g} is out of range", f"give 0 to {most} {unit}")
