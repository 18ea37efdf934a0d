"""The MTU search at work: sends what it asks for, over a transport of its own, and hears the rest.

Its probes are entered into a ledger of their own, so that they are in no hop's statistic.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Final

import msgspec
import trio

from poros_tui.config import SessionConfig
from poros_tui.engine.ledger import Ledger
from poros_tui.engine.mtu_search import Ask, Fate, Heard, MtuSearch, Scope
from poros_tui.engine.random_keys import open_ledger
from poros_tui.errors import SendError
from poros_tui.model.path_mtu import PathMtu
from poros_tui.model.probe import AnswerKind, Probe, Protocol, Reply, SendFailed
from poros_tui.model.session import PathSnapshot
from poros_tui.packets.icmp_codes import is_too_big
from poros_tui.packets.ipv4 import MTU_MIN as MTU_MIN_V4
from poros_tui.packets.ipv6 import MTU_MIN as MTU_MIN_V6
from poros_tui.probe.transport import ProbeTransport, TransportEvent

SIZE_MAX: Final = 9216
"""Bytes of the largest probe: a jumbo frame."""
UNKNOWN_LINK_MTU: Final = 1500
"""Tried first where our own interface does not tell what it takes: Ethernet's."""
TTL_RESERVE: Final = 8
"""So much longer the path to the destination may become while it is searched."""
QUICK_GAP_S: Final = 0.1
"""From one packet to the next where the answers are not limited: echo replies, TCP's."""
LIMITED_GAP_S: Final = 1.1
"""The same where they are ICMP errors: a router sends one a second (RFC 1812 section 4.3.2.8), and
another is asked for by each round of a live trace."""
PATIENCE_MIN_S: Final = 1.0
PATIENCE_FACTOR: Final = 3.0
"""Times the slowest round trip seen: after that, silence."""


class MtuPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a search needs beside the path."""

    open_transport: Callable[[], ProbeTransport]
    """Of probes that nobody may part. Called inside Trio."""
    protocol: Protocol
    version: int
    """4 or 6."""
    small: int
    """Bytes of a probe of the usual size, which passes."""
    link_mtu: int | None
    """What our own interface takes, None where that is not known."""

    def scope(self, path: PathSnapshot) -> Scope | None:
        """What to search on this path; None where nobody answers on it."""
        distance = path.session.distance
        routers = {
            hop.ttl: addresses
            for hop in path.hops
            if (distance is None or hop.ttl < distance)
            and (
                addresses := tuple(
                    one.address for one in hop.responders if one.kind is AnswerKind.TIME_EXCEEDED
                )
            )
        }
        target = distance if distance is not None else max(routers, default=None)
        if target is None:
            return None
        reserve = TTL_RESERVE if distance is not None else 0
        return Scope(
            target=target,
            send_ttl=min(255, target + reserve),
            is_destination=distance is not None,
            has_large_replies=distance is not None and self.protocol is Protocol.ICMP,
            routers={ttl: known for ttl, known in routers.items() if ttl < target},
            small=self.small,
            floor=MTU_MIN_V6 if self.version == 6 else MTU_MIN_V4,
            ceiling=min(SIZE_MAX, self.link_mtu or UNKNOWN_LINK_MTU),
            link_mtu=self.link_mtu,
        )


class _Pending(msgspec.Struct):
    """A packet that is waited for."""

    ask: Ask
    heard: Heard | None = None
    is_decided: bool = False
    """The search has been told that it is silent."""


class MtuProbing:
    """One search on one path."""

    def __init__(
        self,
        plan: MtuPlan,
        path: PathSnapshot,
        config: SessionConfig,
        *,
        wait_for_turn: Callable[[], Awaitable[None]],
        report: Callable[[PathMtu], None],
        randomness: random.Random | None = None,
    ) -> None:
        """`wait_for_turn` returns when one packet may be sent; `report` gets what is known, each
        time that more is."""
        self._plan = plan
        self._config = config
        self._wait_for_turn = wait_for_turn
        self._report = report
        self._randomness = randomness or random.SystemRandom()
        scope = plan.scope(path)
        self._scope = scope
        self._search = MtuSearch(scope) if scope is not None else None
        self._slowest_s = max((hop.rtt.worst_s or 0.0 for hop in path.hops), default=0.0)
        self._numbers = count()
        self._pending: dict[int, _Pending] = {}
        self._sent_at_s: dict[int, float] = {}
        self._news = trio.Event()

    @property
    def finding(self) -> PathMtu:
        """What is known by now."""
        if self._search is None:
            return PathMtu(is_over=True, problem="nobody on the path answers")
        return self._search.finding

    async def run(self) -> None:
        """Search to the end. What was found out until then stays known if this is cancelled."""
        search, scope = self._search, self._scope
        if search is None or scope is None:
            self._report(self.finding)
            return
        transport = self._plan.open_transport()
        try:
            ledger = open_ledger(
                msgspec.structs.replace(self._config, probe_bytes=None), transport, self._randomness
            )
            async with trio.open_nursery() as nursery:
                nursery.start_soon(transport.receive, lambda event: self._take(event, ledger))
                await trio.sleep(transport.settle_s)
                while search.asks:
                    self._report(search.finding)
                    search.hear(await self._ask_all(search.asks, transport, ledger))
                nursery.cancel_scope.cancel()
        finally:
            search.stop()
            transport.close()
            self._report(search.finding)

    async def _ask_all(
        self, asks: tuple[Ask, ...], transport: ProbeTransport, ledger: Ledger
    ) -> list[Heard]:
        ledger.expire(now_s=trio.current_time())
        pending = [await self._send(ask, transport, ledger) for ask in asks]
        with trio.move_on_after(self._patience_s):
            while any(one.heard is None for one in pending):
                self._news = trio.Event()
                await self._news.wait()
        transport.hear()
        for one in pending:
            one.is_decided = True
        return [one.heard or Heard(Fate.SILENT) for one in pending]

    @property
    def _patience_s(self) -> float:
        wanted_s = max(PATIENCE_MIN_S, PATIENCE_FACTOR * self._slowest_s)
        return min(self._config.timeout_s, wanted_s)

    async def _send(self, ask: Ask, transport: ProbeTransport, ledger: Ledger) -> _Pending:
        last_s = self._sent_at_s.get(ask.ttl)
        if last_s is not None:
            await trio.sleep_until(last_s + self._gap_s(ask))
        await self._wait_for_turn()
        probe = Probe(number=next(self._numbers), ttl=ask.ttl, round=0, query=0, generation=0)
        pending = _Pending(ask)
        key = ledger.take_key()
        try:
            sent_at = await transport.send(ask.ttl, key, size=ask.size)
        except SendError as error:
            pending.heard = Heard(Fate.NOT_SENT if error.is_too_large else Fate.SILENT)
            return pending
        now_s = self._sent_at_s[ask.ttl] = trio.current_time()
        self._pending[probe.number] = pending
        ledger.open(key, probe, sent_at=sent_at, now_s=now_s)
        return pending

    def _gap_s(self, ask: Ask) -> float:
        is_quick = self._is_to_destination(ask) and self._plan.protocol is not Protocol.UDP
        return QUICK_GAP_S if is_quick else LIMITED_GAP_S

    def _is_to_destination(self, ask: Ask) -> bool:
        scope = self._scope
        return scope is not None and scope.is_destination and ask.ttl == scope.send_ttl

    def _take(self, event: TransportEvent, ledger: Ledger) -> None:
        outcome = ledger.take(event, now_s=trio.current_time())
        if not isinstance(outcome, Reply | SendFailed):
            return
        pending = self._pending.pop(outcome.probe.number)
        if isinstance(outcome, SendFailed):
            pending.heard = Heard(Fate.SILENT)
        else:
            self._slowest_s = max(self._slowest_s, outcome.rtt_s or 0.0)
            pending.heard = self._fate(outcome, pending.ask)
            if pending.is_decided and pending.heard.fate is Fate.PASSED and self._search:
                self._search.hear_late(pending.ask)
        self._news.set()

    def _fate(self, reply: Reply, ask: Ask) -> Heard:
        if is_too_big(reply.responder.version, reply.icmp_type, reply.icmp_code):
            return Heard(Fate.TOO_BIG, reply.responder, reply.mtu)
        wanted = AnswerKind.TIME_EXCEEDED
        if self._is_to_destination(ask):
            wanted = AnswerKind.REACHED
        # Another refusal says nothing of the packet's size; who reached the destination passed.
        has_passed = reply.kind in (wanted, AnswerKind.REACHED)
        return Heard(Fate.PASSED if has_passed else Fate.SILENT, reply.responder)
