"""The UDP probes of one session: what tells them apart, and which one a payload belongs to.

`--multipath paris`, the default: both ports are constant, so that load balancers, which hash them,
see one flow (Augustin et al., IMC 2006, section 3). A word of the payload tells the probe; the
checksum, which they do not hash, follows from it.
Rejected was paris-traceroute's way, to choose the checksum and make up for it in the payload: with
the number itself in the payload, services that send back what they got, or a part of it, tell the
probe too, and a NAT that rewrites the checksum does no harm to longer quotes. A session of several
flows has a source port for each.

`classic`: a destination port for each probe, from --port on, as in the first traceroute.

`dublin` (dublin-traceroute's idea): the checksum is constant too, because a second word makes up
for the first. IPv6 only, whose routers quote the payload (RFC 4443 section 2.4): of a short quote
in IPv4 the identification in the IP header would have to tell the probe, which the kernel writes.

A payload of the user's own has no place for a word: each probe has a source port of its own.
"""

from __future__ import annotations

import secrets
from typing import Final

import msgspec

from poros_tui.model.probe import IPAddress, Multipath
from poros_tui.packets.checksum import missing_word
from poros_tui.packets.greetings import SECRET_BYTES, WORD_BYTES, Greeting
from poros_tui.packets.quoted import agrees_with, quoted_bytes
from poros_tui.packets.udp import HEADER_BYTES, UdpDatagram, checksummed
from poros_tui.probe.family import Destination
from poros_tui.probe.filling import Filling

FIRST_PORT: Final = 33434
"""traceroute's: filters that let traces through know it."""
KEY_SPACE: Final = 0xFFFE
"""Words 1 to 65534: in one's complement 0 and 65535 are the same, and zeros may be padding."""
CLASSIC_KEY_SPACE: Final = 1 << 14
"""Ports 33434 to 49817, or as many from another on."""
PROOF_BYTES: Final = 8
"""Of the payload: who quotes them has seen the probe."""
REMEMBERED_MAX: Final = 4096
"""Probes whose flow and size are known; older ones are taken for usual ones."""
_PORTS: Final = 0xFFFF
"""1 to 65535: behind the last comes the first."""
_DUBLIN_SUM: Final = 0x1234
_DNS_HEADER_BYTES: Final = 12
_DNS_RESPONSE: Final = 0x80


class UdpSession(msgspec.Struct, frozen=True, kw_only=True):
    """What the datagrams of a session have in common."""

    destination: Destination
    port: int = FIRST_PORT
    filling: Filling
    multipath: Multipath = Multipath.PARIS
    greeting: Greeting | None = None
    """What the service wants to hear; None: chance."""
    has_word: bool = True
    """Whether there is room for a word in the payload that tells the probe."""
    first: int = msgspec.field(default_factory=lambda: secrets.randbelow(KEY_SPACE))
    _sent: dict[int, tuple[int, int | None]] = msgspec.field(default_factory=dict)
    """Flow and size of the newest probes, by key."""

    @property
    def key_space(self) -> int:
        """Keys run from 0 to this less 1."""
        return CLASSIC_KEY_SPACE if self.multipath is Multipath.CLASSIC else KEY_SPACE

    @property
    def _tells_by_word(self) -> bool:
        return self.has_word and self.multipath is not Multipath.CLASSIC

    @property
    def mark(self) -> tuple[int, bytes] | None:
        """Where in the payload of all usual probes the same 4 bytes stand, and which; None where
        there is no room for them."""
        content, word_at = self._template(None)
        at = word_at + self._gap if self._tells_by_word else 0
        word = content[at : at + 4]
        return (at, word) if len(word) == 4 else None

    def port_of(self, key: int) -> int:
        """The destination port of the probe with this key."""
        if self.multipath is not Multipath.CLASSIC:
            return self.port
        return (self.port - 1 + key) % _PORTS + 1

    def key_of_port(self, port: int) -> int | None:
        """The key of the probe to this destination port; None where it is none of a probe."""
        key = (port - self.port) % _PORTS
        return key if port and key < CLASSIC_KEY_SPACE else None

    def payload(self, key: int, flow: int = 0, size: int | None = None) -> bytes:
        """The payload of the probe with this key that is sent next."""
        self._sent.pop(key, None)
        self._sent[key] = flow, size
        if len(self._sent) > REMEMBERED_MAX:
            del self._sent[next(iter(self._sent))]
        return self._payload(key, size)

    def flow_of(self, key: int) -> int:
        """The flow of the probe that was last sent with this key."""
        return self._sent.get(key, (0, None))[0]

    def sent(self, key: int) -> bytes:
        """The payload of the probe that was last sent with this key."""
        return self._payload(key, self._sent.get(key, (0, None))[1])

    def _payload(self, key: int, size: int | None) -> bytes:
        content, word_at = self._template(size)
        if not self._tells_by_word or len(content) < word_at + WORD_BYTES:
            return content
        word = self._word(key)
        behind = content[word_at + WORD_BYTES :]
        if self.multipath is Multipath.DUBLIN and len(behind) >= WORD_BYTES:
            # In IPv6 the checksum covers the length twice, and it is the same for all sizes.
            length = (2 * len(content)).to_bytes(4, "big")
            others = word + behind[WORD_BYTES:] + bytes(len(content) % 2) + length
            behind = missing_word(others, _DUBLIN_SUM).to_bytes(2, "big") + behind[WORD_BYTES:]
        return content[:word_at] + word + behind

    def _template(self, size: int | None) -> tuple[bytes, int]:
        content = self.filling.payload(size)
        if self.greeting is None or len(content) < len(self.greeting.content):
            return content, 0
        return self.greeting.content + content[len(self.greeting.content) :], self.greeting.word_at

    def _word(self, key: int) -> bytes:
        return (1 + (self.first + key) % KEY_SPACE).to_bytes(WORD_BYTES, "big")

    def _key(self, word: bytes) -> int | None:
        number = int.from_bytes(word, "big")
        if not 1 <= number <= KEY_SPACE:
            return None
        key = (number - 1 - self.first) % KEY_SPACE
        return key if key < self.key_space else None

    def key_in_quote(self, quoted: bytes) -> int | None:
        """The key of the probe whose payload this is, or its beginning; None where it is none of
        ours, or too little to tell."""
        for word_at, _ in self._shapes:
            key = self._key(quoted[word_at : word_at + WORD_BYTES])
            if key is not None and self.proves(quoted, key):
                return key
        return None

    def key_of_checksum(
        self, quoted: UdpDatagram, source: IPAddress, destination: IPAddress
    ) -> int | None:
        """The key of the one probe of this length that has, between these addresses and ports, this
        checksum; None where checksums tell nothing."""
        if not self._tells_by_word or self.multipath is Multipath.DUBLIN:
            return None
        content, word_at = self._template(self.filling.headers + quoted.length - HEADER_BYTES)
        if len(content) < word_at + WORD_BYTES:
            return None
        blank = content[:word_at] + bytes(WORD_BYTES) + content[word_at + WORD_BYTES :]
        ports = quoted.source_port, quoted.destination_port
        without = checksummed(*ports, blank, source, destination).checksum
        # A checksum is the complement of a sum in which the word, at an even place, is a term.
        word = (without - quoted.checksum) % 0xFFFF
        return self._key(word.to_bytes(WORD_BYTES, "big"))

    def proves(self, quoted: bytes, key: int) -> bool:
        """Whether a quoted payload could only be known to who has seen the probe with this key."""
        sent = self.sent(key)
        if not sent or not agrees_with(quoted, sent):
            return False
        needed = PROOF_BYTES
        if self._tells_by_word:
            needed = max(needed, self._template(self._sent.get(key, (0, None))[1])[1] + WORD_BYTES)
        return quoted_bytes(quoted, sent) >= min(needed, len(sent))

    def is_too_little(self, quoted: bytes) -> bool:
        """Whether no quote of this length can tell the probe, but for zeros that pad it."""
        needed = max((word_at + WORD_BYTES for word_at, _ in self._shapes), default=0)
        return len(quoted.rstrip(b"\0")) < max(PROOF_BYTES, needed)

    def contradicts(self, quoted: bytes, key: int) -> bool:
        """Whether a quoted payload is not that of the probe with this key."""
        return not agrees_with(quoted, self.sent(key))

    @property
    def _shapes(self) -> tuple[tuple[int, bytes], ...]:
        """Where the word may stand, and the secret behind it."""
        if not self._tells_by_word:
            return ()
        gap = self._gap
        chance = (0, self.filling.payload()[gap : gap + SECRET_BYTES])
        if self.greeting is None:
            return (chance,)
        at, count = self.greeting.word_at, self.greeting.secret_bytes
        return ((at, self.greeting.content[at + gap :][:count]), chance)

    @property
    def _gap(self) -> int:
        """Bytes from the beginning of the word to the secret."""
        return WORD_BYTES * (2 if self.multipath is Multipath.DUBLIN else 1)

    def key_in_reply(self, reply: bytes) -> int | None:
        """The key of the probe that a service answers with this; None where it does not tell.

        A reply tells it by the word with the secret behind it, wherever they stand; by being what
        was sent; or, in the form of a DNS response, by its first two bytes.
        """
        for word_at, secret in self._shapes:
            place = reply.find(secret) - self._gap if len(secret) == SECRET_BYTES else -1
            key = self._newest(reply[place : place + WORD_BYTES]) if place >= 0 else None
            if key is not None:
                return key
            key = self._newest(reply[word_at : word_at + WORD_BYTES])
            if key is not None and reply == self.sent(key):
                return key
        is_dns = len(reply) >= _DNS_HEADER_BYTES and reply[2] & _DNS_RESPONSE
        if is_dns and any(word_at == 0 for word_at, _ in self._shapes):
            return self._newest(reply[:WORD_BYTES])
        return None

    def _newest(self, word: bytes) -> int | None:
        key = self._key(word)
        return key if key in self._sent else None
