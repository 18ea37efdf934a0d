"""What happens in a session, a line each, and the same read again.

Every line is a JSON array. The first element is what it is, the second, of those that tell of a
moment, the time since the line before it, in ticks of 0.1 ms. A line says what is not as one would
expect from those before it; so nothing that is read from the middle of a member makes sense, but
each member can be read alone.

    ["recording", {"version": ..., "began_wall_s": ...}]
                                    the first line: by which program, and since when
    ["at", ticks]                   the time at which the lines after it begin
    ["on", target]                  what follows is about this target
    ["s", dt, us]                   sent: the next probe to the next TTL of the same round, so many
                                    microseconds after the one before
    ["s", dt, us, number, ttl, round, query, flow, generation]
                                    sent, whatever is different
    ["k", kind, {...}]              what answers have in common; they are counted from 0
    ["r", dt, step, kind, ns]       an answer of that kind to the probe whose number is `step` more
                                    than that of the last outcome; its round-trip time
    ["r", dt, [number, ttl, round, query, flow, generation], kind, ns]
                                    the same for a probe of an earlier member
    ["l", dt, step, us]             lost, after so long
    ["d", dt, step, address]        another answer
    ["f", dt, step, reason, was_sent, was_lost]
                                    it could not be sent
    ["x", dt, reason, count]        packets that were not believed
    ["status", dt, {...}]           what the engine does now
    ["event", dt, {...}]            what that tells
    ["clock", now_s, wall_s]        the time of day was set
    ["mtu", dt, {...}]              what is known of the MTU of the path
    ["about", address, {...}]       what is known of an address
    ["target", number, {...}]       a target that is traced from now on
    ["gone", number]                and no longer

A time or a round trip that is no whole number of its unit stands as a number of seconds with a
point in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from poros_tui.model.events import Event
from poros_tui.model.path_mtu import PathMtu
from poros_tui.model.probe import Duplicate, Lost, Probe, Reply, SendFailed, Sent
from poros_tui.model.session import Message, SessionStatus
from poros_tui.model.stray import Stray
from poros_tui.record.graph import Freezer

TICKS_PER_S: Final = 10_000
_US_PER_S: Final = 1_000_000
_NS_PER_S: Final = 1_000_000_000
_KINDS_MAX: Final = 4096

_encode = msgspec.json.Encoder().encode


def units(value_s: float, per_s: int) -> int | float:
    """So many units where that is exactly what it is, else the seconds themselves."""
    count = round(value_s * per_s)
    return count if count / per_s == value_s else value_s


def seconds(value: float, per_s: int) -> float:
    """The seconds again."""
    return value / per_s if isinstance(value, int) else value


class LineWriter:
    """Writes the lines of one target in one member."""

    def __init__(self) -> None:
        self._expected = Probe(number=0, ttl=1, round=0, query=0, generation=0)
        self._sent_us = 0
        self._number = 0
        """Of the last outcome."""
        self._here: set[int] = set()
        """Numbers of the probes whose sending this member tells."""
        self._kinds: dict[Reply, int] = {}
        self._status: dict[str, object] = {}

    def message(self, message: Message, dt: int) -> bytes:
        """One line, or two."""
        match message:
            case Sent():
                return self._sent(message, dt)
            case Reply():
                return self._reply(message, dt)
            case Lost(probe, waited_s):
                waited = None if waited_s is None else units(waited_s, _US_PER_S)
                return _line("l", dt, self._which(probe), waited)
            case Duplicate(probe, responder):
                return _line("d", dt, self._which(probe), str(responder))
            case SendFailed(probe, reason, was_sent, was_lost):
                return _line("f", dt, self._which(probe), reason, was_sent, was_lost)
            case Stray(reason, count):
                return _line("x", dt, reason.name, count)
            case SessionStatus():
                return self._told(message, dt)
        raise TypeError(f"{type(message).__name__} is no message")

    def _sent(self, sent: Sent, dt: int) -> bytes:
        probe = sent.probe
        us: int | float = units(sent.at_s, _US_PER_S)
        if isinstance(us, int):
            before, self._sent_us = self._sent_us, us
            us -= before
        is_expected = probe == self._expected
        self._here.add(probe.number)
        self._expected = msgspec.structs.replace(probe, number=probe.number + 1, ttl=probe.ttl + 1)
        if is_expected:
            return b'["s",%d,%d]\n' % (dt, us) if isinstance(us, int) else _line("s", dt, us)
        return _line("s", dt, us, *_fields(probe))

    def _which(self, probe: Probe) -> int | tuple[int, ...]:
        before, self._number = self._number, probe.number
        return probe.number - before if probe.number in self._here else _fields(probe)

    def _reply(self, reply: Reply, dt: int) -> bytes:
        key = msgspec.structs.replace(reply, probe=_ANY_PROBE, rtt_s=None)
        kind = self._kinds.get(key)
        told = b""
        if kind is None:
            if len(self._kinds) >= _KINDS_MAX:
                self._kinds.clear()
            kind = self._kinds[key] = len(self._kinds)
            told = _line("k", kind, Freezer().freeze(key))
        rtt = reply.rtt_s if reply.rtt_s is None else units(reply.rtt_s, _NS_PER_S)
        which = self._which(reply.probe)
        if isinstance(which, int) and isinstance(rtt, int):
            return told + b'["r",%d,%d,%d,%d]\n' % (dt, which, kind, rtt)
        return told + _line("r", dt, which, kind, rtt)

    def _told(self, status: SessionStatus, dt: int) -> bytes:
        fields = {name: getattr(status, name) for name in SessionStatus.__struct_fields__}
        freezer = Freezer()
        changed = {
            name: freezer.freeze(value)
            for name, value in fields.items()
            if name not in self._status or self._status[name] != value
        }
        self._status = fields
        return _line("status", dt, changed)


_ANY_PROBE: Final = Probe(number=0, ttl=0, round=0, query=0, generation=0)


def _fields(probe: Probe) -> tuple[int, ...]:
    return (probe.number, probe.ttl, probe.round, probe.query, probe.flow, probe.generation)


def _line(*parts: object) -> bytes:
    return _encode(parts) + b"\n"


def head_line(*, version: str, began_wall_s: float) -> bytes:
    """The first line of a file."""
    return _line("recording", {"version": version, "began_wall_s": began_wall_s})


def at_line(ticks: int) -> bytes:
    """The time at which the lines after it begin."""
    return _line("at", ticks)


def on_line(target: int) -> bytes:
    """What follows is about this target."""
    return _line("on", target)


def event_lines(events: Sequence[Event]) -> bytes:
    """What was told, by the line before it."""
    return b"".join(_line("event", 0, Freezer().freeze(event)) for event in events)


def value_line(word: str, *parts: object) -> bytes:
    """A line with values of ours in it."""
    freezer = Freezer()
    return _line(word, *(freezer.freeze(part) for part in parts))


def mtu_line(found: PathMtu, dt: int) -> bytes:
    """What is known of the MTU of the path."""
    return _line("mtu", dt, Freezer().freeze(found))
