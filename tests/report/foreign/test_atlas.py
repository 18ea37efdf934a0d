from __future__ import annotations

import json
from typing import Any

import pytest
from ripe.atlas.sagan import TracerouteResult

from poros_tui.model.probe import AnswerKind, Lost, Multipath, Protocol, Reply, SendFailed
from poros_tui.packets.extensions import MplsLabel, MplsStack
from poros_tui.report.as_atlas_json import atlas_result
from poros_tui.report.as_json import to_json
from poros_tui.report.foreign.atlas import read_atlas
from poros_tui.report.foreign.fields import Fields, Flaw, Unreadable
from poros_tui.report.foreign.read import Read, read_any
from poros_tui.report.run import FinishedRun
from tests.report.cases import CASES, finished
from tests.report.foreign.samples import read_sample, text_of


def sample() -> Read:
    return read_sample("atlas.json")


def first_result() -> dict[str, Any]:
    result: dict[str, Any] = json.loads(text_of("atlas.json"))[0]
    return result


def changed(**changes: object) -> FinishedRun:
    return read_atlas(Fields({**first_result(), **changes}))


def rtts_ms(run: FinishedRun, ttl: int) -> list[float]:
    (hop,) = (hop for hop in run.path.hops if hop.ttl == ttl)
    return [
        round(1e3 * record.outcome.rtt_s, 3)
        for record in hop.records
        if isinstance(record.outcome, Reply) and record.outcome.rtt_s is not None
    ]


def test_what_is_told_of_the_measurement_is_kept() -> None:
    run, second, third = sample().runs
    identity = run.foreign
    assert identity is not None
    assert (identity.program, identity.version) == ("RIPE Atlas", "firmware 5080")
    assert (identity.target, str(identity.destination)) == ("host.example", "203.0.113.10")
    assert (identity.protocol, identity.multipath) == (Protocol.ICMP, Multipath.PARIS)
    assert identity.size == 76
    assert (run.started_at, run.duration_s) == ("2022-10-14T04:05:00+00:00", 3.0)
    assert (run.mode, run.rounds, run.config) == (None, None, None)
    assert second.foreign is not None
    assert second.foreign.multipath is Multipath.CLASSIC
    assert third.foreign is not None
    assert third.foreign.size == 40


def test_what_had_no_address_is_complained_of() -> None:
    assert sample().complaints == (
        "atlas.json line 17 is no result of RIPE Atlas that can be read: dst_addr is missing: its "
        "name had no address",
    )


def test_a_late_packet_takes_back_the_loss_of_an_earlier_probe() -> None:
    hops = sample().runs[0].path.hops
    assert (hops[1].sent, hops[1].received, hops[1].lost, hops[1].late) == (3, 3, 0, 1)
    assert hops[1].untimed == 0
    assert (hops[2].sent, hops[2].lost, hops[2].send_errors) == (2, 2, 1)


def test_a_duplicate_is_no_probe() -> None:
    end = sample().runs[0].path.hops[3]
    assert (end.sent, end.received, end.duplicates) == (3, 3, 1)
    assert rtts_ms(sample().runs[0], 4) == [20.5, 21.0, 20.0]


def test_what_could_not_be_sent_has_its_reason() -> None:
    outcomes = [record.outcome for record in sample().runs[0].path.hops[2].records]
    assert [type(outcome) for outcome in outcomes] == [Lost, Lost, SendFailed]
    assert isinstance(outcomes[2], SendFailed)
    assert outcomes[2].reason == "sendto failed: Network is unreachable"


def test_nobody_tells_how_long_was_waited() -> None:
    outcome = sample().runs[0].path.hops[2].records[0].outcome
    assert isinstance(outcome, Lost)
    assert outcome.waited_s is None


def test_labels_are_kept() -> None:
    (responder,) = sample().runs[0].path.hops[1].responders
    label = MplsLabel(label=24001, traffic_class=0, is_bottom=True, ttl=1)
    record = sample().runs[0].path.hops[1].records[0].outcome
    assert isinstance(record, Reply)
    assert record.extensions == (MplsStack((label,)),)
    assert responder.reply_ttl == 254


@pytest.mark.parametrize(
    ("err", "words"),
    [
        ("N", "network unreachable"),
        ("H", "host unreachable"),
        ("A", "administratively prohibited"),
        ("P", "protocol unreachable"),
        ("p", "port unreachable"),
        (10, "host administratively prohibited"),
    ],
)
def test_their_letters_are_unreachables(err: object, words: str) -> None:
    answer = {"from": "10.0.2.9", "ttl": 60, "rtt": 5.0, "err": err}
    run = changed(result=[{"hop": 1, "result": [answer]}])
    stop = run.path.session.status.stop
    assert stop is not None
    assert stop.words() == f"{words}, says 10.0.2.9 at hop 1"


def test_a_port_unreachable_of_the_destination_has_reached_it() -> None:
    answer = {"from": "203.0.113.10", "ttl": 60, "rtt": 5.0, "err": "p"}
    run = changed(proto="UDP", result=[{"hop": 3, "result": [answer]}])
    assert run.path.session.distance == 3
    outcome = run.path.hops[0].records[0].outcome
    assert isinstance(outcome, Reply)
    assert outcome.kind is AnswerKind.REACHED


def test_the_last_look_stands_at_the_end_if_it_was_answered() -> None:
    assert [hop.ttl for hop in sample().runs[2].path.hops] == [1, 2]
    answer = {"from": "203.0.113.10", "ttl": 60, "rtt": 5.0}
    star = {"hop": 1, "result": [{"x": "*"}]}
    run = changed(result=[star, {"hop": 255, "result": [answer]}])
    assert [hop.ttl for hop in run.path.hops] == [1, 255]
    assert run.path.session.distance == 255


def test_a_hop_that_was_not_sent_at_all_is_one_send_error() -> None:
    run = changed(result=[{"hop": 1, "error": "connect failed: Network is unreachable"}])
    assert (run.path.hops[0].sent, run.path.hops[0].send_errors) == (0, 1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"result": []}, "result has no hop"),
        ({"result": "text"}, "result is no list"),
        (
            {"result": [{"hop": 0, "result": []}]},
            "result has no hop that can be read: hop 1: hop is no whole number from 1 to 255",
        ),
        ({"dst_addr": "x"}, "dst_addr is no IP address"),
    ],
)
def test_what_cannot_be_done_without_is_named(changes: dict[str, object], words: str) -> None:
    with pytest.raises(Unreadable) as flaw:
        changed(**changes)
    assert str(flaw.value) == words


@pytest.mark.parametrize(
    ("changes", "what", "words"),
    [
        (
            {"result": [{"hop": 7, "result": [{"from": "x", "rtt": 1}]}]},
            "an answer",
            "hop 7, answer 1: from is no IP address",
        ),
        ({"timestamp": -1}, "a value", "timestamp is no whole number from 0 to 253402300799"),
        ({"endtime": 5}, "a value", "endtime is no whole number from 1665720300 to 253402300799"),
        ({"proto": 7}, "a value", "proto is no text"),
    ],
)
def test_what_can_be_is_left_out(changes: dict[str, object], what: str, words: str) -> None:
    fields = Fields({**first_result(), **changes})
    assert read_atlas(fields).path.hops
    assert list(fields.flaws.values()) == [Flaw(what, words)]


def damaged(place: int, **changes: object) -> Read:
    """The first result with one of its hops changed."""
    result = first_result()
    result["result"][place].update(changes)
    return read_any(json.dumps(result), "file")


def test_of_an_answer_that_cannot_be_read_nothing_is_claimed() -> None:
    answers = [{"x": "*"}, {"from": 7, "rtt": 4.5}, {"from": "10.0.2.1", "rtt": "4.5 ms"}]
    (run,) = damaged(1, result=answers).runs
    hop = run.path.hops[1]
    assert (hop.sent, hop.received, hop.lost, hop.in_flight) == (3, 1, 1, 1)
    assert rtts_ms(run, 2) == []
    assert hop.untimed == 0


def test_late_answers_find_their_probes_across_what_cannot_be_read() -> None:
    whole = sample().runs[0].path.hops[1]
    result = first_result()
    result["result"][2]["result"][0] = "damaged"
    (run,) = read_any(json.dumps(result), "file").runs
    assert run.path.hops[1].late == whole.late == 1
    (run,) = damaged(2, hop="three").runs
    assert [hop.ttl for hop in run.path.hops] == [1, 2, 4]
    assert (run.path.hops[1].lost, run.path.hops[1].late) == (0, 1)


def test_a_late_answer_of_nobody_takes_back_the_loss() -> None:
    answers = [{"x": "*"}, {"late": 2, "from": "nobody"}]
    (run,) = damaged(2, result=answers).runs
    hop = run.path.hops[1]
    assert (hop.sent, hop.received, hop.lost, hop.in_flight) == (3, 2, 0, 1)


def test_a_hop_out_of_order_is_left_out_alone() -> None:
    read = damaged(1, hop=200)
    assert [hop.ttl for hop in read.runs[0].path.hops] == [1, 3, 4]
    assert read.complaints == ("file line 1 has a hop that is left out: hop 200 is out of order",)


def test_whether_it_was_reached_is_not_known_without_the_last_hop() -> None:
    report = json.loads(to_json(damaged(3, hop=None).runs[0]))
    unknown = ("reached", "distance", "stop_words", "probes_sent", "send_errors")
    assert {report[key] for key in unknown} == {None}
    again = read_any(json.dumps(report), "file")
    assert again.complaints == ()
    assert json.loads(to_json(again.runs[0])) == report


@pytest.mark.parametrize("name", ["straight", "load_balanced", "unreachable", "prohibited_ipv6"])
def test_what_we_write_in_their_format_is_read_back(name: str) -> None:
    run = finished(name)
    again = read_atlas(Fields(atlas_result(run)))
    assert len(again.path.hops) == len(run.path.hops)
    assert again.path.session.distance == run.path.session.distance
    for hop, before in zip(again.path.hops, run.path.hops, strict=True):
        assert (hop.sent, hop.received, hop.lost) == (before.sent, before.received, before.lost)
        assert {one.address for one in hop.responders} == {one.address for one in before.responders}
        assert hop.rtt.mean_s == pytest.approx(before.rtt.mean_s, abs=1e-6)
    assert name in CASES


def test_the_library_of_ripe_reads_the_same_round_trips() -> None:
    for text, run in zip(json.loads(text_of("atlas.json")), sample().runs, strict=False):
        result = TracerouteResult(text)
        for hop in result.hops:
            told = [packet.rtt for packet in hop.packets if packet.rtt is not None]
            if hop.index == 255:
                continue
            # It takes a duplicate for an answer of its own.
            ours = rtts_ms(run, hop.index)
            assert set(ours) <= set(told)
            assert len(told) - len(ours) == (1 if hop.index == 4 else 0)
