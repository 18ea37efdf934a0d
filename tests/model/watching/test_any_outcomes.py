"""Whatever answers, in whatever order, the watchers go on."""

from __future__ import annotations

import random
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poros_tui.model.chronicle import Chronicle
from poros_tui.model.path import Path
from poros_tui.model.probe import (
    AnswerKind,
    IPAddress,
    Lost,
    Mode,
    Probe,
    Reply,
    SendFailed,
    Sent,
)
from poros_tui.model.session import SessionState, SessionStatus

HOPS = 5
ADDRESSES: list[IPAddress] = [ip_address(f"10.0.0.{number}") for number in range(1, 7)]


def play(chance: random.Random, rounds: int, queries: int, flows: int) -> None:
    """Rounds of outcomes that change their ways now and then."""
    chronicle = Chronicle()
    chronicle.begin(now_s=0.0, wall_s=1e9)
    path = Path(first_hop=1, gap_limit=8)
    number = 0
    mood = chance.random()
    for round_number in range(rounds):
        if chance.random() < 0.1:
            mood = chance.random()
        now_s = float(round_number)
        status = SessionStatus(
            generation=0, state=SessionState.RUNNING, mode=Mode.CONCURRENT,
            round=round_number, interval_s=1.0, stop=None,
        )  # fmt: skip
        chronicle.record(status, now_s)
        path.set_status(status)
        for query in range(queries * flows):
            for ttl in range(1, HOPS + 1):
                probe = Probe(
                    number=number, ttl=ttl, round=round_number, query=query, generation=0,
                    flow=query % flows,
                )  # fmt: skip
                number += 1
                messages = [Sent(probe, now_s), _outcome(chance, probe, mood)]
                for message in messages:
                    if message is not None:
                        chronicle.record(message, now_s)
                        path.add(message)
    # None of it raised; and all that was sent is counted once.
    assert sum(hop.sent for hop in path.snapshot().hops) <= number


def _outcome(chance: random.Random, probe: Probe, mood: float) -> Reply | Lost | SendFailed | None:
    draw = chance.random()
    if draw < 0.15 * mood:
        return Lost(probe, 3.0)
    if draw < 0.17 * mood:
        return SendFailed(probe, "network is unreachable", was_sent=True)
    if draw < 0.18 * mood:
        return None
    kinds = [AnswerKind.TIME_EXCEEDED] * 8 + [AnswerKind.REACHED, AnswerKind.UNREACHABLE]
    is_end = probe.ttl == HOPS and mood < 0.7
    width = 1 + int(mood * 5)
    return Reply(
        probe=probe,
        responder=ADDRESSES[(probe.ttl + chance.randrange(width)) % len(ADDRESSES)],
        kind=AnswerKind.REACHED if is_end else chance.choice(kinds),
        rtt_s=chance.choice([None, min(33.0, chance.expovariate(100))]),
        icmp_type=11,
        icmp_code=0,
        reply_ttl=60,
    )


@pytest.mark.sampled(1)
@pytest.mark.parametrize(("queries", "flows"), [(1, 1), (3, 1), (1, 4), (3, 3)])
def test_the_watchers_go_on_whatever_answers(queries: int, flows: int) -> None:
    for seed in range(12):
        play(random.Random(seed), rounds=50, queries=queries, flows=flows)


@pytest.mark.sampled(0)
@given(st.randoms(use_true_random=False), st.integers(1, 4), st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_the_watchers_go_on_whatever_the_chances(
    chance: random.Random, queries: int, flows: int
) -> None:
    play(chance, rounds=12, queries=queries, flows=flows)
