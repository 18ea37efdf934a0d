"""What stands in a JSON object, checked: of the right type, within bounds, and clean text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from poros_tui.model.clean import clean
from poros_tui.model.privacy import HIDDEN, HIDDEN_ADDRESSES
from poros_tui.model.probe import IPAddress

TEXT_MAX: Final = 253
LIST_MAX: Final = 1_000_000
RTT_MS_MAX: Final = 1e9
TTL_MAX: Final = 255


class Unreadable(Exception):
    """Where it is, and what is wrong there, for a sentence."""


class Fields:
    """A JSON object at a place."""

    def __init__(self, value: object, where: str = "") -> None:
        """`where` it is, in words, within the document; empty: it is the document.

        Raises:
            Unreadable: it is no object.
        """
        if not isinstance(value, dict):
            raise Unreadable(f"{where or 'it'} is no object")
        self._values: Mapping[str, object] = value
        self._where = where

    def __contains__(self, key: str) -> bool:
        """Whether it is there, and not null."""
        return self._values.get(key) is not None

    def flaw(self, key: str, words: str) -> Unreadable:
        """The value of this key is wrong."""
        named = f"{self._where}: " if self._where else ""
        return Unreadable(f"{named}{clean(key, 40)} {words}")

    def get(self, key: str) -> object:
        """Whatever it is; None where it is not there."""
        return self._values.get(key)

    def inner(self, key: str, where: str = "") -> Fields:
        """An object in it. Raises Unreadable."""
        place = where or (f"{self._where}: {key}" if self._where else key)
        return Fields(self._values.get(key), place)

    def objects(self, key: str, name: str) -> list[Fields]:
        """A list of objects, each called `name` and its number. Raises Unreadable."""
        prefix = f"{self._where}, " if self._where else ""
        return [
            Fields(one, f"{prefix}{name} {number}") for number, one in enumerate(self.list(key), 1)
        ]

    def list(self, key: str) -> Sequence[object]:
        """A list. Raises Unreadable."""
        value = self._values.get(key)
        if not isinstance(value, list) or len(value) > LIST_MAX:
            raise self.flaw(key, "is no list")
        return value

    def text(self, key: str) -> str:
        """Clean text. Raises Unreadable."""
        value = self._values.get(key)
        if not isinstance(value, str):
            raise self.flaw(key, "is no text")
        return clean(value, TEXT_MAX)

    def optional_text(self, key: str) -> str | None:
        """Clean text; None where it is not there. Raises Unreadable."""
        return self.text(key) if key in self else None

    def whole(self, key: str, least: int, most: int) -> int:
        """A whole number within bounds. Raises Unreadable."""
        value = self._values.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.flaw(key, f"is no whole number from {least} to {most}")
        return value

    def optional_whole(self, key: str, least: int, most: int) -> int | None:
        """The same; None where it is not there. Raises Unreadable."""
        return self.whole(key, least, most) if key in self else None

    def number(self, key: str, least: float = 0.0, most: float = RTT_MS_MAX) -> float:
        """A number within bounds, also one that is written as text. Raises Unreadable."""
        value = self._values.get(key)
        if isinstance(value, str):
            try:
                value = float(value[:40])
            except ValueError:
                value = None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.flaw(key, "is no number")
        if not math.isfinite(value) or not least <= value <= most:
            raise self.flaw(key, "is out of range")
        return float(value)

    def optional_number(
        self, key: str, least: float = 0.0, most: float = RTT_MS_MAX
    ) -> float | None:
        """The same; None where it is not there. Raises Unreadable."""
        return self.number(key, least, most) if key in self else None

    def seconds(self, key: str) -> float | None:
        """A time in milliseconds, as seconds; None where it is not there. Raises Unreadable."""
        value = self.optional_number(key)
        return None if value is None else value / 1e3

    def address(self, key: str) -> IPAddress:
        """An IP address. Raises Unreadable."""
        address = address_in(self._values.get(key))
        if address is None:
            raise self.flaw(key, "is no IP address")
        return address

    def optional_address(self, key: str) -> IPAddress | None:
        """The same; None where it is not there. Raises Unreadable."""
        return self.address(key) if key in self and self._values[key] != "" else None


def address_in(value: object) -> IPAddress | None:
    """The address that a text is; None where it is none. A zone is left out. What our reports
    have in the place of a hidden one is the address that stands for it."""
    if value == HIDDEN:
        return HIDDEN_ADDRESSES[0]
    if not isinstance(value, str) or len(value) > TEXT_MAX:
        return None
    try:
        address = ip_address(value.partition("%")[0])
    except ValueError:
        return None
    return address if isinstance(address, IPv4Address | IPv6Address) else None
