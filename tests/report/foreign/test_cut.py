"""A report is cut off: what is whole of it is read, and a sentence says where it ends."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from poros_tui.model.contrast.contrast import contrast
from poros_tui.report import as_html
from poros_tui.report.as_json import to_json
from poros_tui.report.as_text import to_text
from poros_tui.report.contrast_text import contrast_text
from poros_tui.report.layout import Layout
from poros_tui.report.measuring import measured
from poros_tui.report.run import FinishedRun
from tests.report.foreign.samples import text_of
from tests.report.foreign.spoiling import hops_by_ttl, line_of, read, told
from tests.report.foreign.test_spoiled import REPORTS, document, undamaged
from tests.report.schema import faults

CUTS: Final = 40
"""Of each report."""
HOPS: Final = {"atlas.json": ("result",), "mtr": ("report", "hubs")}
"""Where they stand; in others among the first keys."""


def cuts(text: str) -> Iterator[int]:
    return iter(range(1, len(text), max(1, len(text) // CUTS)))


def hops_place(name: str) -> tuple[str, ...]:
    return next((place for start, place in HOPS.items() if name.startswith(start)), ("hops",))


@pytest.mark.sampled(5)
@pytest.mark.parametrize("name", REPORTS)
def test_hops_that_are_whole_are_read_as_they_were(name: str) -> None:
    whole, hops = undamaged(name)
    text = json.dumps(document(name), indent=1)
    second_hop = line_of(document(name), (*hops_place(name), 1))
    for at in cuts(text):
        got = read(text[:at])
        (sentence,) = got.complaints
        line = text[:at].rstrip().count("\n") + 1
        assert sentence.startswith(f"file line {line} is no JSON: "), sentence
        assert bool(got.runs) == sentence.endswith(": the trace is read up to there")
        assert got.runs or line <= second_hop, sentence
        for run in got.runs:
            now = told(run)
            assert faults(now) == []
            assert to_text(run)
            assert now["target"] == whole["target"]
            check_hops(name, hops_by_ttl(run), hops)


@pytest.mark.sampled(5)
@pytest.mark.parametrize("name", REPORTS)
def test_no_hop_behind_the_cut_is_called_lost_or_gained(name: str) -> None:
    text = json.dumps(document(name), indent=1)
    (run,) = read(text).runs
    whole = measured(run, "whole")
    for at in cuts(text):
        for short in read(text[:at]).runs:
            check_claims(run, short)
            part = measured(short, "part")
            for found in (contrast(whole, part), contrast(part, whole)):
                assert not found.changed_hops, at
                assert "\nDestination: \n" not in contrast_text(found), at


def check_claims(run: FinishedRun, short: FinishedRun) -> None:
    """A page about what is left of the run says nothing else of its end than one about all."""
    text, whole = (re.sub("<[^>]*>", "", as_html.render([one], Layout())) for one in (short, run))
    assert "last answer comes from" not in text
    for claim in ("The destination does not answer", "is not reached", "nobody answers"):
        assert claim not in text or claim in whole


@pytest.mark.parametrize("name", ["nat", "mtr-ipv4.json"])
def test_a_hop_that_is_left_out_is_not_called_lost(name: str) -> None:
    (run,) = read(json.dumps(document(name))).runs
    hops = hops_place(name)
    for number in range(len(hops_by_ttl(run))):
        spoiled_one = json.loads(json.dumps(document(name)))
        within = spoiled_one
        for key in hops:
            within = within[key]
        within[number]["count" if "mtr" in name else "ttl"] = "no"
        got = read(json.dumps(spoiled_one))
        (part,) = got.runs
        assert "has a hop that is left out" in got.complaints[0]
        assert not contrast(measured(run, "whole"), measured(part, "part")).changed_hops


def check_hops(name: str, now: dict[int, Any], hops: dict[int, Any]) -> None:
    """Each is what it was, or nothing is claimed that was not so."""
    assert now.keys() <= hops.keys()
    for ttl, hop in now.items():
        if hop == hops[ttl] or (name == "atlas.json" and ttl == 2):  # hop 3 has a late answer to it
            continue
        told_of, was = hop["statistics"], hops[ttl]["statistics"]
        assert told_of["lost"] == 0 < told_of["in_flight"], hop
        assert told_of["received"] <= was["received"]
        assert told_of["sent"] <= was["sent"]


@pytest.mark.parametrize("name", ["mtr-ipv4.json", "atlas.json", "trippy.json"])
def test_that_the_destination_was_not_reached_is_not_claimed(name: str) -> None:
    text = json.dumps(document(name), indent=1)
    last = max(hops_by_ttl(*read(text).runs))
    shorter = [
        run for at in cuts(text) for run in read(text[:at]).runs if last not in hops_by_ttl(run)
    ]
    assert len(shorter) > 5
    assert {told(run)["reached"] for run in shorter} == {None}


def test_one_of_several_that_is_broken_costs_no_other() -> None:
    text = text_of("scamper-two-targets.json")
    whole = read(text)
    lines = text.splitlines()
    number = next(number for number, line in enumerate(lines) if '"trace"' in line)
    half = lines[number][: len(lines[number]) * 2 // 3]
    got = read("\n".join([*lines[:number], half, *lines[number + 1 :]]))
    assert len(got.runs) == len(whole.runs) == 2
    assert [hops_by_ttl(run) for run in got.runs[1:]] == [
        hops_by_ttl(run) for run in whole.runs[1:]
    ]
    (sentence,) = got.complaints
    assert sentence.startswith(f"file line {number + 1} is no JSON: ")


def test_what_was_wrong_before_the_cut_is_told_too() -> None:
    run = read(text_of("mtr-ipv4.json")).runs[0]
    text = to_json(run)
    spoiled = text.replace('"lost": 0', '"lost": "no"', 1)
    assert spoiled != text
    got = read(spoiled[: len(text) // 2])
    first, second = got.complaints
    assert "that is left out" in first
    assert second.endswith(": the trace is read up to there")
