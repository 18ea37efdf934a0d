"""`--mtu`: what the search for the path's MTU needs, opened while the process may."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from poros_tui.errors import UsageError
from poros_tui.model.probe import Protocol
from poros_tui.probe.open import Candidates, open_candidates
from poros_tui.probe.outgoing import Outgoing

if TYPE_CHECKING:
    from poros_tui.cli.options import Options
    from poros_tui.cli.resolve import Resolved
    from poros_tui.engine.mtu_probing import MtuPlan
    from poros_tui.probe.open import ChosenTransport, OpenTap
    from poros_tui.probe.transport import ProbeTransport

MakePlan = Callable[[], "MtuPlan"]
"""Called when the engine begins: it loads Trio."""


class MtuSockets:
    """Sockets of its own: nobody may part what they send, whatever the other probes are like."""

    def __init__(
        self,
        options: Options,
        counts: Mapping[int, int],
        *,
        opens_later: bool = False,
        open_tap: OpenTap | None = None,
    ) -> None:
        """For as many targets as `counts` says by IP version. Raises what `open_candidates`
        does."""
        from poros_tui.probe.privilege import Privilege

        # The source port, if one was asked for, is taken by the other probes.
        self._outgoing = msgspec.structs.replace(
            options.outgoing, size=None, source_port=None, dont_fragment=True
        )
        self._candidates: Candidates = open_candidates(
            Privilege(options.privilege),
            options.protocol,
            outgoing=self._outgoing,
            counts=counts,
            opens_later=opens_later,
            open_tap=open_tap,
        )

    def plan(self, resolved: Resolved, chosen: ChosenTransport) -> MakePlan:
        """To search by the protocol that was chosen for the other probes.

        Raises:
            CannotRun, UsageError: as for those.
            UsageError: nobody can choose the size of those.
        """
        if chosen.protocol is Protocol.TCP and chosen.privilege == "user":
            raise UsageError(
                "--mtu is not for TCP probes without raw sockets: the kernel makes them",
                "run it with sudo, or use --udp",
            )
        address, zone = resolved.address, resolved.zone
        own = self._candidates.transport_for(address, zone, chosen.protocol, owner=object())
        link = self._candidates.first_link(address, zone)
        small = Outgoing().probe_bytes(address.version)

        def make() -> MtuPlan:
            from poros_tui.engine.mtu_probing import MtuPlan

            return MtuPlan(
                open_transport=lambda: own.transport,
                protocol=own.protocol,
                version=address.version,
                small=small,
                link_mtu=None if link is None else link.mtu,
            )

        return make

    def close(self) -> None:
        """Close what no plan has taken over. May be called twice."""
        self._candidates.close()


def demo_plan(
    open_transport: Callable[[], ProbeTransport],
    protocol: Protocol,
    version: int,
    link_mtu: int | None,
) -> MtuPlan:
    """To search in a simulated internet, whose prober has Ethernet where nothing else is said."""
    from poros_tui.engine.mtu_probing import UNKNOWN_LINK_MTU, MtuPlan

    return MtuPlan(
        open_transport=open_transport,
        protocol=protocol,
        version=version,
        small=Outgoing().probe_bytes(version),
        link_mtu=link_mtu or UNKNOWN_LINK_MTU,
    )
