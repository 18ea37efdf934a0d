"""Networks from a file in MaxMind's format (https://maxmind.github.io/MaxMind-DB), as GeoLite2-ASN,
DB-IP, IPinfo and others ship it. Nothing leaves this machine.

Their fields differ: GeoLite2 and DB-IP have `autonomous_system_number` and
`autonomous_system_organization`, IPinfo `asn` (`AS64500`) and `as_name` or `name`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from poros_tui.lookup.asking import NoAnswer
from poros_tui.lookup.maxmind_file import SAMPLE, MaxMindFile, NotADatabase
from poros_tui.model.clean import clean
from poros_tui.model.network import ASN_MAX, NETWORK_NAME_MAX, Network
from poros_tui.model.probe import IPAddress

_NUMBERS: Final = ("autonomous_system_number", "asn", "as_number")
_NAMES: Final = ("autonomous_system_organization", "as_name", "as_organization", "name", "org")
_COUNTRIES: Final = ("country_code", "country")
_NUMBER: Final = re.compile(r"(?:AS)?([0-9]{1,10})", re.IGNORECASE)
_COUNTRY: Final = re.compile(r"[A-Z]{2}")


class AsnFile:
    """One file, mapped into memory: what is not looked at takes none."""

    def __init__(self, path: Path) -> None:
        """Raises:
        NotADatabase: it cannot be used.
        """
        self._file = MaxMindFile(path)
        self._source = clean(str(path), 200)

    def has_networks(self) -> bool:
        """Whether there is one among its first records.

        Raises:
            NotADatabase: it is damaged.
        """
        return any(map(_says_a_network, self._file.records(SAMPLE)))

    def network(self, address: IPAddress) -> Network | None:
        """What it says of an address; None where it says nothing.

        Raises:
            NoAnswer: it is damaged there.
        """
        try:
            record, length = self._file.look_up(address)
        except NotADatabase as error:
            raise NoAnswer(f"{self._file.name}: {error}") from error
        if record is None:
            return None
        asn, name = _number(record), _text(record, _NAMES)
        if asn is None and name is None:
            return None
        country = _text(record, _COUNTRIES)
        return Network(
            asn=asn,
            name=name,
            prefix=ip_network((address.packed, length), strict=False),
            country=country if country is not None and _COUNTRY.fullmatch(country) else None,
            source=self._source,
        )


def _says_a_network(record: object) -> bool:
    return isinstance(record, Mapping) and (
        _number(record) is not None or _text(record, _NAMES) is not None
    )


def _number(record: Mapping[str, object]) -> int | None:
    for key in _NUMBERS:
        match = _NUMBER.fullmatch(str(record.get(key, "")))
        if match is not None and 0 < int(match[1]) <= ASN_MAX:
            return int(match[1])
    return None


def _text(record: Mapping[str, object], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = record.get(key)
        shown = clean(value, NETWORK_NAME_MAX) if isinstance(value, str) else ""
        if shown:
            return shown
    return None
