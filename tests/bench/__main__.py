"""All benchmarks, or some: `python -m tests.bench [--only NAME] [--repetitions N] [--quick]`."""

from __future__ import annotations

import argparse
import compileall
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trio.testing import MockClock

import poros_tui
from tests.bench import (
    chronicle_cost,
    engine_cost,
    live_cost,
    many_targets,
    panel_cost,
    path_speed,
    pcap_cost,
    probes_sent,
    record_cost,
    rtt_error,
    stamp_cost,
    start_up,
)
from tests.bench.machine import describe_machine
from tests.bench.programs import PEERS
from tests.bench.series import say
from tests.bench.table import Table
from tests.lab.requirements import missing_for_network


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure."""

    repetitions: int = 5
    live_s: float = 60.0
    """Each repetition of the live screen, its warm-up not counted."""
    rounds: int = 50
    """Of the sessions whose every probe is looked at."""


QUICK: Final = Effort(repetitions=1, live_s=10.0, rounds=20)


def _path_speed(effort: Effort) -> Iterator[Table]:
    yield path_speed.simulated_table(effort.repetitions)
    yield path_speed.wire_table(effort.repetitions)
    yield path_speed.silence_table(effort.repetitions)


def _live_cost(effort: Effort) -> Iterator[Table]:
    yield live_cost.cost_table(effort.repetitions, effort.live_s)
    yield live_cost.tasks_table()


def _many_targets(effort: Effort) -> Iterator[Table]:
    yield many_targets.cost_table(effort.repetitions, effort.live_s)


def _start_up(effort: Effort) -> Iterator[Table]:
    yield start_up.paint_table(effort.repetitions)
    yield start_up.command_table(effort.repetitions)


def _rtt_error(effort: Effort) -> Iterator[Table]:
    yield rtt_error.error_table(effort.repetitions, effort.rounds)


def _probes(effort: Effort) -> Iterator[Table]:
    yield probes_sent.simulated_table(MockClock(autojump_threshold=0))
    yield probes_sent.wire_table(effort.repetitions)


def _engine_cost(effort: Effort) -> Iterator[Table]:
    yield engine_cost.cost_table(effort.repetitions, effort.rounds)
    yield stamp_cost.stamp_table(effort.repetitions)
    yield pcap_cost.pcap_table(effort.repetitions)


def _panel_cost(effort: Effort) -> Iterator[Table]:
    yield panel_cost.cost_table(effort.repetitions, effort.live_s)
    yield panel_cost.wait_table(effort.rounds)


def _chronicle_cost(_effort: Effort) -> Iterator[Table]:
    yield chronicle_cost.cost_table()


def _record_cost(effort: Effort) -> Iterator[Table]:
    yield record_cost.record_table(3600 if effort.repetitions == 1 else record_cost.DAY_S)


BENCHMARKS: Final[dict[str, Callable[[Effort], Iterator[Table]]]] = {
    "path-speed": _path_speed,
    "start-up": _start_up,
    "probes": _probes,
    "rtt-error": _rtt_error,
    "engine-cost": _engine_cost,
    "live-cost": _live_cost,
    "panel-cost": _panel_cost,
    "chronicle-cost": _chronicle_cost,
    "record-cost": _record_cost,
    "many-targets": _many_targets,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Print the tables as they are done; 3 where the lab cannot be built, or a peer is missing."""
    options = _parser().parse_args(argv)
    missing = missing_for_network() or missing_peers()
    if missing:
        sys.stderr.write(f"tests.bench: {missing}\n")
        return 3
    effort = QUICK if options.quick else Effort()
    effort = Effort(
        repetitions=options.repetitions or effort.repetitions,
        live_s=options.live_seconds or effort.live_s,
        rounds=effort.rounds,
    )
    _compile_program()
    sys.stdout.write(describe_machine())
    for name in options.only or BENCHMARKS:
        for table in BENCHMARKS[name](effort):
            say("")
            sys.stdout.write(f"\n{table.text()}")
            sys.stdout.flush()
    return 0


def missing_peers() -> str | None:
    """Which programs to compare with are not there, in words; None where all are."""
    missing = [program for program in PEERS if shutil.which(program) is None]
    return f"install {', '.join(missing)} to compare with" if missing else None


def _compile_program() -> None:
    """An installed program has its byte code; a checkout need not, and where the caller forbids
    Python to write any, every start would compile all of it again."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    compileall.compile_dir(Path(poros_tui.__file__).parent, quiet=1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description="Speed, cost and exactness beside traceroute, mtr and ping, in networks of its "
        "own. Medians, with the least and the greatest; about half an hour.",
    )
    add = parser.add_argument
    add("--only", action="append", choices=BENCHMARKS, help="this one; may be given again")
    add("--repetitions", type=int, help="of every measurement [default: 5]")
    add("--live-seconds", type=float, help="to watch the live screens [default: 60]")
    add("--quick", action="store_true", help="once each and short: does it run at all?")
    return parser


if __name__ == "__main__":
    sys.exit(main())
