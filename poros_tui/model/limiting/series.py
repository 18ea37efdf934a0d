"""What became of the newest probes to one hop, in the order of sending: where a limit shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Run(NamedTuple):
    """Neighbouring probes with the same outcome: those from `begin` to `end`, exclusive."""

    answered: bool
    begin: int
    end: int


class AnswerSeries:
    """Decided probes of one hop, at least one. Probes that did not leave are not among them."""

    def __init__(
        self,
        times_s: Sequence[float],
        answered: Sequence[bool],
        *,
        numbers: Sequence[int] | None = None,
        flows: Sequence[int] = (),
        is_from_start: bool = True,
    ) -> None:
        """`times_s`: when each was sent, never falling. `numbers` of the probes rise; without,
        they count from 0. `flows`: which each belongs to, empty where there is one.
        `is_from_start`: the session sent nothing to this hop before the first."""
        self.times_s = times_s
        self.answered = answered
        self.numbers = range(len(times_s)) if numbers is None else numbers
        self.flows = flows
        self.is_from_start = is_from_start
        self.runs = _runs(answered)
        self.answers = sum(answered)

    def __len__(self) -> int:
        return len(self.times_s)


def _runs(answered: Sequence[bool]) -> list[Run]:
    runs: list[Run] = []
    begin = 0
    for place in range(1, len(answered) + 1):
        if place == len(answered) or answered[place] is not answered[begin]:
            runs.append(Run(answered[begin], begin, place))
            begin = place
    return runs
