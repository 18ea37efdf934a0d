"""`poros-tui man`: the manual page."""

from __future__ import annotations

import click

from poros_tui.cli.man_page import man_page
from poros_tui.cli.output import write


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def command() -> int:
    """Print the manual page.

    \b
    to read it:    poros-tui man | man -l -
    to install it: poros-tui man > ~/.local/share/man/man1/poros-tui.1
    """
    write(man_page() + "\n")
    return 0
