"""A configuration file with other values: all else in it, comments too, stays as it was. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence

import msgspec

from poros_tui.cli.toml_text import Value, toml_text


class _Part(msgspec.Struct, frozen=True):
    """One statement, comment or empty line."""

    text: str
    """With its end of line, if it has one."""
    name: str | None = None
    """The option that it sets, with hyphens."""


def edited(text: str, changes: Mapping[str, Value | None]) -> str:
    """The TOML text with these options, by their long names, set, or with None taken away.

    Of an option that is there twice (`max-hops` and `max_hops`) one is left. New ones come behind
    the last that is there, before the first table.

    Raises:
        tomllib.TOMLDecodeError: the text is no TOML.
    """
    tomllib.loads(text)
    newline = "\r\n" if "\r\n" in text else "\n"
    parts, tables = _parted(text)
    kept: list[_Part] = []
    done: set[str] = set()
    for part in parts:
        if part.name is None or part.name not in changes:
            kept.append(part)
            continue
        value = changes[part.name]
        if value is not None and part.name not in done:
            kept.append(_Part(_with_value(part.text, value), part.name))
        done.add(part.name)
    new = [
        f"{name} = {toml_text(value)}{newline}"
        for name, value in changes.items()
        if value is not None and name not in done
    ]
    place = _place_for_new(kept, is_before_table=bool(tables))
    before = "".join(part.text for part in kept[:place])
    after = "".join(part.text for part in kept[place:]) + tables
    if new and before and not before.endswith("\n"):
        before += newline
    if new and after and not any(part.name for part in kept):
        new.append(newline)
    return before + "".join(new) + after


def _parted(text: str) -> tuple[list[_Part], str]:
    """What stands before the first table, and the tables."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    parts: list[_Part] = []
    start = 0
    while start < len(lines):
        if lines[start].lstrip(" \t").startswith("["):
            break
        # A statement is as many lines as it takes to be TOML.
        end = start + 1
        while (document := _document("".join(lines[start:end]))) is None:
            end += 1
        name = next(iter(document), None)
        parts.append(_Part("".join(lines[start:end]), name and name.replace("_", "-")))
        start = end
    return parts, "".join(lines[start:])


def _document(text: str) -> dict[str, object] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _with_value(statement: str, value: Value) -> str:
    """The same statement, with its comment, for another value."""
    body = statement.rstrip("\r\n")
    ending = statement[len(body) :]
    name = body[: body.index("=")].rstrip()
    return f"{name} = {toml_text(value)}{_comment(body)}{ending}"


def _comment(body: str) -> str:
    """The comment behind a statement with the blanks before it; empty where there is none."""
    whole = _document(body)
    for sign in re.finditer(r"[ \t]*#", body):
        if _document(body[: sign.start()]) == whole:
            return body[sign.start() :]
    return ""


def _place_for_new(parts: Sequence[_Part], *, is_before_table: bool) -> int:
    named = [index for index, part in enumerate(parts) if part.name is not None]
    if named:
        return named[-1] + 1
    place = len(parts)
    # A comment right above a table is about that.
    while is_before_table and place and parts[place - 1].text.lstrip(" \t").startswith("#"):
        place -= 1
    return place
