from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.column import Column
from poros_tui.model.history import HISTORY_LENGTH
from poros_tui.tui.columns import DEFAULT_COLUMNS, DROP_ORDER, KINDS, ColumnWidths, layout

ALWAYS = {Column.HOP, Column.RESPONDER, Column.LOSS, Column.LAST}


def columns(width: int, needed: ColumnWidths | None = None) -> list[Column]:
    return [slot.column for slot in layout(width, needed or ColumnWidths())]


def test_fifty_columns_show_who_loses_and_how_slow_with_a_small_history() -> None:
    assert columns(50) == [
        Column.HOP,
        Column.RESPONDER,
        Column.LOSS,
        Column.LAST,
        Column.HISTORY,
    ]


def test_eighty_columns_drop_deviation_and_jitter_only() -> None:
    assert set(DEFAULT_COLUMNS) - set(columns(80)) == {Column.DEVIATION, Column.JITTER}


def test_a_hundred_and_twenty_columns_show_everything() -> None:
    assert columns(120) == list(DEFAULT_COLUMNS)


def test_a_wider_terminal_makes_the_history_longer() -> None:
    def history(width: int) -> int:
        return layout(width, ColumnWidths())[-1].width

    assert history(120) < history(160) < history(200)
    assert history(2000) == HISTORY_LENGTH


@given(st.integers(min_value=0, max_value=260), st.integers(min_value=0, max_value=45))
def test_columns_go_in_the_documented_order_and_stay_inside(width: int, address: int) -> None:
    needed = ColumnWidths()
    needed.grow(Column.RESPONDER, address)
    slots = layout(width, needed)
    shown = [slot.column for slot in slots]
    dropped = set(DEFAULT_COLUMNS) - set(shown)
    assert dropped == set(DROP_ORDER[: len(dropped)])
    assert set(shown) >= ALWAYS
    if width >= 36:
        assert slots[-1].end <= width
    for left, right in pairwise(slots):
        assert left.end < right.x


def test_a_long_address_costs_no_column_but_gets_what_is_left() -> None:
    needed = ColumnWidths()
    needed.grow(Column.RESPONDER, 39)
    responder = {slot.column: slot.width for slot in layout(80, needed)}[Column.RESPONDER]
    assert 24 <= responder < 39
    responder = {slot.column: slot.width for slot in layout(140, needed)}[Column.RESPONDER]
    assert responder == 39


def test_widths_grow_and_never_shrink() -> None:
    needed = ColumnWidths()
    assert needed.grow(Column.LAST, 9)
    assert not needed.grow(Column.LAST, 7)
    assert needed[Column.LAST] == 9


@pytest.mark.parametrize("column", list(Column))
def test_every_column_is_explained(column: Column) -> None:
    assert KINDS[column].meaning
    assert len(KINDS[column].heading) < KINDS[column].least + 1


CHOICES = st.lists(st.sampled_from(list(KINDS)), unique=True).map(
    lambda chosen: (
        *(one for one in (Column.HOP, Column.RESPONDER) if one not in chosen),
        *chosen,
    )
)


@given(CHOICES, st.integers(min_value=0, max_value=260), st.integers(min_value=0, max_value=45))
def test_a_choice_is_kept_to_and_what_does_not_fit_goes_from_the_right(
    chosen: tuple[Column, ...], width: int, address: int
) -> None:
    if chosen == DEFAULT_COLUMNS:
        return
    needed = ColumnWidths()
    needed.grow(Column.RESPONDER, address)
    slots = layout(width, needed, chosen)
    shown = [slot.column for slot in slots]
    dropped = [column for column in chosen if column not in shown]
    may_go = [column for column in chosen if column not in (Column.HOP, Column.RESPONDER)]
    assert shown == [column for column in chosen if column in shown]
    assert dropped == may_go[len(may_go) - len(dropped) :]
    if width >= 20:
        assert slots[-1].end <= width
    for left, right in pairwise(slots):
        assert left.end < right.x


def test_a_choice_that_fits_is_shown_whole() -> None:
    chosen = (Column.HISTORY, Column.HOP, Column.P95, Column.RESPONDER, Column.LOST)
    assert [slot.column for slot in layout(80, ColumnWidths(), chosen)] == list(chosen)
