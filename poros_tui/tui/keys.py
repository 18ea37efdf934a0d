"""Every key, what it does, and how it is called. Footer and help are made from this. Pure."""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from poros_tui.model.probe import Protocol
from poros_tui.tui.spans import Line, Role, Span, line_width

_SIGNS: Final = {
    "space": "space",
    "enter": "⏎",
    "escape": "Esc",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
}
_CHARACTERS: Final = {
    unicodedata.name(character).lower().replace("-", "_").replace(" ", "_"): character
    for character in string.punctuation
} | {"plus": "+", "minus": "-", "slash": "/", "at": "@", "underscore": "_", "backslash": "\\"}
"""By Textual's name, which is Unicode's but for a few."""


def shown_key(key: str) -> str:
    """How a key of this name of Textual's looks on the screen: `?`, `F1`, `^P`, `Shift-↑`."""
    *modifiers, base = key.split("+")
    shown = _SIGNS.get(base) or _CHARACTERS.get(base) or base
    if len(shown) > 1 and shown == base and base != "space":
        shown = base.capitalize()
    if modifiers == ["ctrl"] and len(base) == 1:
        return f"^{shown.upper()}"
    return "-".join([*(modifier.capitalize() for modifier in modifiers), shown])


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a user can do."""

    keys: str
    """Textual's names, separated by commas."""
    action: str
    """Of the trace screen, or with `app.` of the app."""
    name: str
    """By which the configuration file and the command palette call it."""
    shown: str
    """On the key bar and in the help."""
    word: str
    """On the key bar; empty where there is no place for it."""
    meaning: str
    """In the help."""

    @property
    def others_shown(self) -> tuple[str, ...]:
        """The other keys that do the same, as the help shows them."""
        return tuple(shown_key(key) for key in self.keys.split(",")[1:])


KEYS: Final = (
    Key(keys="q", action="app.leave", name="quit", shown="q", word="quit", meaning="quit"),
    Key(
        keys="question_mark,f1",
        action="app.show_help",
        name="help",
        shown="?",
        word="help",
        meaning="this help; any of ? q Esc closes it",
    ),
    Key(
        keys="space,p",
        action="pause",
        name="pause",
        shown="space",
        word="pause",
        meaning="pause and resume sending",
    ),
    Key(
        keys="enter",
        action="panel('details')",
        name="details",
        shown="⏎",
        word="details",
        meaning="everything known of the hop under the cursor; Esc closes it",
    ),
    Key(
        keys="g",
        action="panel('all_paths')",
        name="paths",
        shown="g",
        word="",
        meaning="all paths that are known, as a diagram; Esc closes it",
    ),
    Key(
        keys="v",
        action="panel('verdict')",
        name="verdict",
        shown="v",
        word="verdict",
        meaning="what the figures mean, and how sure that is; Esc closes it",
    ),
    Key(
        keys="c",
        action="panel('chart')",
        name="chart",
        shown="c",
        word="chart",
        meaning="round-trip times of the hop over time; Esc closes it",
    ),
    Key(
        keys="h",
        action="panel('heat_map')",
        name="heat-map",
        shown="h",
        word="heat map",
        meaning="the whole path over time: when and where did it begin? Esc closes it",
    ),
    Key(
        keys="e",
        action="panel('events')",
        name="events",
        shown="e",
        word="events",
        meaning="what happened, and when; Esc closes it",
    ),
    Key(
        keys="l",
        action="flows",
        name="flows",
        shown="l",
        word="",
        meaning="the flows of each hop in rows of their own, or folded (--flows)",
    ),
    Key(
        keys="b",
        action="baseline",
        name="mark",
        shown="b",
        word="mark",
        meaning="set a mark: from now on figures are compared to those before it",
    ),
    Key(
        keys="d",
        action="difference",
        name="difference",
        shown="d",
        word="",
        meaning="what changed since the mark, or figures of all time",
    ),
    Key(
        keys="B",
        action="clear_baseline",
        name="clear-mark",
        shown="B",
        word="",
        meaning="take the mark away",
    ),
    Key(
        keys="f",
        action="freeze",
        name="freeze",
        shown="f",
        word="freeze",
        meaning="let the picture stand still while probing goes on",
    ),
    Key(
        keys="D",
        action="app.call_responders",
        name="names",
        shown="D",
        word="",
        meaning="call who answers by name, by address, or by both",
    ),
    Key(
        keys="slash",
        action="search",
        name="search",
        shown="/",
        word="search",
        meaning="search hops by address, name, network or place; Esc ends it",
    ),
    Key(
        keys="n",
        action="next_match(1)",
        name="next-match",
        shown="n",
        word="",
        meaning="the next hop that matches",
    ),
    Key(
        keys="N",
        action="next_match(-1)",
        name="previous-match",
        shown="N",
        word="",
        meaning="the match before",
    ),
    Key(
        keys="y",
        action="copy_address",
        name="copy-address",
        shown="y",
        word="copy",
        meaning="copy the address of the hop (by OSC 52, where the terminal permits it)",
    ),
    Key(
        keys="Y",
        action="copy_table('text')",
        name="copy-table",
        shown="Y",
        word="",
        meaning="copy the table as text",
    ),
    Key(
        keys="ctrl+y",
        action="copy_table('markdown')",
        name="copy-markdown",
        shown="^Y",
        word="",
        meaning="copy the table in Markdown",
    ),
    Key(
        keys="w",
        action="export",
        name="write",
        shown="w",
        word="write",
        meaning="write table, session or a picture to a file",
    ),
    Key(
        keys="H",
        action="hide_hops",
        name="hide-hops",
        shown="H",
        word="",
        meaning="hide who the first 2 hops are (--private-hops), also in copies and files",
    ),
    Key(
        keys="F",
        action="in_panel('filter')",
        name="filter",
        shown="F",
        word="",
        meaning="events of the next kind alone: path, loss, delay, network, user, this hop",
    ),
    Key(
        keys="P",
        action="panel('paths')",
        name="path-then",
        shown="P",
        word="",
        meaning="every path that was there, each with the figures of its own time; Esc closes it",
    ),
    Key(
        keys="M",
        action="panel('map')",
        name="map",
        shown="M",
        word="",
        meaning="the path on a map of the world, and which places cannot be; Esc closes it",
    ),
    Key(
        keys="z",
        action="panel_alone",
        name="panel-alone",
        shown="z",
        word="",
        meaning="the panel alone on the screen, or the table too",
    ),
    Key(
        keys="m",
        action="toggle_mode",
        name="mode",
        shown="m",
        word="mode",
        meaning="all hops at once, or one after the other (concurrent, sequential)",
    ),
    *(
        Key(
            keys=protocol[0].upper(),
            action=f"protocol('{protocol}')",
            name=protocol.value,
            shown=protocol[0].upper(),
            word="",
            meaning=f"probe with {protocol.upper()} from now on; statistics begin anew",
        )
        for protocol in Protocol
    ),
    Key(
        keys="s",
        action="sort",
        name="sort",
        shown="s",
        word="sort",
        meaning="sort by the next column",
    ),
    Key(
        keys="G",
        action="group",
        name="group",
        shown="G",
        word="",
        meaning="group hops by network, or do not (--asn, --asn-db)",
    ),
    Key(
        keys="K",
        action="fold",
        name="fold",
        shown="K",
        word="",
        meaning="one line for the network under the cursor, or its hops; also a click on it",
    ),
    Key(
        keys="r",
        action="reset",
        name="reset",
        shown="r",
        word="reset",
        meaning="forget all statistics",
    ),
    Key(
        keys="plus,equals_sign",
        action="slower",
        name="slower",
        shown="+",
        word="",
        meaning="longer interval between rounds",
    ),
    Key(
        keys="minus",
        action="faster",
        name="faster",
        shown="-",
        word="",
        meaning="shorter interval; most routers answer once a second at best",
    ),
    Key(
        keys="a",
        action="adaptive",
        name="adaptive",
        shown="a",
        word="adaptive",
        meaning="adaptive mode: a window that grows with the answers",
    ),
    Key(
        keys="S",
        action="flip",
        name="flip",
        shown="S",
        word="",
        meaning="turn the order round; or click on a heading",
    ),
    Key(
        keys="t",
        action="app.toggle_palette",
        name="theme",
        shown="t",
        word="theme",
        meaning="the next of our own themes; --theme has more",
    ),
    Key(
        keys="i",
        action="in_panel('pin')",
        name="pin",
        shown="i",
        word="",
        meaning="keep this hop in the chart while the cursor goes to others, or let it go",
    ),
    Key(
        keys="left_square_bracket",
        action="in_panel('zoom_in')",
        name="zoom-in",
        shown="[",
        word="",
        meaning="chart and heat map: less time, down to 1 min",
    ),
    Key(
        keys="right_square_bracket",
        action="in_panel('zoom_out')",
        name="zoom-out",
        shown="]",
        word="",
        meaning="chart and heat map: more time, up to 24 h",
    ),
    Key(
        keys="less_than_sign,comma",
        action="in_panel('earlier')",
        name="earlier",
        shown="<",
        word="",
        meaning="chart and heat map: back in time, where it then stays; elsewhere the one before",
    ),
    Key(
        keys="greater_than_sign,full_stop",
        action="in_panel('later')",
        name="later",
        shown=">",
        word="",
        meaning="chart and heat map: forth in time; elsewhere the next one",
    ),
    Key(
        keys="0",
        action="in_panel('now')",
        name="now",
        shown="0",
        word="",
        meaning="chart and heat map: back to the present",
    ),
    Key(
        keys="left",
        action="in_panel('point_earlier')",
        name="point-earlier",
        shown="←",
        word="",
        meaning="chart and heat map: the figures and events of a column; also a click on it",
    ),
    Key(
        keys="right",
        action="in_panel('point_later')",
        name="point-later",
        shown="→",
        word="",
        meaning="chart and heat map: the same of a later column",
    ),
    Key(
        keys="A",
        action="in_panel('scale')",
        name="chart-scale",
        shown="A",
        word="",
        meaning="axis fitted or from 0 (chart), added delay or all (heat map), path or world (map)",
    ),
    Key(
        keys="C",
        action="app.show_settings",
        name="settings",
        shown="C",
        word="",
        meaning="settings that may change while it runs, and saving them; Esc closes it",
    ),
    Key(
        keys="ctrl+p",
        action="app.show_palette",
        name="palette",
        shown="^P",
        word="",
        meaning="all actions by name; type a few letters of what is wanted",
    ),
    Key(
        keys="o",
        action="app.add_target",
        name="add-target",
        shown="o",
        word="",
        meaning="trace one more target",
    ),
    Key(
        keys="x",
        action="app.remove_target",
        name="remove-target",
        shown="x",
        word="",
        meaning="trace this target no longer",
    ),
    Key(
        keys="grave_accent",
        action="app.overview",
        name="overview",
        shown="`",
        word="",
        meaning="all targets in one line each (also Esc); keys do there to all what they do here"
        " to one",
    ),
    Key(
        keys="tab",
        action="app.next_target(1)",
        name="next-target",
        shown="Tab",
        word="",
        meaning="the next target; Shift-Tab the one before, 1 to 9 the first nine",
    ),
)
TARGET_KEYS: Final = (
    ("shift+tab", "app.next_target(-1)"),
    *((str(place), f"app.show_place({place})") for place in range(1, 10)),
)
"""More keys for switching between targets, with their actions; the help tells them with Tab's."""
FIXED_KEYS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("up", "down", "j", "k", "home", "end", "pageup", "pagedown"), "the cursor"),
    **dict.fromkeys(("shift+up", "shift+down"), "scrolling the panel"),
    **dict.fromkeys((key for key, _action in TARGET_KEYS), "switching between targets"),
    "escape": "closing the panel",
    "ctrl+c": "leaving with exit code 130",
    "ctrl+q": "leaving",
    "ctrl+z": "going back to the shell",
}
"""Keys that no action can be given, and what they are for."""

OTHER_KEYS: Final = (
    ("↑ ↓ j k", "move the cursor; also Home, End, PgUp, PgDn and the mouse"),
    ("Shift ↑ ↓", "scroll the panel"),
    ("Ctrl-C", "quit with exit code 130; Ctrl-Z leaves it to the shell until fg"),
)


_OVERVIEW_MEANINGS: Final = {
    "pause": "pause and resume sending to all",
    "reset": "forget all statistics of all",
    "search": "search targets by name or address; Esc ends it",
    "next_match(1)": "the next target that matches",
    "copy_address": "copy the address of the target (by OSC 52, where the terminal permits it)",
    "copy_table('text')": "copy the overview as text",
    "copy_table('markdown')": "copy the overview in Markdown",
    "export": "write the overview, all sessions or a picture to a file",
    "hide_hops": "hide the addresses of the first 2 hops of each target (--private-hops), also in"
    " copies and files",
    "app.show_settings": "settings of all targets, also of those added later, and saving them",
    "app.overview": "from the table of a target back to this overview (also Esc)",
}
"""Where they are others than in the table of a target."""


def overview_keys(keys: Sequence[Key] = KEYS) -> tuple[Key, ...]:
    """What keys do in the overview, most needed first. They act on all targets."""
    known = {
        key.action: msgspec.structs.replace(
            key, meaning=_OVERVIEW_MEANINGS.get(key.action, key.meaning)
        )
        for key in keys
    }
    chosen = [
        known["app.leave"],
        known["app.show_help"],
        Key(
            keys="enter",
            action="open",
            name="open",
            shown="⏎",
            word="open",
            meaning="the table of the target under the cursor; also a double click",
        ),
        *(
            msgspec.structs.replace(known[action], word=word)
            for action, word in (("app.add_target", "add"), ("app.remove_target", "remove"))
            if action in known
        ),
        *(key for key in keys if key.action.startswith(("app.replay", "app.ask_for_time"))),
    ]
    actions = ["pause", "toggle_mode", "sort", "reset", "search", "export", "adaptive"]
    actions += ["slower", "faster", "flip", "freeze", "next_match(1)", "next_match(-1)"]
    actions += ["copy_address", "copy_table('text')", "copy_table('markdown')", "hide_hops"]
    actions += [f"protocol('{protocol}')" for protocol in Protocol]
    actions += ["app.show_settings", "app.toggle_palette", "app.show_palette"]
    actions += ["app.next_target(1)", "app.overview"]
    # A recording that is played has no keys for what probes.
    return (*chosen, *(known[action] for action in actions if action in known))


def spelt(keys: Sequence[Key]) -> tuple[Key, ...]:
    """For terminals without a sign for Enter; what stands for it there is a key of its own."""
    return tuple(
        msgspec.structs.replace(key, shown="Enter") if key.shown == _SIGNS["enter"] else key
        for key in keys
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
