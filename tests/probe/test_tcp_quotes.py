"""What raw TCP probes believe of a quote: as it was sent, rewritten by a NAT, or by a forger."""

from __future__ import annotations

from ipaddress import IPv4Address

import msgspec
import pytest

from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import Multipath
from poros_tui.model.quote import RewrittenField
from poros_tui.model.stray import Stray, StrayKind
from poros_tui.packets.tcp import with_checksum
from poros_tui.probe.errqueue import Received
from poros_tui.probe.family import Destination
from poros_tui.probe.source_ports import SourcePorts
from poros_tui.probe.tcp import TcpProbes
from poros_tui.probe.transport import Answer, TransportEvent
from tests.packets import build

OURS, TARGET, NAT = "10.0.0.1", "10.9.9.9", "100.64.0.9"
READ_AT = ClockReading(2_000, 1_000)
KEY, SOURCE_PORT, OTHER_PORT = 5, 45000, 46000


def probes() -> TcpProbes:
    return TcpProbes(
        destination=Destination(IPv4Address(TARGET)),
        source=IPv4Address(OURS),
        port=80,
        source_ports=SourcePorts(SOURCE_PORT),
        multipath=Multipath.PARIS,
        size=None,
    )


def heard(
    dialect: TcpProbes, segment: bytes, *, source: str = OURS, target: str = TARGET
) -> TransportEvent | None:
    """Time exceeded that quotes this segment between these addresses."""
    quote = build.ipv4(segment, source=source, destination=target, protocol=6)
    packet = build.ipv4(build.icmp(11, 0, payload=quote), source="10.0.5.5", destination=OURS)
    received = Received(
        data=packet, address=None, port=0, stamp_ns=1_500, ttl=None, local=None, error=None
    )
    return dialect.read_icmp(received, READ_AT)


def from_port(segment: bytes, port: int) -> bytes:
    return port.to_bytes(2, "big") + segment[2:]


def summed(segment: bytes, source: str, target: str = TARGET) -> bytes:
    return with_checksum(segment, IPv4Address(source), IPv4Address(target))


def rewritten(event: TransportEvent | None) -> set[RewrittenField]:
    assert isinstance(event, Answer)
    assert event.key == KEY
    assert event.quote is not None
    return {rewrite.field for rewrite in event.quote.rewrites}


def is_foreign(event: TransportEvent | None) -> bool:
    return isinstance(event, Stray) and event.reason.kind is StrayKind.FOREIGN


@pytest.mark.parametrize("length", [8, 16, 20, None])
def test_what_was_sent_is_believed_however_little_is_quoted(length: int | None) -> None:
    dialect = probes()
    assert rewritten(heard(dialect, dialect.packet(KEY)[:length])) == set()


def test_zeros_behind_a_short_quote_are_no_checksum() -> None:
    dialect = probes()
    event = heard(dialect, dialect.packet(KEY)[:8].ljust(108, b"\0"))
    assert rewritten(event) == set()
    assert isinstance(event, Answer)
    assert event.quote is not None
    assert event.quote.length == 28


def test_a_nat_that_repairs_the_checksum_is_believed_and_told() -> None:
    dialect = probes()
    segment = dialect.packet(KEY)
    assert rewritten(heard(dialect, summed(segment, NAT), source=NAT)) == {
        RewrittenField.SOURCE_ADDRESS,
        RewrittenField.CHECKSUM,
    }
    ported = summed(from_port(segment, OTHER_PORT), NAT)
    assert rewritten(heard(dialect, ported, source=NAT)) == {
        RewrittenField.SOURCE_ADDRESS,
        RewrittenField.SOURCE_PORT,
        RewrittenField.CHECKSUM,
    }


def test_a_nat_that_translates_back_all_but_the_checksum_is_told_by_that() -> None:
    dialect = probes()
    assert rewritten(heard(dialect, summed(dialect.packet(KEY), NAT))) == {RewrittenField.CHECKSUM}


def test_changes_that_no_checksum_goes_with_are_foreign() -> None:
    dialect = probes()
    segment = dialect.packet(KEY)
    assert is_foreign(heard(dialect, from_port(segment, OTHER_PORT)))
    assert is_foreign(heard(dialect, segment[:2] + b"\x40\x50" + segment[4:]))
    assert is_foreign(heard(dialect, segment, source=NAT))
    assert is_foreign(heard(dialect, segment, target="10.9.9.8"))
    # Too short a quote to have a checksum proves nothing.
    assert is_foreign(heard(dialect, summed(segment, NAT)[:8], source=NAT))


def test_an_error_about_another_programs_segment_is_none_of_ours() -> None:
    dialect = probes()
    segment = dialect.packet(KEY)
    others = summed(segment[:4] + b"\0\0\0\0" + segment[8:], OURS, "10.9.9.8")
    assert heard(dialect, others, target="10.9.9.8") is None


def test_nor_is_one_about_another_trace_of_the_same_destination() -> None:
    """Two sessions side by side, say. Their ranges of ports may overlap."""
    dialect, other = probes(), probes()
    dialect.packet(KEY)
    segment = other.packet(KEY, flow=7)
    assert heard(dialect, segment) is None
    dialect.packet(KEY + 1, flow=7)
    assert is_foreign(heard(dialect, segment))


def test_another_sequence_number_is_foreign_whatever_else_is_right() -> None:
    dialect = probes()
    segment = dialect.packet(KEY)
    assert is_foreign(heard(dialect, summed(segment[:4] + b"\0\0\0\0" + segment[8:], OURS)))


def with_options(segment: bytes, options: bytes) -> bytes:
    return segment[:20] + options + segment[20 + len(options) :]


CLAMPED = b"\x02\x04\x04\xb0"
"""Maximum segment size 1200."""


def values(event: TransportEvent | None) -> dict[RewrittenField, tuple[object, object]]:
    assert isinstance(event, Answer)
    assert event.quote is not None
    return {rewrite.field: (rewrite.sent, rewrite.quoted) for rewrite in event.quote.rewrites}


def test_a_clamped_segment_size_accounts_for_the_checksum_and_is_no_nat() -> None:
    dialect = probes()
    segment = summed(with_options(dialect.packet(KEY), CLAMPED), OURS)
    event = heard(dialect, segment)
    assert values(event) == {RewrittenField.MAXIMUM_SEGMENT_SIZE: (1460, 1200)}
    stripped = summed(with_options(dialect.packet(KEY), b"\x01" * 20), OURS)
    assert values(heard(dialect, stripped)) == {
        RewrittenField.MAXIMUM_SEGMENT_SIZE: (1460, 0),
        RewrittenField.TCP_OPTIONS: (16, 1),
    }


def test_a_nat_may_clamp_the_segment_size_too() -> None:
    dialect = probes()
    segment = from_port(with_options(dialect.packet(KEY), CLAMPED), OTHER_PORT)
    assert rewritten(heard(dialect, summed(segment, NAT), source=NAT)) == {
        RewrittenField.SOURCE_ADDRESS,
        RewrittenField.SOURCE_PORT,
        RewrittenField.CHECKSUM,
        RewrittenField.MAXIMUM_SEGMENT_SIZE,
    }
    assert is_foreign(heard(dialect, segment, source=NAT))


def test_a_checksum_that_the_options_do_not_account_for_is_told() -> None:
    dialect = probes()
    segment = summed(with_options(dialect.packet(KEY), CLAMPED), NAT)
    assert rewritten(heard(dialect, segment)) == {
        RewrittenField.CHECKSUM,
        RewrittenField.MAXIMUM_SEGMENT_SIZE,
    }


def test_the_identification_is_known_where_nobody_may_part_the_probe() -> None:
    for is_atomic, fields in ((False, set()), (True, {RewrittenField.IP_IDENTIFICATION})):
        dialect = msgspec.structs.replace(probes(), is_atomic=is_atomic)
        segment = dialect.packet(KEY)
        quote = bytearray(build.ipv4(segment, source=OURS, destination=TARGET, protocol=6))
        quote[4:6] = b"\x12\x34"
        packet = build.ipv4(
            build.icmp(11, 0, payload=bytes(quote)), source="10.0.5.5", destination=OURS
        )
        received = Received(
            data=packet, address=None, port=0, stamp_ns=1_500, ttl=None, local=None, error=None
        )
        assert rewritten(dialect.read_icmp(received, READ_AT)) == fields
