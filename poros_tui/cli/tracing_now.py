"""Hosts that are traced to be compared: as `poros-tui --json HOST...` would, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from poros_tui.cli.desk import Desk
from poros_tui.cli.loading import ENGINE, load
from poros_tui.cli.reports import outcome
from poros_tui.cli.settings import options_in_force
from poros_tui.cli.signals import SignalsHeld, ending_signals
from poros_tui.cli.targets import Targets
from poros_tui.errors import CannotRun
from poros_tui.once import run_all
from poros_tui.probe.privilege import drop_privileges
from poros_tui.report.run import FinishedRun


def trace_now(
    hosts: Sequence[str], rounds: int, variables: str | None
) -> tuple[list[FinishedRun], int | None]:
    """Trace each, in the order given, with the settings of the configuration file and of the
    environment. Gives up privileges. Returns the traces, and the signal that ended them early,
    None where none did.

    Raises:
        PorosError: one cannot be traced.
    """
    words = [*hosts, "--json", "--no-dns", "--rounds", str(rounds)]
    options = options_in_force(words, variables)
    config, targets = options.session_config(), Targets.of(options.targets, None)
    desk = Desk(options, config, targets.targets)
    try:
        load(*ENGINE)
        drop_privileges()
        entrants = [desk.entrant(target) for target in targets.targets]
        with SignalsHeld() as held:
            ended, signal_number = trio.run(run_all, entrants, config, ending_signals())
            signal_number = signal_number or held.waiting
    finally:
        desk.close()
    runs = []
    for one in map(outcome, ended):
        if not isinstance(one, FinishedRun):
            raise CannotRun(f"{one.name}: {one.reason}")
        if one.has_failed:
            raise CannotRun(f"{one.identity.target}: {one.path.session.problem}")
        runs.append(one)
    return runs, signal_number
