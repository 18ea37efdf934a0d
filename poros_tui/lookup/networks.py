"""Who is asked for networks: first a file, and for what that does not know Team Cymru's zones."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import trio

from poros_tui.lookup.asking import Answer, Ask, Complain, NoAnswer, unheard
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

    def __init__(
        self,
        file: AsnFile | None,
        cymru: Cymru | None,
        problem: str,
        complain: Complain = unheard,
    ) -> None:
        """`problem` is what to say where neither is there. `complain` is told each time that the
        file turns out to be damaged."""
        self._file = file
        self._complain = complain
        self._cymru = cymru
        self._problem = problem

    async def ask(self, address: IPAddress) -> Answer[Network]:
        """The network of an address.

        Raises:
            NoAnswer: nobody says.
        """
        network, damage = None, None
        if self._file is not None:
            try:
                network = self._file.network(address)
            except NoAnswer as failure:
                damage = failure
                self._complain(str(failure))
        if network is not None:
            return Answer(network, None)
        if self._cymru is not None:
            return await self._cymru.ask(address)
        if damage is not None:
            raise damage
        return Answer(Network(problem=self._problem), None)


def is_of_a_network(address: IPAddress) -> bool:
    """Whether asking for its network may bring anything."""
    return special_range(address) is None


def system_networks(
    config: NetworkConfig,
    file: AsnFile | None,
    *,
    start_after_s: float,
    complain: Complain = unheard,
) -> Inquiry[Network]:
    """Asks as `config` says; `file` is that of the config where it is open already, `complain` is
    told each time that it turns out to be damaged. Call in Trio."""
    opened = partial(_open, config, file, complain)
    return Inquiry(Network, opened, start_after_s=start_after_s, concerns=is_of_a_network)


async def _open(config: NetworkConfig, file: AsnFile | None, complain: Complain) -> Ask[Network]:
    # Beside the engine: loading takes a while.
    return await trio.to_thread.run_sync(_load, config, file, complain, abandon_on_cancel=True)


def _load(config: NetworkConfig, file: AsnFile | None, complain: Complain) -> Ask[Network]:
    problem = NOT_IN_FILE
    if file is None and config.file is not None:
        from poros_tui.lookup.asn_file import AsnFile
        from poros_tui.lookup.maxmind_file import NotADatabase

        try:
            file = AsnFile(config.file)
        except NotADatabase as error:
            problem = f"{clean(str(config.file), _PATH_MAX)}: {error}"
            complain(problem)
    cymru = None
    if config.asks_cymru:
        from poros_tui.lookup.cymru import Cymru
        from poros_tui.lookup.dns_client import DnsClient
        from poros_tui.lookup.reverse_dns import (
            AGAIN_S,
            DNS_PORT,
            PATIENCE_S,
            TRY_S,
            system_servers,
        )

        servers, port = system_servers(), DNS_PORT
        if config.server is not None:
            servers, port = [config.server[0]], config.server[1]
        if servers:
            client = DnsClient(servers, port, try_s=TRY_S, again_s=AGAIN_S, patience_s=PATIENCE_S)
            cymru = Cymru(client)
        elif file is None:
            problem = NO_SERVER
    return Networks(file, cymru, problem, complain).ask
