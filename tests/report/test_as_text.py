from __future__ import annotations

import json
import re
import unicodedata
from ipaddress import ip_address

import msgspec
import pytest

from poros_tui.config import SessionConfig
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.path import Path
from poros_tui.model.probe import (
    AnswerKind,
    Lost,
    Mode,
    Probe,
    Protocol,
    Reply,
    SendFailed,
    Sent,
)
from poros_tui.model.session import SessionState, SessionStatus, TraceIdentity
from poros_tui.model.stop import StopKind, StopReason
from poros_tui.packets.icmp_codes import unreachable_mark, unreachable_words
from poros_tui.report.as_json import to_json
from poros_tui.report.as_markdown import to_markdown
from poros_tui.report.as_text import to_text
from poros_tui.report.as_wide import render as render_wide
from poros_tui.report.layout import Layout
from poros_tui.report.run import FinishedRun
from tests.model.made_hops import answer, path, quote, source
from tests.report.cases import CASES, DEAD_BRANCH, GOLDEN, finished, run_of, text_of
from tests.report.located import located
from tests.tui.made_path import MadePath, identity


@pytest.mark.parametrize("name", CASES)
def test_the_text_report_is_as_agreed(name: str) -> None:
    assert text_of(name) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def test_names_stand_before_addresses_and_do_not_make_the_table_wide() -> None:
    made = MadePath()
    made.reply(1, 1.0, "192.0.2.1")
    made.name("192.0.2.1", "core1.example")
    made.reply(2, 1.0, "192.0.2.2")
    made.reply(2, 1.0, "192.0.2.3")
    made.name("192.0.2.2", "x" * 253, is_confirmed=False)
    made.name("192.0.2.3", None, problem="no PTR record")
    run = FinishedRun(
        identity=identity(),
        config=SessionConfig(rounds=1),
        path=made.path.snapshot(),
        started_at="",
        duration_s=1.0,
    )
    lines = to_text(run).splitlines()
    assert "  1  core1.example (192.0.2.1)  " in lines[3]
    assert f"  2  {'x' * 63}…? (192.0.2.2)  " in lines[4]
    assert lines[5].split()[0] == "192.0.2.3"
    assert max(map(len, lines)) < 180
    responders = [each for hop in json.loads(to_json(run))["hops"] for each in hop["responders"]]
    assert [each["name"] for each in responders] == ["core1.example", "x" * 253, None]
    assert [each["name_confirmed"] for each in responders] == [None, False, None]


@pytest.mark.parametrize("name", CASES)
def test_a_text_report_has_no_control_characters_and_no_blanks_at_the_end(name: str) -> None:
    for line in to_text(finished(name)).split("\n"):
        assert all(unicodedata.category(letter)[0] != "C" for letter in line)
        assert line == line.rstrip()
        assert line


@pytest.mark.parametrize("name", ["straight", "silent_hops", "ipv6_long_addresses"])
def test_columns_stand_under_their_headings(name: str) -> None:
    lines = to_text(finished(name)).splitlines()
    heading, rows = lines[2], lines[3:-1]
    for word in ("Loss%", "Sent", "Last", "Avg", "Best", "Worst", "StDev", "Jitter"):
        end = heading.index(word) + len(word)
        for row in rows:
            assert row[end : end + 2].strip() == "", row
            assert row[end - 1 : end].strip() or row.startswith("    "), row


def interrupted_before_the_first_probe() -> FinishedRun:
    path = Path(first_hop=1, keep_records=True)
    path.set_status(
        SessionStatus(
            generation=0,
            state=SessionState.FINISHED,
            mode=Mode.CONCURRENT,
            round=0,
            interval_s=1.0,
            stop=StopReason(kind=StopKind.CANCELLED),
        )
    )
    return FinishedRun(
        identity=TraceIdentity(
            target="host.example",
            destination=ip_address("192.0.2.1"),
            protocol=Protocol.ICMP,
            privilege="raw",
            rung="raw socket",
        ),
        config=SessionConfig(queries=3, rounds=1),
        path=path.snapshot(),
        started_at="2026-03-04T05:06:07.089+00:00",
        duration_s=0.0,
    )


def test_a_run_without_a_single_probe_is_a_report_too() -> None:
    lines = to_text(interrupted_before_the_first_probe()).splitlines()
    assert lines[-1] == "Stopped before the trace was complete. 0 probes sent in 0.00 s."
    assert len(lines) == 4


def test_the_shortest_and_the_longest_wait_for_silence_are_told() -> None:
    path = Path(first_hop=1, keep_records=True)
    path.set_status(interrupted_before_the_first_probe().path.session.status)
    for number, waited_s in enumerate((0.5, 3.0, 1.0)):
        probe = Probe(number=number, ttl=1, round=0, query=number, generation=0)
        path.add(Sent(probe, 0.0))
        path.add(Lost(probe, waited_s=waited_s))
    run = msgspec.structs.replace(interrupted_before_the_first_probe(), path=path.snapshot())
    assert "  3 lost, waited 0.50 to 3.00 s\n" in to_text(run)


def test_a_target_that_looks_like_markup_stays_what_it_is() -> None:
    run = interrupted_before_the_first_probe()
    identity = msgspec.structs.replace(run.identity, target="[red]x[/red] & <b>")
    text = to_text(msgspec.structs.replace(run, identity=identity))
    assert text.splitlines()[0].endswith(": [red]x[/red] & <b> (192.0.2.1)")


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("sent", "no reply yet"), ("lost", "no reply"), ("failed", "not sent")],
)
def test_a_hop_without_an_answer_says_why(outcome: str, words: str) -> None:
    probe = Probe(number=0, ttl=1, round=0, query=0, generation=0)
    path = Path(first_hop=1, keep_records=True)
    run = interrupted_before_the_first_probe()
    path.set_status(run.path.session.status)
    if outcome != "failed":
        path.add(Sent(probe, 0.0))
    if outcome == "lost":
        path.add(Lost(probe, 3.0))
    elif outcome == "failed":
        path.add(SendFailed(probe, "network is unreachable"))
    text = to_text(msgspec.structs.replace(run, path=path.snapshot()))
    assert re.split(r" {2,}", text.splitlines()[3].strip())[:2] == ["1", words]


def told(hops: list[HopSnapshot]) -> FinishedRun:
    run = interrupted_before_the_first_probe()
    return msgspec.structs.replace(run, path=msgspec.structs.replace(run.path, hops=tuple(hops)))


def test_a_finding_stands_below_the_hop_that_shows_it_and_in_the_foot() -> None:
    lines = to_text(told(path(quote(), None, quote(source()), quote(source())))).splitlines()
    at = next(place for place, line in enumerate(lines) if line.startswith("  3  10.0.3.1"))
    assert lines[at + 1] == (
        "       NAT between hop 1 and hop 3 (hop 2 does not tell): source address 192.168.1.2 → "
        "100.64.0.9 in 3 of 3 answers."
    )
    assert lines[-1] == "Found: NAT between hop 1 and hop 3 (hop 2 does not tell)."


CODES = [(4, 3, code) for code in range(16)] + [(6, 1, code) for code in range(9)]


@pytest.mark.parametrize("code", CODES)
def test_every_unreachable_is_told_in_words_at_the_hop_that_sent_it(
    code: tuple[int, int, int],
) -> None:
    version, icmp_type, icmp_code = code
    address = ip_address("10.0.2.1" if version == 4 else "2001:db8::2")
    probes = [Probe(number=n, ttl=n, round=0, query=0, generation=0) for n in (1, 2)]
    trace = Path(first_hop=1, keep_records=True)
    trace.set_status(interrupted_before_the_first_probe().path.session.status)
    for probe in probes:
        trace.add(Sent(probe, 0.0))
    trace.add(
        Reply(
            probe=probes[1],
            responder=address,
            kind=AnswerKind.UNREACHABLE,
            rtt_s=0.01,
            icmp_type=icmp_type,
            icmp_code=icmp_code,
        )
    )
    run = msgspec.structs.replace(interrupted_before_the_first_probe(), path=trace.snapshot())
    row = next(line for line in to_text(run).splitlines() if str(address) in line)
    words = unreachable_words(version, icmp_type, icmp_code)
    assert row.endswith(f"{unreachable_mark(version, icmp_type, icmp_code)} {words}")
    assert "code" not in words
    hop = json.loads(to_json(run))["hops"][1]
    (probe,), (responder,) = hop["probes"], hop["responders"]
    assert (probe["code"], probe["icmp_type"], probe["icmp_code"]) == (words, icmp_type, icmp_code)
    assert responder["unreachable"] == f"{unreachable_mark(*code)} {words}"


def test_a_refusal_by_one_of_several_is_told_beside_its_address() -> None:
    refused = answer(responder="10.0.2.9", kind=AnswerKind.UNREACHABLE)
    passed = answer(responder="10.0.2.1")
    run = told(path([passed, passed, refused]))
    rows = to_text(run).splitlines()
    assert rows[3].endswith("  2 answers")
    assert rows[4].split() == ["10.0.2.9", *["1", "answer;", "!<3>", "port", "unreachable"]]
    responders = json.loads(to_json(run))["hops"][0]["responders"]
    assert [one["unreachable"] for one in responders] == [None, "!<3> port unreachable"]


def test_where_only_other_flows_reach_the_destination_both_is_said() -> None:
    lines = to_text(run_of(DEAD_BRANCH)).split("\n")
    (foot,) = [line for line in lines if "hop 2 (--gap-limit)." in line]
    assert foot.startswith(
        "8 silent hops after hop 2 (--gap-limit). Other flows reached the destination, at hop 4 "
        "(--mda). "
    )
    assert any("10.0.2.2, end there (flows 1" in line for line in lines)


def test_places_are_told_where_all_figures_are_or_where_they_are_wanted() -> None:
    run = located()
    wide = render_wide([run], Layout())
    heading, *rows = wide.splitlines()[2:7]
    assert heading.split()[:4] == ["Hop", "Responder", "Place", "Loss%"]
    assert "  Berlin, DE  " in rows[0]
    assert "Sydney, AU ?" in rows[1]
    assert rows[2].strip() == ("20 ms away, but Sydney is 16118 km from home: 158 ms at least.")
    assert "Place" not in to_text(run)
    assert "Sydney" not in to_text(run)
    chosen = to_text(run, columns=("hop", "responder", "place", "best"))
    assert "Sydney, AU ?" in chosen
    assert "Place" not in render_wide([finished("udp")], Layout())


def test_markdown_tells_why_a_place_cannot_be() -> None:
    text = to_markdown(located(), columns=("hop", "responder", "place"))
    assert "| 2 | `10.0.2.1` | Sydney, AU ? |" in text
    assert "- Hop 2: 20 ms away, but Sydney is 16118 km from home: 158 ms at least." in text
    assert "Sydney" not in to_markdown(located())
