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

from poros_tui.cli.doctor.commands import as_root, look_at_firewall
from poros_tui.cli.doctor.ruleset import (
    INGRESS,
    Chain,
    chains_that_drop,
    families_not_understood,
)
from poros_tui.cli.doctor.traffic import Traffic
from poros_tui.model.clean import clean
from poros_tui.model.probe import Protocol

_PROGRAMS: Final = ("/usr/sbin/nft", "/sbin/nft", "/usr/local/sbin/nft", "/usr/bin/nft")
"""Where it may be: root runs nothing that the user's PATH names."""
_PATIENCE_S: Final = 5.0
_NAME_MAX: Final = 128
_ICMP: Final = {"ip": "icmp", "ip6": "ipv6-icmp"}
"""By the family of the table: others know of both."""
_BOTH: Final = "{ icmp, ipv6-icmp }"


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

    def commands(self, traffics: Iterable[Traffic], *, is_sure: bool = False) -> str:
        """What lets these through the chains that are known to drop them, as one line for a shell;
        empty where none is known. With `is_sure` chains that only may drop them are left alone."""
        if self._listing is None:
            return ""
        try:
            found = [
                _command(chain, traffic)
                for traffic in traffics
                for chain in chains_that_drop(self._listing, traffic, is_sure=is_sure)
            ]
        except msgspec.MsgspecError:
            return ""
        return " && ".join(dict.fromkeys(found))

    def remedy(self, traffics: Sequence[Traffic]) -> str:
        """These do not get through: what lets them, or how to find that out."""
        if self._listing is None:
            insert = as_root("nft insert rule FAMILY TABLE CHAIN")
            rule = _accept(traffics[0], Chain("inet", "TABLE", "CHAIN", traffics[0].hook))
            return f"{look_at_firewall()} shows the chain; then {insert} {rule}"
        return self.commands(traffics) or self._nobody_known()

    def _nobody_known(self) -> str:
        """No chain that is understood does so: where else to look."""
        legacy = f"{as_root('iptables-legacy-save')} shows whether another firewall does"
        try:
            others = families_not_understood(self._listing or b"")
        except msgspec.MsgspecError:
            return f"what nft says can't be read: {as_root('nft list ruleset')} shows it; {legacy}"
        if others:
            look = as_root("nft list ruleset")
            return (
                f"chains of the family {' and '.join(others)} were not looked at, {look} shows "
                f"them; no other chain of nftables does so here; {legacy}"
            )
        return f"no chain of nftables does so here; {legacy}"


def _command(chain: Chain, traffic: Traffic) -> str:
    names = (chain.family, chain.table, chain.name)
    where = " ".join(shlex.quote(clean(name, _NAME_MAX)) for name in names)
    return f"{as_root('nft insert rule')} {where} {_accept(traffic, chain)}"


def _accept(traffic: Traffic, chain: Chain) -> str:
    """A rule that lets the traffic pass, and nobody in who was not asked."""
    if traffic.protocol == Protocol.ICMP:
        return f"meta l4proto {_ICMP.get(chain.family, _BOTH)} accept"
    if traffic.hook == "output":
        return f"meta l4proto {traffic.protocol} accept"
    if traffic.is_loopback:
        return "iif lo accept"
    if chain.hook != INGRESS:
        return "ct state established,related accept"
    # What has only just come in has no state yet.
    if traffic.protocol == Protocol.TCP:
        return "tcp flags ack accept"
    version = "ip" if traffic.version == 4 else "ip6"
    of_peer = f"{version} saddr {traffic.peer} " if traffic.peer else ""
    of_port = "" if traffic.peer_port is None else f"udp sport {traffic.peer_port} "
    return f"{of_peer}{of_port or 'meta l4proto udp '}accept"
