"""Typed reading of one TOML table, with errors that name the key."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import TypeVar

Choice = TypeVar("Choice", bound=StrEnum)


class Table:
    """One table of a TOML document. Every key that is read is taken out of it.

    All methods raise ValueError, which names the key by its path, such as `hop 3: loss`.
    """

    def __init__(self, values: Mapping[str, object], place: str = "") -> None:
        self._values = dict(values)
        self._place = place

    def complain(self, key: str, problem: str) -> ValueError:
        """An error about `key`, to be raised."""
        return ValueError(f"{self._place}{key}: {problem}")

    def finish(self) -> None:
        """Refuse keys that nobody has read."""
        for key in self._values:
            raise self.complain(key, "unknown key")

    def over(self, defaults: Table) -> Table:
        """This table, with `defaults` standing in for what it does not say."""
        return Table({**defaults._values, **self._values}, self._place)

    def text(self, key: str) -> str | None:
        """A string, None where the key is missing."""
        value = self._values.pop(key, None)
        if value is None or isinstance(value, str):
            return value
        raise self.complain(key, f"{value!r} is not a string")

    def all_texts(self) -> dict[str, str]:
        """Every key with its string."""
        return {key: self.text(key) or "" for key in tuple(self._values)}

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self._values.pop(key, default)
        if isinstance(value, bool):
            return value
        raise self.complain(key, f"{value!r} is not true or false")

    def flag_or_text(self, key: str) -> bool | None:
        """True or false; None where the key is missing or a string, which is left to be read."""
        return None if isinstance(self._values.get(key), str | None) else self.flag(key, False)

    def number(self, key: str, least: float, most: float) -> float | None:
        """A number from `least` to `most`, None where the key is missing."""
        value = self._values.pop(key, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.complain(key, f"{value!r} is not a number")
        if not least <= value <= most:
            raise self.complain(key, f"{value!r} is not between {least:g} and {most:g}")
        return float(value)

    def whole(self, key: str, least: int, most: int) -> int | None:
        """A whole number from `least` to `most`, None where the key is missing."""
        value = self.number(key, least, most)
        if value is None:
            return None
        if not value.is_integer():
            raise self.complain(key, f"{value!r} is not a whole number")
        return int(value)

    def wholes(self, key: str, least: int, most: int) -> tuple[int, ...]:
        """A list of whole numbers from `least` to `most`, empty where the key is missing."""
        values = self._values.pop(key, [])
        if not isinstance(values, list):
            raise self.complain(key, f"{values!r} is not a list")
        for value in values:
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                raise self.complain(key, f"{value!r} is no whole number from {least} to {most}")
        return tuple(values)

    def seconds(self, key: str) -> float | None:
        """A number of milliseconds, up to ten minutes, as seconds."""
        milliseconds = self.number(key, 0, 600_000)
        return None if milliseconds is None else milliseconds / 1000

    def choice(self, key: str, kinds: type[Choice]) -> Choice | None:
        """One of the values of `kinds`, None where the key is missing."""
        value = self.text(key)
        return None if value is None else self._member(key, value, kinds)

    def choices(self, key: str, kinds: type[Choice]) -> tuple[Choice, ...]:
        """A list of values of `kinds`, empty where the key is missing."""
        return tuple(self._member(key, value, kinds) for value in self._texts(key))

    def address(self, key: str) -> IPv4Address | None:
        """An IPv4 address, None where the key is missing."""
        value = self.text(key)
        return None if value is None else self._address4(key, value)

    def addresses(self, key: str) -> tuple[IPv4Address, ...]:
        """A list of IPv4 addresses, empty where the key is missing."""
        return tuple(self._address4(key, value) for value in self._texts(key))

    def address6(self, key: str) -> IPv6Address | None:
        """An IPv6 address, None where the key is missing."""
        value = self.text(key)
        return None if value is None else self._address6(key, value)

    def addresses6(self, key: str) -> tuple[IPv6Address, ...]:
        """A list of IPv6 addresses, empty where the key is missing."""
        return tuple(self._address6(key, value) for value in self._texts(key))

    def lists(self, key: str) -> tuple[list[object], ...]:
        """A list of lists, not all of them empty; empty where the key is missing."""
        values = self._values.pop(key, [])
        if not isinstance(values, list) or not all(isinstance(each, list) for each in values):
            raise self.complain(key, f"{values!r} is not a list of lists")
        if values and not any(values):
            raise self.complain(key, f"{values!r} is not a list of lists")
        return tuple(values)

    def table(self, key: str) -> Table | None:
        """A table inside this one, None where the key is missing."""
        value = self._values.pop(key, None)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.complain(key, f"{value!r} is not a table")
        return Table(value, f"{self._place}{key}: ")

    def table_or_text(self, key: str, text_key: str) -> Table:
        """A table, or a string that stands for a table with nothing but `text_key`."""
        value = self._values.get(key)
        if isinstance(value, str):
            self._values[key] = {text_key: value}
        inner = self.table(key)
        if inner is None:
            raise self.complain(key, "missing")
        return inner

    def tables(self, key: str) -> tuple[Table, ...]:
        """An array of tables, empty where the key is missing. They are numbered from 1."""
        values = self._values.pop(key, [])
        if not isinstance(values, list) or not all(isinstance(each, dict) for each in values):
            raise self.complain(key, f"not an array of tables: write [[{key}]]")
        return tuple(
            Table(each, f"{self._place}{key} {number}: ") for number, each in enumerate(values, 1)
        )

    def _texts(self, key: str) -> tuple[str, ...]:
        values = self._values.pop(key, [])
        if not isinstance(values, list):
            raise self.complain(key, f"{values!r} is not a list")
        for value in values:
            if not isinstance(value, str):
                raise self.complain(key, f"{value!r} is not a string")
        return tuple(values)

    def _member(self, key: str, value: str, kinds: type[Choice]) -> Choice:
        try:
            return kinds(value)
        except ValueError:
            known = ", ".join(kinds)
            raise self.complain(key, f"{value!r} is not one of {known}") from None

    def _address4(self, key: str, value: str) -> IPv4Address:
        try:
            return IPv4Address(value)
        except AddressValueError:
            raise self.complain(key, f"{value!r} is not an IPv4 address") from None

    def _address6(self, key: str, value: str) -> IPv6Address:
        try:
            return IPv6Address(value)
        except AddressValueError:
            raise self.complain(key, f"{value!r} is not an IPv6 address") from None
