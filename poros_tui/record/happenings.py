"""The lines of a session as messages again."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final, TypeVar

import msgspec

from poros_tui.model.about import About
from poros_tui.model.clean import clean
from poros_tui.model.events import Event
from poros_tui.model.path_mtu import PathMtu
from poros_tui.model.probe import Duplicate, IPAddress, Lost, Probe, Reply, SendFailed, Sent
from poros_tui.model.session import Message, SessionStatus
from poros_tui.model.stray import Stray, StrayReason
from poros_tui.record.graph import Frozen, Thawer, Unreadable
from poros_tui.record.lines import TICKS_PER_S, seconds
from poros_tui.record.target import Target

_Kind = TypeVar("_Kind")
_TEXT_MAX: Final = 200
_US_PER_S: Final = 1_000_000
_NS_PER_S: Final = 1_000_000_000
_TTL_MAX: Final = 255


class ClockSeen(msgspec.Struct, frozen=True):
    """The time of day was set."""

    now_s: float
    wall_s: float


class AboutAddress(msgspec.Struct, frozen=True):
    """What became known of an address."""

    address: IPAddress
    about: About


class TargetGone(msgspec.Struct, frozen=True):
    """It is traced no longer."""


What = Message | Event | ClockSeen | PathMtu | AboutAddress | Target | TargetGone


class Happening(msgspec.Struct, frozen=True, gc=False):
    """One line."""

    at_s: float
    """On the clock of the session."""
    target: int
    what: What


class Damage(Exception):
    """A line cannot be read: its number in the member, from 1, and what is wrong with it."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(words)
        self.line = line


_decode = msgspec.json.Decoder().decode


class LineReader:
    """Reads the lines of one member."""

    def __init__(self, at_ticks: int) -> None:
        self._ticks = at_ticks
        self._target = 0
        self._tracks: dict[int, _Track] = {}
        self._track = self._tracks[0] = _Track()

    def read(self, text: bytes) -> Iterator[Happening]:
        """What happened, in its order. A last line without an end was cut off, and is left out.

        Raises:
            Damage: a line is none of ours. Those before it were told.
        """
        lines = text.split(b"\n")
        lines.pop()
        for number, line in enumerate(lines, 1):
            try:
                word, *rest = _decode(line)
                what = self._what(word, rest)
            except Unreadable as error:
                raise Damage(number, str(error)) from None
            except RecursionError:
                raise Damage(number, "it is nested too deep") from None
            except (msgspec.DecodeError, TypeError, ValueError, LookupError, OverflowError):
                raise Damage(number, f"it is no line of a recording: {_shown(line)}") from None
            if what is not None:
                yield Happening(self._ticks / TICKS_PER_S, self._target, what)

    def _what(self, word: str, rest: list[Any]) -> What | None:
        match word:
            case "s" | "r" | "l" | "d" | "f" | "x" | "status" | "event" | "mtu":
                dt, *inside = rest
                if type(dt) is not int or dt < 0:
                    raise Unreadable("the time of a line is none")
                self._ticks += dt
                return self._track.what(word, inside)
            case "k":
                index, frozen = rest
                self._track.know(index, _thawed(frozen, Reply))
            case "recording":
                pass
            case "at":
                (ticks,) = rest
                if type(ticks) is not int:
                    raise Unreadable("the time of a line is none")
                self._ticks = ticks
            case "on":
                self._turn_to(rest[0])
            case "clock":
                now_s, wall_s = rest
                return ClockSeen(float(now_s), float(wall_s))
            case "about":
                address, about = (Thawer().thaw(one) for one in rest)
                if not isinstance(address, IPv4Address | IPv6Address) or not isinstance(
                    about, About
                ):
                    raise Unreadable("a line should tell of an address")
                return AboutAddress(address, about)
            case "target":
                target = _thawed(rest[0], Target)
                self._turn_to(target.number)
                return target
            case "gone":
                self._turn_to(rest[0])
                return TargetGone()
            case _:
                raise Unreadable(f"there are no lines called {clean(str(word), 40)}")
        return None

    def _turn_to(self, target: int) -> None:
        if type(target) is not int:
            raise Unreadable("the number of a target is none")
        self._target = target
        self._track = self._tracks.setdefault(target, _Track())


def _shown(line: bytes) -> str:
    return clean(line[:60].decode(errors="replace"), 60)


def _thawed(frozen: Frozen, kind: type[_Kind]) -> _Kind:
    value = Thawer().thaw(frozen)
    if not isinstance(value, kind):
        raise Unreadable(f"a line should tell of a {kind.__name__.lower()}")
    return value


class _Track:
    """What the lines of one target have said so far."""

    def __init__(self) -> None:
        self._expected: tuple[int, ...] = (0, 1, 0, 0, 0, 0)
        self._sent_us = 0
        self._number = 0
        self._probes: dict[int, Probe] = {}
        self._kinds: dict[int, Reply] = {}
        self._status: dict[str, Any] = {}

    def know(self, index: int, kind: Reply) -> None:
        """Answers have this in common."""
        self._kinds[index] = kind

    def what(self, word: str, inside: list[Any]) -> What:
        """What a line tells."""
        match word:
            case "s":
                return self._sent(*inside)
            case "r":
                which, kind, rtt = inside
                common = self._kinds[kind]
                return _reply(common, self._which(which), rtt)
            case "l":
                which, waited = inside
                waited_s = None if waited is None else seconds(waited, _US_PER_S)
                return Lost(self._which(which), waited_s)
            case "d":
                which, address = inside
                return Duplicate(self._which(which), ip_address(address))
            case "f":
                which, reason, was_sent, was_lost = inside
                words = clean(str(reason), _TEXT_MAX)
                probe = self._which(which)
                return SendFailed(probe, words, was_sent=bool(was_sent), was_lost=bool(was_lost))
            case "x":
                reason, count = inside
                return Stray(StrayReason[reason], int(count))
            case "status":
                (changed,) = inside
                thaw = Thawer().thaw
                self._status |= {name: thaw(value) for name, value in changed.items()}
                return SessionStatus(**self._status)
            case "event":
                return _thawed(inside[0], Event)
        return _thawed(inside[0], PathMtu)

    def _sent(self, us: int | float, *fields: int) -> Sent:
        number, ttl, *others = fields or self._expected
        self._expected = (number + 1, ttl + 1, *others)
        if isinstance(us, int):
            us = self._sent_us = self._sent_us + us
        probe = self._probes[number] = _probe(number, ttl, *others)
        return Sent(probe, seconds(us, _US_PER_S))

    def _which(self, which: int | list[int]) -> Probe:
        if isinstance(which, int):
            self._number += which
            return self._probes[self._number]
        probe = _probe(*which)
        self._number = probe.number
        return probe


def _probe(number: int, ttl: int, round_: int, query: int, flow: int, generation: int) -> Probe:
    for one in (number, ttl, round_, query, flow, generation):
        if type(one) is not int or one < 0:
            raise Unreadable("a probe is damaged")
    if not 1 <= ttl <= _TTL_MAX:
        raise Unreadable(f"there is no TTL {ttl}")
    return Probe(
        number=number, ttl=ttl, round=round_, query=query, flow=flow, generation=generation
    )


def _reply(common: Reply, probe: Probe, rtt: float | None) -> Reply:
    rtt_s = rtt if rtt is None else seconds(rtt, _NS_PER_S)
    if rtt_s is not None and not 0 < rtt_s < 1e6:
        raise Unreadable("a round trip is none")
    return Reply(
        probe=probe,
        responder=common.responder,
        kind=common.kind,
        rtt_s=rtt_s,
        icmp_type=common.icmp_type,
        icmp_code=common.icmp_code,
        reply_ttl=common.reply_ttl,
        extensions=common.extensions,
        rtt_source=common.rtt_source,
        quote=common.quote,
        mtu=common.mtu,
        is_ambiguous=common.is_ambiguous,
        was_lost=common.was_lost,
        is_late=common.is_late,
    )
