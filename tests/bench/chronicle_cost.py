"""What a day of samples takes: memory, and how long drawing it holds up the engine; and what it
costs to look for events in them. In process."""

from __future__ import annotations

import gc
import os
import random
import time
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final

from poros_tui.model.chronicle import Chronicle
from poros_tui.model.probe import AnswerKind, Lost, Mode, Probe, Reply, Sent
from poros_tui.model.session import SessionState, SessionStatus
from poros_tui.model.watcher import Watcher
from poros_tui.tui.bin_cache import BinCache
from poros_tui.tui.time_window import ZOOMS_S, TimeWindow
from tests.bench.series import say
from tests.bench.table import Limit, Table
from tests.bench.usage import memory_of

HOPS: Final = 30
DAY_S: Final = 86_400
KEPT_LIMIT: Final = Limit(20, 18)
"""MB, with what the watchers keep (1.2 MB)."""
HELD_LIMIT: Final = Limit(10, 4)
"""Milliseconds for which one question holds the lock."""
_WIDTHS: Final = (110, 240)
_RESPONDERS: Final = tuple(ip_address(f"192.0.2.{ttl}") for ttl in range(1, HOPS + 1))
_LOSS: Final = 0.01
_REPETITIONS: Final = 5
WATCHED_LIMIT: Final = Limit(1000, 300)
"""Microseconds a round."""
_WATCHED_S: Final = 2000


def filled(
    seconds: int = DAY_S, hops: int = HOPS, watchers: Sequence[Watcher] | None = None
) -> Chronicle:
    """A chronicle of so much time, a round a second, the outcomes made up; by default with all
    watchers."""
    chance = random.Random(1)
    chronicle = Chronicle(watchers)
    chronicle.begin(now_s=0.0, wall_s=1_800_000_000.0)
    number = 0
    for second in range(seconds):
        chronicle.record(
            SessionStatus(
                generation=0,
                state=SessionState.RUNNING,
                mode=Mode.CONCURRENT,
                round=second,
                interval_s=1.0,
                stop=None,
            ),
            float(second),
        )
        for ttl in range(1, hops + 1):
            probe = Probe(number=number, ttl=ttl, round=second, query=0, generation=0)
            number += 1
            chronicle.record(Sent(probe, float(second)), float(second))
            if chance.random() < _LOSS:
                chronicle.record(Lost(probe, 3.0), second + 0.5)
                continue
            rtt_s = ttl * 0.004 + chance.expovariate(1000)
            chronicle.record(
                Reply(
                    probe=probe,
                    responder=_RESPONDERS[ttl - 1],
                    kind=AnswerKind.TIME_EXCEEDED if ttl < hops else AnswerKind.REACHED,
                    rtt_s=rtt_s,
                    icmp_type=11,
                    icmp_code=0,
                    reply_ttl=60,
                ),
                second + 0.5,
            )
    return chronicle


def cost_table() -> Table:
    """Memory of a day over 30 hops, and the time that a heat map of it takes."""
    say("a day of 30 hops")
    gc.collect()
    before_mib = memory_of(os.getpid()).proportional
    began_s = time.process_time()
    chronicle = filled()
    fill_s = time.process_time() - began_s
    gc.collect()
    kept_mb = (memory_of(os.getpid()).proportional - before_mib) * 1.048576
    table = Table(
        f"A day at one round a second over {HOPS} hops, kept for charts",
        ("figure", "value", ""),
    )
    table.add("kept, MB of PSS", f"{kept_mb:.1f}", KEPT_LIMIT.verdict(kept_mb))
    table.add("to take in a probe and its outcome, us", f"{fill_s / DAY_S / HOPS * 1e6:.1f}")
    watched_us = _watching_us()
    table.add(
        f"  of it to look for events, us a round of {HOPS} hops",
        f"{watched_us:.0f}",
        WATCHED_LIMIT.verdict(watched_us),
    )
    table.add("events found, of none that happened", str(chronicle.event_count))
    for width in _WIDTHS:
        for span_s in ZOOMS_S:
            held_ms, all_ms = _heat_map_ms(chronicle, span_s, width)
            table.add(
                f"heat map of {span_s / 60:g} min, {width} columns, all hops, ms", f"{all_ms:.1f}"
            )
            table.add(
                "  the lock is held for, ms, most", f"{held_ms:.1f}", HELD_LIMIT.verdict(held_ms)
            )
    return table


def _watching_us() -> float:
    """CPU time of a round with all watchers less that without, the best of some tries."""
    costs_us = []
    for watchers in ((), None):
        tries = []
        for _ in range(_REPETITIONS):
            began_s = time.process_time()
            filled(_WATCHED_S, watchers=watchers)
            tries.append((time.process_time() - began_s) / _WATCHED_S * 1e6)
        costs_us.append(min(tries))
    without_us, with_us = costs_us
    return with_us - without_us


def _heat_map_ms(chronicle: Chronicle, span_s: float, width: int) -> tuple[float, float]:
    """The longest question and all of them, in CPU time, the best of some tries: others use the
    machine too."""
    now_s = float(DAY_S)
    window = TimeWindow()
    while window.span_s(now_s, 0.0) != span_s:
        window.zoom(1 if window.span_s(now_s, 0.0) < span_s else -1, now_s=now_s, began_s=0.0)
    grid = window.grid(width, now_s=now_s, began_s=0.0, origin_s=chronicle.origin_s)
    tries = []
    for _ in range(_REPETITIONS):
        cache = BinCache()
        times_ms: list[float] = []
        for ttl in range(1, HOPS + 1):
            began_s = time.thread_time()
            cache.bins(chronicle, ttl, grid, now_s)
            times_ms.append((time.thread_time() - began_s) * 1e3)
        tries.append((max(times_ms), sum(times_ms)))
    return min(held for held, _all in tries), min(all_ms for _held, all_ms in tries)
