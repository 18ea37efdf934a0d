"""What the program prints beside its screen: reports on stdout, sentences on stderr.

Either may be closed, full, without a reader, or of a locale that lacks some characters.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import Final, TextIO

import click

from poros_tui.errors import CannotRun
from poros_tui.model.clean import clean

PROGRAM: Final = "poros-tui"
SENTENCE_MAX: Final = 1000
"""Characters of one line on stderr: room for a path and the names of all actions."""


def tell(sentence: str) -> None:
    """Print one line on stderr. Where nobody can read it, the exit code still tells."""
    try:
        click.echo(f"{PROGRAM}: {clean(sentence, SENTENCE_MAX)}", err=True)
    except OSError:
        discard(sys.stderr)


def write(text: str | bytes) -> None:
    """Print a report, which ends with a line break, on stdout.

    Raises:
        CannotRun: it is closed.
        OSError: it is full, or its reader has left.
    """
    if sys.stdout is None:
        raise CannotRun("standard output is closed", "give it somewhere to go")
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    click.echo(text, nl=False)
    sys.stdout.flush()


def discard(stream: TextIO) -> None:
    """Throw away what could not be written: Python would try, and complain, again at its exit."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)
