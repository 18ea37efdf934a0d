"""The search for the path's MTU: which packet to send next, and what its fate says. Pure.

Nobody may part the packets (DF). Where a router tells what its next link takes, that is tried, and
a byte more (RFC 1191). Where it tells only that a packet was too big, the usual MTUs are tried from
the top (its section 7.1), then the range is halved. Where nothing comes back at all, a packet was
lost, or too big for a link whose router is silent (a black hole, RFC 2923 section 2.1): then small
packets are sent beside it, and only if they are answered the large one counts as too big (RFC 4821
section 7.6.2, RFC 8899 section 4.3).

An answer proves that a size passes; silence proves nothing. So a wrong verdict can only be one that
took loss for a limit, and it ends in a byte that would pass: that byte is asked for again and again
until loss is too unlikely a reason, and if it passes after all, the search goes on from there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from enum import Enum
from typing import Final

import msgspec

from poros_tui.model.path_mtu import MtuMethod, PathMtu
from poros_tui.model.probe import IPAddress

PLATEAUS: Final = (8166, 4352, 2002, 1492, 1006, 508, 296)
"""Usual MTUs, RFC 1191 section 7.1, up to a jumbo frame."""
DOUBT_MAX: Final = 0.0005
"""Of the last byte: the likelihood that all packets of its size were merely lost."""
TRIES_MIN, TRIES_MAX = 3, 10
"""Packets of that size, whatever the doubt."""
ORPHANED_AFTER: Final = 6
"""Small packets unanswered in a row: the target has gone."""
UNUSABLE_AFTER: Final = 2
"""The same of a router on the way, which is then passed over."""


class Ask(msgspec.Struct, frozen=True):
    """A packet to send."""

    ttl: int
    size: int
    """Bytes, IP header included."""


class Fate(Enum):
    """What became of it."""

    PASSED = "passed"
    """Who was asked has answered."""
    TOO_BIG = "too big"
    """A router says so."""
    SILENT = "silent"
    NOT_SENT = "not sent"
    """This machine refused it: it is larger than our own link takes."""


class Heard(msgspec.Struct, frozen=True):
    """The fate of one packet."""

    fate: Fate
    responder: IPAddress | None = None
    mtu: int | None = None
    """With TOO_BIG: what the next link takes, None where that is not told."""


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Where to search, and for what."""

    target: int
    """TTL of who is asked: the destination, or the farthest hop that answers."""
    send_ttl: int
    """TTL of the packets to it; more than `target` for a destination, so that a path that grows a
    little is still searched to its end."""
    is_destination: bool
    has_large_replies: bool
    """Its answers are as large as the questions (echo)."""
    routers: Mapping[int, Sequence[IPAddress]]
    """Who answers on the way, by TTL; below `target`."""
    small: int
    """Bytes of a packet that passes for certain."""
    floor: int
    """Bytes that every link must take."""
    ceiling: int
    """Bytes of the largest packet to try."""
    link_mtu: int | None
    """What our own interface takes, None where that is not known."""


class _Limit(msgspec.Struct, frozen=True):
    """Why a size does not pass."""

    method: MtuMethod
    responder: IPAddress | None = None
    mtu: int | None = None


_Step = Generator[tuple[Ask, ...], Sequence[Heard], "_Verdict"]
_Verdict = Heard | None
"""None: who is asked does not answer small packets any more."""


class MtuSearch:
    """One search. Send what it asks, tell it what became of that, until it asks nothing more."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._low = scope.small
        self._has_passed = False
        above = MtuMethod.INTERFACE if scope.ceiling == scope.link_mtu else MtuMethod.LIMIT
        self._limits: dict[int, _Limit] = {scope.ceiling + 1: _Limit(above)}
        self._silences: Counter[Ask] = Counter()
        self._answers: Counter[Ask] = Counter()
        self._near = 0
        self._far: int | None = None
        self._is_exact = False
        self._is_over = False
        self._problem = ""
        self.probes = 0
        """Packets that were sent."""
        self._steps = self._run()
        self.asks: tuple[Ask, ...] = next(self._steps)
        """What to send now, in this order; empty when the search is over."""

    def hear(self, heard: Sequence[Heard]) -> None:
        """What became of `asks`, one for each."""
        for ask, what in zip(self.asks, heard, strict=True):
            self.probes += what.fate is not Fate.NOT_SENT
            self._answers[ask] += what.fate is Fate.PASSED
            self._silences[ask] += what.fate is Fate.SILENT
        try:
            self.asks = self._steps.send(heard)
        except StopIteration:
            self.asks = ()
            self._is_over = True

    def hear_late(self, ask: Ask) -> None:
        """A packet that counted as silent was answered after all."""
        self._silences[ask] -= 1
        self._answers[ask] += 1
        if ask.ttl == self._scope.send_ttl and not self._is_exact:
            self._pass(ask.size)

    def stop(self, problem: str = "") -> None:
        """Nothing more will be sent."""
        self.asks = ()
        self._is_over = True
        self._problem = self._problem or problem

    @property
    def finding(self) -> PathMtu:
        """What is known by now."""
        scope = self._scope
        too_big = self._too_big
        limit = self._limits[too_big]
        is_limit_of_ours = limit.method in (MtuMethod.INTERFACE, MtuMethod.LIMIT)
        is_silence = limit.method is MtuMethod.SILENCE
        hop = self._near if self._far is not None else None
        return PathMtu(
            mtu=self._low if self._has_passed else None,
            too_big=None if is_limit_of_ours else too_big,
            is_exact=self._is_exact,
            method=limit.method if self._is_exact else None,
            confidence=1 - self._doubt(too_big) if self._is_exact and is_silence else None,
            hop=hop,
            beyond=self._far,
            responder=limit.responder or self._address(hop),
            is_return_possible=is_silence and scope.has_large_replies and self._is_last_link,
            reaches=scope.target,
            is_to_destination=scope.is_destination,
            probes=self.probes,
            is_over=self._is_over,
            problem=self._problem,
        )

    def _address(self, hop: int | None) -> IPAddress | None:
        known = self._scope.routers.get(hop, ()) if hop is not None else ()
        return known[0] if known else None

    @property
    def _is_last_link(self) -> bool:
        return self._scope.is_destination and self._far == self._scope.target

    @property
    def _too_big(self) -> int:
        return min(self._limits)

    # --- the size ------------------------------------------------------------------------------

    def _run(self) -> Generator[tuple[Ask, ...], Sequence[Heard], None]:
        target = self._scope.send_ttl
        size = self._scope.ceiling
        while True:
            heard = yield from self._try(target, size, self._scope.small, ORPHANED_AFTER)
            if heard is None:
                self._problem = "nothing answers any more"
                return
            self._learn(size, heard)
            limit = self._limits[self._too_big]
            if limit.mtu == self._low and self._too_big > self._low + 1:
                # As much passes as was told: then a byte more must not.
                (heard,) = yield (Ask(target, self._low + 1),)
                if heard.fate is not Fate.SILENT:
                    self._learn(self._low + 1, heard)
                else:
                    self._limits[self._low + 1] = limit
            while self._is_in_doubt:
                yield from self._confirm(target, self._too_big, self._scope.small)
                if self._problem:
                    return
            if self._too_big == self._low + 1:
                break
            size = self._next_size()
        self._is_exact = True
        yield from self._locate()

    @property
    def _is_in_doubt(self) -> bool:
        too_big = self._too_big
        is_adjacent = too_big == self._low + 1
        is_silence = self._limits[too_big].method is MtuMethod.SILENCE
        return is_adjacent and is_silence and not self._is_sure(self._scope.send_ttl, too_big)

    def _next_size(self) -> int:
        """Between what passes and what does not."""
        low, high = self._low, self._too_big
        limit = self._limits[high]
        if limit.mtu is not None and low < limit.mtu < high:
            return limit.mtu
        floor = self._scope.floor
        if limit.method is MtuMethod.REFUSED and low <= floor:
            plateau = next((size for size in PLATEAUS if max(low, floor) < size < high), None)
            if plateau is not None:
                return plateau
        middle = (low + high) // 2
        return max(middle, floor) if floor < high else middle

    def _learn(self, size: int, heard: Heard) -> None:
        scope = self._scope
        if size <= self._low:
            return  # it has passed since, late
        match heard.fate:
            case Fate.PASSED:
                self._pass(size)
            case Fate.SILENT:
                self._limits[size] = _Limit(MtuMethod.SILENCE)
            case Fate.NOT_SENT:
                self._limits[size] = _Limit(MtuMethod.INTERFACE)
            case Fate.TOO_BIG:
                mtu = heard.mtu
                if mtu is not None and max(scope.floor, self._low) <= mtu < size:
                    self._limits[size] = _Limit(MtuMethod.TOLD, heard.responder, mtu)
                else:  # not told, or not to be believed
                    self._limits[size] = _Limit(MtuMethod.REFUSED, heard.responder)

    def _pass(self, size: int) -> None:
        self._has_passed = True
        self._low = max(self._low, size)
        self._limits = {each: limit for each, limit in self._limits.items() if each > self._low}

    # --- loss, or a limit? ---------------------------------------------------------------------

    def _try(self, ttl: int, size: int, small: int, orphaned_after: int) -> _Step:
        """Ask until it is answered, or its silence is no matter of chance."""
        ask, control = Ask(ttl, size), Ask(ttl, small)
        (heard,) = yield (ask,)
        silences, answered, unanswered = 1, 0, 0
        while heard.fate is Fate.SILENT:
            if answered and silences >= self._tries:
                return heard
            if not answered and unanswered >= orphaned_after:
                return None
            heard, small_heard = yield from self._pair(ask, control, silences)
            silences += 1
            answered += small_heard.fate is Fate.PASSED
            unanswered += small_heard.fate is not Fate.PASSED
            self._has_passed |= small_heard.fate is Fate.PASSED and ttl == self._scope.send_ttl
        return heard

    @property
    def _tries(self) -> int:
        """One more where packets get lost."""
        return 3 if self._lost else 2

    def _pair(
        self, ask: Ask, control: Ask, turn: int
    ) -> Generator[tuple[Ask, ...], Sequence[Heard], tuple[Heard, Heard]]:
        """Which goes first changes: a router that answers every other packet must not be taken for
        one that answers only small ones."""
        if turn % 2:
            small_heard, heard = yield control, ask
        else:
            heard, small_heard = yield ask, control
        return heard, small_heard

    def _confirm(self, ttl: int, size: int, small: int) -> _Step:
        """Ask once more for the last byte."""
        ask, control = Ask(ttl, size), Ask(ttl, small)
        orphaned = 0
        while True:
            heard, small_heard = yield from self._pair(ask, control, self._silences[ask])
            if heard.fate is not Fate.SILENT:
                if ttl == self._scope.send_ttl:
                    self._learn(size, heard)
                return heard
            if small_heard.fate is Fate.PASSED:
                return heard
            self._silences[ask] -= 1  # nothing came through: that says nothing of the size
            orphaned += 1
            if orphaned >= ORPHANED_AFTER:
                self._problem = "nothing answers any more"
                return None

    @property
    def _lost(self) -> int:
        """Packets that should have been answered and were not."""
        return sum(count for ask, count in self._silences.items() if self._should_pass(ask))

    def _should_pass(self, ask: Ask) -> bool:
        return ask.size <= self._low and ask.ttl == self._scope.send_ttl

    def _doubt(self, size: int, ttl: int | None = None) -> float:
        """How likely it is that all packets of this size were lost by chance."""
        target = self._scope.send_ttl
        answered = sum(count for ask, count in self._answers.items() if self._should_pass(ask))
        # Two lost and two answered are added: that a few packets were not lost proves little
        # (Agresti and Coull, The American Statistician 52(2), 1998, p. 122).
        share = (self._lost + 2) / (self._lost + answered + 4)
        tries = self._silences[Ask(target if ttl is None else ttl, size)]
        return float(share**tries)

    def _is_sure(self, ttl: int, size: int) -> bool:
        tries = self._silences[Ask(ttl, size)]
        return tries >= TRIES_MAX or (tries >= TRIES_MIN and self._doubt(size, ttl) <= DOUBT_MAX)

    # --- the place -----------------------------------------------------------------------------

    def _locate(self) -> Generator[tuple[Ask, ...], Sequence[Heard], None]:
        limit = self._limits[self._too_big]
        match limit.method:
            case MtuMethod.SILENCE:
                yield from self._locate_silence()
            case MtuMethod.TOLD | MtuMethod.REFUSED:
                routers = self._scope.routers
                own = [ttl for ttl, known in routers.items() if limit.responder in known]
                if len(own) == 1:
                    self._near, self._far = own[0], own[0] + 1
                else:
                    yield from self._locate_refusal()

    def _locate_refusal(self) -> Generator[tuple[Ask, ...], Sequence[Heard], None]:
        """Who refuses has an address that no hop has, or several, behind a NAT that answers for
        them: it stands before the first TTL at which the packet is too big, because it expires
        first (RFC 1812 section 5.2.1)."""
        near, far = 0, self._scope.target
        while far - near > 1:
            ttl = (near + far) // 2
            (heard,) = yield (Ask(ttl, self._too_big),)
            if heard.fate is Fate.TOO_BIG:
                far = ttl
            else:
                near = ttl
        self._near, self._far = near, far

    def _locate_silence(self) -> Generator[tuple[Ask, ...], Sequence[Heard], None]:
        """Ask the routers on the way. Their answers are short, whatever they are about."""
        size, fitting, target = self._too_big, self._low, self._scope.target
        usable = sorted(self._scope.routers)
        near, failed = 0, {target}
        while True:
            far = min(failed)
            between = [ttl for ttl in usable if near < ttl < far]
            if between:
                ttl = between[len(between) // 2]
                heard = yield from self._try(ttl, size, fitting, UNUSABLE_AFTER)
            elif far != target and not self._is_sure(far, size):
                ttl = far
                heard = yield from self._confirm(ttl, size, fitting)
                if heard is None:
                    self._problem = ""
                    usable.remove(ttl)
                    failed.discard(ttl)
                    continue
            else:
                break
            if heard is None:
                usable.remove(ttl)
            elif heard.fate is Fate.PASSED:
                near = ttl
                failed = {each for each in failed if each > ttl}
            else:
                failed.add(ttl)
        self._near, self._far = near, far
