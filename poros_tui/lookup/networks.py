"""Who is asked for networks: first a file, and for what that does not know Team Cymru's zones."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import trio

from poros_tui.lookup.asking import Answer, Ask
from poros_tui.lookup.inquiry import Inquiry
from poros_tui.lookup.reasons import NO_SERVER
from poros_tui.model.clean import clean
from poros_tui.model.network import Network
from poros_tui.model.probe import IPAddress
from poros_tui.model.special_ranges import special_range

if TYPE_CHECKING:
    from poros_tui.config import NetworkConfig
    from poros_tui.lookup.asn_file import AsnFile
    from poros_tui.lookup.cymru import Cymru

NOT_IN_FILE: Final = "the file of networks does not have this address"
_PATH_MAX: Final = 200


class Networks:
    """Asks a file, and where that knows nothing Team Cymru."""

    def __init__(self, file: AsnFile | None, cymru: Cymru | None, problem: str) -> None:
        """`problem` is what to say where neither is there."""
        self._file = file
        self._cymru = cymru
        self._problem = problem

    async def ask(self, address: IPAddress) -> Answer[Network]:
        """The network of an address.

        Raises:
            NoAnswer: nobody says.
        """
        network = self._file.network(address) if self._file is not None else None
        if network is not None:
            return Answer(network, None)
        if self._cymru is not None:
            return await self._cymru.ask(address)
        return Answer(Network(problem=self._problem), None)


def is_of_a_network(address: IPAddress) -> bool:
    """Whether asking for its network may bring anything."""
    return special_range(address) is None


def system_networks(
    config: NetworkConfig, file: AsnFile | None, *, start_after_s: float
) -> Inquiry[Network]:
    """Asks as `config` says; `file` is that of the config where it is open already. Call in
    Trio."""
    opened = partial(_open, config, file)
    return Inquiry(Network, opened, start_after_s=start_after_s, concerns=is_of_a_network)


async def _open(config: NetworkConfig, file: AsnFile | None) -> Ask[Network]:
    # Beside the engine: loading takes a while.
    return await trio.to_thread.run_sync(_load, config, file, abandon_on_cancel=True)


def _load(config: NetworkConfig, file: AsnFile | None) -> Ask[Network]:
    problem = NOT_IN_FILE
    if file is None and config.file is not None:
        from poros_tui.lookup.asn_file import AsnFile
        from poros_tui.lookup.maxmind_file import NotADatabase

        try:
            file = AsnFile(config.file)
        except NotADatabase as error:
            problem = f"{clean(str(config.file), _PATH_MAX)}: {error}"
    cymru = None
    if config.asks_cymru:
        from poros_tui.lookup.cymru import Cymru
        from poros_tui.lookup.dns_client import DnsClient
        from poros_tui.lookup.reverse_dns import DNS_PORT, PATIENCE_S, TRY_S, system_servers

        servers, port = system_servers(), DNS_PORT
        if config.server is not None:
            servers, port = [config.server[0]], config.server[1]
        if servers:
            cymru = Cymru(DnsClient(servers, port, try_s=TRY_S, patience_s=PATIENCE_S))
        elif file is None:
            problem = NO_SERVER
    return Networks(file, cymru, problem).ask
