"""The book of probes in flight: matches answers to probes, and says what became of each. Pure.

The transport has checked that an answer is ours (addresses, identifier, nonce); the ledger knows
whether the probe it names was sent, is still waited for, was given up, or was answered before.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from math import gcd
from typing import Final

import msgspec

from poros_tui.model.clock import ClockReading, to_microsecond
from poros_tui.model.probe import (
    Duplicate,
    Lost,
    Probe,
    ProbeOutcome,
    Reply,
    RttSource,
    SendFailed,
)
from poros_tui.model.stray import Stray, StrayReason
from poros_tui.probe.tap import Tap
from poros_tui.probe.transport import (
    Answer,
    LocalFailure,
    SendTimes,
    SentAgain,
    TransportEvent,
)

REMEMBER_S: Final = 30.0
"""How long a decided probe is remembered, to know late and duplicate answers from foreign ones.
Answers later than this have not been seen outside of laboratories; it costs 0.4 kB a probe."""


_SOURCES: Final = {
    (True, True): RttSource.KERNEL_KERNEL,
    (True, False): RttSource.KERNEL_USER,
    (False, True): RttSource.USER_KERNEL,
    (False, False): RttSource.USER_USER,
}
"""By whether the kernel stamped the sending, and the receiving."""


class _State(Enum):
    IN_FLIGHT = "in flight"
    ANSWERED = "answered"
    LOST = "lost"
    FAILED = "failed"


class _Flight(msgspec.Struct):
    probe: Probe
    sent_at: ClockReading
    sent_at_s: float
    """From when on it is waited for, on the caller's clock."""
    kernel_sent_at_ns: int | None = None
    state: _State = _State.IN_FLIGHT


class Ledger:
    """Probes by the key that travels in them."""

    def __init__(
        self,
        *,
        timeout_s: float,
        key_space: int,
        first_key: int,
        key_step: int,
        probe_bytes: int | None = None,
        tap: Tap | None = None,
    ) -> None:
        """Keys walk through the whole key space from `first_key` in steps of `key_step`, chosen
        at random by the caller, so that an outsider cannot guess the next one. `probe_bytes` is
        the size of a probe with its IP header, None where it is not known. `tap` is told which
        probes left, and which answers are believed.

        Raises:
            ValueError: the step does not visit every key.
        """
        if gcd(key_step, key_space) != 1:
            raise ValueError(f"a step of {key_step} does not visit all {key_space} keys")
        self._timeout_s = timeout_s
        self._probe_bytes = probe_bytes
        self._tap = tap
        self._key_space = key_space
        self._key_step = key_step
        self._next_key = first_key % key_space
        self._flights: dict[int, _Flight] = {}
        self._by_age: deque[tuple[float, int, _Flight]] = deque()
        self._undecided: deque[tuple[float, int, _Flight]] = deque()
        """In the order of sending; a flight that is waited for anew is in it twice."""

    def take_key(self) -> int:
        """A key for the next probe: the one that was not used for the longest time."""
        key = self._next_key
        self._next_key = (key + self._key_step) % self._key_space
        return key

    def open(self, key: int, probe: Probe, *, sent_at: ClockReading, now_s: float) -> None:
        """`probe` left, carrying `key`. `now_s` is on the caller's clock, as in `expire`."""
        flight = _Flight(probe, sent_at, now_s)
        self._flights[key] = flight
        self._by_age.append((now_s, key, flight))
        self._undecided.append((now_s, key, flight))
        if self._tap is not None:
            self._tap.opened(key, probe)

    def sent_again(self, key: int, *, now_s: float) -> Probe | None:
        """The probe with this key is waited for from now on. None if it is not waited for."""
        flight = self._flights.get(key)
        if flight is None or flight.state is not _State.IN_FLIGHT:
            return None
        flight.sent_at_s = now_s
        self._undecided.append((now_s, key, flight))
        return flight.probe

    def take(self, event: TransportEvent, *, now_s: float) -> ProbeOutcome | None:
        """What an event from the network means; None where it changes nothing by itself."""
        if isinstance(event, SendTimes):
            for key, sent_at_ns in event.sent_at_ns.items():
                stamped = self._flights.get(key)
                if stamped is not None:
                    stamped.kernel_sent_at_ns = sent_at_ns
            return None
        if isinstance(event, Stray):
            return event
        flight = self._flights.get(event.key)
        match event:
            case SentAgain():
                self.sent_again(event.key, now_s=now_s)
                return None
            case LocalFailure():
                return self._fail(flight, event)
            case Answer():
                outcome = self._answer(flight, event, now_s)
                if self._tap is not None and isinstance(outcome, Reply | Duplicate):
                    self._tap.answered(event, outcome)
                return outcome

    def _fail(self, flight: _Flight | None, failure: LocalFailure) -> SendFailed | None:
        if flight is None or flight.state not in (_State.IN_FLIGHT, _State.LOST):
            return None
        was_lost = flight.state is _State.LOST
        flight.state = _State.FAILED
        return SendFailed(flight.probe, failure.reason, was_sent=True, was_lost=was_lost)

    def _answer(self, flight: _Flight | None, answer: Answer, now_s: float) -> ProbeOutcome:
        if flight is None:
            return Stray(StrayReason.UNKNOWN_PROBE)
        if flight.state is _State.FAILED:
            return Stray(StrayReason.NOT_LEFT)
        size = self._probe_bytes
        if answer.mtu is not None and size is not None and answer.mtu >= size:
            return Stray(StrayReason.IMPOSSIBLE_MTU)
        if flight.state is _State.ANSWERED:
            return Duplicate(flight.probe, answer.responder)
        rtt_s, rtt_source = _round_trip(flight, answer)
        was_lost = flight.state is _State.LOST
        took_s = rtt_s if rtt_s is not None else now_s - flight.sent_at_s
        flight.state = _State.ANSWERED
        return Reply(
            probe=flight.probe,
            responder=answer.responder,
            kind=answer.kind,
            rtt_s=rtt_s,
            icmp_type=answer.icmp_type,
            icmp_code=answer.icmp_code,
            reply_ttl=answer.reply_ttl,
            extensions=answer.extensions,
            rtt_source=rtt_source,
            quote=answer.quote,
            mtu=answer.mtu,
            is_ambiguous=answer.is_ambiguous,
            was_lost=was_lost,
            is_late=took_s > self._timeout_s,
        )

    def expire(self, *, now_s: float) -> list[Lost]:
        """The probes whose time is over, and forget those decided long ago."""
        while self._by_age and self._by_age[0][0] + self._timeout_s + REMEMBER_S <= now_s:
            _, key, flight = self._by_age.popleft()
            if self._flights.get(key) is flight:
                del self._flights[key]
        lost = []
        while self._undecided and self._undecided[0][0] + self._timeout_s <= now_s:
            since_s, _, flight = self._undecided.popleft()
            if _is_waited_for(flight, since_s):
                lost.append(self._lose(flight, now_s))
        return lost

    def give_up(self, *, now_s: float) -> list[Lost]:
        """The trace is over: what was not answered by now is lost."""
        lost = [
            self._lose(flight, now_s)
            for since_s, _, flight in self._undecided
            if _is_waited_for(flight, since_s)
        ]
        self._undecided.clear()
        return lost

    def _lose(self, flight: _Flight, now_s: float) -> Lost:
        flight.state = _State.LOST
        return Lost(flight.probe, waited_s=to_microsecond(now_s - flight.sent_at_s))

    @property
    def next_expiry_s(self) -> float | None:
        """When the next probe may become lost, on the caller's clock; None with none in flight."""
        while self._undecided:
            since_s, _, flight = self._undecided[0]
            if _is_waited_for(flight, since_s):
                return since_s + self._timeout_s
            self._undecided.popleft()
        return None


def _is_waited_for(flight: _Flight, since_s: float) -> bool:
    """Whether the probe is in flight, and was not sent again later."""
    return flight.state is _State.IN_FLIGHT and flight.sent_at_s == since_s


def _round_trip(flight: _Flight, answer: Answer) -> tuple[float, RttSource] | tuple[None, None]:
    if answer.is_ambiguous:
        return None, None
    if answer.measured_rtt_s is not None:
        return answer.measured_rtt_s, RttSource.TCP_INFO
    if flight.sent_at.was_stepped_by(answer.read_at):
        return None, None
    sent_at_ns = flight.kernel_sent_at_ns
    source = _SOURCES[sent_at_ns is not None, answer.is_kernel_stamped]
    if sent_at_ns is None:
        sent_at_ns = flight.sent_at.realtime_ns
    rtt_ns = answer.received_at_ns - sent_at_ns
    return (rtt_ns / 1e9, source) if rtt_ns > 0 else (None, None)
