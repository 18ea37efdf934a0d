"""One hop as one line of the table, and the lines above them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from poros_tui.model.column import Column
from poros_tui.model.flow import FlowAtHop
from poros_tui.model.hop import HopSnapshot, Responder
from poros_tui.model.statistics import loss_ratio
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.columns import (
    DEFAULT_COLUMNS,
    NETWORK_MOST,
    PLACE_MOST,
    ColumnWidths,
    Slot,
)
from poros_tui.tui.formatting import (
    ABSENT,
    ELLIPSIS,
    address,
    count,
    elided,
    percent,
)
from poros_tui.tui.network_cells import as_cell, network_cell
from poros_tui.tui.place_cells import place_cell
from poros_tui.tui.spans import Line, Role, Span, fitted, line_width
from poros_tui.tui.sparkline import sparkline
from poros_tui.tui.table_look import Called, HeightScale
from poros_tui.tui.time_text import signed_time_text, time_text
from poros_tui.tui.values import COUNTS, TIMES, count_of, loss_share, time_s
from poros_tui.tui.verdict import SIGNS, Verdict

DESTINATION_SIGN: Final = "◆"
IN_FLIGHT_SIGN: Final = "▸"
FLOW_SIGN: Final = "╰"
FINDING_SIGN: Final = "≠"
NO_REPLY: Final = "no reply"
DOUBT_SIGN: Final = "?"
RESPONDER_MOST: Final = 48
"""Cells that the column grows to for a name: a longer one is elided, and the panel has it whole."""
_NAME_LEAST: Final = 6
"""Cells of a name that are worth standing before its address."""
_WORDS_LEAST: Final = 10
"""Cells below which the words of an unreachable are not worth beginning."""
_HEAVY_LOSS: Final = 0.05
"""From here on lost packets are felt: TCP's throughput falls with the square root of loss
(Mathis et al., CCR 27(3), 1997)."""

CHANGE_LEAST_S: Final = 0.001
CHANGE_SHARE: Final = 0.1
LOSS_CHANGE: Final = 0.01
"""Smaller changes since the user's mark are shown, but not in colour: a millisecond and a tenth of
the average before, a point of loss."""

_LOST_ROLES: Final = {
    Verdict.SILENT: Role.FAINT,
    Verdict.LOCAL: Role.DIM,
    Verdict.LIMITED: Role.DIM,
}
"""Losses that are no fault of the path do not shout."""


class TableScale(msgspec.Struct, frozen=True, kw_only=True):
    """What all rows of the table share."""

    decimals: int
    """Of every time, 1 to 3."""
    top_s: float | None
    """The round-trip time that fills a cell of the history; None while nothing answered."""
    marks_in_flight: bool
    """Whether a hop with a probe out carries a sign, so that a walk can be watched."""
    is_difference: bool = False
    """Whether the figures are those since the user's mark, less those before it."""
    unit: TimeUnit = TimeUnit.MS
    height: HeightScale = HeightScale.SQRT
    called: Called = Called.NAME

    def time(self, seconds: float | None) -> str:
        """A time as its cell has it."""
        return time_text(seconds, self.decimals, self.unit)

    def change(self, seconds: float | None) -> str:
        """A difference of times as its cell has it."""
        return signed_time_text(seconds, self.decimals, self.unit)


def row_line(
    hop: HopSnapshot,
    verdict: Verdict,
    slots: Iterable[Slot],
    scale: TableScale,
    *,
    is_marked: bool = False,
    edge: str = "",
) -> Line:
    """The hop's row from the left margin to the end of its last column. `is_marked`: something
    was found that begins here. `edge` is what `network_cells.edges` has for it."""
    line: Line = []
    x = 0
    for slot in slots:
        if slot.x > x:
            line.append((" " * (slot.x - x), Role.TEXT))
        line.extend(fitted(_cell(hop, verdict, slot, scale, is_marked, edge), slot.width))
        x = slot.end
    return line


def flow_line(flow: FlowAtHop, slots: Iterable[Slot], scale: TableScale) -> Line:
    """The row of one flow at a hop, below that of the hop."""
    line: Line = []
    x = 0
    for slot in slots:
        if slot.x > x:
            line.append((" " * (slot.x - x), Role.TEXT))
        line.extend(fitted(_flow_cell(flow, slot, scale), slot.width))
        x = slot.end
    return line


def _flow_cell(flow: FlowAtHop, slot: Slot, scale: TableScale) -> Line:
    match slot.column:
        case Column.HOP:
            return [(f"{FLOW_SIGN}{flow.flow + 1}".rjust(slot.width), Role.DIM)]
        case Column.RESPONDER:
            if flow.responder is None:
                return [(NO_REPLY if flow.lost else "…", Role.DIM)]
            others = len(flow.responders) - 1
            tail = f" +{others}" if others else ""
            return [(address(flow.responder, slot.width - len(tail)) + tail, Role.DIM)]
        case Column.LOSS:
            text = percent(loss_ratio(flow.lost, flow.received))
            return [_right(text + " ", slot.width, Role.DIM)]
        case Column.SENT | Column.RECEIVED | Column.LOST | Column.LATE:
            return [_right(_count_text(COUNTS[slot.column](flow)), slot.width, Role.DIM)]
        case Column.HISTORY | Column.AS | Column.NETWORK | Column.PLACE:
            return []
        case _:
            return [_right(scale.time(TIMES[slot.column](flow)), slot.width, Role.DIM)]


def _cell(
    hop: HopSnapshot, verdict: Verdict, slot: Slot, scale: TableScale, is_marked: bool, edge: str
) -> Line:
    match slot.column:
        case Column.HOP:
            return hop_cell(hop, scale, is_marked=is_marked)
        case Column.RESPONDER:
            return responder_cell(hop, slot.width, scale.called)
        case Column.AS:
            return as_cell(hop, edge)
        case Column.NETWORK:
            return network_cell(hop, slot.width, edge)
        case Column.PLACE:
            return place_cell(hop, slot.width)
        case Column.LOSS:
            if scale.is_difference:
                return [_loss_change(hop, slot.width)]
            return [_loss_span(hop, verdict, slot.width)]
        case Column.SENT | Column.RECEIVED | Column.LOST | Column.LATE:
            number = count_of(hop, slot.column, is_difference=scale.is_difference)
            return [_right(_count_text(number), slot.width, _quiet(hop))]
        case Column.HISTORY:
            return sparkline(hop, slot.width, scale.top_s, lost_role(verdict), scale.height)
        case _:
            if scale.is_difference:
                return [_time_change(hop, slot, scale)]
            text = scale.time(TIMES[slot.column](hop))
            return [_right(text, slot.width, _quiet(hop))]


def _time_change(hop: HopSnapshot, slot: Slot, scale: TableScale) -> Span:
    seconds = time_s(hop, slot.column, is_difference=True)
    text = scale.change(seconds)
    if seconds is None:
        return text.rjust(slot.width), Role.FAINT
    # What is within a tenth of what it was, or a millisecond, is no change to look at.
    before_s = (hop.comparison.before.rtt.mean_s if hop.comparison is not None else None) or 0.0
    is_small = abs(seconds) < max(CHANGE_LEAST_S, CHANGE_SHARE * before_s)
    role = Role.TEXT if is_small else Role.BAD if seconds > 0 else Role.GOOD
    return text.rjust(slot.width), role


def _loss_change(hop: HopSnapshot, width: int) -> Span:
    share = loss_share(hop, is_difference=True)
    if share is None:
        return (ABSENT + " ").rjust(width), Role.FAINT
    role = Role.TEXT if abs(share) < LOSS_CHANGE else Role.BAD if share > 0 else Role.GOOD
    text = f"{100 * share:+.1f}" if share else "0.0"
    return (text + " ").rjust(width), role


def _right(text: str, width: int, role: Role) -> Span:
    return text.rjust(width), Role.FAINT if text == ABSENT else role


def _count_text(number: int | None) -> str:
    return ABSENT if number is None else count(number)


def _quiet(hop: HopSnapshot) -> Role:
    return Role.TEXT if hop.received else Role.DIM


def hop_cell(hop: HopSnapshot, scale: TableScale, *, is_marked: bool = False) -> Line:
    """`▸` where a probe is out, the number, `◆` at the destination or `≠` where something was
    found: five cells."""
    mark = IN_FLIGHT_SIGN if scale.marks_in_flight and hop.in_flight else " "
    if hop.is_destination:
        return [(mark, Role.ACCENT), (f"{hop.ttl:>3}{DESTINATION_SIGN}", Role.ACCENT)]
    if is_marked:
        return [(mark, Role.ACCENT), (f"{hop.ttl:>3}", _quiet(hop)), (FINDING_SIGN, Role.WARN)]
    return [(mark, Role.ACCENT), (f"{hop.ttl:>3} ", _quiet(hop))]


def responder_cell(
    hop: HopSnapshot, width: int | None = None, called: Called = Called.NAME
) -> Line:
    """Who answers: name or address, how many others, and what an unreachable says, within `width`
    cells."""
    responder = hop.responder
    if responder is None:
        return [_silence(hop)]
    others = len(hop.responders) - 1
    tail: Line = [(f" +{others}", Role.DIM)] if others else []
    words: Line = []
    if hop.refusing:
        mark, _, text = (hop.refusing[0].refusal or "").partition(" ")
        tail.append((" " + mark, Role.BAD if hop.is_unreachable else Role.WARN))
        # Where others let it through, the mark alone must do: the panel has the words.
        words += [(" " + text, Role.WARN)] * hop.is_unreachable
    role = Role.STRONG if hop.is_destination else Role.TEXT
    whole: Line = [(responder_text(responder, called), role), *tail, *words]
    if width is None or line_width(whole) <= width:
        return whole
    room = width - line_width(tail)
    cell: Line = [(responder_text(responder, called, room), role), *tail]
    for text, words_role in words:
        room = width - line_width(cell)
        if room >= _WORDS_LEAST:
            cell.append((text[: room - 1] + ELLIPSIS, words_role))
    return cell


def responder_text(responder: Responder, called: Called, width: int | None = None) -> str:
    """What a responder is called, elided in the middle where it has less than its own room; with a
    `?` behind a name that does not lead back to its address."""
    name = responder.name
    if name is None or called is Called.ADDRESS:
        return address(responder.address, width)
    doubt = DOUBT_SIGN if responder.naming is not None and responder.naming.doubt else ""
    if called is Called.NAME:
        return elided(name + doubt, width)
    where = f" ({address(responder.address)})"
    if width is None or len(name + doubt + where) <= width:
        return name + doubt + where
    # The address whole, as long as that leaves something of the name.
    room = width - len(doubt + where)
    if room < _NAME_LEAST:
        return address(responder.address, width)
    return elided(name, room) + doubt + where


def _silence(hop: HopSnapshot) -> Span:
    if hop.lost:
        return NO_REPLY, Role.DIM
    if hop.in_flight:
        return "…", Role.FAINT
    if hop.send_errors:
        return "not sent", Role.WARN
    return ABSENT, Role.FAINT


def loss_role(hop: HopSnapshot, verdict: Verdict) -> Role:
    """How much the loss of this hop should worry."""
    match verdict:
        case Verdict.THROUGH | Verdict.END:
            return Role.BAD if (hop.loss_ratio or 0) >= _HEAVY_LOSS else Role.WARN
        case Verdict.UNKNOWN:
            return Role.WARN
        case _:
            return Role.DIM


def lost_role(verdict: Verdict) -> Role:
    """How the lost probes of such a hop look in a chart."""
    return _LOST_ROLES.get(verdict, Role.LOST)


def _loss_span(hop: HopSnapshot, verdict: Verdict, width: int) -> Span:
    text = percent(hop.loss_ratio)
    sign = SIGNS[verdict]
    # The sign has a cell of its own, so that the numbers stay in line.
    role = Role.FAINT if text == ABSENT else loss_role(hop, verdict)
    return text.rjust(width - 1) + sign, role


def note_needs(
    hops: Iterable[HopSnapshot],
    scale: TableScale,
    widths: ColumnWidths,
    columns: Iterable[Column] = DEFAULT_COLUMNS,
) -> bool:
    """Let these columns grow for these hops; true where one did."""
    times = [column for column in columns if column in TIMES]
    grew = False
    for hop in hops:
        grew |= widths.grow(Column.RESPONDER, _responder_needs(hop, scale.called))
        if Column.AS in columns or Column.NETWORK in columns:
            grew |= widths.grow(Column.AS, line_width(as_cell(hop)))
            needed = min(NETWORK_MOST, line_width(network_cell(hop)))
            grew |= widths.grow(Column.NETWORK, needed)
        if Column.PLACE in columns:
            grew |= widths.grow(Column.PLACE, min(PLACE_MOST, line_width(place_cell(hop))))
        for column in times:
            grew |= widths.grow(column, len(scale.time(TIMES[column](hop))))
            if scale.is_difference:
                change_s = time_s(hop, column, is_difference=True)
                grew |= widths.grow(column, len(scale.change(change_s)))
    return grew


def _responder_needs(hop: HopSnapshot, called: Called) -> int:
    needed = line_width(responder_cell(hop, called=called))
    if hop.responder is None or hop.responder.name is None or needed <= RESPONDER_MOST:
        return needed
    by_address = line_width(responder_cell(hop, called=Called.ADDRESS))
    return max(RESPONDER_MOST, by_address)
