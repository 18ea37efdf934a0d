from __future__ import annotations

from ipaddress import ip_address

from poros_tui.model.findings.finding import FindingKind
from poros_tui.model.probe import AnswerKind, Protocol
from poros_tui.model.quote import Rewrite, RewrittenField
from tests.model.made_hops import (
    CARRIER,
    PUBLIC,
    SOURCE,
    answer,
    checksum,
    found,
    identification,
    path,
    port,
    quote,
    short,
    source,
)

PLAIN = quote()


def test_a_path_that_nobody_changes_packets_on_has_no_findings() -> None:
    assert found(path(*[PLAIN] * 12)) == []


def test_nothing_is_found_where_nothing_is_told() -> None:
    assert found(path(*[[answer(None)]] * 5)) == []
    assert found(path(None, None)) == []
    assert found([]) == []


def test_a_nat_stands_between_a_hop_that_shows_what_was_sent_and_the_next_that_does_not() -> None:
    nat = quote(source(), port())
    (finding,) = found(path(PLAIN, PLAIN, nat, nat, nat))
    assert finding.kind is FindingKind.NAT
    assert (finding.after_ttl, finding.ttl, finding.last_ttl) == (2, 3, None)
    assert finding.words() == (
        "NAT between hop 2 and hop 3: source address 192.168.1.2 → 100.64.0.9 in 3 of 3 answers, "
        "source port 40000 → 61002 in 3 of 3 answers"
    )


def test_hops_that_do_not_tell_widen_the_place_and_are_named() -> None:
    nat = quote(source())
    assert short(path(PLAIN, None, [answer(None)], nat)) == [
        "NAT between hop 1 and hop 4 (hops 2 and 3 do not tell)"
    ]
    assert short(path(None, nat)) == ["NAT before hop 2 (hop 1 does not tell)"]
    assert short(path(nat, nat)) == ["NAT before hop 1"]


def test_an_address_is_believed_of_one_hop_too() -> None:
    assert short(path(PLAIN, PLAIN, quote(source()))) == ["NAT between hop 2 and hop 3"]


def test_a_rewritten_destination_and_identifier_are_a_nat() -> None:
    elsewhere = Rewrite(
        RewrittenField.DESTINATION_ADDRESS, ip_address("203.0.113.1"), ip_address("10.9.9.9")
    )
    identifier = Rewrite(RewrittenField.ICMP_IDENTIFIER, 7, 1031)
    behind = quote(elsewhere, identifier)
    (finding,) = found(path(PLAIN, behind, behind), Protocol.ICMP)
    assert [proof.what for proof in finding.proofs] == ["destination address", "ICMP identifier"]


def test_a_nat_that_translates_quotes_back_is_known_by_the_checksum() -> None:
    hops = [[answer(quote(checksum(sent, by=77))) for sent in (5, 900, 40000)] for _ in range(3)]
    (finding,) = found(path(PLAIN, *hops))
    assert finding.kind is FindingKind.NAT
    assert (finding.after_ttl, finding.ttl) == (1, 2)
    assert finding.proofs[0].agreeing == finding.proofs[0].answers == 3


def test_two_nats_in_a_row_are_two_by_their_addresses() -> None:
    first, second = quote(source()), quote(source(CARRIER))
    assert short(path(PLAIN, first, first, second, second)) == [
        "NAT between hop 1 and hop 2",
        "NAT between hop 3 and hop 4",
    ]
    words = found(path(PLAIN, first, first, second))[1].words()
    assert "source address 100.64.0.9 → 198.51.100.7 in 3 of 3 answers" in words


def test_two_nats_in_a_row_are_two_by_what_they_do_to_checksums() -> None:
    first = [[answer(quote(checksum(sent, by=77))) for sent in (5, 900)]] * 2
    second = [[answer(quote(checksum(sent, by=-3000))) for sent in (41, 7)]] * 2
    assert short(path(PLAIN, *first, *second)) == [
        "NAT between hop 1 and hop 2",
        "NAT between hop 3 and hop 4",
    ]


def test_a_nat_that_takes_a_port_for_each_flow_is_one() -> None:
    """Each hop was asked by a flow of its own, and shows another port and another checksum."""
    hops = [quote(port(61000 + ttl), checksum(9, by=ttl)) for ttl in range(2, 6)]
    assert short(path(PLAIN, *hops)) == ["NAT between hop 1 and hop 2"]


def test_a_nat_that_takes_addresses_of_a_pool_is_one() -> None:
    one, other = quote(source()), quote(source(CARRIER))
    assert short(path(PLAIN, one, other, one, other)) == ["NAT between hop 1 and hop 2"]


def test_one_router_with_a_wrong_checksum_is_no_nat_where_later_ones_show_what_was_sent() -> None:
    (finding,) = found(path(PLAIN, quote(checksum(5, by=9)), PLAIN, PLAIN))
    assert finding.kind is FindingKind.ODD_QUOTE
    assert (finding.ttl, finding.last_ttl) == (2, 2)
    assert "its own way to quote, not a NAT" in finding.words()


def test_a_router_that_swaps_the_identification_is_no_nat() -> None:
    assert short(path(PLAIN, quote(identification(0x0700)), PLAIN)) == ["odd quote at hop 2"]


def test_the_last_hop_alone_proves_no_nat_by_its_checksum() -> None:
    (finding,) = found(path(PLAIN, PLAIN, quote(checksum(5, by=9), identification(9))))
    assert finding.kind is FindingKind.ODD_QUOTE
    assert len(finding.proofs) == 2
    assert "a NAT before it, or its own way to quote" in finding.words()


def test_a_wrong_checksum_behind_a_nat_is_another_matter() -> None:
    hops = path(PLAIN, quote(source()), quote(source(), checksum(5, by=9)))
    assert short(hops, Protocol.ICMP) == ["NAT between hop 1 and hop 2", "odd quote at hop 3"]


def test_a_short_quote_does_not_show_a_tcp_checksum_so_it_is_no_contrary_evidence() -> None:
    long, short_quote = quote(checksum(5, by=9)), quote(length=28)
    hops = path(PLAIN, short_quote, long, long)
    assert short(hops, Protocol.TCP) == ["NAT between hop 1 and hop 3 (hop 2 does not tell)"]
    assert short(hops, Protocol.UDP) == ["NAT between hop 2 and hop 3"]


def test_a_tcp_checksum_that_shows_late_belongs_to_the_nat_whose_port_showed_early() -> None:
    early = quote(port(), length=28)
    late = quote(port(), checksum(5, by=9))
    hops = path(PLAIN, quote(length=28), early, late)
    (finding,) = found(hops, Protocol.TCP)
    assert (finding.after_ttl, finding.ttl, len(finding.proofs)) == (2, 3, 2)


def test_most_answers_decide_and_half_decide_nothing() -> None:
    nat = answer(quote(source()))
    (finding,) = found(path(PLAIN, [nat, nat, answer(PLAIN)], quote(source())))
    assert finding.ttl == 2
    assert (finding.proofs[0].agreeing, finding.proofs[0].answers) == (2, 3)
    assert short(path(PLAIN, [nat, answer(PLAIN)], quote(source()))) == [
        "NAT between hop 1 and hop 3 (hop 2 does not tell)"
    ]


def test_values_that_mean_the_same_are_no_finding() -> None:
    same = quote(
        Rewrite(RewrittenField.SOURCE_ADDRESS, SOURCE, SOURCE),
        Rewrite(RewrittenField.CHECKSUM, 0, 0xFFFF),
    )
    assert found(path(same, same, same)) == []


def test_old_answers_are_forgotten() -> None:
    """The NAT is gone: what sixteen newer answers tell stands."""
    before = [answer(quote(source(PUBLIC)))] * 100
    assert found(path(PLAIN, before + [answer(PLAIN)] * 16)) == []
    assert len(path(before)[0].evidence) == 1
    assert path(before)[0].evidence[0].answers == 16


# Of the destination, by who answers in its name

TARGET = "203.0.113.10"
END = [answer(responder=TARGET, kind=AnswerKind.REACHED, reply_ttl=59)]


def named(reply_ttl: int) -> list[dict[str, object]]:
    return [answer(responder=TARGET, reply_ttl=reply_ttl)]


def router(number: int) -> list[dict[str, object]]:
    return [answer(responder=f"10.0.{number}.1", reply_ttl=65 - number)]


def test_hops_that_answer_as_the_destination_each_from_farther_away_are_behind_a_nat() -> None:
    (finding,) = found(path(router(1), router(2), named(62), named(61), named(60), END, ends=True))
    assert finding.kind is FindingKind.NAT
    assert (finding.after_ttl, finding.ttl) == (2, 3)
    assert finding.words() == (
        "NAT between hop 2 and hop 3; hops 3 to 5 answer under the destination's address, each "
        "from farther away (TTL left 62, 61, 60): it is translated"
    )
    assert short(path(router(1), None, named(62), None, named(60), END, ends=True)) == [
        "NAT between hop 1 and hop 3 (hop 2 does not tell)"
    ]


def test_a_destination_that_is_a_router_or_gets_what_ran_out_is_no_nat() -> None:
    for hops in (
        (router(1), router(2), named(62), END),  # at one hop
        (router(1), named(62), named(62), END),  # one router, twice as far away
        (router(1), named(61), named(62), END),
        (router(1), named(63), router(3), named(61), END),
    ):
        assert short(path(*hops, ends=True)) == []
    assert short(path(router(1), named(63), named(62))) == []  # nobody is the destination
