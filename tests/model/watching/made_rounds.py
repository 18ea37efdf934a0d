"""Complete rounds made by hand, where a test says only what matters to it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from ipaddress import ip_address

from poros_tui.model.probe import AnswerKind, Lost, Probe, Reply, SendFailed
from poros_tui.model.watching.rounds import Round, RoundBook

DESTINATION = "203.0.113.80"
INTERVAL_S = 1.0

Outcome = str | float | tuple[str, float] | None
"""What became of one probe: who answered, or how long it took in milliseconds, or both; `-` for
what could not be sent, `!` before who says that the path ends, None for a loss."""


class Maker:
    """Makes rounds one second apart, the first at 0, through a real book."""

    def __init__(self) -> None:
        self._book = RoundBook()
        self._number = 0
        self._probes = 0

    @property
    def kept(self) -> deque[Round]:
        return self._book.kept

    def round(self, *hops: Outcome | list[Outcome], first_hop: int = 1) -> Round:
        """One outcome for each hop, or a list of one for each query (or flow)."""
        number = self._number
        self._number += 1
        self._book.begin(number)
        for ttl, outcomes in enumerate(hops, first_hop):
            several = outcomes if isinstance(outcomes, list) else [outcomes]
            for query, outcome in enumerate(several):
                self._decide(number, ttl, query, outcome)
        self._book.begin(self._number)
        (made,) = self._book.take_finished()
        return made

    def rounds(self, count: int, *hops: Outcome | list[Outcome]) -> Iterable[Round]:
        """The same again and again; made as they are asked for."""
        return (self.round(*hops) for _ in range(count))

    def _decide(self, number: int, ttl: int, query: int, outcome: Outcome) -> None:
        probe = Probe(
            number=self._probes, ttl=ttl, round=number, query=query, generation=0, flow=query
        )
        self._probes += 1
        now_s = number * INTERVAL_S
        if outcome == "-":
            self._book.failed(SendFailed(probe, "network is unreachable"), now_s)
            return
        self._book.sent(probe, now_s)
        if outcome is None:
            self._book.lost(Lost(probe, 3.0))
            return
        self._book.answered(answer(probe, outcome))


def answer(probe: Probe, outcome: str | float | tuple[str, float]) -> Reply:
    """Of the destination if it is the address of that, else of a router."""
    who, rtt_ms = f"10.0.{probe.ttl}.1", 10.0
    match outcome:
        case str():
            who = outcome
        case (named, took_ms):
            who, rtt_ms = named, took_ms
        case took_ms:
            rtt_ms = took_ms
    kind, icmp_type, code = AnswerKind.TIME_EXCEEDED, 11, 0
    if who == DESTINATION:
        kind, icmp_type = AnswerKind.REACHED, 0
    if who.startswith("!"):
        who, kind, icmp_type, code = who[1:], AnswerKind.UNREACHABLE, 3, 13
    return Reply(
        probe=probe,
        responder=ip_address(who),
        kind=kind,
        rtt_s=rtt_ms / 1e3,
        icmp_type=icmp_type,
        icmp_code=code,
    )
