"""What the verdict says of every network of the lab, and of networks in which something happens at
a known time, against what is there: right, wrong, silent.

`python -m tests.engine.verdict_table [--seeds N] [network ...]` prints the table; it fails where
anything is wrong or where it is silent of something that it must tell.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import msgspec

from poros_tui.config import SessionConfig
from poros_tui.model.bins import Bin
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.verdict.statement import Statement, Topic
from poros_tui.model.verdict.verdict import verdict
from poros_tui.probe.simulation.scenario import Scenario
from tests.engine.stories import STORIES, network
from tests.engine.trace import SCENARIOS, in_virtual_time, lab_scenario, run_trace

SEEDS: Final = 20
ROUNDS: Final = 120
CONFIG: Final = SessionConfig(rounds=ROUNDS)

Claim = tuple[Topic, int, int]
"""A topic and its link: near end, far end. Topics that are of the whole path have 0, 0."""

PLACED: Final = (Topic.LOSS_PLACE, Topic.QUEUE, Topic.DELAY)
"""What may not be said where it is not there."""

THERE: Final[dict[str, tuple[Claim, ...]]] = {
    "lossy-link": ((Topic.LOSS_PLACE, 5, 6),),
    "lossy-destination": ((Topic.LOSS_PLACE, 11, 12),),
    "rate-limited-lossy-before": ((Topic.LOSS_PLACE, 2, 3),),
    "rate-limited-lossy-beyond": ((Topic.LOSS_PLACE, 7, 8),),
    "satellite": ((Topic.DELAY, 2, 3),),
    "silent-hops": ((Topic.DELAY, 4, 8),),
    "access-queue": ((Topic.QUEUE, 0, 1), (Topic.DELAY, 0, 1)),
    "first-hop-silent": ((Topic.DELAY, 0, 2),),
    "ttl-reset": ((Topic.DELAY, 4, 5),),
    "jitter": ((Topic.QUEUE, 11, 12),),
    "silent-gap": ((Topic.DELAY, 9, 17),),
    "loss-begins": ((Topic.LOSS_PLACE, 6, 7),),
    "destination-goes": ((Topic.LOSS_PLACE, 11, 12),),
}
"""What the verdict must tell of a network; of those not here nothing of PLACED."""

STORY_ROUNDS: Final = 200
TOLD: Final[dict[str, tuple[tuple[Topic, str], ...]]] = {
    "route-grows": ((Topic.PATH, "path changed once, last 3"),),
    "route-shrinks": ((Topic.PATH, "path changed once, last 3"),),
    "reroute": ((Topic.PATH, "path changed once, last 100"),),
    "reroute-and-back": ((Topic.PATH, "path changed twice, last 140"),),
    "longer": ((Topic.PATH, "path changed once, last 100"),),
    "short-detour": (),
    "total-burst": ((Topic.LOSS, "lost end to end, last burst 100"),),
    "loss-begins": ((Topic.LOSS, "100 % lost end to end since 180"),),
    "refused": ((Topic.LOSS, "lost end to end, last outage 100"),),
    "outage": ((Topic.LOSS, "lost end to end, last outage 100"),),
    "destination-down": ((Topic.LOSS, "lost end to end, last outage 100"),),
    "destination-goes": ((Topic.REACH, "not reached since 180"),),
    "a-limit-begins": (),
    "a-router-gets-slow": (),
}
"""What it must tell of when something happened: the end of the short words, with the round. Of
other networks it may tell nothing of the kind."""
_WHEN: Final = {
    Topic.REACH: ("since ",),
    Topic.LOSS: ("since ", "last "),
    Topic.PATH: ("last ",),
}
"""By topic, what begins the time that is told."""

LOCAL: Final[dict[str, tuple[int, ...]]] = {
    "loss30": (5,),
    "a-limit-begins": (5,),
    "rate-limited-slowly": (4,),
    "router-pauses": (5,),
}
"""Hops whose loss is their own; elsewhere none is to be called so."""


@dataclass
class Score:
    """Over all seeds of one network."""

    right: int = 0
    wrong: int = 0
    silent: int = 0
    words: list[str] = field(default_factory=list)
    """The first thing that was wrong or missing."""

    def _add_times(self, name: str, said: Sequence[Statement]) -> None:
        timed = {
            (s.topic, s.short)
            for s in said
            if any(word in s.short for word in _WHEN.get(s.topic, ()))
        }
        wanted = TOLD.get(name, ())
        right = {one for one in timed for topic, end in wanted if (topic, end) == _ending(one, end)}
        wrong = timed - right
        self.right += len(right)
        self.wrong += len(wrong)
        self.silent += len(wanted) - len(right)
        if wrong or len(right) < len(wanted):
            self.words = self.words or [short for _topic, short in wrong] or ["no time is told"]

    def add(self, name: str, said: Sequence[Statement]) -> None:
        self._add_times(name, said)
        expected = set(THERE.get(name, ()))
        claims = {
            (s.topic, s.after_ttl or 0, s.ttl or 0)
            for s in said
            if s.topic in PLACED and s.after_ttl is not None
        }
        covering = {
            claim
            for claim in claims
            if any(c[0] is claim[0] and claim[1] <= c[1] < c[2] <= claim[2] for c in expected)
        }
        local = next((s.ttl for s in said if s.topic is Topic.LIMITS), None)
        wanted = LOCAL.get(name, (None,))[0]
        self.right += len(covering) + (local == wanted and local is not None)
        wrong = claims - covering
        self.wrong += len(wrong) + (local is not None and local != wanted)
        missing = len(expected) - len({c[0] for c in covering})
        self.silent += max(0, missing) + (wanted is not None and local is None)
        if (wrong or missing > 0 or local != wanted) and not self.words:
            self.words = [s.words for s in said if s.topic in (*PLACED, Topic.LIMITS)] or ["-"]


def _ending(told: tuple[Topic, str], end: str) -> tuple[Topic, str]:
    return told[0], told[1][-len(end) :]


def _seconds(at_s: float) -> str:
    return f"{at_s:.0f}"


def _figures_since(chronicle: Chronicle, ttl: int, since_s: float | None) -> Bin | None:
    newest_s = chronicle.newest_s
    if since_s is None or newest_s is None:
        return None
    return chronicle.bins(ttl, since_s, newest_s, 1)[0]


def score(name: str, seeds: Iterable[int]) -> Score:
    result = Score()
    scenario = _scenario(name)
    config = CONFIG if name in LAB else msgspec.structs.replace(CONFIG, rounds=STORY_ROUNDS)
    for seed in seeds:

        async def run(seed: int = seed) -> None:
            chronicle = Chronicle()
            trace = await run_trace(scenario, config, seed=seed, chronicle=chronicle)
            final = trace.final
            since = partial(_figures_since, chronicle)
            said = verdict(final.hops, final.session, chronicle.events(), _seconds, since)
            result.add(name, said)

        in_virtual_time(run)
    return result


LAB: Final = frozenset(path.stem for path in SCENARIOS.glob("*.toml"))


def _scenario(name: str) -> Scenario:
    if name == "loss-begins":
        return network((0, {}), (180, {6: {"link_loss": 1.0}}))
    if name == "destination-goes":
        return network((0, {}), (180, {11: {"unreachable": "host", "unreachable_beyond": True}}))
    return lab_scenario(name) if name in LAB else STORIES[name].scenario


def names() -> list[str]:
    return [*sorted(LAB), *(name for name in TOLD if name not in LAB)]


def _main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.engine.verdict_table")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("networks", nargs="*", default=names())
    chosen = parser.parse_args(arguments)
    scores = {name: score(name, range(chosen.seeds)) for name in chosen.networks}
    lines = [f"{'network':<26}{'right':>7}{'wrong':>7}{'silent':>8}"]
    for name, one in [*scores.items(), ("all", _total(scores.values()))]:
        lines.append(f"{name:<26}{one.right:>7}{one.wrong:>7}{one.silent:>8}")
    lines += [f"{name}: {' '.join(one.words)}" for name, one in scores.items() if one.words]
    sys.stdout.write("\n".join(lines) + "\n")
    return any(one.wrong or one.silent for one in scores.values())


def _total(scores: Iterable[Score]) -> Score:
    every = list(scores)
    return Score(
        sum(one.right for one in every),
        sum(one.wrong for one in every),
        sum(one.silent for one in every),
    )


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
