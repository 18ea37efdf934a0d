"""Commands for whoever reads what the doctor says: with `sudo` before what only root may do, for
those who are not root already."""

from __future__ import annotations

import os

from poros_tui.probe.privilege import keeps_privileges


def as_root(command: str) -> str:
    """This, which wants root, as the reader can run it. Root whom nobody has called through sudo,
    as in a container, may have no sudo, and needs none."""
    return command if keeps_privileges(os.environ) else f"sudo {command}"


def look_at_firewall() -> str:
    """What shows all rules."""
    return f"{as_root('nft list ruleset')} (or {as_root('iptables-save')})"


def name_server_command() -> str:
    """What names a server to the resolver."""
    return f"echo nameserver ADDRESS | {as_root('tee /etc/resolv.conf')}"


def sysctl(name: str, value: str) -> str:
    """What sets a variable of the kernel."""
    return as_root(f"sysctl -w {name}={value}")
