"""Finding rows by an address, a name, a network or a place: hops by what is known of who answers
there, targets by what they are called. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from typing import Final

from poros_tui.model.clean import clean
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.privacy import HIDDEN_ADDRESSES
from poros_tui.model.probe import IPAddress
from poros_tui.packets.extensions import InterfaceInformation
from poros_tui.tui.spans import Line, Role, fitted, line_text

_SHOWN_MAX: Final = 40


def matches(hop: HopSnapshot, wanted: str) -> bool:
    """Whether the hop, as it may be shown, has something with `wanted` in it, in small letters or
    large. An address matches however it is written (`2001:DB8:0::1`)."""
    part, whole = wanted.lower(), _address(wanted)
    if not part:
        return False
    for address in _addresses(hop):
        if address not in HIDDEN_ADDRESSES and (address == whole or part in str(address)):
            return True
    return any(part in name.lower() for name in _names(hop))


def target_matches(name: str, address: str | None, wanted: str) -> bool:
    """The same for a target with this name and address; None where that may not be shown, or is
    not known."""
    part, whole = wanted.lower(), _address(wanted)
    if not part:
        return False
    known = address.lower() if address is not None else ""
    return part in name.lower() or part in known or (whole is not None and _address(known) == whole)


def _addresses(hop: HopSnapshot) -> Iterator[IPAddress]:
    for responder in hop.responders:
        yield responder.address
        for extension in responder.extensions:
            if isinstance(extension, InterfaceInformation) and extension.address is not None:
                yield extension.address
    for flow in hop.flows:
        yield from flow.responders


def _names(hop: HopSnapshot) -> Iterator[str]:
    for responder in hop.responders:
        if responder.name is not None:
            yield responder.name
        if responder.network is not None and responder.network.words is not None:
            yield responder.network.words
        if responder.exchange is not None:
            yield str(responder.exchange.words)
        if responder.place is not None and not responder.place.problem:
            yield responder.place.words
        for extension in responder.extensions:
            if isinstance(extension, InterfaceInformation) and extension.name:
                yield extension.name


def _address(text: str) -> IPAddress | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def found_from(matching: Sequence[int], rows: Sequence[int], cursor: int | None, by: int) -> int:
    """The match to go to, one of `matching`, which must not be empty. `rows` is every row from top
    to bottom. `by` 1 is the next below the cursor, -1 the one above, 0 the first from the cursor
    on; behind the last comes the first."""
    places = {row: place for place, row in enumerate(rows)}
    here = places.get(cursor, -1) if cursor is not None else -1
    ordered = sorted(matching, key=places.__getitem__)
    if by < 0:
        above = [row for row in ordered if places[row] < here]
        return above[-1] if above else ordered[-1]
    return next((row for row in ordered if places[row] >= here + by), ordered[0])


def shown(wanted: str) -> str:
    """What is looked for, in quotes, for a sentence."""
    return f"'{clean(wanted, _SHOWN_MAX)}'"


def nowhere(wanted: str, row_kind: str) -> str:
    """The sentence that says so; `row_kind` is what a row stands for."""
    return f"no {row_kind} matches {shown(wanted)}"


def with_match(line: Line, start: int, end: int, wanted: str) -> Line:
    """A row that matches, with what matches in its cells from `start` to `end`; where
    that can't be read there, all that can."""
    text = line_text(line)[start:end]
    place = text.lower().find(wanted.lower())
    if place >= 0:
        first, last = start + place, start + place + len(wanted)
    else:
        first, last = start, start + len(text.rstrip())
    last = min(last, end)
    before = fitted(line, first)
    match = line_text(line)[first:last]
    return [*before, (match, Role.MATCH), *_behind(line, last)]


def _behind(line: Line, start: int) -> Line:
    result: Line = []
    place = 0
    for text, role in line:
        if place + len(text) > start:
            result.append((text[max(0, start - place) :], role))
        place += len(text)
    return result
