"""Outcomes, in whatever order they come, as whole rounds in the order of sending.

Who looks for changes needs to know what came before what. A round is handed on when nothing more
is sent in it and every probe of it is decided, and never before an earlier one: so a silent hop
holds it up for as long as the timeout.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final, NamedTuple

from poros_tui.model.probe import (
    AnswerKind,
    IPAddress,
    Lost,
    Probe,
    ProbeOutcome,
    Reply,
    SendFailed,
    Sent,
)
from poros_tui.model.session import SessionState, SessionStatus
from poros_tui.packets.icmp_codes import is_too_big

ROUNDS_KEPT: Final = 128
"""Rounds that can still be looked back at: two minutes at one a second."""
_OPEN_MAX: Final = 2048
"""Rounds that wait: with 0.1 s between them and a timeout of 60 s there are 600."""


class Sight(NamedTuple):
    """When something was seen: when the probe was sent that shows it."""

    round: int
    at_s: float


class Seen(NamedTuple):
    """One answer, as far as it tells of the path."""

    number: int
    """Of the probe."""
    flow: int
    responder: IPAddress
    kind: AnswerKind


NOTHING_SEEN: Final[list[Seen]] = []
"""Stands in rounds that all have looked at: one for 4000 hops that are kept."""


class HopRound:
    """What one hop did in one round."""

    __slots__ = (
        "answered",
        "at_s",
        "failed",
        "failure",
        "late",
        "lost",
        "median_s",
        "refusal",
        "refused",
        "rtts_s",
        "seen",
        "sent",
    )

    def __init__(self, at_s: float) -> None:
        self.at_s = at_s
        """When its first probe was sent."""
        self.sent = 0
        """Probes that left this machine."""
        self.answered = 0
        self.lost = 0
        self.late = 0
        """Of `answered`: those that took a loss back."""
        self.refused = 0
        """Of `answered`: those of which somebody said that the path ends here."""
        self.failed = 0
        """Probes that did not leave."""
        self.failure = ""
        """Why the newest of them did not, in words."""
        self.refusal: Reply | None = None
        """The newest that said that the path ends here, but for packets that are too big."""
        self.rtts_s: list[float] = []
        self.median_s: float | None = None
        """Of the round-trip times, once the round is handed on; None where there are none. Probes
        of one round meet the same queues: for statistics over time they are one sample."""
        self.seen: list[Seen] = []
        """In the order of sending, once the round is handed on."""

    @property
    def loss(self) -> float | None:
        """Share of what was sent that was lost, 0 to 1; None where nothing was."""
        return self.lost / self.sent if self.sent else None

    def finish(self) -> None:
        """All is decided."""
        if self.rtts_s:
            self.median_s = self.rtts_s[0] if len(self.rtts_s) == 1 else median(self.rtts_s)
        if len(self.seen) > 1:
            self.seen.sort()


class Round:
    """One pass over the hops."""

    __slots__ = ("hops", "is_done", "is_over", "number", "reached", "undecided")

    def __init__(self, number: int) -> None:
        self.number = number
        self.hops: dict[int, HopRound] = {}
        """By TTL."""
        self.undecided = 0
        self.is_over = False
        """Nothing more is sent in it."""
        self.is_done = False
        """It was handed on."""
        self.reached: int | None = None
        """The lowest TTL at which the destination answered; None where it did not."""

    def finish(self) -> None:
        """All is decided."""
        self.is_over = self.is_done = True
        for hop in self.hops.values():
            hop.finish()

    def forget_answers(self) -> None:
        """All have looked at them."""
        for hop in self.hops.values():
            hop.seen = NOTHING_SEEN


class RoundBook:
    """Collects outcomes of one generation."""

    def __init__(self) -> None:
        self._open: deque[Round] = deque()
        self._by_number: dict[int, Round] = {}
        """Those that are open, and those that are kept."""
        self._newest = -1
        self.kept: deque[Round] = deque()
        """Handed on, oldest first."""

    def begin(self, number: int) -> None:
        """The engine says which round is under way: those before it are over, and so is this one
        if it says so again (it speaks at the beginning and at the end)."""
        for one in self._open:
            if one.number < number or number == self._newest:
                one.is_over = True
        self._newest = max(self._newest, number)

    def end(self) -> None:
        """Nothing is sent any more."""
        for one in self._open:
            one.is_over = True

    def hear(self, status: SessionStatus) -> None:
        """The engine says what it does."""
        if status.state is SessionState.FINISHED:
            self.end()
        else:
            self.begin(status.round)

    def take(self, outcome: ProbeOutcome, now_s: float) -> bool:
        """What became of a probe of this generation. Whether a round may be complete now."""
        match outcome:
            case Reply():
                self.answered(outcome)
            case Sent(probe):
                self.sent(probe, now_s)
                return False
            case Lost():
                self.lost(outcome)
            case SendFailed():
                self.failed(outcome, now_s)
        return self.has_finished

    def sent(self, probe: Probe, now_s: float) -> None:
        """`probe` left."""
        hop = self._place(probe, now_s)
        if hop is not None:
            hop.sent += 1

    def _place(self, probe: Probe, now_s: float) -> HopRound | None:
        """Where a new probe belongs; None where its round was handed on (somebody changed the
        interval while a sequential round was under way, and it was taken to be over)."""
        one = self._by_number.get(probe.round)
        if one is None:
            if self.kept and self.kept[-1].number > probe.round:
                return None
            one = self._by_number[probe.round] = Round(probe.round)
            self._open.append(one)
        elif one.is_done:
            return None
        one.undecided += 1
        hop = one.hops.get(probe.ttl)
        if hop is None:
            hop = one.hops[probe.ttl] = HopRound(now_s)
        return hop

    def answered(self, reply: Reply) -> None:
        """An answer came, perhaps so late that its probe stands as lost."""
        probe = reply.probe
        one = self._by_number.get(probe.round)
        hop = one.hops.get(probe.ttl) if one is not None else None
        if one is None or hop is None:
            return
        if reply.was_lost:
            if not hop.lost:
                return  # it was sent when the round had been handed on
            hop.lost -= 1
            hop.late += 1
        elif one.is_done:
            return
        else:
            one.undecided -= 1
        hop.answered += 1
        if reply.rtt_s is not None:
            hop.rtts_s.append(reply.rtt_s)
        is_refusal = reply.kind is AnswerKind.UNREACHABLE
        is_of_size = is_refusal and is_too_big(
            reply.responder.version, reply.icmp_type, reply.icmp_code
        )
        hop.refused += is_refusal and not is_of_size
        if one.is_done or is_of_size:
            return
        if reply.kind is AnswerKind.REACHED:
            if one.reached is None or probe.ttl < one.reached:
                one.reached = probe.ttl
        elif is_refusal:
            hop.refusal = reply
        hop.seen.append(Seen(probe.number, probe.flow, reply.responder, reply.kind))

    def lost(self, lost: Lost) -> None:
        """The time for an answer is over."""
        one = self._by_number.get(lost.probe.round)
        hop = one.hops.get(lost.probe.ttl) if one is not None else None
        if one is not None and hop is not None and not one.is_done:
            hop.lost += 1
            one.undecided -= 1

    def failed(self, failed: SendFailed, now_s: float) -> None:
        """A probe did not leave, or came back undelivered from this very machine."""
        if not failed.was_sent:
            hop = self._place(failed.probe, now_s)
        else:
            known = self._by_number.get(failed.probe.round)
            hop = known.hops.get(failed.probe.ttl) if known is not None else None
        one = self._by_number.get(failed.probe.round)
        if one is None or hop is None or one.is_done:
            return
        hop.failed += 1
        hop.failure = failed.reason
        hop.sent -= failed.was_sent
        if failed.was_lost:
            hop.lost -= 1
        else:
            one.undecided -= 1

    @property
    def has_finished(self) -> bool:
        """Whether the oldest round that was not handed on yet is complete."""
        if not self._open:
            return False
        head = self._open[0]
        if head.undecided <= 0 and (head.is_over or head.number < self._newest):
            return True
        return len(self._open) > _OPEN_MAX

    def round(self, number: int) -> Round | None:
        """The one of that number; None where it is not kept."""
        return self._by_number.get(number)

    @property
    def under_way(self) -> Sequence[Round]:
        """Those that were not handed on yet, oldest first."""
        return self._open

    def take_finished(self) -> Iterator[Round]:
        """The rounds that are complete and were not handed on yet, in their order."""
        while self.has_finished:
            head = self._open[0]
            self._open.popleft()
            head.finish()
            self.kept.append(head)
            if len(self.kept) > ROUNDS_KEPT:
                del self._by_number[self.kept.popleft().number]
            yield head
