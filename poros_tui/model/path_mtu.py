"""How large a packet the path takes whole: what its routers tell, and what a search has found."""

from __future__ import annotations

from enum import StrEnum

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


class MtuMethod(StrEnum):
    """How it is known that nothing larger passes."""

    TOLD = "told"
    """A router says what its next link takes: that much passes, and a byte more does not."""
    REFUSED = "refused"
    """A router says that more is too big, and not how much is not."""
    SILENCE = "silence"
    """More is not answered, while as much is: nobody says why."""
    INTERFACE = "interface"
    """Our own interface takes no more."""
    LIMIT = "limit"
    """More is not tried."""


class PathMtu(msgspec.Struct, frozen=True, kw_only=True):
    """What the search knows. It may have been cut short."""

    mtu: int | None = None
    """Bytes of the largest packet that passed, IP header included; None while none has."""
    too_big: int | None = None
    """Bytes of the smallest that did not; None while all have passed."""
    is_exact: bool = False
    """`mtu` is the answer: `too_big` is one byte more."""
    method: MtuMethod | None = None
    """None while `is_exact` is not so."""
    confidence: float | None = None
    """0 to 1, for SILENCE: how sure it is that the last byte was not merely lost."""
    hop: int | None = None
    """TTL behind which larger packets do not pass, 0: on our own link. None where that is not
    known, or nothing on the path is smaller than our own link."""
    beyond: int | None = None
    """The next TTL that answers, where larger packets do not get any more. None with `hop`."""
    responder: IPAddress | None = None
    """Of `hop`."""
    is_return_possible: bool = False
    """What is missing are echo replies, as large as the requests: the limit may be on the way back,
    or the destination's own."""
    reaches: int | None = None
    """TTL of who was asked; None where nobody answers."""
    is_to_destination: bool = True
    """Else the path was searched only as far as `reaches`."""
    probes: int = 0
    """Sent for it. They are in no statistic of a hop."""
    is_over: bool = False
    """Nothing more is sent for it."""
    problem: str = ""
    """Why nothing more could be found out, in words."""

    def words(self) -> str:
        """One sentence without a full stop, such as `Path MTU 1400 bytes: hop 4 (10.0.4.1) says
        that its next link takes no more`."""
        if self.mtu is None:
            return f"Path MTU not found: {self.problem or 'the search was stopped'}"
        if not self.is_exact:
            why = self.problem or ("the search was stopped" if self.is_over else "searching")
            less = "" if self.too_big is None else f", {self.too_big} do not"
            return f"Path MTU not known exactly ({why}): {self.mtu} bytes pass{less}"
        reach = "" if self.is_to_destination else f" as far as hop {self.reaches}"
        return f"Path MTU{reach} {self.mtu} bytes{self._reason()}"

    def _reason(self) -> str:
        match self.method:
            case MtuMethod.INTERFACE:
                return ": our own interface takes no more"
            case MtuMethod.LIMIT:
                return " or more: larger packets are not tried"
            case MtuMethod.TOLD:
                return f": {self._who()} says that its next link takes no more"
            case MtuMethod.REFUSED:
                return f" by search: {self._who()} refuses more, and does not say how much it takes"
        return f" by search: {self._silence()}"

    def _silence(self) -> str:
        if self.hop is None or self.beyond is None:
            return "larger packets vanish without a word (an ICMP black hole)"
        if self.is_return_possible:
            passing = f"pass {self._who()}, and no reply comes" if self.hop else "get no reply"
            return f"larger echo requests {passing}: the last link, the destination or the way back"
        where = f"behind {self._who()}" if self.hop else "on our own link"
        if self.beyond > self.hop + 1:
            where = f"between {self._who()} and hop {self.beyond}"
        return f"larger packets vanish {where} without a word (an ICMP black hole)"

    def _who(self) -> str:
        if self.hop is None:
            return f"{self.responder}"
        if self.hop == 0:
            return "this machine"
        return f"hop {self.hop}" + (f" ({self.responder})" if self.responder is not None else "")
