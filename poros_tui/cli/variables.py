"""Options from variables of the environment: POROS_TUI_ and an option's long name in capitals."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final

import click
from click.core import ParameterSource

from poros_tui.cli.config_file import NOT_IN_FILE, file_name, hint, kind_words
from poros_tui.errors import UsageError
from poros_tui.model.clean import clean

SETTINGS_ALONE: Final = "settings alone"
"""The object of a context of the main command that traces nothing, or not for a report of its own:
options of one run are not heeded in it, whatever variables say."""
_SHOWN_MAX: Final = 60


class VariableOption(click.Option):
    """An option that a variable may stand for, named after what is typed (`--ascii`:
    POROS_TUI_ASCII); what is wrong with its value is said of the variable."""

    def variable(self, context: click.Context) -> str | None:
        """Its variable; None where none is heeded."""
        prefix = context.auto_envvar_prefix
        return variable_name(self, prefix) if prefix is not None else None

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """As click has it, under the name that is documented. An empty variable is none."""
        name = self.variable(ctx)
        is_of_one_run = self.name in NOT_IN_FILE and not self.is_eager
        if name is None or (is_of_one_run and ctx.meta.get(SETTINGS_ALONE)):
            return None
        return os.environ.get(name) or None

    def handle_parse_result(
        self, ctx: click.Context, opts: Mapping[str, Any], args: list[str]
    ) -> tuple[Any, list[str]]:
        """As click has it.

        Raises:
            UsageError: the variable has a value that the option does not take.
        """
        try:
            return super().handle_parse_result(ctx, opts, args)
        except click.BadParameter as error:
            is_from_variable = ctx.get_parameter_source(self.name) is ParameterSource.ENVIRONMENT
            name = self.variable(ctx)
            if name is None or not is_from_variable:
                raise
            raise UsageError(f"{name} {self._wrong(name, error)}", hint(self)) from None

    def _wrong(self, name: str, error: click.BadParameter) -> str:
        value = clean(repr(os.environ.get(name, "")), _SHOWN_MAX)
        if self.is_flag:
            return f"is 1 or 0, not {value}"
        if isinstance(self.type, click.types.IntParamType | click.types.FloatParamType):
            return f"takes {kind_words(self.type)}, not {value}"
        return f"is wrong: {error.message.rstrip('.')}"


def variable_name(option: click.Parameter, prefix: str) -> str:
    """The variable of an option."""
    return f"{prefix}_{file_name(option).replace('-', '_').upper()}"


def refuse_unknown(
    environment: Iterable[str], options: Iterable[click.Parameter], prefix: str | None
) -> None:
    """Refuse a variable that begins as ours do, and is of no option. `prefix` None: none is heeded,
    and so none refused.

    Raises:
        UsageError: there is one.
    """
    if prefix is None:
        return
    begins = f"{prefix}_"
    known = {
        variable_name(one, prefix).removeprefix(begins)
        for one in options
        if isinstance(one, VariableOption)
    }
    for name in sorted(environment):
        rest = name.removeprefix(begins)
        if name.startswith(begins) and rest not in known:
            close = get_close_matches(rest.upper().replace("-", "_"), known, n=1)
            names = f"names are {begins} and those of the options in capitals (--help)"
            advice = f"did you mean {begins}{close[0]}?" if close else names
            raise UsageError(f"there is no setting {clean(name, _SHOWN_MAX)}", advice)
