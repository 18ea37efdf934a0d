"""A finished trace as a table of plain text that copies well into a ticket."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from poros_tui import __version__
from poros_tui.model.clean import clean
from poros_tui.model.findings.finding import Finding
from poros_tui.model.hop import HopSnapshot, Responder
from poros_tui.model.multipath_words import graph_lines
from poros_tui.model.probe import Lost, SendFailed
from poros_tui.model.stray import stray_words
from poros_tui.model.time_unit import TimeUnit
from poros_tui.packets.extension_words import extension_lines
from poros_tui.report.flow_paths import flow_lines
from poros_tui.report.run import FinishedRun, utc

ABSENT: Final = "·"
_HEADINGS: Final = (
    "Hop", "Responder", "Loss%", "Sent", "Last", "Avg", "Best", "Worst", "StDev", "Jitter", "",
)  # fmt: skip
_LEFT_ALIGNED: Final = {1, len(_HEADINGS) - 1}
_GAP: Final = "  "
_NAME_SHOWN_MAX: Final = 64
"""Characters of a name; JSON has all of it."""

Row = tuple[str, ...] | str
"""Cells, or a line that stands below the responder and belongs to no column."""


def to_text(run: FinishedRun, unit: TimeUnit = TimeUnit.MS) -> str:
    """Heading, one line for each hop (and one for each further responder), and the verdict.

    What the answers carried, and what is found there, stands below who sent them; round trips
    are in `unit`.
    """
    rows: list[Row] = [_HEADINGS]
    found = run.findings
    for hop in run.path.hops:
        rows.extend(_hop_rows(hop, unit))
        rows.extend(_capital(f.words()) + "." for f in found if f.ttl == hop.ttl)
    graph = run.path.session.status.graph
    paths = ["", *graph_lines(graph)] if graph is not None else []
    flows = flow_lines(run.path.hops)
    if flows:
        paths = ["", *flows, *paths]
    return "\n".join(
        [*_head(run, unit), *_align(rows), *_foot(run, found), *_events(run, unit), *paths]
    )


def _head(run: FinishedRun, unit: TimeUnit) -> list[str]:
    identity, mode = run.identity, run.path.session.status.mode
    address = f"{identity.destination}"
    if identity.destination_zone:
        address += f"%{identity.destination_zone}"
    where = address if identity.target == address else f"{identity.target} ({address})"
    label = "SIMULATION, no packet left this machine: " if identity.is_simulation else ""
    outgoing = f" {identity.outgoing_words}" if identity.outgoing_words else ""
    queries = run.config.probes_per_hop * (run.config.rounds or 1)
    return [
        f"poros-tui {__version__}: {label}{where}",
        f"{identity.protocol.upper()} by {identity.rung}{outgoing}, {mode.value}, "
        f"{queries} {'probe' if queries == 1 else 'probes'} a hop, times in {unit.sign}, "
        f"{run.started_at}",
    ]


def _hop_rows(hop: HopSnapshot, unit: TimeUnit) -> list[Row]:
    rtt, responder = hop.rtt, hop.responder
    rows: list[Row] = [
        (
            str(hop.ttl),
            _who(responder) if responder else _silence(hop),
            ABSENT if hop.loss_ratio is None else f"{hop.loss_ratio * 100:.1f}",
            str(hop.sent),
            *(
                ABSENT if value is None else unit.fixed(value, 3)
                for value in (
                    rtt.last_s, rtt.mean_s, rtt.best_s, rtt.worst_s, rtt.stdev_s,
                    rtt.jitter_mean_s,
                )
            ),
            "; ".join(_remarks(hop)),
        )
    ]  # fmt: skip
    blank = ("",) * (len(_HEADINGS) - 3)
    for place, each in enumerate(hop.responders):
        if place:
            remarks = (_answers(each), each.refusal)
            rows.append(("", _who(each), *blank, "; ".join(filter(None, remarks))))
        rows += [line for extension in each.extensions for line in extension_lines(extension)]
    return rows


def _who(responder: Responder) -> str:
    """`name (address)`, with a `?` behind a name that does not lead back; or the address alone."""
    naming = responder.naming
    if naming is None or naming.name is None:
        return str(responder.address)
    # Who owns the address chooses the name, and must not choose how wide the table is.
    name = clean(naming.name, _NAME_SHOWN_MAX)
    return f"{name}{'?' if naming.doubt else ''} ({responder.address})"


def _silence(hop: HopSnapshot) -> str:
    """Why there is no responder: a trace that was cut short must not speak for the hop."""
    if hop.lost or hop.late:
        return "no reply"
    return "no reply yet" if hop.in_flight else "not sent"


def _answers(responder: Responder) -> str:
    return "1 answer" if responder.answers == 1 else f"{responder.answers} answers"


def _remarks(hop: HopSnapshot) -> list[str]:
    remarks = []
    if hop.is_destination:
        remarks.append("destination")
    responder = hop.responder
    if responder is not None and responder.refusal is not None:
        remarks.append(responder.refusal)
    if len(hop.responders) > 1 and responder is not None:
        remarks.append(_answers(responder))
    if hop.lost:
        remarks.append(_waited(hop))
    remarks += [f"{hop.late} late"] * bool(hop.late)
    if hop.duplicates:
        remarks.append(f"{hop.duplicates} {'duplicate' if hop.duplicates == 1 else 'duplicates'}")
    if hop.send_errors:
        reasons = {r.outcome.reason for r in hop.records if isinstance(r.outcome, SendFailed)}
        remarks.append(f"{hop.send_errors} not sent: {', '.join(sorted(reasons))}")
    return remarks


def _waited(hop: HopSnapshot) -> str:
    waits_s = [r.outcome.waited_s for r in hop.records if isinstance(r.outcome, Lost)]
    if not waits_s:
        return f"{hop.lost} lost"
    shortest, longest = f"{min(waits_s):.2f}", f"{max(waits_s):.2f}"
    span = longest if shortest == longest else f"{shortest} to {longest}"
    return f"{hop.lost} lost, waited {span} s"


def _align(rows: Sequence[Row]) -> list[str]:
    cells = [row for row in rows if not isinstance(row, str)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADINGS))]
    indent = " " * (widths[0] + len(_GAP))
    return [
        f"{indent}  {row}"
        if isinstance(row, str)
        else _GAP.join(
            cell.ljust(width) if column in _LEFT_ALIGNED else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _foot(run: FinishedRun, found: Sequence[Finding]) -> list[str]:
    session = run.path.session
    stop = session.status.stop
    words = stop.words() if stop else "not known why it ended"
    beyond = f" ({session.sent_beyond} beyond the last hop)" if session.sent_beyond else ""
    lines = [f"{_capital(words)}."]
    graph = session.status.graph
    if session.distance is None and graph is not None and graph.reached_at is not None:
        lines.append(f"Other flows reached the destination, at hop {graph.reached_at} (--mda).")
    destination = next((hop for hop in run.path.hops if hop.is_destination), None)
    if destination is not None:
        decided = destination.lost + destination.received
        lines.append(f"End to end {destination.lost} of {decided} lost.")
    probes = "probe" if session.sent == 1 else "probes"
    lines.append(f"{session.sent} {probes} sent{beyond} in {run.duration_s:.2f} s.")
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
