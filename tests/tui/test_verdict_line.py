"""What stands in the line under the header when not all of it fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.verdict.statement import Statement, Topic, Weight
from poros_tui.model.verdict.verdict import most_important
from poros_tui.tui.panels.verdict import SIGNS
from poros_tui.tui.spans import line_text, line_width
from poros_tui.tui.verdict_line import verdict_line


def one(topic: Topic, weight: Weight, short: str, brief: str = "") -> Statement:
    return Statement(topic=topic, weight=weight, short=short, brief=brief, words="")


LOSS = one(
    Topic.LOSS,
    Weight.TROUBLE,
    "3.6 % lost end to end, last burst 08:26:40",
    "3.6 % lost end to end",
)
DELAY = one(
    Topic.DELAY,
    Weight.NOTE,
    "69 % of 98.2 ms from hop 7→8, the long haul",
    "69 % of 98.2 ms from hop 7→8",
)
PATH = one(Topic.PATH, Weight.NOTE, "path changed twice, last 08:20:10", "path changed twice")
LIMITS = one(Topic.LIMITS, Weight.NOTE, "loss at hop 2 is its own")
CALL = one(Topic.CALL, Weight.FINE, "a call would be good")
FINE = one(Topic.LOSS, Weight.FINE, "no loss in 42 probes")


@pytest.mark.parametrize(
    ("width", "said", "expected"),
    [
        (50, (DELAY, PATH, LIMITS), "· path changed twice, last 08:20:10   +2 more"),
        (
            80,
            (DELAY, PATH, LIMITS),
            "· path changed twice, last 08:20:10   · 69 % of 98.2 ms from hop 7→8   +1 more",
        ),
        (
            120,
            (DELAY, PATH, LIMITS),
            "· path changed twice, last 08:20:10   · 69 % of 98.2 ms from hop 7→8, the long haul"
            "   · loss at hop 2 is its own",
        ),
        (50, (LOSS, DELAY, PATH), "! 3.6 % lost end to end   +2 more"),
        (
            80,
            (LOSS, DELAY, PATH),
            "! 3.6 % lost end to end, last burst 08:26:40   · path changed twice   +1 more",
        ),
        (
            120,
            (LOSS, DELAY, PATH, LIMITS, CALL),
            "! 3.6 % lost end to end, last burst 08:26:40   · path changed twice, last 08:20:10   "
            "+3 more",
        ),
        (50, (DELAY, FINE, CALL), "· 69 % of 98.2 ms from hop 7→8   +2 more"),
        (80, (DELAY,), "· 69 % of 98.2 ms from hop 7→8, the long haul"),
        (20, (LOSS, DELAY), "! 3.6 %…   +1 more"),
    ],
)
def test_what_matters_most_stands_there_and_the_rest_is_counted(
    width: int, said: tuple[Statement, ...], expected: str
) -> None:
    line = verdict_line(said, width)
    assert line_width(line) == width
    assert line_text(line).strip() == expected


def test_nothing_said_is_a_blank_line() -> None:
    assert line_text(verdict_line((), 50)) == " " * 50


_WORDS = st.text("abc ,", min_size=1, max_size=60).map(lambda text: f"<{text}>")
_SAID = st.lists(
    st.builds(one, st.sampled_from(Topic), st.sampled_from(Weight), _WORDS, st.just("")),
    min_size=1,
    max_size=9,
)


@given(_SAID, st.integers(16, 250))
def test_no_statement_stands_there_in_place_of_one_that_matters_more(
    said: list[Statement], width: int
) -> None:
    text = line_text(verdict_line(said, width))
    assert len(text) == width
    ordered = most_important(said)
    signs = [SIGNS[statement.weight][0] for statement in ordered]
    shown = text.count("<")
    rest = text.strip()
    for statement, sign in list(zip(ordered, signs, strict=True))[: shown - 1]:
        whole = f"{sign} {statement.short}"
        assert rest.startswith(whole)
        rest = rest[len(whole) :].strip()
    more = len(ordered) - shown
    assert text.rstrip().endswith(f"+{more} more") is bool(more)
