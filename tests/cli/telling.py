"""Runs the program and tells on stderr what becomes of each probe, as soon as it is known: a test
that waits for such a line does not have to guess how long the program takes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from subprocess import Popen
from typing import Final

TELLING: Final = (sys.executable, "-m", "tests.cli.telling")
"""In place of the program's own name."""
_PREFIX: Final = "outcome: "


def told(process: Popen[str], is_enough: Callable[[str], bool]) -> None:
    """Wait until the program tells of such an outcome: `reply ADDRESS` or the name of another.

    Raises:
        AssertionError: it ended before.
    """
    assert any(is_enough(word) for word in _outcomes(process)), "it ended before"


def _outcomes(process: Popen[str]) -> Iterator[str]:
    assert process.stderr is not None
    for line in iter(process.stderr.readline, ""):
        if line.startswith(_PREFIX):
            yield line.removeprefix(_PREFIX).strip()


def without_outcomes(stderr: str) -> str:
    """What else was said."""
    lines = stderr.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(_PREFIX))


def main() -> None:
    """Run the command line given."""
    from poros_tui.cli import main as poros_tui
    from poros_tui.model.path import Path
    from poros_tui.model.probe import ProbeOutcome, Reply

    add = Path.add

    def add_and_tell(path: Path, outcome: ProbeOutcome) -> None:
        add(path, outcome)
        name = type(outcome).__name__
        words = f"reply {outcome.responder}" if isinstance(outcome, Reply) else name
        print(f"{_PREFIX}{words}", file=sys.stderr, flush=True)  # noqa: T201

    Path.add = add_and_tell  # type: ignore[method-assign]
    poros_tui()


if __name__ == "__main__":
    main()
