"""The help screen's text, made from the keys, the columns and the signs themselves. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Final

from poros_tui.model.clean import clean
from poros_tui.model.history import Gap
from poros_tui.model.session import TraceIdentity
from poros_tui.model.stray import Stray, stray_words
from poros_tui.model.verdict.statement import RULES
from poros_tui.tui.columns import KINDS
from poros_tui.tui.keys import KEYS, OTHER_KEYS, Key, overview_keys
from poros_tui.tui.overview_columns import TARGET_KINDS
from poros_tui.tui.rows import DESTINATION_SIGN, FINDING_SIGN, IN_FLIGHT_SIGN, NO_REPLY
from poros_tui.tui.spans import LEVEL_ROLES, Line, Role, Span
from poros_tui.tui.sparkline import BLOCKS, GAPS
from poros_tui.tui.time_glyphs import EVENT_MARKS
from poros_tui.tui.verdict import SIGNS, Verdict

_INDENT: Final = 2
_NAME_WIDTH: Final = 12
_NOTE_MAX: Final = 1000

_SIGNS: Final[tuple[tuple[Span, str], ...]] = (
    ((DESTINATION_SIGN, Role.ACCENT), "the destination"),
    ((IN_FLIGHT_SIGN, Role.ACCENT), "a probe is out (sequential and adaptive mode)"),
    (
        (FINDING_SIGN, Role.WARN),
        "packets are changed before they get here (NAT, class of service, TTL), or come back by"
        " another way: see the hop's panel",
    ),
    ((SIGNS[Verdict.THROUGH], Role.BAD), "after a loss: it goes on to the destination"),
    (
        (SIGNS[Verdict.LIMITED], Role.DIM),
        "after a loss: this router limits its own answers, as their pattern shows; not a fault",
    ),
    (
        (SIGNS[Verdict.LOCAL], Role.DIM),
        "after a loss: later hops lose less, so only this router's answers are lost; not a fault",
    ),
    (
        (SIGNS[Verdict.UNKNOWN], Role.WARN),
        "after a loss: nothing beyond answers, or there is too little data: it cannot be told",
    ),
    (
        ("!H !N !X", Role.BAD),
        "host, network, administratively unreachable: the path ends for who is told so",
    ),
    (("!P !S", Role.BAD), "protocol unreachable; source route failed, or source out of scope"),
    (("!V !C", Role.BAD), "the precedence is forbidden, or too low"),
    (("!F-1400", Role.BAD), "the probe was too big for the next link, which takes so many bytes"),
    (("!<n>", Role.BAD), "unreachable with any other code, n is its number"),
    ((NO_REPLY, Role.DIM), "it never answered; many routers never do"),
    (GAPS[Gap.LOST], "in the history: a lost probe"),
    (GAPS[Gap.SEND_ERROR], "in the history: the probe did not leave this machine; no loss"),
    (GAPS[Gap.UNTIMED], "in the history: answered, but the clock was set in between"),
    (
        (" ".join(text for text, _role in EVENT_MARKS.values()), Role.ACCENT),
        f"on a time axis, what happened: {', '.join(EVENT_MARKS)}; the key e tells",
    ),
)


def help_lines(
    identity: TraceIdentity | None,
    width: int,
    strays: Sequence[Stray] = (),
    keys: Sequence[Key] = KEYS,
) -> list[Line]:
    """All of the help in `width` cells. `identity` is that of the session that it is asked in;
    None: it is asked in the overview, whose keys then come first. `strays` are the packets that
    were not believed."""
    lines: list[Line] = []
    if identity is None:
        lines += [[("Keys of the overview, for all targets", Role.ACCENT)]]
        lines += _keys(overview_keys(keys), width)
        lines += [[], [("Keys in the table of one target", Role.ACCENT)]]
    else:
        lines += [[("Keys", Role.ACCENT)]]
    lines += _keys(keys, width)
    for shown, meaning in OTHER_KEYS:
        lines += _entry((shown, Role.STRONG), meaning, width)
    lines += [[], [("Columns", Role.ACCENT)]]
    for kind in KINDS.values():
        unit = ", in milliseconds" if kind.is_time else ""
        lines += _entry((kind.heading, Role.STRONG), kind.meaning + unit, width)
    lines += [[], [("Signs", Role.ACCENT)]]
    for sign, meaning in _SIGNS:
        lines += _entry(sign, meaning, width)
    lines += _levels(width)
    lines += [[], [("The verdict, and its rules", Role.ACCENT)]]
    for topic, rule in RULES.items():
        lines += _entry((str(topic), Role.STRONG), rule, width)
    lines += [[], [("The overview of several targets", Role.ACCENT)]]
    for target_kind in TARGET_KINDS.values():
        lines += _entry((target_kind.heading, Role.STRONG), target_kind.meaning, width)
    if identity is None:
        return lines
    lines += [[], [("This session", Role.ACCENT)]]
    notes = (
        f"{identity.protocol.upper()} by {identity.rung}. {identity.rung_note}",
        *identity.notes,
        *((f"Not believed: {stray_words(strays)}.",) if strays else ()),
    )
    for note in notes:
        lines += [
            [(" " * _INDENT + text, Role.TEXT)]
            for text in textwrap.wrap(clean(note, _NOTE_MAX), max(10, width - _INDENT))
        ]
    return lines


def _keys(keys: Sequence[Key], width: int) -> list[Line]:
    lines: list[Line] = []
    for key in keys:
        also = f" (also {', '.join(key.others_shown)})" if key.others_shown else ""
        lines += _entry((key.shown, Role.STRONG), key.meaning + also, width)
    return lines


def _entry(name: Span, meaning: str, width: int) -> list[Line]:
    text, role = name
    start = _INDENT + max(_NAME_WIDTH, len(text) + 1)
    words = textwrap.wrap(meaning, max(10, width - start))
    first: Line = [(" " * _INDENT, Role.TEXT), (text.ljust(start - _INDENT), role)]
    return [
        [*first, (words[0], Role.TEXT)],
        *([(" " * start + rest, Role.TEXT)] for rest in words[1:]),
    ]


def _levels(width: int) -> list[Line]:
    blocks = [(block, role) for block, role in zip(BLOCKS, LEVEL_ROLES, strict=True)]
    first, *rest = _entry(
        (BLOCKS, Role.TEXT),
        "round-trip time, low to high; the height is its square root, so that changes of near"
        " hops show beside far ones (--scale has others)",
        width,
    )
    start, (name, role), words = first
    return [[start, *blocks, (name[len(BLOCKS) :], role), words], *rest]
