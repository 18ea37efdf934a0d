"""Signs and words for what the loss of a hop means. Pure."""

from __future__ import annotations

from typing import Final

from poros_tui.model.hop import HopSnapshot
from poros_tui.model.verdict.meaning import LossMeaning as Verdict
from poros_tui.model.verdict.meaning import meanings as verdicts
from poros_tui.tui.formatting import percent

__all__ = ["SIGNS", "Verdict", "meaning", "verdicts"]

SIGNS: Final = {
    Verdict.NONE: " ",
    Verdict.THROUGH: "!",
    Verdict.END: "!",
    Verdict.LIMITED: "≤",
    Verdict.LOCAL: "~",
    Verdict.UNKNOWN: "?",
    Verdict.SILENT: " ",
}


def meaning(hop: HopSnapshot, verdict: Verdict) -> str:
    """What the loss of this hop means, in words for the hop panel."""
    match verdict:
        case Verdict.NONE if hop.received:
            return "Nothing is lost here."
        case Verdict.NONE:
            return "Nothing is decided yet."
        case Verdict.THROUGH:
            return (
                "Later hops lose too: packets are lost here or before, and it reaches the "
                "destination."
            )
        case Verdict.END:
            return f"End to end: {percent(hop.loss_ratio)} % of the probes got no answer at all."
        case Verdict.LOCAL:
            return (
                "Later hops lose less or nothing: only this router's answers are lost, no fault of "
                "the path. Their pattern does not tell whether it limits them or they get lost on "
                "their way back."
            )
        case Verdict.LIMITED:
            figures = f": {hop.answer_limit.words()}" if hop.answer_limit else ""
            return (
                f"This router limits its own answers{figures}. It forwards all the same: no fault "
                "of the path."
            )
        case Verdict.UNKNOWN:
            return (
                "Nothing beyond this hop answers, or there is too little data: it cannot be told "
                "where it is lost."
            )
        case Verdict.SILENT:
            return (
                "It never answered. Many routers are set to be silent; where later hops answer, "
                "nothing is wrong."
            )
