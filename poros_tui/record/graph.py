"""Our own values and objects as JSON, and back.

Only what this program is made of can come back: classes of `poros_tui.model` and the extensions of
`poros_tui.packets`, plain containers, numbers, text, addresses. Nothing of a file is ever called,
so that a file from somebody else can be wrong but can do nothing. (pickle could do anything.)

    None, true, 1, 1.5, "text"      themselves
    [...]                           a list
    {"t": [...]}                    a tuple
    {"d": [key, value, ...]}        a dict
    {"q": [longest or null, [...]]} a deque
    {"s": [...]}, {"fs": [...]}     a set, a frozenset
    {"e": "model.probe:Mode.CONCURRENT"}
    {"ip": "192.0.2.1"}             an address
    {"net": "192.0.2.0/24"}         a prefix
    {"b": base64}, {"ba": base64}   bytes, and bytes that may change
    {"a": ["H", base64]}            an array
    {"n": "123"}, {"f": "inf"}      what JSON has no numbers for
    {"o": "model.hop:Hop", "v": {name: value, ...}}
                                    an object; with "i" it is spoken of again as {"i": number}
    {"x": key}                      what is elsewhere in the file
"""

from __future__ import annotations

import math
import sys
from array import array
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections import Counter, deque
from collections.abc import Callable, Mapping
from enum import Enum
from importlib import import_module
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final

import msgspec

from poros_tui.errors import UsageError
from poros_tui.model.clean import clean

ROOT: Final = "poros_tui."
KNOWN_PARTS: Final = ("model", "config", "packets.extensions", "record.target")
"""Whose classes may come back."""
TEXT_MAX: Final = 4096
_MOVED: Final = {"model.hop_counts:Hop": "model.hop:Hop"}
"""Classes that stand elsewhere than files say: a file calls them what it always did, so that this
program reads older recordings, and older ones read its."""
_MOVED_TO: Final = {in_files: now for now, in_files in _MOVED.items()}
_INT_MAX: Final = 2**63
_DIGITS_MAX: Final = 60
_DEPTH_MAX: Final = 60
_ATOMS: Final = (bool, int, float, str)
_ARRAYS: Final = frozenset("HIi")

Frozen = Any
"""What json can write."""
Thawed = Any
"""What it was."""


class Unreadable(Exception):
    """It is nothing that this program has written. Its words say what is wrong."""


class Elsewhere(msgspec.Struct, frozen=True):
    """Stands for an object that is kept elsewhere in the file."""

    key: str


class Freezer:
    """Takes one graph of objects apart. Objects that are there twice come back as one."""

    def __init__(
        self, elsewhere: Callable[[object], Elsewhere | None] = lambda _value: None
    ) -> None:
        """`elsewhere` says where an object is kept; None: here."""
        self._elsewhere = elsewhere
        self._seen: dict[int, int] = {}
        self._alive: list[object] = []
        """A number of an object that is gone could be given to another."""

    def freeze(self, value: object) -> Frozen:
        """It and all that hangs on it.

        Raises:
            TypeError: it is nothing that could come back.
        """
        kind = type(value)
        if value is None or kind is str or kind is bool:
            return value
        if isinstance(value, Enum):  # some are numbers too
            return {"e": f"{name_of(kind)}.{value.name}"}
        if isinstance(value, int):
            return value if -_INT_MAX <= value < _INT_MAX else {"n": str(value)}
        if isinstance(value, float):
            return value if math.isfinite(value) else {"f": str(value)}
        if isinstance(value, IPv4Address | IPv6Address):
            return {"ip": str(value)}
        if isinstance(value, IPv4Network | IPv6Network):
            return {"net": str(value)}
        kept = self._elsewhere(value)
        if kept is not None:
            return {"x": kept.key}
        return self._container(value) or self._object(value)

    def _container(self, value: object) -> Frozen:
        freeze = self.freeze
        match value:
            case list():
                return [freeze(one) for one in value] or {"l": 0}
            case tuple() if type(value) is tuple:
                return {"t": [freeze(one) for one in value]}
            case tuple():
                return {"o": name_of(type(value)), "t": [freeze(one) for one in value]}
            case deque():
                return {"q": [value.maxlen, [freeze(one) for one in value]]}
            case set():
                return {"s": [freeze(one) for one in value]}
            case frozenset():
                return {"fs": [freeze(one) for one in value]}
            case dict() if type(value) in (dict, Counter):
                flat = [freeze(part) for pair in value.items() for part in pair]
                return {"c" if isinstance(value, Counter) else "d": flat}
            case bytes() | bytearray():
                is_changing = isinstance(value, bytearray)
                return {"ba" if is_changing else "b": b64encode(value).decode()}
            case array():
                return {"a": [value.typecode, as_base64(value)]}
        return None

    def _object(self, value: object) -> Frozen:
        kind = type(value)
        if id(value) in self._seen:
            return {"i": self._seen[id(value)]}
        frozen: dict[str, Frozen] = {"o": name_of(kind)}
        is_value = isinstance(value, msgspec.Struct) and value.__struct_config__.frozen
        if not is_value:
            frozen["i"] = self._seen[id(value)] = len(self._seen)
            self._alive.append(value)
        frozen["v"] = {name: self.freeze(one) for name, one in _attributes(value)}
        return frozen


def _attributes(value: object) -> list[tuple[str, object]]:
    if isinstance(value, msgspec.Struct):
        pairs = [
            (name, getattr(value, name), default)
            for name, default in zip(value.__struct_fields__, _defaults(type(value)), strict=True)
        ]
        return [(name, one) for name, one, default in pairs if one is not default]
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    found = [(name, getattr(value, name)) for name in slots if hasattr(value, name)]
    return [*found, *getattr(value, "__dict__", {}).items()]


def _defaults(kind: type[msgspec.Struct]) -> tuple[object, ...]:
    """Of all fields; `NODEFAULT` for those that have none. A fresh list or dict is none either."""
    fields, defaults = kind.__struct_fields__, kind.__struct_defaults__
    return (msgspec.NODEFAULT,) * (len(fields) - len(defaults)) + tuple(
        default if default is None or isinstance(default, _ATOMS) else msgspec.NODEFAULT
        for default in defaults
    )


def name_of(kind: type) -> str:
    """A class in a file.

    Raises:
        TypeError: it could not come back.
    """
    module = kind.__module__.removeprefix(ROOT)
    if not _is_known(module):
        raise TypeError(f"{kind.__module__}.{kind.__qualname__} cannot be kept in a file")
    name = f"{module}:{kind.__qualname__}"
    return _MOVED.get(name, name)


def _is_known(module: str) -> bool:
    return any(module == part or module.startswith(f"{part}.") for part in KNOWN_PARTS)


def as_bytes(numbers: array[Any]) -> bytes:
    """Little-endian on all machines."""
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()


def from_bytes(kind: str, data: bytes) -> array[Any]:
    """The array that it was."""
    numbers: array[Any] = array(kind)
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def as_base64(numbers: array[Any]) -> str:
    """An array as text."""
    return b64encode(as_bytes(numbers)).decode()


def from_base64(kind: str, text: str) -> array[Any]:
    """The array that it was.

    Raises:
        Unreadable: it was none.
    """
    if kind not in _ARRAYS:
        raise Unreadable(f"there are no arrays of {clean(str(kind), 20)}")
    try:
        return from_bytes(kind, b64decode(text, validate=True))
    except (TypeError, ValueError, Base64Error):
        raise Unreadable("an array is damaged") from None


class Thawer:
    """Puts one graph together again."""

    def __init__(self, elsewhere: Callable[[str], object] | None = None) -> None:
        """`elsewhere` knows what is kept elsewhere, by its key; raises Unreadable."""
        self._elsewhere = elsewhere
        self._seen: dict[int, object] = {}
        self._depth = 0

    def thaw(self, frozen: Frozen) -> Thawed:
        """What it was.

        Raises:
            Unreadable: it was nothing of ours.
        """
        kind = type(frozen)
        if kind is str:
            return clean(frozen, TEXT_MAX)
        if kind is not dict and kind is not list:
            return frozen
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise Unreadable("it is nested too deep")
        try:
            if kind is list:
                return [self.thaw(one) for one in frozen]
            return self._marked(frozen)
        except UsageError as error:
            raise Unreadable(error.sentence) from None
        except (TypeError, ValueError, LookupError, AttributeError) as error:
            raise Unreadable(f"a value of it is damaged ({type(error).__name__})") from None
        finally:
            self._depth -= 1

    def _marked(self, frozen: Mapping[str, Frozen]) -> Thawed:
        if "o" in frozen:
            return self._object(frozen)
        if len(frozen) != 1:
            raise Unreadable("a value has no kind")
        ((mark, inside),) = frozen.items()
        thaw = self.thaw
        match mark:
            case "t":
                return tuple([thaw(one) for one in inside])
            case "d" | "c":
                pairs = zip(inside[::2], inside[1::2], strict=True)
                known = {thaw(key): thaw(one) for key, one in pairs}
                return Counter(known) if mark == "c" else known
            case "q":
                longest, parts = inside
                return deque((thaw(one) for one in parts), maxlen=longest)
            case "s":
                return {thaw(one) for one in inside}
            case "fs":
                return frozenset([thaw(one) for one in inside])
            case "l":
                return []
            case "i":
                return self._seen[inside]
            case "x":
                if self._elsewhere is None:
                    raise Unreadable("something is missing")
                return self._elsewhere(inside)
        return _atom(mark, inside)

    def _object(self, frozen: Mapping[str, Frozen]) -> Thawed:
        kind = class_of(frozen["o"])
        if "t" in frozen:
            make = getattr(kind, "_make", None)  # as named tuples have
            if make is None:
                raise Unreadable("a value has another kind")
            return make([self.thaw(one) for one in frozen["t"]])
        if issubclass(kind, msgspec.Struct):
            made: Any = kind(**{name: self.thaw(one) for name, one in frozen["v"].items()})
            if "i" in frozen:
                self._seen[frozen["i"]] = made
            return made
        made = kind.__new__(kind)
        if "i" in frozen:
            self._seen[frozen["i"]] = made
        for name, one in frozen["v"].items():
            if not name.isidentifier() or name.startswith("__"):
                raise Unreadable("an object has no such part")
            setattr(made, name, self.thaw(one))
        return made


def _atom(mark: str, inside: Frozen) -> Thawed:
    match mark:
        case "ip":
            return ip_address(inside) if isinstance(inside, str) else _wrong("an address")
        case "net":
            return ip_network(inside) if isinstance(inside, str) else _wrong("a network")
        case "e":
            name, _, member = inside.rpartition(".")
            kind = class_of(name)
            return kind[member] if issubclass(kind, Enum) else _wrong("a word")
        case "n":
            return int(inside[:_DIGITS_MAX])
        case "f":
            return float(inside)
        case "b":
            return b64decode(inside, validate=True)
        case "ba":
            return bytearray(b64decode(inside, validate=True))
        case "a":
            return from_base64(*inside)
    raise Unreadable("a value has no kind that is known")


def _wrong(what: str) -> Thawed:
    raise Unreadable(f"{what} is damaged")


_CLASSES: Final[dict[str, type]] = {}


def class_of(name: str) -> type:
    """The class of that name in a file.

    Raises:
        Unreadable: it is none of those that are kept in files.
    """
    known = _CLASSES.get(name)
    if known is not None:
        return known
    module, _, qualified = _MOVED_TO.get(name, name).partition(":")
    if not _is_known(module) or not qualified.isidentifier():
        raise Unreadable(f"this program keeps nothing like {clean(name, 60)}")
    try:
        kind = getattr(import_module(ROOT + module), qualified)
    except (ImportError, AttributeError):
        raise Unreadable(f"this program knows no {clean(name, 60)}") from None
    if not isinstance(kind, type) or kind.__module__ != ROOT + module:
        raise Unreadable(f"this program keeps nothing like {clean(name, 60)}")
    _CLASSES[name] = kind
    return kind
