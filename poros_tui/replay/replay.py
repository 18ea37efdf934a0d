"""A recording as a session: it tells a front end what a `Fleet` told it then, and is steered by who
looks at it: played, held, faster, slower, back and forth.

Nothing is sent, and nobody is asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from math import inf
from typing import Final

import msgspec
import trio

from poros_tui.config import SessionConfig
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.session import (
    PathSnapshot,
    PathUpdate,
    SessionControls,
    SessionSnapshot,
)
from poros_tui.model.targets import Front, TargetSnapshot
from poros_tui.model.time_unit import TimeUnit
from poros_tui.model.verdict.telling import told
from poros_tui.record.playback import Playback, Played
from poros_tui.replay.past import Past
from poros_tui.replay.play_clock import PlayClock

SPEEDS: Final = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1000.0)
STEP_S: Final = 0.05
"""From one look at the clock to the next while it plays."""
SLICE_S: Final = 0.1
"""So long at most is read at a stretch: keys are answered in between."""
SHOW_INTERVAL_S: Final = 1.0
"""From one look at all targets to the next."""
FIRST_S: Final = 0.2
"""What happens in this time, such as the beginning of several targets, is shown from the start."""
_GENERATIONS: Final = 1 << 20
"""More than there are resets in a session: a leap in time is one more reset to who looks on."""
_NOTHING_TO_PROBE: Final = "a recording is played: nothing is probed"


class Replay:
    """Plays one recording. Its methods are `FleetControls`, and what a player's keys do. All but
    `clock` for the engine's thread."""

    def __init__(self, playback: Playback, real: Callable[[], float] = time.monotonic) -> None:
        """`real` is a clock that runs evenly, in seconds."""
        self._playback = playback
        self.begins_at_s, self.ends_at_s = playback.begins_at_s, playback.ends_at_s
        playback.play(self.begins_at_s + FIRST_S)
        while not playback.is_over and not _has_begun(playback):
            playback.play(playback.at_s + FIRST_S)
        self._least_s = playback.at_s
        """Before that there is nothing to see."""
        self.clock = PlayClock(playback.at_s, self.ends_at_s, real)
        self._front: Front | None = None
        self._shown: int | None = None
        self._chronicles: dict[int, Chronicle] = {}
        """That who looks on knows, by target: each becomes another at a leap."""
        self._epochs: dict[int, int] = {}
        """What was told last of each target."""
        self._told: set[int] = set()
        self._says = 1 << 30
        self._unit = TimeUnit.MS
        self._wake = trio.Event()
        self._shown_all_at_s = 0.0
        self._is_behind = False
        """It is to go faster than it can be read: the clock is ahead of what is shown."""
        self._keep_chronicles()

    # --- read in any thread ---------------------------------------------------------------------

    @property
    def now_s(self) -> float:
        """The time that is played: what is shown is of then."""
        return self._playback.at_s if self._is_behind else self.clock.now_s()

    @property
    def is_playing(self) -> bool:
        """Whether it goes on."""
        return self.clock.is_playing

    @property
    def speed(self) -> float:
        """So many times as fast as it was."""
        return self.clock.speed

    @property
    def is_behind(self) -> bool:
        """Whether it cannot be read as fast as that."""
        return self._is_behind

    @property
    def config(self) -> SessionConfig:
        """How the first of its targets was probed."""
        return next(iter(self._playback.targets.values())).target.config

    def wall_s(self, at_s: float) -> float:
        """A time of the session in seconds since 1970."""
        chronicle = next(iter(self._chronicles.values()), None)
        return chronicle.wall_s(at_s) if chronicle is not None else at_s

    def session_s(self, wall_s: float) -> float:
        """The other way round."""
        chronicle = next(iter(self._chronicles.values()), None)
        return chronicle.session_s(wall_s) if chronicle is not None else wall_s

    # --- how it goes on -------------------------------------------------------------------------

    async def run(
        self, front: Front, on_ready: Callable[[Replay], None], *, is_held: bool = False
    ) -> None:
        """Play until cancelled, or hold until somebody wants it played. `on_ready` is called once,
        when it can be steered."""
        self._front = front
        self._wake = trio.Event()
        self.clock.set(plays=not is_held)
        on_ready(self)
        while True:
            self._wake = trio.Event()
            is_behind = self._catch_up()
            self._show()
            if is_behind:
                await trio.lowlevel.checkpoint()
                continue
            with trio.move_on_after(STEP_S if self.clock.is_playing else inf):
                await self._wake.wait()

    def _catch_up(self) -> bool:
        """Play up to what the clock says, but not for long; whether there is more."""
        now_s = self.clock.now_s()
        is_there = self._playback.play_for(now_s, SLICE_S)
        self._is_behind = not is_there
        self._keep_chronicles()
        if not is_there:
            # It is faster than it can be read: then it is as fast as that.
            self.clock.set(self._playback.at_s)
        elif self.clock.is_playing and now_s >= self.ends_at_s:
            self.clock.set(plays=False)
            self._say("the recording ends here")
        return not is_there

    def _keep_chronicles(self) -> None:
        for number, played in self._playback.targets.items():
            kept = self._chronicles.setdefault(number, played.chronicle)
            if kept is not played.chronicle:
                kept.become(played.chronicle)
                played.chronicle = kept

    def _leap(self, at_s: float) -> None:
        self._playback.seek(max(self._least_s, at_s))
        self._is_behind = False
        self.clock.set(self._playback.at_s)
        self._keep_chronicles()
        self._shown_all_at_s = 0.0
        self._wake.set()

    # --- what is told ---------------------------------------------------------------------------

    def _show(self) -> None:
        front = self._front
        if front is None:
            return
        for number in self._told - self._playback.targets.keys():
            front.drop_target(number, "")
        shown = self._playback.targets.get(self._shown) if self._shown is not None else None
        if shown is not None and shown.path.has_status:
            front.show_path(shown.target.number, self._update(shown))
        now_s = trio.current_time()
        is_due = now_s >= self._shown_all_at_s + SHOW_INTERVAL_S
        if self._told != self._playback.targets.keys() or is_due:
            self._shown_all_at_s = now_s
            front.show_targets(self.snapshots())
        self._told = set(self._playback.targets)

    def _update(self, played: Played) -> PathUpdate:
        number, path = played.target.number, played.path
        update = path.take_update()
        if self._epochs.get(number) != played.epoch:
            self._epochs[number] = played.epoch
            update = msgspec.structs.replace(update, hops=path.hops())
        generation = _generation(played, update.generation)
        return PathUpdate(
            generation=generation, hops=update.hops, session=_session(played, update.session)
        )

    def snapshots(self) -> list[TargetSnapshot]:
        """All targets as they are at the time that is played."""
        are_several = len(self._playback.targets) > 1
        return [
            _snapshot(played, self._unit, with_verdict=are_several)
            for played in self._playback.targets.values()
        ]

    def _say(self, sentence: str) -> None:
        self._says += 1
        if self._front is not None:
            self._front.drop_target(self._says, sentence)

    # --- what a player's keys do ----------------------------------------------------------------

    def toggle(self) -> None:
        """Hold, or go on; from the beginning where it is at its end."""
        if not self.clock.is_playing and self.clock.now_s() >= self.ends_at_s:
            self._leap(self.begins_at_s)
        self.clock.set(self.now_s, plays=not self.clock.is_playing)
        self._wake.set()

    def change_speed(self, by: int) -> None:
        """The next of SPEEDS, or the one before (-1)."""
        place = SPEEDS.index(self.clock.speed) + by
        self.clock.set_speed(SPEEDS[max(0, min(len(SPEEDS) - 1, place))])
        self._wake.set()

    def skip(self, by_s: float) -> None:
        """So many seconds on, or back."""
        self._leap(self.now_s + by_s)

    def go_to(self, at_s: float) -> None:
        """To that time."""
        self._leap(at_s)

    def step(self, by: int) -> None:
        """Hold, and go one round on, or back (-1)."""
        self.clock.set(plays=False)
        played = self._looked_at()
        if played is None:
            return
        number = played.target.number
        if by > 0:
            self._playback.play_round(number)
        else:
            self._playback.seek_round_before(number)
            if self._playback.at_s < self._least_s:
                self._playback.seek(self._least_s)
        self.clock.set(self._playback.at_s)
        self._keep_chronicles()
        self._wake.set()

    def to_event(self, by: int) -> None:
        """Hold where the next event was told, or the one before (-1)."""
        self.clock.set(plays=False)
        at_s = self._playback.event_at_s(by)
        if at_s is None:
            self._say("nothing happened after that" if by > 0 else "nothing happened before that")
            return
        self._leap(at_s)

    def _looked_at(self) -> Played | None:
        targets = self._playback.targets
        if self._shown in targets:
            return targets[self._shown]
        return next(iter(targets.values()), None)

    # --- as FleetControls -----------------------------------------------------------------------

    def add(self, _typed: str) -> None:
        """Nothing is added to a recording."""
        self._say(_NOTHING_TO_PROBE)

    def remove(self, _number: int) -> None:
        """Nothing is taken from it."""
        self._say(_NOTHING_TO_PROBE)

    def look_at(self, number: int | None) -> None:
        """Tell every change of this target from now on; None: of no target."""
        self._shown = number
        if number is not None:
            self._epochs.pop(number, None)
        self._wake.set()

    def tell_in(self, unit: TimeUnit) -> None:
        """Tell round trips in this unit from now on."""
        self._unit = unit
        self._shown_all_at_s = 0.0
        self._wake.set()

    def control(self, _number: int, command: Callable[[SessionControls], None]) -> None:
        """What was probed was probed."""
        command(Past(partial(self._say, _NOTHING_TO_PROBE)))

    def known_paths(self) -> Mapping[int, PathSnapshot]:
        """All that is known at the time that is played."""
        return {
            number: PathSnapshot(hops=played.path.hops(), session=played.path.session())
            for number, played in self._playback.targets.items()
            if played.path.has_status
        }


def _has_begun(playback: Playback) -> bool:
    return any(played.path.has_status for played in playback.targets.values())


def _generation(played: Played, generation: int) -> int:
    return played.epoch * _GENERATIONS + generation


def _session(played: Played, session: SessionSnapshot) -> SessionSnapshot:
    generation = _generation(played, session.status.generation)
    status = msgspec.structs.replace(session.status, generation=generation)
    return msgspec.structs.replace(session, status=status)


def _snapshot(played: Played, unit: TimeUnit, *, with_verdict: bool) -> TargetSnapshot:
    target, path, chronicle = played.target, played.path, played.chronicle
    has_begun = path.has_status
    now_s = chronicle.newest_s
    can_tell = with_verdict and has_begun and now_s is not None
    return TargetSnapshot(
        number=target.number,
        place=target.place,
        name=target.name,
        identity=target.identity,
        session=_session(played, path.session()) if has_begun else None,
        end=path.end_snapshot() if has_begun else None,
        said=told(path.hops(), path.session(), chronicle, now_s or 0.0, unit) if can_tell else (),
        chronicle=chronicle,
    )
