"""How large a packet the path takes whole: what its routers tell."""

from __future__ import annotations

import msgspec

from poros_tui.model.probe import IPAddress


class ToldMtu(msgspec.Struct, frozen=True, kw_only=True):
    """A router refused a probe because its next link takes less (RFC 1191, RFC 8201)."""

    mtu: int
    """Bytes that the link takes, IP header included."""
    responder: IPAddress
    """Who says so."""
    hop: int
    """Its TTL. A probe expires before it is found too big, so that the first TTL which is refused
    is one more than this, should the router never have answered for itself."""
    round: int
    """The pass over the hops in which it said so first, from 0."""

    def words(self) -> str:
        """For people, such as `1400 bytes, says 10.0.4.1 at hop 4`."""
        return f"{self.mtu} bytes, says {self.responder} at hop {self.hop}"
