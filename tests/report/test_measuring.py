"""What two traces are compared by."""

from __future__ import annotations

from poros_tui.config import SessionConfig
from poros_tui.model.contrast.contrast import Kind, contrast
from poros_tui.report.measuring import measured
from tests.report.cases import Case, run_of


def test_hops_that_one_of_two_has_not_asked_are_neither_lost_nor_gained() -> None:
    scenario = "rising30"
    whole = measured(run_of(Case(scenario, SessionConfig(queries=3, rounds=1))), "whole")
    part = measured(run_of(Case(scenario, SessionConfig(queries=3, rounds=1, max_hops=5))), "part")
    assert len(part.hops) == 5
    for first, second in ((whole, part), (part, whole)):
        found = contrast(first, second)
        kinds = [hop.kind for hop in found.hops]
        assert kinds == [Kind.SAME] * 5 + [Kind.UNKNOWN] * (len(whole.hops) - 5)
        assert not found.is_different
