"""Traces without a screen, and what is reported of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

import trio

from poros_tui.cli.garbage import collect_garbage
from poros_tui.cli.options import Options
from poros_tui.cli.output import tell
from poros_tui.cli.report_files import ReportFiles
from poros_tui.cli.run_files import RunFiles
from poros_tui.cli.signals import SignalsHeld, ending_signals
from poros_tui.config import SessionConfig
from poros_tui.engine.plan import Entrant, TracePlan
from poros_tui.errors import CannotRun
from poros_tui.model.place_doubt import path_with_doubts
from poros_tui.model.send_trouble import SendTrouble
from poros_tui.model.session import TraceIdentity
from poros_tui.once import EndedTrace, FinishedTrace, OpenBook, run_all, run_once
from poros_tui.report.layout import Layout
from poros_tui.report.run import FinishedRun, Untraced, utc

if TYPE_CHECKING:
    from poros_tui.cli.streaming import Streaming

THRESHOLD_PASSED: Final = 4
"""The exit code where --fail-loss, --fail-rtt or --fail-path-change has something to say."""


def report_one(
    options: Options, plan: TracePlan, layout: Layout, open_book: OpenBook, run_files: RunFiles
) -> int:
    """Trace once, write the reports, and return the exit code.

    Raises:
        UsageError: a file for one cannot be made.
        CannotRun: nothing could be sent, or a file not be written.
    """
    with SignalsHeld() as held, ReportFiles(options.report_wishes(), layout) as files:
        streaming = files.streaming()
        _tell_notes((*plan.identity.notes, plan.identity.rung_note))
        collect_garbage()
        started_at = _timestamp(datetime.now(UTC))
        run_it = partial(
            run_once,
            plan.config,
            plan.open_transport,
            ending_signals(),
            plan.mtu_plan(),
            plan.neighbour_plan(),
            plan.chronicle,
            streaming.listen_to(plan) if streaming is not None else None,
            open_book,
            run_files.recording.keep(plan),
            run_files.recording.learn,
        )
        finished = trio.run(run_files.beside_report(run_it))
        signal_number = finished.signal_number or held.waiting
        if signal_number is None:
            held.let_in()  # a reader that does not read must not keep us
        run = _run_of(plan, finished, started_at)
        if streaming is not None:
            streaming.end(run)
        files.write([run])
        if streaming is not None:
            _finish(streaming, held)
        if signal_number is not None:
            return 128 + signal_number
    if run.has_failed:
        raise _nothing_sent(run)
    if _tell_passed(options, [run]):
        return THRESHOLD_PASSED
    return 0 if run.was_reached else 1


def report_all(
    options: Options,
    config: SessionConfig,
    entrants: Sequence[Entrant],
    notes: Sequence[str],
    layout: Layout,
    open_book: OpenBook,
    run_files: RunFiles,
) -> int:
    """Trace several side by side, write their reports one after the other, and return the exit
    code: 0 if all were reached, 1 if some were not, 3 if nothing could be sent to any of them, 4 if
    one has passed a threshold.

    Raises:
        UsageError: a file for a report cannot be made.
        CannotRun: it cannot be written.
    """
    with SignalsHeld() as held, ReportFiles(options.report_wishes(), layout) as files:
        streaming = files.streaming()
        _tell_notes(notes)
        collect_garbage()

        def end(one: EndedTrace) -> None:
            if streaming is not None:
                streaming.end(outcome(one))

        run_them = partial(
            run_all,
            entrants,
            config,
            ending_signals(),
            listen_to=streaming.listen_to if streaming is not None else None,
            on_end=end,
            open_book=open_book,
            keep=run_files.recording.keep,
            tell_of=run_files.recording.learn,
        )
        ended, signal_number = trio.run(run_files.beside_report(run_them))
        signal_number = signal_number or held.waiting
        if signal_number is None:
            held.let_in()
        runs = [outcome(one) for one in ended]
        _tell_notes(_notes_of(runs))
        files.write(runs)
        if streaming is not None:
            _finish(streaming, held)
        if signal_number is not None:
            return 128 + signal_number
    for run in runs:
        if isinstance(run, Untraced):
            tell(f"{run.name}: {run.reason}")
        elif run.has_failed:
            tell(f"{run.identity.target}: {_nothing_sent(run)}")
    traced = [run for run in runs if isinstance(run, FinishedRun) and not run.has_failed]
    if not traced:
        return CannotRun.exit_code
    if _tell_passed(options, traced):
        return THRESHOLD_PASSED
    return 0 if len(traced) == len(runs) and all(run.was_reached for run in traced) else 1


def _finish(streaming: Streaming, held: SignalsHeld) -> None:
    if streaming.is_held_up:
        held.let_in()  # who has stopped it once may do so again, without its reader
    streaming.finish()


def _tell_passed(options: Options, runs: Iterable[FinishedRun]) -> bool:
    """Say which thresholds were passed; whether any was."""
    thresholds = options.thresholds()
    sentences = [sentence for run in runs for sentence in thresholds.passed(run)]
    for sentence in sentences:
        tell(sentence)
    return bool(sentences)


def _tell_notes(notes: Iterable[str]) -> None:
    """Each once."""
    for note in dict.fromkeys(notes):
        if note:
            tell(note)


def _notes_of(runs: Iterable[FinishedRun | Untraced]) -> Iterable[str]:
    for run in runs:
        if isinstance(run, FinishedRun) and isinstance(run.identity, TraceIdentity):
            yield from run.identity.notes
            yield run.identity.rung_note


def outcome(ended: EndedTrace) -> FinishedRun | Untraced:
    """What came of one of several, for their reports."""
    if ended.plan is None or ended.finished is None:
        return Untraced(name=ended.name, reason=str(ended.refusal))
    began = datetime.fromtimestamp(ended.began_wall_s, UTC)
    return _run_of(ended.plan, ended.finished, _timestamp(began))


def _run_of(plan: TracePlan, finished: FinishedTrace, started_at: str) -> FinishedRun:
    chronicle = plan.chronicle
    if chronicle is not None and chronicle.began_at_s is not None:
        started_at = utc(chronicle.wall_s(chronicle.began_at_s))  # as it is recorded
    return FinishedRun(
        identity=plan.identity,
        config=plan.config,
        path=path_with_doubts(finished.path, plan.identity.home),
        started_at=started_at,
        duration_s=finished.duration_s,
        host=os.uname().nodename,
        chronicle=chronicle,
        events=chronicle.dated_events() if chronicle is not None else (),
    )


def _timestamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


def _nothing_sent(run: FinishedRun) -> CannotRun:
    stop = run.path.session.status.stop
    if stop is None:
        return CannotRun("nothing could be sent")
    advice = SendTrouble.of(stop.detail).advice
    return CannotRun(stop.words(), advice or "poros-tui doctor HOST says what is in the way")
