"""A name server with a zone of tests: it delays, loses, truncates, lies and sends what is hostile.

Over UDP and TCP, in threads; its sockets stay in the network namespace in which they were opened.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from struct import pack, unpack
from typing import Final

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.PTR
import dns.reversename
import dns.rrset

from tests.lab.namespace import inside

_READ_BYTES: Final = 4096
_SOA: Final = "ns.example. root.example. 1 3600 600 86400 {minimum}"


class Trick(Enum):
    """What comes before the honest answer, which follows."""

    WRONG_ID = auto()
    """The same answer with another name and another identifier."""
    WRONG_QUESTION = auto()
    """An answer to another question."""
    GARBAGE = auto()
    """Bytes that are no message, under the right identifier."""


@dataclass(frozen=True, slots=True)
class Records:
    """What is known of a name, and how it is answered."""

    texts: tuple[str, ...] = ()
    """Records as in a zone file."""
    names: tuple[tuple[bytes, ...], ...] = ()
    """PTR records by the bytes of their labels, whatever they are."""
    alias: str = ""
    """A CNAME to this name."""
    ttl: int = 3600
    code: dns.rcode.Rcode = dns.rcode.NOERROR
    negative_ttl: int | None = None
    """Minimum of the SOA record beside an answer that has no records; None: no such record."""
    delay_s: float = 0.0
    lost: int = 0
    """So many questions for it are not answered, then all are."""
    is_truncated: bool = False
    """Over UDP an answer says that it is cut short, and has nothing."""
    is_only_garbage: bool = False
    """No honest answer follows."""
    tricks: tuple[Trick, ...] = ()


SILENT: Final = Records(lost=1_000_000)
ABSENT: Final = Records(code=dns.rcode.NXDOMAIN)


@dataclass(slots=True)
class NameServer:
    """Answers as its zone says: names to records, by the type of record for all of a name."""

    zone: Mapping[tuple[str, str], Records]
    """By name, in small letters with its final dot, and type."""
    host: str = "127.0.0.1"
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Name, type, and `udp` or `tcp` of each question, as they came."""
    port: int = 0
    _lost: dict[tuple[str, str], int] = field(default_factory=dict)
    _udp: socket.socket | None = None
    _tcp: socket.socket | None = None

    @property
    def option(self) -> str:
        """Of the program, so that it asks here."""
        return f"--dns-server={self.host}:{self.port}"

    def open(self) -> None:
        """Open its sockets where the calling thread is, and serve."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._tcp = socket.create_server((self.host, self.port), family=family)
        self.port = self._tcp.getsockname()[1]
        self._udp = socket.socket(family, socket.SOCK_DGRAM)
        self._udp.bind((self.host, self.port))
        for serve in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def close(self) -> None:
        """Answer nobody any more."""
        for each in (self._udp, self._tcp):
            if each is not None:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()

    def _serve_udp(self) -> None:
        udp = self._udp
        assert udp is not None
        with suppress(OSError):
            while True:
                question, where = udp.recvfrom(_READ_BYTES)
                if not question:
                    return  # it is being closed

                def send(answer: bytes, where: object = where) -> None:
                    with suppress(OSError):
                        udp.sendto(answer, where)  # type: ignore[arg-type]

                self._answer_later(question, "udp", send)

    def _serve_tcp(self) -> None:
        assert self._tcp is not None
        with suppress(OSError):
            while True:
                stream, _ = self._tcp.accept()
                with stream:
                    head = stream.recv(2, socket.MSG_WAITALL)
                    if len(head) < 2:
                        continue
                    question = stream.recv(unpack("!H", head)[0], socket.MSG_WAITALL)
                    for answer, _ in self._answers(question, "tcp"):
                        stream.sendall(pack("!H", len(answer)) + answer)

    def _answer_later(self, question: bytes, by: str, send: Callable[[bytes], None]) -> None:
        answers = list(self._answers(question, by))
        if not answers:
            return
        delay_s = answers[0][1]

        def answer() -> None:
            time.sleep(delay_s)
            for wire, _ in answers:
                send(wire)

        threading.Thread(target=answer, daemon=True).start()

    def _answers(self, question: bytes, by: str) -> Iterator[tuple[bytes, float]]:
        query = dns.message.from_wire(question)
        (asked,) = query.question
        name, kind = asked.name.to_text().lower(), dns.rdatatype.to_text(asked.rdtype)
        self.asked.append((name, kind, by))
        records = self.zone.get((name, kind), ABSENT)
        lost = self._lost.get((name, kind), 0)
        if lost < records.lost:
            self._lost[name, kind] = lost + 1
            return
        response = self._response(query, records, by)
        for trick in records.tricks:
            yield self._lie(query, trick), records.delay_s
        if not records.is_only_garbage:
            yield response.to_wire(max_size=65535), records.delay_s

    def _response(
        self, query: dns.message.Message, records: Records, by: str
    ) -> dns.message.Message:
        response = dns.message.make_response(query, recursion_available=True)
        response.set_rcode(records.code)
        if records.is_truncated and by == "udp":
            response.flags |= dns.flags.TC
            return response
        (asked,) = query.question
        owner = asked.name
        if records.alias:
            alias = dns.rrset.from_text(owner, records.ttl, "IN", "CNAME", records.alias)
            response.answer.append(alias)
            owner = dns.name.from_text(records.alias)
            records = self.zone[records.alias, dns.rdatatype.to_text(asked.rdtype)]
        found = dns.rrset.RRset(owner, dns.rdataclass.IN, asked.rdtype)
        for labels in records.names:
            target = dns.name.Name((*labels, b""))
            found.add(
                dns.rdtypes.ANY.PTR.PTR(dns.rdataclass.IN, dns.rdatatype.PTR, target), records.ttl
            )
        if records.texts:
            found.update(
                dns.rrset.from_text(
                    owner, records.ttl, "IN", dns.rdatatype.to_text(asked.rdtype), *records.texts
                )
            )
        if found:
            response.answer.append(found)
        elif records.negative_ttl is not None:
            soa = _SOA.format(minimum=records.negative_ttl)
            zone = dns.name.from_text("arpa.")
            response.authority.append(dns.rrset.from_text(zone, 86400, "IN", "SOA", soa))
        return response

    def _lie(self, query: dns.message.Message, trick: Trick) -> bytes:
        if trick is Trick.GARBAGE:
            return pack("!H", query.id) + b"\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff\x03abc"
        (asked,) = query.question
        name = asked.name if trick is Trick.WRONG_ID else dns.name.from_text("other.example.")
        other = dns.message.make_query(name, asked.rdtype)
        other.id = query.id ^ 1 if trick is Trick.WRONG_ID else query.id
        response = dns.message.make_response(other)
        response.answer.append(dns.rrset.from_text(name, 60, "IN", asked.rdtype, "forged.example."))
        return response.to_wire()


def pointer(address: str) -> str:
    """The name under which DNS has the names of an address."""
    return dns.reversename.from_address(address).to_text()


def pointers(**names: str | Records) -> Mapping[tuple[str, str], Records]:
    """A zone of PTR records: addresses to names or records. (Keys as `**{"192.0.2.1": ...}`.)"""
    return {
        (pointer(address), "PTR"): one if isinstance(one, Records) else Records(texts=(one,))
        for address, one in names.items()
    }


@contextmanager
def name_server(
    zone: Mapping[tuple[str, str], Records], host: str = "127.0.0.1", namespace: str | None = None
) -> Iterator[NameServer]:
    """One that serves in this network namespace, by default the one we are in."""
    server = NameServer(zone, host)
    if namespace is None:
        server.open()
    else:
        inside(namespace, server.open)
    try:
        yield server
    finally:
        server.close()
