"""`poros-tui report FILE`: a report of what this program or another has written, in any format."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

import click

from poros_tui.cli.completing import files, formats_of_file
from poros_tui.cli.loading import RECORDINGS, load
from poros_tui.cli.options import Options
from poros_tui.cli.output import tell
from poros_tui.cli.precedence import attributed
from poros_tui.cli.private_hops import refuse_formats
from poros_tui.cli.reading import shown
from poros_tui.cli.report_files import ReportFiles
from poros_tui.cli.report_wishes import ReportWish, refuse_several, report_wishes
from poros_tui.cli.run import layout_of
from poros_tui.cli.settings import settings_in_force
from poros_tui.cli.trace_files import few_of, read_traces
from poros_tui.errors import UsageError
from poros_tui.model.clean import clean
from poros_tui.probe.privilege import drop_privileges, invoking_user
from poros_tui.report.foreign.read import KNOWN, Read
from poros_tui.report.run import FinishedRun

_NAMES_MAX: Final = 200


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.argument("file", metavar="FILE", shell_complete=files)
@click.option(
    "--format",
    "formats",
    metavar="FORMAT[=FILE]",
    multiple=True,
    shell_complete=formats_of_file,
    help="Write to standard output or to a new file: text, wide, markdown, csv, json, html, dot, "
    "mtr-json or atlas-json. May be given several times.  [default: text]",
)
@click.option("-j", "--json", "as_json", is_flag=True, help="As --format json.  [default: text]")
@click.option(
    "--columns",
    metavar="LIST",
    help="Columns of the table, as for a report of a trace.  [default: as in the settings, else "
    "those of the format]",
)
@click.option(
    "--private-hops",
    metavar="HOPS",
    type=int,
    help="Tell of so many hops from where it was traced without their addresses and names, 0 to "
    "255.  [default: as in the settings, else 0]",
)
@click.option(
    "--target",
    metavar="NAME",
    help="Of several traces report those to this one.  [default: all]",
)
@click.pass_obj
def command(
    variables: str | None,
    /,
    *,
    file: str,
    formats: tuple[str, ...],
    as_json: bool,
    columns: str | None,
    private_hops: int | None,
    target: str | None,
) -> int:
    """Report what a FILE holds; - is standard input. It may be a recording (--record), a report of
    poros-tui, mtr or trippy in JSON, a traceroute result of RIPE Atlas, or traces of scamper
    (scamper -O json, sc_warts2json), one or several.

    What is damaged is told on stderr with its line, and the rest is reported. The exit code is 0
    where anything could be read, and 2 where nothing could.
    """
    wishes = report_wishes(formats, report=not formats and not as_json, as_json=as_json)
    look = _look(columns, private_hops, variables)
    _refuse_hiding(look, wishes)
    load(*(f"poros_tui.report.{wish.format.module}" for wish in wishes))
    if invoking_user(os.environ) is not None:
        load(*RECORDINGS)  # the user may not be able to
    drop_privileges()  # what is read and written is the user's
    read = read_traces(file, "give one that is there, or - for standard input")
    runs = _wanted(read, target, file)
    are_several = read.are_several and target is None
    for wish in wishes:
        _refuse(wish, runs, file)
    if are_several:
        refuse_several(wishes, "choose one with --target")
    for sentence in (*few_of(read.complaints), *few_of(read.left_out)):
        tell(sentence)
    layout = layout_of(look, are_several=are_several)
    with ReportFiles(wishes, layout) as reports:
        reports.write(runs)
    return 0


def _look(columns: str | None, private_hops: int | None, variables: str | None) -> Options:
    """How a report of a trace would look."""
    words = [f"--columns={columns}"] if columns is not None else []
    words += [f"--private-hops={private_hops}"] if private_hops is not None else []
    return settings_in_force(words, variables)


def _refuse_hiding(look: Options, wishes: Sequence[ReportWish]) -> None:
    try:
        refuse_formats(look.private_hops, wishes)
    except UsageError as error:
        raise attributed(error, look.places) from None


def _wanted(read: Read, target: str | None, file: str) -> list[FinishedRun]:
    """Those to report.

    Raises:
        UsageError: there are none.
    """
    if not read.runs:
        first = next(iter(read.complaints), f"{shown(file)} has no trace in it")
        raise UsageError(first, f"it reads recordings, {KNOWN}")
    runs = [run for run in read.runs if target is None or run.identity.target == target]
    if not runs:
        names = ", ".join(dict.fromkeys(run.identity.target for run in read.runs))
        raise UsageError(
            f"--target {clean(str(target), 80)} is not in {shown(file)}",
            f"it has {clean(names, _NAMES_MAX)}",
        )
    return runs


def _refuse(wish: ReportWish, runs: list[FinishedRun], file: str) -> None:
    """Refuse a format that has no place for what there is.

    Raises:
        UsageError: naming one that has.
    """
    name = wish.format.name
    if wish.format.is_streamed:
        raise UsageError(f"--format {name} is written while a trace goes on", "use --format json")
    if wish.format.lists_probes and any(
        run.foreign is not None and run.foreign.has_totals_only for run in runs
    ):
        raise UsageError(
            f"--format {name} lists each probe, and {shown(file)} has totals only",
            "use --format json",
        )
