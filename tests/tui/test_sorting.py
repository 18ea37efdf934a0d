from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.column import Column
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.statistics import RttStatistics
from poros_tui.tui.sorting import SORTABLE, Order, ordered
from tests.tui.made_path import MadePath


def hop(ttl: int, last_s: float | None) -> HopSnapshot:
    rtt = RttStatistics()
    if last_s is not None:
        rtt.add(last_s)
    return HopSnapshot(ttl=ttl, rtt=rtt)


HOPS = [hop(1, 0.02), hop(2, None), hop(3, 0.01), hop(4, 0.02), hop(5, None)]


def test_hops_stand_in_the_order_of_the_path_by_default() -> None:
    assert ordered(HOPS, Order()) == (1, 2, 3, 4, 5)


def test_absent_values_stand_last_in_both_directions() -> None:
    assert ordered(HOPS, Order(Column.LAST)) == (3, 1, 4, 2, 5)
    assert ordered(HOPS, Order(Column.LAST, descending=True)) == (1, 4, 3, 2, 5)


@given(st.lists(st.one_of(st.none(), st.sampled_from([0.1, 0.2, 0.3])), max_size=12), st.booleans())
def test_equals_keep_the_order_of_the_path(times: list[float | None], descending: bool) -> None:
    hops = [hop(ttl, time) for ttl, time in enumerate(times, 1)]
    by_value: dict[float | None, list[int]] = {}
    for ttl in ordered(hops, Order(Column.LAST, descending)):
        by_value.setdefault(times[ttl - 1], []).append(ttl)
    assert all(ttls == sorted(ttls) for ttls in by_value.values())


def test_every_sortable_column_sorts() -> None:
    made = MadePath()
    for _round in range(3):
        made.reply(1, 5.0, "192.0.2.9")
        made.reply(2, 1.0, "192.0.2.10")
        made.lose(3)
    hops = made.update().hops
    for column in SORTABLE:
        for descending in (False, True):
            assert sorted(ordered(hops, Order(column, descending))) == [1, 2, 3]


def test_addresses_sort_by_their_value_and_not_by_their_text() -> None:
    made = MadePath()
    made.reply(1, 1.0, "192.0.2.10")
    made.reply(2, 1.0, "192.0.2.9")
    assert ordered(made.update().hops, Order(Column.RESPONDER)) == (2, 1)


def test_a_second_choice_of_a_column_turns_it_round() -> None:
    order = Order().chosen(Column.LOSS)
    assert order == Order(Column.LOSS, descending=True)
    assert order.chosen(Column.LOSS) == Order(Column.LOSS, descending=False)
    assert order.chosen(Column.HOP) == Order(Column.HOP)


def test_the_next_column_is_one_that_is_shown() -> None:
    shown = [Column.HOP, Column.RESPONDER, Column.LAST, Column.HISTORY]
    order = Order()
    seen = []
    for _press in range(4):
        order = order.next_of(shown)
        seen.append(order.column)
    assert seen == [Column.RESPONDER, Column.LAST, Column.HOP, Column.RESPONDER]
