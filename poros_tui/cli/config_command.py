"""`poros-tui config`: the settings in force, each with where it comes from, and a file to begin
with."""

from __future__ import annotations

import os
from pathlib import Path

import click

from poros_tui.cli.command import poros_tui
from poros_tui.cli.completing import files
from poros_tui.cli.config_file import as_user, default_path
from poros_tui.cli.config_text import Setting, init_text, printed_text
from poros_tui.cli.output import PROGRAM, tell, write
from poros_tui.cli.precedence import drop_overruled
from poros_tui.cli.settings import check_settings
from poros_tui.cli.variables import SETTINGS_ALONE
from poros_tui.errors import CannotRun, UsageError
from poros_tui.model.clean import clean
from poros_tui.probe.privilege import invoking_user

_PATH_MAX = 240


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--print",
    "prints",
    is_flag=True,
    help="Print all settings in force as a configuration file, each with where it comes from: "
    "the environment (POROS_TUI_*), a line of the file, or the program.  [default: that]",
)
@click.option(
    "--init",
    "inits",
    is_flag=True,
    help="Write a file with all options and keys as comments, to be changed at will, where there "
    "is none.  [default: do not]",
)
@click.option(
    "--config",
    "file",
    metavar="FILE",
    shell_complete=files,
    help="The file that is read, or written.  [default: poros-tui/config.toml in "
    "$XDG_CONFIG_HOME or ~/.config]",
)
@click.pass_obj
def command(variables: str | None, /, *, prints: bool, inits: bool, file: str | None) -> int:
    """Print the settings in force, or write a configuration file to begin with.

    The command line wins over the environment, the environment over the file.
    """  # fmt: skip
    if prints and inits:
        raise UsageError("--print and --init exclude each other", "leave one out")
    path = Path(file) if file is not None else None
    if inits:
        _init(path or default_path())
    else:
        write(_printed(path, variables) + "\n")
    return 0


def _context(path: Path | None, variables: str | None) -> click.Context:
    """The main command's, as if nothing but a host were given."""
    named = ["--config", str(path)] if path is not None else []
    return poros_tui.make_context(
        PROGRAM, ["localhost", *named], auto_envvar_prefix=variables, obj=SETTINGS_ALONE
    )


def _printed(path: Path | None, variables: str | None) -> str:
    with _context(path, variables) as context:
        check_settings(poros_tui.invoke(context))
        values = dict(context.params)
        drop_overruled(values, {name: context.get_parameter_source(name) for name in values})
        settings = [
            Setting.of(parameter, context, values)
            for parameter in context.command.params
            if isinstance(parameter, click.Option) and Setting.is_in_file(parameter)
        ]
        return printed_text(settings, context.obj.keys)


def _init(path: Path) -> None:
    """Write the file.

    Raises:
        PorosError: there is one, or it cannot be written.
    """
    from poros_tui.tui.keys import KEYS

    parameters = [one for one in poros_tui.params if isinstance(one, click.Option)]
    text = init_text(parameters, {key.name: (key.keys, key.meaning) for key in KEYS})
    shown = clean(str(path), _PATH_MAX)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with as_user(invoking_user(os.environ)):
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            raise UsageError(f"{shown} is there already", "edit it, or move it away") from None
        except OSError as error:
            reason = (error.strerror or "error").lower()
            raise CannotRun(f"cannot write {shown}: {reason}", "name another --config") from None
    tell(f"wrote {shown}")
