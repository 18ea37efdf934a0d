"""Against dnspython as the reference."""

from __future__ import annotations

import string
from contextlib import suppress

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.PTR
import dns.rdtypes.ANY.TXT
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.errors import MalformedPacket
from poros_tui.packets.dns import (
    CHAIN_MAX,
    RECORDS_MAX,
    STRINGS_MAX,
    Labels,
    RecordType,
    ResponseCode,
    decode_response,
    encode_query,
    find,
    name_text,
    same_name,
)

label = st.binary(min_size=1, max_size=63)
names = st.lists(label, max_size=8).map(tuple).filter(lambda name: sum(map(len, name)) < 240)
kinds = st.sampled_from(RecordType)
ttls = st.integers(0, 2**31 - 1)
IN = dns.rdataclass.IN


def absolute(name: Labels) -> dns.name.Name:
    return dns.name.Name((*name, b""))


def query_for(name: Labels, kind: RecordType) -> dns.message.Message:
    return dns.message.make_query(absolute(name), dns.rdatatype.RdataType.make(kind), id=4711)


def answer_to(query: dns.message.Message, *sets: dns.rrset.RRset) -> dns.message.Message:
    answer = dns.message.make_response(query)
    answer.answer.extend(sets)
    return answer


def pointers(owner: Labels, ttl_s: int, *targets: Labels) -> dns.rrset.RRset:
    found = dns.rrset.RRset(absolute(owner), IN, dns.rdatatype.PTR)
    for target in targets:
        rdata = dns.rdtypes.ANY.PTR.PTR(IN, dns.rdatatype.PTR, absolute(target))
        found.add(rdata, ttl_s)
    return found


@given(st.integers(0, 0xFFFF), names, kinds)
def test_a_question_is_what_the_reference_reads(
    identifier: int, name: Labels, kind: RecordType
) -> None:
    message = dns.message.from_wire(encode_query(identifier, name, kind))
    (question,) = message.question
    assert message.id == identifier
    assert message.flags == dns.flags.RD
    assert question.name.labels == absolute(name).labels
    assert (question.rdtype, question.rdclass) == (kind, IN)


@given(names, ttls, st.lists(names, min_size=1, max_size=4, unique=True))
def test_names_are_read_as_the_reference_writes_them_compressed(
    owner: Labels, ttl_s: int, targets: list[Labels]
) -> None:
    query = query_for(owner, RecordType.PTR)
    response = decode_response(answer_to(query, pointers(owner, ttl_s, *targets)).to_wire())
    assert response.identifier == 4711
    assert response.question == (owner, RecordType.PTR)
    found = find(response, owner, RecordType.PTR)
    expected = {one.to_digestable() for one in map(absolute, targets)}
    assert {absolute(record.name).to_digestable() for record in found.records} == expected
    assert found.ttl_s == ttl_s


@given(names)
def test_a_name_as_text_is_that_of_the_reference(name: Labels) -> None:
    expected = absolute(name).to_text(omit_final_dot=True) if name else ""
    assert name_text(name) == expected
    assert name_text(name).isascii()
    assert name_text(name).isprintable()


@pytest.mark.parametrize(
    ("kind", "text", "packed"),
    [
        (RecordType.A, "192.0.2.1", bytes((192, 0, 2, 1))),
        (RecordType.AAAA, "::1", bytes(15) + b"\x01"),
    ],
)
def test_addresses_are_read(kind: RecordType, text: str, packed: bytes) -> None:
    name = (b"host", b"example")
    found = dns.rrset.from_text(absolute(name), 60, "IN", kind.name, text)
    response = decode_response(answer_to(query_for(name, kind), found).to_wire())
    assert [record.address for record in find(response, name, kind).records] == [packed]


strings = st.lists(st.binary(max_size=255), min_size=1, max_size=STRINGS_MAX)


@given(names, st.lists(strings, min_size=1, max_size=4, unique_by=b"".join))
def test_texts_are_those_of_the_reference(name: Labels, texts: list[list[bytes]]) -> None:
    found = dns.rrset.RRset(absolute(name), IN, dns.rdatatype.TXT)
    for text in texts:
        found.add(dns.rdtypes.ANY.TXT.TXT(IN, dns.rdatatype.TXT, text), 60)
    response = decode_response(answer_to(query_for(name, RecordType.TXT), found).to_wire())
    records = find(response, name, RecordType.TXT).records
    assert sorted(record.text for record in records) == sorted(map(b"".join, texts))


def test_of_a_flood_of_strings_the_first_are_read() -> None:
    name, texts = (b"a",), [str(number).encode() for number in range(10 * STRINGS_MAX)]
    found = dns.rrset.RRset(absolute(name), IN, dns.rdatatype.TXT)
    found.add(dns.rdtypes.ANY.TXT.TXT(IN, dns.rdatatype.TXT, texts), 60)
    response = decode_response(answer_to(query_for(name, RecordType.TXT), found).to_wire())
    assert [record.text for record in response.answers] == [b"".join(texts[:STRINGS_MAX])]


def test_a_text_that_is_longer_than_its_record_is_refused() -> None:
    name = (b"a",)
    found = dns.rrset.from_text(absolute(name), 60, "IN", "TXT", "text")
    wire = answer_to(query_for(name, RecordType.TXT), found).to_wire()
    with pytest.raises(MalformedPacket, match="a TXT record"):
        decode_response(wire.replace(b"\x04text", b"\x05text"))


aliases = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd"), ttls), max_size=4)


@given(aliases, st.sampled_from("abcd"), ttls, st.none() | st.tuples(ttls, ttls), st.booleans())
def test_aliases_and_times_are_those_of_the_reference(
    links: list[tuple[str, str, int]],
    end: str,
    ttl_s: int,
    soa: tuple[int, int] | None,
    is_capital: bool,
) -> None:
    def at(letter: str) -> dns.name.Name:
        return dns.name.from_text(f"{letter}.example")

    query = dns.message.make_query("a.example", "PTR", id=4711)
    answer = dns.message.make_response(query)
    for one, other, time_s in {one: (one, other, time_s) for one, other, time_s in links}.values():
        owner = dns.name.from_text(f"{one.upper() if is_capital else one}.example")
        answer.answer.append(dns.rrset.from_text(owner, time_s, "IN", "CNAME", f"{other}.example."))
    answer.answer.append(pointers(at(end).labels[:-1], ttl_s, (b"host",)))
    if soa is not None:
        text = f"ns.example. root.example. 1 2 3 4 {soa[1]}"
        answer.authority.append(dns.rrset.from_text("example.", soa[0], "IN", "SOA", text))
    response = decode_response(answer.to_wire())
    name = (b"a", b"example")
    try:
        read_by_reference = dns.message.from_wire(answer.to_wire())
        expected = read_by_reference.resolve_chaining()  # type: ignore[attr-defined]
    except dns.message.ChainTooLong:
        with pytest.raises(MalformedPacket, match="without end"):
            find(response, name, RecordType.PTR)
        return
    found = find(response, name, RecordType.PTR)
    assert bool(found.records) == (expected.answer is not None)
    if found.records or soa is not None:
        assert found.ttl_s == expected.minimum_ttl


def test_a_denial_without_a_time_has_none() -> None:
    answer = dns.message.make_response(query_for((b"a",), RecordType.PTR))
    answer.set_rcode(dns.rcode.NXDOMAIN)
    response = decode_response(answer.to_wire())
    assert response.code == ResponseCode.NXDOMAIN
    assert find(response, (b"a",), RecordType.PTR).ttl_s is None


def test_the_zone_of_another_name_says_nothing_of_this_one() -> None:
    answer = dns.message.make_response(query_for((b"a", b"example"), RecordType.PTR))
    text = "ns.example. root.example. 1 2 3 4 5"
    answer.authority.append(dns.rrset.from_text("b.example.", 60, "IN", "SOA", text))
    response = decode_response(answer.to_wire())
    assert find(response, (b"a", b"example"), RecordType.PTR).ttl_s is None


def test_a_time_beyond_all_bounds_is_none() -> None:
    # RFC 2181 8.
    wire = answer_to(query_for((b"a",), RecordType.PTR), pointers((b"a",), 60, (b"b",))).to_wire()
    assert wire.count((60).to_bytes(4, "big")) == 1
    response = decode_response(wire.replace((60).to_bytes(4, "big"), b"\x80\0\0\1"))
    assert find(response, (b"a",), RecordType.PTR).ttl_s == 0


def test_what_is_not_understood_is_left_out() -> None:
    name = (b"a",)
    other = dns.rrset.from_text(absolute(name), 60, "IN", "MX", "10 mail.example.")
    found = pointers(name, 60, (b"b",))
    response = decode_response(answer_to(query_for(name, RecordType.PTR), other, found).to_wire())
    assert [record.kind for record in response.answers] == [RecordType.PTR]


def test_of_a_flood_of_records_the_first_are_read() -> None:
    name = (b"a",)
    many = pointers(name, 60, *((str(number).encode(),) for number in range(10 * RECORDS_MAX)))
    response = decode_response(answer_to(query_for(name, RecordType.PTR), many).to_wire())
    assert len(response.answers) == RECORDS_MAX


def test_a_truncated_answer_is_not_read_further() -> None:
    answer = answer_to(query_for((b"a",), RecordType.PTR), pointers((b"a",), 60, (b"b",)))
    answer.flags |= dns.flags.TC
    response = decode_response(answer.to_wire()[:-2])
    assert response.is_truncated
    assert response.answers == ()


@given(st.binary(max_size=200))
def test_garbage_is_refused(data: bytes) -> None:
    with suppress(MalformedPacket):
        decode_response(data)


@given(st.data())
def test_a_broken_answer_is_refused_or_read(data: st.DataObject) -> None:
    name = (b"core1", b"example")
    wire = bytearray(
        answer_to(
            query_for(name, RecordType.PTR), pointers(name, 60, (b"x", b"example"), (b"y",))
        ).to_wire()
    )
    for _ in range(data.draw(st.integers(1, 4))):
        wire[data.draw(st.integers(0, len(wire) - 1))] = data.draw(st.integers(0, 255))
    broken = bytes(wire[: data.draw(st.integers(0, len(wire)))])
    with suppress(MalformedPacket):
        find(decode_response(broken), name, RecordType.PTR)


HEADER = b"\0\1\x80\0\0\1\0\0\0\0\0\0"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        (b"\xc0\x0c", "leads to itself"),
        (b"\1a\xc0\x0c", "leads to itself"),
        (b"\xc0\x20", "leads to itself"),
        (b"\xc0", "ends within a name"),
        (b"\5abc", "too long"),
        (b"\x40abc", "label of type 1"),
        (b"\x80abc", "label of type 2"),
        (b"\1a" * 128 + b"\0", "too long"),
        (b"\1a", "ends within a name"),
        (b"\0\0", "ends within a record"),
        (b"\0\0\x0c\0\3", "class 3"),
    ],
)
def test_bad_names_are_refused_with_the_reason(name: bytes, problem: str) -> None:
    with pytest.raises(MalformedPacket, match=problem):
        decode_response(HEADER + name)


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (b"\0" * 11, "needs 12 bytes"),
        (b"\0" * 12, "no answer"),
        (b"\0\0\xa8" + b"\0" * 9, "no answer"),
        (b"\0\0\x80" + b"\0" * 9, "0 questions"),
    ],
)
def test_what_is_no_answer_is_refused(header: bytes, problem: str) -> None:
    with pytest.raises(MalformedPacket, match=problem):
        decode_response(header)


def test_names_are_the_same_in_any_case() -> None:
    assert same_name((b"Core1", b"EXAMPLE"), (b"core1", b"example"))
    assert not same_name((b"core1", b"example"), (b"core1.example",))
    assert not same_name(tuple(b"%c" % c for c in string.ascii_letters.encode()), ())


def test_aliases_are_followed_only_so_far() -> None:
    query = dns.message.make_query("0.example", "PTR")
    answer = dns.message.make_response(query)
    for number in range(CHAIN_MAX):
        answer.answer.append(
            dns.rrset.from_text(f"{number}.example.", 60, "IN", "CNAME", f"{number + 1}.example.")
        )
    with pytest.raises(MalformedPacket, match="without end"):
        find(decode_response(answer.to_wire()), (b"0", b"example"), RecordType.PTR)
