"""Other keys for actions, as the user wants them: `pause = "x"` instead of the space bar. Pure."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final

import msgspec
from textual.keys import Keys, _character_to_key

from poros_tui.errors import UsageError
from poros_tui.model.clean import clean
from poros_tui.tui.keys import FIXED_KEYS, KEYS, Key, shown_key

_BY_CHARACTER: Final = {
    character: _character_to_key(character) for character in string.punctuation + " "
}
_KNOWN: Final = frozenset(
    {key.value for key in Keys if key.value[0] != "<"} | set(_BY_CHARACTER.values())
)
_SAME: Final = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+left_square_bracket": "escape",
    "ctrl+h": "backspace",
    "ctrl+@": "ctrl+space",
    "return": "enter",
    "esc": "escape",
}
"""What terminals cannot tell apart, and other names."""
_SHOWN_MAX: Final = 40


def changed_keys(changes: Mapping[str, str], keys: Sequence[Key] = KEYS) -> tuple[Key, ...]:
    """`keys` with those that `changes` names by action; each may be several, with commas.

    Raises:
        UsageError: there is no such action or key, or two actions would have the same one.
    """
    by_name = {key.name: key for key in keys}
    wanted: dict[str, list[str]] = {}
    for written, text in changes.items():
        name = written.replace("_", "-")
        if name not in by_name:
            raise _unknown_action(written, tuple(by_name))
        wanted[name] = _parsed(written, text)
    changed = tuple(
        msgspec.structs.replace(
            key, keys=",".join(wanted[key.name]), shown=shown_key(wanted[key.name][0])
        )
        if key.name in wanted
        else key
        for key in keys
    )
    _refuse_conflicts(changed, wanted)
    return changed


def _parsed(action: str, text: str) -> list[str]:
    parts = [text] if len(text) == 1 else [part.strip() for part in text.split(",")]
    return [_key(action, part) for part in parts]


def _key(action: str, written: str) -> str:
    """Textual's name of one key."""
    if len(written) == 1 and written.isprintable():
        return _character_to_key(written)
    *modifiers, base = written.split("+")
    if len(base) == 1:
        base = _character_to_key(base.lower() if modifiers else base)
    elif base.lower() in _KNOWN or base.lower() in _SAME:
        base = base.lower()
    name = "+".join([*(modifier.strip().lower() for modifier in modifiers), base])
    name = _SAME.get(name, name)
    if name not in _KNOWN:
        close = get_close_matches(name, [*_KNOWN, *_SAME], n=1)
        advice = f"did you mean {close[0]}?" if close else 'such as "x", "f5", "ctrl+x", "space"'
        raise UsageError(f"[keys] {action}: there is no key {_shown(written)}", advice)
    return name


def _refuse_conflicts(keys: Sequence[Key], wanted: Mapping[str, object]) -> None:
    owners: dict[str, str] = {}
    for key in sorted(keys, key=lambda key: key.name in wanted):
        for one in key.keys.split(","):
            if key.name in wanted and one in FIXED_KEYS:
                raise UsageError(
                    f"[keys] {key.name}: the key {shown_key(one)} is for {FIXED_KEYS[one]}",
                    "choose another",
                )
            owner = owners.setdefault(one, key.name)
            if owner != key.name:
                raise UsageError(
                    f"[keys] {key.name}: {owner} has the key {shown_key(one)} too",
                    f"give {owner} another, or choose another",
                )


def _unknown_action(written: str, names: Sequence[str]) -> UsageError:
    close = get_close_matches(written.replace("_", "-"), names, n=1)
    advice = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
    return UsageError(
        f"[keys] {clean(written, _SHOWN_MAX)}: there is no action of this name", advice
    )


def _shown(text: str) -> str:
    return clean(repr(text), _SHOWN_MAX)
