"""When this machine could not send, and when it could again.

It could not where every probe of a round failed, and 3 in a row at least. It can again with the
first round in which one was answered or left for good: the kernel may take a probe and say only
later that it was not delivered, so a round counts when all of it is decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from poros_tui.model.events import EventKind
from poros_tui.model.lasting import lasting
from poros_tui.model.watching.rounds import HopRound, Round, Sight
from poros_tui.model.watching.told import Told

FAILURES_LEAST: Final = 3


class NetworkWatch:
    """Folds rounds, in order."""

    def __init__(self) -> None:
        self._since: Sight | None = None
        self._failures = 0
        self._is_told = False

    def see(self, round_: Round) -> Iterator[Told]:
        """What a round shows."""
        hops = round_.hops.values()
        failed = sum(hop.failed for hop in hops)
        left = [hop for hop in hops if hop.sent]
        if left:
            yield from self._send_again(round_, left)
        elif failed:
            yield from self._fail(round_, failed)

    def _fail(self, round_: Round, failed: int) -> Iterator[Told]:
        if self._since is None:
            self._since = Sight(round_.number, min(hop.at_s for hop in round_.hops.values()))
        self._failures += failed
        if self._is_told or self._failures < FAILURES_LEAST:
            return
        self._is_told = True
        reason = next(hop.failure for hop in round_.hops.values() if hop.failure)
        yield Told(
            kind=EventKind.NETWORK_DOWN,
            sight=self._since,
            words=f"{reason}: none of {self._failures} probes could be sent",
        )

    def _send_again(self, round_: Round, left: list[HopRound]) -> Iterator[Told]:
        at_s = min(hop.at_s for hop in left)
        if self._is_told and self._since is not None:
            yield Told(
                kind=EventKind.NETWORK_UP,
                sight=Sight(round_.number, at_s),
                words=(
                    f"after {lasting(at_s - self._since.at_s)}; {self._failures} probes could"
                    " not be sent"
                ),
            )
        self._since, self._failures, self._is_told = None, 0, False
