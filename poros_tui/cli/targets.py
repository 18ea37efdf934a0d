"""All targets of a command line: those typed, and those in the file of `--targets`."""

from __future__ import annotations

import os
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from poros_tui.cli.target import Target, parse_target
from poros_tui.errors import UsageError
from poros_tui.model.clean import clean
from poros_tui.model.targets import TARGETS_MAX

FILE_MAX: Final = 1 << 20
"""Bytes of a list of targets that are read. 256 names of the greatest length are 65 kB."""
_SHOWN_MAX: Final = 80


class Targets(msgspec.Struct, frozen=True):
    """What is to be traced."""

    targets: tuple[Target, ...]
    """Each once, in the order given."""
    notes: tuple[str, ...] = ()
    """What was left out, one sentence each."""

    @classmethod
    def of(cls, typed: Sequence[str], file: str | None) -> Targets:
        """Those typed first, then those in the file.

        Raises:
            UsageError: one of them can't be a target, the file can't be read, or there are none or
                too many.
        """
        found = [parse_target(text) for text in typed]
        if file is not None:
            found += _read_list(file)
        once: dict[tuple[str, str], Target] = {}
        notes = []
        for target in found:
            if (target.host, target.zone) in once:
                notes.append(f"{target.text} was given twice and is traced once")
            else:
                once[target.host, target.zone] = target
        if len(once) > TARGETS_MAX:
            raise UsageError(f"{len(once)} targets are too many", f"give {TARGETS_MAX} at most")
        return cls(tuple(once.values()), tuple(notes))


def _read_list(file: str) -> list[Target]:
    shown = clean(file, _SHOWN_MAX)
    found = []
    for number, text in enumerate(_lines(file, shown), 1):
        typed = _without_comment(text)
        if not typed:
            continue
        try:
            found.append(parse_target(typed))
        except UsageError as error:
            raise UsageError(f"{shown}, line {number}: {error.sentence}", error.advice) from None
    if not found:
        raise UsageError(f"{shown} has no targets", "put one on each line")
    return found


def _without_comment(line: str) -> str:
    """What stands before a # that begins a line or follows a blank: in a URL it is part of it."""
    words = []
    for word in line.split():
        if word.startswith("#"):
            break
        words.append(word)
    return " ".join(words)


def _lines(file: str, shown: str) -> Iterator[str]:
    if file == "-":
        raise UsageError(
            "--targets can't be -: keys are read from standard input",
            "write the targets into a file",
        )
    try:
        with open(file, "rb") as opened:
            data = opened.read(FILE_MAX + 1)
    except (OSError, ValueError) as error:
        number = error.errno if isinstance(error, OSError) else None
        reason = os.strerror(number).lower() if number else "that is no file name"
        raise UsageError(
            f"--targets {shown} can't be read: {reason}", "give a file with one target a line"
        ) from error
    if len(data) > FILE_MAX:
        raise UsageError(
            f"--targets {shown} is larger than {FILE_MAX >> 20} MiB",
            "give a file with one target a line",
        )
    # Some editors begin a file with a mark of its encoding. (The codec that knows it may have to be
    # loaded from where only root can read.)
    for number, line in enumerate(data.removeprefix(BOM_UTF8).splitlines(), 1):
        try:
            yield line.decode()
        except UnicodeDecodeError:
            raise UsageError(
                f"{shown}, line {number}: that is no text in UTF-8", "write it in UTF-8"
            ) from None
