"""Recordings too long to be read probe by probe tell the same together."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from poros_tui.cli import trace_files
from poros_tui.cli.trace_files import read_measured, read_traces
from poros_tui.report import as_csv
from poros_tui.report.columns import FIGURES as ALL
from poros_tui.report.layout import Layout
from tests.record.made_session import recorded

ADVICE = "give another"
OF_EACH = {"median", "p95"}
"""Of each of several responders they are not known then."""
FIGURES = tuple(name for name in ALL if name not in OF_EACH)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "a.ptr"
    path.write_bytes(recorded(seed=11, rounds=120)[1])
    return str(path)


def test_a_long_recording_is_reported_as_a_short_one_and_that_it_is_long_is_said(
    file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = read_traces(file, ADVICE)
    assert whole.left_out == ()
    assert any(hop.records for hop in whole.runs[0].path.hops)
    monkeypatch.setattr(trace_files, "PROBES_MAX", 10)
    long = read_traces(file, ADVICE)
    (sentence,) = long.left_out
    assert sentence.startswith(f"{file} has ")
    assert sentence.endswith(
        " probes: what they tell together is reported, and not what became of each"
    )
    assert not any(hop.records for hop in long.runs[0].path.hops)
    figures = Layout(columns=FIGURES)
    assert as_csv.render(long.runs, figures) == as_csv.render(whole.runs, figures)


def test_of_a_long_recording_every_round_trip_is_compared(
    file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, (whole,) = read_measured(file, ADVICE)
    monkeypatch.setattr(trace_files, "PROBES_MAX", 10)
    _, (long,) = read_measured(file, ADVICE)
    assert any(len(hop.rtts_ms) > 20 for hop in whole.hops)
    for hop, other in zip(long.hops, whole.hops, strict=True):
        assert sorted(hop.rtts_ms) == pytest.approx(sorted(other.rtts_ms))
        assert msgspec.structs.replace(
            hop, rtts_ms=(), told_mean_ms=None
        ) == msgspec.structs.replace(other, rtts_ms=(), told_mean_ms=None)
