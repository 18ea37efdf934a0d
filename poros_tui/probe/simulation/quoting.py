"""What the quote in an error tells of a probe that exists only as numbers.

Its addresses, ports and checksum are made up; what boxes on the way make of them is not. The
checksum follows what it covers as RFC 1624 section 3 has it, without the packet being there.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from itertools import chain
from typing import Final

import msgspec

from poros_tui.model.probe import IPAddress, Protocol
from poros_tui.model.quote import Quote, Rewrite, RewrittenField
from poros_tui.probe.simulation.answer import SimulatedAnswer
from poros_tui.probe.simulation.box import Nat, Passed, Restore
from poros_tui.probe.simulation.twin import ipv6_twin

PROBER: Final = IPv4Address("192.0.2.2")
"""Who sends, and its twin in IPv6."""
LONGEST_QUOTE: Final = {4: 576 - 28, 6: 1280 - 48}
"""RFC 1812 section 4.3.2.3, RFC 4443 section 2.4 (c)."""
LEGACY_QUOTE: Final = 128
"""Where extensions stand behind a quote whose length is not told (RFC 4884 section 5)."""
_HEADER_BYTES: Final = {4: 20, 6: 40}
_LEAST_TRANSPORT: Final = 8
_CHECKSUM_ENDS: Final = {Protocol.ICMP: 4, Protocol.UDP: 8, Protocol.TCP: 18}
"""Bytes of the transport header up to the end of its checksum."""
_ORDER: Final = {
    Protocol.ICMP: (RewrittenField.CHECKSUM, RewrittenField.ICMP_IDENTIFIER),
    Protocol.UDP: (
        RewrittenField.SOURCE_PORT,
        RewrittenField.DESTINATION_PORT,
        RewrittenField.CHECKSUM,
    ),
    Protocol.TCP: (
        RewrittenField.SOURCE_PORT,
        RewrittenField.DESTINATION_PORT,
        RewrittenField.CHECKSUM,
    ),
}
_NUMBERS: Final = frozenset(
    {
        RewrittenField.SOURCE_PORT,
        RewrittenField.DESTINATION_PORT,
        RewrittenField.ICMP_IDENTIFIER,
    }
)
_ADDRESSES: Final = (RewrittenField.SOURCE_ADDRESS, RewrittenField.DESTINATION_ADDRESS)
Fields = dict[RewrittenField, int | IPAddress]


class SentProbe(msgspec.Struct, frozen=True, kw_only=True):
    """A probe as it left."""

    protocol: Protocol
    destination: IPAddress
    fields: Fields
    """All that a NAT may rewrite and a raw socket knows the sent value of."""
    size: int
    """Bytes, IP header included."""
    traffic_class: int
    """The byte of DSCP and ECN."""


def sent_fields(
    protocol: Protocol,
    destination: IPAddress,
    *,
    ports: tuple[int, int],
    checksum: int,
    identification: int | None = None,
    source: IPAddress | None = None,
) -> Fields:
    """The fields of a probe.

    Args:
        protocol: what it is made of.
        destination: where it goes.
        ports: source and destination; of an echo request its identifier and nothing.
        checksum: that of ICMP, UDP or TCP.
        identification: IPv4's, None where it is not known.
        source: without, it is made up.
    """
    if source is None:
        source = PROBER if destination.version == 4 else ipv6_twin(PROBER)
    fields: Fields = {
        RewrittenField.SOURCE_ADDRESS: source,
        RewrittenField.DESTINATION_ADDRESS: destination,
        RewrittenField.CHECKSUM: checksum,
    }
    if protocol is Protocol.ICMP:
        fields[RewrittenField.ICMP_IDENTIFIER] = ports[0]
    else:
        fields[RewrittenField.SOURCE_PORT], fields[RewrittenField.DESTINATION_PORT] = ports
    if identification is not None:
        fields[RewrittenField.IP_IDENTIFICATION] = identification
    return fields


def quote_of(answer: SimulatedAnswer, sent: SentProbe) -> Quote | None:
    """What an error quotes of a probe; None of an answer that is no error."""
    if not answer.message.is_error:
        return None
    family = sent.destination.version
    length = _length(answer, sent, family)
    rewrites: tuple[Rewrite, ...] = ()
    traffic_class = sent.traffic_class
    if answer.passed:
        quoted = _quoted_fields(answer.passed, sent, family)
        rewrites = tuple(
            Rewrite(field, sent.fields[field], quoted[field])
            for field in _visible(sent.protocol, length - _HEADER_BYTES[family])
            if field in quoted and quoted[field] != sent.fields[field]
        )
        for _, box in answer.passed:
            if box.dscp is not None:
                traffic_class = box.dscp << 2 | traffic_class & 0b11
            if box.ecn is not None:
                traffic_class = traffic_class & ~0b11 | box.ecn
    return Quote(
        length=length,
        ttl=answer.quoted_ttl,
        traffic_class=traffic_class,
        sent_traffic_class=sent.traffic_class,
        rewrites=rewrites,
    )


def _length(answer: SimulatedAnswer, sent: SentProbe, family: int) -> int:
    most = LONGEST_QUOTE[family]
    if answer.quote_bytes is not None:
        most = max(answer.quote_bytes, _HEADER_BYTES[family] + _LEAST_TRANSPORT)
    if answer.extensions and not answer.tells_quote_length:
        most = min(most, LEGACY_QUOTE)
    return min(sent.size, most, answer.fragment_bytes or most)


def _visible(protocol: Protocol, transport_bytes: int) -> tuple[RewrittenField, ...]:
    """The fields that are quoted, in the order of the packet."""
    fields = (RewrittenField.IP_IDENTIFICATION, *_ADDRESSES, *_ORDER[protocol])
    if transport_bytes < _CHECKSUM_ENDS[protocol]:
        return tuple(field for field in fields if field is not RewrittenField.CHECKSUM)
    return fields


def _quoted_fields(passed: tuple[Passed, ...], sent: SentProbe, family: int) -> Fields:
    """As it got there, and then as the NATs let the error home, the last one first."""
    fields = sent.fields
    translated: list[tuple[Nat, Fields, Fields]] = []
    for box in passed:
        if box.box.nat is not None:
            before, fields = fields, _translated(fields, box, box.box.nat, sent.protocol, family)
            translated.append((box.box.nat, before, fields))
    for nat, before, after in reversed(translated):
        fields = _restored(fields, nat, before, after, sent.protocol)
    return fields


def _translated(fields: Fields, box: Passed, nat: Nat, protocol: Protocol, family: int) -> Fields:
    changed: Fields = {}
    addresses = (nat.new_source(family), nat.new_destination(family))
    for field, address in zip(_ADDRESSES, addresses, strict=True):
        if address is not None:
            changed[field] = address
    for field, is_changed in (
        (RewrittenField.SOURCE_PORT, nat.port),
        (RewrittenField.ICMP_IDENTIFIER, nat.identifier),
        (RewrittenField.IP_IDENTIFICATION, nat.identification),
    ):
        number = fields.get(field)
        if is_changed and isinstance(number, int):
            changed[field] = box.translated(number)
    return _with_checksum({**fields, **changed}, fields, protocol)


def _restored(
    fields: Fields, nat: Nat, before: Fields, after: Fields, protocol: Protocol
) -> Fields:
    """A NAT knows the packet by what it made of it: where another has not translated it back, it
    does not."""
    known = [field for field in after if field in _NUMBERS or field in _ADDRESSES]
    if nat.restore is Restore.NOTHING or any(fields[field] != after[field] for field in known):
        return fields
    restored = {**fields, **{field: before[field] for field in known}}
    return _with_checksum(restored, fields, protocol) if nat.restore is Restore.ALL else restored


def _with_checksum(fields: Fields, old: Fields, protocol: Protocol) -> Fields:
    """The fields with the checksum that they have when `old` had the right one."""
    # ICMP for IPv4 has no pseudo-header.
    is_4 = isinstance(fields[RewrittenField.SOURCE_ADDRESS], IPv4Address)
    has_pseudo_header = protocol is not Protocol.ICMP or not is_4
    covered = [
        field
        for field in fields
        if field in _NUMBERS or (field in _ADDRESSES and has_pseudo_header)
    ]
    total = 0xFFFF ^ int(old[RewrittenField.CHECKSUM])
    for word in chain.from_iterable(_words(old[field]) for field in covered):
        total += 0xFFFF ^ word
    for word in chain.from_iterable(_words(fields[field]) for field in covered):
        total += word
    checksum = 0xFFFF - total % 0xFFFF
    if checksum == 0xFFFF and protocol is not Protocol.UDP:
        checksum = 0  # UDP alone writes 0xFFFF: its 0 means that there is none (RFC 768)
    return {**fields, RewrittenField.CHECKSUM: checksum}


def _words(value: int | IPAddress) -> tuple[int, ...]:
    if isinstance(value, int):
        return (value,)
    packed = value.packed
    return tuple(int.from_bytes(packed[at : at + 2], "big") for at in range(0, len(packed), 2))
