from __future__ import annotations

import asyncio
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from poros_tui.errors import UsageError
from poros_tui.model.column import Column
from poros_tui.model.history import Gap
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.statistics import RttStatistics
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.columns import DEFAULT_COLUMNS, KINDS, ColumnWidths, layout
from poros_tui.tui.headings import group_line, heading_line
from poros_tui.tui.sorting import Order
from poros_tui.tui.spans import line_text
from poros_tui.tui.sparkline import level
from poros_tui.tui.table_look import (
    HeightScale,
    TableLook,
    columns_text,
    parsed_columns,
)
from poros_tui.tui.time_text import signed_time_text, time_text
from poros_tui.tui.values import COUNTS, TIMES, count_of
from tests.tui.stage import Stage
from tests.tui.test_app import perform

EVERYTHING = TableLook(columns=tuple(KINDS))


@pytest.mark.parametrize(
    ("seconds", "decimals", "unit", "text"),
    [
        (0.0231, 1, TimeUnit.MS, "23.1"),
        (0.0231, 1, TimeUnit.US, "23100"),
        (0.0231, 1, TimeUnit.S, "0.0231"),
        (0.000045, 3, TimeUnit.US, "45"),
        (0.000045, 3, TimeUnit.S, "0.000045"),
        (4e-7, 3, TimeUnit.US, "<1"),
        (4e-7, 1, TimeUnit.US, "<1"),
        (4e-7, 3, TimeUnit.S, "<0.000001"),
        (0.0, 3, TimeUnit.US, "0"),
        (12.5, 1, TimeUnit.S, "12.5000"),
        (None, 1, TimeUnit.S, "·"),
    ],
)
def test_a_time_is_as_fine_in_every_unit(
    seconds: float | None, decimals: int, unit: TimeUnit, text: str
) -> None:
    assert time_text(seconds, decimals, unit) == text


@pytest.mark.parametrize(
    ("seconds", "unit", "text"),
    [
        (0.0231, TimeUnit.US, "+23100"),
        (-0.0231, TimeUnit.S, "-0.0231"),
        (0.0231, TimeUnit.MS, "+23.1"),
        (-1e-9, TimeUnit.US, "0"),
        (None, TimeUnit.US, "·"),
    ],
)
def test_a_difference_has_its_sign_in_every_unit(
    seconds: float | None, unit: TimeUnit, text: str
) -> None:
    assert signed_time_text(seconds, 1, unit) == text


@given(st.floats(1e-5, 9.0), st.integers(1, 3))
def test_all_units_say_the_same_time(seconds: float, decimals: int) -> None:
    in_ms = float(time_text(seconds, decimals, TimeUnit.MS)) / 1e3
    in_s = float(time_text(seconds, decimals, TimeUnit.S))
    in_us = float(time_text(seconds, decimals, TimeUnit.US)) / 1e6
    step_s = 10.0 ** -(decimals + 3)
    assert in_s == pytest.approx(in_ms, abs=1.01 * step_s)
    assert in_us == pytest.approx(seconds, abs=0.51e-6)


@given(st.floats(0, 2.0), st.floats(0, 2.0), st.sampled_from(HeightScale))
def test_higher_is_never_lower_in_any_scale(one: float, other: float, scale: HeightScale) -> None:
    low, high = sorted((one, other))
    assert 0 <= level(low, 1.0, scale) <= level(high, 1.0, scale) <= 7
    assert level(1.0, 1.0, scale) == 7
    assert level(0.0, 1.0, scale) == 0


def test_heights_are_what_their_scale_says() -> None:
    assert HeightScale.LINEAR.share(0.25, 1.0) == 0.25
    assert HeightScale.SQRT.share(0.25, 1.0) == 0.5
    # Three decades: each tenth is a third lower.
    assert HeightScale.LOG.share(0.1, 1.0) == pytest.approx(2 / 3)
    assert HeightScale.LOG.share(0.0001, 1.0) == 0


@given(st.permutations(list(KINDS)), st.integers(0, len(KINDS)))
def test_a_list_of_columns_is_read_back(order: list[Column], count: int) -> None:
    chosen = tuple(order[:count])
    if chosen:
        missing = [one for one in (Column.HOP, Column.RESPONDER) if one not in chosen]
        assert parsed_columns(columns_text(chosen)) == (*missing, *chosen)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("loss,medain", "--columns: there is no column 'medain'; did you mean median?"),
        ("loss,qqq", "--columns: there is no column 'qqq'; there are hop, responder, loss, "),
        ("loss,,last", "--columns: there is no column ''; there are "),
        ("", "--columns: there is no column ''; there are "),
        ("last,LAST", "--columns: last is there twice; name each column once"),
    ],
)
def test_a_list_that_cannot_be_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        parsed_columns(text)
    assert str(refused.value).startswith(sentence)


def test_median_and_p95_are_of_the_samples_and_not_of_the_gaps() -> None:
    times_s = [0.01 * number for number in range(1, 22)]
    hop = HopSnapshot(ttl=1, rtt=RttStatistics(), history=(*times_s, Gap.LOST, Gap.PENDING))
    assert TIMES[Column.MEDIAN](hop) == pytest.approx(statistics.median(times_s))
    ends = statistics.quantiles(times_s, n=20, method="inclusive")
    assert TIMES[Column.P95](hop) == pytest.approx(ends[-1])
    assert TIMES[Column.P95](HopSnapshot(ttl=1, rtt=RttStatistics())) is None


def test_counts_are_absent_only_where_nothing_was_sent() -> None:
    hop = HopSnapshot(ttl=1, rtt=RttStatistics(), sent=5, received=3, lost=2, late=1)
    counts = [count_of(hop, column, is_difference=False) for column in COUNTS]
    assert counts == [5, 3, 2, 1]
    idle = HopSnapshot(ttl=1, rtt=RttStatistics())
    assert {count_of(idle, column, is_difference=False) for column in COUNTS} == {None}
    assert {count_of(hop, column, is_difference=True) for column in COUNTS} == {None}


def test_the_unit_stands_above_neighbouring_times_alone() -> None:
    columns = parsed_columns("last,loss,avg,best,worst")
    slots = layout(100, ColumnWidths(), columns)
    rule = line_text(group_line(slots, 100, unit=TimeUnit.US))
    assert len(rule) == 100
    start = rule.index(" microseconds ")
    average = next(slot for slot in slots if slot.column is Column.AVERAGE)
    assert start >= average.x - 1


def test_without_times_there_is_a_plain_rule() -> None:
    slots = layout(60, ColumnWidths(), parsed_columns("lost"))
    assert line_text(group_line(slots, 60)) == "─" * 60


@pytest.mark.parametrize(
    ("unit", "height", "heading"),
    [
        (TimeUnit.MS, HeightScale.SQRT, "RTT, 0 to 150 ms, square root"),
        (TimeUnit.US, HeightScale.LINEAR, "RTT, 0 to 150000 µs, linear"),
        (TimeUnit.S, HeightScale.LOG, "RTT, 0.00015 to 0.15 s, logarithmic"),
    ],
)
def test_the_heading_of_the_history_says_its_scale(
    unit: TimeUnit, height: HeightScale, heading: str
) -> None:
    slots = layout(200, ColumnWidths())
    assert heading in line_text(heading_line(slots, Order(), 0.15, unit, height))


def test_the_heading_of_the_history_has_no_powers_of_ten() -> None:
    slots = layout(200, ColumnWidths())
    line = line_text(heading_line(slots, Order(), 60e-6, TimeUnit.S, HeightScale.LOG))
    assert "RTT, 0.00000006 to 0.00006 s, logarithmic" in line


@pytest.mark.sampled(4)
@pytest.mark.parametrize("width", [50, 80, 120, 250])
@pytest.mark.parametrize("unit", TimeUnit)
def test_every_column_can_be_shown_at_every_width(width: int, unit: TimeUnit) -> None:
    async def scenario() -> None:
        stage = Stage(look=TableLook(columns=EVERYTHING.columns, unit=unit))
        async with stage.open(width, 24) as pilot:
            stage.play_realistic(9)
            await pilot.press("b")
            stage.play_realistic(3)
            await pilot.pause()
            assert max(len(line) for line in stage.lines()) <= width
            assert "Hop" in stage.lines()[5]
            for line in stage.lines()[6:10]:
                assert "nan" not in line

    asyncio.run(scenario())


def test_the_table_can_be_made_to_look_otherwise_while_it_runs() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.play_realistic(5)
        stage.table.show_as(TableLook(columns=parsed_columns("p95,lost"), unit=TimeUnit.S))
        await pilot.pause()
        assert stage.lines()[5].split() == ["▲Hop", "Responder", "p95", "Lost"]
        stage.table.sort_by(Order(Column.P95, descending=True))
        stage.table.show_as(TableLook())
        await pilot.pause()
        assert "RTT, 0 to" in stage.text()
        assert stage.table.look.columns == DEFAULT_COLUMNS

    perform(act, size=(120, 24))
