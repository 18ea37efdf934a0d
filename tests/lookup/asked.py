"""Somebody who knows all names, in virtual time."""

from __future__ import annotations

import trio

from poros_tui.lookup.asking import Answer, Ask, NoAnswer
from poros_tui.model.naming import Naming
from poros_tui.model.probe import IPAddress


class Asked:
    """Names every address after `takes_s`, and notes when it was asked for which."""

    def __init__(self, takes_s: float = 0.1, problem: str = "", ttl_s: float = 100.0) -> None:
        self.takes_s = takes_s
        self.problem = problem
        self.ttl_s = ttl_s
        self.times: list[tuple[float, IPAddress]] = []
        self.opened_at_s: list[float] = []
        self.at_once = 0
        self.most_at_once = 0

    async def open(self) -> Ask[Naming]:
        self.opened_at_s.append(trio.current_time())
        return self.ask

    async def ask(self, address: IPAddress) -> Answer[Naming]:
        self.times.append((trio.current_time(), address))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await trio.sleep(self.takes_s)
        finally:
            self.at_once -= 1
        if self.problem:
            raise NoAnswer(self.problem)
        return Answer(Naming(name=f"host-{address}.example"), self.ttl_s)
