"""The keys of a recording that is played: those of a session without what probes, and a player's.
Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from poros_tui.tui.keys import KEYS, Key

_OF_PROBING: Final = frozenset(
    (
        "pause", "mode", "reset", "slower", "faster", "adaptive", "mark", "clear-mark",
        "add-target", "remove-target", "icmp", "udp", "tcp",
    )
)  # fmt: skip
"""By name: what they would do cannot be done to what has been."""

_OF_TIME: Final = frozenset(
    (
        "chart", "heat-map", "pin", "zoom-in", "zoom-out", "earlier", "later", "now",
        "point-earlier", "point-later", "chart-scale", "freeze",
    )
)  # fmt: skip
"""By name: what they show is when something was measured, and a file tells what came out."""

PLAYER_KEYS: Final = (
    Key(
        keys="space,p",
        action="app.replay('toggle', 0)",
        name="play",
        shown="space",
        word="play",
        meaning="hold, and go on",
    ),
    Key(
        keys="right_parenthesis",
        action="app.replay('step', 1)",
        name="step",
        shown=")",
        word="step",
        meaning="hold, and one round on",
    ),
    Key(
        keys="left_parenthesis",
        action="app.replay('step', -1)",
        name="step-back",
        shown="(",
        word="",
        meaning="hold, and one round back",
    ),
    Key(
        keys="right_curly_bracket",
        action="app.replay('event', 1)",
        name="next-event",
        shown="}",
        word="event",
        meaning="hold where the next event was told",
    ),
    Key(
        keys="left_curly_bracket",
        action="app.replay('event', -1)",
        name="previous-event",
        shown="{",
        word="",
        meaning="hold where the event before was told",
    ),
    Key(
        keys="plus,equals_sign",
        action="app.replay('speed', 1)",
        name="play-faster",
        shown="+",
        word="faster",
        meaning="play faster, up to 1000 times",
    ),
    Key(
        keys="minus",
        action="app.replay('speed', -1)",
        name="play-slower",
        shown="-",
        word="",
        meaning="play slower, down to a quarter",
    ),
    Key(
        keys="greater_than_sign",
        action="app.replay('skip', 60)",
        name="skip",
        shown=">",
        word="",
        meaning="one minute on",
    ),
    Key(
        keys="less_than_sign",
        action="app.replay('skip', -60)",
        name="skip-back",
        shown="<",
        word="",
        meaning="one minute back",
    ),
    Key(
        keys="at",
        action="app.ask_for_time",
        name="go-to",
        shown="@",
        word="go to",
        meaning="a time: 14:05, 14:05:30, +10m, -30s, 1:30:00 after the start as @1:30:00, 50%",
    ),
)

_CHANGED: Final = {
    "earlier": ("comma", ","),
    "later": ("full_stop", "."),
}
"""The player has one of the two keys that they had."""
_MEANING: Final = {"freeze": "let the picture stand still while the recording goes on"}
"""Where nothing is probed."""


def refused_keys(keys: Sequence[Key] = KEYS) -> str:
    """What does nothing where nothing is probed, as a binding has them: it is said so."""
    return _bound(keys, _OF_PROBING)


def refused_still_keys(keys: Sequence[Key] = KEYS) -> str:
    """The same where a trace out of a file stands as it ended."""
    return _bound(keys, _OF_PROBING | _OF_TIME)


def _bound(keys: Sequence[Key], names: frozenset[str]) -> str:
    return ",".join(key.keys for key in keys if key.name in names)


def still_keys(keys: Sequence[Key] = KEYS) -> tuple[Key, ...]:
    """What keys do there."""
    return tuple(key for key in keys if key.name not in _OF_PROBING | _OF_TIME)


def replay_keys(keys: Sequence[Key] = KEYS) -> tuple[Key, ...]:
    """What keys do while a recording is played, most needed first."""
    first = [key for key in keys if key.name in ("quit", "help")]
    others = []
    for key in keys:
        if key.name in _OF_PROBING or key in first:
            continue
        if key.name in _CHANGED and key in KEYS:
            names, shown = _CHANGED[key.name]
            key = replace(key, keys=names, shown=shown)
        others.append(replace(key, meaning=_MEANING.get(key.name, key.meaning)))
    return (*first, *PLAYER_KEYS, *others)
