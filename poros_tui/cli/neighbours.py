"""`--mda-neighbours`: sockets to other addresses beside the destination, opened while the process
may."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

import msgspec

from poros_tui.errors import CannotRun, UsageError
from poros_tui.model.neighbours import neighbours_of
from poros_tui.model.probe import IPAddress, Multipath, Protocol
from poros_tui.probe.family import FAMILIES
from poros_tui.probe.open import Candidates, OpenTap, open_candidates
from poros_tui.probe.privilege import Privilege

if TYPE_CHECKING:
    from poros_tui.cli.options import Options
    from poros_tui.engine.all_paths import NeighbourPlan
    from poros_tui.probe.transport import ProbeTransport

_DISCARD: Final = 9
"""A UDP socket is connected to it to learn the source address; nothing is sent."""


class NeighbourSockets:
    """Sockets of its own for each: whatever comes back must be about what was sent there."""

    def __init__(
        self, options: Options, families: Iterable[int], open_tap: OpenTap | None = None
    ) -> None:
        """Raises what `open_candidates` does."""
        # The source port, if one was asked for, is taken by the other probes; and each address is
        # asked in constant flows, or not at all.
        outgoing = options.outgoing
        outgoing = msgspec.structs.replace(
            outgoing, source_port=None, multipath=outgoing.multipath or Multipath.PARIS
        )
        self._free: list[Candidates] = []
        self._used: dict[IPAddress, Candidates] = {}
        self._transports: dict[tuple[Protocol, IPAddress], ProbeTransport] = {}
        self._protocol = Protocol.ICMP
        try:
            for _ in range(options.mda_neighbours):
                self._free.append(
                    open_candidates(
                        Privilege(options.privilege),
                        options.protocol,
                        families,
                        outgoing,
                        others=Protocol if options.is_live else (),
                        open_tap=open_tap,
                    )
                )
        except BaseException:  # whatever ends it: nobody else knows these sockets yet
            self.close()
            raise

    @staticmethod
    def check(destination: IPAddress) -> None:
        """Refuse where no router lies before it.

        Raises:
            UsageError: it is this machine, or bound to this link.
        """
        if destination.is_link_local:
            where = "is on this link"
        elif destination.is_loopback or _is_own(destination):
            where = "is this machine"
        else:
            return
        raise UsageError(
            f"--mda-neighbours: {destination} {where}, and no router is before its neighbours",
            "leave it out",
        )

    def plan(self, destination: IPAddress, protocol: Protocol) -> NeighbourPlan:
        """To ask neighbours by the protocol of the other probes. Called when the engine begins: it
        loads Trio."""
        from poros_tui.engine.all_paths import NeighbourPlan

        self._protocol = protocol
        return NeighbourPlan(
            destination=destination,
            addresses=tuple(one for one in neighbours_of(destination) if not _is_own(one)),
            open=self._open,
            close=self.close,
        )

    def _open(self, protocol: Protocol | None, address: IPAddress) -> ProbeTransport:
        protocol = protocol or self._protocol
        transport = self._transports.get((protocol, address))
        if transport is None:
            candidates = self._used.get(address)
            if candidates is None:
                if not self._free:
                    raise CannotRun(f"no sockets are left for {address}")
                candidates = self._used[address] = self._free.pop()
            transport = candidates.transport_for(address, protocol=protocol).transport
            self._transports[protocol, address] = transport
        return transport

    def close(self) -> None:
        """Close them all. May be called twice."""
        for candidates in (*self._free, *self._used.values()):
            candidates.close()
        for transport in self._transports.values():
            transport.close()


def simulated_plan(
    destination: IPAddress, open_transport: Callable[[IPAddress], ProbeTransport]
) -> NeighbourPlan:
    """To ask neighbours in a simulated internet."""
    from poros_tui.engine.all_paths import NeighbourPlan

    return NeighbourPlan(
        destination=destination,
        addresses=neighbours_of(destination),
        open=lambda _, address: open_transport(address),
        close=lambda: None,
    )


def _is_own(address: IPAddress) -> bool:
    """Whether it is this machine's: to its own addresses the kernel sends from themselves."""
    try:
        with socket.socket(FAMILIES[address.version].address_family, socket.SOCK_DGRAM) as asked:
            asked.connect((str(address), _DISCARD))
            return bool(asked.getsockname()[0] == str(address))
    except OSError:
        return False
