"""What an ICMP error tells of the probe as it arrived: evidence of what happened on the way."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address

import msgspec


class RewrittenField(StrEnum):
    """A field of the probe that somebody on the way changed."""

    SOURCE_ADDRESS = "source address"
    DESTINATION_ADDRESS = "destination address"
    SOURCE_PORT = "source port"
    DESTINATION_PORT = "destination port"
    ICMP_IDENTIFIER = "ICMP identifier"
    IP_IDENTIFICATION = "IP identification"
    CHECKSUM = "checksum"
    FLOW_LABEL = "flow label"
    TCP_WINDOW = "TCP window"
    URGENT_POINTER = "urgent pointer"
    MAXIMUM_SEGMENT_SIZE = "maximum segment size"
    """Of a TCP SYN, in bytes; 0 where the option is gone."""
    TCP_OPTIONS = "bytes of other TCP options as sent"
    """How many of those behind the maximum segment size are what they were."""


class Rewrite(msgspec.Struct, frozen=True):
    """One field that is quoted with another value than it was sent with."""

    field: RewrittenField
    sent: int | IPv4Address | IPv6Address
    quoted: int | IPv4Address | IPv6Address


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """The probe as the router quotes it. Only who hears the quoted IP header has one."""

    length: int
    """Bytes of the probe that are quoted, IP header included, without padding and extensions as
    far as these are told."""
    ttl: int
    """TTL or hop limit in the quoted header: 1 (or 0) where the TTL ran out as it should."""
    traffic_class: int
    """The byte of DSCP and ECN in the quoted header."""
    sent_traffic_class: int
    """What it was when it left."""
    rewrites: tuple[Rewrite, ...] = ()
    """In the order of the packet."""
