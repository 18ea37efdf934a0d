"""Every parser bears some thousands of broken inputs; `python -m tests.fuzz` feeds millions."""

from __future__ import annotations

import time

import pytest

from poros_tui.errors import MalformedPacket
from tests.fuzz.parsers import Parser, packet_parsers, queue_parsers, rung_parsers
from tests.fuzz.run import fuzz

INPUTS = 2000


@pytest.mark.parametrize("parser", [*packet_parsers(), *queue_parsers()], ids=lambda p: p.name)
def test_a_parser_raises_nothing_but_malformed_packet(parser: Parser) -> None:
    assert [f.words for f in fuzz(parser, INPUTS, seed=2).findings if "took" not in f.words] == []


@pytest.mark.sampled(0)
def test_what_a_rung_hears_raises_nothing() -> None:
    parsers = rung_parsers()
    names = {parser.name for parser in parsers}
    assert names > {  # any user may open these
        f"{protocol} IPv{version}, user{suffix}"
        for protocol, suffixes in (
            ("UDP", (", socket 0", ", error queue", ", DNS, socket 0", ", QUIC, error queue")),
            ("TCP", (", error queue",)),
        )
        for version in (4, 6)
        for suffix in suffixes
    }
    for parser in parsers:
        outcome = fuzz(parser, INPUTS, seed=2)
        assert outcome.malformed == 0, "a dialect counts what is malformed, it does not raise"
        assert [f.words for f in outcome.findings if "took" not in f.words] == []


def test_an_exception_is_found() -> None:
    def read(data: bytes) -> object:
        if len(data) > 1:
            raise MalformedPacket("long")
        return data[0]

    outcome = fuzz(Parser("fragile", read, (b"a",)), 200, seed=1)
    assert outcome.malformed > 0
    assert {finding.words for finding in outcome.findings} == {"IndexError('index out of range')"}


def test_an_input_is_slow_only_if_it_is_so_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now_ns = 0
    readings: dict[bytes, int] = {}

    def read(data: bytes) -> object:
        nonlocal now_ns
        readings[data] = readings.get(data, 0) + 1
        if data == b"always":
            now_ns += 2_000_000
        elif data == b"once" and readings[data] == 1:
            now_ns += 5_000_000
        else:
            now_ns += 40_000
        return data

    monkeypatch.setattr(time, "thread_time_ns", lambda: now_ns)
    outcome = fuzz(Parser("slow", read, (b"once", b"quick")), 2, seed=1)
    assert (outcome.slowest_us, outcome.findings) == (40, ())
    outcome = fuzz(Parser("slow", read, (b"quick", b"always")), 2, seed=1)
    assert outcome.slowest_us == 2000
    assert [finding.words for finding in outcome.findings] == ["took 2000 us"]
