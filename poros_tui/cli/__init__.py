"""argv in, exit code out."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and leave with its exit code.

    0: the destination was reached; 1: it was not; 2: wrong usage; 3: it could not run;
    128 + n: ended by signal n.
    """
    # What loading makes stays to the end. To look through it for garbage, again and again, took a
    # fifth of the time to the first paint; whoever begins to work switches it on (see run).
    gc.disable()
    # Imported here, so that Ctrl-C is understood while the rest of the program loads.
    from poros_tui.cli.signals import leave_on_signals

    leave_on_signals()
    from poros_tui.cli.failures import exit_code_of

    sys.exit(exit_code_of(sys.argv[1:] if arguments is None else list(arguments)))
