"""Datagrams as a test wants them."""

from __future__ import annotations

from ipaddress import ip_address

from poros_tui.model.probe import Multipath
from poros_tui.packets.greetings import Greeting
from poros_tui.probe.family import Destination
from poros_tui.probe.filling import Filling
from poros_tui.probe.udp import UdpProbes
from poros_tui.probe.udp_session import FIRST_PORT, UdpSession

CONTENT = bytes(range(1, 33))


def udp_session(
    destination: str,
    content: bytes = CONTENT,
    multipath: Multipath = Multipath.PARIS,
    *,
    port: int = FIRST_PORT,
    usual: int | None = None,
    greeting: Greeting | None = None,
    has_word: bool = True,
) -> UdpSession:
    """A session without chance; its payload is `content`, again and again for larger probes."""
    address = ip_address(destination)
    usual = len(content) if usual is None else usual
    return UdpSession(
        destination=Destination(address),
        port=port,
        filling=Filling(content * 400, usual, 28 if address.version == 4 else 48),
        multipath=multipath,
        greeting=greeting,
        has_word=has_word,
        first=4000,
    )


def classic_probes(destination: str, content: bytes = CONTENT) -> UdpProbes:
    """A destination port for each probe."""
    return UdpProbes(udp_session(destination, content, Multipath.CLASSIC))
