"""Every key, what it does, and how it is called. Footer and help are made from this. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from poros_tui.model.probe import Protocol
from poros_tui.tui.spans import Line, Role, Span, line_width


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a user can do."""

    keys: str
    """Textual's names, separated by commas."""
    action: str
    """Of the trace screen, or with `app.` of the app."""
    shown: str
    """On the key bar and in the help."""
    word: str
    """On the key bar; empty where there is no place for it."""
    meaning: str
    """In the help."""


KEYS: Final = (
    Key(keys="q", action="app.leave", shown="q", word="quit", meaning="quit"),
    Key(
        keys="question_mark,f1",
        action="app.show_help",
        shown="?",
        word="help",
        meaning="this help; any of ? q Esc closes it",
    ),
    Key(
        keys="space,p",
        action="pause",
        shown="space",
        word="pause",
        meaning="pause and resume sending (also p)",
    ),
    Key(
        keys="enter",
        action="panel('details')",
        shown="⏎",
        word="details",
        meaning="everything known of the hop under the cursor; Esc closes it",
    ),
    Key(
        keys="g",
        action="panel('all_paths')",
        shown="g",
        word="",
        meaning="all paths that are known, as a diagram; Esc closes it",
    ),
    Key(
        keys="v",
        action="panel('verdict')",
        shown="v",
        word="verdict",
        meaning="what the figures mean, and how sure that is; Esc closes it",
    ),
    Key(
        keys="c",
        action="panel('chart')",
        shown="c",
        word="chart",
        meaning="round-trip times of the hop over time; Esc closes it",
    ),
    Key(
        keys="h",
        action="panel('heat_map')",
        shown="h",
        word="heat map",
        meaning="the whole path over time: when and where did it begin? Esc closes it",
    ),
    Key(
        keys="e",
        action="panel('events')",
        shown="e",
        word="events",
        meaning="what happened, and when; Esc closes it",
    ),
    Key(
        keys="l",
        action="flows",
        shown="l",
        word="",
        meaning="the flows of each hop in rows of their own, or folded (--flows)",
    ),
    Key(
        keys="b",
        action="baseline",
        shown="b",
        word="mark",
        meaning="set a mark: from now on figures are compared to those before it",
    ),
    Key(
        keys="d",
        action="difference",
        shown="d",
        word="",
        meaning="what changed since the mark, or figures of all time",
    ),
    Key(
        keys="B",
        action="clear_baseline",
        shown="B",
        word="",
        meaning="take the mark away",
    ),
    Key(
        keys="f",
        action="freeze",
        shown="f",
        word="freeze",
        meaning="let the picture stand still while probing goes on",
    ),
    Key(
        keys="y",
        action="copy_address",
        shown="y",
        word="copy",
        meaning="copy the address of the hop (by OSC 52, where the terminal permits it)",
    ),
    Key(
        keys="Y",
        action="copy_table('text')",
        shown="Y",
        word="",
        meaning="copy the table as text",
    ),
    Key(
        keys="ctrl+y",
        action="copy_table('markdown')",
        shown="Ctrl-Y",
        word="",
        meaning="copy the table in Markdown",
    ),
    Key(
        keys="w",
        action="export",
        shown="w",
        word="write",
        meaning="write table, session or a picture to a file",
    ),
    Key(
        keys="H",
        action="hide_hops",
        shown="H",
        word="",
        meaning="hide the addresses of the first 2 hops (--private-hops), also in copies and files",
    ),
    Key(
        keys="F",
        action="in_panel('filter')",
        shown="F",
        word="",
        meaning="events of the next kind alone: path, loss, delay, network, user",
    ),
    Key(
        keys="z",
        action="panel_alone",
        shown="z",
        word="",
        meaning="the panel alone on the screen, or the table too",
    ),
    Key(
        keys="m",
        action="toggle_mode",
        shown="m",
        word="mode",
        meaning="all hops at once, or one after the other (concurrent, sequential)",
    ),
    *(
        Key(
            keys=protocol[0].upper(),
            action=f"protocol('{protocol}')",
            shown=protocol[0].upper(),
            word="",
            meaning=f"probe with {protocol.upper()} from now on; statistics begin anew",
        )
        for protocol in Protocol
    ),
    Key(keys="s", action="sort", shown="s", word="sort", meaning="sort by the next column"),
    Key(keys="r", action="reset", shown="r", word="reset", meaning="forget all statistics"),
    Key(
        keys="plus,equals_sign",
        action="slower",
        shown="+",
        word="",
        meaning="longer interval between rounds",
    ),
    Key(
        keys="minus",
        action="faster",
        shown="-",
        word="",
        meaning="shorter interval; most routers answer once a second at best",
    ),
    Key(
        keys="a",
        action="adaptive",
        shown="a",
        word="adaptive",
        meaning="adaptive mode: a window that grows with the answers",
    ),
    Key(
        keys="S",
        action="flip",
        shown="S",
        word="",
        meaning="turn the order round; or click on a heading",
    ),
    Key(
        keys="t",
        action="app.toggle_palette",
        shown="t",
        word="theme",
        meaning="colours for a light or a dark terminal",
    ),
    Key(
        keys="i",
        action="in_panel('pin')",
        shown="i",
        word="",
        meaning="keep this hop in the chart while the cursor goes to others, or let it go",
    ),
    Key(
        keys="left_square_bracket",
        action="in_panel('zoom_in')",
        shown="[",
        word="",
        meaning="chart and heat map: less time, down to 1 min",
    ),
    Key(
        keys="right_square_bracket",
        action="in_panel('zoom_out')",
        shown="]",
        word="",
        meaning="chart and heat map: more time, up to 24 h",
    ),
    Key(
        keys="less_than_sign,comma",
        action="in_panel('earlier')",
        shown="<",
        word="",
        meaning="chart and heat map: back in time, where it then stays; elsewhere the one before",
    ),
    Key(
        keys="greater_than_sign,full_stop",
        action="in_panel('later')",
        shown=">",
        word="",
        meaning="chart and heat map: forth in time; elsewhere the next one",
    ),
    Key(
        keys="0",
        action="in_panel('now')",
        shown="0",
        word="",
        meaning="chart and heat map: back to the present",
    ),
    Key(
        keys="left",
        action="in_panel('point_earlier')",
        shown="←",
        word="",
        meaning="chart and heat map: the figures and events of a column; also a click on it",
    ),
    Key(
        keys="right",
        action="in_panel('point_later')",
        shown="→",
        word="",
        meaning="chart and heat map: the same of a later column",
    ),
    Key(
        keys="A",
        action="in_panel('scale')",
        shown="A",
        word="",
        meaning="chart: axis fitted or from 0; heat map: added delay or whole round trip",
    ),
)
OTHER_KEYS: Final = (
    ("↑ ↓ j k", "move the cursor; also Home, End, PgUp, PgDn and the mouse"),
    ("Shift ↑ ↓", "scroll the panel"),
    ("Ctrl-C", "quit with exit code 130; Ctrl-Z leaves it to the shell until fg"),
)


def key_bar(
    keys: Sequence[Key], width: int, words: Mapping[str, str]
) -> tuple[Line, tuple[tuple[int, int, str], ...]]:
    """The keys that fit, most needed first, and which cells belong to which action.

    The second part holds first cell, cell after the last, action. `words` by action stand in for
    a key's own, where the state calls for it.
    """
    line: Line = [(" ", Role.TEXT)]
    places: list[tuple[int, int, str]] = []
    for key in keys:
        word = words.get(key.action, key.word)
        if not word:
            continue
        spans: list[Span] = [(key.shown, Role.ACCENT), (" " + word, Role.DIM)]
        gap: list[Span] = [("  ", Role.TEXT)] if places else []
        start = line_width(line) + line_width(gap)
        end = start + line_width(spans)
        if end > width - 1:
            continue
        line += [*gap, *spans]
        places.append((start, end, key.action))
    return line, tuple(places)
