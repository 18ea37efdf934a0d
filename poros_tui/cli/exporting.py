"""How the screen's exports are written: by the reports, which are loaded when one is wanted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

from poros_tui.config import SessionConfig
from poros_tui.model.session import PathSnapshot, TraceIdentity
from poros_tui.tui.sharing import DatedEvents, ExportKind, Writers


def writers_for(config: SessionConfig) -> Writers:
    """One for each kind of text."""
    kinds = (ExportKind.TEXT, ExportKind.MARKDOWN, ExportKind.JSON)
    return {kind: partial(_write, config, kind) for kind in kinds}


def _write(
    config: SessionConfig,
    kind: ExportKind,
    identity: TraceIdentity,
    path: PathSnapshot,
    elapsed_s: float,
    events: DatedEvents,
) -> str:
    from poros_tui.report.as_json import to_json
    from poros_tui.report.as_markdown import to_markdown
    from poros_tui.report.as_text import to_text
    from poros_tui.report.run import FinishedRun

    began = datetime.now(UTC) - timedelta(seconds=elapsed_s)
    run = FinishedRun(
        identity=identity,
        config=config,
        path=path,
        started_at=began.isoformat(timespec="milliseconds"),
        duration_s=elapsed_s,
        events=tuple(events),
    )
    match kind:
        case ExportKind.MARKDOWN:
            return to_markdown(run)
        case ExportKind.JSON:
            return to_json(run)
        case _:
            return to_text(run)
