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


def address_changes(
    header: IPv4Packet | IPv6Packet, source: IPAddress | None, destination: IPAddress
) -> tuple[Change, Change]:
    """Both addresses, as sent and as quoted."""
    return (
        (RewrittenField.SOURCE_ADDRESS, source, header.source),
        (RewrittenField.DESTINATION_ADDRESS, destination, header.destination),
    )
