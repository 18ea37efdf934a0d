"""The command: `poros-tui HOST` and `poros-tui demo`. Reads argv with click."""

from __future__ import annotations

from typing import Any, Final

import click

from poros_tui import __version__
from poros_tui.cli.command_options import OPTIONS
from poros_tui.cli.completing import first_words
from poros_tui.cli.options import Options
from poros_tui.cli.output import PROGRAM
from poros_tui.cli.precedence import attributed, drop_overruled, places_of
from poros_tui.cli.subcommands import SUBCOMMANDS
from poros_tui.errors import UsageError
from poros_tui.model.probe import Protocol

EXIT_CODES: Final = (
    "0 destination reached (of several all), 1 not reached, 2 wrong usage, 3 could not run, "
    "4 a threshold was passed (--fail-loss, --fail-rtt, --fail-path-change), "
    "130 stopped with Ctrl-C (143 by SIGTERM, 129 by SIGHUP)."
)
_SUBCOMMANDS: Final = "\n".join(
    f"poros-tui {name:<12}{one.summary}" for name, one in SUBCOMMANDS.items()
)
EPILOG: Final = f"""\
\b
poros-tui HOST        a name, an IPv4 or IPv6 address (fe80::1%eth0), a URL,
                      host:port; several are traced side by side
poros-tui demo        the same screen on a simulated internet, no privileges
{_SUBCOMMANDS}
(a host of such a name is written with a dot behind: config.)

Exit codes: {EXIT_CODES}
"""


def _with_options(command: Any) -> Any:  # noqa: ANN401 (click's decorators are untyped)
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.command(
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
    },
    epilog=EPILOG,
)
@click.argument("targets", metavar="HOST...|demo", nargs=-1, shell_complete=first_words)
@_with_options
@click.version_option(__version__, "-V", "--version", prog_name=PROGRAM)
@click.pass_context
def poros_tui(context: click.Context, /, **values: Any) -> Options:  # noqa: ANN401 (click's)
    """Trace the path to HOST, or to several, live: every hop at once, again and again.

    Shows where the packets go, how long each hop takes and what is lost. In the live screen
    press ? for the keys.
    """
    sources = {name: context.get_parameter_source(name) for name in values}
    drop_overruled(values, sources)
    places = places_of(context, sources)
    asked = tuple(protocol for protocol in Protocol if values.pop(protocol))
    try:
        return Options(
            protocols=asked,
            config_path=context.obj.path,
            keys=context.obj.keys,
            places=places,
            **values,
        )
    except UsageError as error:
        raise attributed(error, places) from None
