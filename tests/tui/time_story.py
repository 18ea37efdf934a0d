"""Fourteen minutes on a path of eight hops, with a known script, for chart and heat map.

The third minute brings another path from hop 4 on, the sixth a delay of 20 ms from hop 5 on, the
tenth a burst of losses from hop 7 on. Hop 2 has 13 answers for 20 s, hop 3 none. Nobody tells the
log of this: the watchers must find it.
"""

from __future__ import annotations

import pickle
import random
from functools import cache
from typing import Final

from poros_tui.model.stop import StopKind
from tests.once import pickled
from tests.tui.stage import STARTED_AT_S, Stage

LENGTH_S: Final = 840
PATH_CHANGED_S: Final = 180
DELAY_SHIFTED_S: Final = 360
LOSS_BEGAN_S: Final = 600
LOSS_ENDED_S: Final = 640
ADDED_MS: Final = 20.0
BASES_MS: Final = (0.9, 6.5, 0.0, 11.0, 14.5, 48.0, 71.0, 72.5)
HOPS: Final = len(BASES_MS)


def _refused() -> frozenset[int]:
    """The seconds in which hop 2 has no answer left: 6 at once, and 0.65 for each second."""
    refused, tokens = set(), 6.0
    for second in range(LENGTH_S):
        tokens = min(6.0, tokens + 0.65)
        if tokens < 1:
            refused.add(second)
        else:
            tokens -= 1
    return frozenset(refused)


_REFUSED: Final = _refused()


def rtt_ms(ttl: int, second: int, chance: random.Random) -> float | None:
    """The round-trip time of a hop in that second of the story; None for a loss."""
    if ttl == 3 or (ttl == 2 and second in _REFUSED):
        return None
    if ttl >= 7 and LOSS_BEGAN_S <= second < LOSS_ENDED_S and second % 4 != 2:
        return None
    added = 3.0 if ttl >= 4 and second >= PATH_CHANGED_S else 0.0
    if ttl >= 5 and second >= DELAY_SHIFTED_S:
        added += ADDED_MS
    return BASES_MS[ttl - 1] + added + chance.random() * (0.4 + ttl / 4)


def responder(ttl: int, second: int) -> str:
    """Who answers there then."""
    return f"10.{1 if ttl >= 4 and second >= PATH_CHANGED_S else 0}.{ttl}.1"


def play_story(
    stage: Stage, seconds: int = LENGTH_S, seed: int = 5, *, spikes_ms: float = 0.0
) -> None:
    """From the beginning; one round a second. `spikes_ms`: how much longer one answer in eight
    takes, on average, as on a real path."""
    path, chronicle = _played(stage.now_s, seconds, seed, spikes_ms)
    stage.made.become(path)
    vars(stage.chronicle).update(pickle.loads(chronicle))
    stage.now_s += seconds
    stage.show()
    stage.app.trace.tick()


@cache
def _played(began_s: float, seconds: int, seed: int, spikes_ms: float) -> tuple[bytes, bytes]:
    """What is known of the path, and of what happened, in the end: each story is told once."""
    stage = Stage()
    made, chance = stage.made, random.Random(seed)
    stage.chronicle.begin(now_s=began_s, wall_s=STARTED_AT_S + began_s)
    stage.now_s = began_s
    for second in range(seconds):
        made.status(round=second)
        for ttl in range(1, HOPS + 1):
            time_ms = rtt_ms(ttl, second, chance)
            if time_ms is not None and spikes_ms and chance.random() < 1 / 8:
                time_ms += chance.expovariate(1 / spikes_ms)
            if time_ms is None:
                made.lose(ttl)
            elif ttl == HOPS:
                made.reached(ttl, time_ms)
            else:
                made.reply(ttl, time_ms, responder(ttl, second))
        if second == 0:
            made.stopped(StopKind.REACHED, ttl=HOPS)
        stage.now_s = began_s + second + 1
    return made.kept(), pickled(vars(stage.chronicle))
