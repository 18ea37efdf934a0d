from __future__ import annotations

from ipaddress import ip_address

from poros_tui.model.about import UNKNOWN, About
from poros_tui.model.findings.finding import FindingKind
from poros_tui.model.naming import Naming
from poros_tui.model.network import Network
from poros_tui.model.privacy import HIDDEN_ADDRESSES, redacted
from poros_tui.model.probe import Protocol
from poros_tui.model.session import SessionState
from poros_tui.model.stop import StopKind
from poros_tui.report.as_json import to_json
from poros_tui.report.run import FinishedRun
from poros_tui.tui.rows import FINDING_SIGN
from poros_tui.tui.verdict import SIGNS, Verdict
from poros_tui.tui.view import NOTHING, TraceView
from tests.engine.discovering import discover
from tests.lab.tun import load_scenario
from tests.model.limited_path import played
from tests.model.limiting import simulated
from tests.model.made_hops import quote, source
from tests.tui.located import BERLIN, HOME, SYDNEY
from tests.tui.made_path import MadePath, identity


def test_only_what_changed_is_named() -> None:
    made, view = MadePath(), TraceView(first_hop=1)
    made.reply(1, 1.0)
    made.reply(2, 2.0)
    assert view.apply(made.update()).hops == {1, 2}
    made.reply(2, 2.5)
    assert view.apply(made.update()).hops == {2}


def test_an_update_from_before_a_reset_changes_nothing() -> None:
    made, view = MadePath(), TraceView(first_hop=1)
    made.reply(1, 1.0)
    old = made.update()
    made.status(generation=1)
    made.reply(1, 2.0)
    assert view.apply(made.update()).is_reset
    assert view.apply(old) == NOTHING
    assert view.hop(1).rtt.last_s == 0.002
    assert view.hop(1).received == 1


def test_a_reset_empties_the_path_but_not_that_it_was_reached() -> None:
    made, view = MadePath(), TraceView(first_hop=1)
    made.reached(1, 1.0)
    view.apply(made.update())
    assert view.destination is not None
    made.status(generation=1)
    assert view.apply(made.update()).is_reset
    assert view.hops() == ()
    assert view.destination is None
    assert view.was_reached


def test_hops_not_yet_known_have_a_row_too() -> None:
    made, view = MadePath(), TraceView(first_hop=3)
    made.reply(5, 1.0)
    view.apply(made.update())
    assert [hop.ttl for hop in view.hops()] == [3, 4, 5]
    assert view.hop(3).responder is None


def test_hops_beyond_the_destination_are_not_shown() -> None:
    made, view = MadePath(), TraceView(first_hop=1)
    for ttl in range(1, 9):
        made.send(ttl)
    view.apply(made.update())
    assert len(view.hops()) == 8
    made.reached(4, 1.0)
    view.apply(made.update())
    assert [hop.ttl for hop in view.hops()] == [1, 2, 3, 4]


def test_a_row_whose_loss_means_something_else_now_is_changed() -> None:
    made, view = MadePath(), TraceView(first_hop=1)
    for _ in range(5):
        made.lose(1)
    made.reply(1, 1.0)
    view.apply(made.update())
    assert view.verdict(1) is Verdict.UNKNOWN
    for _ in range(20):
        made.reached(2, 2.0)
    change = view.apply(made.update())
    assert view.verdict(1) is Verdict.LOCAL
    assert 1 in change.hops


def test_the_first_trace_lasts_until_a_reason_to_stop_is_known() -> None:
    made, view = MadePath(), TraceView(first_hop=1)
    assert not view.is_first_trace
    made.reply(1, 1.0)
    view.apply(made.update())
    assert view.is_first_trace
    made.stopped(StopKind.GAP_LIMIT, ttl=1, detail="8")
    view.apply(made.update())
    assert not view.is_first_trace


def test_a_finished_session_is_no_first_trace() -> None:
    made, view = MadePath(), TraceView(first_hop=1)
    made.status(state=SessionState.FINISHED)
    view.apply(made.update())
    assert not view.is_first_trace


def test_findings_are_looked_for_on_request_and_forgotten_at_a_reset() -> None:
    made, view = MadePath(), TraceView(first_hop=1)
    for ttl, told in ((1, quote()), (2, quote(source()))):
        made.reply(ttl, 1.0, told=told)
    view.apply(made.update())
    assert view.found == ()
    view.look_for_findings(Protocol.UDP)
    assert [finding.short() for finding in view.found] == ["NAT between hop 1 and hop 2"]
    assert view.marked == {2}
    made.status(generation=1)
    view.apply(made.update())
    assert view.marked == frozenset()


def test_a_limit_has_a_sign_of_its_own_and_no_mark() -> None:
    times_s = simulated.steady(100, 0.2)
    path, view = played(times_s, {2: simulated.bucket(times_s, 1.0, 6)}), TraceView(first_hop=1)
    view.apply(path.take_update())
    view.look_for_findings(Protocol.ICMP)
    assert [finding.kind for finding in view.found] == [FindingKind.RATE_LIMIT]
    assert view.marked == frozenset()
    assert view.verdict(2) is Verdict.LIMITED
    assert SIGNS[Verdict.LIMITED] not in {SIGNS[Verdict.LOCAL], FINDING_SIGN}


def test_places_are_doubted_with_the_next_look_and_not_by_home_while_hops_are_hidden() -> None:
    view, made = TraceView(first_hop=1), MadePath()
    view.home = HOME
    made.reply(1, 1.0, "9.9.9.9")
    made.locate("9.9.9.9", BERLIN)
    made.reached(2, 2.0, "8.8.8.8")
    made.locate("8.8.8.8", SYDNEY)
    view.apply(made.update())

    def doubted() -> list[bool]:
        places = [hop.responders[0].place for hop in view.hops()]
        return [place is not None and bool(place.doubt) for place in places]

    assert doubted() == [False, False]
    view.look_for_findings(Protocol.ICMP)
    assert doubted() == [False, True]
    made.reply(2, 2.0, "8.8.8.8")
    view.apply(made.update())
    assert doubted() == [False, True]  # also in what comes before the next look
    view.hide(1)  # home would be told, and hop 1 is not known to contradict
    assert doubted() == [False, False]
    view.hide(0)
    assert doubted() == [False, True]
    made.locate("8.8.8.8", BERLIN)
    view.apply(made.update())
    view.look_for_findings(Protocol.ICMP)
    assert doubted() == [False, False]


def test_who_is_near_on_one_of_all_ways_is_hidden_on_each() -> None:
    made, view = MadePath(), TraceView(first_hop=1)
    branch, twice, far = map(ip_address, ("10.0.3.2", "10.0.5.1", "10.0.6.1"))
    for number, address in enumerate((branch, twice, far)):
        made.known[address] = About(
            naming=Naming(name=rf"name{number}.\027\"x.example"),
            network=Network(asn=64500 + number, name="EXAMPLE", source="a file"),
        )
    for ttl in range(1, 7):
        made.reply(ttl, 1.0)
    graph = discover(load_scenario("diamond-unequal"), seed=1).graph
    assert {node.ttl for node in graph.nodes if node.address == twice} == {4, 5}
    made.status(graph=graph)
    view.apply(made.update())
    assert view.graph_about.keys() == {branch, twice, far}
    view.hide(4)
    assert view.graph_about.keys() <= {far, ip_address("10.0.6.1")}
    shown = view.hop(5).responder
    assert shown is not None
    assert (shown.address in HIDDEN_ADDRESSES, shown.about) == (True, UNKNOWN)
    path = view.known_path
    assert path is not None
    written = to_json(
        FinishedRun(identity=identity(), config=None, path=path, started_at=None, duration_s=None)
    )
    told = redacted(written, view.private)
    for word in (*map(str, (branch, twice)), "name0", "name1", "64500", "64501"):
        assert word not in told, word
    assert "name2." in told
    assert "64502" in told
