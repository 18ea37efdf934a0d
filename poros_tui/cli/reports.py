"""Traces without a screen: one report for each target, on standard output."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import trio

from poros_tui.cli.garbage import collect_garbage
from poros_tui.cli.options import Options
from poros_tui.cli.output import tell, write
from poros_tui.cli.signals import SignalsHeld, ending_signals
from poros_tui.config import SessionConfig
from poros_tui.engine.plan import Entrant, TracePlan
from poros_tui.errors import CannotRun
from poros_tui.model.stop import StopKind
from poros_tui.report.as_json import to_json, to_json_array
from poros_tui.report.as_text import to_text
from poros_tui.report.run import FinishedRun, Untraced
from poros_tui.trace import EndedTrace, FinishedTrace, OpenNames, run_all, run_once


def report_one(options: Options, plan: TracePlan, open_names: OpenNames) -> int:
    """Trace once, print the report, and return the exit code.

    Raises:
        CannotRun: nothing could be sent.
    """
    with SignalsHeld() as held:
        _tell_notes((*plan.identity.notes, plan.identity.rung_note))
        collect_garbage()
        started_at = _timestamp(datetime.now(UTC))
        finished = trio.run(
            run_once,
            plan.config,
            plan.open_transport,
            ending_signals(),
            plan.mtu_plan(),
            plan.neighbour_plan(),
            plan.chronicle,
            open_names,
        )
        signal_number = finished.signal_number or held.waiting
        if signal_number is None:
            held.let_in()  # a reader that does not read must not keep us
        run = _run_of(plan, finished, started_at)
        has_failed = _has_failed(run)
        if options.as_json:
            write(to_json(run).encode())  # JSON is UTF-8 whatever the locale (RFC 8259)
        elif not has_failed:
            write(to_text(run))
        if signal_number is not None:
            return 128 + signal_number
    if has_failed:
        raise _nothing_sent(run)
    return 0 if _was_reached(run) else 1


def report_all(
    options: Options,
    config: SessionConfig,
    entrants: Sequence[Entrant],
    notes: Sequence[str],
    open_names: OpenNames,
) -> int:
    """Trace several side by side, print their reports one after the other, and return the exit
    code: 0 if all were reached, 1 if some were not.

    Raises:
        CannotRun: nothing could be sent to any of them.
    """
    with SignalsHeld() as held:
        _tell_notes(notes)
        collect_garbage()
        ended, signal_number = trio.run(run_all, entrants, config, ending_signals(), open_names)
        signal_number = signal_number or held.waiting
        if signal_number is None:
            held.let_in()
        runs = [_outcome(one) for one in ended]
        _tell_notes(_notes_of(runs))
        if options.as_json:
            write(to_json_array(runs).encode())
        else:
            texts = [
                to_text(run)
                for run in runs
                if isinstance(run, FinishedRun) and not _has_failed(run)
            ]
            if texts:
                write("\n\n".join(texts))
        if signal_number is not None:
            return 128 + signal_number
    for run in runs:
        if isinstance(run, Untraced):
            tell(f"{run.name}: {run.reason}")
        elif _has_failed(run):
            tell(f"{run.identity.target}: {_nothing_sent(run)}")
    traced = [run for run in runs if isinstance(run, FinishedRun) and not _has_failed(run)]
    if not traced:
        return CannotRun.exit_code
    return 0 if len(traced) == len(runs) and all(map(_was_reached, traced)) else 1


def _tell_notes(notes: Iterable[str]) -> None:
    """Each once."""
    for note in dict.fromkeys(notes):
        if note:
            tell(note)


def _notes_of(runs: Iterable[FinishedRun | Untraced]) -> Iterable[str]:
    for run in runs:
        if isinstance(run, FinishedRun):
            yield from run.identity.notes
            yield run.identity.rung_note


def _outcome(ended: EndedTrace) -> FinishedRun | Untraced:
    if ended.plan is None or ended.finished is None:
        return Untraced(name=ended.name, reason=str(ended.refusal))
    began = datetime.fromtimestamp(ended.began_wall_s, UTC)
    return _run_of(ended.plan, ended.finished, _timestamp(began))


def _run_of(plan: TracePlan, finished: FinishedTrace, started_at: str) -> FinishedRun:
    return FinishedRun(
        identity=plan.identity,
        config=plan.config,
        path=finished.path,
        started_at=started_at,
        duration_s=finished.duration_s,
        events=plan.chronicle.dated_events() if plan.chronicle is not None else (),
    )


def _timestamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


def _has_failed(run: FinishedRun) -> bool:
    stop = run.path.session.status.stop
    return stop is not None and stop.kind is StopKind.FAILED


def _nothing_sent(run: FinishedRun) -> CannotRun:
    stop = run.path.session.status.stop
    words = stop.words() if stop is not None else ""
    return CannotRun(words, "check the network and its routes")


def _was_reached(run: FinishedRun) -> bool:
    """By the trace itself, or by a flow of --mda."""
    session = run.path.session
    graph = session.status.graph
    return session.distance is not None or (graph is not None and graph.reached_at is not None)
