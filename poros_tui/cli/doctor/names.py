"""Who is asked for names, and whether they answer: one harmless question to each name server."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import msgspec
import trio

from poros_tui.cli.doctor.check import Check, State
from poros_tui.cli.doctor.commands import name_server_command
from poros_tui.cli.doctor.firewall import Firewall
from poros_tui.cli.doctor.traffic import Traffic
from poros_tui.errors import MalformedPacket
from poros_tui.lookup.dns_client import DnsClient, code_name
from poros_tui.lookup.reverse_dns import DNS_PORT
from poros_tui.model.clean import clean
from poros_tui.model.probe import Protocol
from poros_tui.model.send_trouble import SendTrouble
from poros_tui.packets.dns import Labels, RecordType, ResponseCode
from poros_tui.probe.family import Destination
from poros_tui.probe.first_link import first_link
from poros_tui.probe.sockets import send_error_words

QUESTION: Final[Labels] = (b"localhost",)
"""Says nothing about anybody, and a server answers it by itself (RFC 6761 section 6.3)."""
TRIES: Final = 2
TRY_S: Final = 1.0
"""For an answer, before the only other try."""
_SERVERS_MAX: Final = 3
"""As many does the resolver ask (resolv.conf(5))."""
_TEXT_MAX: Final = 60
_FOR_HOPS: Final = "for the names of hops alone: poros-tui --dns-server ADDRESS HOST"
_HONEST: Final = frozenset({ResponseCode.NOERROR, ResponseCode.NXDOMAIN})


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What came of the question to one."""

    server: str
    problem: str = ""
    """What it does instead of an answer; empty where it answers."""
    answers: bool = False
    """Something came from it, be it a refusal."""
    is_reachable: bool = True


class AskingServers:
    """The question to all of them, under way in a thread of its own beside all else."""

    def __init__(self, root: Path = Path("/")) -> None:
        """`root` is where the system's files are."""
        self._servers = name_servers(root)
        self._asked: tuple[Asked, ...] = ()
        self._thread = threading.Thread(target=trio.run, args=(self._ask_all,), daemon=True)
        self._thread.start()

    def wait(self) -> tuple[Asked, ...]:
        """What came of it, in the order of the file; within TRIES * TRY_S."""
        self._thread.join()
        return self._asked

    async def _ask_all(self) -> None:
        asked: dict[str, Asked] = {}

        async def ask_one(server: str) -> None:
            asked[server] = await _ask(server)

        async with trio.open_nursery() as nursery:
            for server in self._servers:
                nursery.start_soon(ask_one, server)
        self._asked = tuple(asked[server] for server in self._servers)


async def _ask(server: str, port: int = DNS_PORT) -> Asked:
    if not _is_address(server):
        return Asked(server=server, problem="is no address", is_reachable=False)
    client = DnsClient((server,), port, try_s=TRY_S, patience_s=TRIES * TRY_S)
    for _ in range(TRIES):
        try:
            response = await client.ask_one(server, QUESTION, RecordType.A, TRY_S)
        except MalformedPacket:
            return Asked(server=server, problem="answers with what can't be read", answers=True)
        except OSError as error:
            if error.errno == errno.ECONNREFUSED:
                return Asked(server=server, problem="says that no name server runs there")
            problem = f"cannot be reached: {send_error_words(error)}"
            return Asked(server=server, problem=problem, is_reachable=False)
        if response is not None:
            code = response.code
            problem = "" if code in _HONEST else f"says {code_name(code)}"
            return Asked(server=server, problem=problem, answers=True)
    return Asked(server=server, problem="does not answer")


def naming(asked: Iterable[Asked], firewall: Firewall) -> tuple[Check, ...]:
    """What came of it, as checks, and what mends it."""
    all_asked = tuple(asked)
    if not all_asked:
        words = "no name server is set up: hosts can be given as addresses alone"
        return (Check(state=State.LESS, words=words, remedy=f"{name_server_command()} names one"),)
    has_any = any(one.answers for one in all_asked)
    checks = []
    for one in all_asked:
        if not one.problem:
            words = f"names are asked of {one.server}, which answers"
            checks.append(Check(state=State.GOOD, words=words))
            continue
        checks.append(
            Check(
                state=State.LESS if has_any else State.BAD,
                words=f"names are asked of {one.server}, which {one.problem}",
                remedy=f"{mending([one], firewall)}; {_FOR_HOPS}",
            )
        )
    return tuple(checks)


def mending(asked: Iterable[Asked], firewall: Firewall) -> str:
    """What may help where these do not answer a question for a host."""
    wanting = [one for one in asked if not one.answers and _is_address(one.server)]
    far = [one.server for one in wanting if not one.is_reachable]
    why = f"ip route get {far[0].partition('%')[0]} says why" if far else ""
    opens = dict.fromkeys(_opening(one, firewall) for one in wanting)
    another = f"{name_server_command()} names another"
    return "; ".join(filter(None, (" && ".join(filter(None, opens)), why, another)))


def _opening(one: Asked, firewall: Firewall) -> str:
    """What lets the question out and the answer in, where a chain is known to drop them. Silence
    may have any other reason, so that a chain which only may drop them is not to blame; it is
    where the kernel has said that one does."""
    is_refused = SendTrouble.of(one.problem) is SendTrouble.FIREWALL
    hooks = ("output",) if is_refused else ("output", "input")
    traffics = list(_traffics(one.server, hooks))
    sure = firewall.commands(traffics, is_sure=True)
    return sure or (firewall.commands(traffics) if is_refused else "")


def _traffics(server: str, hooks: Iterable[str]) -> Iterator[Traffic]:
    """What a question needs of a firewall."""
    address = ip_address(server.partition("%")[0])
    link = first_link(Destination(address))
    interface = link.interface if link is not None else ""
    for hook in hooks:
        yield Traffic(
            protocol=Protocol.UDP,
            version=address.version,
            hook=hook,
            is_loopback=address.is_loopback or interface == "lo",
            peer=str(address),
            peer_port=DNS_PORT,
            interface=interface,
        )


def _is_address(server: str) -> bool:
    try:
        ip_address(server)
    except ValueError:
        return False
    return True


def name_servers(root: Path = Path("/")) -> tuple[str, ...]:
    """Those of /etc/resolv.conf that the resolver asks, each once."""
    try:
        text = (root / "etc/resolv.conf").read_bytes().decode(errors="replace")
    except OSError:
        return ()
    lines = (line.split() for line in text.splitlines())
    told = [words[1] for words in lines if words[:1] == ["nameserver"] and len(words) > 1]
    return tuple(dict.fromkeys(clean(server, _TEXT_MAX) for server in told[:_SERVERS_MAX]))
