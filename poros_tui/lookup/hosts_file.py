"""The names of /etc/hosts, which go before those of DNS (hosts(5)). Pure."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

from poros_tui.lookup.name_text import name_of_text
from poros_tui.model.probe import IPAddress

HOSTS_MAX_BYTES: Final = 4_000_000
"""More than the largest lists of unwanted hosts have; the rest of a file is not read."""
_NEVER_ASKED: Final = ("0.0.0.0 ", "0.0.0.0\t", "127.", "::1", "#")
"""What such lists consist of, hundreds of thousands of lines: told by its beginning."""


def names_of_hosts(text: str) -> dict[IPAddress, str]:
    """The first name of each address, fit for the screen. What can't be read is left out."""
    names: dict[IPAddress, str] = {}
    for line in text.splitlines():
        if line.startswith(_NEVER_ASKED):
            continue
        fields = line.partition("#")[0].split()
        if len(fields) < 2:
            continue
        try:
            address = ip_address(fields[0])
        except ValueError:
            continue
        name = name_of_text(fields[1])
        if name is not None and not (address.is_loopback or address.is_unspecified):
            names.setdefault(address, name)
    return names
