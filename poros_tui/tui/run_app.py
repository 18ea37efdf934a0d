"""The live screen from its beginning to its exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

from poros_tui.config import SessionConfig
from poros_tui.model.probe import Protocol
from poros_tui.model.session import Shape
from poros_tui.model.targets import TargetSnapshot
from poros_tui.tui.app import AS_USUAL, PorosApp, Save
from poros_tui.tui.bridge import RunFleet
from poros_tui.tui.failure import DEFECT_EXIT_CODE, told, traced
from poros_tui.tui.keys import KEYS, Key
from poros_tui.tui.palette import PaletteName, colours_of_terminal, palette_name
from poros_tui.tui.sharing import Writers, WriteSessions
from poros_tui.tui.table_look import DEFAULT_LOOK, TableLook
from poros_tui.tui.themes import palette_of


def run_app(
    targets: Sequence[TargetSnapshot],
    config: SessionConfig,
    run_fleet: RunFleet,
    *,
    understand: Callable[[str], object],
    notes: Sequence[str] = (),
    no_color: bool,
    debug: bool,
    theme: str | None = None,
    is_ascii: bool = False,
    writers: Writers | None = None,
    write_sessions: WriteSessions = lambda _sessions: "[]",
    private_hops: int = 0,
    keys: Sequence[Key] = KEYS,
    look: TableLook = DEFAULT_LOOK,
    save: Save | None = None,
    protocol: Protocol = Protocol.ICMP,
    shape: Shape = AS_USUAL,
    make_app: Callable[..., PorosApp] = PorosApp,
) -> int:
    """Show the session until the user leaves, and return the exit code.

    0 every destination was reached at some time, 1 not all were, 3 the engine or the screen failed
    (or the PorosError's own code), 130, 143 and 129 after Ctrl-C, SIGTERM and SIGHUP. A failure is
    one sentence on stderr once the screen is gone, with `debug` a traceback too.
    """
    name: str = palette_name(no_color=no_color, colorfgbg=os.environ.get("COLORFGBG"))
    if theme is not None and name != PaletteName.PLAIN:
        name = theme
    colours = colours_of_terminal(os.environ)
    palette = palette_of(name, colours=colours, is_ascii=is_ascii)
    app = make_app(
        targets,
        config,
        run_fleet,
        understand=understand,
        notes=notes,
        palette=palette,
        colours=colours,
        writers=writers,
        write_sessions=write_sessions,
        private_hops=private_hops,
        keys=keys,
        look=look,
        save=save,
        protocol=protocol,
        shape=shape,
    )
    app.run()
    if app.failure is not None:
        if debug:
            sys.stderr.write(traced(app.failure))
        sentence, exit_code = told(app.failure, what=app.failed_part)
        sys.stderr.write(f"poros-tui: {sentence}\n")
        return exit_code
    return app.return_code if app.return_code is not None else DEFECT_EXIT_CODE
