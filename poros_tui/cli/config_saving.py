"""Writes settings to the configuration file: whole or not at all, with the rights of the user."""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import click

from poros_tui.cli.config_file import SIZE_MAX, as_user, default_path
from poros_tui.cli.config_writing import edited
from poros_tui.cli.toml_text import Value
from poros_tui.errors import CannotRun, UsageError
from poros_tui.model.clean import clean
from poros_tui.probe.privilege import invoking_user

_PATH_MAX = 240


def save_configuration(path: Path | None, changes: Mapping[str, Value | None]) -> str:
    """Set these options, by their long names, in the file (None: that at the default place), take
    away those that are None, and return its name for a sentence.

    The new file is written beside the old one (mode 0600), checked as the next start will, and
    takes its place at once.

    Raises:
        PorosError: it cannot be written, or the next start would refuse it.
    """
    with as_user(invoking_user(os.environ)):
        # A link, to a collection of such files say, stays one.
        real = Path(os.path.realpath(path or default_path()))
        shown = clean(str(real), _PATH_MAX)
        try:
            _save(real, changes)
        except OSError as error:
            reason = (error.strerror or "error").lower()
            raise CannotRun(f"cannot write {shown}: {reason}", "nothing was saved") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            raise UsageError(f"{shown} is no TOML any more", "nothing was saved") from None
    return shown


def _save(real: Path, changes: Mapping[str, Value | None]) -> None:
    real.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = _content(real)
    after = edited(before.decode("utf-8"), changes).encode("utf-8")
    beside = real.with_name(f".{real.name}.{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(beside, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(descriptor)
        refusal = _refusal(beside)
        # What was refused before is the user's own affair, and not made by these settings.
        if refusal is not None and (not before or _refusal(real) is None):
            sentence = refusal.sentence.replace(str(beside), str(real))
            raise UsageError(
                f"not saved, the next start would refuse it: {sentence}", refusal.advice
            )
        os.replace(beside, real)
    except BaseException:  # a Ctrl-C too must leave no half of a file
        with suppress(OSError):
            beside.unlink()
        raise


def _content(real: Path) -> bytes:
    try:
        with real.open("rb") as file:
            content = file.read(SIZE_MAX + 1)
    except FileNotFoundError:
        return b""
    if len(content) > SIZE_MAX:
        raise UsageError(f"{clean(str(real), _PATH_MAX)} is larger than a megabyte")
    return content


def _refusal(file: Path) -> UsageError | None:
    """What the next start with this file would say against it."""
    from poros_tui.cli.command import poros_tui

    try:
        poros_tui.main(["localhost", "--config", str(file)], standalone_mode=False)
    except UsageError as error:
        return error
    except click.ClickException as error:
        return UsageError(clean(error.format_message(), _PATH_MAX))
    return None
