"""Paths of which it is given who answers which probe, folded by the real model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_address

from poros_tui.model.path import Path
from poros_tui.model.probe import AnswerKind, Lost, Mode, Probe, Reply, Sent
from poros_tui.model.session import SessionState, SessionStatus

LENGTH = 4


def status(path: Path, number: int = 0, state: SessionState = SessionState.RUNNING) -> None:
    path.set_status(
        SessionStatus(generation=0, state=state, mode=Mode.CONCURRENT, round=number, interval_s=0.2)
    )


def begun() -> Path:
    path = Path(first_hop=1)
    status(path)
    return path


def play(
    path: Path,
    times_s: Sequence[float],
    answered: Mapping[int, Sequence[bool]],
    *,
    first: int = 0,
    responders: Mapping[int, str] | None = None,
) -> None:
    """A round at each of these times. `answered` by hop; the others of LENGTH answer always."""
    for place, time_s in enumerate(times_s):
        probes = [
            Probe(
                number=(first + place) * LENGTH + ttl,
                ttl=ttl,
                round=first + place,
                query=0,
                generation=0,
            )
            for ttl in range(1, LENGTH + 1)
        ]
        for probe in probes:
            path.add(Sent(probe, time_s))
        for probe in probes:
            ttl = probe.ttl
            if ttl in answered and not answered[ttl][place]:
                path.add(Lost(probe, waited_s=3.0))
                continue
            is_last = ttl == LENGTH
            path.add(
                Reply(
                    probe=probe,
                    responder=ip_address((responders or {}).get(ttl, f"10.0.{ttl}.1")),
                    kind=AnswerKind.REACHED if is_last else AnswerKind.TIME_EXCEEDED,
                    rtt_s=0.01,
                    icmp_type=0 if is_last else 11,
                    icmp_code=0,
                    reply_ttl=255 - ttl,
                )
            )


def played(times_s: Sequence[float], answered: Mapping[int, Sequence[bool]]) -> Path:
    path = begun()
    play(path, times_s, answered)
    return path
