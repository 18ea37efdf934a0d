"""The places of a path one below the other: which hops are there, how soon they answer, and whether
that can be. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from rich.cells import cell_len

from poros_tui.model.hop import HopSnapshot
from poros_tui.model.place import Place
from poros_tui.model.placed import placed_on
from poros_tui.model.privacy import HIDDEN, HIDDEN_ADDRESSES
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.formatting import short_time
from poros_tui.tui.place_cells import DOUBT_SIGN, shortened
from poros_tui.tui.rows import DESTINATION_SIGN, NO_REPLY
from poros_tui.tui.spans import Line, Role, Span, line_width

PLACE_SIGN: Final = "○"
HOME_SIGN: Final = "■"
NOWHERE_SIGN: Final = "·"
"""Of a place that is too vague to be drawn: a country, say."""
DETAILS_MOST: Final = 8
"""Responders of one hop that are told of."""
_VAGUE: Final = "somewhere in "
_INDENT: Final = 4
_TEXT_LEAST: Final = 16


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """A place, and which hops are there."""

    place: Place
    ttls: tuple[int, ...]
    """Rising."""
    best_rtt_s: float
    """The shortest round trip of all who are there."""
    doubts: tuple[str, ...]
    """Why they cannot be there, each reason once; empty where they can."""
    is_destination: bool

    @property
    def sign(self) -> str:
        """Before it, and on the map."""
        if self.doubts:
            return DOUBT_SIGN
        if not self.place.is_a_spot:
            return NOWHERE_SIGN
        return DESTINATION_SIGN if self.is_destination else PLACE_SIGN

    @property
    def role(self) -> Role:
        """How the sign stands out."""
        if self.doubts:
            return Role.WARN
        return Role.ACCENT if self.place.is_a_spot else Role.DIM

    def words(self, width: int) -> str:
        """City and country in so many cells, or that no more is known than the country."""
        vague = "" if self.place.is_a_spot else _VAGUE
        text = vague + self.place.words
        if cell_len(text) > width:
            text = vague + self.place.short_words
        return shortened(text, width)


def spots_of(hops: Sequence[HopSnapshot]) -> list[Spot]:
    """All places of a path, in the order of the nearest hop there. Those who are doubted to be
    there are one of their own."""
    ends = {one.address for hop in hops if hop.is_destination for one in hop.responders[:1]}
    found: dict[tuple[str, object, bool], Spot] = {}
    for one in placed_on(hops):
        doubt = one.place.doubt
        key = (one.place.words, one.place.at, bool(doubt))
        before = found.get(key)
        found[key] = Spot(
            place=one.place,
            ttls=tuple(sorted({*one.ttls, *(before.ttls if before else ())})),
            best_rtt_s=min(one.best_rtt_s, before.best_rtt_s) if before else one.best_rtt_s,
            doubts=tuple(
                dict.fromkeys([*(before.doubts if before else ()), *([doubt] if doubt else [])])
            ),
            is_destination=one.address in ends or (before is not None and before.is_destination),
        )
    return sorted(found.values(), key=lambda spot: spot.ttls)


def hop_ranges(ttls: Iterable[int]) -> str:
    """Such as `1-3,7`. `ttls` rise."""
    spans: list[list[int]] = []
    for ttl in ttls:
        if spans and spans[-1][1] == ttl - 1:
            spans[-1][1] = ttl
        else:
            spans.append([ttl, ttl])
    return ",".join(f"{a}" if a == b else f"{a}-{b}" for a, b in spans)


def place_lines(
    spots: Sequence[Spot],
    hops: Sequence[HopSnapshot],
    width: int,
    unit: TimeUnit,
    cursor_ttl: int | None,
) -> list[Line]:
    """A line for each place, what speaks against it below, and at last the hops without one."""
    lines: list[Line] = []
    room = max((len(hop_ranges(spot.ttls)) for spot in spots), default=0)
    for spot in spots:
        is_here = cursor_ttl in spot.ttls
        head: list[Span] = [
            (f"{spot.sign} ", spot.role),
            (
                f"{hop_ranges(spot.ttls):<{room}}  ",
                Role.ACCENT if is_here else Role.DIM,
            ),
        ]
        figure = f"  {short_time(spot.best_rtt_s, unit)} {unit.sign}"
        words = spot.words(max(2, width - line_width(head) - len(figure)))
        name: Span = (words, Role.STRONG if is_here else Role.TEXT)
        lines.append([*head, name, (figure, Role.DIM)])
        lines += _wrapped(spot.doubts, width, Role.WARN)
    return [*lines, *_wrapped(_without(hops), width, Role.DIM, indent=0)]


def place_details(hop: HopSnapshot) -> list[str]:
    """Where those are who answer at a hop, or why that is not known; once for all at one place."""
    whose: dict[str, list[str]] = {}
    for one in hop.responders[:DETAILS_MOST]:
        if one.place is not None:
            whose.setdefault(_detail(one.place), []).append(str(one.address))
    if len(whose) == 1:
        return list(whose)
    return [f"{', '.join(addresses)}: {words}" for words, addresses in whose.items()]


def _detail(place: Place) -> str:
    if place.problem:
        return place.problem
    where = place.words
    if place.at is not None and where != place.at.words:
        where += f" ({place.at.words})"
    within = f", within {place.accuracy_km:.0f} km" if place.accuracy_km is not None else ""
    return f"{where}{within}, says {place.source}" if place.source else where + within


def doubt_details(hop: HopSnapshot) -> list[str]:
    """Why some of them cannot be there."""
    return [
        f"{f'{one.address}: ' if len(hop.responders) > 1 else ''}{one.place.doubt}"
        for one in hop.responders[:DETAILS_MOST]
        if one.place is not None and one.place.doubt
    ]


def _wrapped(texts: Iterable[str], width: int, role: Role, indent: int = _INDENT) -> list[Line]:
    return [
        [(" " * indent + part, role)]
        for text in texts
        for part in textwrap.wrap(
            text, max(_TEXT_LEAST, width - indent), break_on_hyphens=False, subsequent_indent="  "
        )
    ]


def _without(hops: Sequence[HopSnapshot]) -> list[str]:
    """Which hops have no place, and why, in a line for each reason."""
    reasons: dict[str, list[int]] = {}
    for hop in hops:
        if not any(one.place is not None and not one.place.problem for one in hop.responders):
            reasons.setdefault(_reason(hop), []).append(hop.ttl)
    return [f"no place: {hop_ranges(ttls)} ({reason})" for reason, ttls in reasons.items()]


def _reason(hop: HopSnapshot) -> str:
    responder = hop.responder
    if responder is None:
        return NO_REPLY
    if responder.address in HIDDEN_ADDRESSES:
        return HIDDEN
    return responder.place.problem if responder.place is not None else "nobody says"
