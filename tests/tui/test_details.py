from __future__ import annotations

from collections.abc import Sequence

import pytest

from poros_tui.model.findings.find import findings
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.place import Place
from poros_tui.model.place_doubt import doubts, with_doubts
from poros_tui.model.placed import placed_on
from poros_tui.model.probe import AnswerKind, Protocol, RttSource
from poros_tui.model.stray import Stray, StrayReason
from poros_tui.packets.extensions import (
    InterfaceInformation,
    InterfaceRole,
    MplsLabel,
    MplsStack,
    UnknownObject,
)
from poros_tui.packets.icmp_codes import unreachable_mark
from poros_tui.tui.details import detail_lines
from poros_tui.tui.help_lines import help_lines
from poros_tui.tui.keys import KEYS, key_bar
from poros_tui.tui.spans import line_text, line_width
from poros_tui.tui.verdict import SIGNS, Verdict, verdicts
from tests.model.limited_path import played
from tests.model.limiting import simulated
from tests.model.made_hops import answer, path, quote, source
from tests.tui.located import HOME, NEW_YORK, PRIVATE
from tests.tui.made_path import MadePath, identity


def details(made: MadePath, verdict: Verdict = Verdict.NONE, width: int = 100) -> str:
    hop = made.update().hops[0]
    lines = detail_lines(hop, verdict, width, 20)
    assert {line_width(line) for line in lines} == {width}
    return "\n".join(line_text(line).rstrip() for line in lines)


def test_everything_known_of_a_hop_is_in_its_panel() -> None:
    made = MadePath()
    probe = made.reply(1, 10.0, "192.0.2.1")
    made.reply(1, 20.0, "192.0.2.2")
    made.reply(1, 30.0, "192.0.2.1")
    made.lose(1)
    made.send(1)
    made.duplicate(probe, "192.0.2.1")
    made.send_failed(1)
    text = details(made, Verdict.LOCAL)
    assert text.splitlines()[0] == "Hop 1  192.0.2.1 +1"
    assert "25.0 %  1 of 4 · 95 % interval 4.6 to 69.9 %" in text
    assert "only this router's answers are lost" in text
    assert "sent 5 · received 3 · lost 1 · in flight 1 · duplicates 1 · not sent 1" in text
    assert "last 30.0 · best 10.0 · average 20.0 · worst 30.0 · deviation 10.0" in text
    assert "median 20.0" in text
    assert "p95 29.0 of the last 3" in text
    assert "longest 10.0 · RFC 3550 1.21" in text
    assert "192.0.2.1                                      2   67 %   10.0   20.0   30.0" in text


def test_one_responder_needs_no_table_of_its_own() -> None:
    made = MadePath()
    made.reply(1, 10.0)
    text = details(made)
    assert "reply TTL 254" in text
    assert "Responders" not in text


STACK = MplsStack((MplsLabel(label=24001, traffic_class=0, is_bottom=True, ttl=1),))
NAMED = InterfaceInformation(role=InterfaceRole.INCOMING, index=7, name="ge-0/0/1", mtu=9000)


def test_what_the_newest_answer_carried_is_in_the_panel() -> None:
    made = MadePath()
    made.reply(1, 10.0, extensions=(STACK, NAMED))
    lines = details(made).splitlines()
    place = lines.index("Carries  MPLS 24001 (TC 0, TTL 1, bottom)")
    assert lines[place + 1] == "         incoming interface: ge-0/0/1, index 7, MTU 9000"
    made.reply(1, 10.0)
    assert "Carries" not in details(made)


def test_of_several_responders_it_says_whose() -> None:
    made = MadePath()
    made.reply(1, 10.0, "192.0.2.1")
    made.reply(1, 10.0, "192.0.2.2", extensions=(STACK,))
    assert "Carries  192.0.2.2: MPLS 24001 (TC 0, TTL 1, bottom)" in details(made)


def test_what_is_carried_is_wrapped_in_a_narrow_panel() -> None:
    made = MadePath()
    unknown = UnknownObject(class_number=9, c_type=1, payload=bytes(100))
    made.reply(1, 10.0, extensions=(NAMED, unknown))
    text = details(made, width=40)
    assert "Carries  incoming interface: ge-0/0/1,\n           index 7, MTU 9000" in text
    assert "(100 bytes)" in text


def test_a_hop_without_answers_has_a_panel_too() -> None:
    made = MadePath()
    made.lose(1)
    text = details(made, Verdict.SILENT)
    assert "Hop 1  no reply" in text
    assert "It never answered" in text
    assert "RTT ms" not in text
    assert "Jitter" not in text
    assert "Newest samples" not in text


def test_times_that_are_all_the_same_have_one_figure_on_the_axis() -> None:
    made = MadePath()
    made.reply(1, 10.0)
    made.reply(1, 10.0)
    chart = [line for line in details(made).splitlines() if "│" in line]
    assert chart[0].strip() == "│"
    assert chart[-1].strip() == "10.0 │▁▁"


def test_one_answer_has_neither_jitter_nor_deviation() -> None:
    made = MadePath()
    made.reply(1, 10.0)
    text = details(made)
    assert "Jitter" not in text
    assert "deviation" not in text
    assert "· ·" not in text


def test_the_interval_of_the_loss_is_whole_in_a_narrow_panel() -> None:
    made = MadePath()
    made.reply(1, 10.0)
    for _probe in range(9):
        made.reply(1, 10.0)
    assert "         95 % interval 0.0 to 27.8 %" in details(made, width=40)


def test_many_responders_are_counted_beyond_those_shown() -> None:
    made = MadePath()
    for number in range(80):
        made.reply(1, 1.0, f"192.0.2.{number}")
    text = details(made)
    assert "and 56 more" in text
    assert "and 16 answers of addresses beyond the limit" in text


@pytest.mark.parametrize("width", [50, 76, 200])
def test_panel_and_help_fit_every_width(width: int) -> None:
    made = MadePath()
    made.reply(1, 10.0, "2001:db8:1234:5678:9abc:def0:1234:5678")
    made.reply(1, 10.0, "2001:db8::1")
    details(made, width=width)
    assert all(line_width(line) <= width for line in help_lines(identity(), width))


def test_the_help_explains_every_key_column_and_sign() -> None:
    who = identity(rung_note="It cannot see labels.", notes=("The port was left out.",))
    text = "\n".join(line_text(line) for line in help_lines(who, 100))
    for key in KEYS:
        assert key.meaning in text
    for verdict in (Verdict.THROUGH, Verdict.LOCAL, Verdict.UNKNOWN):
        assert f"  {SIGNS[verdict]} " in text
    assert "It cannot see labels." in text
    assert "The port was left out." in text


def test_the_key_bar_fits_eighty_columns_and_keeps_quit_and_help_in_twenty() -> None:
    line, places = key_bar(KEYS, 80, {})
    assert line_width(line) <= 80
    assert len(places) >= 8
    line, _places = key_bar(KEYS, 20, {})
    assert line_text(line) == " q quit  ? help"


def test_a_click_on_the_key_bar_finds_its_action() -> None:
    line, places = key_bar(KEYS, 80, {"pause": "resume"})
    text = line_text(line)
    start, end, action = next(place for place in places if place[2] == "pause")
    assert (text[start:end], action) == ("space resume", "pause")


def test_no_key_is_given_twice() -> None:
    names = [name for key in KEYS for name in key.keys.split(",")]
    assert len(names) == len(set(names))


def test_the_help_says_both_reasons_for_a_loss_that_cannot_be_judged() -> None:
    text = " ".join(line_text(line) for line in help_lines(identity(), 200))
    assert "nothing beyond answers, or there is too little data: it cannot be told" in text


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("code", range(17))
def test_every_mark_of_an_unreachable_is_in_the_help(version: int, code: int) -> None:
    signs = {word for line in help_lines(identity(), 100) for word in line_text(line).split()}
    mark = unreachable_mark(version, {4: 3, 6: 1}[version], code)
    assert mark in signs or mark in (f"!<{code}>", "!F")


@pytest.mark.parametrize("width", [30, 45, 60])
def test_a_title_that_is_cut_says_so(width: int) -> None:
    made = MadePath()
    made.refused(1, 1.0, "10.0.1.2", code=12)
    title = details(made, width=width).splitlines()[0]
    whole = "Hop 1  10.0.1.2 !H host unreachable for this type of service"
    assert title.startswith(whole) or title.endswith(("…", " !H"))


def test_who_refuses_is_told_in_words_and_numbers() -> None:
    made = MadePath()
    made.refused(1, 1.0, "10.0.1.2", code=13)
    assert "Says     !X administratively prohibited (ICMP type 3, code 13)" in details(made)
    made.reply(1, 1.0, "10.0.1.1")
    told = "Says     10.0.1.2: !X administratively prohibited (ICMP type 3, code 13)"
    assert told in details(made)
    made.reply(1, 1.0, "10.0.1.2")
    assert "Says" not in details(made)


def test_the_help_says_what_was_not_believed_and_why() -> None:
    strays = (Stray(StrayReason.QUOTES_PAYLOAD, 31), Stray(StrayReason.CUT_SHORT))
    text = [line_text(line) for line in help_lines(identity(), 100, strays)]
    assert text[-1] == "  Not believed: 32 packets (31 quoting another payload, 1 cut short)."
    assert not any("Not believed" in line_text(line) for line in help_lines(identity(), 100))


def evidence_of(hop: HopSnapshot, hops: Sequence[HopSnapshot] = (), width: int = 100) -> str:
    found = findings(hops or [hop], Protocol.UDP)
    lines = detail_lines(hop, Verdict.NONE, width, 20, found)
    assert {line_width(line) for line in lines} == {width}
    return "\n".join(line_text(line).rstrip() for line in lines)


def test_the_probe_as_it_arrived_and_both_ways_are_in_the_panel() -> None:
    (hop,) = path([answer(quote(dscp=46, sent=46 << 2, length=28), reply_ttl=247)] * 3)
    text = evidence_of(hop)
    assert "Quote    28 bytes · TTL 1 · DSCP 46 · ECN 0 · 3 of 3 answers" in text
    assert "Length   forward 1 · return 9 · reply TTL 247 of 255 · 3 of 3 answers" in text
    assert "Clocks   kernel/kernel" in text
    assert "Found" not in text


def test_what_was_rewritten_and_what_follows_is_in_the_panels_on_both_sides() -> None:
    hops = path(quote(), quote(source(), dscp=46), quote(source(), dscp=46))
    text = evidence_of(hops[1], hops)
    assert "DSCP 0 → 46 · ECN 0 · source address 192.168.1.2 → 100.64.0.9" in text
    assert "Found    NAT between hop 1 and hop 2: source address 192.168.1.2 → 100.64.0.9" in text
    assert "Found    NAT between hop 1 and hop 2" in evidence_of(hops[0], hops)
    assert "Found" not in evidence_of(hops[2], hops)


def test_answers_that_tell_different_things_are_told_apart() -> None:
    one, other = answer(quote(), reply_ttl=250), answer(quote(), reply_ttl=60)
    (hop,) = path([one, one, other])
    text = evidence_of(hop)
    assert "Quote    60 bytes · TTL 1 · DSCP 0 · ECN 0 · 3 of 3 answers" in text
    assert "Length   forward 1 · return 5 · reply TTL 60 of 64 · 1 of 3 answers" in text
    assert "         forward 1 · return 6 · reply TTL 250 of 255 · 2 of 3 answers" in text


def test_a_return_length_that_is_not_certain_says_so() -> None:
    (hop,) = path([answer(quote(), reply_ttl=30)])
    assert "return 35 · reply TTL 30 of 64 · or of 32" in evidence_of(hop)
    (hop,) = path([answer(quote(), reply_ttl=150)])
    assert "return not known: reply TTL 150 is of no usual beginning" in evidence_of(hop)


def test_it_says_where_the_kind_of_socket_does_not_tell() -> None:
    (hop,) = path([answer(None)])
    assert "Quote    not told on this kind of socket" in evidence_of(hop)
    (end,) = path([answer(None, kind=AnswerKind.REACHED)], ends=True)
    assert "Quote" not in evidence_of(end)


def test_several_clocks_and_stepped_ones_are_told() -> None:
    user = answer(None, rtt_source=RttSource.USER_KERNEL)
    (hop,) = path([answer(None), user, answer(None, rtt_s=None, rtt_source=None)])
    text = evidence_of(hop)
    assert (
        "Clocks   user/kernel 1 · kernel/kernel 1 · 1 answer untimed: the wall clock was stepped"
    ) in text


def test_a_limit_is_told_once_with_all_its_figures() -> None:
    times_s = simulated.steady(100, 0.2)
    hops = played(times_s, {2: simulated.bucket(times_s, 1.0, 6)}).snapshot().hops
    found = findings(hops, Protocol.ICMP)
    lines = detail_lines(hops[1], verdicts(hops)[2], 78, 24, found)
    text = " ".join(" ".join(line_text(line) for line in lines).split())
    assert "burst 6; 75 of 100 probes not answered because of it, confidence >99.99 %." in text
    assert len(found) == 1
    assert "Found" not in text


def test_the_panel_tells_the_place_and_why_it_cannot_be() -> None:
    made = MadePath()
    made.reply(1, 1.2, "192.0.2.1")
    made.locate("192.0.2.1", NEW_YORK)
    hop = made.update().hops[0]
    doubted = with_doubts(hop, doubts(placed_on([hop]), HOME))
    lines = detail_lines(doubted, Verdict.NONE, 90, 30)
    text = [line_text(line).rstrip() for line in lines]
    place = next(n for n, line in enumerate(text) if line.startswith("Place"))
    assert text[place : place + 2] == [
        "Place    New York, United States (40.71 N, 74.01 W), within 20 km, says GeoLite2-City."
        "mmdb",
        "Doubt    1.2 ms away, but New York is 6372 km from home: 62 ms at least",
    ]


def test_the_panel_tells_why_there_is_no_place_and_who_is_where() -> None:
    made = MadePath()
    made.reply(1, 1.2, "10.0.0.1")
    made.locate("10.0.0.1", PRIVATE)
    assert "Place    not a public address" in details(made)
    made.reply(2, 9.0, "192.0.2.1")
    made.reply(2, 9.0, "192.0.2.2")
    made.locate("192.0.2.1", Place(city="Berlin"))
    made.locate("192.0.2.2", Place(country="Germany", country_code="DE"))
    text = details(made)
    assert "192.0.2.1: Berlin" in text
    assert "192.0.2.2: Germany" in text
