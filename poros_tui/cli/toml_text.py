"""Values as TOML has them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Final

Value = str | int | float | bool

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def toml_text(value: object) -> str:
    """A value, of any type that TOML has, on one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{"".join(map(_escaped, value))}"'
        case date() | time():  # a datetime is a date
            return value.isoformat()
        case Mapping():
            pairs = (f"{_key(str(key))} = {toml_text(one)}" for key, one in value.items())
            return f"{{ {', '.join(pairs)} }}" if value else "{}"
        case Sequence():
            return f"[{', '.join(map(toml_text, value))}]"
        case _:
            return repr(value)  # numbers, also inf and nan


def _key(text: str) -> str:
    return text if _BARE_KEY.fullmatch(text) else toml_text(text)


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    is_control = character < " " or character == "\x7f"
    return f"\\u{ord(character):04x}" if is_control else character
