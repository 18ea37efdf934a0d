"""Which reports are wanted, and where they go: --report, --json and every --format. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

import msgspec

from poros_tui.errors import UsageError
from poros_tui.model.clean import clean
from poros_tui.report.formats import FORMATS, JSON, TEXT, Format

STDOUT: Final = "-"
_SHOWN_MAX: Final = 240


class ReportWish(msgspec.Struct, frozen=True, kw_only=True):
    """One report that is wanted."""

    format: Format
    path: str | None = None
    """A new file; None: standard output."""

    @property
    def words(self) -> str:
        """As it is written on the command line, for a sentence."""
        where = f"={clean(self.path, _SHOWN_MAX)}" if self.path is not None else ""
        return f"--format {self.format.name}{where}"


def report_wishes(formats: Sequence[str], *, report: bool, as_json: bool) -> tuple[ReportWish, ...]:
    """All that are wanted, in their order, those of --report and --json first.

    Raises:
        UsageError: there is no such format, or two go to one place.
    """
    flags = [name for name, is_given in ((TEXT, report), (JSON, as_json)) if is_given]
    wishes = tuple(map(_wish, (*flags, *formats)))
    for place, wish in enumerate(wishes):
        for other in wishes[:place]:
            _refuse_same_place(other, wish)
    return wishes


def refuse_several(
    wishes: Sequence[ReportWish], advice: str = "trace them one after the other"
) -> None:
    """Several targets are to be reported. `advice`: what to do about it.

    Raises:
        UsageError: a format has no place for more than one.
    """
    for wish in wishes:
        if not wish.format.takes_several:
            raise UsageError(f"--format {wish.format.name} is for one target", advice)


def _wish(text: str) -> ReportWish:
    name, sign, path = text.partition("=")
    known = FORMATS.get(name.strip().lower())
    if known is None:
        close = get_close_matches(name.strip().lower(), FORMATS, n=1)
        advice = f"did you mean {close[0]}?" if close else f"there are {', '.join(FORMATS)}"
        raise UsageError(f"--format: there is no format {clean(repr(name), _SHOWN_MAX)}", advice)
    if sign and not path:
        raise UsageError(
            f"--format {known.name}= names no file",
            f"give {known.name} alone, or {known.name}=FILE",
        )
    return ReportWish(format=known, path=path if path not in ("", STDOUT) else None)


def _refuse_same_place(first: ReportWish, second: ReportWish) -> None:
    if first.path != second.path:
        return
    if first.path is not None:
        raise UsageError(
            f"{second.words} goes to the file of --format {first.format.name}",
            "give each a file of its own",
        )
    name = second.format.name
    raise UsageError(
        f"both {first.format.name} and {name} go to standard output",
        f"give each but one a file, such as --format {name}=FILE",
    )
