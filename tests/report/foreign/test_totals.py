"""mtr and trippy: figures that are theirs, and nothing that is not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.packets.extensions import MplsStack, UnknownObject
from poros_tui.report.as_json import to_json
from poros_tui.report.as_mtr_json import to_mtr_json
from poros_tui.report.as_text import to_text
from poros_tui.report.foreign.fields import Fields, Flaw, Unreadable
from poros_tui.report.foreign.mtr import read_mtr
from poros_tui.report.foreign.trippy import read_trippy
from poros_tui.report.run import FinishedRun
from tests.report.cases import finished
from tests.report.foreign.samples import run_of, runs_of, text_of

MTR = ("mtr-ipv4.json", "mtr-ipv6-loss.json", "mtr-all-fields.json")


def mtr(name: str = "mtr-ipv4.json") -> dict[str, Any]:
    value: dict[str, Any] = json.loads(text_of(name))
    return value


def hub(**changes: object) -> dict[str, object]:
    usual = {
        "count": 1, "host": "10.0.0.1", "Loss%": 0.0, "Snt": 10, "Last": 1.0, "Avg": 2.0,
        "Best": 1.0, "Wrst": 3.0, "StDev": 0.5,
    }  # fmt: skip
    return {**usual, **changes}


def read_hub(dst: str = "203.0.113.10", **changes: object) -> FinishedRun:
    return read_mtr(Fields({"report": {"mtr": {"dst": dst}, "hubs": [hub(**changes)]}}))


@pytest.mark.parametrize("name", MTR)
def test_every_figure_of_mtr_is_kept(name: str) -> None:
    told, run = mtr(name)["report"]["hubs"], run_of(name)
    assert len(told) == len(run.path.hops)
    for one, hop in zip(told, run.path.hops, strict=True):
        assert (hop.ttl, hop.sent) == (one["count"], one["Snt"])
        assert 100 * (hop.loss_ratio or 0) == pytest.approx(one["Loss%"], abs=0.001)
        figures = (hop.rtt.last_s, hop.rtt.mean_s, hop.rtt.best_s, hop.rtt.worst_s, hop.rtt.stdev_s)
        if one["host"] == "???":
            assert hop.responders == ()
            assert figures == (None,) * 5
            continue
        assert [str(each.address) for each in hop.responders] == [one["host"]]
        names = ("Last", "Avg", "Best", "Wrst", "StDev")
        assert [1e3 * (figure or 0) for figure in figures] == pytest.approx(
            [one[name] for name in names], abs=1e-9
        )
        if "Javg" in one:
            assert 1e3 * (hop.rtt.jitter_mean_s or 0) == pytest.approx(one["Javg"])
            assert 1e3 * (hop.rtt.jitter_max_s or 0) == pytest.approx(one["Jmax"])


@pytest.mark.parametrize("name", MTR)
def test_what_mtr_does_not_tell_is_not_known(name: str) -> None:
    run = run_of(name)
    assert (run.started_at, run.duration_s, run.config, run.mode) == (None,) * 4
    document = json.loads(to_json(run))
    unknown = ("protocol", "privilege", "socket", "mode", "queries", "rounds", "multipath")
    assert {document[key] for key in unknown} == {None}
    for hop in document["hops"]:
        assert hop["probes"] == []
        assert {hop["statistics"][key] for key in ("late", "refused", "duplicates")} == {None}
    assert to_text(run).splitlines()[1] == (
        "protocol not known, measured by mtr, times in ms, time not known"
    )


@pytest.mark.parametrize("name", MTR)
def test_what_is_written_for_mtr_again_is_the_same(name: str) -> None:
    before, again = mtr(name), json.loads(to_mtr_json(run_of(name)))
    for one, other in zip(before["report"]["hubs"], again["report"]["hubs"], strict=True):
        # mtr lists a silent host as it lists any other.
        assert {key: one[key] for key in other} == other


def test_several_hosts_stand_one_behind_the_other() -> None:
    assert [run.identity.target for run in runs_of("mtr-two-hosts.json")] == [
        "203.0.113.10",
        "203.0.113.11",
    ]


@given(st.integers(1, 5000).flatmap(lambda sent: st.tuples(st.just(sent), st.integers(0, sent))))
def test_counts_follow_from_the_ratio(counts: tuple[int, int]) -> None:
    sent, lost = counts
    run = read_hub(Snt=sent, **{"Loss%": round(100 * lost / sent, 3)})
    assert (run.path.hops[0].lost, run.path.hops[0].received) == (lost, sent - lost)


def test_a_ratio_that_cannot_be_costs_its_hop() -> None:
    with pytest.raises(Unreadable, match=r"Loss% is 12\.3, which 10 probes cannot have"):
        read_hub(**{"Loss%": 12.3})


def test_a_name_without_an_address_is_shown_as_a_name() -> None:
    run = read_hub("host.example", host="host.example")
    (hop,) = run.path.hops
    assert (hop.responders, hop.known_as, run.address) == ((), "host.example", None)
    assert run.path.session.distance == 1
    assert "  1  host.example  " in to_text(run)
    (told,) = json.loads(to_json(run))["hops"][0]["responders"]
    assert (told["address"], told["name"], told["answers"]) == (None, "host.example", 10)
    assert json.loads(to_mtr_json(run))["report"]["hubs"][0]["host"] == "host.example"


def test_a_name_with_an_address_is_both() -> None:
    run = read_hub("host.example", host="host.example (192.0.2.1)")
    (responder,) = run.path.hops[0].responders
    assert (str(responder.address), responder.name) == ("192.0.2.1", "host.example")
    assert str(run.address) == "192.0.2.1"
    assert run.path.session.distance == 1


def test_the_text_of_old_versions_is_read() -> None:
    run = read_mtr(
        Fields(
            {
                "report": {
                    "mtr": {"src": "a", "dst": "10.0.0.9", "tos": "0xb8", "psize": "64"},
                    "hubs": [hub(count="1")],
                }
            }
        )
    )
    assert run.foreign is not None
    assert (run.foreign.dscp, run.foreign.size) == (46, 64)
    assert run.path.hops[0].ttl == 1


def test_what_we_write_for_mtr_is_read_back() -> None:
    run = finished("load_balanced")
    again = read_mtr(Fields(json.loads(to_mtr_json(run))))
    for hop, before in zip(again.path.hops, run.path.hops, strict=True):
        assert (hop.sent, hop.lost) == (before.sent, before.lost)
        assert hop.rtt.mean_s == pytest.approx(before.rtt.mean_s, abs=1e-6)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Snt": -1}, "hop 1: Snt is out of range"),
        ({"Snt": 1e300}, "hop 1: Snt is out of range"),
        ({"count": 300}, "hop 1: count is out of range"),
    ],
)
def test_what_cannot_be_done_without_is_named(changes: dict[str, object], words: str) -> None:
    with pytest.raises(Unreadable) as flaw:
        read_hub(**changes)
    assert str(flaw.value) == f"hubs has no hop that can be read: {words}"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Avg": "x"}, "hop 1: Avg is no number"),
        ({"host": None}, "hop 1: host is no text"),
    ],
)
def test_what_can_be_is_left_out(changes: dict[str, object], words: str) -> None:
    fields = Fields({"report": {"mtr": {"dst": "203.0.113.10"}, "hubs": [hub(**changes)]}})
    (hop,) = read_mtr(fields).path.hops
    assert (hop.sent, hop.received, hop.rtt.best_s) == (10, 10, 0.001)
    assert list(fields.flaws.values()) == [Flaw("a value", words)]


def test_who_answers_is_not_known_where_it_cannot_be_read() -> None:
    text = to_text(read_hub(host=7))
    assert "not known who answers" in text
    assert "no reply" not in text


def trippy() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(text_of("trippy.json"))
    return value


def test_every_figure_of_trippy_is_kept() -> None:
    run = run_of("trippy.json")
    for one, hop in zip(trippy()["hops"], run.path.hops, strict=True):
        assert (hop.ttl, hop.sent, hop.received) == (one["ttl"], one["sent"], one["recv"])
        assert f"{100 * (hop.loss_ratio or 0):.2f}" == one["loss_pct"]
        assert [str(each.address) for each in hop.responders] == [
            host["ip"] for host in one["hosts"]
        ]
        if not one["recv"]:
            assert hop.rtt.mean_s is None
            continue
        for figure, key in (
            (hop.rtt.last_s, "last"), (hop.rtt.mean_s, "avg"), (hop.rtt.best_s, "best"),
            (hop.rtt.worst_s, "worst"),
        ):  # fmt: skip
            assert 1e3 * (figure or 0) == pytest.approx(float(one[key]))


def test_what_trippy_tells_of_hosts_and_extensions_is_kept() -> None:
    run = run_of("trippy.json")
    assert (run.identity.target, str(run.address)) == ("host.example", "203.0.113.10")
    assert run.path.session.distance == 5
    hops = run.path.hops
    assert [each.name for each in hops[0].responders] == ["gateway.example"]
    assert [(each.name, each.answers) for each in hops[1].responders] == [(None, None)] * 2
    labels, unknown = hops[3].responders[0].extensions
    assert isinstance(labels, MplsStack)
    assert unknown == UnknownObject(class_number=247, c_type=3, payload=b"\0\x11\xff")
    assert hops[3].rtt.stdev_s is None  # of one answer there is none


def test_more_answers_than_probes_cost_their_hop() -> None:
    document = trippy()
    document["hops"][0]["recv"] = 11
    fields = Fields(document)
    assert [hop.ttl for hop in read_trippy(fields).path.hops] == [2, 3, 4, 5]
    assert list(fields.flaws.values()) == [Flaw("a hop", "hop 1: recv is 11 of 10 probes")]


def test_figures_of_two_hosts_are_not_taken_for_those_of_the_one_that_can_be_read() -> None:
    document = trippy()
    document["hops"][1]["hosts"][0]["ip"] = "nobody"
    hop = read_trippy(Fields(document)).path.hops[1]
    (responder,) = hop.responders
    assert (responder.answers, responder.rtt.mean_s) == (None, None)
    assert (hop.received, hop.rtt.mean_s) == (7, pytest.approx(0.0042))
