"""Where a destination is: an address, and the interface that it is on."""

from __future__ import annotations

import socket
from ipaddress import IPv6Address

from poros_tui.errors import CannotRun, UsageError
from poros_tui.model.probe import IPAddress
from poros_tui.probe.family import Destination


def destination_at(address: IPAddress, zone: str) -> Destination:
    """The host of this address; `zone` is the interface of a link-local IPv6 address, by name or
    index, else empty.

    Raises:
        UsageError: it is no single host, or there is no such interface.
        CannotRun: it is link-local, and no interface is named.
    """
    if address.is_unspecified or address.is_multicast:
        raise UsageError(f"{address} is no single host", "give the address of one")
    if address.version == 4:
        return Destination(address)
    if address.ipv4_mapped is not None:
        raise UsageError(
            f"{address} is an IPv4 address in disguise", f"give it as {address.ipv4_mapped}"
        )
    address = IPv6Address(address.packed)  # the zone is told apart from the address
    if not zone:
        if address.is_link_local:
            raise CannotRun(
                f"{address} is link-local and means another host on every interface",
                f"name the interface, such as {address}%eth0",
            )
        return Destination(address)
    try:
        index = int(zone) if zone.isdecimal() else socket.if_nametoindex(zone)
        socket.if_indextoname(index)
    except (OSError, OverflowError, ValueError) as error:
        names = ", ".join(name for _, name in socket.if_nameindex())
        raise UsageError(f"this machine has no interface {zone!r}", f"it has {names}") from error
    return Destination(address, index)
