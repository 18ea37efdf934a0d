from __future__ import annotations

import json
from typing import Any

import pytest

from poros_tui.model.probe import Lost, Multipath, Protocol, Reply
from poros_tui.packets.extensions import MplsStack
from poros_tui.report.foreign.fields import Fields, Flaw, Unreadable
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
    return read_scamper(Fields({**trace_of(name), **changes}))


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
    run = read_scamper(Fields(trace))
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
        ({"hops": 7}, "hops is no list"),
        ({"hops": [], "hop_count": 0}, "hop_count is 0: nothing was sent"),
    ],
)
def test_what_cannot_be_done_without_is_named(changes: dict[str, object], words: str) -> None:
    with pytest.raises(Unreadable) as flaw:
        changed(LOSS, **changes)
    assert str(flaw.value) == words


@pytest.mark.parametrize(
    ("changes", "what", "words"),
    [
        (
            {"hops": [{"addr": "10.0.0.1"}]},
            "an answer",
            "answer 1: probe_ttl is no whole number from 1 to 255",
        ),
        (
            {"start": {"sec": 10**15, "usec": 0}},
            "a value",
            "start: sec is no whole number from 0 to 253402300799",
        ),
        ({"method": None}, "a value", "method is no text"),
    ],
)
def test_what_can_be_is_left_out(changes: dict[str, object], what: str, words: str) -> None:
    fields = Fields({**trace_of(LOSS), **changes})
    assert read_scamper(fields).path.hops
    assert list(fields.flaws.values()) == [Flaw(what, words)]


def with_answer(name: str, place: int, **changes: object) -> FinishedRun:
    """With one of its answers changed."""
    trace = trace_of(name)
    trace["hops"][place].update(changes)
    return read_scamper(Fields(trace))


def counts(run: FinishedRun, ttl: int) -> tuple[int, int, int, int]:
    (hop,) = (hop for hop in run.path.hops if hop.ttl == ttl)
    return hop.sent, hop.received, hop.lost, hop.in_flight


@pytest.mark.parametrize("key", ["addr", "probe_id", "probe_ttl", "icmp_type"])
def test_an_answer_that_cannot_be_read_makes_no_loss(key: str) -> None:
    run = with_answer(ALL_ATTEMPTS, 7, **{key: "damaged"})
    assert counts(run, 3) == (3, 2, 0, 1)
    for ttl in (1, 2, 4, 5, 10):
        assert counts(run, ttl) == counts(run_of(ALL_ATTEMPTS), ttl)


def test_what_must_be_lost_is_whatever_cannot_be_read_beside_it() -> None:
    run = with_answer(LOSS, 5, probe_ttl="damaged")
    assert counts(run, 6) == (1, 0, 0, 1)
    # The second try says that the first was not answered.
    assert counts(run, 7) == counts(run_of(LOSS), 7) == (2, 1, 1, 0)


def test_silence_may_have_been_broken_by_an_answer_that_cannot_be_read() -> None:
    run = with_answer(GAP, 8, probe_ttl="damaged")
    assert [counts(run, ttl)[2] for ttl in (9, 10, 11, 12)] == [0, 0, 0, 0]


def test_no_hops_are_made_up_before_the_first() -> None:
    trace = trace_of(GAP)
    run = read_scamper(Fields({**trace, "firsthop": "damaged", "hops": trace["hops"][3:]}))
    assert run.path.hops[0].ttl == 4
