"""`poros-tui compare A B`: what differs between two reports, and whether it means anything."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import click

from poros_tui.cli.completing import files
from poros_tui.cli.config_file import as_user
from poros_tui.cli.output import write
from poros_tui.errors import UsageError
from poros_tui.model.clean import clean
from poros_tui.model.contrast.contrast import contrast
from poros_tui.model.contrast.measured import Measured
from poros_tui.probe.privilege import invoking_user
from poros_tui.report.contrast_json import contrast_json
from poros_tui.report.contrast_text import contrast_text
from poros_tui.report.read_json import read_reports

SIZE_MAX: Final = 256 << 20
"""Bytes of a report that are read: those of a day of 30 hops have 700 MB and are for a database."""
_DIFFERENT: Final = 1
"""Exit code where they differ, as that of diff(1)."""
_PATH_MAX: Final = 240


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
    "-j", "--json", "as_json", is_flag=True, help="Print one JSON object.  [default: text]"
)
def command(*, first: str, second: str, target: str | None, as_json: bool) -> int:
    """Say what differs between two reports in JSON, A the older: hops gained, lost and replaced,
    round trips and losses.

    Each difference has its test, and the chance that it is none. Ten probes to a hop or more
    (--rounds 10) can tell; three cannot. The exit code is 0 where nothing differs by more than
    chance, and 1 where something does.
    """
    found = contrast(_read(first, target), _read(second, target))
    write(contrast_json(found) if as_json else contrast_text(found))
    return _DIFFERENT if found.is_different else 0


def _read(name: str, target: str | None) -> Measured:
    """The trace in a file.

    Raises:
        UsageError: it cannot be read, or is no report, or it is not clear which trace is meant.
    """
    shown = clean(name, _PATH_MAX)
    try:
        with as_user(invoking_user(os.environ)), Path(name).open("rb") as file:
            content = file.read(SIZE_MAX + 1)
        text = content.decode("utf-8")
    except FileNotFoundError:
        raise UsageError(f"there is no file {shown}", "write one with --json") from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "it is no text").lower()
        raise UsageError(f"cannot read {shown}: {reason}") from None
    if len(content) > SIZE_MAX:
        raise UsageError(f"{shown} is larger than {SIZE_MAX >> 20} megabytes")
    traces = read_reports(text, shown)
    named = [trace for trace in traces if target is None or target == trace.target]
    if len(named) == 1:
        return named[0]
    names = ", ".join(dict.fromkeys(trace.target for trace in traces))
    if named:
        raise UsageError(
            f"{shown} has {len(named)} traces", f"choose one with --target: {clean(names, 200)}"
        )
    raise UsageError(
        f"--target {clean(str(target), 80)} is not in {shown}", f"it has {clean(names, 200)}"
    )
