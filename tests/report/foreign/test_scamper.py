from __future__ import annotations

import json
from typing import Any

import pytest

from poros_tui.model.probe import Lost, Multipath, Protocol, Reply
from poros_tui.packets.extensions import MplsStack
from poros_tui.report.foreign.fields import Unreadable
from poros_tui.report.foreign.scamper import read_scamper
from poros_tui.report.run import FinishedRun
from tests.report.foreign.samples import read_sample, run_of, runs_of, text_of

ALL_ATTEMPTS = "scamper-icmp-paris-all-attempts.json"
LOSS = "scamper-ipv6-loss.json"
GAP = "scamper-gap-limit.json"


def trace_of(name: str) -> dict[str, Any]:
    (trace,) = (
        one for line in text_of(name).splitlines() if (one := json.loads(line))["type"] == "trace"
    )
    return dict(trace)


def changed(name: str, **changes: object) -> FinishedRun:
    return read_scamper({**trace_of(name), **changes})


@pytest.mark.parametrize("name", [ALL_ATTEMPTS, LOSS, GAP, "scamper-unreachable.json"])
def test_as_many_probes_as_it_says_and_every_round_trip(name: str) -> None:
    trace, run = trace_of(name), run_of(name)
    assert run.path.session.sent == trace["probe_count"]
    assert run.path.session.path_length == trace["hop_count"]
    told = sorted(
        (hop["probe_ttl"], hop["probe_id"], hop["addr"], hop["rtt"]) for hop in trace["hops"]
    )
    ours = sorted(
        (hop.ttl, record.probe.query + 1, str(reply.responder), round(1e3 * reply.rtt_s, 3))
        for hop in run.path.hops
        for record in hop.records
        if isinstance(reply := record.outcome, Reply) and reply.rtt_s is not None
    )
    assert ours == told


def test_what_is_told_of_the_measurement_is_kept() -> None:
    identity = run_of(ALL_ATTEMPTS).foreign
    assert identity is not None
    assert (identity.program, identity.target) == ("scamper", "203.0.113.10")
    assert (identity.protocol, identity.multipath) == (Protocol.ICMP, Multipath.PARIS)
    assert (identity.size, identity.dscp, str(identity.source)) == (44, 0, "10.255.0.2")
    assert run_of(ALL_ATTEMPTS).started_at == "2026-11-26T07:15:23.247989+00:00"
    udp = run_of(LOSS).foreign
    assert udp is not None
    assert (udp.protocol, udp.port, udp.source_port) == (Protocol.UDP, 33435, 57441)


def test_labels_are_kept_and_what_is_not_told_is_left_out() -> None:
    hops = run_of(ALL_ATTEMPTS).path.hops
    (labels,) = hops[1].responders[0].extensions
    assert isinstance(labels, MplsStack)
    assert [entry.label for entry in labels.labels] == [24001, 16]
    assert hops[3].responders[0].extensions == ()


def test_of_an_answer_to_the_second_try_the_first_is_lost() -> None:
    hop = run_of(LOSS).path.hops[6]
    lost, reply = (record.outcome for record in hop.records)
    assert isinstance(lost, Lost)
    assert lost.waited_s == 5.0
    assert isinstance(reply, Reply)
    assert (hop.sent, hop.lost) == (2, 1)


def test_silent_hops_have_all_their_tries() -> None:
    hops = run_of(GAP).path.hops
    assert [(hop.sent, hop.lost) for hop in hops[9:]] == [(2, 2)] * 3
    assert run_of(GAP).path.session.status.stop is None


def test_old_versions_do_not_tell_how_many_were_sent() -> None:
    trace = trace_of(GAP)
    del trace["probe_count"]
    run = read_scamper(trace)
    assert run.path.session.sent == 15


def test_a_second_answer_to_one_probe_is_a_duplicate() -> None:
    hops = trace_of(LOSS)["hops"]
    run = changed(LOSS, hops=[*hops, hops[0]])
    assert (run.path.hops[0].sent, run.path.hops[0].duplicates) == (1, 1)


def test_several_targets_are_several_runs_and_other_lines_are_none() -> None:
    runs = runs_of("scamper-two-targets.json")
    assert [run.identity.target for run in runs] == ["203.0.113.10", "203.0.113.11"]


def test_a_trace_that_could_not_be_sent_is_complained_of() -> None:
    read = read_sample("scamper-nothing-sent.json")
    assert read.runs == ()
    assert read.complaints == (
        "scamper-nothing-sent.json line 2 is no trace of scamper that can be read: hop_count is 0: "
        "nothing was sent",
    )


def test_who_refuses_is_told() -> None:
    stop = run_of("scamper-unreachable.json").path.session.status.stop
    assert stop is not None
    assert stop.words() == "host unreachable, says 10.0.5.1 at hop 5"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dst": "x"}, "dst is no IP address"),
        ({"hops": [{"addr": "10.0.0.1"}]}, "answer 1: probe_ttl is no whole number from 1 to 255"),
        (
            {"start": {"sec": 10**15, "usec": 0}},
            "start: sec is no whole number from 0 to 253402300799",
        ),
        ({"method": None}, "method is no text"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, object], words: str) -> None:
    with pytest.raises(Unreadable) as flaw:
        changed(LOSS, **changes)
    assert str(flaw.value) == words
