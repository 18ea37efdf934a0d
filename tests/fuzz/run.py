"""Feeding a parser: what it raises, and how long its slowest input takes."""

from __future__ import annotations

import contextlib
import random
import time
from typing import Final

import msgspec

from poros_tui.errors import MalformedPacket
from tests.fuzz.mutation import inputs, summed
from tests.fuzz.parsers import Parser

SLOW_US: Final = 1000.0
_TRIES: Final = 5
"""An input that seems slower than all before is read again: only what is slow every time is slow,
else the machine was."""


class Finding(msgspec.Struct, frozen=True):
    """An input that a parser does not bear."""

    parser: str
    data: bytes
    words: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a parser fared."""

    parser: str
    inputs: int
    malformed: int
    """Inputs that were refused."""
    slowest_us: float
    """Processor time of the slowest input, each at its best of some tries."""
    findings: tuple[Finding, ...]


def fuzz(parser: Parser, count: int, seed: int) -> Outcome:
    """Feed `count` inputs to a parser."""
    chance = random.Random(f"{seed}/{parser.name}")
    malformed, slowest_us = 0, 0.0
    findings: list[Finding] = []
    for data in inputs(parser.seeds, count, chance):
        if parser.summed_from is not None and chance.random() < 0.5:
            data = summed(data, parser.summed_from)
        began_ns = time.thread_time_ns()
        try:
            parser.read(data)
        except MalformedPacket:
            malformed += 1
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            findings.append(Finding(parser.name, data, repr(error)))
        took_us = (time.thread_time_ns() - began_ns) / 1e3
        if took_us > slowest_us:
            took_us = min(took_us, *(_time_us(parser, data) for _ in range(_TRIES)))
            slowest_us = max(slowest_us, took_us)
        if took_us > SLOW_US:
            findings.append(Finding(parser.name, data, f"took {took_us:.0f} us"))
    return Outcome(
        parser=parser.name,
        inputs=count,
        malformed=malformed,
        slowest_us=slowest_us,
        findings=tuple(findings),
    )


def _time_us(parser: Parser, data: bytes) -> float:
    began_ns = time.thread_time_ns()
    with contextlib.suppress(Exception):  # it was noted the first time
        parser.read(data)
    return (time.thread_time_ns() - began_ns) / 1e3
