"""A lab: a namespace to run commands in, with a network behind it whose path is known."""

from __future__ import annotations

import subprocess
from abc import ABC, abstractmethod
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from poros_tui.model.probe import IPAddress, Protocol
from tests.lab.expectation import Responders
from tests.lab.namespace import set_sysctls

WITHOUT_CAPABILITIES: Final = (
    "setpriv",
    "--bounding-set=-all",
    "--inh-caps=-all",
    "--ambient-caps=-all",
    "--no-new-privs",
)
"""Runs a command as this user, but with no capability at all: what may any user do?"""
_PING_RANGES: Final = {False: "1 0", True: "0 2147483647"}


class Lab(ABC):
    """What a test can do with a lab. It is made, and removed, by a context manager."""

    def __init__(
        self, *, namespace: str, destination: IPv4Address, destination6: IPv6Address
    ) -> None:
        self.namespace = namespace
        """Where commands run."""
        self.destination = destination
        self.destination6 = destination6

    def target(self, family: int) -> IPAddress:
        """The destination's address, by family 4 or 6."""
        return self.destination if family == 4 else self.destination6

    @property
    def hops(self) -> list[Responders]:
        """Who can answer ICMP probes at TTL 1, 2, ... in IPv4."""
        return self.path(4)

    @abstractmethod
    def path(self, family: int, protocol: Protocol = Protocol.ICMP) -> list[Responders]:
        """Who can answer at TTL 1, 2, ..., up to the end of the path (see `visible_path`)."""

    @abstractmethod
    def link_down(self) -> None:
        """Take the prober's own interface down. Its routes are gone then."""

    @abstractmethod
    def link_up(self) -> None:
        """Bring the prober's interface and its routes back."""

    def allow_ping_sockets(self, allowed: bool) -> None:
        """Whether users may open ICMP datagram sockets (net.ipv4.ping_group_range)."""
        set_sysctls(self.namespace, {"ipv4/ping_group_range": _PING_RANGES[allowed]})

    def command(self, argv: Sequence[str], *, capabilities: bool = True) -> list[str]:
        """The command that runs `argv` in the lab, its placeholders filled in."""
        words = [self.filled_in(word) for word in argv]
        unprivileged = [] if capabilities else [*WITHOUT_CAPABILITIES, "--"]
        return ["ip", "netns", "exec", self.namespace, *unprivileged, *words]

    def filled_in(self, word: str) -> str:
        """`word` with the addresses for `{destination}` and `{destination6}`."""
        filled = word.replace("{destination}", str(self.destination))
        return filled.replace("{destination6}", str(self.destination6))

    def run(
        self,
        argv: Sequence[str],
        *,
        capabilities: bool = True,
        ping_sockets: bool = False,
        timeout_s: float = 60.0,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the lab to its end, without input.

        Raises:
            subprocess.TimeoutExpired: it was killed after `timeout_s`.
        """
        self.allow_ping_sockets(ping_sockets)
        return subprocess.run(
            self.command(argv, capabilities=capabilities),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
