"""What the loss of a hop means: lost on the way, or only this router's answers. Pure.

A router answers about once a second and forwards without limit, so loss that does not go on to
later hops says nothing about the path. Reading it as loss is the oldest mistake of the field.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

from poros_tui.model.hop import HopSnapshot
from poros_tui.model.statistics import wilson_interval
from poros_tui.tui.formatting import percent


class Verdict(Enum):
    """What the loss of one hop means."""

    NONE = auto()
    """Nothing is lost."""
    THROUGH = auto()
    """Every later hop that answers loses too: packets are lost here or before."""
    END = auto()
    """The destination's own loss: end to end."""
    LOCAL = auto()
    """A later hop loses nothing, or clearly less: this router limits its answers."""
    UNKNOWN = auto()
    """Nothing beyond answers, so that it cannot be told."""
    SILENT = auto()
    """It never answered. Many routers never do."""


SIGNS: Final = {
    Verdict.NONE: " ",
    Verdict.THROUGH: "!",
    Verdict.END: "!",
    Verdict.LOCAL: "~",
    Verdict.UNKNOWN: "?",
    Verdict.SILENT: " ",
}


def verdicts(hops: Sequence[HopSnapshot]) -> dict[int, Verdict]:
    """The meaning of each hop's loss by TTL. `hops` is the path in its order.

    Loss of a hop is local when some later hop loses nothing at all, or when the upper end of that
    hop's 95 % interval lies below this hop's loss.
    """
    result: dict[int, Verdict] = {}
    proof: HopSnapshot | None = None  # the later hop that loses least
    for hop in reversed(hops):
        result[hop.ttl] = _verdict(hop, proof)
        if hop.received and (proof is None or _loss(hop) <= _loss(proof)):
            proof = hop
    return result


def _loss(hop: HopSnapshot) -> float:
    return hop.loss_ratio or 0.0


def _verdict(hop: HopSnapshot, proof: HopSnapshot | None) -> Verdict:
    if hop.lost == 0:
        return Verdict.NONE
    if hop.is_destination:
        return Verdict.END
    if hop.received == 0:
        return Verdict.SILENT
    if proof is None:
        return Verdict.UNKNOWN
    interval = wilson_interval(proof.lost, proof.lost + proof.received)
    if proof.lost == 0 or (interval is not None and interval[1] < _loss(hop)):
        return Verdict.LOCAL
    return Verdict.THROUGH


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
                "Later hops lose less or nothing: this router limits its own answers, and "
                "forwards all the same. Not a fault of the path."
            )
        case Verdict.UNKNOWN:
            return "Nothing beyond this hop answers, so it cannot be told where it is lost."
        case Verdict.SILENT:
            return (
                "It never answered. Many routers are set to be silent; where later hops answer, "
                "nothing is wrong."
            )
