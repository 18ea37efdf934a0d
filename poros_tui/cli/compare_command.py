"""`poros-tui compare A B`: what differs between two reports, or two hosts, or one of each, and
whether it means anything."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from poros_tui.cli.completing import files
from poros_tui.cli.output import tell, write
from poros_tui.cli.reading import STDIN, shown
from poros_tui.cli.trace_files import few_of, read_measured
from poros_tui.errors import CannotRun, UsageError
from poros_tui.model.clean import clean
from poros_tui.model.contrast.contrast import contrast
from poros_tui.model.contrast.measured import Measured
from poros_tui.report.contrast_json import contrast_json
from poros_tui.report.contrast_text import contrast_text
from poros_tui.report.foreign.read import KNOWN
from poros_tui.report.measuring import measured

_DIFFERENT: Final = 1
"""Exit code where they differ, as that of diff(1)."""
_LEAST_SHIFT_MAX: Final = 1000
_ENDINGS: Final = (".json", ".ptr")


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.argument("first", metavar="A", shell_complete=files)
@click.argument("second", metavar="B", shell_complete=files)
@click.option(
    "--target",
    metavar="NAME",
    help="Of reports of several targets compare this one.  [default: the only one]",
)
@click.option(
    "--rounds",
    type=int,
    metavar="ROUNDS",
    default=10,
    help="Of the trace of a host, one a second with 3 probes to each hop, 1 to 1000000.  "
    "[default: 10]",
)
@click.option(
    "--least-shift",
    type=float,
    metavar="PERCENT",
    default=1.0,
    help="Of the round trip, 0 to 1000; one that is less is told, and is no difference.  "
    "[default: 1]",
)
@click.option(
    "-j", "--json", "as_json", is_flag=True, help="Print one JSON object.  [default: text]"
)
@click.pass_obj
def command(
    variables: str | None,
    /,
    *,
    first: str,
    second: str,
    target: str | None,
    rounds: int,
    least_shift: float,
    as_json: bool,
) -> int:
    """Say what differs between two files, A the older: hops gained, lost and replaced, round trips
    and losses. They may be recordings (--record), or reports in JSON of poros-tui, mtr, trippy,
    RIPE Atlas or scamper; - is standard input. A host in place of a file is traced now, two of
    them side by side.

    Each difference has its test, and the chance that it is none. Ten probes to a hop or more
    can tell; three cannot. Of many probes even a shift that nobody would notice is found: what is
    less than --least-shift does not count. The exit code is 0 where nothing differs by more than
    chance, and 1 where something does.
    """
    if not 0 <= least_shift <= _LEAST_SHIFT_MAX:  # nor NaN
        raise UsageError(
            f"--least-shift {least_shift:g} is no share of a round trip",
            f"give a percentage from 0 to {_LEAST_SHIFT_MAX}",
        )
    names = (first, second)
    if first == second == STDIN:
        raise UsageError("standard input is both", "give two files, or one and -")
    read = {name: _read(name, target) for name in names if _is_file(name)}
    hosts = [name for name in names if name not in read]
    signal_number = None
    if len(hosts) == 2 and first == second:
        raise UsageError(f"{clean(first, 80)} is both", "give two hosts, or a report and a host")
    if hosts:
        from poros_tui.cli.tracing_now import trace_now  # files need no engine

        runs, signal_number = trace_now(hosts, rounds, variables)
        for host, run in zip(hosts, runs, strict=False):
            read[host] = measured(run, run.identity.target)
    if len(read) < len({first, second}):
        return 128 + (signal_number or 0)  # it came before anything was known of one of them
    found = contrast(read[first], read[second], least_shift_percent=least_shift)
    if not found.says_anything:
        raise CannotRun(
            "there is nothing to compare: at no place in both paths did anybody answer",
            "poros-tui doctor HOST says why",
        )
    write(contrast_json(found) if as_json else contrast_text(found))
    if signal_number is not None:
        return 128 + signal_number
    return _DIFFERENT if found.is_different else 0


def _is_file(name: str) -> bool:
    """Whether a report is meant, also where it is not there."""
    return (
        name == STDIN
        or name.endswith(_ENDINGS)
        or "/" in name.partition("://")[0]
        or Path(name).exists()
    )


def _read(name: str, target: str | None) -> Measured:
    """The trace in a file.

    Raises:
        UsageError: it cannot be read, or is nothing that is known, or it is not clear which trace
            is meant.
    """
    where = shown(name)
    read, traces = read_measured(name, "write one with --json or --record")
    if not read.runs:
        first = next(iter(read.complaints), f"{where} has no trace in it")
        raise UsageError(first, f"it reads recordings, {KNOWN}")
    for sentence in few_of(read.complaints):
        tell(sentence)
    named = [trace for trace in traces if target is None or target == trace.target]
    if len(named) == 1:
        return named[0]
    names = ", ".join(dict.fromkeys(trace.target for trace in traces))
    if named and len({trace.target for trace in named}) == 1:
        began = ", ".join(trace.started_at or "at a time not known" for trace in named)
        raise UsageError(
            f"{where} has {len(named)} traces to {clean(named[0].target, 80)}",
            f"leave one of them in the file; they began {clean(began, 200)}",
        )
    if named:
        raise UsageError(
            f"{where} has {len(named)} traces", f"choose one with --target: {clean(names, 200)}"
        )
    raise UsageError(
        f"--target {clean(str(target), 80)} is not in {where}", f"it has {clean(names, 200)}"
    )
