from __future__ import annotations

from poros_tui.model.findings.find import findings
from poros_tui.model.findings.finding import FindingKind
from poros_tui.model.probe import AnswerKind, Multipath, Protocol
from tests.model.made_hops import LABEL, answer, found, path, quote, short

PLAIN = quote()
ZERO = quote(ttl=0)


def arriving(ttl: int, kind: AnswerKind = AnswerKind.REACHED) -> list[dict[str, object]]:
    return [answer(quote(ttl=ttl), kind=kind)] * 2


def test_a_quoted_ttl_of_1_or_0_is_as_it_should_be() -> None:
    assert found(path(PLAIN, ZERO, PLAIN, ZERO, ZERO)) == []


def test_a_ttl_that_rises_hop_by_hop_is_a_tunnel() -> None:
    (finding,) = found(path(PLAIN, PLAIN, PLAIN, quote(ttl=2), quote(ttl=3), PLAIN))
    assert finding.kind is FindingKind.MPLS_TUNNEL
    assert (finding.ttl, finding.last_ttl) == (3, 5)
    assert finding.words() == (
        "MPLS tunnel, hops 3 to 5: quoted TTL 1 → 2 in 3 of 3 answers; the quoted TTL rises "
        "(2, 3): these hops are counted in labels"
    )


def test_it_may_rise_over_a_silent_hop() -> None:
    assert short(path(PLAIN, PLAIN, quote(ttl=2), None, quote(ttl=4))) == [
        "MPLS tunnel, hops 2 to 5"
    ]


def test_two_hops_in_a_tunnel_are_believed_if_they_carry_labels() -> None:
    labelled = [answer(quote(ttl=2), extensions=(LABEL,))]
    assert short(path(PLAIN, PLAIN, labelled, PLAIN)) == ["MPLS tunnel, hops 2 and 3"]
    assert short(path(PLAIN, PLAIN, quote(ttl=2), PLAIN)) == ["odd quote at hop 3"]


def test_labels_alone_are_no_finding() -> None:
    assert found(path(PLAIN, [answer(PLAIN, extensions=(LABEL,))], PLAIN)) == []


def test_a_ttl_that_does_not_run_out_but_is_said_to_is_set_anew() -> None:
    full = quote(ttl=250)
    (finding,) = found(path(PLAIN, PLAIN, full, full, full))
    assert finding.kind is FindingKind.TTL_RESET
    assert (finding.after_ttl, finding.ttl) == (2, 3)


def test_one_router_that_quotes_an_impossible_ttl_is_odd() -> None:
    (finding,) = found(path(PLAIN, PLAIN, quote(ttl=255), PLAIN))
    assert finding.kind is FindingKind.ODD_QUOTE
    assert "this router's own way to quote" in finding.words()


def test_a_destination_that_gets_more_than_was_sent_proves_a_ttl_set_anew() -> None:
    (finding,) = found(path(PLAIN, PLAIN, arriving(58), ends=True))
    assert finding.kind is FindingKind.TTL_RESET
    assert (finding.after_ttl, finding.ttl) == (2, 3)
    assert "a probe sent with TTL 3 arrives with 58" in finding.words()


def test_so_does_one_that_gets_more_than_can_be_left() -> None:
    """Hop 3 is a router, says itself: so hop 4 cannot be where a TTL of 2 or more is left."""
    assert short(path(PLAIN, PLAIN, PLAIN, arriving(3), ends=True)) == [
        "TTL set anew between hop 3 and hop 4"
    ]


def test_where_each_probe_may_go_another_way_the_end_may_be_nearer_by_one() -> None:
    """What hop 3 says of its own way, it does not say of that which is a router shorter."""
    hops = path(PLAIN, PLAIN, PLAIN, arriving(2), ends=True)
    assert [one.kind for one in findings(hops, Protocol.UDP)] == [FindingKind.TTL_RESET]
    assert findings(hops, Protocol.UDP, Multipath.CLASSIC) == ()
    # More than was sent proves it whatever the way.
    (finding,) = findings(path(PLAIN, arriving(58), ends=True), Protocol.UDP, Multipath.CLASSIC)
    assert finding.kind is FindingKind.TTL_RESET


def test_a_destination_whose_nearer_probes_were_lost_proves_nothing() -> None:
    assert found(path(PLAIN, PLAIN, None, None, arriving(3), ends=True)) == []
    refused = arriving(3, AnswerKind.UNREACHABLE)
    assert found(path(PLAIN, PLAIN, None, None, refused, ends=True)) == []


def test_a_router_that_cannot_pass_probes_on_proves_nothing() -> None:
    """It says that a TTL runs out there, and of the next that the destination is unreachable."""
    refused = arriving(2, AnswerKind.UNREACHABLE)
    assert found(path(PLAIN, PLAIN, PLAIN, refused, ends=True)) == []
    raised = arriving(3, AnswerKind.UNREACHABLE)
    assert short(path(PLAIN, PLAIN, PLAIN, raised, ends=True)) == [
        "TTL set anew between hop 3 and hop 4"
    ]


def test_a_path_that_has_just_become_shorter_proves_nothing() -> None:
    moved = [answer(quote(ttl=ttl), kind=AnswerKind.REACHED) for ttl in (1, 3)]
    assert found(path(PLAIN, PLAIN, PLAIN, PLAIN, moved, ends=True)) == []


def test_a_router_that_answers_twice_first_with_0_is_behind_one_that_forwards_0() -> None:
    twice = [[answer(quote(ttl=ttl), responder="10.9.9.9")] * 3 for ttl in (0, 1)]
    (finding,) = found(path(PLAIN, *twice, PLAIN))
    assert finding.kind is FindingKind.ZERO_TTL_FORWARDING
    assert finding.ttl == 2
    assert "the router of hop 3 answers at hop 2 too" in finding.words()


def test_a_router_that_answers_twice_in_the_same_way_proves_nothing() -> None:
    """Paths of different length do that."""
    for ttl in (0, 1):
        twice = [answer(quote(ttl=ttl), responder="10.9.9.9", reply_ttl=254)]
        assert found(path(PLAIN, twice, twice, PLAIN)) == []


def test_a_router_that_answers_all_farther_hops_from_one_distance_is_where_probes_end() -> None:
    stuck = [answer(PLAIN, responder="10.9.9.9", reply_ttl=250)]
    (finding,) = found(path(PLAIN, PLAIN, *[stuck] * 4))
    assert finding.kind is FindingKind.TTL_RESET
    assert (finding.after_ttl, finding.ttl) == (2, 3)
    assert "10.9.9.9 answers hops 3 to 6, from the same distance" in finding.words()


def test_routers_that_hide_behind_one_address_are_no_such_thing() -> None:
    """A NAT gives the errors of all routers behind it its own address: they come from farther and
    farther."""
    hidden = [[answer(PLAIN, responder="10.9.9.9", reply_ttl=250 - n)] for n in range(4)]
    assert found(path(PLAIN, *hidden)) == []
