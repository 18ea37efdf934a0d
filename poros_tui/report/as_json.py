"""A finished trace as one JSON object. Numbers are numbers; what is not known is null."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from poros_tui import __version__
from poros_tui.model.events import Event
from poros_tui.model.findings.rate_limit import rate_limits
from poros_tui.model.stray import Stray
from poros_tui.report.finding_json import finding_object
from poros_tui.report.flow_paths import paths_of_flows
from poros_tui.report.graph_json import graph_object
from poros_tui.report.hop_json import hop_object
from poros_tui.report.identity_json import identity_object
from poros_tui.report.json_value import JsonObject, JsonValue
from poros_tui.report.layout import Layout
from poros_tui.report.path_mtu_json import path_mtu_object, told_mtu_object
from poros_tui.report.rtt_json import milliseconds
from poros_tui.report.run import FinishedRun, Untraced, utc

SCHEMA: Final = 1
"""Of `schema/poros-tui.schema.json`, which says what is in the object. It grows when a program that
reads the old one could be misled: a key is gone, or means something else. A new key is no
reason."""


def render(runs: Sequence[FinishedRun | Untraced], layout: Layout) -> str:
    """An object for one target, an array of them where several were asked for."""
    if layout.are_several:
        return to_json_array(runs)
    (run,) = runs
    assert isinstance(run, FinishedRun)
    return to_json(run)


def to_json(run: FinishedRun) -> str:
    """The whole run, indented, without a final line break."""
    return _dumped(run_object(run))


def to_json_array(runs: Sequence[FinishedRun | Untraced]) -> str:
    """Several targets in one array, in their order. One that could not be traced is an object
    with `target` and `error`."""
    return _dumped(
        [run_object(run) if isinstance(run, FinishedRun) else _untraced(run) for run in runs]
    )


def _dumped(value: JsonValue) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)


def _untraced(untraced: Untraced) -> JsonObject:
    return {
        "poros_tui": __version__,
        "schema": SCHEMA,
        "target": untraced.name,
        "error": untraced.reason,
    }


def run_object(run: FinishedRun) -> JsonObject:
    """The whole run."""
    session = run.path.session
    stop = session.status.stop
    limits = rate_limits(run.path.hops)
    return {
        "poros_tui": __version__,
        "schema": SCHEMA,
        **identity_object(run.identity),
        "mode": run.mode,
        "reached": session.distance is not None,
        "distance": session.distance,
        "stop_reason": stop.kind.value if stop else None,
        "stop_words": stop.words() if stop else None,
        "started_at": run.started_at,
        "duration_ms": milliseconds(run.duration_s),
        "queries": run.config.queries if run.config is not None else None,
        "flows": run.config.flows if run.config is not None else None,
        "thrifty": run.config.thrifty if run.config is not None else None,
        "rounds": run.rounds,
        "probes_sent": session.sent,
        "probes_beyond": session.sent_beyond,
        "send_errors": session.send_errors,
        "foreign": session.foreign,
        "malformed": session.malformed,
        "strays": [stray_object(stray) for stray in session.strays],
        "told_mtu": told_mtu_object(session.told_mtu),
        "path_mtu": path_mtu_object(session.path_mtu),
        "findings": [finding_object(finding) for finding in run.findings],
        "events": [event_object(event, wall_s) for event, wall_s in run.events],
        "hops": [hop_object(hop, limits.get(hop.ttl)) for hop in run.path.hops],
        "flow_paths": [
            {"flow": flow + 1, "path": [None if met is None else str(met) for met in path]}
            for flow, path in paths_of_flows(run.path.hops).items()
        ],
        "all_paths": graph_object(session.status.graph, session.graph_about)
        if session.status.graph
        else None,
        **dict.fromkeys(run.not_told),
    }


def stray_object(stray: Stray) -> JsonObject:
    """Packets that were not believed, for one reason."""
    reason = stray.reason
    return {"kind": reason.kind.value, "reason": reason.words, "packets": stray.count}


def event_object(event: Event, wall_s: float) -> JsonObject:
    """An event, with its time in seconds since 1970."""
    noticed = event.noticed_at_s
    return {
        "kind": event.kind.value,
        "group": event.group.value,
        "hop": event.ttl,
        "round": event.round,
        "at": utc(wall_s),
        "noticed_at": utc(wall_s if noticed is None else wall_s + noticed - event.at_s),
        "words": event.words,
    }
