from __future__ import annotations

from ipaddress import IPv4Address

from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.findings.find import concerning, findings
from poros_tui.model.findings.finding import FindingKind, hops_words
from poros_tui.model.probe import AnswerKind, Protocol, RttSource
from poros_tui.model.quote import Quote, Rewrite, RewrittenField
from tests.model.made_hops import LABEL, answer, found, hop, path, quote, source

ADDRESS_FIELDS = {RewrittenField.SOURCE_ADDRESS, RewrittenField.DESTINATION_ADDRESS}
NUMBERS = st.integers(0, 65535)


@st.composite
def rewrites(draw: st.DrawFn) -> Rewrite:
    field = draw(st.sampled_from(RewrittenField))
    if field in ADDRESS_FIELDS:
        addresses = st.integers(0, 3).map(lambda n: IPv4Address(f"10.0.0.{n}"))
        return Rewrite(field, draw(addresses), draw(addresses))
    return Rewrite(field, draw(NUMBERS), draw(st.integers(0, 3) | NUMBERS))


QUOTES = st.builds(
    Quote,
    length=st.integers(0, 1500),
    ttl=st.integers(0, 5) | st.integers(0, 255),
    traffic_class=st.integers(0, 255),
    sent_traffic_class=st.integers(0, 255),
    rewrites=st.lists(rewrites(), max_size=3).map(tuple),
)
ANSWERS = st.builds(
    answer,
    st.none() | QUOTES,
    responder=st.sampled_from(["", "10.9.9.9", "2001:db8::1"]),
    reply_ttl=st.none() | st.integers(0, 255),
    kind=st.sampled_from(AnswerKind),
    extensions=st.sampled_from([(), (LABEL,)]),
    rtt_s=st.none() | st.just(0.01),
)
HOPS = st.lists(st.lists(ANSWERS, max_size=4), max_size=8)


@given(HOPS, st.sampled_from(Protocol), st.booleans())
def test_whatever_is_told_findings_are_made_and_have_words(
    told: list[list[dict[str, object]]], protocol: Protocol, ends: bool
) -> None:
    hops = path(*told, ends=ends)
    shown = {one.ttl for one in hops}
    for finding in findings(hops, protocol):
        assert finding.words()
        assert "None" not in finding.words()
        assert finding.ttl is None or finding.ttl in shown
        assert set(finding.untold) <= shown
        if finding.after_ttl is not None and finding.ttl is not None:
            assert finding.after_ttl < finding.ttl
        for proof in finding.proofs:
            assert 0 < proof.agreeing <= proof.answers


@given(
    st.integers(20, 1500), st.integers(0, 255), st.sampled_from(RewrittenField), st.integers(2, 9)
)
def test_nothing_is_claimed_of_what_arrives_as_it_was_sent(
    length: int, traffic_class: int, field: RewrittenField, count: int
) -> None:
    same = IPv4Address("10.0.0.1") if field in ADDRESS_FIELDS else 7
    told = Quote(
        length=length,
        ttl=1,
        traffic_class=traffic_class,
        sent_traffic_class=traffic_class,
        rewrites=(Rewrite(field, same, same),),
    )
    for protocol in Protocol:
        assert findings(path(*[told] * count), protocol) == ()


def test_findings_stand_in_the_order_of_the_hops() -> None:
    late = quote(source(), dscp=3)
    kinds = [f.kind for f in found(path(quote(), quote(dscp=3), late, late))]
    assert kinds == [FindingKind.DSCP, FindingKind.NAT]


def test_a_finding_concerns_the_hops_on_both_sides() -> None:
    all_found = found(path(quote(), None, quote(source()), quote(source())))
    assert [len(concerning(ttl, all_found)) for ttl in (1, 2, 3, 4)] == [1, 0, 1, 0]


def test_hops_are_named_in_words() -> None:
    assert hops_words([4]) == "hop 4"
    assert hops_words([4, 5]) == "hops 4 and 5"
    assert hops_words([4, 5, 6]) == "hops 4 to 6"
    assert hops_words([4, 6, 9]) == "hops 4, 6 and 9"


def test_evidence_is_that_of_the_newest_answer_first_and_counts_what_is_alike() -> None:
    one, other = answer(quote(), reply_ttl=250), answer(quote(), reply_ttl=240)
    evidence = hop(3, [other, one, one, one, other]).evidence
    assert [(e.reply_ttl, e.answers) for e in evidence] == [(240, 2), (250, 3)]


def test_a_hop_knows_whose_clocks_measured_it_the_newest_first() -> None:
    kernel, user = RttSource.KERNEL_KERNEL, RttSource.USER_KERNEL
    told = [answer(None, rtt_source=source) for source in (user, kernel, kernel, user, kernel)]
    untimed = answer(None, rtt_s=None, rtt_source=None)
    made = hop(1, [*told, untimed])
    assert made.rtt_sources == ((kernel, 3), (user, 2))
    assert made.untimed == 1
    assert made.received == 6
