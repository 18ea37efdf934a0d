"""How the screen's exports are written: by the reports, which are loaded when one is wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from time import time

from poros_tui.config import SessionConfig
from poros_tui.model.place_doubt import path_with_doubts
from poros_tui.model.session import PathSnapshot, TraceIdentity
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.sharing import DatedEvents, ExportKind, KnownSession, Writers, WriteSessions


def writers_for(config: SessionConfig, wall_clock: Callable[[], float] = time) -> Writers:
    """One for each kind of text. `wall_clock`: seconds since 1970, now or of a recording."""
    kinds = (ExportKind.TEXT, ExportKind.MARKDOWN, ExportKind.JSON)
    return {kind: partial(_write, config, kind, wall_clock) for kind in kinds}


def _write(
    config: SessionConfig,
    kind: ExportKind,
    wall_clock: Callable[[], float],
    identity: TraceIdentity,
    path: PathSnapshot,
    elapsed_s: float,
    events: DatedEvents,
    unit: TimeUnit,
) -> str:
    from poros_tui.report.as_json import to_json
    from poros_tui.report.as_markdown import to_markdown
    from poros_tui.report.as_text import to_text
    from poros_tui.report.run import FinishedRun

    began = datetime.fromtimestamp(wall_clock(), UTC) - timedelta(seconds=elapsed_s)
    run = FinishedRun(
        identity=identity,
        config=config,
        path=path_with_doubts(path, identity.home),
        started_at=began.isoformat(timespec="milliseconds"),
        duration_s=elapsed_s,
        events=tuple(events),
    )
    match kind:
        case ExportKind.MARKDOWN:
            return to_markdown(run, unit)
        case ExportKind.JSON:
            return to_json(run)
        case _:
            return to_text(run, unit)


def sessions_writer_for(config: SessionConfig) -> WriteSessions:
    """All targets as `--json` writes them."""
    return partial(_write_sessions, config)


def _write_sessions(config: SessionConfig, sessions: Sequence[KnownSession]) -> str:
    from poros_tui.report.as_json import to_json_array
    from poros_tui.report.run import FinishedRun, Untraced, utc

    def run_of(session: KnownSession) -> FinishedRun | Untraced:
        identity, path, chronicle = session.identity, session.path, session.chronicle
        if identity is None or path is None or chronicle is None or chronicle.began_at_s is None:
            return Untraced(name=session.name, reason=session.problem)
        newest_s = chronicle.newest_s if chronicle.newest_s is not None else chronicle.began_at_s
        return FinishedRun(
            identity=identity,
            config=config,
            path=path_with_doubts(path, identity.home),
            started_at=utc(chronicle.wall_s(chronicle.began_at_s)),
            duration_s=newest_s - chronicle.began_at_s,
            events=chronicle.dated_events(),
        )

    return to_json_array([run_of(session) for session in sessions])
