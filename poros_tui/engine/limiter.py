"""A token bucket on Trio's clock: packets a second over the whole session."""

from __future__ import annotations

from typing import Final

import trio

BURST_S: Final = 0.1
"""The bucket holds at most a tenth of a second's worth, and at least one packet."""


class TokenBucket:
    """Lets at most `rate_pps` packets a second through, in the order they came."""

    def __init__(self, rate_pps: float) -> None:
        """`rate_pps` is packets a second; 0 lets everything through."""
        self.rate_pps = rate_pps
        self.burst = max(1.0, rate_pps * BURST_S)
        """Packets that may go at once after a rest."""
        self._tokens = self.burst
        self._counted_at_s: float | None = None
        self._turn = trio.StrictFIFOLock()
        self._returned = trio.Event()

    @property
    def is_unlimited(self) -> bool:
        """Whether taking a token never waits."""
        return self.rate_pps == 0

    async def take(self) -> None:
        """Wait for a token and take it. Cancelled while waiting, it takes none."""
        if self.is_unlimited:
            await trio.lowlevel.checkpoint()
            return
        async with self._turn:
            missing = 1.0 - self._count()
            while missing > 1e-9:
                self._returned = trio.Event()
                with trio.move_on_after(missing / self.rate_pps):
                    await self._returned.wait()
                missing = 1.0 - self._count()
            self._tokens -= 1.0

    def put_back(self) -> None:
        """A token was taken for nothing: whoever waits has it at once."""
        self._tokens = min(self.burst, self._tokens + 1.0)
        self._returned.set()

    def _count(self) -> float:
        now_s = trio.current_time()
        if self._counted_at_s is not None:
            earned = (now_s - self._counted_at_s) * self.rate_pps
            self._tokens = min(self.burst, self._tokens + earned)
        self._counted_at_s = now_s
        return self._tokens
