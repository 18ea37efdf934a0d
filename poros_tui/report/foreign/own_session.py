"""What a JSON report of ours says of the session as a whole, and of what happened in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from poros_tui.model.about import NOTHING_KNOWN, About
from poros_tui.model.events import Event, EventKind
from poros_tui.model.multipath import MultipathGraph
from poros_tui.model.path_mtu import MtuMethod, PathMtu
from poros_tui.model.probe import IPAddress
from poros_tui.model.session import SessionSnapshot
from poros_tui.model.stop import StopKind, StopReason
from poros_tui.model.stray import Stray, StrayReason
from poros_tui.report.foreign.fields import TTL_MAX, Fields, address_in
from poros_tui.report.foreign.own_graph import graph_about_in, graph_in
from poros_tui.report.foreign.own_probes import COUNT_MAX, ROUNDS_MAX

_SIZE_MAX: Final = 0xFFFF
_STOPS: Final = {
    StopKind.REACHED: re.compile(r"destination reached at hop (?P<ttl>\d+)(?P<detail>.*)"),
    StopKind.UNREACHABLE: re.compile(
        r"(?P<detail>.*), says (?P<responder>\S+) at hop (?P<ttl>\d+)"
    ),
    StopKind.GAP_LIMIT: re.compile(
        r"(?:nothing answered: (?P<all>\d+) silent hops in a row|(?P<detail>\d+) silent hops after "
        r"hop (?P<ttl>\d+)) \(--gap-limit\)"
    ),
    StopKind.MAX_HOPS: re.compile(r"destination not reached within (?P<ttl>\d+) hops.*"),
    StopKind.FAILED: re.compile(r"nothing could be sent: (?P<detail>.*)"),
}
_STRAYS: Final = {reason.words: reason for reason in StrayReason}
_PROBLEM: Final = re.compile(r"Path MTU not (?:known exactly \((.*)\): .*|found: (.*))")


def session_of(fields: Fields, session: SessionSnapshot) -> tuple[SessionSnapshot, frozenset[str]]:
    """With what the probes up to the last hop do not tell, and the names of what is not known for
    all that."""
    strays = fields.tried(fields.each, "strays", "stray", _stray)
    counts = {key: _count(fields, key) for key in ("probes_sent", "probes_beyond", "send_errors")}
    unknown = {key for key, count in counts.items() if count is None}
    if strays is None or len(strays) < len(fields.list("strays")):
        unknown |= {"foreign", "malformed"}
    distance = session.distance or fields.optional_whole("distance", 1, TTL_MAX)
    stop, told = session.status.stop, _stop(fields)
    if told is not None and (stop is None or stop.kind is not told.kind):
        stop = told
    sent, sent_beyond, send_errors = counts.values()
    graph = _graph(fields)
    return msgspec.structs.replace(
        session,
        status=msgspec.structs.replace(session.status, stop=stop, graph=graph),
        graph_about=_graph_about(fields) if graph is not None else NOTHING_KNOWN,
        distance=distance,
        sent=session.sent if sent is None else sent,
        sent_beyond=sent_beyond or 0,
        send_errors=session.send_errors if send_errors is None else send_errors,
        strays=tuple(strays or ()),
        path_mtu=fields.part("path_mtu", _path_mtu),
    ), frozenset(unknown)


def _graph(fields: Fields) -> MultipathGraph | None:
    if not fields.has("all_paths"):
        return None
    return fields.tried_as(
        "a graph of all paths", lambda: graph_in(fields.inner("all_paths", "all paths"))
    )


def _graph_about(fields: Fields) -> Mapping[IPAddress, About]:
    return graph_about_in(fields.inner("all_paths", "all paths"))


def _count(fields: Fields, key: str) -> int | None:
    """None where it is not known; where that is not said, it is noted."""
    return None if fields.is_null(key) else fields.tried(fields.whole, key, 0, COUNT_MAX)


def _stray(fields: Fields) -> Stray:
    words = fields.text("reason")
    if words not in _STRAYS:
        raise fields.flaw("reason", "is none that is known")
    return Stray(_STRAYS[words], fields.whole("packets", 1, COUNT_MAX))


def _stop(fields: Fields) -> StopReason | None:
    """As it is told; None where it is not, or not in words that are known."""
    kind = None
    if fields.has("stop_reason"):
        kind = fields.tried(fields.word, "stop_reason", StopKind)
    words = fields.optional_text("stop_words") or ""
    if kind is StopKind.CANCELLED:
        return StopReason(kind=StopKind.CANCELLED)
    for known, shape in _STOPS.items():
        found = shape.fullmatch(words) if kind == known else None
        if found is not None:
            parts: Mapping[str, str | None] = found.groupdict()
            ttl = parts.get("ttl")
            return StopReason(
                kind=known,
                ttl=None if ttl is None or len(ttl) > 3 else int(ttl),
                responder=address_in(parts.get("responder")),
                detail=parts.get("all") or parts.get("detail") or "",
            )
    return None


def _path_mtu(fields: Fields) -> PathMtu:
    problem = _PROBLEM.fullmatch(fields.text("words"))
    return PathMtu(
        mtu=fields.optional_whole("mtu", 1, _SIZE_MAX),
        too_big=fields.optional_whole("too_big", 1, _SIZE_MAX),
        is_exact=fields.flag("exact"),
        method=fields.tried(fields.word, "method", MtuMethod) if fields.has("method") else None,
        confidence=fields.optional_number("confidence", 0, 1),
        hop=fields.optional_whole("hop", 0, TTL_MAX),
        beyond=fields.optional_whole("beyond", 0, TTL_MAX),
        responder=fields.optional_address("responder"),
        is_return_possible=fields.flag("return_possible"),
        reaches=fields.optional_whole("reaches", 0, TTL_MAX),
        is_to_destination=fields.flag("to_destination"),
        probes=fields.whole("probes", 0, COUNT_MAX),
        is_over=True,
        problem="" if problem is None else problem[1] or problem[2],
    )


def event_in(fields: Fields) -> tuple[Event, float]:
    """With its time in seconds since 1970. Raises Unreadable."""
    at_s = instant_in(fields, "at").timestamp()
    event = Event(
        kind=fields.word("kind", EventKind),
        at_s=at_s,
        words=fields.text("words"),
        ttl=fields.optional_whole("hop", 1, TTL_MAX),
        round=fields.optional_whole("round", 0, ROUNDS_MAX),
        noticed_at_s=instant_in(fields, "noticed_at").timestamp(),
    )
    return event, at_s


def instant_in(fields: Fields, key: str) -> datetime:
    """A time of day. Raises Unreadable."""
    try:
        instant = datetime.fromisoformat(fields.text(key))
        instant.timestamp()
    except (ValueError, OverflowError):
        raise fields.flaw(key, "is no time") from None
    return instant
