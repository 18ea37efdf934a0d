"""A trace as it happens: one JSON object on each line, with a `type`. Pure.

`trace` comes first, then a `probe` as soon as it is known what became of it, `duplicate`, `stray`
and `event`, and last `summary`, or `error` instead of all where a target could not be traced. Each
has its `target`, and `at`: when it was written, of an event when it was. Other keys mean what they
mean in `as_json`.
"""

from __future__ import annotations

import json

from poros_tui import __version__
from poros_tui.config import SessionConfig
from poros_tui.model.events import Event
from poros_tui.model.hop import ProbeRecord
from poros_tui.model.probe import Duplicate, Lost, Probe, Reply, SendFailed
from poros_tui.model.session import Message, TraceIdentity
from poros_tui.model.stray import Stray
from poros_tui.report.as_json import SCHEMA, event_object, run_object, stray_object
from poros_tui.report.json_value import JsonObject
from poros_tui.report.probe_json import probe_object
from poros_tui.report.rtt_json import milliseconds
from poros_tui.report.run import FinishedRun, Untraced, utc


def trace_line(identity: TraceIdentity, config: SessionConfig, wall_s: float) -> str:
    """The trace begins; `wall_s` is the time of day in seconds since 1970, here and below."""
    return _line(
        "trace",
        identity.target,
        wall_s,
        {
            "poros_tui": __version__,
            "schema": SCHEMA,
            "destination": str(identity.destination),
            "protocol": identity.protocol.value,
            "privilege": identity.privilege,
            "socket": identity.rung,
            "simulation": identity.is_simulation,
            "mode": config.mode.value,
            "queries": config.queries,
            "flows": config.flows,
            "rounds": config.rounds,
            "interval_ms": milliseconds(config.interval_s),
            "timeout_ms": milliseconds(config.timeout_s),
        },
    )


def message_line(target: str, message: Message, wall_s: float) -> str | None:
    """What became of a probe, or what else came in. None for what is no news: a probe that left,
    and what the engine says of itself.

    A reply that is `late` takes back the loss that was told of the same round, query and flow.
    """
    match message:
        case Reply() | Lost() | SendFailed():
            record = ProbeRecord(probe=message.probe, outcome=message)
            fields = {"hop": message.probe.ttl, **probe_object(record)}
            return _line("probe", target, wall_s, fields)
        case Duplicate(probe=probe, responder=responder):
            return _line(
                "duplicate", target, wall_s, {**_asked(probe), "responder": str(responder)}
            )
        case Stray():
            return _line("stray", target, wall_s, stray_object(message))
        case _:
            return None


def event_line(target: str, event: Event, at_wall_s: float, wall_s: float) -> str:
    """An event that was at `at_wall_s`; its `at` is that."""
    return _line("event", target, wall_s, event_object(event, at_wall_s))


def summary_line(run: FinishedRun, wall_s: float) -> str:
    """All that `as_json` has of the run, but for the probes of its hops, which were told before."""
    told = run_object(run)
    hops = told["hops"]
    assert isinstance(hops, list)
    for hop in hops:
        assert isinstance(hop, dict)
        del hop["probes"]
    return _line("summary", run.identity.target, wall_s, told)


def error_line(untraced: Untraced, wall_s: float) -> str:
    """A target that could not be traced."""
    return _line("error", untraced.name, wall_s, {"error": untraced.reason})


def _asked(probe: Probe) -> JsonObject:
    return {
        "hop": probe.ttl,
        "round": probe.round,
        "query": probe.query,
        "flow": probe.flow + 1,
    }


def _line(kind: str, target: str, wall_s: float, fields: JsonObject) -> str:
    whole: JsonObject = {"type": kind, "at": utc(wall_s), "target": target}
    return json.dumps(whole | fields, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
