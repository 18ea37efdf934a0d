"""The verdict: every rule asked once, and what they say in the order of its weight. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from poros_tui.model.bins import Bin
from poros_tui.model.clean import clean
from poros_tui.model.events import Event, EventKind
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.session import SessionSnapshot
from poros_tui.model.stop import StopKind
from poros_tui.model.time_unit import TimeUnit
from poros_tui.model.verdict import delay, loss
from poros_tui.model.verdict.meaning import THEIR_OWN, meanings
from poros_tui.model.verdict.spell import Spell, newest_spell, open_outage
from poros_tui.model.verdict.statement import Statement, Topic, Weight
from poros_tui.model.verdict.stretch import Delay, delay_of, timed

ShowTime = Callable[[float], str]
"""A time of the session's clock as people read it."""

FiguresSince = Callable[[int, float | None], Bin | None]
"""The figures of a hop since a time, None: since the beginning; None where they are not kept."""

_PROBLEM_MAX: Final = 300


def verdict(
    hops: Sequence[HopSnapshot],
    session: SessionSnapshot,
    events: Sequence[Event],
    show_time: ShowTime,
    figures_since: FiguresSince = lambda ttl, since_s: None,
    unit: TimeUnit = TimeUnit.MS,
) -> tuple[Statement, ...]:
    """All that can be said of the path `hops`, in the order of `Topic`.

    Where `figures_since` does not know the shortest round trip of a hop, that of its newest
    samples is taken. Times are told in `unit`.
    """
    events = _of_these_statistics(events)
    since_s, newest = _since_change(hops, session, events)
    delays = _delays(hops, since_s, newest, figures_since)
    destination = next((hop for hop in hops if hop.is_destination), None)
    spell = _newest_spell(destination, events, show_time, figures_since)
    said = [
        _sending(session),
        _reach(hops, session, destination, open_outage(events), show_time),
        loss.end_to_end(destination, spell) if destination is not None else None,
        _place(hops, delays, spell, figures_since),
        _delay(hops, delays, newest, unit),
        delay.queue(hops, delays, unit),
        _path(events, show_time),
        _limits(hops),
        _call(destination, delays, spell, unit),
    ]
    return tuple(statement for statement in said if statement is not None)


def _of_these_statistics(events: Sequence[Event]) -> Sequence[Event]:
    """Those since statistics began anew: what was before is in none of the figures."""
    for place in range(len(events) - 1, -1, -1):
        if events[place].kind in (EventKind.RESET, EventKind.PROTOCOL_CHANGED):
            return events[place + 1 :]
    return events


def _delays(
    hops: Sequence[HopSnapshot],
    since_s: float | None,
    newest: int | None,
    figures_since: FiguresSince,
) -> list[Delay]:
    """Of the path as it is now: what came before it changed tells nothing of it."""
    found = []
    for hop in hops:
        figures = figures_since(hop.ttl, since_s)
        shortest_s = figures.least_s if figures is not None else None
        one = delay_of(hop, delay.SAMPLES_LEAST, newest=newest, shortest_s=shortest_s)
        if one is not None:
            found.append(one)
    return found


def _since_change(
    hops: Sequence[HopSnapshot], session: SessionSnapshot, events: Sequence[Event]
) -> tuple[float | None, int | None]:
    """Since when the path is as it is now, and how many of the newest samples of a hop are of it;
    None for both where it never changed."""
    changes = [event for event in events if event.kind is EventKind.PATH_CHANGED]
    if not changes:
        return None, None
    rounds = session.status.round + 1 - (changes[-1].round or 0)
    tried = max((hop.sent + hop.send_errors for hop in hops), default=0)
    return changes[-1].at_s, rounds * max(1, round(tried / (session.status.round + 1)))


def _sending(session: SessionSnapshot) -> Statement | None:
    if session.problem is None:
        return None
    problem = clean(session.problem, _PROBLEM_MAX)
    return Statement(
        topic=Topic.SENDING,
        weight=Weight.TROUBLE,
        short=f"cannot send: {problem}",
        words=f"This machine cannot send: {problem}.",
    )


def _reach(
    hops: Sequence[HopSnapshot],
    session: SessionSnapshot,
    destination: HopSnapshot | None,
    outage: Event | None,
    show_time: ShowTime,
) -> Statement | None:
    stop = session.status.stop
    if destination is not None and outage is not None:
        since = show_time(outage.at_s)
        return Statement(
            topic=Topic.REACH,
            weight=Weight.TROUBLE,
            short=f"not reached since {since}",
            brief="not reached",
            words=f"The destination has not been reached since {since}: {outage.words}.",
            ttl=outage.ttl,
        )
    if stop is None or session.distance is not None or stop.kind is StopKind.REACHED:
        return None
    if destination is not None or stop.kind in (StopKind.CANCELLED, StopKind.FAILED):
        return None
    answering = [hop.ttl for hop in hops if hop.received]
    last = f"the last answer comes from hop {answering[-1]}" if answering else "nobody answers"
    if session.may_go_on:
        last = ""
    if stop.kind is StopKind.UNREACHABLE:
        words, short = f"The destination is not reached: {stop.words()}.", stop.words()
    else:
        short = f"not reached{', ' if last else ''}{last}"
        words = (
            f"The destination does not answer{': ' if last else ''}{last}. It, or a firewall on "
            "the way, may drop these probes; another protocol may pass."
        )
    return Statement(
        topic=Topic.REACH,
        weight=Weight.TROUBLE,
        short=short,
        brief=stop.detail if stop.kind is StopKind.UNREACHABLE else "not reached",
        words=words,
        ttl=stop.ttl,
    )


def _newest_spell(
    destination: HopSnapshot | None,
    events: Sequence[Event],
    show_time: ShowTime,
    figures_since: FiguresSince,
) -> Spell | None:
    newest = newest_spell(events)
    if newest is None or destination is None:
        return None
    began, ended = newest
    return Spell(
        began=began,
        ended=ended,
        began_words=show_time(began.at_s),
        ended_words=show_time(ended.at_s) if ended is not None else "",
        since=figures_since(destination.ttl, (ended or began).at_s),
    )


def _place(
    hops: Sequence[HopSnapshot],
    delays: Sequence[Delay],
    spell: Spell | None,
    figures_since: FiguresSince,
) -> Statement | None:
    """Of what is lost since the newest spell began, or ended; where there is too little of that,
    of all."""
    if spell is None or spell.loss_since is None:
        return loss.place(hops, delays)
    shares = {}
    for hop in hops:
        figures = figures_since(hop.ttl, spell.since_s)
        if figures is not None:
            shares[hop.ttl] = figures.lost, figures.decided
    return loss.place(hops, delays, shares, spell.since_words)


def _delay(
    hops: Sequence[HopSnapshot], delays: Sequence[Delay], newest: int | None, unit: TimeUnit
) -> Statement | None:
    if delays:
        return delay.source(hops, delays, unit)
    if not any(hop.received for hop in hops):
        return None
    counts = [len(timed(hop, newest)) for hop in hops if not hop.is_unreachable]
    received = max(counts, default=0)
    since = "" if newest is None else " since the path changed"
    return Statement(
        topic=Topic.DELAY,
        weight=Weight.UNKNOWN,
        short=f"delay: too little data ({received} of {delay.SAMPLES_LEAST} samples)",
        brief="delay: too little data",
        words=(
            f"Too little data to say where the delay comes from: {received} of the "
            f"{delay.SAMPLES_LEAST} samples that are needed{since}."
        ),
    )


def _path(events: Sequence[Event], show_time: ShowTime) -> Statement | None:
    changes = [event for event in events if event.kind is EventKind.PATH_CHANGED]
    if not changes:
        return None
    last = changes[-1]
    number = len(changes)
    times, when = {1: "once", 2: "twice"}.get(number, f"{number} times"), show_time(last.at_s)
    is_placed = last.ttl is None or last.words.startswith("hop")
    where = "" if is_placed else f" at hop {last.ttl}"
    return Statement(
        topic=Topic.PATH,
        weight=Weight.NOTE,
        short=f"path changed {times}, last {when}",
        brief=f"path changed {times}",
        words=f"The path has changed {times}, last at {when}{where}: {last.words}.",
        ttl=last.ttl,
    )


def _limits(hops: Sequence[HopSnapshot]) -> Statement | None:
    meant = meanings(hops)
    local = [hop for hop in hops if meant[hop.ttl] in THEIR_OWN]
    if not local:
        return None
    later = [hop for hop in hops if hop.received and hop.ttl > local[-1].ttl]
    proof = min(later, key=lambda hop: (hop.loss_ratio or 0.0, -hop.ttl), default=None)
    return loss.limits(local, proof)


def _call(
    destination: HopSnapshot | None,
    delays: Sequence[Delay],
    spell: Spell | None,
    unit: TimeUnit,
) -> Statement | None:
    if destination is None:
        return None
    shown = next((d for d in delays if d.ttl == destination.ttl), None)
    return delay.call(destination, shown, spell, unit)


def most_important(statements: Sequence[Statement]) -> list[Statement]:
    """For one line: trouble first, then another path, on which all else depends, then by weight;
    what weighs the same by topic."""
    order = (Weight.TROUBLE, Weight.UNKNOWN, Weight.NOTE, Weight.FINE)

    def rank(one: Statement) -> tuple[bool, bool, int]:
        is_trouble = one.weight is Weight.TROUBLE
        return not is_trouble, one.topic is not Topic.PATH, order.index(one.weight)

    return sorted(statements, key=rank)
