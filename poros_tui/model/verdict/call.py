"""What a voice call would be like: the E-model with G.711, simplified. Pure.

Cole and Rosenbluth, "Voice over IP performance monitoring", CCR 31(2), 2001: R = 94.2 - Id - Ie,
Id = 0.024 d + 0.11 (d - 177.3) H(d - 177.3) for a mouth-to-ear delay d in milliseconds, and
Ie = 30 ln(1 + 15 e) for G.711 with random loss e and concealment.
"""

from __future__ import annotations

import math
from typing import Final

R_BEST: Final = 94.2
_KNEE_MS: Final = 177.3
_PACKET_MS: Final = 20.0
"""Of speech in a packet of G.711, which has to be spoken before it leaves."""
GOOD_R: Final = 80.0
FAIR_R: Final = 70.0
POOR_R: Final = 60.0
"""Bounds of ITU-T G.109: 80 high, 70 medium, 60 low; below that it is not recommended."""


def mouth_to_ear_ms(rtt_s: float, buffer_s: float) -> float:
    """Half the round trip, the jitter buffer and one packet of speech."""
    return rtt_s / 2 * 1e3 + buffer_s * 1e3 + _PACKET_MS


def rating(delay_ms: float, loss_ratio: float) -> float:
    """R, at most 94.2; it may fall below 0. `loss_ratio` is 0 to 1."""
    late_ms = delay_ms - _KNEE_MS
    of_delay = 0.024 * delay_ms + (0.11 * late_ms if late_ms > 0 else 0.0)
    return R_BEST - of_delay - 30 * math.log(1 + 15 * loss_ratio)


def rating_words(value: float) -> str:
    """`good`, `fair`, `poor` or `bad`."""
    for bound, words in ((GOOD_R, "good"), (FAIR_R, "fair"), (POOR_R, "poor")):
        if value >= bound:
            return words
    return "bad"
