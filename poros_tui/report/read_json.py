"""Reports of ours in JSON, read back as far as they are compared."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Final

from poros_tui.errors import UsageError
from poros_tui.model.clean import clean
from poros_tui.model.contrast.measured import Measured, MeasuredHop

_TEXT_MAX: Final = 253
_HOPS_MAX: Final = 255
_PROBES_MAX: Final = 1_000_000
"""To one hop: what a report of so many rounds holds."""
_UNTRACED: Final = "error"
"""The key of a target that was not traced, in a report of several."""


class _Unreadable(Exception):
    """Where it is, and what is wrong there."""


def read_reports(text: str, source: str) -> tuple[Measured, ...]:
    """The traces of one report: one, or several where it is an array. `source` names it.

    Raises:
        UsageError: it is no report of ours, with the place of what is wrong.
    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{source} line {error.lineno} is no JSON: {clean(error.msg, _TEXT_MAX).lower()}",
            "give a report that was written with --json",
        ) from None
    except (ValueError, RecursionError):
        raise UsageError(f"{source} is no JSON that can be read") from None
    several = document if isinstance(document, list) else [document]
    try:
        traces = tuple(
            _measured(one, f"trace {number}" if isinstance(document, list) else "", source)
            for number, one in enumerate(several, 1)
            if not (isinstance(one, dict) and one.get(_UNTRACED))
        )
    except _Unreadable as error:
        raise UsageError(
            f"{source} is no report of poros-tui: {error}",
            "give a report that was written with --json",
        ) from None
    if not traces:
        raise UsageError(f"{source} has no trace in it", "give a report of a host that was traced")
    return traces


def _measured(document: object, where: str, source: str) -> Measured:
    trace = _object(document, where or "it")
    prefix = f"{where}: " if where else ""
    if "poros_tui" not in trace:
        raise _Unreadable(f"{prefix}poros_tui is missing")
    hops = trace.get("hops")
    if not isinstance(hops, list) or len(hops) > _HOPS_MAX:
        raise _Unreadable(f"{prefix}hops is no list of hops")
    measured = tuple(_hop(hop, f"{prefix}hop {place}") for place, hop in enumerate(hops, 1))
    ttls = [hop.ttl for hop in measured]
    if ttls != sorted(set(ttls)):
        raise _Unreadable(f"{prefix}hops are not in order")
    distance = trace.get("distance")
    if distance is not None:
        distance = _whole(trace, "distance", prefix, 1, _HOPS_MAX)
    return Measured(
        source=source,
        target=_text(trace, "target", prefix),
        destination=_text(trace, "destination", prefix),
        started_at=_text(trace, "started_at", prefix),
        protocol=_text(trace, "protocol", prefix),
        distance=distance,
        hops=measured,
    )


def _hop(document: object, where: str) -> MeasuredHop:
    hop = _object(document, where)
    probes = hop.get("probes")
    if not isinstance(probes, list) or len(probes) > _PROBES_MAX:
        raise _Unreadable(f"{where}: probes is no list of probes")
    answers: Counter[str] = Counter()
    rtts_ms: list[float] = []
    for number, one in enumerate(probes, 1):
        probe = _object(one, f"{where}, probe {number}")
        rtt_ms = probe.get("rtt_ms")
        if isinstance(rtt_ms, bool) or not isinstance(rtt_ms, int | float | None):
            raise _Unreadable(f"{where}, probe {number}: rtt_ms is no number")
        if rtt_ms is not None:
            if not 0 < rtt_ms < 1e9:
                raise _Unreadable(f"{where}, probe {number}: rtt_ms is out of range")
            rtts_ms.append(float(rtt_ms))
        responder = probe.get("responder")
        if responder is not None:
            answers[_text(probe, "responder", f"{where}, probe {number}: ")] += 1
    statistics = _object(hop.get("statistics"), f"{where}: statistics")
    return MeasuredHop(
        ttl=_whole(hop, "ttl", f"{where}: ", 1, _HOPS_MAX),
        responders=tuple(address for address, _ in answers.most_common()),
        rtts_ms=tuple(rtts_ms),
        lost=_whole(statistics, "lost", f"{where}: ", 0, _PROBES_MAX),
        received=_whole(statistics, "received", f"{where}: ", 0, _PROBES_MAX),
    )


def _object(document: object, where: str) -> Mapping[str, object]:
    if not isinstance(document, dict):
        raise _Unreadable(f"{where} is no object")
    return document


def _text(document: Mapping[str, object], key: str, prefix: str) -> str:
    value = document.get(key)
    if not isinstance(value, str):
        raise _Unreadable(f"{prefix}{key} is no text")
    return clean(value, _TEXT_MAX)


def _whole(document: Mapping[str, object], key: str, prefix: str, least: int, most: int) -> int:
    value = document.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _Unreadable(f"{prefix}{key} is no whole number from {least} to {most}")
    return value
