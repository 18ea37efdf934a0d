"""Runs of the program in the labs they are for, several at a time: mostly they wait for answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Final

from tests.cli.forking import ForkedProgram
from tests.cli.network_run import OF_THEIR_OWN, NetworkRun
from tests.cli.program import Said
from tests.lab.tun import TunLab, lab_network

LABS_AT_ONCE: Final = 6
AT_ONCE_IN_A_LAB: Final = 2
"""Programs that trace one network at the same time: each sees the others' packets."""


@dataclass(frozen=True, slots=True)
class Done:
    """A run, what it said, and in what that is not the network."""

    run: NetworkRun
    said: Said
    problems: list[str]


@dataclass(frozen=True, slots=True)
class Batch:
    """Runs of one scenario, in one lab."""

    runs: Sequence[NetworkRun]
    seed: int = 1
    """Of all chance in the network."""
    at_once: int = AT_ONCE_IN_A_LAB


def do_batches(
    program: ForkedProgram, batches: Iterable[Batch], labs_at_once: int = LABS_AT_ONCE
) -> Iterator[list[Done]]:
    """All runs of each batch, in the order in which the batches are done."""
    with ThreadPoolExecutor(labs_at_once) as pool:
        waiting = [pool.submit(_do_batch, program, batch) for batch in batches]
        for future in as_completed(waiting):
            yield future.result()


def _do_batch(program: ForkedProgram, batch: Batch) -> list[Done]:
    scenario = batch.runs[0].scenario
    with lab_network(scenario, seed=batch.seed) as lab:
        lab.allow_ping_sockets(True)
        if scenario in OF_THEIR_OWN:
            return [_do_anew(program, lab, run) for run in batch.runs]
        with ThreadPoolExecutor(batch.at_once) as pool:
            return list(pool.map(lambda run: _do(program, lab, run), batch.runs))


def _do_anew(program: ForkedProgram, lab: TunLab, run: NetworkRun) -> Done:
    lab.begin_anew()
    return _do(program, lab, run)


def _do(program: ForkedProgram, lab: TunLab, run: NetworkRun) -> Done:
    words = [*run.arguments(), str(lab.target(run.combination.family))]
    said = program.run(lab, words, capabilities=run.has_capabilities)
    return Done(run, said, run.problems(said.code, said.out, said.err))
