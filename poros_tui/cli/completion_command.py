"""`poros-tui completion`: what makes a shell complete options with the Tab key. Click's own."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import get_completion_class

from poros_tui.cli.command import poros_tui
from poros_tui.cli.completing import VARIABLE
from poros_tui.cli.output import PROGRAM, write

_SHELLS: Final = ("bash", "zsh", "fish")


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.argument("shell", type=click.Choice(_SHELLS))
def command(*, shell: str) -> int:
    """Print what makes this shell complete options with the Tab key.

    \b
    bash: poros-tui completion bash > ~/.local/share/bash-completion/completions/poros-tui
    zsh:  poros-tui completion zsh > a file _poros-tui in a directory of $fpath
    fish: poros-tui completion fish > ~/.config/fish/completions/poros-tui.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None  # click has all three
    write(kind(poros_tui, {}, PROGRAM, VARIABLE).source() + "\n")
    return 0
