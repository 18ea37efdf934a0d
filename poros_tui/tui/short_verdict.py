"""What is to be said of a target in a few words: the verdict of its path, shortened. Pure."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import msgspec

from poros_tui.model.clean import clean
from poros_tui.model.privacy import HIDDEN
from poros_tui.model.session import SessionSnapshot
from poros_tui.model.stop import StopKind
from poros_tui.model.targets import TargetSnapshot
from poros_tui.model.verdict.statement import Statement, Topic, Weight
from poros_tui.tui.formatting import ELLIPSIS
from poros_tui.tui.spans import Role

_WORDS_MAX: Final = 200


class Grade(IntEnum):
    """How well a target does; more is worse."""

    GOOD = 0
    UNKNOWN = 1
    TROUBLE = 2
    NOT_REACHED = 3
    BROKEN = 4


_LOOKS: Final = {
    Weight.FINE: (Grade.GOOD, Role.GOOD),
    Weight.NOTE: (Grade.GOOD, Role.TEXT),
    Weight.UNKNOWN: (Grade.UNKNOWN, Role.DIM),
    Weight.TROUBLE: (Grade.TROUBLE, Role.BAD),
}
_UNTOLD: Final = frozenset({Topic.SENDING, Topic.REACH})
"""Of a destination that answers nothing is said of these."""


class ShortVerdict(msgspec.Struct, frozen=True):
    """The words, and how they look."""

    grade: Grade
    words: str
    role: Role
    more: tuple[str, ...] = ()
    """What may follow the words where there is room for it, one after the other."""

    def within(self, width: int) -> str:
        """As much of it as fits into `width` cells."""
        if len(self.words) > width:
            return self.words[: max(0, width - 1)] + ELLIPSIS
        text = self.words
        for more in self.more:
            if len(text) + len(more) > width:
                break
            text += more
        return text


def short_verdict(snapshot: TargetSnapshot, private_hops: int = 0) -> ShortVerdict:
    """Is it traced, does it answer, and what matters most of the verdict on its path. Addresses of
    the first `private_hops` hops are left out."""
    if snapshot.problem:
        advice = clean(snapshot.advice, _WORDS_MAX)
        problem = f"! {clean(snapshot.problem, _WORDS_MAX)}"
        return ShortVerdict(Grade.BROKEN, problem, Role.BAD, (f"; {advice}",) if advice else ())
    session = snapshot.session
    if snapshot.identity is None:
        return ShortVerdict(Grade.UNKNOWN, "looking for its address", Role.DIM)
    if session is None:
        return ShortVerdict(Grade.UNKNOWN, "opening sockets", Role.DIM)
    if session.problem is not None:
        why = f": {clean(session.problem, _WORDS_MAX)}"
        return ShortVerdict(Grade.BROKEN, "! cannot send", Role.BAD, (why,))
    end = snapshot.end
    if end is not None and end.is_destination:
        return _of_destination(snapshot.said, has_figures=end.received + end.lost > 0)
    return _of_unreached(session, private_hops)


def _of_destination(said: tuple[Statement, ...], *, has_figures: bool) -> ShortVerdict:
    # Trouble first, then by topic: where all is well, loss says more than where the delay is.
    told = [one for one in said if one.topic not in _UNTOLD]
    told.sort(key=lambda one: one.weight is not Weight.TROUBLE)
    if not told:
        # Concluded some targets a second, so that figures may stand before it does.
        words = "no verdict yet" if has_figures else "nothing decided yet"
        return ShortVerdict(Grade.UNKNOWN, words, Role.DIM)
    first, *others = told
    grade, role = _LOOKS[first.weight]
    sign = "! " if first.weight is Weight.TROUBLE else ""
    more = tuple(f"; {clean(other.short, _WORDS_MAX)}" for other in others)
    return ShortVerdict(grade, sign + clean(first.short, _WORDS_MAX), role, more)


def _of_unreached(session: SessionSnapshot, private_hops: int) -> ShortVerdict:
    stop = session.status.stop
    if stop is None:
        return ShortVerdict(Grade.UNKNOWN, "tracing", Role.DIM)
    detail = clean(stop.detail, _WORDS_MAX)
    match stop.kind:
        case StopKind.UNREACHABLE:
            is_hidden = stop.ttl is not None and stop.ttl <= private_hops
            who = f", says {HIDDEN if is_hidden else stop.responder} at hop {stop.ttl}"
            return ShortVerdict(Grade.NOT_REACHED, f"! {detail}", Role.BAD, (who,))
        case StopKind.FAILED:
            return ShortVerdict(Grade.BROKEN, "! cannot send", Role.BAD, (f": {detail}",))
        case StopKind.GAP_LIMIT if stop.ttl is None:
            return ShortVerdict(Grade.NOT_REACHED, "nothing answers", Role.WARN)
        case StopKind.GAP_LIMIT:
            return ShortVerdict(Grade.NOT_REACHED, f"silent after hop {stop.ttl}", Role.WARN)
        case StopKind.MAX_HOPS:
            return ShortVerdict(Grade.NOT_REACHED, f"not within {stop.ttl} hops", Role.WARN)
        case _:
            return ShortVerdict(Grade.UNKNOWN, "not traced to its end", Role.DIM)
