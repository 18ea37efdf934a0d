"""What the Tab key offers for values of options, and for the first word. Click's part of it is
loaded only where a shell asks."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

import click

from poros_tui.cli.dscp import NAMES
from poros_tui.cli.output import PROGRAM
from poros_tui.cli.subcommands import SUBCOMMANDS, command_of

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

VARIABLE: Final = "_POROS_TUI_COMPLETE"
"""By this one click knows that a shell asks; it is made from the program's name."""
_DEMO: Final = "the same screen on a simulated internet"

Completer = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


def complete_subcommand() -> None:
    """Where a shell asks about a subcommand, answer and leave."""
    if VARIABLE not in os.environ:
        return
    from click.shell_completion import add_completion_class

    from poros_tui.cli.shells import SHELLS

    for shell in SHELLS.values():
        add_completion_class(shell)

    words = words_before()
    if len(words) > 1 and words[1] in SUBCOMMANDS:
        group = click.Group(commands={words[1]: command_of(words[1])})
        group.main([], prog_name=PROGRAM, complete_var=VARIABLE)


def words_before() -> list[str]:
    """Those on the line before the one that is typed; the first is the program."""
    from click.shell_completion import split_arg_string

    return split_arg_string(os.environ.get("COMP_WORDS", ""))


def files(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Names of files: the shell's own business."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(typed, type="file")]


def _formats(*, of_file: bool) -> Completer:
    """Of reports; behind `FORMAT=` a file. `of_file`: of what was traced before."""

    def complete(
        context: click.Context, parameter: click.Parameter, typed: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from poros_tui.report.formats import FORMATS

        _name, sign, path = typed.partition("=")
        if not sign:
            names = (one.name for one in FORMATS.values() if not (of_file and one.is_streamed))
            return [CompletionItem(one) for one in names if one.startswith(typed)]
        return files(context, parameter, path)

    return complete


def first_words(
    context: click.Context, _parameter: click.Parameter, typed: str
) -> list[CompletionItem]:
    """In place of the first host."""
    from click.shell_completion import CompletionItem

    if context.params.get("targets"):
        return []
    words = {"demo": _DEMO}
    if len(words_before()) == 1:  # behind an option they would be hosts
        words |= {name: one.summary for name, one in SUBCOMMANDS.items()}
    return [
        CompletionItem(word, help=summary)
        for word, summary in words.items()
        if word.startswith(typed)
    ]


def _one_of(values: Callable[[], Iterable[str]]) -> Completer:
    def complete(
        _context: click.Context, _parameter: click.Parameter, typed: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(value) for value in sorted(values()) if value.startswith(typed)]

    return complete


def _themes() -> Iterable[str]:
    from poros_tui.tui.theme_names import KNOWN_THEMES

    return KNOWN_THEMES


themes: Final = _one_of(_themes)
interfaces: Final = _one_of(lambda: (name for _, name in socket.if_nameindex()))
classes: Final = _one_of(lambda: NAMES)
formats: Final = _formats(of_file=False)
formats_of_file: Final = _formats(of_file=True)
