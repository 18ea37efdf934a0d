"""A trace as a table in Markdown, for a ticket or a chat. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from poros_tui import __version__
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.time_unit import TimeUnit
from poros_tui.packets.icmp_codes import unreachable_words
from poros_tui.report.columns import (
    COLUMNS,
    HOP,
    RESPONDER,
    USUAL,
    Kind,
    Measured,
    place_doubts,
    with_networks,
)
from poros_tui.report.layout import Layout
from poros_tui.report.run import FinishedRun

_ABSENT: Final = "·"
BAR: Final = "\\|"


def render(runs: Sequence[FinishedRun], layout: Layout) -> str:
    """One report after the other, an empty line between them."""
    return "\n\n".join(to_markdown(run, columns=layout.columns) for run in runs)


def to_markdown(
    run: FinishedRun, unit: TimeUnit = TimeUnit.MS, columns: Sequence[str] | None = None
) -> str:
    """What is traced and how, a row for each hop, and what was found; round trips in `unit`.
    Without `columns` they are the usual ones."""
    if columns is None:
        columns = with_networks(USUAL, run.path.hops)
    identity = run.identity
    where = _code(identity.target)
    if run.address is not None and identity.target != str(run.address):
        where += f" ({_code(str(run.address))})"
    label = " **Simulation:** no packet left this machine." if identity.is_simulation else ""
    stop = run.path.session.status.stop
    lines = [
        f"Path to {where}, {run.means}, times in {unit.words}, "
        f"{run.when}, poros-tui {__version__}.{label}",
        "",
        f"| {' | '.join(COLUMNS[name].heading for name in columns)} |",
        f"| {' | '.join(map(_alignment, columns))} |",
        *(f"| {' | '.join(_cells(hop, unit, columns))} |" for hop in run.path.hops),
    ]
    notes = [finding.words() for finding in run.findings]
    notes += [
        f"hop {hop.ttl}: {doubt}" for hop in run.path.hops for doubt in place_doubts(hop, columns)
    ]
    if stop is not None:
        notes.insert(0, stop.words())
    if notes:
        lines += ["", *(f"- {_escaped(note[:1].upper() + note[1:])}." for note in notes)]
    return "\n".join(lines)


def _alignment(name: str) -> str:
    is_text = name == RESPONDER or COLUMNS[name].kind in (Kind.SAMPLES, Kind.TEXT)
    return "---" if is_text else "---:"


def _cells(hop: HopSnapshot, unit: TimeUnit, columns: Sequence[str]) -> list[str]:
    measured = Measured.of(hop)
    names = {HOP: str(hop.ttl), RESPONDER: _responder(hop)}
    return [
        names.get(name) or _escaped(COLUMNS[name].text(measured, unit) or _ABSENT)
        for name in columns
    ]


def _responder(hop: HopSnapshot) -> str:
    responder = hop.responder
    if responder is None:
        silence = "no reply" if hop.lost else _ABSENT
        name = _code(hop.known_as).replace("|", BAR) if hop.known_as else silence
        return f"**{name}**" if hop.is_destination else name
    name = _code(str(responder.address))
    if responder.name is not None:
        doubt = "?" if responder.naming is not None and responder.naming.doubt else ""
        # A bar ends a cell even between backquotes, unless it is escaped.
        name = f"{_code(responder.name).replace('|', BAR)}{doubt} ({name})"
    others = len(hop.responders) - 1
    name += f" +{others}" if others else ""
    if hop.is_unreachable:
        message = responder.address.version, responder.icmp_type, responder.icmp_code
        name += f" ({_escaped(unreachable_words(*message, responder.mtu))})"
    return f"**{name}**" if hop.is_destination else name


def _code(text: str) -> str:
    """Between backquotes nothing is markup; a backquote itself ends them."""
    return f"`{text.replace('`', '')}`"


def _escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#|" else c for c in text)
