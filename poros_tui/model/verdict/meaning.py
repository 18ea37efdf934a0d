"""What the loss of a hop means: lost on the way, or only this router's answers. Pure.

Routers answer less often than they forward, so loss that does not go on to later hops says nothing
about the path. Reading it as loss is the oldest mistake of the field. Whether the router limits its
answers, or some are lost on their way back, the pattern of the answers shows (`model.limiting`).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

from poros_tui.model.findings.rate_limit import rate_limits
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.statistics import difference_statistic, normal_quantile

FAILURE: Final = 0.01
"""With this probability at most, over all hops of a path, loss of the path is called a router's
own. It is asked every second anew, hence not 5 %."""


class LossMeaning(Enum):
    """What the loss of one hop means."""

    NONE = auto()
    """Nothing is lost."""
    THROUGH = auto()
    """Every later hop that answers loses too: packets are lost here or before."""
    END = auto()
    """The destination's own loss: end to end."""
    LIMITED = auto()
    """Later hops clearly lose less, and by which it answers this router limits its answers."""
    LOCAL = auto()
    """Later hops clearly lose less: it is this router's answers that are lost."""
    UNKNOWN = auto()
    """It cannot be told: nothing beyond answers, or there is too little data."""
    SILENT = auto()
    """It never answered. Many routers never do."""


THEIR_OWN: Final = frozenset({LossMeaning.LIMITED, LossMeaning.LOCAL})
"""Loss that is no loss of the path."""


def meanings(hops: Sequence[HopSnapshot]) -> dict[int, LossMeaning]:
    """The meaning of each hop's loss by TTL. `hops` is the path in its order.

    Where the pattern of the answers shows a limit, that is what it means. Else loss of a hop is
    local if the hops behind it, taken together as far as that speaks most clearly, lose less: two
    ratios are clearly likelier than one, with FAILURE shared out among all hops that lose and all
    choices of how far. If it is not, and all later hops that answer lose too, it goes through.
    """
    losing = sum(bool(hop.lost and hop.received) for hop in hops)
    result: dict[int, LossMeaning] = {}
    limited = rate_limits(hops)
    for place, hop in enumerate(hops):
        later = [one for one in hops[place + 1 :] if one.received]
        is_limited = hop.ttl in limited
        result[hop.ttl] = LossMeaning.LIMITED if is_limited else _meaning(hop, later, losing)
    return result


def _meaning(hop: HopSnapshot, later: Sequence[HopSnapshot], losing: int) -> LossMeaning:
    if hop.lost == 0:
        return LossMeaning.NONE
    if hop.is_destination:
        return LossMeaning.END
    if hop.received == 0:
        return LossMeaning.SILENT
    if not later:
        return LossMeaning.UNKNOWN
    share = hop.lost, hop.lost + hop.received
    clear = normal_quantile(FAILURE / (max(1, losing) * len(later))) ** 2
    lost = decided = 0
    for one in later:
        lost, decided = lost + one.lost, decided + one.lost + one.received
        is_less = lost * share[1] < share[0] * decided
        if is_less and difference_statistic(share, (lost, decided)) > clear:
            return LossMeaning.LOCAL
    return LossMeaning.THROUGH if all(one.lost for one in later) else LossMeaning.UNKNOWN
