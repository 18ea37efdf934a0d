"""A recording that is read: where what is in it, and what of it cannot be read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from mmap import mmap
from typing import Any, Final

import msgspec

from poros_tui.errors import UsageError
from poros_tui.model.about import About
from poros_tui.model.events import Event
from poros_tui.model.probe import IPAddress
from poros_tui.model.session import Message
from poros_tui.record.graph import Thawer, Unreadable
from poros_tui.record.happenings import Damage, Happening, LineReader
from poros_tui.record.lines import TICKS_PER_S
from poros_tui.record.members import (
    FORMAT_VERSION,
    Member,
    MemberEnd,
    MemberKind,
    find_members,
    unpack,
)
from poros_tui.record.moment import STATE_VERSION, Pieces
from poros_tui.record.target import Target

_COMPLAINTS_MAX: Final = 20
_LEFT_OUT: Final = "the rest of that part is left out"
_MESSAGES: Final = Message.__args__
_SERIES: Final = b'["series",'
_decode = msgspec.json.Decoder().decode


class TargetThen(msgspec.Struct, frozen=True, kw_only=True):
    """A target at one moment."""

    target: Target
    since_ticks: int
    """From when on what happened is to be read to fill the moment in."""
    state: Mapping[str, Any]


class MomentThen(msgspec.Struct, frozen=True, kw_only=True):
    """All targets at one moment."""

    at_ticks: int
    targets: tuple[TargetThen, ...]


class _PiecesThen(msgspec.Struct, frozen=True):
    """One member of pieces."""

    by_target: dict[int, Pieces]
    known: dict[IPAddress, About]


class Recording:
    """One file. What is damaged in it is passed over, and complained of."""

    def __init__(self, data: bytes | mmap, source: str) -> None:
        """`data`: the file; may be mapped into memory. `source` names it.

        Raises:
            UsageError: it is no recording, or none of this version.
        """
        self._data = data
        self.source = source
        self.complaints: list[str] = []
        """One sentence for each place that cannot be read."""
        self._damaged: set[int] = set()
        """Offsets of the parts that cannot be read to their end."""
        members = list(find_members(data))
        if not members:
            raise UsageError(
                f"{source} is no recording of poros-tui", "give a file that --record has written"
            )
        newest = max(member.version for member in members)
        if newest > FORMAT_VERSION:
            raise UsageError(
                f"{source} was written by a newer poros-tui (format {newest}, this one reads "
                f"up to {FORMAT_VERSION})",
                "update this program",
            )
        self._members = members
        ends = [member.offset for member in members[1:]] + [len(data)]
        self._ends = dict(zip((member.offset for member in members), ends, strict=True))
        self._happenings = [one for one in members if one.kind is MemberKind.HAPPENINGS]
        self._pieces = [one for one in members if one.kind is MemberKind.PIECES]
        self._moments = [one for one in members if one.kind is MemberKind.MOMENT]
        self._read_pieces: dict[int, _PiecesThen] = {}
        """By the offset of their member."""
        if not self._happenings:
            raise UsageError(f"{source} has no session in it", "it ended before anything was sent")
        self.begins_at = self._happenings[0].at_ticks
        """In ticks of the session's clock."""

    @property
    def moments(self) -> tuple[int, ...]:
        """When all that was known then was written down, in ticks, ascending."""
        return tuple(member.at_ticks for member in self._moments)

    @property
    def member_times(self) -> tuple[int, ...]:
        """When the parts begin that tell what happened, in ticks, ascending."""
        return tuple(member.at_ticks for member in self._happenings)

    def ends_at(self) -> int:
        """When the last thing happened, in ticks."""
        last = self.begins_at
        for member in self._happenings[-1:]:
            last = member.at_ticks
            for happening in self._read(member):
                last = round(happening.at_s * TICKS_PER_S)
        return last

    def happenings(self, from_ticks: int) -> Iterator[Happening]:
        """What happened from the part on that begins then or is the next to begin. Where a part is
        damaged, or has no head any more, it ends there: what comes after cannot be understood
        without it, but from the next moment on."""
        # A part begins at the time of the last thing that happened in the one before it.
        joins_at = from_ticks
        for member in self._happenings:
            if member.at_ticks < from_ticks:
                continue
            if member.offset and member.at_ticks != joins_at:
                self._complain_of_head(member)
                return
            joins_at = member.at_ticks
            for happening in self._read(member):
                yield happening
                joins_at = round(happening.at_s * TICKS_PER_S)
            if member.offset in self._damaged:
                return
        if self._is_followed():
            self._complain_of_head(None)

    def _is_followed(self) -> bool:
        """Whether something comes after the end of the last part whose head can be read."""
        last = self._members[-1]
        return unpack(self._data, last, self._ends[last.offset]).is_followed

    def _complain_of_head(self, member: Member | None) -> None:
        """There was a part before this one, or, with None, at the end."""
        part = len(self._happenings) if member is None else self._happenings.index(member)
        where = f"after part {part}" if part else "at the beginning"
        self._say(f"{self.source}, {where}: the head of a part is destroyed; it is left out")

    def _read(self, member: Member) -> Iterator[Happening]:
        unpacked = unpack(self._data, member, self._ends[member.offset])
        is_last = member is self._happenings[-1]
        try:
            yield from LineReader(member.at_ticks).read(unpacked.text)
        except Damage as damage:
            self._complain(member, f"{damage}; {_LEFT_OUT}", damage.line)
            return
        match unpacked.end:
            case MemberEnd.CHECKSUM_WRONG:
                self._complain(member, "its checksum is wrong, so that what it says may be, too")
            case MemberEnd.CUT_OFF if is_last:
                pass
            case MemberEnd.CUT_OFF | MemberEnd.DAMAGED:
                line = unpacked.text.count(b"\n") + 1
                self._complain(member, f"it is damaged there; {_LEFT_OUT}", line)

    def _complain(self, member: Member, words: str, line: int | None = None) -> None:
        self._damaged.add(member.offset)
        at_s = (member.at_ticks - self.begins_at) / TICKS_PER_S
        part = self._happenings.index(member) + 1
        where = f"part {part}" if line is None else f"line {line} of part {part}"
        self._say(f"{self.source}, {where} (which begins {at_s:.0f} s after the start): {words}")

    def complain_of_moment(self, at_ticks: int) -> None:
        """What was known then is made of something that cannot be read."""
        at_s = (at_ticks - self.begins_at) / TICKS_PER_S
        self._say(
            f"{self.source}: what was known {at_s:.0f} s after the start cannot be read; "
            "all up to the next moment of which that can be said is left out"
        )

    def _say(self, sentence: str) -> None:
        if sentence not in self.complaints and len(self.complaints) < _COMPLAINTS_MAX:
            self.complaints.append(sentence)

    # Moments

    def moment_before(self, at_ticks: int) -> MomentThen | None:
        """The newest that can be read and is not after that time; None: there is none."""
        for member in reversed(self._moments):
            if member.at_ticks <= at_ticks:
                found = self._moment(member)
                if found is not None:
                    return found
        return None

    def moment_after(self, at_ticks: int) -> MomentThen | None:
        """The oldest that is not before; None: there is none."""
        for member in self._moments:
            if member.at_ticks >= at_ticks:
                found = self._moment(member)
                if found is not None:
                    return found
        return None

    def _moment(self, member: Member) -> MomentThen | None:
        unpacked = unpack(self._data, member, self._ends[member.offset])
        if not unpacked.is_whole:
            return None
        targets: list[TargetThen] = []
        try:
            target, since = None, 0
            for line in unpacked.text.splitlines():
                word, *rest = _decode(line)
                if word == "target":
                    target, since = Thawer().thaw(rest[0]), rest[1]
                elif word == "moment":
                    _, version, state = rest
                    if version != STATE_VERSION or not isinstance(target, Target):
                        return None
                    targets.append(TargetThen(target=target, since_ticks=since, state=state))
        except (
            Unreadable,
            msgspec.DecodeError,
            TypeError,
            ValueError,
            LookupError,
            RecursionError,
        ):
            return None
        return MomentThen(at_ticks=member.at_ticks, targets=tuple(targets))

    def pieces(self, target: int, until_ticks: int) -> Pieces:
        """What was written once of a target until then.

        Raises:
            Unreadable: some of it cannot be read.
        """
        pieces = Pieces()
        for member in self._pieces:
            if member.at_ticks > until_ticks:
                break
            own = self._pieces_of(member).by_target.get(target)
            if own is not None:
                pieces.join(own)
        return pieces

    def known(self, until_ticks: int) -> dict[IPAddress, About]:
        """What was known of addresses at a moment.

        Raises:
            Unreadable: some of it cannot be read.
        """
        known: dict[IPAddress, About] = {}
        for member in self._pieces:
            if member.at_ticks > until_ticks:
                break
            known |= self._pieces_of(member).known
        return known

    def _pieces_of(self, member: Member) -> _PiecesThen:
        found = self._read_pieces.get(member.offset)
        if found is None:
            unpacked = unpack(self._data, member, self._ends[member.offset])
            if not unpacked.is_whole:
                raise Unreadable("some of what was measured before is damaged")
            found = self._read_pieces[member.offset] = _PiecesThen({}, {})
            for line in unpacked.text.splitlines():
                if line.startswith(_SERIES):
                    _, target, ttl, _ = line.split(b",", 3)
                    found.by_target.setdefault(int(target), Pieces()).add_series(int(ttl), line)
                    continue
                word, *rest = _decode(line)
                if word == "about":
                    address, about = (Thawer().thaw(one) for one in rest)
                    found.known[address] = about
                else:
                    found.by_target.setdefault(rest[0], Pieces()).add(word, rest[1:])
        return found

    def last_minutes(self, then: TargetThen, until_ticks: int) -> Iterator[tuple[float, Message]]:
        """What happened to a target before a moment, from as far back as it needs."""
        for member in self._happenings:
            if then.since_ticks <= member.at_ticks < until_ticks:
                for happening in self._read(member):
                    if happening.target == then.target.number and isinstance(
                        happening.what, _MESSAGES
                    ):
                        yield happening.at_s, happening.what

    # Events

    def event_after(self, at_ticks: int) -> int | None:
        """When the next event was told, in ticks; None: there is none."""
        start = max(0, bisect_right(self.member_times, at_ticks) - 1)
        for member in self._happenings[start:]:
            for ticks in self._event_times(member):
                if ticks > at_ticks:
                    return ticks
        return None

    def event_before(self, at_ticks: int) -> int | None:
        """When the last one before was told."""
        stop = bisect_right(self.member_times, at_ticks)
        for member in reversed(self._happenings[:stop]):
            earlier = [ticks for ticks in self._event_times(member) if ticks < at_ticks]
            if earlier:
                return earlier[-1]
        return None

    def _event_times(self, member: Member) -> list[int]:
        unpacked = unpack(self._data, member, self._ends[member.offset])
        if b'\n["event"' not in unpacked.text:
            return []
        return [
            round(happening.at_s * TICKS_PER_S)
            for happening in self._read(member)
            if isinstance(happening.what, Event)
        ]
