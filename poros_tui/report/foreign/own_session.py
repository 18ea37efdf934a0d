"""What a JSON report of ours says of the session as a whole, and of what happened in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from poros_tui.model.events import Event, EventKind
from poros_tui.model.path_mtu import MtuMethod, PathMtu
from poros_tui.model.session import SessionSnapshot
from poros_tui.model.stop import StopKind, StopReason
from poros_tui.model.stray import Stray, StrayReason
from poros_tui.report.foreign.fields import TTL_MAX, Fields
from poros_tui.report.foreign.own_probes import COUNT_MAX, ROUNDS_MAX

_SIZE_MAX: Final = 0xFFFF
_STOPS: Final = {
    StopKind.GAP_LIMIT: re.compile(
        r"(?:nothing answered: (?P<all>\d+) silent hops in a row|(?P<detail>\d+) silent hops after "
        r"hop (?P<ttl>\d+)) \(--gap-limit\)"
    ),
    StopKind.MAX_HOPS: re.compile(r"destination not reached within (?P<ttl>\d+) hops.*"),
    StopKind.FAILED: re.compile(r"nothing could be sent: (?P<detail>.*)"),
}
_STRAYS: Final = {reason.words: reason for reason in StrayReason}
_PROBLEM: Final = re.compile(r"Path MTU not (?:known exactly \((.*)\): .*|found: (.*))")


def session_of(fields: Fields, session: SessionSnapshot) -> SessionSnapshot:
    """With what the probes up to the last hop do not tell. Raises Unreadable."""
    status = msgspec.structs.replace(session.status, stop=_stop(fields) or session.status.stop)
    return msgspec.structs.replace(
        session,
        status=status,
        sent=fields.whole("probes_sent", 0, COUNT_MAX),
        sent_beyond=fields.whole("probes_beyond", 0, COUNT_MAX),
        send_errors=fields.whole("send_errors", 0, COUNT_MAX),
        strays=tuple(
            Stray(_STRAYS[one.text("reason")], one.whole("packets", 1, COUNT_MAX))
            for one in fields.objects("strays", "stray")
            if one.text("reason") in _STRAYS
        ),
        path_mtu=_path_mtu(fields.inner("path_mtu")) if "path_mtu" in fields else None,
    )


def _stop(fields: Fields) -> StopReason | None:
    """Of what ends a trace otherwise than by an answer; None where an answer did, or nobody
    knows."""
    kind, words = fields.optional_text("stop_reason"), fields.optional_text("stop_words") or ""
    if kind == StopKind.CANCELLED:
        return StopReason(kind=StopKind.CANCELLED)
    for known, shape in _STOPS.items():
        found = shape.fullmatch(words) if kind == known else None
        if found is not None:
            parts: Mapping[str, str | None] = found.groupdict()
            ttl = parts.get("ttl")
            return StopReason(
                kind=known,
                ttl=None if ttl is None or len(ttl) > 3 else int(ttl),
                detail=parts.get("all") or parts.get("detail") or "",
            )
    return None


def _path_mtu(fields: Fields) -> PathMtu:
    method = fields.optional_text("method")
    if method is not None and method not in set(MtuMethod):
        raise fields.flaw("method", "is none that is known")
    problem = _PROBLEM.fullmatch(fields.text("words"))
    return PathMtu(
        mtu=fields.optional_whole("mtu", 1, _SIZE_MAX),
        too_big=fields.optional_whole("too_big", 1, _SIZE_MAX),
        is_exact=fields.get("exact") is True,
        method=None if method is None else MtuMethod(method),
        confidence=fields.optional_number("confidence", 0, 1),
        hop=fields.optional_whole("hop", 0, TTL_MAX),
        beyond=fields.optional_whole("beyond", 0, TTL_MAX),
        responder=fields.optional_address("responder"),
        is_return_possible=fields.get("return_possible") is True,
        reaches=fields.optional_whole("reaches", 0, TTL_MAX),
        is_to_destination=fields.get("to_destination") is True,
        probes=fields.whole("probes", 0, COUNT_MAX),
        is_over=True,
        problem="" if problem is None else problem[1] or problem[2],
    )


def event_in(fields: Fields) -> tuple[Event, float]:
    """With its time in seconds since 1970. Raises Unreadable."""
    kind = fields.text("kind")
    if kind not in set(EventKind):
        raise fields.flaw("kind", "is none that is known")
    at_s = instant_in(fields, "at").timestamp()
    event = Event(
        kind=EventKind(kind),
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
