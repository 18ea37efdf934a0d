"""The sample files, and reading them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from poros_tui.report.foreign.read import Read, read_any
from poros_tui.report.run import FinishedRun

SAMPLES: Final = Path(__file__).parents[1] / "samples"
NAMES: Final = sorted(path.name for path in SAMPLES.glob("*.json"))


def text_of(name: str) -> str:
    return (SAMPLES / name).read_text(encoding="utf-8")


def read_sample(name: str) -> Read:
    return read_any(text_of(name), name)


def runs_of(name: str) -> tuple[FinishedRun, ...]:
    read = read_sample(name)
    assert read.complaints == ()
    return read.runs


def run_of(name: str) -> FinishedRun:
    (run,) = runs_of(name)
    return run
