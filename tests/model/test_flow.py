"""What one flow meets at a hop."""

from __future__ import annotations

from poros_tui.model.flow import FlowAtHop, FlowCounts, flow_numbers
from poros_tui.model.probe import AnswerKind, Lost
from tests.model.outcomes import probe, reply

BARRED = AnswerKind.UNREACHABLE
REACHED = AnswerKind.REACHED


def counted(*kinds: AnswerKind | None) -> FlowAtHop:
    """After these answers, one to each probe; None: none."""
    counts = FlowCounts(0)
    for number, kind in enumerate(kinds):
        asked = probe(number)
        counts.add(asked)
        if kind is None:
            counts.add(Lost(asked, waited_s=3.0))
        else:
            rtt_s = 3.0 if kind is BARRED else 0.02
            counts.add(
                reply(
                    asked, "10.0.0.9" if kind is BARRED else "203.0.113.9", kind=kind, rtt_s=rtt_s
                )
            )
    return counts.snapshot()


def test_flows_are_named_from_1_on() -> None:
    assert flow_numbers([0]) == "flow 1"
    assert flow_numbers([0, 1, 2, 6]) == "flows 1-3, 7"


def test_where_the_destination_answers_what_is_refused_is_lost() -> None:
    seen = counted(BARRED, BARRED, REACHED, BARRED, None)
    assert (seen.sent, seen.received, seen.lost) == (5, 1, 4)
    assert (seen.rtt.count, seen.rtt.worst_s) == (1, 0.02)
    assert [str(address) for address in seen.responders] == ["10.0.0.9", "203.0.113.9"]


def test_where_it_does_not_a_refusal_is_an_answer() -> None:
    seen = counted(BARRED, BARRED)
    assert (seen.received, seen.lost, seen.rtt.count) == (2, 0, 2)
