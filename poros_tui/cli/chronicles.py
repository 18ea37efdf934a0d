"""What remembers over time: which traces need it, and how much memory each may take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from poros_tui.cli.options import Options
    from poros_tui.config import SessionConfig
    from poros_tui.model.chronicle import Chronicle

FULL_DAYS: Final = 4
"""For so many targets each sample of a day is kept: 11 MB for 30 hops."""
SAMPLES_MIN: Final = 3600


def has_events(options: Options, config: SessionConfig) -> bool:
    """Whether anything can change in a report: not in one round; or a recording may go on to be
    looked at over time."""
    return (config.rounds or 1) > 1 or options.record is not None


def chronicle_for(options: Options, config: SessionConfig, targets: int = 1) -> Chronicle | None:
    """One for a target of so many; None where it would have nothing to tell. (It takes a
    millisecond to load.)"""
    if not options.is_live and not has_events(options, config):
        return None
    from poros_tui.model.chronicle import Chronicle

    return Chronicle(samples_max=samples_for_each(targets))


def samples_for_each(targets: int) -> int:
    """Of each hop so many samples are kept, that many targets together take as many as four do
    which keep a day, but an hour at least. Figures of half a minute are kept of more."""
    from poros_tui.model.series import SAMPLES_MAX

    return max(SAMPLES_MIN, min(SAMPLES_MAX, FULL_DAYS * SAMPLES_MAX // max(1, targets)))
