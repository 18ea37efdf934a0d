"""The overview as text that leaves the screen: a plain table, Markdown, or CSV. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

from poros_tui.model.privacy import redacted
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.formatting import ABSENT, percent, short_time
from poros_tui.tui.overview_columns import TARGET_KINDS, TargetColumn
from poros_tui.tui.overview_rows import TargetLine, hops_text, state_sign
from poros_tui.tui.sharing import ExportKind

_COLUMNS: Final = tuple(column for column in TARGET_KINDS if column is not TargetColumn.HISTORY)
_VERDICT_MAX: Final = 1000
_CSV_HEADINGS: Final = (
    "number", "target", "address", "protocol", "state", "hops", "is_reached", "sent", "received",
    "lost", "loss_percent", "last_ms", "p95_ms", "verdict",
)  # fmt: skip
_FORMULA_BEGINS: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for a formula (OWASP, CSV Injection)."""


def overview_report(
    lines: Iterable[TargetLine],
    kind: ExportKind,
    private: frozenset[str] = frozenset(),
    unit: TimeUnit = TimeUnit.MS,
) -> str:
    """All targets in this order, one of the kinds TEXT, MARKDOWN and CSV. Nothing is cut, but
    `hidden` stands for each of the `private` words. Round trips are in this unit, but for CSV,
    which has milliseconds."""
    cells = _csv_cells if kind is ExportKind.CSV else partial(_cells, unit=unit)
    rows = [[redacted(cell, private) for cell in cells(line)] for line in lines]
    match kind:
        case ExportKind.MARKDOWN:
            return _markdown(rows)
        case ExportKind.CSV:
            return _csv(rows)
        case _:
            return _text(rows)


def _text(targets: Sequence[list[str]]) -> str:
    rows = [[TARGET_KINDS[column].heading for column in _COLUMNS], *targets]
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if TARGET_KINDS[column].is_number else cell.ljust(width)
            for column, cell, width in zip(_COLUMNS, row, widths, strict=True)
        ).rstrip()
        for row in rows
    )


def _markdown(targets: Sequence[list[str]]) -> str:
    headings = [TARGET_KINDS[column].heading for column in _COLUMNS]
    marks = ["---:" if TARGET_KINDS[column].is_number else "---" for column in _COLUMNS]
    rows = [[_escaped(cell) for cell in cells] for cells in (headings, *targets)]
    rows.insert(1, marks)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#|" else c for c in text)


def _cells(line: TargetLine, *, unit: TimeUnit) -> list[str]:
    """As the screen shows them."""
    end = line.snapshot.end
    return [
        f"{state_sign(line)[0]} {line.tab}",
        line.name,
        line.address or ABSENT,
        hops_text(end),
        percent(line.loss_ratio),
        short_time(line.last_s, unit),
        short_time(line.p95_s, unit),
        line.verdict.within(_VERDICT_MAX),
    ]


def _csv(targets: Sequence[list[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_CSV_HEADINGS)
    for cells in targets:
        writer.writerow([_no_formula(cell) for cell in cells])
    return text.getvalue()


def _csv_cells(line: TargetLine) -> list[str]:
    """What is not known is an empty cell."""
    end, destination, identity = line.snapshot.end, line.destination, line.identity
    counts = (destination.sent, destination.received, destination.lost) if destination else [""] * 3
    return [
        str(line.tab),
        line.name,
        line.address or "",
        identity.protocol.value if identity is not None else "",
        line.state.value,
        str(end.ttl) if end is not None else "",
        "yes" if destination is not None else "no",
        *map(str, counts),
        "" if line.loss_ratio is None else f"{100 * line.loss_ratio:.3f}",
        *("" if s is None else f"{s * 1e3:.3f}" for s in (line.last_s, line.p95_s)),
        line.verdict.within(_VERDICT_MAX),
    ]


def _no_formula(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_BEGINS) else cell
