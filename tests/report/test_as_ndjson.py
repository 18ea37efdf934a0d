from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
import trio
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.events import Event, EventKind
from poros_tui.model.session import Message
from poros_tui.once import run_once
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.transport import SimulatedTransport
from poros_tui.report.as_json import to_json
from poros_tui.report.as_ndjson import error_line, event_line, message_line, summary_line
from poros_tui.report.run import FinishedRun, Untraced
from tests.engine.stories import STORIES
from tests.lab.tun import load_scenario
from tests.report.cases import finished

OUTCOMES = {"reply", "late", "unreachable", "lost", "send_error"}


Told = tuple[float, dict[str, Any]]
"""A line, and the virtual time at which it was told."""


def heard(name: str, config: SessionConfig) -> tuple[list[Told], FinishedRun]:
    """The lines of a trace, and what was known in the end."""
    lines: list[Told] = []

    def listen(message: Message, _events: Sequence[Event]) -> bool:
        now_s = trio.current_time()
        line = message_line("host.example", message, now_s)
        if line is not None:
            assert "\n" not in line
            lines.append((now_s, json.loads(line)))
        return True

    run = finished("straight")

    async def main() -> FinishedRun:
        network = SimulatedNetwork(load_scenario(name), seed=1)
        done = await run_once(config, lambda: SimulatedTransport(network), listen=listen)
        return msgspec.structs.replace(run, path=done.path, config=config)

    return lines, trio.run(main, clock=MockClock(autojump_threshold=0))


@pytest.mark.parametrize("name", ["straight12", "silent-hops", "host-unreachable", "hostile"])
def test_the_lines_of_a_hop_add_up_to_what_the_summary_has(name: str) -> None:
    lines, run = heard(name, SessionConfig(queries=1, rounds=3, interval_s=4.0))
    summary = json.loads(summary_line(run, 0.0))
    probes = [line for _, line in lines if line["type"] == "probe"]
    assert {line["outcome"] for line in probes} <= OUTCOMES
    for hop in summary["hops"]:
        count = Counter(line["outcome"] for line in probes if line["hop"] == hop["ttl"])
        statistics = hop["statistics"]
        answers = count["reply"] + count["late"] + count["unreachable"]
        assert answers == statistics["received"] + statistics["refused"]
        assert count["lost"] - count["late"] + statistics["refused"] == statistics["lost"]
    duplicates = Counter(line["hop"] for _, line in lines if line["type"] == "duplicate")
    for hop in summary["hops"]:
        assert duplicates[hop["ttl"]] == hop["statistics"]["duplicates"]
    strays = sum(line["packets"] for _, line in lines if line["type"] == "stray")
    assert strays == summary["foreign"] + summary["malformed"]


def test_each_probe_is_told_when_its_answer_comes() -> None:
    lines, _ = heard("straight12", SessionConfig(queries=1, rounds=1))
    began_s = lines[0][0] - lines[0][1]["rtt_ms"] / 1e3
    answered = [(at_s, line) for at_s, line in lines if line["outcome"] == "reply"]
    assert len(answered) >= 12
    for at_s, line in answered:
        assert at_s - began_s == pytest.approx(line["rtt_ms"] / 1e3, abs=1e-3)


def test_the_summary_is_the_json_object_without_its_probes() -> None:
    run = finished("late")
    summary = json.loads(summary_line(run, 0.0))
    assert (summary.pop("type"), summary.pop("at")) == (
        "summary",
        "1970-01-01T00:00:00.000+00:00",
    )
    whole = json.loads(to_json(run))
    for hop in whole["hops"]:
        del hop["probes"]
    assert summary == whole


def test_an_event_is_told_when_it_is_noticed_with_its_own_time() -> None:
    chronicle = Chronicle()
    told: list[tuple[Event, int]] = []

    def listen(message: Message, events: Sequence[Event]) -> bool:
        told.extend((event, chronicle.event_count) for event in events)
        return True

    async def main() -> None:
        network = SimulatedNetwork(STORIES["reroute"].scenario, seed=0)
        await run_once(
            SessionConfig(rounds=130),
            lambda: SimulatedTransport(network),
            chronicle=chronicle,
            listen=listen,
        )

    trio.run(main, clock=MockClock(autojump_threshold=0))
    ((event, count),) = told
    assert (event.kind, event.ttl, count) == (EventKind.PATH_CHANGED, 5, 1)
    assert (event,) == chronicle.events()
    line = json.loads(event_line("host.example", event, 100.0, 112.0))
    assert (line["type"], line["target"]) == ("event", "host.example")
    assert (line["kind"], line["at"]) == ("path changed", "1970-01-01T00:01:40.000+00:00")


def test_a_target_that_could_not_be_traced_is_an_error() -> None:
    assert json.loads(error_line(Untraced(name="a", reason="no such name"), 0.0)) == {
        "type": "error",
        "at": "1970-01-01T00:00:00.000+00:00",
        "target": "a",
        "error": "no such name",
    }


def test_who_hears_no_more_ends_the_trace_with_what_is_known() -> None:
    count = 0

    def listen(_message: Message, _events: Sequence[Event]) -> bool:
        nonlocal count
        count += 1
        return count < 100

    async def main() -> tuple[float, int | None, int]:
        began_s = trio.current_time()
        network = SimulatedNetwork(load_scenario("straight12"), seed=1)
        done = await run_once(
            SessionConfig(rounds=1000), lambda: SimulatedTransport(network), listen=listen
        )
        return trio.current_time() - began_s, done.signal_number, len(done.path.hops)

    lasted_s, signal_number, hops = trio.run(main, clock=MockClock(autojump_threshold=0))
    assert (count, signal_number, hops) == (100, None, 12)
    assert lasted_s < 10
