"""The manual page, made of what `--help` is made of. Format: man(7), groff_man(7)."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import Final

import click

from poros_tui import __version__
from poros_tui.cli.command import EXIT_CODES, poros_tui
from poros_tui.cli.exchanges import FILE_NAME as EXCHANGES
from poros_tui.cli.output import PROGRAM
from poros_tui.cli.subcommands import SUBCOMMANDS, command_of
from poros_tui.cli.usual_files import DIRECTORIES

_SUMMARY: Final = "live path tracer that asks every hop at once"
_HOSTS: Final = (
    "a name, an IPv4 or IPv6 address (fe80::1%eth0), a URL, or host:port; several are traced side "
    "by side. A host that is called like a subcommand is written with a dot behind."
)
_ENVIRONMENT: Final = (
    (
        "POROS_TUI_OPTION",
        "POROS_TUI_ and the name of an option in capitals, with _ for -, such as "
        "POROS_TUI_MAX_HOPS=20, stands for that option, and wins over the configuration file. "
        "Flags take 1 or 0. One that is of no option is refused. None is heeded under sudo.",
    ),
    ("NO_COLOR", "If it is set and not empty, the screen has no colour."),
    (
        "XDG_CONFIG_HOME, XDG_CACHE_HOME",
        "What stands for ~/.config and ~/.cache below.",
    ),
)
_FILES: Final = (
    (
        "~/.config/poros-tui/config.toml",
        "Any option that is not for one run alone may stand in it, by its long name, and other "
        "keys for actions of the screen in a table [keys]. See poros-tui config.",
    ),
    (
        f"~/.cache/poros-tui/{EXCHANGES}",
        "The prefixes of internet exchanges that poros-tui update-ix has fetched.",
    ),
    (
        ", ".join(f"/{folder}" for folder in DIRECTORIES),
        "Where databases of networks and places are looked for that no option names.",
    ),
)


def man_page() -> str:
    """The whole page as roff."""
    name = PROGRAM.upper()
    parts = [
        f'.TH {name} 1 "" "{PROGRAM} {__version__}" "User Commands"',
        _section("NAME", f"{_text(PROGRAM)} \\- {_text(_SUMMARY)}"),
        _section("SYNOPSIS", *_synopsis()),
        _section("DESCRIPTION", *_paragraphs(poros_tui.help or "")),
        _section("OPTIONS", *_tagged(_options(poros_tui))),
        _section("SUBCOMMANDS", *(line for name in SUBCOMMANDS for line in _subcommand(name))),
        _section("EXIT STATUS", *_tagged(_exit_codes())),
        _section("ENVIRONMENT", *_tagged(_ENVIRONMENT)),
        _section("FILES", *_tagged(_FILES)),
    ]
    return "\n".join(parts)


def _section(title: str, *lines: str) -> str:
    return "\n".join([f".SH {title}", *lines])


def _synopsis() -> Iterable[str]:
    yield f".B {_text(PROGRAM)}"
    yield "[\\fIoptions\\fP] \\fIhost\\fP ..."
    others = {"demo": "[\\fIoptions\\fP]"} | {
        name: _text(one.arguments) for name, one in SUBCOMMANDS.items()
    }
    for name, arguments in others.items():
        yield ".br"
        yield f".B {_text(PROGRAM)} {name}"
        if arguments:
            yield arguments


def _options(command: click.Command) -> Iterable[tuple[str, str]]:
    """What to write for each option, and what it means, as `--help` has both."""
    context = click.Context(command, **command.context_settings)
    if command is poros_tui:
        yield "host", _HOSTS
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and isinstance(parameter, click.Option):
            yield record


def _subcommand(name: str) -> Iterable[str]:
    command = command_of(name)
    arguments = SUBCOMMANDS[name].arguments
    yield f".SS {_text(f'{PROGRAM} {name} {arguments}'.rstrip())}"
    yield from _paragraphs(command.help or "")
    yield from _tagged(record for record in _options(command) if not record[0].startswith("-h"))


def _exit_codes() -> Iterable[tuple[str, str]]:
    for code, meaning in re.findall(r"(\d+) ([^,(]+(?:\([^)]*\))?)", EXIT_CODES):
        yield code, meaning.strip()


def _paragraphs(help_text: str) -> Iterable[str]:
    """Of click's text: paragraphs, and lines that stay as they are behind a form feed."""
    for number, paragraph in enumerate(inspect.cleandoc(help_text).split("\n\n")):
        if number:
            yield ".PP"
        if paragraph.startswith("\b"):
            yield ".nf"
            yield from map(_text, paragraph.lstrip("\b").strip("\n").splitlines())
            yield ".fi"
        else:
            yield _text(" ".join(paragraph.split()))


def _tagged(pairs: Iterable[tuple[str, str]]) -> Iterable[str]:
    for tag, words in pairs:
        yield ".TP"
        yield f".B {_text(tag)}"
        yield _text(" ".join(words.split()))


def _text(words: str) -> str:
    """Roff that shows these characters and no others: a hyphen can be copied as one."""
    escaped = words.replace("\\", "\\e").replace("-", "\\-").replace("~", "\\(ti")
    escaped = escaped.replace("^", "\\(ha").replace("'", "\\(aq")
    return f"\\&{escaped}" if escaped.startswith(".") else escaped
