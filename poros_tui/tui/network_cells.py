"""Networks in the table of hops: their cells, where one begins and goes on, and the line above the
hops of one. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from poros_tui.model.exchange import Exchange
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.network import Network, as_text
from poros_tui.model.stretch import Stretch
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.columns import MARGIN
from poros_tui.tui.formatting import ABSENT, ELLIPSIS, percent, short_time
from poros_tui.tui.spans import Line, Role, fitted, line_text, line_width

BEGINS: Final = "┌"
GOES_ON: Final = "│"
OPEN_SIGN: Final = "▼"
EXCHANGE: Final = "IX"
"""In place of a number, in the LAN of an internet exchange."""
FOLDED_SIGN: Final = "▶"
_NAME_LEAST: Final = 8


def edges(path: Sequence[Stretch]) -> Mapping[int, str]:
    """What stands before the number of the network, by TTL: a corner where one begins, and a bar
    where it goes on. Nothing where no network is known."""
    found: dict[int, str] = {}
    for stretch in path:
        if stretch.is_known:
            found.update(dict.fromkeys(stretch.ttls, GOES_ON))
            found[stretch.first_ttl] = BEGINS
    return found


def as_cell(hop: HopSnapshot, edge: str = "") -> Line:
    """The number of the network of who answers."""
    network = hop.responder.network if hop.responder is not None else None
    line: Line = [(edge or " ", Role.DIM)]
    role = Role.TEXT if edge != GOES_ON else Role.DIM
    if hop.responder is not None and hop.responder.exchange is not None:
        line.append((EXCHANGE, role))
    elif network is not None and network.as_text is not None:
        line.append((network.as_text, role))
    elif not edge:
        line.append((ABSENT, Role.FAINT))
    return line


def network_cell(hop: HopSnapshot, width: int | None = None, edge: str = "") -> Line:
    """The name of the network or exchange, whole where `width` is None."""
    name = hop.responder.network_name if hop.responder is not None else None
    if name is None:
        return [("" if edge == GOES_ON else ABSENT, Role.FAINT)]
    return [(_cut(name, width), Role.TEXT if edge != GOES_ON else Role.DIM)]


def _cut(text: str, width: int | None) -> str:
    """In at most `width` cells: the beginning of a name says most."""
    if width is None or line_width([(text, Role.TEXT)]) <= width:
        return text
    return line_text(fitted([(text, Role.TEXT)], width - 1)).rstrip() + ELLIPSIS


def stretch_line(
    stretch: Stretch,
    hops: Sequence[HopSnapshot],
    width: int,
    unit: TimeUnit,
    *,
    is_folded: bool,
) -> Line:
    """The line above the `hops` of a stretch, or in their place: the network, which hops, from the
    shortest round trip to the longest, and the least loss of any of them, for what all lose is lost
    on the way to them."""
    first, last = hops[0].ttl, hops[-1].ttl
    which = f"hop {first}" if first == last else f"hops {first}-{last}"
    figures = [which]
    best = [hop.rtt.best_s for hop in hops if hop.rtt.best_s is not None]
    worst = [hop.rtt.worst_s for hop in hops if hop.rtt.worst_s is not None]
    if best and worst:
        shortest, longest = short_time(min(best), unit), short_time(max(worst), unit)
        figures.append(f"{shortest} to {longest} {unit.sign}")
    answering = [hop.loss_ratio for hop in hops if hop.received and hop.loss_ratio is not None]
    if answering:
        figures.append(f"loss {percent(min(answering))} %")
    tail = "  " + "  ".join(figures)
    sign = f"{FOLDED_SIGN if is_folded else OPEN_SIGN} "
    room = max(_NAME_LEAST, width - 2 * MARGIN - len(sign) - len(tail))
    line: Line = [
        (" " * MARGIN + sign, Role.ACCENT),
        (_cut(stretch.words, room), Role.STRONG),
        (tail, Role.DIM),
    ]
    return fitted(line, width)


def exchange_words(exchange: Exchange) -> str:
    """All that is known of an exchange, and who says so."""
    known = (exchange.words, exchange.city, exchange.country, str(exchange.prefix or ""))
    return f"{', '.join(filter(None, known))}; from {exchange.source}"


def network_words(network: Network) -> str:
    """All that is known of a network, and who says so; or why nothing is."""
    if network.words is None:
        return network.problem
    others = f" (also {', '.join(map(as_text, network.other_asns))})" * bool(network.other_asns)
    where = " ".join(filter(None, (network.country, network.registry)))
    known = (f"{network.words}{others}", str(network.prefix or ""), where)
    return f"{', '.join(filter(None, known))}; from {network.source}"
