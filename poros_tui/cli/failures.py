"""Whatever goes wrong becomes one sentence and an exit code here, and nowhere else."""

from __future__ import annotations

import errno
import os
import signal
import sys
from contextlib import suppress
from typing import Final

import click

from poros_tui.cli.command import poros_tui
from poros_tui.cli.completing import complete_subcommand
from poros_tui.cli.options import Options
from poros_tui.cli.output import PROGRAM, discard, tell
from poros_tui.cli.precedence import attributed
from poros_tui.cli.run import run
from poros_tui.cli.subcommands import run_subcommand, subcommand_of
from poros_tui.errors import CannotRun, EngineFailure, PorosError, UsageError
from poros_tui.model.clean import clean
from poros_tui.probe.privilege import invoking_user
from poros_tui.tui.failure import leaves, told, traced

VARIABLES: Final = "POROS_TUI"
"""Options may come from variables that begin so; not while the process has another's rights."""
QUOTED_MAX: Final = 240
"""Characters of click's words: what a user typed may be long, and advice must fit behind it."""
_CANNOT_WRITE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Only writing fails like this, and standard output is the only thing written."""


def exit_code_of(arguments: list[str]) -> int:
    """Run the command line and say how it went."""
    try:
        variables = None if invoking_user(os.environ) else VARIABLES
        complete_subcommand()
        name = subcommand_of(arguments)
        if name is not None:
            code = run_subcommand(name, arguments[1:], variables)
        else:
            # Click only reads the options: its way with signals and broken pipes is not ours.
            asked = poros_tui.main(
                arguments, prog_name=PROGRAM, standalone_mode=False, auto_envvar_prefix=variables
            )
            code = _run(asked) if isinstance(asked, Options) else 0  # 0: it has printed its help
        if sys.stdout is not None:  # None where the caller closed it
            sys.stdout.flush()
    except click.ClickException as error:
        return _say(_refusal(error, arguments))
    except (KeyboardInterrupt, click.Abort):
        return 128 + signal.SIGINT
    except BrokenPipeError:
        discard(sys.stdout)
        return 128 + signal.SIGPIPE
    except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - a user sees no traceback
        return _say_failure(error, debug=_wants_traceback(arguments))
    return code


def _run(options: Options) -> int:
    try:
        return run(options)
    except UsageError as error:
        raise attributed(error, options.places) from None


def _say_failure(error: BaseException, *, debug: bool) -> int:
    errors = tuple(leaves(error))
    if any(isinstance(leaf, KeyboardInterrupt) for leaf in errors):
        return 128 + signal.SIGINT
    for leaf in errors:
        if isinstance(leaf, PorosError):
            return _say(leaf)
    if isinstance(error, OSError) and error.errno in _CANNOT_WRITE:
        discard(sys.stdout)
        reason = os.strerror(error.errno).lower()
        return _say(CannotRun(f"can't write to standard output: {reason}"))
    if debug:
        with suppress(OSError):
            click.echo(traced(error), err=True, nl=False)
    if isinstance(error, ImportError):
        # Under sudo the user that the process has become may not see root's own installation.
        sentence = f"a part of the program cannot be read ({error})"
        return _say(CannotRun(sentence, "install it where every user can read it"))
    sentence, _ = told(error, what="the program")
    return _say(EngineFailure(sentence, "run it with --debug and report it"))


def _say(error: PorosError) -> int:
    tell(str(error))
    return error.exit_code


def _wants_traceback(arguments: list[str]) -> bool:
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return "--debug" in arguments[:end]


def _refusal(error: click.ClickException, arguments: list[str]) -> UsageError:
    """What click says, as we say it."""
    command = " ".join([PROGRAM, *filter(None, [subcommand_of(arguments)])])
    advice = f"see {command} --help"
    if isinstance(error, click.NoSuchOption) and error.possibilities:
        shown = clean(repr(error.option_name), QUOTED_MAX)
        advice = f"did you mean {error.possibilities[0]}? S{advice[1:]}"
        return UsageError(f"no such option {shown}", advice)
    return UsageError(_sentence(error.format_message()), advice)


def _sentence(message: str) -> str:
    """Click's message on one line, without its last stop and its capital."""
    words = clean(message, QUOTED_MAX).rstrip(".?")
    return words[:1].lower() + words[1:]
