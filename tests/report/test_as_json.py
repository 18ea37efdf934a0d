from __future__ import annotations

import json
from collections import Counter
from typing import Any

import msgspec
import pytest

from poros_tui.model.path import Path
from poros_tui.model.place import Place
from poros_tui.model.probe import AnswerKind, Lost, Probe, Reply, Sent
from poros_tui.report.as_json import to_json
from tests.model.limited_path import played
from tests.model.limiting import simulated
from tests.model.made_hops import checksum, path, quote, source
from tests.report.cases import AS_JSON, CASES, GOLDEN, finished, json_of
from tests.report.located import located
from tests.report.schema import faults

OUTCOMES = {"reply", "lost", "late", "unreachable", "send_error", None}
RUN_KEYS = {
    "target", "destination", "protocol", "privilege", "mode", "reached", "stop_reason",
    "started_at", "duration_ms", "hops",
}  # fmt: skip


def refuse_constant(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


def as_json(name: str) -> dict[str, Any]:
    run: dict[str, Any] = json.loads(to_json(finished(name)), parse_constant=refuse_constant)
    return run


@pytest.mark.parametrize("name", AS_JSON)
def test_the_json_report_is_as_agreed(name: str) -> None:
    assert json_of(name) == (GOLDEN / f"{name}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_every_promised_key_is_there(name: str) -> None:
    run = as_json(name)
    assert run.keys() >= RUN_KEYS
    for hop in run["hops"]:
        assert hop.keys() >= {"ttl", "probes", "statistics"}
        for probe in hop["probes"]:
            assert probe.keys() >= {"outcome", "responder", "rtt_ms", "code", "extensions"}


@pytest.mark.parametrize("name", CASES)
def test_each_probe_sent_has_one_entry_and_they_add_up_to_the_statistics(name: str) -> None:
    for hop in as_json(name)["hops"]:
        statistics, probes = hop["statistics"], hop["probes"]
        count = Counter(probe["outcome"] for probe in probes)
        assert count.keys() <= OUTCOMES
        assert len(probes) == statistics["sent"] + statistics["send_errors"]
        assert count["send_error"] == statistics["send_errors"]
        assert count["lost"] == statistics["lost"]
        assert count["late"] == statistics["late"]
        assert count[None] == statistics["in_flight"]
        received = count["reply"] + count["late"] + count["unreachable"]
        assert received == statistics["received"]
        rtts_ms = [probe["rtt_ms"] for probe in probes if probe["rtt_ms"] is not None]
        assert statistics["best_ms"] == min(rtts_ms, default=None)
        assert statistics["worst_ms"] == max(rtts_ms, default=None)
        told_ms = statistics["average_ms"]
        assert (
            told_ms is None
            if not rtts_ms
            else told_ms == pytest.approx(sum(rtts_ms) / len(rtts_ms), abs=1e-5)
        )


@pytest.mark.parametrize("name", CASES)
def test_numbers_are_numbers_and_the_unknown_is_null(name: str) -> None:
    run = as_json(name)
    assert isinstance(run["duration_ms"], float)
    assert isinstance(run["reached"], bool)
    for hop in run["hops"]:
        assert isinstance(hop["ttl"], int)
        for probe in hop["probes"]:
            has_answer = probe["outcome"] in ("reply", "late", "unreachable")
            assert isinstance(probe["rtt_ms"], float) == has_answer
            assert isinstance(probe["responder"], str) == has_answer
            assert isinstance(probe["extensions"], list) == has_answer
        for value in hop["statistics"].values():
            assert value is None or isinstance(value, int | float | list)


@pytest.mark.parametrize(
    ("name", "ttl", "outcome", "code"),
    [
        ("unreachable", 5, "unreachable", "host unreachable"),
        ("prohibited_ipv6", 5, "unreachable", "administratively prohibited"),
        ("send_errors", 1, "send_error", "no buffer space available"),
        ("late", 2, "late", None),
        ("silent_hops", 2, "lost", None),
        ("udp", 3, "reply", None),
    ],
)
def test_an_outcome_has_its_name_and_its_code(
    name: str, ttl: int, outcome: str, code: str | None
) -> None:
    probes = as_json(name)["hops"][ttl - 1]["probes"]
    assert (outcome, code) in {(probe["outcome"], probe["code"]) for probe in probes}


def test_what_an_answer_carried_is_listed_with_its_probe() -> None:
    hops = as_json("carried")["hops"]
    told = {hop["ttl"]: hop["probes"][0]["extensions"] for hop in hops}
    assert told[1] == []
    assert [entry["label"] for entry in told[2][0]["labels"]] == [24001, 16]
    assert told[4][0]["name"] == "ge-0/0/1.100"
    assert told[5] == [{"kind": "unknown", "class": 247, "type": 3, "bytes": "00112233deadbeef"}]
    assert [extension["kind"] for extension in told[7]] == ["mpls", "interface", "unknown"]


def test_what_a_lost_probe_was_waited_for_is_told() -> None:
    waits_ms = [probe["waited_ms"] for probe in as_json("silent_hops")["hops"][1]["probes"]]
    assert waits_ms == pytest.approx([150] * 3)


@pytest.mark.parametrize(
    ("name", "reason", "reached"),
    [
        ("straight", "reached", True),
        ("unreachable", "unreachable", False),
        ("black_hole", "gap_limit", False),
        ("max_hops", "max_hops", False),
        ("nothing_sent", "failed", False),
    ],
)
def test_why_it_ended_is_a_value(name: str, reason: str, reached: bool) -> None:
    run = as_json(name)
    assert (run["stop_reason"], run["reached"]) == (reason, reached)


def test_duplicates_and_strays_are_counted_and_change_nothing_else() -> None:
    run = as_json("duplicates_and_forgeries")
    assert run["hops"][2]["statistics"]["duplicates"] == 6
    assert run["hops"][2]["statistics"]["received"] == 3
    counts: dict[str, int] = {}
    for stray in run["strays"]:
        counts[stray["kind"]] = counts.get(stray["kind"], 0) + stray["packets"]
    assert counts == {"foreign": run["foreign"], "malformed": run["malformed"]}
    assert {"cut short", "with a wrong checksum"} <= {one["reason"] for one in run["strays"]}


def test_a_probe_cut_short_has_no_outcome_and_one_without_a_clock_no_round_trip() -> None:
    run = finished("straight")
    path = Path(first_hop=1, keep_records=True)
    path.set_status(run.path.session.status)
    probes = [Probe(number=n, ttl=1, round=0, query=n, generation=0) for n in range(3)]
    for probe in probes:
        path.add(Sent(probe, 0.0))
    path.add(
        Reply(
            probe=probes[0],
            responder=run.identity.destination,
            kind=AnswerKind.REACHED,
            rtt_s=None,
        )
    )
    path.add(Lost(probes[1], waited_s=3.0))
    (hop,) = json.loads(to_json(msgspec.structs.replace(run, path=path.snapshot())))["hops"]
    told = [(probe["outcome"], probe["rtt_ms"]) for probe in hop["probes"]]
    assert told == [("reply", None), ("lost", None), (None, None)]
    assert hop["statistics"]["in_flight"] == 1


def test_a_name_in_any_script_survives_as_json() -> None:
    run = finished("max_hops")
    identity = msgspec.structs.replace(run.identity, target='例え.テスト "quoted" \\')
    assert json.loads(to_json(msgspec.structs.replace(run, identity=identity)))["target"] == (
        '例え.テスト "quoted" \\'
    )


def test_findings_and_what_proves_them_are_there_with_stable_keys() -> None:
    run = finished("straight")
    hops = path(quote(dscp=46, sent=46 << 2), quote(source(), checksum(5, by=9), sent=46 << 2))
    run = msgspec.structs.replace(run, path=msgspec.structs.replace(run.path, hops=tuple(hops)))
    told = json.loads(to_json(run), parse_constant=refuse_constant)
    nat, dscp = told["findings"]
    assert nat["kind"] == "nat"
    assert (nat["hop"], nat["last_hop"], nat["after_hop"], nat["untold_hops"]) == (2, None, 1, [])
    assert nat["evidence"][0] == {
        "field": "source address",
        "sent": "192.168.1.2",
        "before": "192.168.1.2",
        "quoted": "100.64.0.9",
        "agreeing": 3,
        "answers": 3,
    }
    assert nat["words"].startswith("NAT between hop 1 and hop 2: ")
    assert dscp["kind"] == "dscp"
    (evidence,) = told["hops"][1]["evidence"]
    assert evidence["forward_length"] == evidence["return_length"] == 2
    assert evidence["initial_ttl"] == 255
    assert evidence["return_length_is_ambiguous"] is False
    assert evidence["quote"] == {
        "length": 60,
        "ttl": 1,
        "dscp": 0,
        "sent_dscp": 46,
        "ecn": 0,
        "sent_ecn": 0,
        "rewritten": [
            {"field": "source address", "sent": "192.168.1.2", "quoted": "100.64.0.9"},
            {"field": "checksum", "sent": 5, "quoted": 14},
        ],
    }


def test_a_limit_is_told_of_its_hop_and_among_the_findings() -> None:
    run = as_json("rate_limited")
    (finding,) = run["findings"]
    assert (finding["kind"], finding["hop"], finding["last_hop"]) == ("rate_limit", 4, 4)
    assert finding["words"].startswith(
        "router limits its answers at hop 4: burst 6 (6 to 7); 14 of 20"
    )
    limits = {hop["ttl"]: hop["rate_limit"] for hop in run["hops"]}
    assert limits.pop(4) == finding["rate_limit"]
    assert set(limits.values()) == {None}
    confidence = finding["rate_limit"].pop("confidence")
    assert 0.999 <= confidence < 1
    assert finding["rate_limit"] == {
        "per_second": None,
        "per_second_interval": [0.0, None],
        "burst": 6,
        "burst_interval": [6, 7],
        "limited": 14,
        "probes": 20,
        "routers": 1,
    }


def test_a_rate_that_is_known_has_bounds_and_other_findings_have_no_limit() -> None:
    times_s = simulated.steady(100, 0.2)
    known = played(times_s, {2: simulated.bucket(times_s, 1.0, 6)}).snapshot()
    run = msgspec.structs.replace(finished("straight"), path=known)
    limit = json.loads(to_json(run))["hops"][1]["rate_limit"]
    assert limit["per_second"] == 1
    assert 0.9 < limit["per_second_interval"][0] < 1 < limit["per_second_interval"][1] < 1.1
    assert (limit["limited"], limit["probes"]) == (75, 100)
    assert [finding["rate_limit"] for finding in as_json("nat")["findings"]] == [None, None]


def test_places_are_told_with_what_speaks_against_them() -> None:
    run = located()
    told = json.loads(to_json(run))
    assert not faults(told)
    responders = [hop["responders"][0] for hop in told["hops"]]
    assert responders[0]["place"] == {
        "city": "Berlin",
        "country": "Germany",
        "country_code": "DE",
        "latitude": 52.52,
        "longitude": 13.405,
        "accuracy_km": 20.0,
        "source": "GeoLite2-City.mmdb",
    }
    assert [each["place_doubt"] for each in responders] == [
        None,
        "20 ms away, but Sydney is 16118 km from home: 158 ms at least",
        None,
    ]
    assert responders[2]["place"] is None  # a private address


def test_what_is_not_known_of_a_place_is_null() -> None:
    told = json.loads(to_json(located(Place(country_code="DE", source="x.mmdb"))))
    assert not faults(told)
    assert told["hops"][0]["responders"][0]["place"] == {
        "city": None,
        "country": None,
        "country_code": "DE",
        "latitude": None,
        "longitude": None,
        "accuracy_km": None,
        "source": "x.mmdb",
    }
