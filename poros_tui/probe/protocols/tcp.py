"""TCP SYNs: half-open on raw sockets, or as connections that are asked for and given up."""

from __future__ import annotations

import socket
from typing import Final

import msgspec

from poros_tui.errors import CannotRun, PorosError, UsageError
from poros_tui.model.probe import IPAddress, Multipath
from poros_tui.packets.tcp import HEADER_BYTES, PROTOCOL_TCP
from poros_tui.probe.ear import Ear
from poros_tui.probe.error_filters import SOURCE_PORT_AT, Ports, hear_errors
from poros_tui.probe.family import Destination, Family, address_of
from poros_tui.probe.filters import forget_heard, hear_nothing
from poros_tui.probe.flow_labels import FlowLabels
from poros_tui.probe.outgoing import Outgoing
from poros_tui.probe.rung import MakeTransport, RawRung, UserRung, over_shared_socket
from poros_tui.probe.sockets import open_raw, open_tcp, send_error_words
from poros_tui.probe.source_ports import FLOWS, reserve
from poros_tui.probe.stamps import SendStamps, stamp_arrivals
from poros_tui.probe.tcp import TcpProbes
from poros_tui.probe.tcp_filters import hear_segments
from poros_tui.probe.transport import ProbeTransport

DEFAULT_PORT: Final = 80
_DISCARD: Final = 9
"""A UDP socket is connected to it to learn the source address; nothing is sent."""

_NOTE: Final = (
    "each probe is a flow of its own, an open port sees connections come and go, and what takes "
    "more than 0.95 s is not heard"
)


class _RawSockets(msgspec.Struct, frozen=True):
    segments: socket.socket
    """Sends, and hears TCP."""
    errors: socket.socket
    """Hears ICMP."""
    stamps: SendStamps

    def copy(self) -> _RawSockets:
        segments, errors = self.segments.dup(), self.errors.dup()
        return _RawSockets(segments, errors, SendStamps(segments))

    def close(self) -> None:
        self.segments.close()
        self.errors.close()


def _open_early(family: Family, outgoing: Outgoing) -> _RawSockets:
    segments = open_raw(family, outgoing, PROTOCOL_TCP)
    try:
        hear_nothing(segments)
        errors = open_raw(family, outgoing)
    except (OSError, PorosError):
        segments.close()
        raise
    hear_nothing(errors)
    stamp_arrivals(errors)
    return _RawSockets(segments, errors, SendStamps(segments))


def _open_raw(destination: Destination, outgoing: Outgoing, raw: _RawSockets) -> MakeTransport:
    _check(destination.family, outgoing)
    family, port = destination.family, outgoing.port or DEFAULT_PORT
    source = _bind_source(raw.segments, destination, outgoing)
    ports, reserved = reserve(destination, outgoing)
    try:
        outgoing.prepare_size(raw.segments, family)
        hear_segments(raw.segments, destination, port, ports)
        quoted = Ports(protocol=PROTOCOL_TCP, at=SOURCE_PORT_AT, first=ports.first, count=FLOWS)
        hear_errors(raw.errors, destination, quoted)
        for sock in (raw.segments, raw.errors):
            forget_heard(sock)
    except OSError:
        reserved.close()
        raise
    probes = TcpProbes(
        destination=destination,
        source=source,
        port=port,
        source_ports=ports,
        multipath=outgoing.multipath or Multipath.PARIS,
        size=outgoing.size,
        traffic_class=outgoing.dscp << 2,
        is_atomic=outgoing.dont_fragment,
        labels=FlowLabels(raw.segments, destination) if family.version == 6 else None,
    )
    ears = [Ear(raw.errors, probes.read_icmp)]

    def bind_anew() -> None:
        probes.source = _bind_as_routed(raw.segments, destination, outgoing)

    return over_shared_socket(
        raw.segments,
        family,
        probes,
        raw.stamps,
        ears,
        [reserved],
        bind_anew if outgoing.source is None else None,
    )


def _check(family: Family, outgoing: Outgoing) -> None:
    """Refuse what a SYN can't have.

    Raises:
        UsageError: a size below that of its headers, or a pattern.
    """
    if outgoing.pattern:
        raise UsageError(
            "TCP probes have no payload to put a --pattern into", "leave it out, or use --udp"
        )
    least = family.header_bytes + HEADER_BYTES
    if outgoing.size is not None and outgoing.size < least:
        raise UsageError(
            f"--size {outgoing.size} has no room for the IPv{family.version} and TCP headers",
            f"give {least} bytes or more",
        )


def _bind_source(sock: socket.socket, destination: Destination, outgoing: Outgoing) -> IPAddress:
    """Give the raw socket the address that the kernel would send from now.

    Raises:
        CannotRun: there is none.
        UsageError: the one that is wanted is not ours.
    """
    if outgoing.source is not None:
        outgoing.bind(sock, destination)
        return outgoing.source
    try:
        return _bind_as_routed(sock, destination, outgoing)
    except OSError as error:
        raise CannotRun(
            f"nothing can be sent to {destination.address}: {send_error_words(error)}"
        ) from error


def _bind_as_routed(sock: socket.socket, destination: Destination, outgoing: Outgoing) -> IPAddress:
    """Give the raw socket the address that the kernel would send from now.

    Raises:
        OSError: there is none.
        UsageError: the interface that is wanted has none, is down, or is gone.
    """
    family = destination.family
    with socket.socket(family.address_family, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as asked:
        outgoing.prepare(asked, family)
        asked.connect(destination.socket_address(_DISCARD))
        host, _, *scope = asked.getsockname()
    sock.bind((host, 0, *scope))
    return address_of((host, 0))


def _open_connecting(destination: Destination, outgoing: Outgoing) -> MakeTransport:
    _check_connecting(outgoing)
    keeper = open_tcp(destination, outgoing)
    settling = stamp_arrivals(keeper)

    def make() -> ProbeTransport:
        from poros_tui.probe.connecting import Connecting

        port = outgoing.port or DEFAULT_PORT
        return Connecting(destination, port, outgoing, keeper, settling)

    return make


def _check_connecting(outgoing: Outgoing) -> None:
    """Refuse what the kernel's own SYNs can't have.

    Raises:
        UsageError: naming the nearest thing that can.
    """
    own_port = "each has a source port of its own"
    for option, is_wanted, reason in (
        ("--multipath paris", outgoing.multipath is Multipath.PARIS, own_port),
        ("--source-port", outgoing.source_port is not None, own_port),
        ("--size", outgoing.size is not None, "the kernel makes them"),
        ("--pattern", bool(outgoing.pattern), "they have no payload"),
    ):
        if is_wanted:
            raise UsageError(
                f"{option} is not for TCP probes without raw sockets: {reason}",
                "use --udp" if option == "--pattern" else "run it with sudo, or use --udp",
            )


RAW = RawRung(name="raw sockets", open_early=_open_early, open=_open_raw)
USER = UserRung(
    name="TCP connect", note=_NOTE, open=_open_connecting, keeps_flow=False, shows_packets=False
)
