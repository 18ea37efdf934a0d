from __future__ import annotations

from poros_tui.model.findings.finding import FindingKind
from poros_tui.model.quote import Rewrite, RewrittenField
from tests.model.made_hops import answer, found, path, quote, short

EF = 46 << 2
SENT = quote(sent=EF, dscp=46)
CLEARED = quote(sent=EF, dscp=0)


def test_a_rewritten_dscp_is_found_where_it_first_shows() -> None:
    (finding,) = found(path(SENT, SENT, CLEARED, CLEARED))
    assert finding.words() == (
        "DSCP rewritten between hop 2 and hop 3: DSCP 46 → 0 in 3 of 3 answers"
    )


def test_a_dscp_that_is_changed_twice_is_two_findings_the_second_from_the_first() -> None:
    again = quote(sent=EF, dscp=10)
    first, second = found(path(SENT, CLEARED, CLEARED, again, again))
    assert (first.ttl, first.last_ttl) == (2, 3)
    assert (second.ttl, second.last_ttl) == (4, None)
    assert second.proofs[0].words() == "DSCP 0 → 10 in 3 of 3 answers"


def test_a_dscp_that_comes_back_is_said_to() -> None:
    (finding,) = found(path(SENT, CLEARED, CLEARED, SENT, SENT))
    assert (finding.ttl, finding.last_ttl) == (2, 3)
    assert "as sent again from hop 4 on" in finding.words()


def test_one_hop_that_disagrees_with_both_sides_is_odd() -> None:
    assert short(path(SENT, CLEARED, SENT, SENT)) == ["odd quote at hop 2"]
    assert short(path(CLEARED, SENT, SENT, CLEARED)) == [
        "odd quote at hop 1",
        "DSCP rewritten between hop 3 and hop 4",
    ]


def test_the_last_hop_is_believed() -> None:
    assert short(path(SENT, SENT, CLEARED)) == ["DSCP rewritten between hop 2 and hop 3"]


def test_dscp_and_ecn_are_each_for_themselves() -> None:
    sent = EF | 2
    plain, behind = quote(sent=sent, dscp=46, ecn=2), quote(sent=sent, dscp=46, ecn=0)
    (finding,) = found(path(plain, behind, behind))
    assert finding.kind is FindingKind.ECN
    assert "ECN 2 → 0" in finding.words()
    both = quote(sent=sent, dscp=0, ecn=0)
    assert [f.kind for f in found(path(plain, both))] == [FindingKind.DSCP, FindingKind.ECN]


def test_congestion_is_called_so() -> None:
    plain, marked = quote(sent=2, ecn=2), quote(sent=2, ecn=3)
    assert "a router marks congestion" in found(path(plain, marked, marked))[0].words()


def test_hops_that_do_not_tell_widen_the_place() -> None:
    half = [answer(SENT), answer(CLEARED)]
    assert short(path(SENT, half, CLEARED)) == [
        "DSCP rewritten between hop 1 and hop 3 (hop 2 does not tell)"
    ]


def test_a_rewritten_flow_label_is_no_nat() -> None:
    label = Rewrite(RewrittenField.FLOW_LABEL, 0x12345, 0)
    hops = path(*[quote()] * 2, *[quote(label)] * 2)
    (finding,) = found(hops)
    assert finding.kind is FindingKind.FLOW_LABEL
    assert "flow label 0x12345 → 0x0000" in finding.words()
