"""What the trace screen draws above its table, and when."""

from __future__ import annotations

from typing import Final

import msgspec
from textual.timer import Timer

from poros_tui.model.privacy import redacted
from poros_tui.model.session import SessionSnapshot, TraceIdentity
from poros_tui.model.verdict.statement import Statement
from poros_tui.tui.formatting import with_elided
from poros_tui.tui.header_lines import header_lines
from poros_tui.tui.screens.timing import Timing
from poros_tui.tui.spans import Line
from poros_tui.tui.table_look import TableLook
from poros_tui.tui.terminal_diff import FrugalScreen
from poros_tui.tui.verdict_line import verdict_line
from poros_tui.tui.widgets.line_view import LineView

_HEADER_PAUSE_S: Final = 0.25
"""Between two headers drawn for a figure: every one costs bytes."""


class Heading(Timing, FrugalScreen):
    """The part of the trace screen that says how it goes."""

    identity: TraceIdentity
    """What is traced and how, as it is now."""
    _header: LineView
    _header_figures: object = None
    _header_at_s = 0.0
    _header_timer: Timer | None = None
    _header_words: object = None
    _is_silence_shown = False
    _said: tuple[Statement, ...] = ()
    """The verdict as of the last second."""

    def table_look(self) -> TableLook:
        """How the table looks now."""
        raise NotImplementedError

    def private(self) -> frozenset[str]:
        """Words that may not leave."""
        raise NotImplementedError

    def head_news(self, session: SessionSnapshot) -> bool:
        """Draw what is new: words at once, figures soon. Returns whether there were words."""
        found = session.path_mtu
        words = (
            msgspec.structs.replace(session.status, round=0),
            session.problem,
            session.distance,
            found is not None and found.is_over,
        )
        # Most figures may wait for the next second, words may not; a first trace is over too soon.
        if words != self._header_words or self.view.is_first_trace:
            self._header_words = words
            self._draw_header()
            return True
        if self._is_silence_shown and self._silent_s() is None:
            self._draw_header()
        elif self._figures() != self._header_figures:
            self._draw_header_soon()
        return False

    def draw_head(self) -> None:
        """What is played, or how, has changed."""
        if self.is_mounted:
            self._draw_header()

    def _figures(self) -> object:
        """What header and table both say, and must not say differently."""
        destination = self.view.destination
        return destination and (destination.lost, destination.received)

    def _draw_header_soon(self) -> None:
        if self._header_timer is not None:
            return
        wait_s = self._header_at_s + _HEADER_PAUSE_S - self._clock()
        if wait_s <= 0:
            self._draw_header()
        else:
            self._header_timer = self.set_timer(wait_s, self._draw_header)

    def _draw_header(self) -> None:
        if self._header_timer is not None:
            self._header_timer.stop()
            self._header_timer = None
        clockwork = self._clockwork()
        self._header_figures, self._header_at_s = self._figures(), self._clock()
        self._is_silence_shown = clockwork.silent_s is not None
        width = self.columns
        lines = header_lines(self.identity, self.view, clockwork, width, self.table_look().unit)
        self._header.show(self._without_private([*lines, verdict_line(self._said, width)]))

    def _without_private(self, lines: list[Line]) -> list[Line]:
        private = with_elided(self.private())
        if not private:
            return lines
        return [
            [(redacted(text, private, keeps_columns=True), role) for text, role in line]
            for line in lines
        ]
