"""What an engine or a screen died of, as one sentence and an exit code. Pure."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import Final

from poros_tui.errors import PorosError
from poros_tui.model.clean import clean

DEFECT_EXIT_CODE: Final = 3
_SENTENCE_MAX: Final = 300


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The errors inside of exception groups of any depth."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from leaves(inner)
    else:
        yield error


def told(error: BaseException, *, what: str) -> tuple[str, int]:
    """A sentence for the user, and the exit code. `what` is what failed, such as `the screen`.

    A PorosError speaks for itself; anything else is a defect and is named as such.
    """
    errors = tuple(leaves(error))
    for leaf in errors:
        if isinstance(leaf, PorosError):
            return clean(str(leaf), _SENTENCE_MAX), leaf.exit_code
    names = "; ".join(_named(leaf) for leaf in errors)
    return clean(f"{what} failed: {names}", _SENTENCE_MAX), DEFECT_EXIT_CODE


def _named(error: BaseException) -> str:
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def traced(error: BaseException) -> str:
    """The traceback, without the values of variables: they would hold names and addresses."""
    return "".join(traceback.format_exception(error))
