"""One line at the bottom in which the user types, or answers a question.

Loaded when it is first needed: Textual's input line takes some milliseconds.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input

from poros_tui.tui.palette import Palette
from poros_tui.tui.spans import Line, Role
from poros_tui.tui.widgets.asking import Asking
from poros_tui.tui.widgets.line_view import LineView

_OBJECTION_LINES = 3


class Prompt(Vertical, Asking):
    """A label, what is typed after it, and what is wrong with that."""

    DEFAULT_CSS = """
    Prompt {
        dock: bottom;
        height: auto;
        background: ansi_default;
        Horizontal { height: 1; background: ansi_default; }
        #prompt-label { width: auto; }
        #prompt-objection { height: auto; }
        Input {
            width: 1fr;
            height: 1;
            border: none;
            padding: 0;
            background: ansi_default;
            color: ansi_default;
        }
        Input:focus { border: none; background-tint: ansi_default 0%; }
    }
    """
    BINDINGS = [
        Binding("escape", "give_up", "Close", show=False),
        Binding("tab,shift+tab", "stay", "Stay", show=False),
    ]

    @dataclass
    class Accepted(Message):
        """What was typed is good."""

        text: str

    class GivenUp(Message):
        """Nothing was typed, or Escape."""

    def __init__(self, label: str, check: Callable[[str], str], palette: Palette) -> None:
        """`check` says what is wrong with a text, one sentence; empty where nothing is."""
        super().__init__(id="prompt")
        self._check = check
        self._label = LineView(id="prompt-label")
        self._label.styles.width = len(label) + 2
        self._label.show([[(f" {label} ", Role.STRONG)]])
        self._objection = LineView(id="prompt-objection")
        self._objection.display = False
        self._input = Input(id="prompt-input", max_length=4096, select_on_focus=False)
        self.paint(palette)

    def compose(self) -> ComposeResult:
        """What is wrong stands above what is typed."""
        yield self._objection
        yield Horizontal(self._label, self._input)

    def on_mount(self) -> None:
        """Keys go here."""
        self._input.focus()

    def take_missed(self, event: events.Key) -> bool:
        """A character goes to the end of the text. What is no character Textual finds itself."""
        if not event.is_printable or event.character is None:
            return False
        self._input.insert_text_at_cursor(event.character)
        return True

    def paint(self, palette: Palette) -> None:
        """Use these colours from now on."""
        self._label.paint(palette)
        self._objection.paint(palette)

    def on_input_changed(self, _event: Input.Changed) -> None:
        """What was wrong may be mended."""
        self._objection.display = False

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: take it, or say what is wrong."""
        event.stop()
        text = event.value.strip()
        if not text:
            self.post_message(self.GivenUp())
            return
        objection = self._check(text)
        if not objection:
            self.post_message(self.Accepted(text))
            return
        lines: list[Line] = [
            [(" " + part, Role.WARN)]
            for part in textwrap.wrap(
                objection,
                max(10, self.size.width - 2),
                max_lines=_OBJECTION_LINES,
                placeholder="…",
            )
        ]
        self._objection.styles.height = len(lines)
        self._objection.show(lines)
        self._objection.display = True

    def action_give_up(self) -> None:
        """Escape."""
        self.post_message(self.GivenUp())

    def action_stay(self) -> None:
        """Tab has nowhere to go from here."""

    def on_descendant_blur(self, _event: events.DescendantBlur) -> None:
        """A click beside it: the user wants something else."""
        self.post_message(self.GivenUp())


class Question(LineView, Asking, can_focus=True):
    """A question that is answered by one key."""

    DEFAULT_CSS = """
    Question { dock: bottom; height: 1; background: ansi_default; }
    """

    @dataclass
    class Answered(Message):
        """`y` or Enter is yes, everything else no."""

        is_yes: bool

    def __init__(self, question: str, palette: Palette) -> None:
        super().__init__(id="question")
        self._question = question
        self.paint(palette)

    def on_mount(self) -> None:
        """Keys go here."""
        self.focus()

    def on_resize(self, event: events.Resize) -> None:
        """As many lines as it takes."""
        words = f"{self._question}? y: yes, any other key: no"
        lines = textwrap.wrap(words, max(10, event.size.width - 2))
        self.styles.height = len(lines)
        self.show([[(" " + part, Role.STRONG)] for part in lines])

    def on_key(self, event: events.Key) -> None:
        """The answer, whatever the key does elsewhere."""
        event.stop()
        event.prevent_default()
        self.take_missed(event)

    def take_missed(self, event: events.Key) -> bool:
        """The answer too."""
        self.post_message(self.Answered(event.key in ("y", "Y", "enter")))
        return True

    def on_blur(self, _event: events.Blur) -> None:
        """A click beside it is a no."""
        self.post_message(self.Answered(is_yes=False))
