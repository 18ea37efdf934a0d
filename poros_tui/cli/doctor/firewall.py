"""The firewall of this machine, as far as it lets itself be looked at, and what opens it. Runs
`nft`; sends nothing."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from poros_tui.cli.doctor.ruleset import Chain, Traffic, chains_that_drop
from poros_tui.model.clean import clean
from poros_tui.model.probe import Protocol

_PROGRAMS: Final = ("/usr/sbin/nft", "/sbin/nft", "/usr/local/sbin/nft", "/usr/bin/nft")
"""Where it may be: root runs nothing that the user's PATH names."""
_PATIENCE_S: Final = 5.0
_NAME_MAX: Final = 128
_ICMP: Final = {"ip": "icmp", "ip6": "ipv6-icmp", "inet": "{ icmp, ipv6-icmp }"}
"""By the family of the table: others do not know of both."""
LOOK: Final = "sudo nft list ruleset (or sudo iptables-save)"


class Firewall:
    """What is known of it."""

    def __init__(self, listing: bytes | None = None) -> None:
        """`listing` is what `nft -j list ruleset` says; None where that is not known."""
        self._listing = listing

    @classmethod
    def of_this_machine(cls) -> Firewall:
        """Call before privileges are dropped: only root may look."""
        program = next((one for one in _PROGRAMS if Path(one).exists()), None)
        if os.geteuid() != 0 or program is None:
            return cls()
        try:
            done = subprocess.run(
                [program, "-j", "list", "ruleset"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env={"LC_ALL": "C"},
                timeout=_PATIENCE_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return cls()
        return cls(done.stdout if done.returncode == 0 else None)

    def commands(self, traffics: Iterable[Traffic]) -> str:
        """What lets these through the chains that are known to drop them, as one line for a shell;
        empty where none is known."""
        if self._listing is None:
            return ""
        try:
            found = [
                _command(chain, traffic)
                for traffic in traffics
                for chain in chains_that_drop(self._listing, traffic)
            ]
        except msgspec.MsgspecError:
            return ""
        return " && ".join(dict.fromkeys(found))

    def remedy(self, traffics: Sequence[Traffic]) -> str:
        """These do not get through: what lets them, or how to find that out."""
        if self._listing is None:
            rule = _accept(traffics[0], "inet")
            return f"{LOOK} shows the chain; then sudo nft insert rule FAMILY TABLE CHAIN {rule}"
        return self.commands(traffics) or (
            "no chain of nftables does so here; sudo iptables-legacy-save shows whether another "
            "firewall does"
        )


def _command(chain: Chain, traffic: Traffic) -> str:
    names = (chain.family, chain.table, chain.name)
    where = " ".join(shlex.quote(clean(name, _NAME_MAX)) for name in names)
    return f"sudo nft insert rule {where} {_accept(traffic, chain.family)}"


def _accept(traffic: Traffic, family: str) -> str:
    """A rule that lets the traffic pass, and nobody in who was not asked."""
    if traffic.protocol == Protocol.ICMP:
        return f"meta l4proto {_ICMP[family]} accept"
    if traffic.hook == "output":
        return f"meta l4proto {traffic.protocol} accept"
    return "iif lo accept" if traffic.is_loopback else "ct state established,related accept"
