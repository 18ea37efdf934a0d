from __future__ import annotations

import json

import msgspec
import trio
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.events import Event, EventKind
from poros_tui.once import run_once
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.transport import SimulatedTransport
from poros_tui.report.as_json import to_json
from poros_tui.report.as_text import to_text
from tests.engine.stories import STORIES
from tests.report.cases import finished

CHANGED = Event(
    kind=EventKind.PATH_CHANGED, at_s=100.0, round=100, ttl=5, words="a → b", noticed_at_s=112.5
)
PAUSED = Event(kind=EventKind.PAUSED, at_s=130.0, words="nothing is sent")
RUN = msgspec.structs.replace(
    finished("straight"), events=((CHANGED, 1_800_000_100.0), (PAUSED, 1_800_000_130.0))
)


def test_the_text_lists_events_below_the_table() -> None:
    lines = to_text(RUN).splitlines()
    assert lines[lines.index("Events:") + 1 :] == [
        "  2027-01-15T08:01:40.000+00:00  hop 5  path changed: a → b",
        "  2027-01-15T08:02:10.000+00:00  paused: nothing is sent",
    ]
    assert "Events" not in to_text(finished("straight"))


def test_the_json_has_each_with_both_its_times() -> None:
    assert json.loads(to_json(RUN))["events"] == [
        {
            "kind": "path changed",
            "group": "path",
            "hop": 5,
            "round": 100,
            "at": "2027-01-15T08:01:40.000+00:00",
            "noticed_at": "2027-01-15T08:01:52.500+00:00",
            "words": "a → b",
        },
        {
            "kind": "paused",
            "group": "user",
            "hop": None,
            "round": None,
            "at": "2027-01-15T08:02:10.000+00:00",
            "noticed_at": "2027-01-15T08:02:10.000+00:00",
            "words": "nothing is sent",
        },
    ]
    assert json.loads(to_json(finished("straight")))["events"] == []


def test_a_report_of_many_rounds_knows_what_happened() -> None:
    chronicle = Chronicle()

    async def main() -> None:
        network = SimulatedNetwork(STORIES["reroute"].scenario, seed=0)
        await run_once(
            SessionConfig(rounds=130), lambda: SimulatedTransport(network), chronicle=chronicle
        )

    trio.run(main, clock=MockClock(autojump_threshold=0))
    [(event, wall_s)] = chronicle.dated_events()
    assert (event.kind, event.round, event.ttl) == (EventKind.PATH_CHANGED, 100, 5)
    assert wall_s == chronicle.wall_s(event.at_s)
