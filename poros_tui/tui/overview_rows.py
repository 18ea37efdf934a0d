"""One target as one line of the overview, their order, and the lines above them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from poros_tui.model.clean import clean
from poros_tui.model.history import Gap
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.privacy import HIDDEN
from poros_tui.model.session import SessionState, TraceIdentity
from poros_tui.model.statistics import percentile
from poros_tui.model.targets import TargetSnapshot
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.formatting import ABSENT, elided, percent, plural, rate, short_time
from poros_tui.tui.header_lines import PROGRAM
from poros_tui.tui.headings import ASCENDING_SIGN, DESCENDING_SIGN
from poros_tui.tui.overview_columns import (
    TARGET_KINDS,
    VERDICT_MAX,
    TargetColumn,
    TargetSlot,
    TargetWidths,
)
from poros_tui.tui.roster import Entry
from poros_tui.tui.rows import loss_role
from poros_tui.tui.search import target_matches
from poros_tui.tui.short_verdict import Grade, ShortVerdict, short_verdict
from poros_tui.tui.spans import Line, Role, Span, both_ends, fitted, line_width, pieces_that_fit
from poros_tui.tui.sparkline import sparkline
from poros_tui.tui.verdict import Verdict

_PERCENT: Final = 95.0
_STATE_SIGNS: Final[dict[SessionState, Span]] = {
    SessionState.STARTING: ("○", Role.DIM),
    SessionState.RUNNING: ("●", Role.GOOD),
    SessionState.PAUSED: ("‖", Role.WARN),
    SessionState.FINISHED: ("■", Role.STRONG),
}
_PROBLEM_SIGN: Final[Span] = ("!", Role.BAD)

SortKey = float | str | tuple[int, int] | None


class TargetLine(msgspec.Struct, frozen=True):
    """What the overview says of one target."""

    entry_number: int
    tab: int
    """From 1, in the order of the tabs."""
    name: str
    """As it may be shown."""
    snapshot: TargetSnapshot
    state: SessionState
    verdict: ShortVerdict
    p95_s: float | None
    """None while nothing was answered."""
    private_hops: int = 0
    """So many hops from here are shown without their addresses."""
    identity: TraceIdentity | None = None
    """How it is traced now; None until its address is known."""

    @classmethod
    def of(cls, entry: Entry, tab: int, private_hops: int = 0) -> TargetLine:
        """As it stands."""
        snapshot = entry.snapshot
        return cls(
            entry.number,
            tab,
            entry.shown_name(private_hops),
            snapshot,
            entry.state,
            short_verdict(snapshot, private_hops),
            _p95_s(snapshot.end),
            private_hops,
            entry.identity,
        )

    def shows(self, snapshot: TargetSnapshot, tab: int, private_hops: int) -> bool:
        """Whether it is made of these already."""
        is_same = self.snapshot is snapshot
        return is_same and (self.tab, self.private_hops) == (tab, private_hops)

    @property
    def address(self) -> str | None:
        """What is traced, as it may be shown; None while that is not known."""
        identity, end = self.snapshot.identity, self.destination
        if identity is None:
            return None
        if end is not None and end.ttl <= self.private_hops:
            return HIDDEN
        zone = f"%{clean(identity.destination_zone, 32)}" if identity.destination_zone else ""
        return f"{identity.destination}{zone}"

    @property
    def destination(self) -> HopSnapshot | None:
        """Its hop, None while it was not reached: another hop's figures would not be its own."""
        end = self.snapshot.end
        return end if end is not None and end.is_destination else None

    @property
    def last_s(self) -> float | None:
        """The newest round trip to the destination."""
        return self.destination.rtt.last_s if self.destination is not None else None

    @property
    def loss_ratio(self) -> float | None:
        """End to end, 0 to 1."""
        return self.destination.loss_ratio if self.destination is not None else None


def matches(line: TargetLine, wanted: str) -> bool:
    """Whether its name, or its address as it may be shown, has `wanted` in it."""
    address = line.address if line.address != HIDDEN else None
    return target_matches(line.name, address, wanted)


def _p95_s(end: HopSnapshot | None) -> float | None:
    if end is None or not end.is_destination:
        return None
    return percentile([s for s in end.history if not isinstance(s, Gap)], _PERCENT)


_KEYS: Final[dict[TargetColumn, Callable[[TargetLine], SortKey]]] = {
    TargetColumn.NUMBER: lambda line: line.tab,
    TargetColumn.NAME: lambda line: line.snapshot.name.lower(),
    TargetColumn.ADDRESS: lambda line: (
        (line.snapshot.identity.destination.version, int(line.snapshot.identity.destination))
        if line.snapshot.identity is not None
        else None
    ),
    TargetColumn.HOPS: lambda line: line.snapshot.end.ttl if line.snapshot.end else None,
    TargetColumn.LOSS: lambda line: line.loss_ratio,
    TargetColumn.LAST: lambda line: line.last_s,
    TargetColumn.P95: lambda line: line.p95_s,
    TargetColumn.VERDICT: lambda line: line.verdict.grade,
}


class TargetOrder(msgspec.Struct, frozen=True):
    """By which column, and which end first."""

    column: TargetColumn = TargetColumn.NUMBER
    descending: bool = False

    def chosen(self, column: TargetColumn) -> TargetOrder:
        """This column in its own first direction, or the other direction where it is chosen."""
        if column is self.column:
            return TargetOrder(column, not self.descending)
        return TargetOrder(column, TARGET_KINDS[column].worst_first)

    def next_of(self, columns: Sequence[TargetColumn]) -> TargetOrder:
        """The next sortable column among those shown."""
        sortable = [column for column in columns if TARGET_KINDS[column].is_sortable]
        place = sortable.index(self.column) + 1 if self.column in sortable else 0
        column = sortable[place % len(sortable)]
        return TargetOrder(column, TARGET_KINDS[column].worst_first)


def ordered_targets(lines: Iterable[TargetLine], order: TargetOrder) -> tuple[int, ...]:
    """Their numbers in that order. Equals keep the order of the tabs; absent values stand last in
    both directions."""
    value_of = _KEYS[order.column]
    known: list[tuple[SortKey, int]] = []
    absent: list[int] = []
    for line in lines:
        value = value_of(line)
        if value is None:
            absent.append(line.entry_number)
        else:
            known.append((value, line.entry_number))
    known.sort(key=lambda item: item[0], reverse=order.descending)  # type: ignore[arg-type,return-value]
    return (*(number for _value, number in known), *absent)


# --- rows ----------------------------------------------------------------------------------------


def target_line(
    line: TargetLine,
    slots: Iterable[TargetSlot],
    top_s: float | None,
    unit: TimeUnit = TimeUnit.MS,
) -> Line:
    """The target's row from the left margin to the end of its last column. `top_s` is the round
    trip that fills a cell of its history."""
    result: Line = []
    x = 0
    slots = tuple(slots)
    has_figures = not line.snapshot.problem and line.snapshot.identity is not None
    for slot in slots:
        if slot.x > x:
            result.append((" " * (slot.x - x), Role.TEXT))
        if not has_figures and slot.column not in (TargetColumn.NUMBER, TargetColumn.NAME):
            # Why there are none needs the room that they would have.
            room = slots[-1].end - slot.x
            return [*result, *fitted([(line.verdict.within(room), line.verdict.role)], room)]
        result.extend(fitted(_cell(line, slot, top_s, unit), slot.width))
        x = slot.end
    return result


def _cell(line: TargetLine, slot: TargetSlot, top_s: float | None, unit: TimeUnit) -> Line:
    end = line.snapshot.end
    match slot.column:
        case TargetColumn.NUMBER:
            return [state_sign(line), (f"{line.tab:>{slot.width - 1}}", Role.DIM)]
        case TargetColumn.NAME:
            return [(elided(line.name, slot.width), Role.STRONG)]
        case TargetColumn.ADDRESS:
            return [(elided(line.address or ABSENT, slot.width), Role.TEXT)]
        case TargetColumn.HOPS:
            return [_right(hops_text(end), slot.width)]
        case TargetColumn.LOSS:
            role = loss_role(end, Verdict.END) if end and line.loss_ratio else Role.TEXT
            return [_right(percent(line.loss_ratio), slot.width, role)]
        case TargetColumn.LAST:
            return [_right(short_time(line.last_s, unit), slot.width)]
        case TargetColumn.P95:
            return [_right(short_time(line.p95_s, unit), slot.width)]
        case TargetColumn.VERDICT:
            return [(line.verdict.within(slot.width), line.verdict.role)]
        case TargetColumn.HISTORY:
            if line.destination is None:
                return []
            return sparkline(line.destination, slot.width, top_s)


def state_sign(line: TargetLine) -> Span:
    """What its session does, or that it can't be traced."""
    return _PROBLEM_SIGN if line.verdict.grade is Grade.BROKEN else _STATE_SIGNS[line.state]


def hops_text(end: HopSnapshot | None) -> str:
    """How far the destination is; `7+` while hop 7 is the last that answers."""
    if end is None:
        return ABSENT
    return str(end.ttl) if end.is_destination else f"{end.ttl}+"


def _right(text: str, width: int, role: Role = Role.TEXT) -> Span:
    return text.rjust(width), Role.FAINT if text == ABSENT else role


def note_target_needs(
    lines: Iterable[TargetLine], widths: TargetWidths, unit: TimeUnit = TimeUnit.MS
) -> bool:
    """Let the columns grow for these targets; true where one did."""
    grew = False
    for line in lines:
        snapshot = line.snapshot
        grew |= widths.grow(TargetColumn.NAME, len(line.name))
        if snapshot.identity is None or snapshot.problem:
            continue
        for column, text in (
            (TargetColumn.ADDRESS, line.address or ABSENT),
            (TargetColumn.LAST, short_time(line.last_s, unit)),
            (TargetColumn.P95, short_time(line.p95_s, unit)),
            (TargetColumn.VERDICT, line.verdict.within(VERDICT_MAX)),
        ):
            grew |= widths.grow(column, len(text))
    return grew


def target_heading_line(slots: Iterable[TargetSlot], order: TargetOrder) -> Line:
    """The names of the columns; the sorted one carries the direction."""
    line: Line = []
    x = 0
    for slot in slots:
        if slot.x > x:
            line.append((" " * (slot.x - x), Role.TEXT))
        kind = TARGET_KINDS[slot.column]
        is_chosen = slot.column is order.column
        sign = (DESCENDING_SIGN if order.descending else ASCENDING_SIGN) if is_chosen else ""
        role = Role.ACCENT if is_chosen else Role.HEADING
        if kind.is_number:
            line.append(((sign + kind.heading).rjust(slot.width), role))
        else:
            line.extend(fitted([(kind.heading + sign, role)], slot.width))
        x = slot.end
    return line


# --- above the table -----------------------------------------------------------------------------


def overview_header(
    entries: Sequence[Entry],
    lines: Iterable[TargetLine],
    rate_pps: float | None,
    width: int,
    *,
    is_frozen: bool = False,
    replay: tuple[str, str] | None = None,
) -> list[Line]:
    """Two lines of exactly `width` cells: what is traced, and how it goes. `replay`: what of a file
    is shown, as a badge and in words."""
    room = max(0, width - 2)
    left: Line = [(PROGRAM, Role.ACCENT), ("  ", Role.TEXT)]
    left.append((plural(len(entries), "target"), Role.STRONG))
    right: Line = [_state_of_all(entries)]
    if replay is not None:
        badge, words = replay
        right = [(f" {badge} ", Role.BADGE), (" ", Role.TEXT), (words, Role.STRONG)]
    elif any(entry.identity is not None and entry.identity.is_simulation for entry in entries):
        right = [(" SIMULATION ", Role.BADGE), (" ", Role.TEXT), *right]
    if is_frozen:
        right = [(" FROZEN ", Role.BADGE), (" ", Role.TEXT), *right]
    if line_width(left) + line_width(right) + 2 > room:
        left = left[2:]
    first = both_ends(left, right, room)
    second = pieces_that_fit(_how_it_goes(lines, rate_pps), room)
    return [fitted([(" ", Role.TEXT), *line], width) for line in (first, second)]


def _state_of_all(entries: Sequence[Entry]) -> Span:
    states = [entry.state for entry in entries if not entry.snapshot.problem]
    if not states or all(state is SessionState.STARTING for state in states):
        return "○ starting", Role.DIM
    paused = sum(state is SessionState.PAUSED for state in states)
    if paused == len(states):
        return " ‖ PAUSED ", Role.BADGE
    if paused:
        return f"‖ {paused} paused", Role.WARN
    if all(state is SessionState.FINISHED for state in states):
        return "■ finished", Role.STRONG
    return "● running", Role.GOOD


_GRADE_WORDS: Final = {
    Grade.GOOD: ("fine", Role.GOOD),
    Grade.TROUBLE: ("in trouble", Role.BAD),
    Grade.NOT_REACHED: ("not reached", Role.WARN),
    Grade.BROKEN: ("can't be traced", Role.BAD),
    Grade.UNKNOWN: ("not known yet", Role.DIM),
}


def _how_it_goes(lines: Iterable[TargetLine], rate_pps: float | None) -> list[tuple[int, Line]]:
    grades = [line.verdict.grade for line in lines]
    pieces: list[tuple[int, Line]] = []
    for rank, (grade, (words, role)) in enumerate(_GRADE_WORDS.items()):
        count = grades.count(grade)
        if count:
            pieces.append((rank, [(f"{count} {words}", role)]))
    if rate_pps is not None:
        pieces.append((len(_GRADE_WORDS), [(f"{rate(rate_pps)} packets/s", Role.DIM)]))
    return pieces
