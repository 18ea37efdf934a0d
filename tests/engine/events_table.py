"""What is told of the lab's networks, and of networks in which something happens, against what
does happen: right, silent, wrong.

`python -m tests.engine.events_table` runs a session of 300 rounds in virtual time in each of them,
with 20 seeds, and prints a line for each (40 minutes on one core; `--seeds 1` is quicker): on
stderr as it goes, and all of them in the end.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from poros_tui.config import SessionConfig
from poros_tui.model.events import Event, EventKind
from poros_tui.model.probe import Mode
from tests.engine.stories import STORIES, Expected, Story
from tests.engine.trace import SCENARIOS, lab_scenario
from tests.engine.watched import watch

SEEDS: Final = 20
ROUNDS: Final = 300
NAMES: Final = sorted(path.stem for path in SCENARIOS.glob("*.toml"))

_UNREACHABLE = EventKind.UNREACHABLE
HAPPENS: Final[dict[str, tuple[Expected, ...]]] = {
    "admin-prohibited": (Expected(_UNREACHABLE, 0, 5),),
    "dead-neighbour": (Expected(_UNREACHABLE, 0, 12),),
    "firewall-reject": (Expected(_UNREACHABLE, 0, 5),),
    "host-unreachable": (Expected(_UNREACHABLE, 0, 5),),
    "net-unreachable": (Expected(_UNREACHABLE, 0, 5),),
    "no-such-host": (Expected(_UNREACHABLE, 0, 12),),
    "route-grows": (Expected(EventKind.PATH_CHANGED, 3, 5),),
    "route-shrinks": (Expected(EventKind.PATH_CHANGED, 3, 4),),
}
"""In all other networks of the lab nothing happens: what they lose and delay, they do always."""


def story(name: str) -> Story:
    """By its name, or the name of a network of the lab."""
    known = STORIES.get(name)
    return known or Story(lab_scenario(name), HAPPENS.get(name, ()))


@dataclass
class Score:
    """How often something happened, was told rightly, was not told, and how much was told that
    did not happen, or not there, or not then."""

    happened: int = 0
    right: int = 0
    silent: int = 0
    wrong: int = 0
    first: list[str] = field(default_factory=list)
    """What was wrong, or certain and silent, first, in words."""
    missed: int = 0
    """Silent where it was certain."""

    def add(self, expected: Iterable[Expected], events: Iterable[Event], seed: int = 0) -> None:
        """One session."""
        left = list(events)
        for one in expected:
            self.happened += 1
            event = next((event for event in left if _is_it(one, event)), None)
            if event is not None:
                self.right += 1
                left.remove(event)
                continue
            self.silent += 1
            if one.is_certain:
                self.missed += 1
                self.first.append(f"seed {seed}: silent of {one.kind} in round {one.round}")
        self.wrong += len(left)
        self.first += [
            f"seed {seed}: round {event.round}, hop {event.ttl}, {event.kind}: {event.words}"
            for event in left
        ]


def _is_it(expected: Expected, event: Event) -> bool:
    late = (event.round or 0) - expected.round
    low, high = sorted((0, expected.within))
    low, high = low - expected.around, high + expected.around
    is_then = low <= late <= high
    is_there = event.ttl == expected.ttl or (
        expected.ttl is not None
        and event.ttl is not None
        and expected.ttl <= event.ttl <= expected.ttl + expected.hops_within
    )
    return event.kind is expected.kind and is_then and is_there


def score(names: Sequence[str], seeds: Sequence[int], config: SessionConfig) -> dict[str, Score]:
    """A session in each network with each seed."""
    scores = {}
    for name in names:
        result = scores[name] = Score()
        told = story(name)
        for seed in seeds:
            chronicle = watch(told.scenario, config, seed=seed, script=told.script)
            result.add(told.expected, chronicle.events(), seed)
    return scores


def lines(scores: dict[str, Score]) -> list[str]:
    """The table, and below it what was wrong first in each line that is."""
    keys = ("happened", "right", "silent", "wrong")
    heading = f"{'network':<36}" + "".join(f"{key:>10}" for key in keys)
    rows = [
        f"{name:<36}" + "".join(f"{getattr(one, key):>10}" for key in keys)
        for name, one in scores.items()
    ]
    total = [sum(getattr(one, key) for one in scores.values()) for key in keys]
    rows.append(f"{'all':<36}" + "".join(f"{number:>10}" for number in total))
    return [heading, *rows, *(f"{n}: {one.first[0]}" for n, one in scores.items() if one.first)]


def _main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.engine.events_table")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--interval", type=float, default=1.0)
    parser.add_argument("--queries", type=int, default=1)
    parser.add_argument("--flows", type=int, default=1)
    parser.add_argument("--mode", type=Mode, default=Mode.CONCURRENT, choices=list(Mode))
    parser.add_argument("networks", nargs="*", default=[*NAMES, *STORIES])
    chosen = parser.parse_args(arguments)
    config = SessionConfig(
        rounds=chosen.rounds,
        interval_s=chosen.interval,
        queries=chosen.queries,
        flows=chosen.flows,
        mode=chosen.mode,
    )
    scores = {}
    for name in chosen.networks:
        scores |= score([name], range(chosen.seeds), config)
        sys.stderr.write(f"{lines({name: scores[name]})[1]}\n")
    sys.stdout.write("\n".join(lines(scores)) + "\n")
    return any(one.missed or one.wrong for one in scores.values())


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
