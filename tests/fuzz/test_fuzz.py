"""Every parser bears some thousands of broken inputs; `python -m tests.fuzz` feeds millions."""

from __future__ import annotations

import pytest

from poros_tui.errors import MalformedPacket
from tests.fuzz.parsers import Parser, packet_parsers, queue_parsers, rung_parsers
from tests.fuzz.run import fuzz

INPUTS = 2000


@pytest.mark.parametrize("parser", [*packet_parsers(), *queue_parsers()], ids=lambda p: p.name)
def test_a_parser_raises_nothing_but_malformed_packet(parser: Parser) -> None:
    assert [f.words for f in fuzz(parser, INPUTS, seed=2).findings if "took" not in f.words] == []


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
