"""Every way to ask for a path on every network of the lab: how often is the right path found?

`python -m tests.cli.matrix` traces each network 20 times with each combination of protocol, kind of
socket, family and flow mode that the program allows, the modes of the trace in turns, on real TUN
devices. It needs root. `--times 2 diamond-4x3 nat-port` is quicker,
and so is `--only "udp raw"`.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from poros_tui.model.probe import Mode
from tests.bench.table import Table
from tests.cli.combination import COMBINATIONS, Combination
from tests.cli.forking import forked_program
from tests.cli.lab_runs import Batch, Done, do_batches
from tests.cli.network_run import OF_OTHER_TESTS, SEARCHED, NetworkRun
from tests.lab.requirements import missing_for_network
from tests.lab.tun import scenario_names

TIMES: Final = 20
BATCH: Final = 100
"""Runs in a lab before it is made anew, with another seed."""
_MODES: Final = tuple(Mode)
_COULD_NOT_RUN: Final = 3


def runs_of(scenario: str, times: int, only: str = "") -> list[NetworkRun]:
    """Each combination whose name begins so, so many times; the modes take turns, and begin with
    another for each combination."""
    runs = [
        NetworkRun(scenario, combination, _MODES[(number + place) % len(_MODES)])
        for number in range(times)
        for place, combination in enumerate(COMBINATIONS)
        if str(combination).startswith(only)
    ]
    return [run for run in runs if run.exists]


def batches_of(scenarios: Iterable[str], times: int, at_once: int, only: str = "") -> list[Batch]:
    """Those first whose runs are long."""
    batches = [
        Batch(runs[first : first + BATCH], seed=1 + first // BATCH, at_once=at_once)
        for scenario in scenarios
        for runs in [runs_of(scenario, times, only)]
        for first in range(0, len(runs), BATCH)
    ]
    return sorted(batches, key=lambda batch: batch.runs[0].scenario not in SEARCHED)


class Result:
    """What has come of all runs."""

    def __init__(self) -> None:
        self.all: Counter[tuple[Combination, Mode]] = Counter()
        self.right: Counter[tuple[Combination, Mode]] = Counter()
        self._all_there: Counter[tuple[str, Combination]] = Counter()
        self._wrong_there: dict[tuple[str, Combination], list[str]] = {}

    def add(self, done: Done) -> None:
        """One run."""
        run = done.run
        self.all[run.combination, run.mode] += 1
        self.right[run.combination, run.mode] += not done.problems
        self._all_there[run.scenario, run.combination] += 1
        if done.problems:
            wrong = self._wrong_there.setdefault((run.scenario, run.combination), [])
            wrong.append(f"{run.mode}: {done.problems[0]}")

    @property
    def is_right(self) -> bool:
        """Whether every run has found the right path."""
        return self.right == self.all

    def text(self) -> str:
        """A line for each combination, and for each of its failures the first difference."""
        table = Table(
            "Runs that found the right path, of all networks",
            ("combination", "right", "of", *_MODES, ""),
        )
        for combination in COMBINATIONS:
            cells = [(combination, mode) for mode in _MODES]
            if not any(self.all[cell] for cell in cells):
                continue
            table.add(
                str(combination),
                str(sum(self.right[cell] for cell in cells)),
                str(sum(self.all[cell] for cell in cells)),
                *(f"{self.right[cell]}/{self.all[cell]}" for cell in cells),
            )
        table.add("all", str(self.right.total()), str(self.all.total()))
        table.notes += [
            f"{scenario} {combination}: {len(wrong)} of {self._all_there[scenario, combination]} "
            f"wrong, the first {wrong[0]}"
            for (scenario, combination), wrong in self._wrong_there.items()
        ]
        return table.text()


def _keep(done: Done, directory: Path, number: int) -> None:
    words = "\n".join([str(done.run), *done.problems, done.said.err, done.said.out])
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{number}.txt").write_text(words + "\n")


def main(arguments: Sequence[str]) -> int:
    """Run the command line given: 0 where every path was right, 1 where one was not."""
    parser = argparse.ArgumentParser(prog="python -m tests.cli.matrix")
    add = parser.add_argument
    add("--times", type=int, default=TIMES, help="runs of each combination [default: %(default)s]")
    add("--labs", type=int, default=8, help="networks at once [default: %(default)s]")
    add("--at-once", type=int, default=3, help="traces at once in each [default: %(default)s]")
    add("--only", default="", help="combinations that begin so, such as `udp raw` [default: all]")
    add("--keep", type=Path, help="a directory for what wrong runs said")
    usual = [name for name in scenario_names() if name not in OF_OTHER_TESTS]
    add("scenarios", nargs="*", default=usual, help="[default: all whose answers are not chance]")
    chosen = parser.parse_args(arguments)
    missing = missing_for_network()
    if missing:
        sys.stderr.write(f"{parser.prog}: {missing}\n")
        return _COULD_NOT_RUN
    began_at_s = time.monotonic()
    result = Result()
    batches = batches_of(chosen.scenarios, chosen.times, chosen.at_once, chosen.only)
    with forked_program() as program:
        for number, batch in enumerate(do_batches(program, batches, chosen.labs), 1):
            for done in batch:
                result.add(done)
                if done.problems and chosen.keep:
                    _keep(done, chosen.keep, result.all.total())
            wrong = sum(bool(done.problems) for done in batch)
            sys.stderr.write(
                f"{number}/{len(batches)} {batch[0].run.scenario}: {wrong} of {len(batch)} wrong, "
                f"{time.monotonic() - began_at_s:.0f} s, load {os.getloadavg()[0]:.1f}\n"
            )
    sys.stdout.write(result.text())
    sys.stdout.write(f"{time.monotonic() - began_at_s:.0f} s\n")
    return not result.is_right


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
