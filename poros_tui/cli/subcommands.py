"""The first word of a command line that is no host: `poros-tui config` and so on. Each is loaded
only when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Final

import click
import msgspec

from poros_tui.cli.output import PROGRAM


class Subcommand(msgspec.Struct, frozen=True, kw_only=True):
    """One of them."""

    module: str
    """It has a click command `command`, which returns an exit code."""
    arguments: str
    """As in a synopsis."""
    summary: str


SUBCOMMANDS: Final = {
    "report": Subcommand(
        module="poros_tui.cli.report_command",
        arguments="FILE",
        summary="a report of what this program or another wrote",
    ),
    "compare": Subcommand(
        module="poros_tui.cli.compare_command",
        arguments="A B",
        summary="what differs between two reports, or hosts",
    ),
    "replay": Subcommand(
        module="poros_tui.cli.replay_command",
        arguments="FILE",
        summary="a session that --record has kept, on the screen again",
    ),
    "doctor": Subcommand(
        module="poros_tui.cli.doctor_command",
        arguments="[host]",
        summary="what this machine permits, and what is in the way",
    ),
    "config": Subcommand(
        module="poros_tui.cli.config_command",
        arguments="--print | --init",
        summary="the settings in force, or a file to begin with",
    ),
    "update-ix": Subcommand(
        module="poros_tui.cli.update_ix_command",
        arguments="[--url URL]",
        summary="fetch which prefixes are of internet exchanges",
    ),
    "completion": Subcommand(
        module="poros_tui.cli.completion_command",
        arguments="bash | zsh | fish",
        summary="what makes a shell's Tab key complete options",
    ),
    "man": Subcommand(
        module="poros_tui.cli.man_command",
        arguments="",
        summary="the manual page",
    ),
}

WORDS: Final = frozenset({"demo", *SUBCOMMANDS})
"""What is no host where it comes first."""


def subcommand_of(arguments: Sequence[str]) -> str | None:
    """The name of the one that is asked for. A host of that name is written with a dot behind."""
    return arguments[0] if arguments and arguments[0] in SUBCOMMANDS else None


def command_of(name: str) -> click.Command:
    """The click command of a subcommand, loaded when it is first asked for."""
    command: click.Command = import_module(SUBCOMMANDS[name].module).command
    return command


def run_subcommand(name: str, arguments: Sequence[str], variables: str | None) -> int:
    """Do it and return the exit code. Options may come from environment variables that begin with
    `variables`; None: from none.

    Raises:
        PorosError, click.ClickException: it cannot be done.
    """
    command = command_of(name)
    try:
        # Without click's main(), whose way with signals and broken pipes is not ours.
        with command.make_context(f"{PROGRAM} {name}", list(arguments), obj=variables) as context:
            code: int = command.invoke(context)
    except click.exceptions.Exit as left:
        return left.exit_code  # it has printed its help
    return code
