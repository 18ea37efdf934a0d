"""`poros-tui doctor [HOST]`: looks at the machine, and with a host at the way there."""

from __future__ import annotations

import os
import shlex
import socket
from collections.abc import Sequence
from typing import Final

import click

from poros_tui.cli.character_set import has_blocks
from poros_tui.cli.doctor.as_text import as_text
from poros_tui.cli.doctor.check import Check, Part, State
from poros_tui.cli.doctor.firewall import Firewall
from poros_tui.cli.doctor.machine import machine
from poros_tui.cli.doctor.names import Asked, AskingServers, mending, naming
from poros_tui.cli.doctor.network import is_on_link, network, way_to
from poros_tui.cli.doctor.reaching import reaching, trace_all
from poros_tui.cli.doctor.rungs import Bench, permissions, try_all
from poros_tui.cli.loading import ASN_FILE, load, load_all
from poros_tui.cli.output import write
from poros_tui.cli.resolve import NobodyAnswered, Resolution
from poros_tui.cli.target import Target, parse_target
from poros_tui.cli.usual_files import NETWORK_FILES, usual_file
from poros_tui.errors import CannotRun, UsageError
from poros_tui.model.clean import clean
from poros_tui.probe.privilege import drop_privileges, invoking_user

_VERSIONS: Final = (4, 6)
_NAME_MAX: Final = 60
_IN_THE_WAY: Final = 1
"""Exit code where something is."""


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.argument("host", required=False)
@click.option("-4", "ipv4", is_flag=True, help="IPv4 only.  [default: both]")
@click.option("-6", "ipv6", is_flag=True, help="IPv6 only.  [default: both]")
def command(*, host: str | None, ipv4: bool, ipv6: bool) -> int:
    """Say what this machine permits, what is in the way, and what mends it.

    Each kind of socket probes the machine itself, and each name server is asked for localhost:
    without HOST nothing else leaves the machine. With HOST it is traced with ICMP, UDP and TCP,
    too. The exit code is 1 where something is in the way.
    """
    if ipv4 and ipv6:
        raise UsageError("-4 and -6 exclude each other", "leave one out")
    version = 4 if ipv4 else 6 if ipv6 else None
    target = parse_target(host) if host is not None else None
    versions = _VERSIONS if version is None else (version,)
    # Before privileges are dropped: whether they are there, and what only root may see.
    about, firewall = machine(), Firewall.of_this_machine()
    bench = Bench(versions)
    try:
        if invoking_user(os.environ) is not None:
            load_all()
            load(*(ASN_FILE if usual_file(NETWORK_FILES) is not None else ()))
        drop_privileges()
        parts = [_shown(about)]
        # Both beside all else: a name server that does not answer takes seconds to be known.
        asking = AskingServers()
        resolution = Resolution(target, version) if target is not None else None
        parts.append(_shown(permissions(try_all(bench), firewall)))
        asked = asking.wait()
        parts.append(_shown(network(versions, names=naming(asked, firewall))))
        if target is not None and resolution is not None:
            parts.append(_shown(_way(bench, target, resolution, asked, firewall)))
    finally:
        bench.close()
    is_bad = any(check.state is State.BAD for part in parts for check in part.checks)
    return _IN_THE_WAY if is_bad else 0


def _shown(part: Part) -> Part:
    """Print it at once: the next may take seconds."""
    write(as_text([part], is_ascii=not has_blocks()) + "\n\n")
    return part


def _way(
    bench: Bench,
    target: Target,
    resolution: Resolution,
    asked: Sequence[Asked],
    firewall: Firewall,
) -> Part:
    try:
        resolved = resolution.wait()
    except CannotRun as refusal:
        words, remedy = refusal.sentence, refusal.advice
        if isinstance(refusal, NobodyAnswered):
            words, remedy = _nobody(target, asked, firewall)
        return _only(target, words, remedy)
    if resolved.zone and resolved.zone not in (name for _, name in socket.if_nameindex()):
        words = f"this machine has no interface {clean(resolved.zone, _NAME_MAX)}"
        return _only(target, words, "ip link lists those that it has")
    found = trace_all(bench, resolved)
    version = resolved.address.version
    way = way_to(resolved.address, resolved.zone)
    return reaching(
        target.text, found, way, version, firewall, is_on_link=is_on_link(resolved.address)
    )


def _only(target: Target, words: str, remedy: str) -> Part:
    """What keeps the host from being traced at all."""
    check = Check(state=State.BAD, words=words, remedy=remedy)
    return Part(title=f"The path to {target.text}", checks=(check,))


def _nobody(target: Target, asked: Sequence[Asked], firewall: Firewall) -> tuple[str, str]:
    """What is to say where no name server says whether there is such a host."""
    if any(one.answers for one in asked):
        return (
            f"can't resolve {target.text}: the name server answers, but not for this name",
            f"getent ahosts {shlex.quote(target.text)} asks again; or trace its address: "
            "poros-tui doctor ADDRESS",
        )
    words = f"can't resolve {target.text}: no name server answers"
    return words, f"{mending(asked, firewall)}; or trace its address: poros-tui doctor ADDRESS"
