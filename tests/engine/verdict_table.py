"""What the verdict says of every network of the lab against what is there: right, wrong, silent.

`python -m tests.engine.verdict_table [--seeds N] [network ...]` prints the table; it fails where
anything is wrong or where it is silent of something that it must tell.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from poros_tui.config import SessionConfig
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.verdict.statement import Statement, Topic
from poros_tui.model.verdict.verdict import verdict
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
    "satellite": ((Topic.DELAY, 2, 3),),
    "silent-hops": ((Topic.DELAY, 4, 8),),
    "access-queue": ((Topic.QUEUE, 0, 1), (Topic.DELAY, 0, 1)),
    "first-hop-silent": ((Topic.DELAY, 0, 2),),
    "ttl-reset": ((Topic.DELAY, 4, 5),),
    "jitter": ((Topic.QUEUE, 11, 12),),
    "silent-gap": ((Topic.DELAY, 9, 17),),
}
"""What the verdict must tell of a network; of those not here nothing of PLACED."""

LOCAL: Final[dict[str, tuple[int, ...]]] = {"loss30": (5,)}
"""Hops whose loss is their own; elsewhere none is to be called so."""


@dataclass
class Score:
    """Over all seeds of one network."""

    right: int = 0
    wrong: int = 0
    silent: int = 0
    words: list[str] = field(default_factory=list)
    """The first thing that was wrong or missing."""

    def add(self, name: str, said: Sequence[Statement]) -> None:
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


def score(name: str, seeds: Iterable[int]) -> Score:
    result = Score()
    scenario = lab_scenario(name)
    for seed in seeds:

        async def run(seed: int = seed) -> None:
            chronicle = Chronicle()
            trace = await run_trace(scenario, CONFIG, seed=seed, chronicle=chronicle)
            final = trace.final
            result.add(name, verdict(final.hops, final.session, chronicle.events(), str))

        in_virtual_time(run)
    return result


def names() -> list[str]:
    return sorted(path.stem for path in SCENARIOS.glob("*.toml"))


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
