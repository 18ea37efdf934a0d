from __future__ import annotations

import pytest

from poros_tui.model.column import Column
from poros_tui.report.as_markdown import to_markdown
from poros_tui.report.as_text import to_text
from poros_tui.report.as_wide import render
from poros_tui.report.columns import COLUMNS, FIGURES, USUAL
from poros_tui.report.layout import Layout
from poros_tui.tui.columns import KINDS
from tests.report.cases import CASES, finished


def test_they_are_those_of_the_screen() -> None:
    assert set(COLUMNS) == set(KINDS) == set(Column)


def table(text: str) -> list[list[str]]:
    """The rows of a text report, cells apart where two blanks or more are."""
    rows = [line for line in text.splitlines() if line[:3].strip().isdigit()]
    return [row.split() for row in rows]


def test_the_text_has_the_columns_that_were_chosen_in_their_order() -> None:
    text = to_text(finished("straight"), columns=("responder", "received", "hop", "p95"))
    assert text.splitlines()[2].split() == ["Responder", "Recv", "Hop", "p95"]
    assert text.splitlines()[3].split()[1:3] == ["3", "1"]


def test_what_belongs_to_a_responder_stands_under_its_column() -> None:
    lines = to_text(finished("carried"), columns=("sent", "hop", "responder")).splitlines()
    place = lines[2].index("Responder")
    below = next(line for line in lines if "MPLS" in line)
    assert below.index(below.strip()) == place + 2


@pytest.mark.parametrize("name", CASES)
def test_wide_has_all_figures_and_what_the_text_says_below(name: str) -> None:
    run = finished(name)
    wide, text = render([run], Layout()).splitlines(), to_text(run).splitlines()
    headings = [COLUMNS[column].heading.replace(" ", "") for column in FIGURES]
    assert wide[2].split() == headings
    assert len(wide) == len(text)
    assert wide[-1] == text[-1]


def test_the_samples_of_a_hop_can_be_a_column() -> None:
    text = to_text(finished("late"), columns=("hop", "responder", "history"))
    assert table(text)[0] == ["1", "10.0.1.1", *["10.000"] * 4]
    markdown = to_markdown(finished("silent_hops"), columns=("hop", "responder", "history"))
    assert "| ---: | --- | --- |" in markdown
    assert "| no reply | \\* \\* \\* |" in markdown


def test_without_a_choice_all_is_as_it_was() -> None:
    run = finished("straight")
    assert to_text(run) == to_text(run, columns=USUAL)
    assert to_markdown(run) == to_markdown(run, columns=USUAL)
