"""`python -m tests.fuzz`: a million inputs for every parser, as a table."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Final

from tests.fuzz.parsers import all_parsers
from tests.fuzz.run import fuzz

INPUTS: Final = 1_000_000
_SHOWN_MAX: Final = 5


def main(argv: Sequence[str] | None = None) -> int:
    """Fuzz all parsers; 1 where one fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=INPUTS, help="for each parser")
    parser.add_argument("--seed", type=int, default=1, help="of all chance")
    parser.add_argument("--only", default="", help="parsers whose name has this in it")
    options = parser.parse_args(argv)
    has_failed = False
    _say(f"{'parser':44} {'inputs':>10} {'refused':>10} {'slowest us':>11}")
    for each in all_parsers():
        if options.only not in each.name:
            continue
        outcome = fuzz(each, options.inputs, options.seed)
        _say(
            f"{outcome.parser:44} {outcome.inputs:10} {outcome.malformed:10} "
            f"{outcome.slowest_us:11.0f}"
        )
        for finding in outcome.findings[:_SHOWN_MAX]:
            _say(f"  {finding.words}: {finding.data.hex()}")
        has_failed |= bool(outcome.findings)
    return int(has_failed)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
