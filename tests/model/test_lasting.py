from __future__ import annotations

import pytest

from poros_tui.model.lasting import lasting


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0 s"),
        (0.4, "0.4 s"),
        (9.95, "9.9 s"),
        (9.97, "10 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (86400 * 3 + 4 * 3600 + 59, "3 d 4 h"),
    ],
)
def test_a_length_of_time_in_words(seconds: float, words: str) -> None:
    assert lasting(seconds) == words
