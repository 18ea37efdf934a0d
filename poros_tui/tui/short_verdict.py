"""What is to be said of a target in a few words. Pure."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import msgspec

from poros_tui.model.clean import clean
from poros_tui.model.session import SessionSnapshot
from poros_tui.model.statistics import wilson_interval
from poros_tui.model.stop import StopKind
from poros_tui.model.targets import TargetSnapshot
from poros_tui.tui.formatting import ELLIPSIS, percent
from poros_tui.tui.rows import loss_role
from poros_tui.tui.spans import Role
from poros_tui.tui.verdict import Verdict

_WORDS_MAX: Final = 200


class Grade(IntEnum):
    """How well a target does; more is worse."""

    GOOD = 0
    UNKNOWN = 1
    LOSING = 2
    NOT_REACHED = 3
    BROKEN = 4


class ShortVerdict(msgspec.Struct, frozen=True):
    """The words, and how they look."""

    grade: Grade
    words: str
    role: Role
    more: str = ""
    """What may follow the words where there is room for it."""

    def within(self, width: int) -> str:
        """As much of it as fits into `width` cells."""
        for text in (self.words + self.more, self.words):
            if len(text) <= width:
                return text
        return self.words[: max(0, width - 1)] + ELLIPSIS


def short_verdict(snapshot: TargetSnapshot) -> ShortVerdict:
    """End to end: is it traced, does it answer, how much is lost."""
    if snapshot.problem:
        advice = clean(snapshot.advice, _WORDS_MAX)
        problem = f"! {clean(snapshot.problem, _WORDS_MAX)}"
        return ShortVerdict(Grade.BROKEN, problem, Role.BAD, f"; {advice}" if advice else "")
    session = snapshot.session
    if snapshot.identity is None:
        return ShortVerdict(Grade.UNKNOWN, "looking for its address", Role.DIM)
    if session is None:
        return ShortVerdict(Grade.UNKNOWN, "opening sockets", Role.DIM)
    if session.problem is not None:
        why = f": {clean(session.problem, _WORDS_MAX)}"
        return ShortVerdict(Grade.BROKEN, "! cannot send", Role.BAD, why)
    end = snapshot.end
    if end is not None and end.is_destination:
        return _of_destination(snapshot)
    return _of_unreached(session)


def _of_destination(snapshot: TargetSnapshot) -> ShortVerdict:
    end = snapshot.end
    assert end is not None  # the caller has looked
    decided = end.lost + end.received
    if not decided:
        return ShortVerdict(Grade.UNKNOWN, "nothing decided yet", Role.DIM)
    if not end.lost:
        return ShortVerdict(Grade.GOOD, f"no loss in {decided}", Role.GOOD)
    words = f"{end.lost} of {decided} lost"
    interval = wilson_interval(end.lost, decided)
    more = ""
    if interval is not None:
        more = f" ({percent(interval[0])} to {percent(interval[1])} %)"
    return ShortVerdict(Grade.LOSING, words, loss_role(end, Verdict.END), more)


def _of_unreached(session: SessionSnapshot) -> ShortVerdict:
    stop = session.status.stop
    if stop is None:
        return ShortVerdict(Grade.UNKNOWN, "tracing", Role.DIM)
    detail = clean(stop.detail, _WORDS_MAX)
    match stop.kind:
        case StopKind.UNREACHABLE:
            who = f", says {stop.responder} at hop {stop.ttl}"
            return ShortVerdict(Grade.NOT_REACHED, f"! {detail}", Role.BAD, who)
        case StopKind.FAILED:
            return ShortVerdict(Grade.BROKEN, "! cannot send", Role.BAD, f": {detail}")
        case StopKind.GAP_LIMIT if stop.ttl is None:
            return ShortVerdict(Grade.NOT_REACHED, "nothing answers", Role.WARN)
        case StopKind.GAP_LIMIT:
            return ShortVerdict(Grade.NOT_REACHED, f"silent after hop {stop.ttl}", Role.WARN)
        case StopKind.MAX_HOPS:
            return ShortVerdict(Grade.NOT_REACHED, f"not within {stop.ttl} hops", Role.WARN)
        case _:
            return ShortVerdict(Grade.UNKNOWN, "not traced to its end", Role.DIM)
