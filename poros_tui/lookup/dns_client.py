"""Asks name servers over UDP, and over TCP where the answer is too long for that (RFC 1035 4.2).

An answer counts where it comes from the server that was asked, to the port from which it was asked,
with the random identifier and the question. Anything else is waited past, as if it had not come.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from struct import Struct
from typing import Final

import msgspec
import trio

from poros_tui.errors import MalformedPacket
from poros_tui.lookup.asking import NoAnswer
from poros_tui.lookup.reasons import SILENT
from poros_tui.packets.dns import (
    DnsResponse,
    Found,
    Labels,
    RecordType,
    ResponseCode,
    decode_response,
    encode_query,
    find,
    same_name,
)

_UDP_BYTES: Final = 4096
"""512 are allowed (RFC 1035 4.2.1), some servers send more."""
_LENGTH: Final = Struct("!H")


class _Query(msgspec.Struct, frozen=True):
    identifier: int
    name: Labels
    kind: RecordType

    @property
    def wire(self) -> bytes:
        return encode_query(self.identifier, self.name, self.kind)

    def is_answered_by(self, response: DnsResponse) -> bool:
        name, kind = response.question
        is_same = response.identifier == self.identifier and kind == self.kind
        return is_same and same_name(name, self.name)


class DnsClient:
    """Asks servers in turn."""

    def __init__(
        self,
        servers: Sequence[str],
        port: int,
        *,
        try_s: float,
        patience_s: float,
        again_s: float | None = None,
    ) -> None:
        """Each server has `try_s` to answer, `again_s` when it is asked again (None: the same), all
        together `patience_s`."""
        self._servers = tuple(servers)
        self._port = port
        # Twice each: a packet may be lost.
        self._tries_s = (try_s, again_s if again_s is not None else try_s)
        self._patience_s = patience_s

    async def ask(self, name: Labels, kind: RecordType) -> Found:
        """The records of a name, none where it is not there.

        Raises:
            NoAnswer: no server says, or none can.
        """
        problem = SILENT
        with trio.move_on_after(self._patience_s):
            servers = list(self._servers)
            for try_s in self._tries_s:
                for server in tuple(servers):
                    try:
                        response = await self.ask_one(server, name, kind, try_s)
                        if response is None:
                            continue
                        if response.code in (ResponseCode.NOERROR, ResponseCode.NXDOMAIN):
                            return find(response, name, kind)
                        problem = f"the name server says {code_name(response.code)}"
                    except MalformedPacket:
                        problem = "the name server's answer can't be read"
                    except OSError as error:
                        problem = f"no name server can be asked: {error.strerror or error}"
                    servers.remove(server)  # asked again it would say the same
        raise NoAnswer(problem)

    async def ask_one(
        self, server: str, name: Labels, kind: RecordType, try_s: float
    ) -> DnsResponse | None:
        """What this server says within `try_s`, None where it is silent.

        Raises:
            MalformedPacket: over TCP, where nobody else could have sent it.
            OSError: it can't be asked.
        """
        query = _Query(int.from_bytes(os.urandom(2), "big"), name, kind)
        with trio.move_on_after(try_s):
            response = await self._over_udp(server, query)
            if response.is_truncated:
                response = await self._over_tcp(server, query)
            return response
        return None

    async def _over_udp(self, server: str, query: _Query) -> DnsResponse:
        family, where = self._place(server)
        with trio.socket.socket(family, socket.SOCK_DGRAM) as udp:
            # Connected: the kernel lets nobody else's packets in, and says where nobody listens.
            await udp.connect(where)
            await udp.send(query.wire)
            while True:
                data = await udp.recv(_UDP_BYTES)
                try:
                    response = decode_response(data)
                except MalformedPacket:
                    continue
                if query.is_answered_by(response):
                    return response

    async def _over_tcp(self, server: str, query: _Query) -> DnsResponse:
        family, where = self._place(server)
        with trio.socket.socket(family, socket.SOCK_STREAM) as tcp:
            await tcp.connect(where)
            stream = trio.SocketStream(tcp)
            try:
                await stream.send_all(_LENGTH.pack(len(query.wire)) + query.wire)
                (length,) = _LENGTH.unpack(await _exactly(stream, _LENGTH.size))
                response = decode_response(await _exactly(stream, length))
            except trio.BrokenResourceError as broken:
                raise MalformedPacket("the connection was broken") from broken
        if not query.is_answered_by(response) or response.is_truncated:
            raise MalformedPacket("another answer than what was asked for")
        return response

    def _place(self, server: str) -> tuple[int, tuple[object, ...]]:
        """Family and address for a socket, with the zone of a link-local address."""
        flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        # As bytes: text would need a codec, which may not be there to be loaded under sudo.
        found = socket.getaddrinfo(server.encode(), self._port, flags=flags)
        family, _, _, _, (host, *rest) = found[0]
        return family, (str(host).partition("%")[0], *rest)


async def _exactly(stream: trio.SocketStream, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = await stream.receive_some(size - len(data))
        if not more:
            raise MalformedPacket("the connection ended within an answer")
        data += more
    return data


def code_name(code: int) -> str:
    """Of a code of a response, as RFC 1035 has it."""
    try:
        return ResponseCode(code).name
    except ValueError:
        return f"code {code}"
