"""What cannot be, however it is sent: refused when the destination is known, before a packet is.

What one kind of socket alone cannot do is refused where that is opened.
"""

from __future__ import annotations

from poros_tui.errors import UsageError
from poros_tui.model.probe import Multipath, Protocol
from poros_tui.packets.greetings import WORD_BYTES
from poros_tui.probe.family import Destination
from poros_tui.probe.first_link import first_link, is_broadcast, is_loopback
from poros_tui.probe.outgoing import HEADER_BYTES, NONCE_BYTES, Outgoing


def refuse_impossible(
    outgoing: Outgoing, destination: Destination, protocol: Protocol | None
) -> None:
    """Let pass what can be sent to this destination. `protocol` None: ICMP or UDP.

    Raises:
        UsageError: naming the option that cannot be had, and what can.
    """
    refuse_multipath(outgoing, protocol)
    _check_size(outgoing, destination, protocol)
    _check_destination(outgoing, destination)
    _check_source(outgoing, destination)
    _check_interface(outgoing, destination)
    _check_first_link(outgoing, destination)


def refuse_multipath(outgoing: Outgoing, protocol: Protocol | None) -> None:
    """Let pass what this protocol can be like to load balancers.

    Raises:
        UsageError: this it cannot.
    """
    if outgoing.multipath is Multipath.DUBLIN and protocol is not Protocol.UDP:
        raise UsageError(
            "--multipath dublin is for UDP probes", "add --udp, or use --multipath paris"
        )


def _check_size(outgoing: Outgoing, destination: Destination, protocol: Protocol | None) -> None:
    size, version = outgoing.size, destination.family.version
    if size is None or protocol is Protocol.TCP:  # whose sizes are those of its raw sockets
        return
    least, what = HEADER_BYTES[version], f"the IPv{version} headers"
    if outgoing.pattern:
        least += NONCE_BYTES + len(outgoing.pattern)
        what += f", {NONCE_BYTES} random bytes and the pattern"
    if size < least:
        raise UsageError(f"--size {size} has no room for {what}", f"give {least} bytes or more")
    if protocol is Protocol.UDP and size < (least := HEADER_BYTES[version] + len(outgoing.content)):
        raise UsageError(
            f"--size {size} has no room for --payload-hex",
            f"give {least} bytes or more, or leave it out",
        )
    is_alike = outgoing.multipath in (Multipath.PARIS, Multipath.DUBLIN)
    words = 2 if outgoing.multipath is Multipath.DUBLIN else 1
    if is_alike and size < (least := HEADER_BYTES[version] + words * WORD_BYTES):
        raise UsageError(
            f"--size {size} has no room for what --multipath {outgoing.multipath} needs",
            f"give {least} bytes or more, or use --multipath classic",
        )


def _check_destination(outgoing: Outgoing, destination: Destination) -> None:
    if is_broadcast(destination.address, outgoing.interface):
        raise UsageError(
            f"{destination.address} is the address of many hosts",
            "give that of one: a path has one end",
        )


def _check_source(outgoing: Outgoing, destination: Destination) -> None:
    source, address = outgoing.source, destination.address
    if source is None:
        return
    if source.version != address.version:
        raise UsageError(
            f"--source {source} is IPv{source.version}, and {address} is IPv{address.version}",
            f"give an IPv{address.version} source",
        )
    if is_broadcast(source):  # the kernel would send from it
        raise UsageError(f"--source {source} is no single host", "give an address of yours")
    if source.is_loopback and not _is_here(destination):
        raise UsageError(
            f"--source {source} is known to this machine alone, and {address} is elsewhere",
            "give an address that answers can come back to",
        )


def _check_interface(outgoing: Outgoing, destination: Destination) -> None:
    name = outgoing.interface
    if name is not None and is_loopback(name) and not _is_here(destination):
        raise UsageError(
            f"--interface: {name} leads to this machine alone, "
            f"and {destination.address} is elsewhere",
            "name another",
        )


def _is_here(destination: Destination) -> bool:
    """Whether the destination is this machine. Without a route it is not known to be elsewhere."""
    link = first_link(destination)
    return link is None or is_loopback(link.interface)


def _check_first_link(outgoing: Outgoing, destination: Destination) -> None:
    if not outgoing.dont_fragment or outgoing.size is None:
        return
    link = first_link(destination, source=outgoing.source, interface=outgoing.interface)
    if link is not None and outgoing.size > link.mtu:
        raise UsageError(
            f"--size {outgoing.size} is more than {link.interface} takes, {link.mtu} bytes",
            "give a smaller size, or leave out --dont-fragment",
        )
