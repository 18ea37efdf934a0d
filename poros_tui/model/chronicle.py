"""What a session remembers over time: samples of each hop by their time, and events.

Written in the engine's thread as outcomes come, read in the screen's: every method takes the lock,
and what it returns is frozen. A screen that is held up for long misses nothing that way, and costs
no memory.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Mapping

from poros_tui.model.bins import EMPTY_BIN, Bin
from poros_tui.model.clock_offsets import ClockOffsets
from poros_tui.model.events import Event, EventLog
from poros_tui.model.history import Gap, Sample
from poros_tui.model.path_history import PathHistory, PathThen
from poros_tui.model.probe import AnswerKind, Lost, Reply, SendFailed, Sent
from poros_tui.model.series import SAMPLES_MAX, HopSeries
from poros_tui.model.session import Message
from poros_tui.model.watcher import UserWatcher, Watcher
from poros_tui.model.watching.path_watcher import PathWatcher


class Chronicle:
    """Of one session. Times are seconds on the session's clock, which runs evenly."""

    def __init__(
        self, watchers: Iterable[Watcher] | None = None, *, samples_max: int = SAMPLES_MAX
    ) -> None:
        """`watchers` find the events; by default all there are. `samples_max`: of each hop so many
        samples are kept, 4 bytes each; of older ones figures of half a minute."""
        self._lock = threading.Lock()
        self._paths = PathHistory()
        if watchers is None:
            watchers = (UserWatcher(), PathWatcher(self._paths))
        self._watchers = tuple(watchers)
        self._samples_max = samples_max
        self._series: dict[int, HopSeries] = {}
        self._reached: dict[int, int] = {}
        """TTLs at which the destination has answered, and in which generation last."""
        self._log = EventLog()
        self._clock = ClockOffsets()
        self._origin_s = 0.0
        self._began_at_s: float | None = None
        self._newest_s: float | None = None

    # Written by the engine

    def begin(self, *, now_s: float, wall_s: float) -> None:
        """The session begins; `wall_s` is the time of day now, in seconds since 1970."""
        with self._lock:
            self._began_at_s = self._newest_s = now_s
            self._origin_s = now_s - wall_s
            self._clock.begin(now_s=now_s, wall_s=wall_s)

    def see_clock(self, *, now_s: float, wall_s: float) -> bool:
        """The time of day is now `wall_s`, in seconds since 1970. Where that shows that the clock
        was set, times from now on are told by it, and earlier ones stay what they were. Whether it
        was set."""
        with self._lock:
            event = self._clock.see(now_s=now_s, wall_s=wall_s)
            if event is not None:
                self._log.add(event)
        return event is not None

    def record(self, message: Message, now_s: float) -> tuple[Event, ...]:
        """Take in what came through the outcome channel at `now_s`. Returns what it tells."""
        with self._lock:
            self._newest_s = now_s
            self._sample(message, now_s)
            told = tuple(
                event for watcher in self._watchers for event in watcher.take(message, now_s)
            )
            for event in told:
                self._log.add(event)
        return told

    def _sample(self, message: Message, now_s: float) -> None:
        match message:
            case Sent(probe):
                self._open(probe.ttl, probe.number, now_s)
            case Reply():
                self._fill(message.probe.ttl, message.probe.number, self._sample_of(message))
            case Lost():
                self._fill(message.probe.ttl, message.probe.number, Gap.LOST)
            case SendFailed():
                if not message.was_sent:
                    self._open(message.probe.ttl, message.probe.number, now_s)
                self._fill(message.probe.ttl, message.probe.number, Gap.SEND_ERROR)

    def _sample_of(self, reply: Reply) -> Sample:
        """As `Hop` has it: where the destination answers, what is refused is lost."""
        ttl, generation = reply.probe.ttl, reply.probe.generation
        if reply.kind is AnswerKind.REACHED:
            self._reached[ttl] = generation
        elif reply.kind is AnswerKind.UNREACHABLE and self._reached.get(ttl) == generation:
            return Gap.LOST
        return reply.rtt_s if reply.rtt_s is not None else Gap.UNTIMED

    def _open(self, ttl: int, number: int, now_s: float) -> None:
        series = self._series.get(ttl)
        if series is None:
            series = self._series[ttl] = HopSeries(self._origin_s, self._samples_max)
        series.open(number, now_s)

    def _fill(self, ttl: int, number: int, sample: Sample) -> None:
        series = self._series.get(ttl)
        if series is not None:
            series.fill(number, sample)

    def note(self, event: Event) -> None:
        """Add an event that no watcher sees, such as a mark of the user's."""
        with self._lock:
            self._log.add(event)

    # Kept in files

    @property
    def samples_max(self) -> int:
        """Of each hop so many samples are kept."""
        return self._samples_max

    @property
    def series(self) -> Mapping[int, HopSeries]:
        """The samples of each hop, by TTL. For the engine's thread."""
        return self._series

    def become(self, other: Chronicle) -> None:
        """Remember what `other` does, and nothing else: nothing that was read before is true any
        more."""
        with self._lock:
            lock, log, series = self._lock, self._log, self._series
            self.__dict__.update(other.__dict__)
            self._lock = lock
            self._log.renew(log.count)
            for ttl, before in series.items():
                if ttl not in self._series:  # somebody has seen samples of it
                    self._series[ttl] = HopSeries(self._origin_s, self._samples_max)
                self._series[ttl].renew(before.revision)

    # Read by anybody

    @property
    def began_at_s(self) -> float | None:
        """When the session began, on its clock; None before that."""
        return self._began_at_s

    @property
    def newest_s(self) -> float | None:
        """When something was recorded last, on the session's clock; None before the beginning."""
        return self._newest_s

    def wall_s(self, at_s: float) -> float:
        """A time of the session's clock as seconds since 1970, as the clock of the time told."""
        with self._lock:
            return self._clock.wall_s(at_s)

    def session_s(self, wall_s: float) -> float:
        """A time of day, in seconds since 1970, on the session's clock. Where the clock was set
        back it may have told that time twice: then the later."""
        with self._lock:
            return self._clock.session_s(wall_s)

    @property
    def origin_s(self) -> float:
        """A time of the session's clock from which on whole minutes, hours and days (UTC) can be
        counted. It stays the same, so that columns of a chart do."""
        return self._origin_s

    @property
    def event_count(self) -> int:
        """Events so far; it grows with each, so that a change can be noticed."""
        return self._log.count

    def events(self) -> tuple[Event, ...]:
        """All that are kept, oldest first."""
        with self._lock:
            return tuple(self._log)

    def dated_events(self) -> tuple[tuple[Event, float], ...]:
        """All that are kept, oldest first, each with its time in seconds since 1970."""
        with self._lock:
            return tuple((event, self._clock.wall_s(event.at_s)) for event in self._log)

    def events_between(self, from_s: float, to_s: float) -> tuple[Event, ...]:
        """Those of a span of time, its end not included, oldest first."""
        with self._lock:
            return self._log.between(from_s, to_s)

    def events_concerning(self, ttl: int, count: int) -> tuple[Event, ...]:
        """The newest that tell of a hop, at most `count`, newest first."""
        with self._lock:
            return self._log.concerning(ttl, count)

    def paths(self) -> tuple[PathThen, ...]:
        """Every path that is kept, oldest first; the last is the one that is there now."""
        with self._lock:
            return self._paths.paths()

    def path_at(self, time_s: float) -> PathThen | None:
        """The path at that moment of the session's clock; None where none is known."""
        with self._lock:
            return self._paths.at(time_s)

    def longest_path(self, from_s: float, to_s: float) -> int:
        """TTL of the last hop that the path had within that span of time, to the half minute; 0
        where none is known."""
        with self._lock:
            return self._paths.longest(from_s, to_s)

    def bins(self, ttl: int, from_s: float, to_s: float, count: int) -> tuple[Bin, ...]:
        """The samples of a hop in a span of time, in `count` equal parts, oldest first."""
        with self._lock:
            series = self._series.get(ttl)
            if series is None:
                return (EMPTY_BIN,) * count
            return series.bins(from_s, to_s, count)

    def changed_since(self, ttl: int, revision: int) -> tuple[int, float]:
        """The revision of a hop's samples, and the time from which on they may differ from what
        they were at an earlier `revision` (0: there were none); infinity where they do not."""
        with self._lock:
            series = self._series.get(ttl)
            return series.changed_since(revision) if series is not None else (0, math.inf)

    def own_best_s(self, ttl: int) -> float | None:
        """The round-trip time that is usual of a hop at its best (see `HopSeries.own_best_s`);
        None where it never answered."""
        with self._lock:
            series = self._series.get(ttl)
            return series.own_best_s if series is not None else None
