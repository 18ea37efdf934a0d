"""IPv6 addresses for nodes that were given IPv4 addresses only."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Final

_TWIN_PREFIX: Final = int(IPv6Address("2001:db8::"))


def ipv6_twin(address: IPv4Address) -> IPv6Address:
    """The IPv6 address of a node that was given none: 2001:db8:: with `address` at its end."""
    return IPv6Address(_TWIN_PREFIX | int(address))
