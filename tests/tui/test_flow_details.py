from __future__ import annotations

from ipaddress import ip_address

import msgspec

from poros_tui.model.flow import FlowAtHop
from poros_tui.model.statistics import RttStatistics
from poros_tui.tui.details import detail_lines
from poros_tui.tui.spans import line_text
from poros_tui.tui.verdict import Verdict
from tests.tui.made_path import MadePath


def test_the_panel_has_a_line_for_each_flow_with_who_answers_it() -> None:
    made = MadePath()
    made.reply(1, 10.0, "192.0.2.1")
    rtt = RttStatistics()
    rtt.add(0.010)
    flows = (
        FlowAtHop(flow=0, responders=(ip_address("192.0.2.1"),), sent=1, received=1, rtt=rtt),
        FlowAtHop(flow=1, sent=2, lost=2, rtt=RttStatistics()),
    )
    hop = msgspec.structs.replace(made.update().hops[0], flows=flows)
    lines = [line_text(line).rstrip() for line in detail_lines(hop, Verdict.NONE, 100, 30)]
    place = next(at for at, line in enumerate(lines) if line.startswith("Flows"))
    assert lines[place].split() == ["Flows", "sent", "lost", "best", "avg", "worst", "dev"]
    assert lines[place + 1].split()[:4] == ["1", "192.0.2.1", "1", "0"]
    assert lines[place + 2].split()[:5] == ["2", "no", "reply", "2", "2"]


def test_a_single_flow_has_no_lines_of_its_own() -> None:
    made = MadePath()
    made.reply(1, 10.0, "192.0.2.1")
    hop = made.update().hops[0]
    lines = [line_text(line) for line in detail_lines(hop, Verdict.NONE, 100, 30)]
    assert not any(line.startswith("Flows") for line in lines)
