"""What stands in a JSON object, checked: of the right type, within bounds, and clean text.

What cannot be read costs as little as it can. What may be missing is left out alone; what may not
raises `Unreadable`, up to the nearest thing that can be left out as a whole (`each`, `tried`). All
that is left out is noted, with the way to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, ParamSpec, TypeGuard, TypeVar

import msgspec

from poros_tui.model.clean import clean
from poros_tui.model.privacy import HIDDEN, HIDDEN_ADDRESSES
from poros_tui.model.probe import IPAddress
from poros_tui.report.foreign.documents import Odd
from poros_tui.report.foreign.places import Path

TEXT_MAX: Final = 253
LIST_MAX: Final = 1_000_000
RTT_MS_MAX: Final = 1e9
TTL_MAX: Final = 255


_Read = TypeVar("_Read")
_Asked = ParamSpec("_Asked")


class Unreadable(Exception):
    """Where it is, and what is wrong there, for a sentence."""

    def __init__(self, words: str, path: Path = ()) -> None:
        """`path` leads to it in the document."""
        super().__init__(words)
        self.path = path


class Flaw(msgspec.Struct, frozen=True):
    """Something that was left out."""

    what: str
    """With its article."""
    words: str
    """Where it is, and what is wrong there."""


class Fields:
    """A JSON object at a place."""

    def __init__(
        self,
        value: object,
        where: str = "",
        path: Path = (),
        flaws: dict[Path, Flaw] | None = None,
        *,
        is_full: bool = False,
    ) -> None:
        """`where` it is, in words, within the document; empty: it is the document. `path` leads
        to it, and `flaws` are those of the document. `is_full`: what is not known is null there,
        and no key is missing.

        Raises:
            Unreadable: it is no object.
        """
        if not isinstance(value, dict):
            raise Unreadable(f"{where or 'it'} {_why(value, 'is no object')}", path)
        self._values: Mapping[str, object] = value
        self._where = where
        self._path = path
        self._is_full = is_full
        self.flaws: dict[Path, Flaw] = {} if flaws is None else flaws
        """All that was left out of the document until now, by the way to it."""

    def __contains__(self, key: str) -> bool:
        """Whether it is there, and not null."""
        return self._values.get(key) is not None

    def has(self, key: str) -> bool:
        """The same of a key that has always been there: where none is missing, that it is gets
        noted."""
        if self._is_full and self.is_missing(key):
            self.note(self.flaw(key, "is missing"))
        return key in self

    @property
    def keys(self) -> tuple[str, ...]:
        """In their order."""
        return tuple(self._values)

    @property
    def place(self) -> int:
        """Its number in the list that it is in, from 0."""
        last = self._path[-1] if self._path else 0
        return last if isinstance(last, int) else 0

    def has_list(self, key: str) -> bool:
        """Whether there is a list, and something in it."""
        value = self._values.get(key)
        return isinstance(value, list) and len(value) > 0

    def is_missing(self, key: str) -> bool:
        """Whether it is not there, and not as null either."""
        return key not in self._values

    def is_null(self, key: str) -> bool:
        """Whether it is said that it is not known."""
        return key in self._values and self._values[key] is None

    def flaw(self, key: str, words: str) -> Unreadable:
        """The value of this key is wrong."""
        named = f"{self._where}: " if self._where else ""
        words = _why(self._values.get(key), words)
        return Unreadable(f"{named}{clean(key, 40)} {words}", (*self._path, key))

    def flaw_in(self, key: str, number: int, words: str) -> Unreadable:
        """The value of this number, from 0, in a list is wrong."""
        named = f"{self._where}: " if self._where else ""
        words = _why(self.list(key)[number], words)
        return Unreadable(
            f"{named}{clean(key, 40)}, value {number + 1} {words}", (*self._path, key, number)
        )

    def flaw_of_all(self, words: str) -> Unreadable:
        """The object itself is wrong."""
        return Unreadable(f"{self._where or 'it'} {words}", self._path)

    def none_left(self, key: str, name: str) -> Unreadable:
        """Of all in a list none could be read: with what was wrong first."""
        path = (*self._path, key)
        within = (one.words for at, one in self.flaws.items() if at[: len(path)] == path)
        first = next(within, None)
        return self.flaw(key, f"has no {name}{f' that can be read: {first}' if first else ''}")

    def note(self, flaw: Unreadable, what: str = "a value") -> None:
        """It is left out."""
        self.flaws.setdefault(flaw.path, Flaw(what, str(flaw)))

    def tried(
        self, read: Callable[_Asked, _Read], *args: _Asked.args, **kwargs: _Asked.kwargs
    ) -> _Read | None:
        """What this reads; None where it cannot, which is noted."""
        return self.tried_as("a value", read, *args, **kwargs)

    def tried_as(
        self, what: str, read: Callable[_Asked, _Read], *args: _Asked.args, **kwargs: _Asked.kwargs
    ) -> _Read | None:
        """The same of something that has a name."""
        before = len(self.flaws)
        try:
            return read(*args, **kwargs)
        except Unreadable as flaw:
            while len(self.flaws) > before:  # what is within it is not there either
                self.flaws.popitem()
            self.note(flaw, what)
            return None

    def part(self, key: str, read: Callable[[Fields], _Read]) -> _Read | None:
        """What is read of an object in it; None where that is not there, or cannot be read."""
        return self.tried(lambda: read(self.inner(key))) if self.has(key) else None

    def each(self, key: str, name: str, read: Callable[[Fields], _Read]) -> list[_Read]:
        """What is read of each object in a list, without those that cannot be. Raises Unreadable:
        it is no list."""
        found = []
        what = f"{'an' if name[0] in 'aeio' else 'a'} {name}"
        for number in range(len(self.list(key))):
            one = self.tried_as(what, lambda at: read(self.entry(key, name, at)), number)
            if one is not None:
                found.append(one)
        return found

    def each_told(self, key: str, name: str, read: Callable[[Fields], _Read]) -> list[_Read]:
        """The same; none where there is no list, which is noted where there is something else."""
        return (self.tried(self.each, key, name, read) or []) if self.has(key) else []

    def get(self, key: str) -> object:
        """Whatever it is; None where it is not there."""
        return self._values.get(key)

    def inner(self, key: str, where: str = "") -> Fields:
        """An object in it. Raises Unreadable."""
        place = where or (f"{self._where}: {key}" if self._where else key)
        return Fields(
            self._values.get(key), place, (*self._path, key), self.flaws, is_full=self._is_full
        )

    def objects(self, key: str, name: str) -> list[Fields]:
        """A list of objects, each called `name` and its number. Raises Unreadable."""
        return [self.entry(key, name, number) for number in range(len(self.list(key)))]

    def entry(self, key: str, name: str, number: int) -> Fields:
        """The object of this number, from 0, in a list. Raises Unreadable."""
        where = f"{self._where}, {name} {number + 1}" if self._where else f"{name} {number + 1}"
        return Fields(
            self.list(key)[number],
            where,
            (*self._path, key, number),
            self.flaws,
            is_full=self._is_full,
        )

    def called(self, where: str) -> Fields:
        """It under another name."""
        return Fields(self._values, where, self._path, self.flaws, is_full=self._is_full)

    def full(self) -> Fields:
        """It, with no key missing that has always been there."""
        return Fields(self._values, self._where, self._path, self.flaws, is_full=True)

    def list(self, key: str) -> Sequence[object]:
        """A list. Raises Unreadable."""
        value = self._values.get(key)
        if not isinstance(value, list) or len(value) > LIST_MAX:
            raise self.flaw(key, "is no list")
        return value

    def flag(self, key: str) -> bool:
        """True or false. Raises Unreadable."""
        value = self._values.get(key)
        if not isinstance(value, bool):
            raise self.flaw(key, "is neither true nor false")
        return value

    def word(self, key: str, known: Iterable[_Read]) -> _Read:
        """One of those that are known, which are texts. Raises Unreadable."""
        name = self.text(key)
        found = next((one for one in known if one == name), None)
        if found is None:
            raise self.flaw(key, "is none that is known")
        return found

    def text(self, key: str) -> str:
        """Clean text. Raises Unreadable."""
        value = self._values.get(key)
        if not isinstance(value, str):
            raise self.flaw(key, "is no text")
        return clean(value, TEXT_MAX)

    def optional_text(self, key: str) -> str | None:
        """Clean text; None where it is not there, or is none."""
        return self.tried(self.text, key) if self.has(key) else None

    def whole(self, key: str, least: int, most: int) -> int:
        """A whole number within bounds. Raises Unreadable."""
        value = self._values.get(key)
        if not _is_whole(value, least, most):
            raise self.flaw(key, f"is no whole number from {least} to {most}")
        return value

    def optional_whole(self, key: str, least: int, most: int) -> int | None:
        """The same; None where it is not there, or is none."""
        return self.tried(self.whole, key, least, most) if self.has(key) else None

    def wholes(self, key: str, least: int, most: int) -> tuple[int, ...]:
        """Whole numbers within bounds. Raises Unreadable."""
        values = self.list(key)
        for number, value in enumerate(values):
            if not _is_whole(value, least, most):
                raise self.flaw_in(key, number, f"is no whole number from {least} to {most}")
        return tuple(value for value in values if isinstance(value, int))

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
        if not least <= value <= most:  # as no NaN is
            raise self.flaw(key, "is out of range")
        return float(value)

    def optional_number(
        self, key: str, least: float = 0.0, most: float = RTT_MS_MAX
    ) -> float | None:
        """The same; None where it is not there, or is none."""
        return self.tried(self.number, key, least, most) if self.has(key) else None

    def seconds(self, key: str) -> float | None:
        """A time in milliseconds, as seconds; None where it is not there, or is none."""
        value = self.optional_number(key)
        return None if value is None else value / 1e3

    def told_seconds(self, key: str) -> float | None:
        """The same of one that should be there: that it is not is noted as well."""
        value = self.tried(self.number, key)
        return None if value is None else value / 1e3

    def address(self, key: str) -> IPAddress:
        """An IP address. Raises Unreadable."""
        address = address_in(self._values.get(key))
        if address is None:
            raise self.flaw(key, "is no IP address")
        return address

    def optional_address(self, key: str) -> IPAddress | None:
        """The same; None where it is not there, or is none."""
        if not self.has(key) or self._values[key] == "":
            return None
        return self.tried(self.address, key)


def _is_whole(value: object, least: int, most: int) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _why(value: object, words: str) -> str:
    return value.words if isinstance(value, Odd) else words


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
