"""The scripts that make bash, zsh and fish ask what to complete, and how each of them is answered.
Loaded only where one asks. A script tells in `COMP_WORDS` the words before the one that is typed,
and in `COMP_TYPED` what there is of that up to the cursor, both with the quotes of the shell."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from click.shell_completion import (
    BashComplete,
    FishComplete,
    ShellComplete,
    ZshComplete,
    split_arg_string,
)

from poros_tui.cli.completing import words_before

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    Item = CompletionItem[Any]


class _Words(ShellComplete):
    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is completed, and what there is of that."""
        return words_before()[1:], "".join(split_arg_string(os.environ["COMP_TYPED"])[:1])


class Bash(_Words, BashComplete):
    """It takes `=` for a word of its own, and completes what is behind it alone."""

    source_template = r"""%(complete_func)s() {
    local line=${COMP_LINE:0:COMP_POINT} typed=${COMP_WORDS[COMP_CWORD]} type value
    while [[ $typed && $line != *"$typed" ]]; do
        typed=${typed%%?}  # behind the cursor
    done
    while IFS=, read -r type value; do
        case $type in
            file) compopt -o default ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done < <(
        IFS=$'\n'
        env COMP_WORDS="${COMP_WORDS[*]:0:COMP_CWORD}" COMP_TYPED="$typed" \
            %(complete_var)s=bash_complete "${1/#~\//$HOME/}" 2>/dev/null
    )
}

complete -o nosort -F %(complete_func)s %(prog_name)s"""

    def get_completion_args(self) -> tuple[list[str], str]:
        """With `--format=csv` and `csv=FILE` as the words that they are."""
        words, typed = super().get_completion_args()
        joined: list[str] = []
        goes_on = False
        for word in [*words, typed]:
            if joined and (goes_on or word == "="):
                joined[-1] += word
            else:
                joined.append(word)
            goes_on = word == "="
        return joined[:-1], joined[-1]


class _WholeWords(_Words):
    """Of shells to which what is typed up to an `=` is a part of the word."""

    def complete(self) -> str:
        """First what is typed before that which the answers are to be put in place of."""
        words, typed = self.get_completion_args()
        items = self.get_completions(list(words), typed)
        head = ""
        if typed.startswith("--") and "--" not in words and "=" in typed:
            head, sign, typed = typed.partition("=")
            head += sign
        for item in items:
            if item.type == "file":
                head += typed.removesuffix(item.value)
        return "\n".join([self.format_head(head), *map(self.format_completion, items)])

    def format_head(self, head: str) -> str:
        return head


class Zsh(_WholeWords, ZshComplete):
    """It is told how many `=` there are in what stays."""

    source_template = r"""#compdef %(prog_name)s

%(complete_func)s() {
    local -a lines plain described
    local type value help files
    lines=("${(@f)$(
        COMP_WORDS="${(j: :)words[1,CURRENT-1]}" COMP_TYPED=$PREFIX \
            %(complete_var)s=zsh_complete ${~words[1]} 2>/dev/null
    )}")
    repeat ${lines[1]:-0} compset -P 1 '*='
    for type value help in "${(@)lines[2,-1]}"; do
        case $type-$help in
            file-*) files=yes ;;
            plain-_) plain+=("$value") ;;
            plain-*) described+=("$value:$help") ;;
        esac
    done
    if [[ -n $files ]]; then
        _files
    elif (( $#described )); then
        _describe -V %(prog_name)s described
    else
        compadd -V %(prog_name)s -a plain
    fi
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi"""

    def format_head(self, head: str) -> str:
        """Pieces that end with `=`: what is quoted in them is the shell's business."""
        return str(head.count("="))


class Fish(_WholeWords, FishComplete):
    """Each answer is put in place of the whole word."""

    source_template = r"""function %(complete_func)s
    set -l words (commandline -opc)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    set -l escaped (string escape -- $words | string join " ")
    set -l typed (commandline -ct)
    set -l lines (env COMP_WORDS="$escaped" COMP_TYPED="$typed" \
        %(complete_var)s=fish_complete $program 2>/dev/null)
    set -l head $lines[1]
    for line in $lines[2..-1]
        set -l item (string split -m 1 "," -- $line)
        if test $item[1] = file
            for path in (__fish_complete_path $item[2])
                echo "$head$path"
            end
        else
            echo "$head$item[2]"
        end
    end
end

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""

    def format_completion(self, item: Item) -> str:
        """It shows a line at most: the first sentence is enough."""
        if item.help and ".  [default: " in item.help:
            item.help = item.help.partition(".  [default: ")[0]
        return super().format_completion(item)


SHELLS: Final = {"bash": Bash, "zsh": Zsh, "fish": Fish}
