"""What became of a probe in 16 bits, for the hundred thousands that are kept.

Times lie on a logarithmic scale from 1 us to 1000 s, so that each is right to 0.016 % (the screen
shows three digits). Codes of times are in the order of the times: what needs only order, such as a
percentile, works on codes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from poros_tui.model.history import Gap, Sample

PENDING: Final = 0
LOST: Final = 1
SEND_ERROR: Final = 2
UNTIMED: Final = 3
LEAST_TIME: Final = 4
"""From here on codes are times. Where a time may be absent, 0 says so."""
MOST_TIME: Final = 0xFFFF

_LEAST_S: Final = 1e-6
_MOST_S: Final = 1e3
_CODES_PER_E: Final = (MOST_TIME - LEAST_TIME) / math.log(_MOST_S / _LEAST_S)
_GAPS: Final[Mapping[Gap, int]] = {
    Gap.PENDING: PENDING,
    Gap.LOST: LOST,
    Gap.SEND_ERROR: SEND_ERROR,
    Gap.UNTIMED: UNTIMED,
}


def code_of(sample: Sample) -> int:
    """The code of a sample. Times beyond the ends of the scale count as its ends."""
    if isinstance(sample, Gap):
        return _GAPS[sample]
    if sample <= _LEAST_S:
        return LEAST_TIME
    return min(MOST_TIME, LEAST_TIME + round(math.log(sample / _LEAST_S) * _CODES_PER_E))


def seconds(code: int) -> float | None:
    """The time of a code; None for one that is no time."""
    if code < LEAST_TIME:
        return None
    return _LEAST_S * math.exp((code - LEAST_TIME) / _CODES_PER_E)
