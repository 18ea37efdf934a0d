"""The configuration file: option names and values in TOML, checked against the command line's own.

It stands below the environment (POROS_TUI_*) and the command line: what these say wins. Read with
the rights of the user, also under sudo, where its place is not taken from the environment.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import click
import msgspec

from poros_tui.cli.user_folder import user_folder
from poros_tui.errors import UsageError
from poros_tui.model.clean import clean
from poros_tui.probe.privilege import Identity, invoking_user

FILE_NAME: Final = "config.toml"
SIZE_MAX: Final = 1 << 20
"""Bytes that are read: nobody writes so many options."""
KEYS_TABLE: Final = "keys"
"""The table that gives actions of the screen other keys."""
NOT_IN_FILE: Final = frozenset(
    {
        *("config", "debug", "seed", "targets"),
        *(
            "report",
            "as_json",
            "format",
            "pcap",
            "record",
            "fail_loss",
            "fail_rtt",
            "fail_path_change",
        ),
    }
)
"""Options of one run: in a file, nothing could take them back."""
_SHOWN_MAX: Final = 60
_PATH_MAX: Final = 240

Value = str | int | float | bool


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says."""

    path: Path | None = None
    """None where there is no file."""
    options: Mapping[str, Value] = {}
    """By the option's name in Python."""
    lines: Mapping[str, int] = {}
    """Where each stands, from 1."""
    keys: Mapping[str, str] = {}
    """Keys by action of the screen, as written."""
    key_lines: Mapping[str, int] = {}
    """Where each of these stands."""

    def place(self, name: str) -> str:
        """Where an option stands, for a sentence."""
        return f"{_named(self.path)} line {self.lines.get(name, 1)}"

    def place_of_key(self, action: str) -> str:
        """Where an action of the screen gets its key, for a sentence."""
        return f"{_named(self.path)} line {self.key_lines.get(action, 1)}"


def default_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the file is looked for: $XDG_CONFIG_HOME/poros-tui, else ~/.config/poros-tui. Under
    sudo or setuid the home is that of the user behind it, and no variable counts."""
    return user_folder("XDG_CONFIG_HOME", ".config", environment) / FILE_NAME


@contextmanager
def as_user(user: Identity | None) -> Iterator[None]:
    """Open files with the rights of this user; None: with those that the process has."""
    if user is None:
        yield
        return
    uid, gid = os.geteuid(), os.getegid()
    try:
        if uid == 0:
            os.setegid(user.gid)
        os.seteuid(user.uid)
        yield
    finally:
        os.seteuid(uid)
        os.setegid(gid)


def read_configuration(
    path: Path | None, parameters: Sequence[click.Parameter], named_by: str = "--config"
) -> Configuration:
    """Read `path`, which must be there, or None: the default place, where it may be missing.
    `named_by` is what has named it.

    Raises:
        UsageError: it cannot be read, or something in it is wrong, with the line.
    """
    wanted = path or default_path()
    try:
        with as_user(invoking_user(os.environ)), wanted.open("rb") as file:
            content = file.read(SIZE_MAX + 1)
    except FileNotFoundError:
        if path is None:
            return Configuration()
        raise UsageError(f"there is no file {_named(path)}", f"see {named_by}") from None
    except OSError as error:
        if path is None and isinstance(error, PermissionError | NotADirectoryError):
            return Configuration()
        reason = (error.strerror or "error").lower()
        raise UsageError(f"cannot read {_named(wanted)}: {reason}", f"see {named_by}") from None
    if len(content) > SIZE_MAX:
        raise UsageError(f"{_named(wanted)} is larger than a megabyte", "it is no configuration")
    return parsed(content, wanted, parameters)


def parsed(content: bytes, path: Path, parameters: Sequence[click.Parameter]) -> Configuration:
    """What the file says.

    Raises:
        UsageError: it is no TOML, has unknown names, or values of the wrong kind.
    """
    import tomllib

    try:
        text = content.decode("utf-8")
        document = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = clean(str(error), 160)
        raise UsageError(f"{_named(path)} is no TOML: {reason}", "mend it, or move it") from None
    return _Reading(text, path, parameters).configuration(document)


class _Reading:
    """One file, and what its options may be."""

    def __init__(self, text: str, path: Path, parameters: Sequence[click.Parameter]) -> None:
        self._lines = text.splitlines()
        self._path = path
        options = [one for one in parameters if isinstance(one, click.Option)]
        self._of_one_run = {
            file_name(one): one for one in options if one.is_eager or one.name in NOT_IN_FILE
        }
        self._parameters = {
            file_name(one): one for one in options if file_name(one) not in self._of_one_run
        }

    def configuration(self, document: Mapping[str, object]) -> Configuration:
        options: dict[str, Value] = {}
        lines: dict[str, int] = {}
        keys: dict[str, str] = {}
        for written, value in document.items():
            if written == KEYS_TABLE:
                keys = self._keys(value)
                continue
            name = written.replace("_", "-")
            parameter = self._parameters.get(name)
            if name in self._of_one_run:
                raise self._wrong(
                    written,
                    "is an option of one run, and not for the file",
                    f"give --{name} on the command line",
                )
            if parameter is None or parameter.name is None:
                raise self._unknown(written, self._parameters)
            options[parameter.name] = self._value(written, value, parameter)
            lines[parameter.name] = self._line(written)
        return Configuration(
            path=self._path,
            options=options,
            lines=lines,
            keys=keys,
            key_lines={action: self._line_of_key(action) for action in keys},
        )

    def _keys(self, value: object) -> dict[str, str]:
        if not isinstance(value, dict):
            raise self._wrong(KEYS_TABLE, "is a table", "write [keys], and below it action = key")
        for action, key in value.items():
            if not isinstance(key, str):
                raise self._wrong(action, "takes a key as text", 'such as pause = "space"')
        return {str(action): str(key) for action, key in value.items()}

    def _value(self, written: str, value: object, parameter: click.Parameter) -> Value:
        assert isinstance(parameter, click.Option)
        if parameter.is_flag:
            if not isinstance(value, bool):
                raise self._wrong(written, "is true or false", f"write {written} = true")
            return value
        kind = parameter.type
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            value = ",".join(value)
        takes_text = not isinstance(kind, click.types.IntParamType | click.types.FloatParamType)
        is_right = (
            isinstance(value, str)
            if takes_text
            else isinstance(value, int | float) and not isinstance(value, bool)
        )
        if takes_text and isinstance(value, int) and not isinstance(value, bool):
            value, is_right = str(value), True  # dscp = 46
        is_whole = isinstance(kind, click.types.IntParamType)
        is_right = is_right and not (is_whole and isinstance(value, float))
        if not is_right:
            words = f"takes {kind_words(kind)}, not {_shown(value)}"
            raise self._wrong(written, words, hint(parameter))
        assert isinstance(value, str | int | float)
        try:
            kind.convert(value, parameter, None)
        except click.BadParameter as error:
            message = error.message.rstrip(".")
            raise self._wrong(written, f"is wrong: {message}", hint(parameter)) from None
        return value

    def _line_of_key(self, action: str) -> int:
        table = self._line(KEYS_TABLE)
        return next(
            (n for n in range(table, len(self._lines) + 1) if self._defines(n, action)), table
        )

    def _line(self, written: str) -> int:
        return next((n for n in range(1, len(self._lines) + 1) if self._defines(n, written)), 1)

    def _defines(self, line: int, written: str) -> bool:
        name = re.escape(written)
        pattern = rf"\s*[\"']?{name}[\"']?\s*=|\s*\[{name}\]"
        return re.match(pattern, self._lines[line - 1]) is not None

    def _unknown(self, written: str, known: Mapping[str, object]) -> UsageError:
        close = get_close_matches(written.replace("_", "-"), known, n=1)
        advice = f"did you mean {close[0]}?" if close else "names are those of the options (--help)"
        where = f"{_named(self._path)} line {self._line(written)}"
        shown = clean(repr(written), _SHOWN_MAX)
        return UsageError(f"{where}: there is no setting {shown}", advice)

    def _wrong(self, written: str, what: str, advice: str) -> UsageError:
        return UsageError(
            f"{_named(self._path)} line {self._line(written)}: {written} {what}", advice
        )


def kind_words(kind: object) -> str:
    """What an option of this kind takes."""
    if isinstance(kind, click.types.IntParamType):
        return "a whole number"
    return "a number" if isinstance(kind, click.types.FloatParamType) else "text"


def hint(parameter: click.Parameter) -> str:
    """Where it is said what an option takes."""
    return f"see {max(parameter.opts, key=len)} in --help"


def file_name(parameter: click.Parameter) -> str:
    """How an option is called in the file: its long name, or what it is in Python."""
    longest = max(parameter.opts, key=len)
    return longest.lstrip("-") if len(longest.lstrip("-")) > 1 else (parameter.name or longest)


def _shown(value: object) -> str:
    """A value as it may stand in the file."""
    from poros_tui.cli.toml_text import toml_text  # where all is well nothing is shown

    return clean(toml_text(value), _SHOWN_MAX)


def _named(path: Path | None) -> str:
    return clean(str(path), _PATH_MAX)
