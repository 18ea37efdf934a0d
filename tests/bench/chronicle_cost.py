"""What a day of samples takes: memory, and how long drawing it holds up the engine. In process."""

from __future__ import annotations

import gc
import os
import random
import time
from ipaddress import ip_address
from typing import Final

from poros_tui.model.chronicle import Chronicle
from poros_tui.model.probe import AnswerKind, Lost, Probe, Reply, Sent
from poros_tui.tui.bin_cache import BinCache
from poros_tui.tui.time_window import ZOOMS_S, TimeWindow
from tests.bench.series import say
from tests.bench.table import Limit, Table
from tests.bench.usage import memory_of

HOPS: Final = 30
DAY_S: Final = 86_400
KEPT_LIMIT: Final = Limit(20, 16)
"""MB."""
HELD_LIMIT: Final = Limit(10, 4)
"""Milliseconds for which one question holds the lock."""
_WIDTHS: Final = (110, 240)
_RESPONDER: Final = ip_address("192.0.2.1")
_LOSS: Final = 0.01
_REPETITIONS: Final = 5


def filled(seconds: int = DAY_S, hops: int = HOPS) -> Chronicle:
    """A chronicle of so much time, a round a second, the outcomes made up."""
    chance = random.Random(1)
    chronicle = Chronicle([])
    chronicle.begin(now_s=0.0, wall_s=1_800_000_000.0)
    number = 0
    for second in range(seconds):
        for ttl in range(1, hops + 1):
            probe = Probe(number=number, ttl=ttl, round=second, query=0, generation=0)
            number += 1
            chronicle.record(Sent(probe), float(second))
            if chance.random() < _LOSS:
                chronicle.record(Lost(probe, 3.0), second + 0.5)
                continue
            rtt_s = ttl * 0.004 + chance.expovariate(1000)
            chronicle.record(
                Reply(
                    probe=probe,
                    responder=_RESPONDER,
                    kind=AnswerKind.TIME_EXCEEDED,
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
