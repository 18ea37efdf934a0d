"""Asks for one thing about all who answer, many at a time, and never in the way of a probe.

It runs beside the engine, in the same thread. `see` is called for every answer of every router: it
costs a look into a dictionary, and never waits. What is asked for waits in tasks of its own, so
that a name server which never answers holds up nothing but these.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Final, Generic

import trio

from poros_tui.lookup.answer_cache import AnswerCache
from poros_tui.lookup.asking import FactT, NoAnswer, OpenAsk
from poros_tui.model.clean import clean
from poros_tui.model.probe import IPAddress

PARALLEL_MAX: Final = 16
"""Addresses asked for at once: a path of 30 hops is named in two goes, and no name server is
flooded."""
PROBLEM_MAX: Final = 120


def is_elsewhere(address: IPAddress) -> bool:
    """Whether it is an address that others than this machine may have."""
    return not (address.is_loopback or address.is_unspecified)


class Inquiry(Generic[FactT]):
    """One kind of facts, for all targets of a process."""

    def __init__(
        self,
        kind: type[FactT],
        open_ask: OpenAsk[FactT],
        *,
        start_after_s: float = 0.0,
        concerns: Callable[[IPAddress], bool] = is_elsewhere,
    ) -> None:
        """`open_ask` is called when the first address was seen `start_after_s` seconds ago. Only
        who `concerns` it is asked for."""
        self._concerns = concerns
        self._open_ask = open_ask
        self._start_after_s = start_after_s
        self._cache = AnswerCache(kind)
        self._waiting: deque[IPAddress] = deque()
        self._asking = 0
        self._wanted = trio.Event()
        self._settled = trio.Event()

    @property
    def known(self) -> Mapping[IPAddress, FactT]:
        """What is known now."""
        return self._cache.known

    def see(self, address: IPAddress) -> None:
        """This address answers: ask for it, if that is due."""
        if self._concerns(address) and self._cache.take(address, trio.current_time()):
            self._waiting.append(address)
            self._wanted.set()
            if self._settled.is_set():
                self._settled = trio.Event()

    async def wait_settled(self) -> None:
        """Return when nothing is being asked."""
        while self._waiting or self._asking:
            await self._settled.wait()

    async def run(self, tell: Callable[[IPAddress], None] = lambda _address: None) -> None:
        """Ask until cancelled. `tell` is called with each address of which more is known."""
        await self._wanted.wait()
        await trio.sleep(self._start_after_s)
        ask = await self._open_ask()

        async def ask_one(address: IPAddress) -> None:
            try:
                is_news = self._cache.put(address, await ask(address), trio.current_time())
            except NoAnswer as failure:
                problem = clean(str(failure), PROBLEM_MAX)
                is_news = self._cache.fail(address, problem, trio.current_time())
            self._asking -= 1
            self._wanted.set()
            if is_news:
                tell(address)

        async with trio.open_nursery() as nursery:
            while True:
                while self._waiting and self._asking < PARALLEL_MAX:
                    self._asking += 1
                    nursery.start_soon(ask_one, self._waiting.popleft())
                if not self._asking:
                    self._settled.set()
                self._wanted = trio.Event()
                await self._wanted.wait()
