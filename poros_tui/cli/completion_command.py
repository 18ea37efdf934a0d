"""`poros-tui completion`: what makes a shell complete options with the Tab key."""

from __future__ import annotations

import click

from poros_tui.cli.command import poros_tui
from poros_tui.cli.completing import VARIABLE
from poros_tui.cli.output import PROGRAM, write
from poros_tui.cli.shells import SHELLS


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.argument("shell", type=click.Choice(tuple(SHELLS)))
def command(*, shell: str) -> int:
    """Print what makes this shell complete options with the Tab key.

    \b
    bash, with the package bash-completion:
      folder=~/.local/share/bash-completion/completions
      mkdir -p $folder && poros-tui completion bash > $folder/poros-tui
    bash without it, in ~/.bashrc:
      source <(poros-tui completion bash)
    zsh, in ~/.zshrc behind compinit:
      source <(poros-tui completion zsh)
    fish:
      mkdir -p ~/.config/fish/completions
      poros-tui completion fish > ~/.config/fish/completions/poros-tui.fish

    A shell that is open already has it after exec bash, exec zsh or exec fish.
    """
    write(SHELLS[shell](poros_tui, {}, PROGRAM, VARIABLE).source() + "\n")
    return 0
