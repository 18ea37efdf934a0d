"""What a quoted header tells of the probe's way, for the sockets that hear it. Pure."""

from __future__ import annotations

from poros_tui.model.probe import IPAddress
from poros_tui.model.quote import Quote, Rewrite, RewrittenField
from poros_tui.packets.ipv4 import IPv4Packet
from poros_tui.packets.ipv6 import IPv6Packet

Change = tuple[RewrittenField, int | IPAddress | None, int | IPAddress]
"""A field, what was sent in it (None: not known) and what is quoted."""


def quote_of(
    header: IPv4Packet | IPv6Packet,
    *,
    datagram_bytes: int,
    quoted_bytes: int,
    sent_traffic_class: int,
    changes: tuple[Change, ...],
) -> Quote:
    """What there is to tell.

    Args:
        header: the quoted one.
        datagram_bytes: of the quote from its IP header on, with what pads it.
        quoted_bytes: of what stands behind the quoted IP header and was sent.
        sent_traffic_class: 0 to 255.
        changes: the fields to look at, in the order of the packet.
    """
    rewrites = [
        Rewrite(field, sent, quoted)
        for field, sent, quoted in changes
        if sent is not None and sent != quoted
    ]
    return Quote(
        length=datagram_bytes - len(header.payload) + quoted_bytes,
        ttl=header.ttl,
        traffic_class=header.traffic_class,
        sent_traffic_class=sent_traffic_class,
        rewrites=tuple(rewrites),
    )


def header_changes(
    header: IPv4Packet | IPv6Packet,
    source: IPAddress | None,
    destination: IPAddress,
    *,
    is_atomic: bool = False,
    label: int = 0,
) -> tuple[Change, ...]:
    """What can be told of the IP header: both addresses, and what is known of the rest.

    Args:
        header: the quoted one.
        source: that it was sent from, None where it is not known.
        destination: that it was sent to.
        is_atomic: whether nobody may part it (IPv4): of such packets Linux leaves the
            identification at 0 (RFC 6864 section 4.1), of all others it makes one up.
        label: the flow label it was sent with (IPv6); 0: the kernel's, which is not known.
    """
    rest: tuple[Change, ...] = ()
    if isinstance(header, IPv6Packet) and label:
        rest = ((RewrittenField.FLOW_LABEL, label, header.flow_label),)
    elif isinstance(header, IPv4Packet) and is_atomic:
        rest = ((RewrittenField.IP_IDENTIFICATION, 0, header.identification),)
    return (
        *rest,
        (RewrittenField.SOURCE_ADDRESS, source, header.source),
        (RewrittenField.DESTINATION_ADDRESS, destination, header.destination),
    )
