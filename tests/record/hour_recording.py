"""The known hour as a recording, of which pictures are taken."""

from __future__ import annotations

from ipaddress import ip_address

import msgspec
import trio
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.clock import to_tick
from poros_tui.model.path import Path
from poros_tui.model.session import SessionStatus
from poros_tui.record.recorder import Recorder
from poros_tui.record.target import Target
from tests.engine.known_hour import INTERVAL_S, ROUNDS, SEED, known_hour
from tests.engine.trace import make_session
from tests.engine.watched import BEGAN_AT_S
from tests.record.made_session import MadeSession, target


def hour_recording() -> bytes:
    """The file of it, in 20 s."""
    return trio.run(_record, clock=MockClock(autojump_threshold=0))


async def _record() -> bytes:
    config = SessionConfig(rounds=ROUNDS, interval_s=INTERVAL_S)
    session, transport, receive = make_session(known_hour(), config, seed=SEED, buffer=256)
    now_s = to_tick(trio.current_time())
    chronicle, path = Chronicle(), Path(first_hop=1, gap_limit=config.gap_limit)
    chronicle.begin(now_s=now_s, wall_s=BEGAN_AT_S)
    recorder = Recorder(version="1", began_wall_s=BEGAN_AT_S, now_s=now_s)
    recorder.add(_target(str(transport.destination), config, now_s), path, chronicle)
    made = MadeSession(path, chronicle, recorder, {})
    async with trio.open_nursery() as nursery, receive:
        nursery.start_soon(session.run)
        async for message in receive:
            if isinstance(message, SessionStatus):
                message = msgspec.structs.replace(message, way=None)  # that of the target
            made.play(to_tick(trio.current_time()), message)
        nursery.cancel_scope.cancel()
    return made.data()


def _target(destination: str, config: SessionConfig, now_s: float) -> Target:
    one = target()
    identity = msgspec.structs.replace(
        one.identity, target="example.com", destination=ip_address(destination)
    )
    return msgspec.structs.replace(
        one,
        name="example.com",
        identity=identity,
        config=config,
        began_at_s=now_s,
        began_wall_s=BEGAN_AT_S,
        samples_max=Chronicle().samples_max,
    )
