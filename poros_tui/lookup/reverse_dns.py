"""Names from /etc/hosts and from DNS (PTR records, RFC 1035 3.5), by dnspython on Trio.

Loading dnspython takes 50 ms and 4 MB: import this module when a name is wanted, not before.
dnspython sees to it that an answer comes from the server that was asked and has its identifier and
its question, that a truncated one is asked for again over TCP, and that another server is asked
where one fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import dns.asyncbackend
import dns.asyncresolver
import dns.exception
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.resolver
import dns.reversename
import trio

from poros_tui.lookup.asking import Answer, NoAnswer
from poros_tui.lookup.hosts_file import HOSTS_MAX_BYTES, names_of_hosts
from poros_tui.lookup.name_text import name_of_text
from poros_tui.lookup.reasons import NO_RECORD, NO_SERVER, NOT_A_NAME, SILENT
from poros_tui.lookup.resolv_conf import servers_of
from poros_tui.model.naming import Naming
from poros_tui.model.probe import IPAddress

HOSTS: Final = Path("/etc/hosts")
RESOLV: Final = Path("/etc/resolv.conf")

TRY_S: Final = 2.0
"""For an answer of one server, before the next is asked or the same again."""
PATIENCE_S: Final = 6.0
"""For an answer of any of them: every server of a usual list was asked, or the only one twice."""


class ReverseDns:
    """Asks for names."""

    def __init__(
        self,
        resolver: dns.asyncresolver.Resolver | None,
        hosts: Mapping[IPAddress, str],
        *,
        confirms: bool = False,
    ) -> None:
        """`resolver` is None where there is nobody to ask; `hosts` are names that are known
        without. `confirms`: see for each name whether it leads back to the address."""
        self._resolver = resolver
        self._hosts = hosts
        self._confirms = confirms

    async def ask(self, address: IPAddress) -> Answer:
        """The name of an address.

        Raises:
            NoAnswer: nobody says.
        """
        if address in self._hosts:
            return Answer(Naming(name=self._hosts[address]), None)
        if self._resolver is None:
            return Answer(Naming(problem=NO_SERVER), None)
        found = await self._resolve(dns.reversename.from_address(str(address)), "PTR")
        # Of all of its chain the least; where there is none, that of the SOA record (RFC 2308 5).
        ttl_s = found.chaining_result.minimum_ttl
        # Servers turn the order round from answer to answer.
        targets = sorted(record.target for record in found.rrset or ())
        if not targets:
            return Answer(Naming(problem=NO_RECORD), ttl_s)
        for target in targets:
            # Of bytes that are not printable it makes \DDD, as in a zone file.
            name = name_of_text(target.to_text(omit_final_dot=True))
            if name is not None:
                is_confirmed = await self._leads_back(target, address) if self._confirms else None
                return Answer(Naming(name=name, is_confirmed=is_confirmed), ttl_s)
        return Answer(Naming(problem=NOT_A_NAME), ttl_s)

    async def _leads_back(self, name: dns.name.Name, address: IPAddress) -> bool | None:
        try:
            found = await self._resolve(name, "A" if address.version == 4 else "AAAA")
        except NoAnswer:
            return None
        return any(record.address == str(address) for record in found.rrset or ())

    async def _resolve(self, name: dns.name.Name, kind: str) -> dns.resolver.Answer:
        """The records of a name; none where it is not there.

        Raises:
            NoAnswer: nobody says.
        """
        assert self._resolver is not None
        # dnspython's own patience goes by the clock on the wall.
        with trio.move_on_after(PATIENCE_S):
            try:
                return await self._resolver.resolve(
                    name,
                    kind,
                    raise_on_no_answer=False,
                    search=False,
                    backend=dns.asyncbackend.get_backend("trio"),
                )
            except dns.resolver.NXDOMAIN as absent:
                return _absent(absent, name, kind)
            except dns.exception.Timeout:
                pass
            except dns.resolver.NoNameservers as refused:
                raise NoAnswer(_words(refused)) from None
            except Exception as error:
                raise NoAnswer(f"the answer can't be read ({type(error).__name__})") from error
        raise NoAnswer(SILENT)


def _absent(absent: dns.resolver.NXDOMAIN, name: dns.name.Name, kind: str) -> dns.resolver.Answer:
    """An answer without records, which knows for how long that is true."""
    rdtype = dns.rdatatype.from_text(kind)
    return dns.resolver.Answer(name, rdtype, dns.rdataclass.IN, absent.kwargs["responses"][name])


def _words(refused: dns.resolver.NoNameservers) -> str:
    """What the last server said or did, in a few words."""
    errors = refused.kwargs.get("errors") or [(None, None, None, "nothing")]
    match errors[-1][3]:
        case OSError() as error:
            return f"no name server can be asked: {error.strerror or type(error).__name__}"
        case str(code):
            return f"the name server says {code}"
        case error:
            return f"the name server's answer can't be read ({type(error).__name__})"


def load(
    server: tuple[str, int] | None, *, confirms: bool, hosts: Path = HOSTS, resolv: Path = RESOLV
) -> ReverseDns:
    """Ready to ask `server` (address and port), by default those of the system. Blocks: reads
    files. A file that can't be read is taken for empty."""
    servers, port = (
        [server[0]] if server else servers_of(_text(resolv)),
        server[1] if server else 53,
    )
    resolver = None
    if servers:
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers = servers
        resolver.port = port
        resolver.timeout = TRY_S
        resolver.lifetime = PATIENCE_S
    dns.asyncbackend.get_backend("trio")  # loads it
    return ReverseDns(resolver, names_of_hosts(_text(hosts)), confirms=confirms)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(HOSTS_MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
