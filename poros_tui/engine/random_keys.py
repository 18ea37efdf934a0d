"""A ledger whose keys nobody can guess."""

from __future__ import annotations

import random
from math import gcd

from poros_tui.config import SessionConfig
from poros_tui.engine.ledger import Ledger
from poros_tui.probe.transport import ProbeTransport


def open_ledger(
    config: SessionConfig, transport: ProbeTransport, randomness: random.Random
) -> Ledger:
    """For the probes that this transport sends."""
    key_space = transport.key_space
    steps = (randomness.randrange(1, key_space) for _ in iter(int, 1))
    return Ledger(
        timeout_s=config.timeout_s,
        probe_bytes=config.probe_bytes,
        key_space=key_space,
        first_key=randomness.randrange(key_space),
        tap=transport.tap,
        key_step=next(step for step in steps if gcd(step, key_space) == 1),
    )
