"""Which name servers /etc/resolv.conf names (resolv.conf(5)). Pure."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

SERVERS_MAX: Final = 3
"""As many as the C library asks (MAXNS)."""


def servers_of(text: str) -> list[str]:
    """Their addresses, in their order; what is no address is left out."""
    servers: list[str] = []
    for line in text.splitlines():
        match line.split():
            case ["nameserver", server, *_] if _is_address(server):
                servers.append(server)
    return servers[:SERVERS_MAX]


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
