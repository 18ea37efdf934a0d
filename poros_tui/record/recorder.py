"""Writes a session down as it happens: bytes for a file, which somebody else writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from poros_tui.model.about import About
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.events import Event
from poros_tui.model.path import Path
from poros_tui.model.path_mtu import PathMtu
from poros_tui.model.probe import IPAddress, Probe, Sent
from poros_tui.model.session import Message
from poros_tui.record.lines import (
    TICKS_PER_S,
    LineWriter,
    at_line,
    event_lines,
    head_line,
    mtu_line,
    on_line,
    value_line,
)
from poros_tui.record.members import MemberKind, MemberWriter, packed
from poros_tui.record.moment import MomentWriter
from poros_tui.record.target import Target

PROBES_PER_MOMENT: Final = 4500
"""From one moment that is written down to the next, for each target: 2.5 min of 30 hops at one a
second. To look at any time all that was since the moment before it is read, 50 us a probe."""


class Recorder:
    """All targets of a session. For the engine's thread."""

    def __init__(
        self,
        *,
        version: str,
        began_wall_s: float,
        now_s: float,
        probes_per_moment: int = PROBES_PER_MOMENT,
    ) -> None:
        """`version` is the program's."""
        self._probes_per_moment = probes_per_moment
        self._ready: list[bytes] = []
        self._now = round(now_s * TICKS_PER_S)
        self._tracks: dict[int, _Track] = {}
        self._on = 0
        self._sent = 0
        """Since the last moment."""
        self._learned: dict[IPAddress, About] = {}
        self._member = self._begin_member(head_line(version=version, began_wall_s=began_wall_s))

    def _begin_member(self, head: bytes = b"") -> MemberWriter:
        member = MemberWriter(MemberKind.HAPPENINGS, self._now)
        member.add(head + at_line(self._now))
        self._on = -1
        for track in self._tracks.values():
            track.begin_member(self._now)
        return member

    def add(self, target: Target, path: Path, chronicle: Chronicle) -> None:
        """One more is traced from now on."""
        self._tracks[target.number] = track = _Track(target, path, chronicle)
        track.begin_member(self._now)
        self._member.add(value_line("target", target))
        self._on = target.number

    def drop(self, number: int) -> None:
        """It is traced no longer."""
        if self._tracks.pop(number, None) is not None:
            self._member.add(value_line("gone", number))
            self._on = number

    def take(self, number: int, message: Message, events: Sequence[Event], now_s: float) -> None:
        """A message of that target, which path and chronicle know already, and what it tells."""
        track = self._tracks.get(number)
        if track is None:
            return
        self._turn_to(number)
        self._member.add(track.lines.message(message, self._dt(now_s)))
        if events:
            self._member.add(event_lines(events))
        if isinstance(message, Sent):
            track.see(message.probe)
            self._sent += 1
            if self._sent >= self._probes_per_moment * len(self._tracks):
                self._write_moment()

    def see_clock(self, number: int, *, now_s: float, wall_s: float) -> None:
        """The time of day was set."""
        self._turn_to(number)
        self._member.add(value_line("clock", now_s, wall_s))

    def learn_mtu(self, number: int, found: PathMtu, now_s: float) -> None:
        """The search for the path's MTU knows more."""
        self._turn_to(number)
        self._member.add(mtu_line(found, self._dt(now_s)))

    def learn(self, address: IPAddress, about: About) -> None:
        """More is known of an address."""
        self._learned[address] = about
        self._member.add(value_line("about", address, about))

    def _turn_to(self, number: int) -> None:
        if number != self._on:
            self._on = number
            self._member.add(on_line(number))

    def _dt(self, now_s: float) -> int:
        now = max(self._now, round(now_s * TICKS_PER_S))
        dt, self._now = now - self._now, now
        return dt

    def _write_moment(self) -> None:
        """All that is known now, so that nobody has to read what is before."""
        self._sent = 0
        pieces = [value_line("about", *one) for one in self._learned.items()]
        self._learned.clear()
        moments = []
        for track in self._tracks.values():
            new, moment, oldest_probe, oldest_round = track.moments.write()
            pieces.append(new)
            since = track.member_before(oldest_probe, oldest_round)
            moments += [value_line("target", track.target, since), moment]
        self._ready.append(self._member.end())
        self._ready.append(packed(MemberKind.PIECES, self._now, b"".join(pieces)))
        self._ready.append(packed(MemberKind.MOMENT, self._now, b"".join(moments)))
        self._member = self._begin_member()

    def push(self) -> bytes:
        """What is to be appended to the file now, so that all that has happened is in it."""
        self._ready.append(self._member.push())
        return self._take()

    def end(self) -> bytes:
        """The rest."""
        self._ready.append(self._member.end())
        return self._take()

    def _take(self) -> bytes:
        ready = b"".join(self._ready)
        self._ready.clear()
        return ready


class _MemberBegin(msgspec.Struct, frozen=True):
    at_ticks: int
    next_probe: int
    generation: int
    round: int


class _Track:
    """One target."""

    def __init__(self, target: Target, path: Path, chronicle: Chronicle) -> None:
        self.target = target
        self.moments = MomentWriter(target.number, path, chronicle)
        self.lines = LineWriter()
        self.next_probe = 0
        self.generation = 0
        self.round = -1
        """The newest of the generation of which a probe was sent."""
        self._members: list[_MemberBegin] = []

    def begin_member(self, at_ticks: int) -> None:
        self.lines = LineWriter()
        self._members.append(_MemberBegin(at_ticks, self.next_probe, self.generation, self.round))

    def see(self, probe: Probe) -> None:
        """It was sent."""
        self.next_probe = max(self.next_probe, probe.number + 1)
        newest = max((self.generation, self.round), (probe.generation, probe.round))
        self.generation, self.round = newest

    def member_before(self, oldest_probe: int | None, oldest_round: int | None) -> int:
        """The time of the newest member that holds all since that probe and that round. Older ones
        are not asked for again."""
        place = len(self._members) - 1
        while place > 0 and not self._is_before(self._members[place], oldest_probe, oldest_round):
            place -= 1
        del self._members[:place]
        return self._members[0].at_ticks

    def _is_before(self, member: _MemberBegin, probe: int | None, round_: int | None) -> bool:
        if probe is not None and member.next_probe > probe:
            return False
        return round_ is None or member.generation < self.generation or member.round < round_
