"""Settings as the text of a configuration file."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import click
import msgspec
from click.core import ParameterSource

from poros_tui.cli.config_file import KEYS_TABLE, NOT_IN_FILE, file_name
from poros_tui.cli.toml_text import Value, toml_text
from poros_tui.cli.variables import variable_name

_WIDTH: Final = 98
_HEAD: Final = """\
# Settings of poros-tui. The command line and variables POROS_TUI_* win over what stands here.
# Take the # away before a line to set it; what is shown is the default, or an example.
"""
_EXAMPLES: Final[Mapping[str, Value]] = {
    "queries": 3,
    "targets": "/etc/poros-tui.targets",
    "max-concurrency": 60,
    "rounds": 100,
    "source": "192.0.2.1",
    "port": 443,
    "source-port": 40000,
    "multipath": "paris",
    "confidence": 99,
    "interface": "eth0",
    "size": 1400,
    "pattern": "ff00",
    "payload-hex": "00ff",
    "dns-server": "192.0.2.53",
    "ix-file": "/etc/poros-tui.exchanges.json",
    "asn-db": "/usr/share/GeoIP/GeoLite2-ASN.mmdb",
    "geo-db": "/usr/share/GeoIP/GeoLite2-City.mmdb",
    "home": "52.52,13.40",
    "theme": "dark",
    "columns": "loss,last,median,p95,history",
}
"""Of options that have no value where nothing is said."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """An option and what it is set to."""

    name: str
    value: Value | None
    """None: nothing is said."""
    origin: str
    """Where the value comes from; empty: from the program."""
    default: str
    """In words, as the help has it."""

    @staticmethod
    def is_in_file(option: click.Option) -> bool:
        """Whether a configuration file may have it."""
        return option.name not in NOT_IN_FILE and not option.is_eager and option.expose_value

    @classmethod
    def of(
        cls, option: click.Option, context: click.Context, values: Mapping[str, Value | None]
    ) -> Setting:
        """What it is set to in a context of the main command; `values` are those that remain
        where options exclude each other."""
        assert option.name is not None
        value, origin = values[option.name], ""
        is_overruled = value != context.params[option.name]
        match context.get_parameter_source(option.name):
            case ParameterSource.ENVIRONMENT:
                origin = f"from {variable_name(option, str(context.auto_envvar_prefix))}"
            case ParameterSource.DEFAULT_MAP:
                place = context.obj.place(option.name)
                origin = f"{'overruled, in' if is_overruled else 'from'} {place}"
        return cls(
            name=file_name(option),
            value=value,
            origin=origin,
            default=_halves(option)[1],
        )


def printed_text(settings: Iterable[Setting], keys: Mapping[str, str]) -> str:
    """All of them, each on a line of its own that a configuration file may have; those that are
    not set as comments with what stands in for them."""
    lines = [_line(setting) for setting in settings]
    if keys:
        lines += [
            "",
            f"[{KEYS_TABLE}]",
            *(f"{name} = {toml_text(key)}" for name, key in keys.items()),
        ]
    return "\n".join(lines)


def _line(setting: Setting) -> str:
    if setting.value is None:
        origin = f" ({setting.origin})" if setting.origin else ""
        return f"# {setting.name}: not set, {setting.default}{origin}"
    line = f"{setting.name} = {toml_text(setting.value)}"
    return f"{line}  # {setting.origin}" if setting.origin else line


def init_text(options: Sequence[click.Option], keys: Mapping[str, tuple[str, str]]) -> str:
    """A file in which every option and every key is a comment below its explanation. `keys` are,
    by action, the keys and what they do."""
    parts = [_HEAD]
    for option in options:
        if Setting.is_in_file(option):
            words, default = _halves(option)
            name = file_name(option)
            parts.append(
                f"{_commented(f'{words}  [default: {default}]')}\n"
                f"# {name} = {toml_text(_example(option, name))}\n"
            )
    parts.append(
        f"{_commented('Other keys for actions of the screen, several with commas.')}\n"
        f"# [{KEYS_TABLE}]\n"
        + "".join(
            f"# {name} = {toml_text(key)}  # {meaning}\n" for name, (key, meaning) in keys.items()
        )
    )
    return "\n".join(parts)


def _commented(text: str) -> str:
    return "\n".join(f"# {line}" for line in textwrap.wrap(text, _WIDTH))


def _halves(option: click.Option) -> tuple[str, str]:
    """What an option is for, and its default in words."""
    words, _, default = (option.help or "").partition("[default: ")
    return words.rstrip(), default.removesuffix("]")


def _example(option: click.Option, name: str) -> Value:
    if option.is_flag:
        return False
    default = option.default
    return default if isinstance(default, str | int | float) else _EXAMPLES[name]
