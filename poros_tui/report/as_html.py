"""Finished traces as one page of HTML that needs nothing else: no script, no file, no network.

Pure.
All text is cleaned and escaped, and the page forbids whatever is no style of its own (its Content
Security Policy), so that a name from outside stays a name.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC
from typing import Final

from poros_tui import __version__
from poros_tui.model.clean import clean
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.multipath_words import graph_drawing, graph_words
from poros_tui.model.session import SessionSnapshot
from poros_tui.model.time_unit import TimeUnit
from poros_tui.model.verdict.meaning import LossMeaning, meanings
from poros_tui.model.verdict.statement import Statement, Weight
from poros_tui.model.verdict.telling import told
from poros_tui.model.verdict.verdict import verdict
from poros_tui.packets.extension_words import extension_lines
from poros_tui.report.as_text import closing_lines, manner
from poros_tui.report.columns import (
    COLUMNS,
    HISTORY,
    HOP,
    RESPONDER,
    USUAL,
    Kind,
    Measured,
    place_doubts,
    with_networks,
    with_places,
)
from poros_tui.report.flow_paths import flow_lines
from poros_tui.report.layout import Layout
from poros_tui.report.page_style import STYLE
from poros_tui.report.remarks import answers_as, other_words, remarks, who
from poros_tui.report.run import FinishedRun, Untraced, utc
from poros_tui.report.sample_chart import chart_top_s, sample_chart

_ABSENT: Final = "·"
_UNIT: Final = TimeUnit.MS
_TEXT_MAX: Final = 4000
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_OF_THE_PATH: Final = frozenset({LossMeaning.THROUGH, LossMeaning.END})
"""Loss that is not a router's own."""
_SIGNS: Final = {
    Weight.FINE: "✓",
    Weight.NOTE: "·",
    Weight.TROUBLE: "!",
    Weight.UNKNOWN: "?",
}


def render(runs: Sequence[FinishedRun | Untraced], layout: Layout) -> str:
    """One page, with a part for each target."""
    names = [run.identity.target if isinstance(run, FinishedRun) else run.name for run in runs]
    title = f"Path to {', '.join(names)}"
    parts = [
        _article(run, layout.columns) if isinstance(run, FinishedRun) else _untraced(run)
        for run in runs
    ]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            f"<title>{_text(title)}</title>",
            f"<style>{STYLE}</style>",
            "</head>",
            "<body>",
            *parts,
            "</body>",
            "</html>",
        ]
    )


def _untraced(run: Untraced) -> str:
    return (
        f"<article><h1>Path to {_text(run.name)}</h1>"
        f'<ul><li class="trouble"><b>!</b>{_text(run.reason)}</li></ul></article>'
    )


def _article(run: FinishedRun, columns: Sequence[str] | None) -> str:
    if columns is None:
        hops = run.path.hops
        columns = with_places(with_networks((*USUAL, HISTORY), hops), hops)
    identity, found = run.identity, run.findings
    label = "SIMULATION, no packet left this machine"
    return "\n".join(
        [
            "<article>",
            f"<h1>Path to {_text(run.where)}</h1>",
            *([f'<p class="simulation">{label}</p>'] if identity.is_simulation else []),
            f'<p class="dim">{_text(manner(run, _UNIT))}, poros-tui {__version__}</p>',
            *_section("Verdict", _statements(run)),
            *(f"<p>{_text(line)}</p>" for line in closing_lines(run, ())),
            *_section("Hops", _table(run.path.hops, columns)),
            *_section(
                "Found on the way",
                _list(
                    f'<li class="note"><b>·</b>{_text(_capital(finding.words()))}.</li>'
                    for finding in found
                ),
            ),
            *_section("Places that cannot be right", _doubts(run, columns)),
            *_section("Events", _events(run)),
            *_section("Paths", _preformatted(flow_lines(run.path.hops))),
            *_section("Load balancing", _all_paths(run.path.session)),
            "</article>",
        ]
    )


def _section(heading: str, content: str) -> list[str]:
    """Nothing where there is no content."""
    return [f"<section><h2>{heading}</h2>", content, "</section>"] if content else []


def _statements(run: FinishedRun) -> str:
    return _list(
        f'<li class="{one.weight}"><b>{_SIGNS[one.weight]}</b>{_text(one.words)}</li>'
        for one in _said(run)
    )


def _said(run: FinishedRun) -> tuple[Statement, ...]:
    """As the live screen says it, but for times of day, which are those of UTC as all here."""
    hops, session, chronicle = run.path.hops, run.path.session, run.chronicle
    if chronicle is None or chronicle.newest_s is None:
        return verdict(hops, session, (), show_time=lambda _at_s: "")
    return told(hops, session, chronicle, chronicle.newest_s, _UNIT, UTC)


def _table(hops: Sequence[HopSnapshot], columns: Sequence[str]) -> str:
    top_s = chart_top_s(hops)
    headings = "".join(f"<th{_side(name)}>{_text(_heading(name, top_s))}</th>" for name in columns)
    meaning = meanings(hops)
    lossy = {ttl for ttl, loss in meaning.items() if loss in _OF_THE_PATH}
    rows = [_row(hop, columns, top_s, is_lossy=hop.ttl in lossy) for hop in hops]
    has_words = any(name not in _WIDE and COLUMNS[name].kind is Kind.TEXT for name in columns)
    return "\n".join(
        [
            f'<div class="scroll"><table class="hops{" worded" * has_words}">',
            f"<thead><tr>{headings}</tr></thead>",
            "<tbody>",
            *rows,
            "</tbody>",
            "</table></div>",
        ]
    )


def _row(hop: HopSnapshot, columns: Sequence[str], top_s: float | None, *, is_lossy: bool) -> str:
    cells = "".join(
        _figure(name, hop, is_lossy=is_lossy and name == "loss")
        if name not in _WIDE
        else _WIDE[name](hop, top_s)
        for name in columns
    )
    mark = ' class="end"' if hop.is_destination else ""
    return f"<tr{mark}>{cells}</tr>"


def _heading(name: str, top_s: float | None) -> str:
    if name == HISTORY and top_s is not None:
        return f"RTT, √, 0 to {_UNIT.text(top_s)}"
    return COLUMNS[name].heading


def _side(name: str) -> str:
    if name == RESPONDER:
        return ' class="left"'
    if name == HISTORY:
        return ' class="left chart"'
    return f' class="left {name}"' if COLUMNS[name].kind is Kind.TEXT else ""


def _figure(name: str, hop: HopSnapshot, *, is_lossy: bool) -> str:
    column = COLUMNS[name]
    text = column.text(Measured.of(hop), _UNIT) or _ABSENT
    mark = ' class="lossy"' if is_lossy else _side(name)
    return f'<td{mark} data-label="{column.heading}">{_text(text)}</td>'


def _responders(hop: HopSnapshot) -> str:
    lines = ["; ".join(remarks(hop))]
    for place, each in enumerate(hop.responders):
        if place:
            lines.append(f"{who(each)}: {other_words(each)}")
        lines += [line for one in each.extensions for line in extension_lines(one)]
    return _name(answers_as(hop)) + "".join(
        f"<small>{_name(line)}</small>" for line in lines if line
    )


def _name(text: str) -> str:
    """Without room it is broken behind a dot of a name, and elsewhere only if that does not do."""
    return re.sub(r"\.(?=[A-Za-z])", ".<wbr>", _text(text))


_WIDE: Final[Mapping[str, Callable[[HopSnapshot, float | None], str]]] = {
    HOP: lambda hop, _top_s: f'<td class="wide number">{hop.ttl}</td>',
    RESPONDER: lambda hop, _top_s: f'<td class="left wide name">{_responders(hop)}</td>',
    HISTORY: lambda hop, top_s: (
        f'<td class="left chart" data-label="{_heading(HISTORY, top_s)}">'
        f"{sample_chart(hop.history, top_s)}</td>"
    ),
}
"""Cells that are no figures."""


def _events(run: FinishedRun) -> str:
    return _list(
        f'<li class="note"><b>·</b><span class="dim">{utc(wall_s)}'
        f"{f', hop {event.ttl}' if event.ttl is not None else ''}</span> "
        f"{_text(f'{event.kind}: {event.words_in(_UNIT)}')}</li>"
        for event, wall_s in run.events
    )


def _doubts(run: FinishedRun, columns: Sequence[str]) -> str:
    return _list(
        f'<li class="note"><b>?</b><span class="dim">hop {hop.ttl}</span> {_text(doubt)}.</li>'
        for hop in run.path.hops
        for doubt in place_doubts(hop, columns)
    )


def _all_paths(session: SessionSnapshot) -> str:
    graph = session.status.graph
    if graph is None:
        return ""
    head, *rest = (f"<p>{_text(words)}</p>" for words in graph_words(graph))
    return "\n".join([head, _preformatted(graph_drawing(graph, session.graph_about)), *rest])


def _list(items: Iterable[str]) -> str:
    text = "\n".join(items)
    return f"<ul>\n{text}\n</ul>" if text else ""


def _preformatted(lines: Sequence[str]) -> str:
    """Blanks at their places count here, and so nothing but what cannot be printed goes."""
    kept = "\n".join("".join(filter(str.isprintable, line)) for line in lines)
    return f"<pre>{html.escape(kept)}</pre>" if kept else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _text(text: str) -> str:
    return html.escape(clean(text, _TEXT_MAX))
