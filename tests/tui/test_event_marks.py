from __future__ import annotations

from poros_tui.model.chronicle import Chronicle
from poros_tui.model.events import Event, EventGroup, EventKind
from poros_tui.tui.event_marks import EventMarks, legend, mark
from poros_tui.tui.grid import Grid
from poros_tui.tui.spans import line_text
from poros_tui.tui.time_glyphs import EVENT_MARKS


def grid(first: int = 0, count: int = 10) -> Grid:
    return Grid(origin_s=0.0, step_s=10.0, first=first, count=count)


def event(kind: EventKind, at_s: float) -> Event:
    return Event(kind=kind, at_s=at_s, words="words")


def test_every_event_falls_into_its_column_and_new_ones_are_noticed() -> None:
    chronicle, marks = Chronicle([]), EventMarks()
    early, late = event(EventKind.PAUSED, 25.0), event(EventKind.RESUMED, 39.9)
    for one in (early, late, event(EventKind.RESET, 100.0)):
        chronicle.note(one)
    assert marks.columns(chronicle, grid()) == {2: [early], 3: [late]}
    more = event(EventKind.LOSS_BEGAN, 30.0)
    chronicle.note(more)
    assert marks.columns(chronicle, grid()) == {2: [early], 3: [more, late]}
    assert marks.columns(chronicle, grid(first=3)) == {
        0: [more, late],
        7: [event(EventKind.RESET, 100.0)],
    }


def test_every_group_has_a_mark_of_its_own_and_the_worst_one_is_shown() -> None:
    assert set(EVENT_MARKS) == set(EventGroup)
    assert len({text for text, _role in EVENT_MARKS.values()}) == len(EventGroup)
    some = [event(EventKind.PAUSED, 0), event(EventKind.PATH_CHANGED, 1)]
    assert mark(some) == EVENT_MARKS[EventGroup.PATH]
    assert mark([*some, event(EventKind.NETWORK_DOWN, 2)]) == EVENT_MARKS[EventGroup.NETWORK]


def test_the_legend_names_them_all() -> None:
    assert line_text(legend()) == "N network P path L loss D delay U user"
