"""The overview's columns, rows, verdicts and tabs, without a screen."""

from __future__ import annotations

import itertools
import statistics
from ipaddress import ip_address

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.session import SessionState
from poros_tui.model.stop import StopKind
from poros_tui.model.targets import TargetSnapshot
from poros_tui.model.verdict.statement import Statement, Topic, Weight
from poros_tui.tui.overview_columns import (
    DROP_ORDER,
    TARGET_KINDS,
    TargetColumn,
    TargetWidths,
    layout_targets,
    target_column_at,
)
from poros_tui.tui.overview_rows import (
    TargetLine,
    TargetOrder,
    note_target_needs,
    ordered_targets,
    overview_header,
    target_heading_line,
    target_line,
)
from poros_tui.tui.roster import Entry, Roster
from poros_tui.tui.short_verdict import Grade, ShortVerdict, short_verdict
from poros_tui.tui.spans import Role, line_text, line_width
from poros_tui.tui.tab_lines import tab_line
from tests.tui.fleet_stage import Made

names = st.lists(st.text(min_size=1, max_size=300), min_size=1, max_size=40)


def made(number: int = 0, name: str = "a.example") -> Made:
    return Made(number, name, 0.0)


def reached(rtts_ms: list[float | None], number: int = 0, name: str = "a.example") -> Made:
    """A target two hops away; None is a loss."""
    target = made(number, name)
    for rtt_ms in rtts_ms:
        target.path.reply(1, 1.0)
        if rtt_ms is None:
            target.path.lose(2)
        else:
            target.path.reached(2, rtt_ms)
    target.path.stopped(StopKind.REACHED, ttl=2)
    return target


def undecided() -> TargetSnapshot:
    """Its distance is known, and nothing else."""
    snapshot = reached([5.0]).snapshot(said=())
    assert snapshot.end is not None
    end = msgspec.structs.replace(snapshot.end, received=0, lost=0)
    return msgspec.structs.replace(snapshot, end=end)


def entries_of(*names_: str) -> tuple[Entry, ...]:
    snapshots = [made(number, name).not_begun() for number, name in enumerate(names_)]
    for place, snapshot in enumerate(snapshots):
        snapshots[place] = msgspec.structs.replace(snapshot, place=(place, 0))
    return Roster(snapshots, 0.0).entries


def line_of(snapshot: TargetSnapshot, tab: int = 1) -> TargetLine:
    return TargetLine.of(Entry(snapshot, 0.0), tab)


# --- columns --------------------------------------------------------------------------------------


@given(st.integers(50, 250), st.integers(1, 253), st.integers(1, 45), st.integers(1, 90))
def test_columns_fit_and_do_not_overlap(width: int, name: int, address: int, verdict: int) -> None:
    widths = TargetWidths()
    widths.grow(TargetColumn.NAME, name)
    widths.grow(TargetColumn.ADDRESS, address)
    widths.grow(TargetColumn.VERDICT, verdict)
    slots = layout_targets(width, widths)
    assert slots[-1].end <= width
    for left, right in itertools.pairwise(slots):
        assert left.end < right.x
    shown = {slot.column for slot in slots}
    assert shown >= set(TARGET_KINDS) - set(DROP_ORDER)
    for slot in slots:
        least = 4 if slot.column is TargetColumn.NAME else TARGET_KINDS[slot.column].least
        assert slot.width >= least
        assert target_column_at(slot.x, slots) in (slot.column, None)
    # What goes first is not there unless all that goes later is.
    present = [column in shown for column in DROP_ORDER]
    assert present == sorted(present)


@given(st.integers(50, 250), names)
def test_rows_and_headings_are_as_wide_as_their_columns(width: int, named: list[str]) -> None:
    lines = [line_of(made(number, name).snapshot()) for number, name in enumerate(named)]
    lines.append(line_of(made(99).not_begun(problem="there is no such host", advice="look")))
    widths = TargetWidths()
    note_target_needs(lines, widths)
    slots = layout_targets(width, widths)
    assert line_width(target_heading_line(slots, TargetOrder())) == slots[-1].end
    for line in lines:
        row = target_line(line, slots, None)
        assert line_width(row) == slots[-1].end
        assert line_text(row).isprintable()


def test_widths_grow_and_never_shrink() -> None:
    widths = TargetWidths()
    long, short = line_of(made(name="x" * 40).snapshot()), line_of(made(name="x").snapshot())
    assert note_target_needs([long], widths)
    before = layout_targets(120, widths)
    assert not note_target_needs([short], widths)
    assert layout_targets(120, widths) == before


# --- figures --------------------------------------------------------------------------------------


@given(st.lists(st.one_of(st.none(), st.floats(0.01, 3000)), min_size=1, max_size=60))
def test_loss_and_percentile_are_those_of_the_destination(rtts_ms: list[float | None]) -> None:
    line = line_of(reached([10.0, *rtts_ms]).snapshot())
    answered = [10.0, *(rtt for rtt in rtts_ms if rtt is not None)]
    assert line.loss_ratio == pytest.approx(rtts_ms.count(None) / (len(rtts_ms) + 1))
    assert line.last_s == pytest.approx(answered[-1] / 1e3)
    if len(answered) > 1:
        expected_ms = statistics.quantiles(answered, n=100, method="inclusive")[94]
        assert line.p95_s == pytest.approx(expected_ms / 1e3)
    else:
        assert line.p95_s == pytest.approx(answered[0] / 1e3)


def test_a_hop_on_the_way_does_not_lend_its_figures_to_a_destination_that_is_silent() -> None:
    target = made()
    for _ in range(5):
        target.path.reply(3, 5.0)
    line = line_of(target.snapshot())
    assert (line.last_s, line.p95_s, line.loss_ratio) == (None, None, None)
    slots = layout_targets(120, TargetWidths())
    assert " 3+ " in line_text(target_line(line, slots, None))


@pytest.mark.parametrize(
    ("snapshot", "grade", "words"),
    [
        (made().not_begun(), Grade.UNKNOWN, "looking for its address"),
        (made().not_begun(problem="no", advice="do"), Grade.BROKEN, "! no; do"),
        (made().snapshot(session=None, end=None), Grade.UNKNOWN, "opening sockets"),
        (made().snapshot(), Grade.UNKNOWN, "tracing"),
        (
            reached([5.0] * 9).snapshot(),
            Grade.UNKNOWN,
            "loss: too little data (9 of 10 probes); delay: too little data (9 of 10 samples)",
        ),
        (reached([5.0] * 25).snapshot(said=()), Grade.UNKNOWN, "no verdict yet"),
        (undecided(), Grade.UNKNOWN, "nothing decided yet"),
    ],
)
def test_the_verdict_says_how_a_target_does(
    snapshot: TargetSnapshot, grade: Grade, words: str
) -> None:
    verdict = short_verdict(snapshot)
    assert (verdict.grade, verdict.within(80)) == (grade, words)


@pytest.mark.parametrize(
    ("kind", "details", "grade", "words"),
    [
        (StopKind.GAP_LIMIT, {"ttl": 4, "detail": "8"}, Grade.NOT_REACHED, "silent after hop 4"),
        (StopKind.GAP_LIMIT, {"detail": "8"}, Grade.NOT_REACHED, "nothing answers"),
        (StopKind.MAX_HOPS, {"ttl": 30}, Grade.NOT_REACHED, "not within 30 hops"),
        (StopKind.CANCELLED, {}, Grade.UNKNOWN, "not traced to its end"),
        (StopKind.FAILED, {"detail": "no route"}, Grade.BROKEN, "! cannot send: no route"),
        (
            StopKind.UNREACHABLE,
            {"ttl": 3, "responder": ip_address("10.0.0.5"), "detail": "host unreachable"},
            Grade.NOT_REACHED,
            "! host unreachable, says 10.0.0.5 at hop 3",
        ),
    ],
)
def test_the_verdict_says_why_a_target_is_not_reached(
    kind: StopKind, details: dict[str, object], grade: Grade, words: str
) -> None:
    target = made()
    target.path.stopped(kind, **details)
    verdict = short_verdict(target.snapshot())
    assert (verdict.grade, verdict.within(80)) == (grade, words)


def said(topic: Topic, weight: Weight, short: str) -> Statement:
    return Statement(topic=topic, weight=weight, short=short, words=short)


@pytest.mark.parametrize(
    ("statements", "grade", "words"),
    [
        ([said(Topic.LOSS, Weight.FINE, "no loss")], Grade.GOOD, "no loss"),
        (
            [said(Topic.LOSS, Weight.FINE, "no loss"), said(Topic.PATH, Weight.NOTE, "changed")],
            Grade.GOOD,
            "no loss; changed",
        ),
        (
            [
                said(Topic.LOSS, Weight.NOTE, "0.2 % lost"),
                said(Topic.QUEUE, Weight.TROUBLE, "waits at hop 3"),
                said(Topic.CALL, Weight.FINE, "calls are good"),
            ],
            Grade.TROUBLE,
            "! waits at hop 3; 0.2 % lost; calls are good",
        ),
        (
            [said(Topic.REACH, Weight.TROUBLE, "not reached"), said(Topic.LOSS, Weight.FINE, "0")],
            Grade.GOOD,
            "0",
        ),
    ],
)
def test_what_matters_most_of_the_verdict_comes_first(
    statements: list[Statement], grade: Grade, words: str
) -> None:
    verdict = short_verdict(reached([5.0] * 20).snapshot(said=tuple(statements)))
    assert (verdict.grade, verdict.within(80)) == (grade, words)


def test_the_verdict_is_that_of_the_path() -> None:
    """One of every five probes to the destination is lost, and none before it."""
    target = reached([5.0, None, 5.0, 5.0, 5.0] * 20)
    for _ in range(100):
        target.path.reply(1, 1.0)
    snapshot = target.snapshot()
    assert snapshot.said
    loss = next(one for one in snapshot.said if one.topic is Topic.LOSS)
    verdict = short_verdict(snapshot)
    assert verdict.grade is Grade.TROUBLE
    assert loss.short == "20 % lost end to end"
    assert verdict.words == f"! {loss.short}"


def test_a_verdict_gives_up_what_matters_less_before_its_words() -> None:
    verdict = ShortVerdict(Grade.GOOD, "no loss", Role.GOOD, ("; 5 ms", "; a call is good"))
    assert verdict.within(30) == "no loss; 5 ms; a call is good"
    assert verdict.within(29) == "no loss; 5 ms; a call is good"
    assert verdict.within(28) == "no loss; 5 ms"
    assert verdict.within(12) == "no loss"
    assert verdict.within(6) == "no lo…"


def test_addresses_of_the_near_hops_are_left_out_on_request() -> None:
    target = made()
    target.path.stopped(
        StopKind.UNREACHABLE, ttl=3, responder=ip_address("10.0.0.5"), detail="host unreachable"
    )
    assert "says 10.0.0.5 at hop 3" in short_verdict(target.snapshot(), 2).within(80)
    assert "says hidden at hop 3" in short_verdict(target.snapshot(), 3).within(80)
    near = reached([5.0])
    (entry,) = Roster([near.snapshot()], 0.0).entries
    distance = near.path.path.distance
    assert distance is not None
    assert TargetLine.of(entry, 1, distance).address == "hidden"
    assert TargetLine.of(entry, 1, distance - 1).address == "203.0.113.10"


@given(
    st.lists(
        st.lists(st.one_of(st.none(), st.floats(0.1, 900)), max_size=8), min_size=1, max_size=12
    ),
    st.sampled_from([column for column, kind in TARGET_KINDS.items() if kind.is_sortable]),
    st.booleans(),
)
def test_sorting_keeps_all_and_puts_what_is_not_known_last(
    targets: list[list[float | None]], column: TargetColumn, descending: bool
) -> None:
    lines = [
        line_of(reached(rtts, number).snapshot() if rtts else made(number).not_begun(), number + 1)
        for number, rtts in enumerate(targets)
    ]
    numbers = ordered_targets(lines, TargetOrder(column, descending))
    assert sorted(numbers) == list(range(len(targets)))
    by_number = {line.entry_number: line for line in lines}
    if column is TargetColumn.LOSS:
        losses = [by_number[number].loss_ratio for number in numbers]
        known = [loss for loss in losses if loss is not None]
        assert losses[: len(known)] == sorted(known, reverse=descending)


# --- header and tabs ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ((SessionState.RUNNING, SessionState.RUNNING), "● running"),
        ((SessionState.PAUSED, SessionState.RUNNING), "‖ 1 paused"),
        ((SessionState.PAUSED, SessionState.PAUSED), "‖ PAUSED"),
        ((SessionState.FINISHED, SessionState.FINISHED), "■ finished"),
        ((SessionState.STARTING, SessionState.STARTING), "○ starting"),
    ],
)
@pytest.mark.parametrize("width", [20, 50, 120])
def test_the_header_says_what_all_of_them_do(
    states: tuple[SessionState, ...], words: str, width: int
) -> None:
    roster = Roster([], 0.0)
    for number, state in enumerate(states):
        target = made(number)
        target.path.status(state=state)
        roster.take(target.snapshot(), 0.0)
    roster.take(made(9).not_begun(problem="no"), 0.0)
    lines = overview_header(roster.entries, [], None, width)
    assert [line_width(line) for line in lines] == [width, width]
    assert words in line_text(lines[0]) or width == 20


def test_the_header_says_what_of_a_recording_is_played() -> None:
    roster = Roster([], 0.0)
    for number in range(2):
        target = made(number)
        target.path.status(state=SessionState.RUNNING)
        roster.take(target.snapshot(), 0.0)
    words = "held x1  26 Nov 08:20:42  4:46 of 9:32"
    first, _ = overview_header(roster.entries, [], None, 80, replay=("REPLAY", words))
    assert line_text(first).endswith(f" REPLAY  {words} ")
    assert "running" not in line_text(first)


@given(names, st.integers(20, 250), st.data())
def test_the_tab_that_is_shown_is_always_to_be_seen(
    named: list[str], width: int, data: st.DataObject
) -> None:
    entries = entries_of(*named)
    shown = data.draw(st.sampled_from([None, *(entry.number for entry in entries)]))
    line, places = tab_line(entries, shown, width)
    text = line_text(line)
    numbers = [number for _, _, number in places]
    assert shown in numbers
    assert numbers[0] is None
    label = "overview" if shown is None else f"{entries[shown].number + 1} "
    assert f"[{label}" in text
    # Together with what it says of those left out, each is told of once.
    left_out = sum(
        int(word.strip("<>"))
        for word in text.split()
        if (word[:1] == "<" and word[1:].isdigit()) or (word[-1:] == ">" and word[:-1].isdigit())
    )
    if all(name.isalnum() for name in named):
        assert len(places) - 1 + left_out == len(entries)
    for (_, end, _), (start, _, _) in itertools.pairwise(places):
        assert end <= start
    least = len("overview") + 2 + min(22, max(len(name) for name in named)) + 20
    assert line_width(line) <= max(width, least)


# --- the roster -----------------------------------------------------------------------------------


def test_the_roster_is_in_the_order_of_naming_whenever_they_come() -> None:
    roster = Roster([], 0.0)
    for number, place in ((0, (0, 0)), (1, (1, 0)), (2, (0, 1)), (3, (0, 2)), (4, (2, 0))):
        roster.take(msgspec.structs.replace(made(number).snapshot(), place=place), 5.0)
    assert roster.numbers == (0, 2, 3, 1, 4)
    assert roster.drop(3) is not None
    assert roster.drop(3) is None
    assert roster.numbers == (0, 2, 1, 4)
    assert {entry.named_at_s for entry in roster.entries} == {5.0}


def test_what_was_known_from_the_beginning_is_not_forgotten_for_what_is_older() -> None:
    target = made()
    roster = Roster([target.snapshot()], 0.0)
    roster.take(target.not_begun(), 0.0)
    (entry,) = roster.entries
    assert entry.identity == target.identity
    assert not entry.was_reached
    roster.take(reached([1.0]).snapshot(), 0.0)
    roster.take(target.snapshot(), 0.0)
    assert roster.entries[0].was_reached
