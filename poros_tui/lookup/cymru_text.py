"""The questions to Team Cymru's DNS zones and what their texts say (https://www.team-cymru.com,
IP to ASN mapping). Pure.

    1.2.0.192.origin.asn.cymru.com.  TXT  "64500 | 192.0.2.0/24 | US | arin | 2001-02-03"
    AS64500.asn.cymru.com.           TXT  "64500 | US | arin | 2001-02-03 | EXAMPLE-NET, US"
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

import msgspec

from poros_tui.model.clean import clean
from poros_tui.model.network import ASN_MAX, NETWORK_NAME_MAX
from poros_tui.model.probe import IPAddress
from poros_tui.packets.dns import Labels

ZONE: Final[Labels] = (b"asn", b"cymru", b"com")
_ORIGIN: Final = {4: b"origin", 6: b"origin6"}
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_REGISTRY: Final = re.compile(r"[a-z]{2,16}")
_NUMBER: Final = re.compile(r"[0-9]{1,10}")
_SYSTEMS_MAX: Final = 8
"""Of one prefix: nobody honest has more."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Who announces a prefix."""

    asns: tuple[int, ...]
    """At least one."""
    prefix: IPv4Network | IPv6Network
    country: str | None
    registry: str | None


def origin_name(address: IPAddress) -> Labels:
    """The name under which the origin of an address is."""
    bare = ip_address(address.packed)  # without a zone
    *labels, _family, _arpa = bare.reverse_pointer.split(".")
    return (*(label.encode() for label in labels), _ORIGIN[address.version], *ZONE)


def system_name(asn: int) -> Labels:
    """The name under which the name of an autonomous system is."""
    return (f"AS{asn}".encode(), *ZONE)


def origin_of(texts: Iterable[bytes], address: IPAddress) -> Origin | None:
    """What the records say of this address: the longest prefix that has it is it. None where none
    of them can be read, or is about it."""
    found = [one for one in map(_origin, texts) if one is not None and address in one.prefix]
    if not found:
        return None
    longest = max(found, key=lambda one: one.prefix.prefixlen)
    # Its other systems may stand in a record of their own, in any order.
    systems = {asn for one in found if one.prefix == longest.prefix for asn in one.asns}
    return msgspec.structs.replace(longest, asns=tuple(sorted(systems))[:_SYSTEMS_MAX])


def _origin(text: bytes) -> Origin | None:
    fields = _fields(text)
    if len(fields) < 2:
        return None
    numbers = [int(number) for number in _NUMBER.findall(fields[0])]
    systems = tuple(number for number in numbers if 0 < number <= ASN_MAX)
    try:
        prefix = ip_network(fields[1])
    except ValueError:
        return None
    if not systems:
        return None
    country, registry, *_ = (*fields[2:], "", "")
    return Origin(
        asns=systems[:_SYSTEMS_MAX],
        prefix=prefix,
        country=country if _COUNTRY.fullmatch(country) else None,
        registry=registry if _REGISTRY.fullmatch(registry) else None,
    )


def system_of(texts: Iterable[bytes], asn: int) -> str | None:
    """The name of an autonomous system, fit for the screen, without the country behind it; None
    where none of the records has it."""
    for text in texts:
        fields = _fields(text, 4)
        if len(fields) == 5 and fields[0] == str(asn):
            country = f", {fields[1]}"
            name = fields[4].removesuffix(country) if _COUNTRY.fullmatch(fields[1]) else fields[4]
            return clean(name, NETWORK_NAME_MAX) or None
    return None


def _fields(text: bytes, most: int = -1) -> list[str]:
    return [field.strip() for field in decoded(text).split("|", most)]


def decoded(text: bytes) -> str:
    """As UTF-8, or where it is none as Latin-1, in which every byte is something."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")
