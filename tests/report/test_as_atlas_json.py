"""The result as RIPE Atlas' own parser reads it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ripe.atlas.sagan import Result, TracerouteResult

from poros_tui.report.as_atlas_json import FIRMWARE, render
from poros_tui.report.layout import Layout
from tests.report.cases import CASES, STARTED_AT, finished


def parsed(name: str) -> TracerouteResult:
    result = Result.get(
        render([finished(name)], Layout()),
        on_error=Result.ACTION_IGNORE,
        on_malformation=Result.ACTION_FAIL,
    )
    assert isinstance(result, TracerouteResult)
    return result


@pytest.mark.parametrize("name", CASES)
def test_every_case_is_read_with_all_its_hops_and_answers(name: str) -> None:
    run, result = finished(name), parsed(name)
    assert not result.is_malformed
    assert (result.firmware, result.protocol) == (FIRMWARE, run.identity.protocol.upper())
    assert result.af == run.identity.destination.version
    assert result.destination_address == str(run.identity.destination)
    assert result.created.isoformat() == STARTED_AT.replace(".089", "")
    assert [hop.index for hop in result.hops] == [hop.ttl for hop in run.path.hops]
    for told, hop in zip(result.hops, run.path.hops, strict=True):
        assert len(told.packets) == len(hop.records)
        answered = [packet for packet in told.packets if packet.rtt is not None]
        assert len(answered) == sum(each.answers for each in hop.responders)
        addresses = {packet.origin for packet in answered}
        assert addresses == {str(each.address) for each in hop.responders}
        if hop.rtt.best_s is not None:
            best_ms = min(packet.rtt for packet in answered)
            assert best_ms == pytest.approx(1e3 * hop.rtt.best_s, abs=1e-3)
    assert result.destination_ip_responded == (run.path.session.distance is not None)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("unreachable", "Destination unreachable"),
        ("prohibited_ipv6", "Administratively prohibited"),
    ],
)
def test_who_refuses_does_so_in_its_words(name: str, error: str) -> None:
    result = parsed(name)
    assert not result.is_success
    assert set(result.last_hop_errors) == {error}


def test_a_probe_that_could_not_be_sent_is_an_error() -> None:
    hops = json.loads(render([finished("send_errors")], Layout()))["result"]
    errors = [one["error"] for hop in hops for one in hop["result"] if "error" in one]
    assert set(errors) == {"sendto failed: no buffer space available"}


def test_labels_are_there_as_atlas_has_them() -> None:
    hop = parsed("carried").hops[1]
    header = hop.packets[0].icmp_header
    assert header.version == 2
    assert header.objects == [
        {
            "class": 1,
            "type": 1,
            "mpls": [
                {"label": 24001, "exp": 0, "s": 0, "ttl": 1},
                {"label": 16, "exp": 0, "s": 1, "ttl": 1},
            ],
        }
    ]


def test_several_targets_are_an_array_as_the_api_gives_it() -> None:
    runs = [finished("straight"), finished("udp")]
    results: list[dict[str, Any]] = json.loads(render(runs, Layout(are_several=True)))
    assert [Result.get(one).protocol for one in results] == ["ICMP", "UDP"]


def test_other_extensions_have_their_class_and_type() -> None:
    hops = {hop.index: hop for hop in parsed("carried").hops}
    (interface,) = hops[4].packets[0].icmp_header.objects
    assert interface["class"] == 2
    assert interface["type"] & 0x02  # it tells a name (RFC 5837 section 4.1)
    assert hops[5].packets[0].icmp_header.objects == [{"class": 247, "type": 3}]
