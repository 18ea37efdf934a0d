"""`--private-hops`: how many hops from here are told of without their addresses. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from poros_tui.errors import UsageError

if TYPE_CHECKING:  # a live session needs no reports
    from poros_tui.cli.report_wishes import ReportWish

HOPS_MAX: Final = 255


def refuse_number(private_hops: int) -> None:
    """There can be no such number of hops.

    Raises:
        UsageError: so it is.
    """
    if not 0 <= private_hops <= HOPS_MAX:
        raise UsageError(
            f"--private-hops {private_hops} is out of range", f"give 0 to {HOPS_MAX} hops"
        )


def refuse_formats(private_hops: int, wishes: Iterable[ReportWish]) -> None:
    """A format has no place for a hop without its address.

    Raises:
        UsageError: so it is.
    """
    for wish in wishes:
        if private_hops and wish.format.has_to_name_hops:
            raise UsageError(
                f"--format {wish.format.name} has no place for the hidden addresses of "
                f"--private-hops {private_hops}",
                "give --private-hops 0, or another format",
            )
