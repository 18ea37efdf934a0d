"""What the payloads of a session's probes are cut from."""

from __future__ import annotations

import msgspec


class Filling(msgspec.Struct, frozen=True):
    """Bytes that every probe of a session carries and no other packet does."""

    content: bytes
    """As many as the largest probe has."""
    usual: int
    """Bytes of payload where nobody asks for a size."""
    headers: int
    """Bytes of the headers in front of it, that of IP included."""

    def payload(self, size: int | None = None) -> bytes:
        """The payload of a probe of `size` bytes with its headers; None: of the usual size."""
        length = self.usual if size is None else max(0, size - self.headers)
        if length > len(self.content):
            return (self.content * (length // len(self.content) + 1))[:length]
        return self.content[:length]
