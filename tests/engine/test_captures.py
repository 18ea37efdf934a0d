"""A capture of a session has every probe that left and every answer that was believed."""

from __future__ import annotations

import re

import pytest
import trio
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.model.probe import Duplicate, Mode, Protocol, Reply, Sent
from poros_tui.probe.capture import Capture
from tests.engine.trace import RecordingTransport, Trace, lab_scenario, run_trace
from tests.packets.read_pcapng import Capture as ReadCapture
from tests.packets.read_pcapng import Packet, read_pcapng


def captured(
    scenario: str, config: SessionConfig, protocol: Protocol = Protocol.ICMP, family: int = 4
) -> tuple[Trace, ReadCapture]:
    capture = Capture("tests")

    class Tapped(RecordingTransport):
        def __init__(self, *given: object, **named: object) -> None:
            super().__init__(*given, **named)  # type: ignore[arg-type]
            self.tap = capture.tap("simulation", "")

    async def main() -> Trace:
        return await run_trace(
            lab_scenario(scenario),
            config,
            protocol=protocol,
            family=family,
            open_transport=Tapped,
        )

    trace = trio.run(main, clock=MockClock(autojump_threshold=0))
    return trace, read_pcapng(capture.take(is_last=True))


def numbers_of(packet: Packet) -> tuple[int, ...]:
    found = re.search(r"hop (\d+), round (\d+), query (\d+), flow (\d+)", packet.comment)
    assert found is not None
    return tuple(map(int, found.groups()))


@pytest.mark.parametrize(
    ("scenario", "protocol", "family"),
    [
        ("straight12", Protocol.ICMP, 4),
        ("hostile", Protocol.ICMP, 4),
        ("hostile", Protocol.UDP, 6),
        ("mpls", Protocol.TCP, 4),
        ("nat-port", Protocol.UDP, 4),
        ("mtu-step", Protocol.ICMP, 6),
    ],
)
@pytest.mark.parametrize("mode", [Mode.CONCURRENT, Mode.SEQUENTIAL])
def test_packets_are_those_of_the_messages(
    scenario: str, protocol: Protocol, family: int, mode: Mode
) -> None:
    config = SessionConfig(mode=mode, rounds=3, queries=2, timeout_s=1.0)
    trace, capture = captured(scenario, config, protocol, family)
    left = [packet for packet in capture.packets if packet.is_outbound]
    heard = [packet for packet in capture.packets if not packet.is_outbound]
    sent = [(probe.ttl, probe.round, probe.query, probe.flow + 1) for probe in trace.sent_probes()]
    assert sorted(map(numbers_of, left)) == sorted(sent)
    believed = [one for one in trace.messages if isinstance(one, Reply | Duplicate)]
    told = [
        (one.probe.ttl, one.probe.round, one.probe.query, one.probe.flow + 1) for one in believed
    ]
    assert sorted(map(numbers_of, heard)) == sorted(told)
    duplicates = sum(packet.comment.startswith("duplicate") for packet in heard)
    assert duplicates == sum(isinstance(one, Duplicate) for one in believed)
    assert scenario != "hostile" or duplicates


def test_times_are_those_of_the_messages_to_the_nanosecond() -> None:
    trace, capture = captured("rising30", SessionConfig(rounds=1, queries=1))
    by_probe = {
        numbers_of(packet): packet.at_ns for packet in capture.packets if packet.is_outbound
    }
    rtts = {
        numbers_of(packet): packet.at_ns - by_probe[numbers_of(packet)]
        for packet in capture.packets
        if not packet.is_outbound
    }
    told = {
        (one.probe.ttl, one.probe.round, one.probe.query, one.probe.flow + 1): one.rtt_s
        for one in trace.messages
        if isinstance(one, Reply)
    }
    assert {key: rtt_ns / 1e9 for key, rtt_ns in rtts.items()} == told
    began_ns = min(by_probe.values())
    assert sorted(at_ns - began_ns for at_ns in by_probe.values()) == [
        round((one.at_s) * 1e9) for one in trace.messages if isinstance(one, Sent)
    ]
