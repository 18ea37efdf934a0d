"""The words of a command line in bash, which parts them at `=`. Loaded only where it asks."""

from __future__ import annotations

import os

from click.shell_completion import BashComplete, split_arg_string


class WholeWords(BashComplete):
    """As click's, with `--format=csv` and `csv=FILE` as the words that they are."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is completed, and what there is of that."""
        words, current = split_arg_string(os.environ["COMP_WORDS"]), int(os.environ["COMP_CWORD"])
        joined: list[str] = []
        goes_on = False
        # An empty word at the end is not among them.
        for word in [*words, ""][: current + 1]:
            if joined and (goes_on or word == "="):
                joined[-1] += word
            else:
                joined.append(word)
            goes_on = word == "="
        return joined[1:-1], joined[-1]
