"""Names from /etc/hosts and from DNS (PTR records, RFC 1035 3.5).

With a DNS client of our own on Trio, of which dnspython is the reference in tests. With dnspython
the program took 4.5 MB (PSS) more, 11 % of all that it takes, of which the codec alone is 3.4 MB,
and 52 ms to load it while the first trace is under way. So it is 1 MB, with 30 names, and 5 ms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from poros_tui.lookup.asking import Answer, NoAnswer
from poros_tui.lookup.dns_client import DnsClient
from poros_tui.lookup.hosts_file import HOSTS_MAX_BYTES, names_of_hosts
from poros_tui.lookup.name_text import name_of_text
from poros_tui.lookup.reasons import NO_RECORD, NO_SERVER, NOT_A_NAME
from poros_tui.lookup.resolv_conf import servers_of
from poros_tui.model.naming import Naming
from poros_tui.model.probe import IPAddress
from poros_tui.packets.dns import Labels, RecordType, name_text

HOSTS: Final = Path("/etc/hosts")
RESOLV: Final = Path("/etc/resolv.conf")
DNS_PORT: Final = 53

TRY_S: Final = 2.0
"""For an answer of one server, before the next is asked or the same again."""
AGAIN_S: Final = 5.0
"""For one that is asked again: the packet was not lost but the server, or the way there, is slow.
As long as resolv.conf(5) gives each."""
PATIENCE_S: Final = 14.0
"""For an answer of any of them: two servers were asked twice, or the three of a long list once and
the first again."""


class ReverseDns:
    """Asks for names."""

    def __init__(
        self,
        servers: Sequence[str],
        port: int,
        hosts: Mapping[IPAddress, str],
        *,
        confirms: bool = False,
    ) -> None:
        """`servers` are addresses, none where there is nobody to ask; `hosts` are names that are
        known without. `confirms`: see for each name whether it leads back to the address."""
        self._client = DnsClient(servers, port, try_s=TRY_S, again_s=AGAIN_S, patience_s=PATIENCE_S)
        self._has_servers = bool(servers)
        self._hosts = hosts
        self._confirms = confirms

    async def ask(self, address: IPAddress) -> Answer[Naming]:
        """The name of an address.

        Raises:
            NoAnswer: nobody says.
        """
        if address in self._hosts:
            return Answer(Naming(name=self._hosts[address]), None)
        if not self._has_servers:
            return Answer(Naming(problem=NO_SERVER), None)
        found = await self._client.ask(pointer_name(address), RecordType.PTR)
        if not found.records:
            return Answer(Naming(problem=NO_RECORD), found.ttl_s)
        # Servers turn the order round from answer to answer.
        for labels in sorted(record.name for record in found.records):
            name = name_of_text(name_text(labels))
            if name is not None:
                is_confirmed = await self._leads_back(labels, address) if self._confirms else None
                return Answer(Naming(name=name, is_confirmed=is_confirmed), found.ttl_s)
        return Answer(Naming(problem=NOT_A_NAME), found.ttl_s)

    async def _leads_back(self, name: Labels, address: IPAddress) -> bool | None:
        kind = RecordType.A if address.version == 4 else RecordType.AAAA
        try:
            found = await self._client.ask(name, kind)
        except NoAnswer:
            return None
        return any(record.address == address.packed for record in found.records)


def pointer_name(address: IPAddress) -> Labels:
    """The name under which DNS has the names of an address (RFC 1035 3.5, RFC 3596 2.5)."""
    bare = ip_address(address.packed)  # without a zone
    return tuple(label.encode() for label in bare.reverse_pointer.split("."))


def load(
    server: tuple[str, int] | None, *, confirms: bool, hosts: Path = HOSTS, resolv: Path = RESOLV
) -> ReverseDns:
    """Ready to ask `server` (address and port), by default those of the system. Blocks: reads
    files. A file that can't be read is taken for empty."""
    if server is not None:
        servers, port = [server[0]], server[1]
    else:
        servers, port = system_servers(resolv), DNS_PORT
    return ReverseDns(servers, port, names_of_hosts(_text(hosts)), confirms=confirms)


def system_servers(resolv: Path = RESOLV) -> list[str]:
    """The addresses of the name servers that the system asks. Blocks: reads a file."""
    return servers_of(_text(resolv))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(HOSTS_MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
