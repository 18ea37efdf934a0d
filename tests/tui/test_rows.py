from __future__ import annotations

from poros_tui.model.column import Column
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.statistics import RttStatistics
from poros_tui.tui.columns import ColumnWidths, layout
from poros_tui.tui.headings import column_at, group_line, heading_line
from poros_tui.tui.rows import TableScale, hop_cell, note_needs, responder_cell, row_line
from poros_tui.tui.sorting import Order
from poros_tui.tui.spans import Role, line_text, line_width
from poros_tui.tui.verdict import Verdict
from tests.tui.made_path import MadePath

SCALE = TableScale(decimals=1, top_s=0.1, marks_in_flight=False)
WALK = TableScale(decimals=1, top_s=0.1, marks_in_flight=True)


def only_hop(made: MadePath, ttl: int = 1) -> HopSnapshot:
    return next(hop for hop in made.update().hops if hop.ttl == ttl)


def responder_text(hop: HopSnapshot, width: int | None = None) -> str:
    return line_text(responder_cell(hop, width))


def test_a_hop_nothing_is_known_of_shows_only_dots() -> None:
    hop = HopSnapshot(ttl=7, rtt=RttStatistics())
    text = line_text(row_line(hop, Verdict.NONE, layout(80, ColumnWidths()), SCALE))
    assert text.split() == ["7", *["·"] * 7]


def test_a_hop_that_never_answered_says_so_quietly() -> None:
    made = MadePath()
    made.lose(1)
    assert responder_cell(only_hop(made)) == [("no reply", Role.DIM)]


def test_a_hop_that_is_waited_for_and_one_that_could_not_be_asked_differ() -> None:
    made = MadePath()
    made.send(1)
    assert responder_text(only_hop(made)) == "…"
    made = MadePath()
    made.send_failed(1)
    assert responder_text(only_hop(made)) == "not sent"


def test_other_responders_are_counted() -> None:
    made = MadePath()
    for last in (1, 1, 2, 3):
        made.reply(1, 1.0, f"192.0.2.{last}")
    assert responder_text(only_hop(made)) == "192.0.2.1 +2"


def test_an_unreachable_shows_mark_and_words_and_keeps_the_mark_when_narrow() -> None:
    made = MadePath()
    made.refused(1, 1.0, "192.0.2.1")
    hop = only_hop(made)
    assert responder_text(hop) == "192.0.2.1 !H host unreachable"
    assert responder_text(hop, 22) == "192.0.2.1 !H host unr…"
    assert responder_text(hop, 15) == "192.0.2.1 !H"
    assert responder_text(hop, 10) == "192…2.1 !H"


def test_one_of_several_that_refuses_is_marked_though_the_path_goes_on() -> None:
    made = MadePath()
    made.reply(1, 1.0, "10.0.1.1")
    made.reply(1, 1.0, "10.0.1.1")
    made.refused(1, 1.0, "10.0.1.2", code=13)
    made.reached(2, 2.0)
    (hop, _end) = made.update().hops
    assert not hop.is_unreachable
    assert responder_cell(hop) == [
        ("10.0.1.1", Role.TEXT),
        (" +1", Role.DIM),
        (" !X", Role.WARN),
    ]
    made.reply(1, 1.0, "10.0.1.2")
    assert (" !X", Role.WARN) not in responder_cell(made.update().hops[0])


def test_the_destination_is_marked_and_bold() -> None:
    made = MadePath()
    made.reached(1, 1.0)
    hop = only_hop(made)
    assert line_text(hop_cell(hop, SCALE)) == "   1◆"
    assert responder_cell(hop) == [("203.0.113.80", Role.STRONG)]


def test_a_probe_that_is_out_is_marked_only_where_a_walk_is_to_be_seen() -> None:
    made = MadePath()
    made.send(1)
    hop = only_hop(made)
    assert line_text(hop_cell(hop, SCALE)) == "   1 "
    assert line_text(hop_cell(hop, WALK)) == "▸  1 "


def test_loss_signs_stand_beside_numbers_in_line() -> None:
    made = MadePath()
    made.lose(1)
    made.reply(1, 1.0)
    hop = only_hop(made)
    slots = [slot for slot in layout(80, ColumnWidths()) if slot.column is Column.LOSS]
    cells = [
        line_text(row_line(hop, verdict, slots, SCALE)).strip()
        for verdict in (
            Verdict.THROUGH,
            Verdict.LIMITED,
            Verdict.LOCAL,
            Verdict.UNKNOWN,
            Verdict.NONE,
        )
    ]
    assert cells == ["50.0!", "50.0≤", "50.0~", "50.0?", "50.0"]


def test_heading_and_row_end_in_the_same_cell() -> None:
    made = MadePath()
    made.reply(1, 12.3)
    hop = only_hop(made)
    for width in (50, 80, 120, 200):
        slots = layout(width, ColumnWidths())
        heading = heading_line(slots, Order(), 0.1)
        assert line_width(heading) == line_width(row_line(hop, Verdict.NONE, slots, SCALE))
        assert line_width(group_line(slots, width)) == width


def test_the_heading_names_the_unit_the_scale_and_the_direction() -> None:
    slots = layout(120, ColumnWidths())
    heading = line_text(heading_line(slots, Order(Column.AVERAGE, descending=True), 0.15))
    assert "▼Avg" in heading
    assert "RTT, 0 to 150 ms" in heading
    assert "▲Hop" in line_text(heading_line(slots, Order(), None))
    assert "milliseconds" in line_text(group_line(slots, 120))
    assert " ms " in line_text(group_line(layout(50, ColumnWidths()), 50))


def test_columns_grow_for_long_cells() -> None:
    made = MadePath()
    made.reply(1, 123456.0)
    widths = ColumnWidths()
    assert note_needs(made.update().hops, SCALE, widths)
    assert widths[Column.LAST] == len("123456  ")


def test_headings_are_where_they_are_clicked() -> None:
    slots = layout(120, ColumnWidths())
    for slot in slots:
        expected = None if slot.column is Column.HISTORY else slot.column
        assert column_at(slot.end - 1, slots) is expected
    assert column_at(500, slots) is None


def test_a_hop_where_something_was_found_is_marked_unless_it_is_the_destination() -> None:
    made = MadePath()
    made.reply(1, 1.0)
    hop = only_hop(made)
    assert line_text(hop_cell(hop, SCALE, is_marked=True)) == "   1≠"
    slots = layout(80, ColumnWidths())
    plain = line_text(row_line(hop, Verdict.NONE, slots, SCALE))
    marked = line_text(row_line(hop, Verdict.NONE, slots, SCALE, is_marked=True))
    assert marked.replace("≠", " ") == plain != marked
    made.reached(2, 1.0)
    end = made.update().hops[-1]
    assert line_text(hop_cell(end, SCALE, is_marked=True)) == "   2◆"
