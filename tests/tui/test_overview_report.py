"""The overview as text, Markdown and CSV."""

from __future__ import annotations

import csv
import io
import statistics

from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.stop import StopKind
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.overview_report import overview_report
from poros_tui.tui.overview_rows import TargetLine
from poros_tui.tui.roster import Entry
from poros_tui.tui.sharing import ExportKind
from tests.tui.fleet_stage import Made

RTTS_MS = (10.0, 12.5, 11.0)


def reached(number: int = 0, name: str = "a.example") -> Made:
    """Two hops away, one of four lost."""
    made = Made(number, name, 0.0)
    for rtt_ms in RTTS_MS:
        made.path.reply(1, 1.0)
        made.path.reached(2, rtt_ms)
    made.path.lose(2)
    made.path.stopped(StopKind.REACHED, ttl=2)
    return made


def lines_of(*made: Made, private_hops: int = 0) -> list[TargetLine]:
    entries = [Entry(one.snapshot(), 0.0) for one in made]
    return [TargetLine.of(entry, place, private_hops) for place, entry in enumerate(entries, 1)]


def nowhere(number: int, name: str) -> TargetLine:
    entry = Entry(Made(number, name, 0.0).not_begun(problem="no such host"), 0.0)
    return TargetLine.of(entry, number + 1)


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_csv_has_all_figures_by_their_units() -> None:
    lines = [*lines_of(reached()), nowhere(1, "b.example")]
    first, second = read(overview_report(lines, ExportKind.CSV))
    verdict = first.pop("verdict")
    assert first == {
        "number": "1",
        "target": "a.example",
        "address": "203.0.113.10",
        "protocol": "icmp",
        "state": "running",
        "hops": "2",
        "is_reached": "yes",
        "sent": "4",
        "received": "3",
        "lost": "1",
        "loss_percent": "25.000",
        "last_ms": "11.000",
        "p95_ms": f"{statistics.quantiles(RTTS_MS, n=20, method='inclusive')[-1]:.3f}",
    }
    assert "loss: too little data" in verdict
    assert second.pop("verdict") == "! no such host"
    assert {name for name, value in second.items() if not value} == {
        *("address", "protocol", "hops", "sent", "received", "lost"),
        *("loss_percent", "last_ms", "p95_ms"),
    }


@given(st.lists(st.text(min_size=1, max_size=50), min_size=1, max_size=5))
def test_whatever_targets_are_called_no_cell_is_a_formula_and_no_row_is_broken(
    names: list[str],
) -> None:
    lines = [nowhere(number, name) for number, name in enumerate(names)]
    rows = read(overview_report(lines, ExportKind.CSV))
    assert [row["target"].removeprefix("'") for row in rows] == [
        line.name.removeprefix("'") for line in lines
    ]
    for row in rows:
        assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    text = overview_report(lines, ExportKind.TEXT)
    markdown = overview_report(lines, ExportKind.MARKDOWN)
    assert text.count("\n") == len(names)
    assert markdown.count("\n") == len(names) + 1


@given(st.text("|*_`<a\\", min_size=1, max_size=20))
def test_in_markdown_a_name_is_one_cell_and_no_markup(name: str) -> None:
    row = overview_report([nowhere(0, name)], ExportKind.MARKDOWN).splitlines()[2]
    bare = row.replace("\\\\", "")
    for character in "|*_`<":
        bare = bare.replace(f"\\{character}", "")
    assert bare.count("|") == 9
    assert not set("*_`<") & set(bare)


def test_columns_of_the_text_stand_under_their_headings_and_nothing_is_cut() -> None:
    name = "a-very-long-name." * 10 + "example"
    lines = lines_of(reached(name=name), reached(1, "b.example"))
    heading, *rows = overview_report(lines, ExportKind.TEXT).splitlines()
    assert name in rows[0]
    ends = heading.index("Loss %") + len("Loss %")
    assert [row[:ends].split()[-1] for row in rows] == ["25.0", "25.0"]
    assert "RTT" not in heading


def test_private_words_are_hidden_and_columns_keep_their_places() -> None:
    lines = lines_of(reached(name="203.0.113.10"), reached(1, "b.example"), private_hops=2)
    private = frozenset({"203.0.113.10", "203.0.113.11"})
    heading, *rows = overview_report(lines, ExportKind.TEXT, private).splitlines()
    assert [row.split()[2:4] for row in rows] == [["hidden", "hidden"], ["b.example", "hidden"]]
    ends = heading.index("Loss %") + len("Loss %")
    assert [row[:ends].split()[-1] for row in rows] == ["25.0", "25.0"]
    for kind in (ExportKind.MARKDOWN, ExportKind.CSV):
        assert "203.0.113" not in overview_report(lines, kind, private)


def test_round_trips_are_in_the_unit_of_the_screen_but_for_csv() -> None:
    lines = lines_of(reached())
    last_ms = read(overview_report(lines, ExportKind.CSV))[0]["last_ms"]
    in_us = overview_report(lines, ExportKind.TEXT, unit=TimeUnit.US)
    assert f" {float(last_ms) * 1000:.0f} " in in_us
    assert overview_report(lines, ExportKind.CSV, unit=TimeUnit.US) == overview_report(
        lines, ExportKind.CSV
    )
