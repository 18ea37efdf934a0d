"""One connect() as one probe, on a socket of its own.

What the kernel gives back for it (measured on Linux 6.18):

* ICMP errors through the error queue (IP_RECVERR), with offender, TTL, receive stamp and
  extensions. The quote begins with the TCP header; the kernel has matched it by addresses, ports
  and sequence number.
* A SYN-ACK connects. The round trip is the kernel's own measure (TCP_INFO, tcpi_rtt), and the
  connection is reset at once (SO_LINGER 0): the listener has seen it come and go. The other side
  may have closed or reset it before that is read: the state and tcpi_rtt still tell of the SYN-ACK,
  and the round trip stays that of the SYN, as nothing else was sent.
* A RST to the SYN refuses (ECONNREFUSED). No stamp of it can be had: the time of waking stands in.

No send stamp of a SYN can be had either: SO_TIMESTAMPING with OPT_ID is EINVAL before there is a
connection, and without it data alone is stamped. The clock is read right before connect().
"""

from __future__ import annotations

import errno
import os
import select
import socket
from typing import Final

import msgspec

from poros_tui.errors import PorosError, SendError
from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import IPAddress
from poros_tui.model.stray import Stray, StrayReason
from poros_tui.probe.clock import read_clocks
from poros_tui.probe.errqueue import (
    MSG_ERRQUEUE,
    Origin,
    Received,
    receive,
    split_queued_quote,
)
from poros_tui.probe.family import Destination, address_of
from poros_tui.probe.outgoing import Outgoing
from poros_tui.probe.sockets import open_tcp, send_error_words
from poros_tui.probe.tcp_info import tcp_info
from poros_tui.probe.transport import Answer, LocalFailure, TransportEvent
from poros_tui.probe.verdict import answer_of_destination, answer_of_error

_RESET: Final = (errno.ECONNRESET, errno.EPIPE)
"""By the other side, after its SYN-ACK, and after its SYN-ACK and its FIN."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A connection that is asked for."""

    key: int
    destination: Destination
    socket: socket.socket
    source: IPAddress
    sent_at: ClockReading

    def close(self) -> None:
        """Whatever was reached, nothing of it stays: neither here nor there."""
        self.socket.close()

    def read(self, poll_events: int, read_at: ClockReading) -> TransportEvent | None:
        """What has come of it, None for nothing yet.

        Raises:
            ConnectionError: nothing will, any more.
        """
        event = self._read_error_queue(read_at)
        code = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)  # and clear it
        if event is not None:
            return event
        if code == errno.ECONNREFUSED:
            return self._reached(read_at, None)
        info = tcp_info(self.socket)
        if info.was_connected or code in _RESET:
            return self._reached(read_at, info.rtt_s)
        if poll_events & select.EPOLLHUP:
            raise ConnectionError(code, os.strerror(code))
        return None

    def _reached(self, read_at: ClockReading, rtt_s: float | None) -> Answer:
        received = Received(
            data=b"",
            address=self.destination.address,
            port=0,
            stamp_ns=None,
            ttl=None,
            local=self.source,
            error=None,
        )
        answer = answer_of_destination(
            key=self.key,
            destination=self.destination.address,
            icmp_type=None,
            received=received,
            read_at=read_at,
        )
        return self._unless_ambiguous(msgspec.structs.replace(answer, measured_rtt_s=rtt_s))

    def _read_error_queue(self, read_at: ClockReading) -> TransportEvent | None:
        """The first of its entries that says something; all are taken."""
        first: TransportEvent | None = None
        while True:
            try:
                received = receive(self.socket, self.destination.family, MSG_ERRQUEUE)
            except BlockingIOError:
                return first
            except OSError:
                continue  # told and cleared, as SO_ERROR would
            if first is None:
                first = self._read_error(received, read_at)

    def _read_error(self, received: Received, read_at: ClockReading) -> TransportEvent | None:
        error = received.error
        if error is None:
            return None
        if error.origin == Origin.LOCAL:
            return LocalFailure(self.key, "this machine could not send it after all")
        if error.offender is None:
            return Stray(StrayReason.NO_SENDER)
        split = split_queued_quote(received, error, self.destination.family)
        event = answer_of_error(
            key=self.key,
            destination=self.destination.address,
            responder=error.offender,
            icmp_type=error.icmp_type,
            icmp_code=error.icmp_code,
            mtu=error.mtu,
            extensions=split.extensions,
            received=msgspec.structs.replace(received, local=self.source),
            read_at=read_at,
        )
        return self._unless_ambiguous(event) if isinstance(event, Answer) else event

    def _unless_ambiguous(self, answer: Answer) -> Answer:
        if not tcp_info(self.socket).retransmitted:
            return answer
        return msgspec.structs.replace(answer, is_ambiguous=True, measured_rtt_s=None)


def start_attempt(
    destination: Destination, port: int, outgoing: Outgoing, *, ttl: int, key: int
) -> Attempt:
    """Ask for a connection; one SYN has left when this returns.

    Raises:
        SendError: the kernel refused.
    """
    try:
        sock = open_tcp(destination, outgoing)
    except OSError as error:
        raise SendError(send_error_words(error)) from error
    except PorosError as refusal:  # the interface or the address is gone
        raise SendError(refusal.sentence) from refusal
    try:
        family = destination.family
        sock.setsockopt(family.level, family.usual_ttl, ttl)
        sent_at = read_clocks()
        code = sock.connect_ex(destination.socket_address(port))
        if code not in (0, errno.EINPROGRESS):
            raise SendError(send_error_words(OSError(code, os.strerror(code))))
        source = address_of(sock.getsockname())
    except BaseException:  # whatever ends it: nobody else knows this socket yet
        sock.close()
        raise
    return Attempt(key=key, destination=destination, socket=sock, source=source, sent_at=sent_at)
