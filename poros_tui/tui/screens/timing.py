"""What time it is for the trace screen: by its own clock, and by the session's."""

from __future__ import annotations

from collections.abc import Callable

from poros_tui.model.chronicle import Chronicle
from poros_tui.model.session import SessionState, SessionStatus
from poros_tui.tui.header_lines import Clockwork, ReplayWords
from poros_tui.tui.meters import RateMeter, SilenceMeter
from poros_tui.tui.view import TraceView


class Timing:
    """The part of the trace screen that has clocks.

    No screen itself: a class of Textual's takes 0.3 ms to make, before the first paint.
    """

    view: TraceView
    _chronicle: Chronicle
    _clock: Callable[[], float]
    """Seconds from anywhere."""
    _wall_clock: Callable[[], float]
    """Seconds since 1970."""
    _clock_offset_s: float | None = None
    """What is added to our clock to have the session's; None before the session began."""
    _frozen_at: tuple[float, float] | None = None
    """Since when the picture stands still, by both clocks; None while it moves."""
    _started_at_s: float
    _finished_at_s: float | None = None
    _rate: RateMeter
    _silence: SilenceMeter
    _interval_s: float
    _replay_words: ReplayWords | None
    """What is played, where it is a recording."""

    def _keep_time(self, status: SessionStatus, *, is_reset: bool) -> None:
        """The engine says what it does."""
        if is_reset:
            self._silence.stop()
        is_running = status.state is SessionState.RUNNING
        if is_reset or not is_running or status.interval_s != self._rate.interval_s:
            self._rate.restart(status.interval_s)
        if is_running:
            self._silence.note(*self._answers(), self._clock())
        else:
            self._silence.stop()
        if status.state is SessionState.FINISHED and self._finished_at_s is None:
            self._finished_at_s = self._clock()

    def _session_now_s(self) -> float:
        """By the clock that runs evenly: the time of day may be set while a session runs."""
        chronicle = self._chronicle
        if chronicle.began_at_s is None:
            return chronicle.session_s(self._wall_clock())
        if self._clock_offset_s is None:
            self._clock_offset_s = chronicle.session_s(self._wall_clock()) - self._clock()
        now_s = self._clock() if self._frozen_at is None else self._frozen_at[0]
        return now_s + self._clock_offset_s

    def _clockwork(self) -> Clockwork:
        end_s = self._clock() if self._finished_at_s is None else self._finished_at_s
        if self._frozen_at is not None:
            end_s = min(end_s, self._frozen_at[0])
        return Clockwork(
            elapsed_s=end_s - self._started_at_s,
            rate_pps=self._rate.rate_pps,
            is_frozen=self._frozen_at is not None,
            silent_s=self._silent_s(),
            replay=self._replay_words() if self._replay_words is not None else None,
        )

    def _answers(self) -> tuple[int, int]:
        """Answers of all hops, and the probes sent to those that answer."""
        answering = [hop for hop in self.view.hops() if hop.received]
        return sum(hop.received for hop in answering), sum(hop.sent for hop in answering)

    def _silent_s(self) -> float | None:
        return self._silence.silent_s(self._answers()[1], self._interval_s, self._clock())
