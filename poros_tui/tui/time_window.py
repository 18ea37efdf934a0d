"""Which time the panels with a time axis show: how much of it, up to when. They share one. Pure."""

from __future__ import annotations

import math
from typing import Final

from poros_tui.tui.grid import Grid, step_for

ZOOMS_S: Final = (60.0, 300.0, 900.0, 3600.0, 21600.0, 86400.0)
"""The least that is shown at each zoom."""
_AUTOMATIC_MAX_S: Final = 900.0
_MOVE_EVERY_S: Final = 20.0
"""What follows the present moves on after this long at the soonest: every time all of it is drawn
anew, and written to the terminal."""


class TimeWindow:
    """Zoom and place in time. Until somebody zooms it grows with the session up to 15 min."""

    def __init__(self) -> None:
        self._zoom: int | None = None
        self._end_s: float | None = None
        self.moment_s: float | None = None
        """What the user points at; None while at nothing."""

    @property
    def is_following(self) -> bool:
        """Whether it shows the present, and goes on with it."""
        return self._end_s is None

    def _zoom_at(self, now_s: float, began_s: float) -> int:
        if self._zoom is not None:
            return self._zoom
        age_s = min(now_s - began_s, _AUTOMATIC_MAX_S)
        return next(index for index, zoom_s in enumerate(ZOOMS_S) if zoom_s >= age_s)

    def span_s(self, now_s: float, began_s: float) -> float:
        """The least that is shown, one of ZOOMS_S."""
        return ZOOMS_S[self._zoom_at(now_s, began_s)]

    def zoom(self, by: int, *, now_s: float, began_s: float) -> bool:
        """Show more time, or less where negative, around the moment pointed at or the middle of
        what is shown. False: there is no more or no less."""
        before = self._zoom_at(now_s, began_s)
        after = before + by
        if not 0 <= after < len(ZOOMS_S):
            return False
        self._zoom = after
        if self.moment_s is not None:
            self._put_end(self.moment_s + ZOOMS_S[after] / 2, now_s, began_s)
        elif self._end_s is not None:
            middle_s = self._end_s - ZOOMS_S[before] / 2
            self._put_end(middle_s + ZOOMS_S[after] / 2, now_s, began_s)
        return True

    def scroll(self, by: int, *, now_s: float, began_s: float) -> bool:
        """Go half a window later, or earlier where negative. False: there is nothing there."""
        span_s = self.span_s(now_s, began_s)
        before_s = self._end_s
        self._put_end((now_s if before_s is None else before_s) + by * span_s / 2, now_s, began_s)
        return self._end_s != before_s

    def _put_end(self, end_s: float, now_s: float, began_s: float) -> None:
        end_s = max(end_s, began_s + self.span_s(now_s, began_s))
        self._end_s = end_s if end_s < now_s else None

    def follow(self) -> None:
        """Back to the present, and point at nothing."""
        self._end_s = None
        self.moment_s = None

    def grid(self, columns: int, *, now_s: float, began_s: float, origin_s: float) -> Grid:
        """The columns that show it.

        While the session is shorter than that, they begin with it and fill from the left; then
        they move on by several at once when they are full.
        """
        columns = max(1, columns)
        step_s = step_for(self.span_s(now_s, began_s), columns)
        end_s = now_s if self._end_s is None else self._end_s
        whole = Grid(origin_s=origin_s, step_s=step_s, first=0, count=columns)
        last, began = whole.number(end_s), whole.number(began_s)
        if self.is_following:
            jump = max(1, min(columns // 4, math.ceil(_MOVE_EVERY_S / step_s)))
            first = max((last // jump + 1) * jump - columns, min(began, last))
        elif end_s <= began_s + self.span_s(now_s, began_s):
            first = began
        else:
            first = max(last + 1 - columns, began)
        return Grid(origin_s=origin_s, step_s=step_s, first=first, count=columns)
