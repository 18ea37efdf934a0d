from __future__ import annotations

import csv
import io
import statistics

import msgspec
import pytest

from poros_tui.model.hop import HopSnapshot
from poros_tui.model.probe import Reply
from poros_tui.report.as_csv import to_csv
from poros_tui.report.run import FinishedRun
from tests.report.cases import CASES, finished
from tests.report.located import located


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def rtts_ms(hop: HopSnapshot, responder: str) -> list[float]:
    outcomes = [record.outcome for record in hop.records]
    return [
        1e3 * outcome.rtt_s
        for outcome in outcomes
        if isinstance(outcome, Reply) and outcome.rtt_s and str(outcome.responder) == responder
    ]


@pytest.mark.parametrize("name", CASES)
def test_every_responder_of_every_hop_has_a_line_with_its_figures(name: str) -> None:
    run = finished(name)
    hops = {str(hop.ttl): hop for hop in run.path.hops}
    told = lines(to_csv([run]))
    assert [(line["hop"], line["responder"]) for line in told] == [
        (ttl, address)
        for ttl, hop in hops.items()
        for address in [str(each.address) for each in hop.responders] or [""]
    ]
    for line in told:
        hop = hops[line["hop"]]
        assert (line["sent"], line["received"]) == (str(hop.sent), str(hop.received))
        assert (line["loss_percent"] == "") == (hop.lost + hop.received == 0)
        times = rtts_ms(hop, line["responder"])
        if not times:
            assert {line[key] for key in ("last_ms", "median_ms", "best_ms", "dev_ms")} == {""}
            continue
        assert float(line["avg_ms"]) == pytest.approx(statistics.mean(times), abs=1e-5)
        assert float(line["median_ms"]) == pytest.approx(statistics.median(times), abs=1e-5)
        assert float(line["worst_ms"]) == pytest.approx(max(times), abs=1e-5)
        if len(times) > 1:
            assert float(line["dev_ms"]) == pytest.approx(statistics.stdev(times), abs=1e-5)


def test_it_is_as_rfc_4180_wants_it() -> None:
    text = to_csv([finished("silent_hops")])
    assert text.endswith("\r\n")
    assert text.count("\n") == text.count("\r\n") == len(lines(text)) + 1
    assert len({len(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True)}) == 1


def named(target: str) -> FinishedRun:
    run = finished("straight")
    identity = msgspec.structs.replace(run.identity, target=target)
    return msgspec.structs.replace(run, identity=identity)


@pytest.mark.parametrize("target", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(target: str) -> None:
    told = lines(to_csv([named(target)]))
    assert {line["target"] for line in told} == {f"'{target}"}


@pytest.mark.parametrize("target", ['a,b "c"', "a\r\nb", "例え"])
def test_what_a_name_has_in_it_survives(target: str) -> None:
    assert {line["target"] for line in lines(to_csv([named(target)]))} == {target}


def test_chosen_columns_stand_behind_the_target_in_their_order() -> None:
    text = to_csv([finished("late")], ("hop", "responder", "best", "history", "lost"))
    assert text.splitlines()[0] == "target,hop,responder,best_ms,history_ms,lost"
    assert lines(text)[0]["history_ms"] == "10.000 10.000 10.000 10.000"


def test_a_probe_without_a_time_is_a_star_in_the_samples() -> None:
    text = to_csv([finished("silent_hops")], ("hop", "responder", "history"))
    assert {line["history_ms"] for line in lines(text) if not line["responder"]} == {"* * *"}


def test_several_targets_are_one_table() -> None:
    told = lines(to_csv([named("a.example"), named("b.example")]))
    targets = [line["target"] for line in told]
    assert targets == ["a.example"] * 12 + ["b.example"] * 12


def test_places_are_told_with_numbers_that_keep_their_signs() -> None:
    run = located()
    rows = lines(to_csv([run]))
    assert [(row["city"], row["country"], row["latitude"], row["longitude"]) for row in rows] == [
        ("Berlin", "DE", "52.52", "13.405"),
        ("Sydney", "AU", "-33.8688", "151.2093"),
        ("", "", "", ""),
    ]
    assert [bool(row["place_doubt"]) for row in rows] == [False, True, False]
    assert rows[1]["place_doubt"] == "20 ms away, but Sydney is 16118 km from home: 158 ms at least"
