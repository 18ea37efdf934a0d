"""The value of --dns-server: an address, with or without a port."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final

from poros_tui.errors import UsageError
from poros_tui.model.clean import clean

DNS_PORT: Final = 53
_PORT_MAX: Final = 0xFFFF
_SHOWN_MAX: Final = 60
_BRACKETED: Final = re.compile(r"\[([^\]]*)\](?::([0-9]{1,5}))?")
_USUAL_PORTS: Final = frozenset({"53", "5353"})
"""Of name servers: `::1:53` may be the address ::1:53, or a port of ::1."""
_BARE: Final = re.compile(r"([^:\[\]]+)(?::([0-9]{1,5}))?")


def parse_dns_server(text: str) -> tuple[str, int]:
    """The address and the port of `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53`,
    `[2001:db8::53]` or `[2001:db8::53]:5353`.

    Raises:
        UsageError: it is none of these, or may be two of them.
    """
    stripped = text.strip()
    match = _BRACKETED.fullmatch(stripped) or _BARE.fullmatch(stripped)
    bare, port = (match[1], int(match[2] or DNS_PORT)) if match else (stripped, DNS_PORT)
    try:
        address = ip_address(bare)
    except ValueError:
        address = None
    is_bracketed = stripped.startswith("[")
    if address is None or (is_bracketed and address.version == 4):
        raise UsageError(
            f"--dns-server {clean(text, _SHOWN_MAX)!r} is no address",
            "give one such as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353",
        )
    if match is None:
        _refuse_ambiguous(stripped)
    if address.is_unspecified or address.is_multicast:
        raise UsageError(f"--dns-server {address} is no single host", "give the address of one")
    if not 1 <= port <= _PORT_MAX:
        raise UsageError(f"--dns-server has port {port}", f"give 1 to {_PORT_MAX}")
    return str(address), port


def _refuse_ambiguous(text: str) -> None:
    """Refuse an IPv6 address without brackets that is one without its last group too, where that
    looks like a port."""
    shorter, _, last = text.rpartition(":")
    if last not in _USUAL_PORTS:
        return
    try:
        ip_address(shorter)
    except ValueError:
        return
    raise UsageError(
        f"--dns-server {text} may be an address or one with a port",
        f"write [{shorter}]:{last} for port {last}, or [{text}] for the address",
    )
