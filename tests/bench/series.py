"""Repetitions side by side: what drifts on the machine drifts for all who are compared."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TypeVar

Result = TypeVar("Result")


def take_turns(
    contenders: Mapping[str, Callable[[], Result]], repetitions: int
) -> dict[str, list[Result]]:
    """Run each contender once, then each again, `repetitions` times; the results by name."""
    results: dict[str, list[Result]] = {name: [] for name in contenders}
    for repetition in range(repetitions):
        for name, contender in contenders.items():
            say(f"{name}, {repetition + 1} of {repetitions}")
            results[name].append(contender())
    return results


def say(words: str) -> None:
    """Tell the terminal what is going on; the tables alone go to standard output."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{words}" if words else "\r\x1b[K")
        sys.stderr.flush()
