"""The settings in force where nothing is traced: of subcommands that heed some of them."""

from __future__ import annotations

from collections.abc import Sequence

from poros_tui.cli.command import poros_tui
from poros_tui.cli.options import Options
from poros_tui.cli.precedence import attributed
from poros_tui.cli.run import check_unseen
from poros_tui.cli.variables import SETTINGS_ALONE
from poros_tui.errors import UsageError


def settings_in_force(words: Sequence[str], variables: str | None) -> Options:
    """As they would be for a host behind the options `words`; `variables` is what those of the
    environment begin with, None where none is heeded.

    Raises:
        UsageError: something in them is wrong, with its line or its variable.
    """
    return options_in_force([*words, "localhost"], variables)


def options_in_force(words: Sequence[str], variables: str | None) -> Options:
    """The same for a command line of hosts and options."""
    options = poros_tui.main(
        list(words), standalone_mode=False, auto_envvar_prefix=variables, obj=SETTINGS_ALONE
    )
    assert isinstance(options, Options)  # it was not asked for help
    check_settings(options)
    return options


def check_settings(options: Options) -> None:
    """Refuse whatever a start would refuse.

    Raises:
        UsageError: with the line of the file, or the variable, if it is about something from
            there.
    """
    try:
        options.session_config()
        check_unseen(options)
    except UsageError as error:
        raise attributed(error, options.places) from None
