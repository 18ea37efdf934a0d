"""What differs between IPv4 and IPv6 for a socket: the numbers of options, and addresses.

The option numbers that Python does not export are Linux's (uapi/linux/in.h and in6.h).
"""

from __future__ import annotations

import socket
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from struct import Struct
from typing import Final

import msgspec

from poros_tui.model.probe import IPAddress

SocketAddress = tuple[str, int] | tuple[str, int, int, int]
Ancillary = tuple[int, int, bytes]

_INT: Final = Struct("i")


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """The socket options of one IP version."""

    version: int
    """4 or 6."""
    address_family: int
    icmp_protocol: int
    level: int
    set_ttl: int
    """Ancillary type that gives a packet its TTL or hop limit."""
    usual_ttl: int
    """Option: the TTL or hop limit of what is sent without that."""
    receive_ttl: int
    """Option: tell the TTL of what comes, as ancillary data of `ttl_told` type."""
    ttl_told: int
    receive_packet_info: int
    """Option: tell which of our addresses a packet came to, as data of `packet_info_told` type."""
    packet_info_told: int
    packet_info_address: slice
    """Where in that data the address is."""
    path_mtu_discovery: int
    """Option: whether what is sent may be fragmented."""
    never_fragment: int | None
    """Option: this machine does not part what it sends either; None: that is decided with
    `path_mtu_discovery`."""
    traffic_class: int
    """Option: the byte of DSCP and ECN in what is sent."""
    receive_errors: int
    """Option, and ancillary type: ICMP errors come through the error queue."""
    receive_extensions_place: int
    """Option: tell where in such an error its extensions begin (Linux 5.9)."""
    header_bytes: int
    """Of an IP header as our probes have it, without options."""

    def ttl(self, ttl: int) -> Ancillary:
        """Ancillary data for sendmsg that gives one packet its TTL, 1 to 255."""
        return (self.level, self.set_ttl, _INT.pack(ttl))


IPV4: Final = Family(
    version=4,
    address_family=socket.AF_INET,
    icmp_protocol=socket.IPPROTO_ICMP,
    level=socket.IPPROTO_IP,
    set_ttl=socket.IP_TTL,
    usual_ttl=socket.IP_TTL,
    receive_ttl=12,  # IP_RECVTTL
    ttl_told=socket.IP_TTL,
    receive_packet_info=8,  # IP_PKTINFO
    packet_info_told=8,
    packet_info_address=slice(8, 12),
    traffic_class=socket.IP_TOS,
    path_mtu_discovery=10,  # IP_MTU_DISCOVER
    never_fragment=None,
    receive_errors=11,  # IP_RECVERR
    receive_extensions_place=26,  # IP_RECVERR_RFC4884
    header_bytes=20,
)
IPV6: Final = Family(
    version=6,
    address_family=socket.AF_INET6,
    icmp_protocol=socket.IPPROTO_ICMPV6,
    level=socket.IPPROTO_IPV6,
    set_ttl=socket.IPV6_HOPLIMIT,
    usual_ttl=socket.IPV6_UNICAST_HOPS,
    receive_ttl=socket.IPV6_RECVHOPLIMIT,
    ttl_told=socket.IPV6_HOPLIMIT,
    receive_packet_info=socket.IPV6_RECVPKTINFO,
    packet_info_told=socket.IPV6_PKTINFO,
    packet_info_address=slice(0, 16),
    traffic_class=socket.IPV6_TCLASS,
    path_mtu_discovery=23,  # IPV6_MTU_DISCOVER
    never_fragment=62,  # IPV6_DONTFRAG
    receive_errors=25,  # IPV6_RECVERR
    receive_extensions_place=31,  # IPV6_RECVERR_RFC4884
    header_bytes=40,
)
FAMILIES: Final = {4: IPV4, 6: IPV6}


class Destination(msgspec.Struct, frozen=True):
    """Where the probes go."""

    address: IPAddress
    """Without a zone: that is `scope_id`."""
    scope_id: int = 0
    """Index of the interface of a link-local IPv6 address, else 0."""

    @property
    def family(self) -> Family:
        """The IP version of the address."""
        return FAMILIES[self.address.version]

    def socket_address(self, port: int = 0, label: int = 0) -> SocketAddress:
        """The address in the form that sendmsg takes. `label` is an IPv6 flow label, 0: the
        kernel's choice."""
        if self.address.version == 4:
            return (str(self.address), port)
        return (str(self.address), port, label, self.scope_id)


def address_of(name: SocketAddress) -> IPAddress:
    """The address in what recvmsg calls the sender, without a zone."""
    return _address_of_host(name[0])


@lru_cache(maxsize=1024)
def _address_of_host(host: str) -> IPAddress:
    """The same few come again and again."""
    bare = host.partition("%")[0]
    return IPv6Address(bare) if ":" in bare else IPv4Address(bare)
