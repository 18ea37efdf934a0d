"""The live screen with a tap behind its engine: `python -m tests.bench.tapped_screen`.

Arguments: privilege (raw or user), protocol, destination, rounds, seconds from round to round, and
the file that gets the round trips: a JSON list with one entry for each probe, in the order of
sending, in microseconds, null for a probe without an answer. Ends when `q` is pressed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path as FilePath

import trio

from poros_tui.collector import collect
from poros_tui.config import SessionConfig
from poros_tui.engine.session import Session
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.path import Path
from poros_tui.model.probe import Protocol, Reply, Sent
from poros_tui.model.session import Message, Publish, SessionControls, TraceIdentity
from poros_tui.probe.open import ChosenTransport, open_candidates
from poros_tui.probe.privilege import Privilege
from poros_tui.trace import CHANNEL_SIZE
from poros_tui.tui.app import run_app


class TappedSession:
    """A live session whose replies are noted on their way to the collector."""

    def __init__(self, config: SessionConfig, chosen: ChosenTransport) -> None:
        self._config = config
        self._chosen = chosen
        self.rtts_us: dict[int, float | None] = {}
        """By the number of the probe."""

    async def run(self, publish: Publish, on_ready: Callable[[SessionControls], None]) -> None:
        """As poros_tui.trace.run_live, with one more channel."""
        send, receive = trio.open_memory_channel[Message](CHANNEL_SIZE)
        onward, collected = trio.open_memory_channel[Message](CHANNEL_SIZE)
        session = Session(self._config, self._chosen.transport, send)
        try:
            async with trio.open_nursery() as nursery:
                path = Path(first_hop=self._config.first_hop)
                nursery.start_soon(self._tap, receive, onward)
                nursery.start_soon(collect, collected, path, publish)
                on_ready(session)
                await session.run()
        finally:
            self._chosen.transport.close()

    async def _tap(
        self, source: trio.MemoryReceiveChannel[Message], sink: trio.MemorySendChannel[Message]
    ) -> None:
        async with source, sink:
            async for message in source:
                match message:
                    case Sent(probe=probe):
                        self.rtts_us[probe.number] = None
                    case Reply(probe=probe, rtt_s=rtt_s):
                        self.rtts_us[probe.number] = None if rtt_s is None else rtt_s * 1e6
                await sink.send(message)


def main(
    privilege: str, protocol: str, destination: str, rounds: str, interval_s: str, output: str
) -> int:
    """Show the screen; the program's exit code."""
    address = ip_address(destination)
    with_sockets = open_candidates(Privilege(privilege), Protocol(protocol), {address.version})
    chosen = with_sockets.transport_for(address)
    with_sockets.close()
    config = SessionConfig(rounds=int(rounds), interval_s=float(interval_s))
    identity = TraceIdentity(
        target=destination,
        destination=address,
        protocol=chosen.protocol,
        privilege=chosen.privilege,
        rung=chosen.rung,
    )
    session = TappedSession(config, chosen)
    code = run_app(identity, config, session.run, Chronicle(), no_color=False, debug=True)
    in_order = [rtt_us for _, rtt_us in sorted(session.rtts_us.items())]
    FilePath(output).write_text(json.dumps(in_order))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
