"""A recording played: all that was known at any moment of it, and what happened next."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from time import monotonic
from typing import Final

import msgspec

from poros_tui.model.about import About
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.events import Event
from poros_tui.model.path import Path
from poros_tui.model.path_mtu import PathMtu
from poros_tui.model.probe import IPAddress
from poros_tui.model.session import SessionStatus
from poros_tui.record.graph import Unreadable
from poros_tui.record.happenings import AboutAddress, ClockSeen, Happening, TargetGone
from poros_tui.record.lines import TICKS_PER_S
from poros_tui.record.moment import restore
from poros_tui.record.recording import MomentThen, Recording
from poros_tui.record.target import Target

_EVERYTHING: Final = -1
_UNREADABLE: Final = (
    Unreadable,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    RecursionError,
)
"""What a damaged moment may raise."""
_STRETCH_S: Final = 1.0
_TICK_S: Final = 1 / TICKS_PER_S


class Played(msgspec.Struct):
    """One target as it stood at the time that is played."""

    target: Target
    path: Path
    chronicle: Chronicle
    round_at_s: float | None = None
    """When the round under way began."""
    newest_at_s: float = 0.0
    """When the last thing happened that was told of it."""
    epoch: int = 0
    """Counts how often it became another: by a leap in time."""


class Playback:
    """Stands at one time of a recording. Times are seconds on the clock of the session."""

    def __init__(self, recording: Recording, *, keep_records: bool = False) -> None:
        """`keep_records`: each probe is kept, for reports that list them. Then everything is read
        from the beginning."""
        self.recording = recording
        self._keep_records = keep_records
        self.begins_at_s = recording.begins_at / TICKS_PER_S
        self.ends_at_s = recording.ends_at() / TICKS_PER_S
        self.targets: dict[int, Played] = {}
        """Those that are traced at this time, by their numbers."""
        self.known: dict[IPAddress, About] = {}
        self.at_s = self.begins_at_s
        self.epoch = 0
        self._coming: Iterator[Happening] = iter(())
        self._next: Happening | None = None
        self._restart()

    def _restart(self) -> None:
        self.targets = {}
        self.at_s = self.begins_at_s
        self._come_from(_EVERYTHING)

    def _come_from(self, ticks: int) -> None:
        self._coming = self.recording.happenings(ticks)
        self._next = next(self._coming, None)

    @property
    def is_over(self) -> bool:
        """Whether nothing comes any more."""
        return self._next is None

    def play(self, until_s: float) -> None:
        """Let happen all up to that time, that time included."""
        self._leap_over_damage(until_s)
        while self._next is not None and self._next.at_s <= until_s:
            self._happen(self._next)
            self._next = next(self._coming, None)
            if self._next is None:
                self._leap_over_damage(until_s)
        self.at_s = max(self.at_s, min(until_s, self.ends_at_s))

    def play_for(self, until_s: float, most_s: float) -> bool:
        """The same, but for no longer than `most_s` seconds of the reader's own time; whether that
        was enough."""
        ends_at_s = monotonic() + most_s
        while self._next is not None and self._next.at_s <= until_s:
            if monotonic() >= ends_at_s:
                return False
            self.play(min(until_s, self._next.at_s + _STRETCH_S))
        self.play(until_s)
        return True

    def play_round(self, number: int) -> None:
        """Let happen all up to the beginning of the next round of that target, that included."""
        while self._next is not None:
            played = self.targets.get(number)
            before_s = played.round_at_s if played is not None else None
            self.play(self._next.at_s)
            played = self.targets.get(number)
            if played is None or played.round_at_s != before_s:
                return

    def seek_round_before(self, number: int) -> None:
        """Stand at the beginning of the round before the one that is under way."""
        if self._round_at_s(number) is None:
            # The moment that was read here is in the middle of a round.
            self.seek(self.at_s - _TICK_S)
        begun_s = self._round_at_s(number)
        if begun_s is None:
            return
        self.seek(begun_s - _TICK_S)
        begun_s = self._round_at_s(number)
        if begun_s is None:  # there is a moment in that one, too
            self.seek(self.at_s - _TICK_S)
            begun_s = self._round_at_s(number)
        if begun_s is not None:
            self.seek(begun_s)

    def _round_at_s(self, number: int) -> float | None:
        played = self.targets.get(number)
        return played.round_at_s if played is not None else None

    def event_at_s(self, by: int) -> float | None:
        """When the next event was told, or the last one before this time (-1); None: there is
        none."""
        ticks = round(self.at_s * TICKS_PER_S)
        recording = self.recording
        found = recording.event_after(ticks) if by > 0 else recording.event_before(ticks)
        return None if found is None else found / TICKS_PER_S

    def seek(self, at_s: float) -> None:
        """Stand at that time, or at the beginning or the end."""
        at_s = max(self.begins_at_s, min(at_s, self.ends_at_s))
        moment = None
        if not self._keep_records:
            moment = self.recording.moment_before(int(at_s * TICKS_PER_S))
        is_behind = moment is not None and moment.at_ticks / TICKS_PER_S > self.at_s
        if at_s < self.at_s or is_behind:
            self.epoch += 1
            self._go_to(moment)
        self.play(at_s)

    def _go_to(self, moment: MomentThen | None) -> None:
        """Stand at a moment; at an earlier one where it is damaged."""
        while moment is not None:
            try:
                self._take(moment)
            except _UNREADABLE:
                moment = self.recording.moment_before(moment.at_ticks - 1)
            else:
                self._come_from(moment.at_ticks)
                return
        self._restart()

    def _take(self, moment: MomentThen) -> None:
        # Hundred thousands of objects that all stay: to look for garbage among them takes as long
        # as all the rest.
        is_collecting = gc.isenabled()
        gc.disable()
        try:
            self._restore(moment)
        finally:
            if is_collecting:
                gc.enable()

    def _restore(self, moment: MomentThen) -> None:
        self.known.update(self.recording.known(moment.at_ticks))
        targets = {}
        for then in moment.targets:
            number = then.target.number
            path, chronicle = restore(
                then.state,
                then.target,
                self.recording.pieces(number, moment.at_ticks),
                self.known,
                self.recording.last_minutes(then, moment.at_ticks),
            )
            targets[number] = Played(
                then.target,
                path,
                chronicle,
                newest_at_s=moment.at_ticks / TICKS_PER_S,
                epoch=self.epoch,
            )
        self.targets = targets
        self.at_s = moment.at_ticks / TICKS_PER_S

    def _leap_over_damage(self, until_s: float) -> None:
        """Where a part is damaged, go on with the next moment from which that can be done, when its
        time has come. Never back: what is damaged there stays so."""
        # What is known already is a moment's own time, but where the beginning is destroyed.
        from_ticks = round(self.at_s * TICKS_PER_S) + bool(self.targets)
        while self._next is None:
            moment = self.recording.moment_after(from_ticks)
            if moment is None or moment.at_ticks / TICKS_PER_S > until_s:
                return
            from_ticks = moment.at_ticks + 1
            self.epoch += 1
            try:
                self._take(moment)
            except _UNREADABLE:
                self.recording.complain_of_moment(moment.at_ticks)
                continue
            self._come_from(moment.at_ticks)

    def _happen(self, happening: Happening) -> None:
        self.at_s = max(self.at_s, happening.at_s)
        what = happening.what
        if isinstance(what, Target):
            self._begin(what)
            return
        if isinstance(what, AboutAddress):
            self.known[what.address] = what.about
            for played in self.targets.values():
                played.path.learn_of(what.address)
            return
        one = self.targets.get(happening.target)
        if one is None:
            return
        if not isinstance(what, PathMtu):  # the path is known before it is searched
            one.newest_at_s = happening.at_s
        match what:
            case Event():
                pass  # it is found again in what it tells of
            case ClockSeen(now_s, wall_s):
                one.chronicle.see_clock(now_s=now_s, wall_s=wall_s)
            case PathMtu():
                one.path.set_path_mtu(what)
            case TargetGone():
                del self.targets[happening.target]
            case SessionStatus():
                before = one.path.status
                if before is None or what.round > before.round:
                    one.round_at_s = happening.at_s
                one.path.set_status(what)
                one.chronicle.record(what, happening.at_s)
            case _:
                one.path.add(what)
                one.chronicle.record(what, happening.at_s)

    def _begin(self, target: Target) -> None:
        config = target.config
        path = Path(
            first_hop=config.first_hop,
            gap_limit=config.gap_limit,
            keep_records=self._keep_records,
            keep_flows=config.flows > 1,
            known=self.known,
        )
        chronicle = Chronicle(samples_max=target.samples_max)
        chronicle.begin(now_s=target.began_at_s, wall_s=target.began_wall_s)
        self.targets[target.number] = Played(
            target, path, chronicle, newest_at_s=target.began_at_s, epoch=self.epoch
        )
