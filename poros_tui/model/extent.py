"""How far the path goes: the destination's distance, learned from the answers in any order."""

from __future__ import annotations

from math import ceil, log
from typing import Final

import msgspec

from poros_tui.model.probe import AnswerKind, IPAddress, Lost, Reply
from poros_tui.model.stop import StopKind, StopReason
from poros_tui.packets.icmp_codes import is_too_big, unreachable_words

SILENT_ROUNDS_BEFORE_DOUBT: Final = 3
"""Rounds in a row that the last hop may be silent before the path is explored beyond it again: it
may have grown while the hop now in that place is silent. With 30 % loss at the destination 3 in a
row come in 1 of 37 rounds; an exploration costs at most gap_limit probes."""
_LOSS_OF_DOUBT: Final = 0.3
_USUAL_LOSS_MOST: Final = 0.95
DOUBT_EVERY: Final = 5
"""While the silence lasts, every fifth round explores again: 1.6 extra packets a second."""
FRESH_ROUNDS: Final = 2
"""When the last hop turns into a router, a terminal answer from beyond it still counts if it is
not older than this: a path whose length alternates needs no new exploration. An older one comes
from before the change (the first burst goes beyond every destination)."""
_PRECEDENCE: Final = {
    AnswerKind.UNREACHABLE: 0,
    AnswerKind.REACHED: 1,
    AnswerKind.TIME_EXCEEDED: 2,
}


class _Answer(msgspec.Struct, frozen=True):
    """What the newest answered probe of a TTL got."""

    probe_number: int
    round: int
    kind: AnswerKind
    responder: IPAddress
    icmp_type: int | None
    icmp_code: int | None
    mtu: int | None
    quoted_ttl: int | None
    """What was left of its TTL where it was answered; None where that is not told."""

    @property
    def is_too_big(self) -> bool:
        """Whether it says that the probe was too big for a link."""
        return is_too_big(self.responder.version, self.icmp_type, self.icmp_code)


class PathExtent:
    """Folds answers into: how far to probe, and where the path ends.

    The newest probe of a TTL decides what that hop is, whatever the order of arrival, so that an
    answer still under way from before a route change never undoes a newer one. The lowest TTL
    whose newest answer is terminal ends the path. Where there are several flows, this is the newest
    of each: the path goes on as long as it does for one of them.
    """

    def __init__(self, first_hop: int) -> None:
        self._first_hop = first_hop
        self._of_flows: dict[int, dict[int, _Answer]] = {}
        """By TTL and flow."""
        self._answers: dict[int, _Answer] = {}
        """Of these, for each TTL the one that says what it is."""
        self._silent_rounds = 0
        self._silent_round: int | None = None
        """The newest round in which the last hop was silent."""
        self._end_asked = self._end_lost = 0
        """Probes to the last hop that were decided, and lost, before its silence of now."""
        self.distance: int | None = None
        """The lowest TTL that reached the destination, None while none has; where it is barred now,
        that of the time before."""
        self._open_distance: int | None = None
        """That of the time in which nobody refused."""
        self.unreachable_ttl: int | None = None
        """The lowest TTL where somebody said that the path ends; None where nobody does, or where
        probes of the time reach the destination all the same."""
        self.end: int | None = None
        """The last hop of the path: destination or unreachable. None while not known."""
        self.last_answer: int | None = None
        """The highest TTL before the end that is known to be on the path."""

    def add_reply(self, reply: Reply) -> bool:
        """Learn from an answer. Returns whether it changes what the path is."""
        probe = reply.probe
        known = self._of_flows.get(probe.ttl, {}).get(probe.flow)
        if known is not None and known.probe_number > probe.number:
            return False
        before = self.end, self.last_answer, self.is_doubted
        told = self._answers.get(probe.ttl)
        is_news = True
        if probe.ttl == self.end:
            self._end_asked += self._silent_rounds + 1
            self._end_lost += self._silent_rounds
            self._hear_of_end()
            if not reply.kind.is_terminal:
                self._forget_ends(before_round=probe.round - FRESH_ROUNDS)
                if known is not None and known.is_too_big:
                    # This machine parts them since it was told: none was refused for good.
                    self._forget_ends(before_number=probe.number)
        elif self._proves_growth(reply):
            self._forget_ends(before_number=probe.number)
        elif told and told.kind is reply.kind is AnswerKind.TIME_EXCEEDED:
            is_news = False  # by far the most answers: still a router, so nothing else follows
        flows = self._of_flows.setdefault(probe.ttl, {})
        flows[probe.flow] = _answer_of(reply)
        self._answers[probe.ttl] = _of_all(flows)
        if not is_news:
            return False
        self._draw_conclusions()
        return before != (self.end, self.last_answer, self.is_doubted)

    def _hear_of_end(self) -> None:
        self._silent_rounds = 0
        self._silent_round = None

    def _proves_growth(self, reply: Reply) -> bool:
        """Somebody answers from beyond the end, which itself has been silent for long. That the
        destination answers to more than its distance proves nothing: only the silence does."""
        is_router = reply.kind is AnswerKind.TIME_EXCEEDED
        needed = SILENT_ROUNDS_BEFORE_DOUBT if is_router else self._rounds_of_true_silence
        return (
            self.end is not None
            and reply.probe.ttl > self.end
            and self._silent_rounds >= needed
            and reply.probe.number > self._answers[self.end].probe_number
        )

    @property
    def _rounds_of_true_silence(self) -> int:
        """Rounds after which the silence of the last hop is as rare by its usual loss as three are
        with 30 %."""
        usual = min(_USUAL_LOSS_MOST, (self._end_lost + 0.5) / (self._end_asked + 2))
        needed = ceil(SILENT_ROUNDS_BEFORE_DOUBT * log(_LOSS_OF_DOUBT) / log(usual))
        return max(SILENT_ROUNDS_BEFORE_DOUBT, needed)

    def _forget_ends(self, *, before_number: int = 0, before_round: int = 0) -> None:
        """Terminal answers of older probes tell of a path that is no more."""
        for ttl, flows in list(self._of_flows.items()):
            kept = {
                flow: answer
                for flow, answer in flows.items()
                if not answer.kind.is_terminal
                or (answer.probe_number >= before_number and answer.round >= before_round)
            }
            if kept:
                self._of_flows[ttl], self._answers[ttl] = kept, _of_all(kept)
            else:
                del self._of_flows[ttl], self._answers[ttl]

    def add_lost(self, lost: Lost) -> None:
        """Learn from silence: only that of the last hop means anything here."""
        probe = lost.probe
        known = self._answers.get(probe.ttl)
        is_news = self._silent_round is None or probe.round > self._silent_round
        if probe.ttl == self.end and known and known.probe_number < probe.number and is_news:
            self._silent_rounds += 1
            self._silent_round = probe.round

    def _lowest(self, kind: AnswerKind) -> int | None:
        return min(
            (ttl for ttl, answer in self._answers.items() if answer.kind is kind), default=None
        )

    def _draw_conclusions(self) -> None:
        end_before = self.end
        self.distance = self._lowest(AnswerKind.REACHED)
        refused = self._lowest(AnswerKind.UNREACHABLE)
        if refused is None:
            self._open_distance = self.distance
        elif self._is_contradicted(refused):
            refused = None
        elif self._open_distance is not None:
            # What is left may be from the first burst, which went beyond.
            self.distance = min(self.distance or self._open_distance, self._open_distance)
        self.unreachable_ttl = refused
        self.end = refused if refused is not None else self.distance
        if self.end != end_before:
            self._hear_of_end()
            self._end_asked = self._end_lost = 0
        self.last_answer = max(
            (
                ttl
                for ttl, answer in self._answers.items()
                if answer.kind is AnswerKind.TIME_EXCEEDED and (self.end is None or ttl < self.end)
            ),
            default=None,
        )

    def _is_contradicted(self, refused: int) -> bool:
        """The destination is reached all the same: some ways are barred, others are not. The round
        before counts too, or a round that stops at the refusal would never come to the proof."""
        reached = self.distance
        if reached is None:
            return False
        return (
            reached <= refused or self._answers[reached].round >= self._answers[refused].round - 1
        )

    @property
    def is_doubted(self) -> bool:
        """The last hop has been silent for so long that the path is to be explored beyond it."""
        silent = self._silent_rounds - SILENT_ROUNDS_BEFORE_DOUBT
        return silent >= 0 and silent % DOUBT_EVERY == 0

    def limit(self, *, max_hops: int, gap_limit: int) -> int:
        """The highest TTL worth probing with what is known now (a gap limit of 0 is none)."""
        end = self.end
        if end is not None and not self.is_doubted:
            return end
        reference = end if end is not None else (self.last_answer or self._first_hop - 1)
        return min(max_hops, reference + gap_limit) if gap_limit else max_hops

    @property
    def stop_reason(self) -> StopReason | None:
        """Why a trace ends at `end`; None while the end is not known."""
        if self.end is None:
            return None
        if self.unreachable_ttl is None:
            is_nearest_asked = self.end == self._first_hop > 1
            detail = " or before" if is_nearest_asked else ""
            return StopReason(kind=StopKind.REACHED, ttl=self.end, detail=detail)
        refusal = self._answers[self.end]
        return StopReason(
            kind=StopKind.UNREACHABLE,
            ttl=self._place_of(refusal),
            responder=refusal.responder,
            detail=unreachable_words(
                refusal.responder.version, refusal.icmp_type, refusal.icmp_code, refusal.mtu
            ),
        )

    def _place_of(self, refusal: _Answer) -> int:
        """The TTL of who refuses. A router takes back what it cannot pass on, and at its own TTL
        says that this has run out (RFC 1812 section 5.2.1): its place is there, one hop before the
        first probe that it refuses. Where it has not said so, what was left of the TTL when the
        probe came to it tells the place; what is too big was refused one hop behind it at least."""
        assert self.end is not None
        own = max(
            (
                ttl
                for ttl, answer in self._answers.items()
                if ttl < self.end and answer.responder == refusal.responder
            ),
            default=None,
        )
        if own is not None:
            return own
        if refusal.is_too_big:
            return max(self.end - 1, 1)
        by_quote = self.end if refusal.quoted_ttl is None else self.end - refusal.quoted_ttl + 1
        return by_quote if 1 <= by_quote <= self.end else self.end


def _of_all(flows: dict[int, _Answer]) -> _Answer:
    """What a TTL is by the newest answers of the flows: on the path of one of them rather than the
    end of all, and the destination rather than barred. Those from before a change do not count."""
    if len(flows) == 1:
        return next(iter(flows.values()))
    since_round = max(answer.round for answer in flows.values()) - FRESH_ROUNDS
    return max(
        (answer for answer in flows.values() if answer.round >= since_round),
        key=lambda answer: (_PRECEDENCE[answer.kind], answer.probe_number),
    )


def _answer_of(reply: Reply) -> _Answer:
    return _Answer(
        reply.probe.number,
        reply.probe.round,
        reply.kind,
        reply.responder,
        reply.icmp_type,
        reply.icmp_code,
        reply.mtu,
        None if reply.quote is None else reply.quote.ttl,
    )
