"""Finished traces as one table in CSV (RFC 4180), for spreadsheets and programs. Pure.

A heading, then a line for each responder of each hop, and one for each hop at which nobody
answered. Lines end with CRLF, numbers have a point, times are in milliseconds; what is not known is
empty. A cell that a spreadsheet would take for a formula, because it begins with `=`, `+`, `-`,
`@`, a tab or a carriage return, has an apostrophe before it, which spreadsheets do not show (OWASP,
CSV Injection). Numbers have none: latitudes and longitudes may be negative, all others are not.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from poros_tui.model.coordinates import Coordinates
from poros_tui.model.hop import HopSnapshot, Responder
from poros_tui.model.time_unit import TimeUnit
from poros_tui.report.columns import (
    COLUMNS,
    FIGURES,
    HOP,
    RESPONDER,
    Kind,
    Measured,
    samples_text,
)
from poros_tui.report.layout import Layout
from poros_tui.report.run import FinishedRun

_FORMULA_BEGINS: Final = ("=", "+", "-", "@", "\t", "\r")
_ENDINGS: Final = {Kind.RATIO: "_percent", Kind.TIME: "_ms", Kind.SAMPLES: "_ms"}
_OF_THE_RUN: Final[Mapping[str, Callable[[FinishedRun], str]]] = {
    "target": lambda run: run.identity.target,
    "destination": lambda run: str(run.address or ""),
    "protocol": lambda run: run.identity.protocol or "",
    "started_at": lambda run: run.started_at or "",
}


def _at(responder: Responder) -> Coordinates | None:
    return responder.place.at if responder.place is not None else None


_OF_THE_RESPONDER: Final[Mapping[str, Callable[[Responder], object]]] = {
    "name": lambda responder: responder.name,
    "asn": lambda responder: responder.network.asn if responder.network else None,
    "network": lambda responder: responder.network.name if responder.network else None,
    "exchange": lambda responder: responder.exchange.name if responder.exchange else None,
    "answers": lambda responder: responder.answers,
    "reply_ttl": lambda responder: responder.reply_ttl,
    "unreachable": lambda responder: responder.refusal,
    "city": lambda responder: responder.place.city if responder.place else None,
    "country": lambda responder: responder.place.country_code if responder.place else None,
    "latitude": lambda responder: at.latitude_deg if (at := _at(responder)) else None,
    "longitude": lambda responder: at.longitude_deg if (at := _at(responder)) else None,
    "place_doubt": lambda responder: (responder.place.doubt or None) if responder.place else None,
}


def render(runs: Sequence[FinishedRun], layout: Layout) -> str:
    """One table for all targets."""
    return to_csv(runs, layout.columns)


def to_csv(runs: Sequence[FinishedRun], columns: Sequence[str] | None = None) -> str:
    """With all figures, and what is known of run and responder; where the user has chosen
    `columns`, with the target and these.

    Counts and loss are those of the hop, and so the same in the lines of all its responders. Round
    trips are of the responder's own answers, median and 95th percentile of the newest 240.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_headings(columns))
    for run in runs:
        for hop in run.path.hops:
            for responder in hop.responders or (None,):
                writer.writerow(map(_harmless, _line(run, hop, responder, columns)))
    return text.getvalue()


def _headings(columns: Sequence[str] | None) -> list[str]:
    if columns is not None:
        return ["target", *map(_heading, columns)]
    figures = [_heading(name) for name in FIGURES if name not in (HOP, RESPONDER)]
    return [*_OF_THE_RUN, HOP, RESPONDER, "is_destination", *_OF_THE_RESPONDER, *figures]


def _heading(name: str) -> str:
    return name + _ENDINGS.get(COLUMNS[name].kind, "")


def _line(
    run: FinishedRun, hop: HopSnapshot, responder: Responder | None, columns: Sequence[str] | None
) -> list[str | float]:
    cells = {HOP: str(hop.ttl), RESPONDER: str(responder.address) if responder else ""}
    measured = Measured.of(hop) if responder is None else Measured.by(hop, responder)
    for name in COLUMNS:
        if name not in cells:
            cells[name] = _cell(name, measured)
    if columns is not None:
        return [run.identity.target, *(cells[name] for name in columns)]
    figures = [cells[name] for name in FIGURES if name not in (HOP, RESPONDER)]
    return [
        *(of_run(run) for of_run in _OF_THE_RUN.values()),
        cells[HOP],
        cells[RESPONDER],
        "yes" if hop.is_destination else "no",
        *_of_responder(hop, responder),
        *figures,
    ]


def _of_responder(hop: HopSnapshot, responder: Responder | None) -> list[str | float]:
    if responder is None and hop.known_as:
        told = {"name": hop.known_as, "answers": str(hop.received)}
        return [told.get(name, "") for name in _OF_THE_RESPONDER]
    return [_known(responder, value) for value in _OF_THE_RESPONDER.values()]


def _known(responder: Responder | None, value: Callable[[Responder], object]) -> str | float:
    known = None if responder is None else value(responder)
    if isinstance(known, float):
        return known
    return "" if known is None else str(known)


def _cell(name: str, measured: Measured) -> str:
    """Times to the nanosecond, which is what the kernel's stamps give."""
    column = COLUMNS[name]
    if column.kind is Kind.SAMPLES:
        return samples_text(measured.samples, TimeUnit.MS)
    if column.kind is Kind.TEXT:
        return column.text(measured, TimeUnit.MS) or ""
    value = column.value(measured)
    if value is None:
        return ""
    match column.kind:
        case Kind.RATIO:
            return f"{100 * value:.3f}"
        case Kind.TIME:
            return f"{1e3 * value:.6f}"
        case _:
            return str(value)


def _harmless(cell: str | float) -> str:
    text = str(cell)
    return f"'{text}" if isinstance(cell, str) and text.startswith(_FORMULA_BEGINS) else text
