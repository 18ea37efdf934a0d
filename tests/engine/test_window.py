"""The window of the adaptive mode."""

from __future__ import annotations

from poros_tui.engine.window import AdaptiveWindow


def test_the_window_begins_at_one_and_doubles_up_to_its_most() -> None:
    window = AdaptiveWindow(most=30)
    sizes = [window.size]
    for _ in range(6):
        window.grow()
        sizes.append(window.size)
    assert sizes == [1, 2, 4, 8, 16, 30, 30]


def test_silence_halves_the_window_but_never_below_one() -> None:
    window = AdaptiveWindow(most=30)
    for _ in range(3):
        window.grow()
    sizes = []
    for _ in range(5):
        window.shrink()
        sizes.append(window.size)
    assert sizes == [4, 2, 1, 1, 1]
