"""What --record costs: each probe, the file of a day, and any minute of it looked at again. In
process."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path as FilePath
from typing import Final

from poros_tui.config import SessionConfig
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.clock import to_microsecond, to_tick
from poros_tui.model.path import Path
from poros_tui.model.probe import AnswerKind, Lost, Mode, Probe, Protocol, Reply, RttSource, Sent
from poros_tui.model.quote import Quote
from poros_tui.model.session import Message, SessionState, SessionStatus, TraceIdentity
from poros_tui.record.playback import Playback
from poros_tui.record.recorder import Recorder
from poros_tui.record.recording import Recording
from poros_tui.record.target import Target
from tests.bench.series import say
from tests.bench.table import Limit, Table

HOPS: Final = 30
DAY_S: Final = 86_400
FILE_LIMIT: Final = Limit(50)
"""MB of a day at one round a second."""
SEEK_LIMIT: Final = Limit(1000)
"""Milliseconds to any minute."""
PROBE_LIMIT: Final = Limit(100, 40)
"""Microseconds, with what is written down of moments."""
_BEGAN_S: Final = 1000.0
_BEGAN_WALL_S: Final = 1_800_000_000.0
_RESPONDERS: Final = tuple(ip_address(f"192.0.2.{ttl}") for ttl in range(1, HOPS + 1))
_QUOTE: Final = Quote(length=28, ttl=1, traffic_class=0, sent_traffic_class=0)
_SILENT: Final = (7, 19)
_LOSS: Final = 0.01
_SEEKS: Final = 12


def day(seconds: int) -> Iterator[tuple[float, Message]]:
    """All that happens in so much time: noise in every figure, as in a real network."""
    chance = random.Random(3)
    coming: list[tuple[float, int, Message]] = []
    number = 0
    for second in range(seconds):
        now_s = _BEGAN_S + second + chance.random() * 2e-4
        status = SessionStatus(
            generation=0,
            state=SessionState.RUNNING,
            mode=Mode.CONCURRENT,
            round=second,
            interval_s=1.0,
        )
        coming.append((now_s, -1, status))
        for ttl in range(1, HOPS + 1):
            probe = Probe(number=number, ttl=ttl, round=second, query=0, generation=0)
            number += 1
            now_s += 1.2e-4 + abs(chance.gauss(0, 2e-5))
            coming.append((now_s + 2e-5, number, Sent(probe, to_microsecond(now_s))))
            if ttl in _SILENT or chance.random() < _LOSS:
                waited_s = 3.0 + chance.random() * 1e-3
                coming.append((now_s + waited_s, number, Lost(probe, to_microsecond(waited_s))))
                continue
            rtt_ns = round((ttl * 0.0012 + chance.expovariate(2500)) * 1e9)
            is_end = ttl == HOPS
            reply = Reply(
                probe=probe,
                responder=_RESPONDERS[ttl - 1],
                kind=AnswerKind.REACHED if is_end else AnswerKind.TIME_EXCEEDED,
                rtt_s=rtt_ns / 1e9,
                icmp_type=0 if is_end else 11,
                icmp_code=0,
                reply_ttl=255 - ttl,
                rtt_source=RttSource.KERNEL_KERNEL,
                quote=None if is_end else _QUOTE,
            )
            coming.append((now_s + rtt_ns / 1e9 + 1e-4, number, reply))
        coming.sort(key=lambda one: one[:2])
        place = 0
        while place < len(coming) and coming[place][0] < _BEGAN_S + second + 1:
            at_s, _, message = coming[place]
            yield to_tick(at_s), message
            place += 1
        del coming[:place]


def record(file: FilePath, seconds: int) -> float:
    """Write the file of so much time; returns microseconds of a probe for that alone."""
    path, chronicle = Path(first_hop=1, gap_limit=8), Chronicle()
    chronicle.begin(now_s=_BEGAN_S, wall_s=_BEGAN_WALL_S)
    recorder = Recorder(version="0", began_wall_s=_BEGAN_WALL_S, now_s=_BEGAN_S)
    identity = TraceIdentity(
        target="far.example",
        destination=_RESPONDERS[-1],
        protocol=Protocol.ICMP,
        privilege="raw",
        rung="raw socket",
    )
    target = Target(
        number=0,
        place=(0, 0),
        name="far.example",
        identity=identity,
        config=SessionConfig(),
        began_at_s=_BEGAN_S,
        began_wall_s=_BEGAN_WALL_S,
        samples_max=chronicle.samples_max,
    )
    recorder.add(target, path, chronicle)
    taken_s, pushed_at_s = 0.0, _BEGAN_S
    with file.open("wb") as stream:
        for at_s, message in day(seconds):
            if isinstance(message, SessionStatus):
                path.set_status(message)
            else:
                path.add(message)
            events = chronicle.record(message, at_s)
            began_s = time.perf_counter()
            recorder.take(0, message, events, at_s)
            if at_s >= pushed_at_s + 1:
                pushed_at_s = at_s
                stream.write(recorder.push())
            taken_s += time.perf_counter() - began_s
        stream.write(recorder.end())
    return taken_s / (seconds * HOPS) * 1e6


def seeks_ms(file: FilePath, count: int = _SEEKS) -> list[float]:
    """To look at any time, from the file on: opened anew each time."""
    chance = random.Random(5)
    found = []
    for _ in range(count):
        began_s = time.perf_counter()
        playback = Playback(Recording(file.read_bytes(), "it"))
        playback.seek(chance.uniform(playback.begins_at_s, playback.ends_at_s))
        found.append((time.perf_counter() - began_s) * 1000)
    return sorted(found)


def record_table(seconds: int = DAY_S) -> Table:
    """All of it."""
    with tempfile.TemporaryDirectory() as directory:
        file = FilePath(directory) / "day"
        say(f"recording {seconds / 3600:g} h of {HOPS} hops")
        probe_us = record(file, seconds)
        megabytes = file.stat().st_size / 1e6 / seconds * DAY_S
        times_ms = seeks_ms(file)
    table = Table(
        f"A recording of {seconds / 3600:g} h at one round a second over {HOPS} hops",
        ("figure", "value", ""),
    )
    table.add("to write down a probe, us", f"{probe_us:.1f}", PROBE_LIMIT.verdict(probe_us))
    table.add("the file of a day, MB", f"{megabytes:.1f}", FILE_LIMIT.verdict(megabytes))
    table.add("to open it at any time, ms, median", f"{statistics.median(times_ms):.0f}")
    most_ms = times_ms[-1]
    table.add("  the longest of these", f"{most_ms:.0f}", SEEK_LIMIT.verdict(most_ms))
    return table
