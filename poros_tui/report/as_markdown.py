"""A trace as a table in Markdown, for a ticket or a chat. Pure."""

from __future__ import annotations

from typing import Final

from poros_tui import __version__
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.time_unit import TimeUnit
from poros_tui.packets.icmp_codes import unreachable_words
from poros_tui.report.run import FinishedRun

_ABSENT: Final = "·"
BAR: Final = "\\|"
_HEADINGS: Final = (
    "Hop", "Responder", "Loss %", "Sent", "Last", "Avg", "Best", "Worst", "StDev", "Jitter",
)  # fmt: skip


def to_markdown(run: FinishedRun, unit: TimeUnit = TimeUnit.MS) -> str:
    """What is traced and how, a row for each hop, and what was found; round trips in `unit`."""
    identity = run.identity
    where = _code(identity.target)
    if identity.target != str(identity.destination):
        where += f" ({_code(str(identity.destination))})"
    label = " **Simulation:** no packet left this machine." if identity.is_simulation else ""
    stop = run.path.session.status.stop
    lines = [
        f"Path to {where}, {identity.protocol.upper()} by {identity.rung}, times in {unit.words}, "
        f"{run.started_at}, poros-tui {__version__}.{label}",
        "",
        f"| {' | '.join(_HEADINGS)} |",
        f"| ---: | --- |{' ---: |' * (len(_HEADINGS) - 2)}",
        *(f"| {' | '.join(_cells(hop, unit))} |" for hop in run.path.hops),
    ]
    notes = [finding.words() for finding in run.findings]
    if stop is not None:
        notes.insert(0, stop.words())
    if notes:
        lines += ["", *(f"- {_escaped(note[:1].upper() + note[1:])}." for note in notes)]
    return "\n".join(lines)


def _cells(hop: HopSnapshot, unit: TimeUnit) -> list[str]:
    rtt, responder = hop.rtt, hop.responder
    times = (rtt.last_s, rtt.mean_s, rtt.best_s, rtt.worst_s, rtt.stdev_s, rtt.jitter_mean_s)
    name = "no reply" if hop.lost else _ABSENT
    if responder is not None:
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
        if hop.is_destination:
            name = f"**{name}**"
    loss = hop.loss_ratio
    return [
        str(hop.ttl),
        name,
        _ABSENT if loss is None else f"{100 * loss:.1f}",
        str(hop.sent),
        *(_ABSENT if seconds is None else unit.fixed(seconds, 3) for seconds in times),
    ]


def _code(text: str) -> str:
    """Between backquotes nothing is markup; a backquote itself ends them."""
    return f"`{text.replace('`', '')}`"


def _escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#|" else c for c in text)
