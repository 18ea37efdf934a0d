"""The files that a run is to write, refused before anything is sent where they cannot be meant."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from poros_tui.errors import UsageError

if TYPE_CHECKING:
    from poros_tui.cli.report_wishes import ReportWish

_STDOUT = "-"


def refuse_record(path: str) -> None:
    """Refuse what is no file for a recording.

    Raises:
        UsageError: it is none.
    """
    if not path:
        raise UsageError("--record names no file", "give a new one, such as --record today.ptr")
    if path == _STDOUT:
        raise UsageError("--record -: a recording is a file", "give a new file")


def refuse_pcap(path: str, wishes: Sequence[ReportWish], *, is_live: bool) -> None:
    """Refuse what packets cannot be written to, beside these reports or the screen.

    Raises:
        UsageError: it names no file, or standard output is taken.
    """
    if not path:
        raise UsageError("--pcap names no file", "give a new one, such as --pcap path.pcapng")
    if path != _STDOUT:
        return
    if is_live:
        raise UsageError("--pcap -: the screen is on standard output", "give a file")
    taken = [wish.words for wish in wishes if wish.path is None]
    if taken:
        raise UsageError(
            f"both --pcap and {taken[0]} go to standard output",
            "give --pcap or the report a file",
        )


def refuse_one_for_two(pcap: str | None, record: str | None, wishes: Sequence[ReportWish]) -> None:
    """Refuse one file for two of them. Each is made anew: the second would be told that there is
    one already.

    Raises:
        UsageError: two are the same.
    """
    written = [("--pcap", pcap), ("--record", record)]
    written += [(wish.words, wish.path) for wish in wishes]
    taken: dict[str, str] = {}
    for words, path in written:
        if path is None or path == _STDOUT:
            continue
        first = taken.setdefault(os.path.abspath(path), words)
        if first != words:
            raise UsageError(f"{words} goes to the file of {first}", "give each a file of its own")
