"""Command line before environment before configuration file, also among options that exclude each
other: `--udp` wins over `tcp = true` in the file."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Final

import click
from click.core import ParameterSource

from poros_tui.cli.config_file import Configuration
from poros_tui.cli.variables import VariableOption
from poros_tui.errors import UsageError
from poros_tui.model.probe import Protocol

_RANKS: Final = {
    ParameterSource.COMMANDLINE: 3,
    ParameterSource.PROMPT: 3,
    ParameterSource.ENVIRONMENT: 2,
    ParameterSource.DEFAULT_MAP: 1,
    ParameterSource.DEFAULT: 0,
}
EXCLUSIVE: Final[tuple[tuple[str, ...], ...]] = (
    tuple(protocol.value for protocol in Protocol),
    ("sequential", "adaptive", "thrifty"),
    ("ipv4", "ipv6"),
    ("paris", "multipath"),
    ("no_dns", "dns_server"),
    ("no_dns", "confirm_names"),
)
"""Options of which one can be given."""


def drop_overruled(
    values: MutableMapping[str, object], sources: Mapping[str, ParameterSource | None]
) -> None:
    """Take back what a stronger source has given another option for."""
    for group in EXCLUSIVE:
        if "dns_server" in group and values.get("asn"):
            continue  # networks are asked of it, whether names are or not
        ranks = {name: _rank(sources.get(name)) for name in group if values.get(name)}
        strongest = max(ranks.values(), default=0)
        for name, rank in ranks.items():
            if rank < strongest:
                values[name] = False if isinstance(values[name], bool) else None


def _rank(source: ParameterSource | None) -> int:
    return _RANKS.get(source, 0) if source is not None else 0


def places_of(
    context: click.Context, sources: Mapping[str, ParameterSource | None]
) -> dict[str, str]:
    """Where an option got its value that did not get it on the command line, a line of the file or
    a variable, by `--option`, and an action its key, by `[keys] action`."""
    configuration: Configuration = context.obj
    places = {
        f"[keys] {action}": configuration.place_of_key(action) for action in configuration.keys
    }
    for option in context.command.params:
        if not isinstance(option, VariableOption):
            continue
        typed, source = max(option.opts, key=len), sources.get(option.name)
        variable = option.variable(context)
        if source is ParameterSource.DEFAULT_MAP:
            places[typed] = configuration.place(option.name)
        elif source is ParameterSource.ENVIRONMENT and variable is not None:
            places[typed] = variable
    return places


def attributed(error: UsageError, places: Mapping[str, str]) -> UsageError:
    """The same error, with the line of the file, or the variable, if it is about something from
    there."""
    named = re.findall(r"--[a-z][a-z-]*|^\[keys\] [^:]*", error.sentence)
    place = next((places[one] for one in named if one in places), None)
    return UsageError(f"{place}: {error.sentence}", error.advice) if place else error
