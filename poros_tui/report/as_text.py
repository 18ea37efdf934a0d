"""A finished trace as a table of plain text that copies well into a ticket."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from poros_tui import __version__
from poros_tui.model.column import Column
from poros_tui.model.findings.finding import Finding
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.multipath_words import graph_lines
from poros_tui.model.stray import stray_words
from poros_tui.model.time_unit import TimeUnit
from poros_tui.packets.extension_words import extension_lines
from poros_tui.report.columns import (
    COLUMNS,
    HOP,
    RESPONDER,
    USUAL,
    Kind,
    Measured,
    as_of,
    network_of,
    place_doubts,
    place_of,
    with_networks,
)
from poros_tui.report.flow_paths import flow_lines
from poros_tui.report.foreign.identity import ForeignIdentity
from poros_tui.report.layout import Layout
from poros_tui.report.remarks import answers_as, other_words, remarks, who
from poros_tui.report.run import FinishedRun, utc

ABSENT: Final = "·"
_GAP: Final = "  "

Row = tuple[str, ...] | str
"""Cells, or a line that stands below the responder and belongs to no column."""


def render(runs: Sequence[FinishedRun], layout: Layout) -> str:
    """One report after the other, an empty line between them."""
    return "\n\n".join(to_text(run, columns=layout.columns) for run in runs)


def to_text(
    run: FinishedRun, unit: TimeUnit = TimeUnit.MS, columns: Sequence[str] | None = None
) -> str:
    """Heading, one line for each hop (and one for each further responder), and the verdict.

    What the answers carried, and what is found there, stands below who sent them; round trips
    are in `unit`. Without `columns` they are the usual ones.
    """
    if columns is None:
        columns = with_networks(USUAL, run.path.hops)
    headings = [COLUMNS[name].heading.replace(" ", "") for name in columns]
    rows: list[Row] = [(*headings, "")]
    found = run.findings
    for hop in run.path.hops:
        rows.extend(_hop_rows(hop, unit, columns))
        rows.extend(_capital(f.words()) + "." for f in found if f.ttl == hop.ttl)
        rows.extend(_capital(doubt) + "." for doubt in place_doubts(hop, columns))
    graph, about = run.path.session.status.graph, run.path.session.graph_about
    paths = ["", *graph_lines(graph, about)] if graph is not None else []
    flows = flow_lines(run.path.hops)
    if flows:
        paths = ["", *flows, *paths]
    return "\n".join(
        [
            *_head(run, unit),
            *_align(rows, columns),
            *closing_lines(run, found),
            *_events(run, unit),
            *paths,
        ]
    )


def _head(run: FinishedRun, unit: TimeUnit) -> list[str]:
    label = "SIMULATION, no packet left this machine: " if run.identity.is_simulation else ""
    return [f"poros-tui {__version__}: {label}{run.where}", manner(run, unit)]


def manner(run: FinishedRun, unit: TimeUnit) -> str:
    """How and when it was traced, one line."""
    identity, config, mode = run.identity, run.config, run.mode
    if isinstance(identity, ForeignIdentity) or config is None or mode is None:
        return f"{run.means}, times in {unit.sign}, {run.when}"
    outgoing = f" {identity.outgoing_words}" if identity.outgoing_words else ""
    queries = config.probes_per_hop * (config.rounds or 1)
    return (
        f"{run.means}{outgoing}, {mode.value}, "
        f"{queries} {'probe' if queries == 1 else 'probes'} a hop, times in {unit.sign}, "
        f"{run.when}"
    )


def _hop_rows(hop: HopSnapshot, unit: TimeUnit, columns: Sequence[str]) -> list[Row]:
    measured = Measured.of(hop)
    names = {HOP: str(hop.ttl), RESPONDER: answers_as(hop)}
    cells = tuple(
        names.get(name) or COLUMNS[name].text(measured, unit) or ABSENT for name in columns
    )
    rows: list[Row] = [(*cells, "; ".join(remarks(hop)))]
    for place, each in enumerate(hop.responders):
        if place:
            texts = {
                RESPONDER: who(each),
                Column.AS: as_of(each),
                Column.NETWORK: network_of(each),
                Column.PLACE: place_of(each),
            }
            cells = tuple(texts.get(name) or "" for name in columns)
            rows.append((*cells, other_words(each)))
        rows += [line for extension in each.extensions for line in extension_lines(extension)]
    return rows


def _align(rows: Sequence[Row], columns: Sequence[str]) -> list[str]:
    cells = [row for row in rows if not isinstance(row, str)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    left = {
        place
        for place, name in enumerate(columns)
        if name == RESPONDER or COLUMNS[name].kind in (Kind.SAMPLES, Kind.TEXT)
    } | {len(columns)}
    place = columns.index(RESPONDER)
    indent = " " * (sum(widths[:place]) + len(_GAP) * place)
    return [
        f"{indent}  {row}"
        if isinstance(row, str)
        else _GAP.join(
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def closing_lines(run: FinishedRun, found: Sequence[Finding]) -> list[str]:
    """How it ended, what it cost, and what was found, in sentences."""
    session = run.path.session
    stop = session.status.stop
    words = stop.words() if stop else "not known why it ended"
    beyond = ""
    if session.sent_beyond:
        beyond = f" ({session.sent_beyond} beyond the last hop)"
    lines = [f"{_capital(words)}."]
    graph = session.status.graph
    if session.distance is None and graph is not None and graph.reached_at is not None:
        lines.append(f"Other flows reached the destination, at hop {graph.reached_at} (--mda).")
    destination = next((hop for hop in run.path.hops if hop.is_destination), None)
    if destination is not None:
        decided = destination.lost + destination.received
        lines.append(f"End to end {destination.lost} of {decided} lost.")
    probes = "probe" if session.sent == 1 else "probes"
    took = f" in {run.duration_s:.2f} s" if run.duration_s is not None else ""
    if "probes_sent" not in run.not_told:
        lines.append(f"{session.sent} {probes} sent{beyond}{took}.")
    if session.told_mtu is not None:
        lines.append(f"A link on the way takes {session.told_mtu.words()}.")
    if session.strays:
        lines.append(f"Not believed: {stray_words(session.strays)}.")
    result = [" ".join(lines)]
    searched = session.path_mtu
    if searched is not None:
        probes = "1 probe" if searched.probes == 1 else f"{searched.probes} probes"
        result.append(f"{searched.words()}. {probes} for the path MTU.")
    if found:
        result.append(f"Found: {'; '.join(finding.short() for finding in found)}.")
    return result


def _events(run: FinishedRun, unit: TimeUnit) -> list[str]:
    """A line for each."""
    lines = [
        f"  {utc(wall_s)}{f'  hop {event.ttl}' if event.ttl is not None else ''}"
        f"  {event.kind}: {event.words_in(unit)}"
        for event, wall_s in run.events
    ]
    return ["Events:", *lines] if lines else []
