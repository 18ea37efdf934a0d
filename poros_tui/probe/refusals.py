"""Why there is no socket of the kind that is wanted, for the user."""

from __future__ import annotations

import errno
import os
from typing import Final

from poros_tui.errors import CannotRun, UsageError
from poros_tui.model.probe import Protocol
from poros_tui.probe.family import Family
from poros_tui.probe.rung import rungs_of

NO_SUCH_FAMILY: Final = frozenset({errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT})


def refuse_raw(protocol: Protocol) -> None:
    """Raises UsageError where a protocol has no raw sockets."""
    if rungs_of(protocol).RAW is None:
        words = f"{protocol.upper()} probes never need raw sockets"
        raise UsageError(words, "drop --privilege raw")


def shows_nothing(protocol: Protocol) -> UsageError:
    """Its packets cannot be written to a file."""
    return UsageError(
        f"--pcap has nothing to write of {protocol.upper()} probes without raw sockets: the "
        "kernel makes the packets, and shows none",
        "run it with sudo, or use --udp",
    )


def used_up(protocol: Protocol) -> CannotRun:
    """None is left."""
    return CannotRun(
        f"no raw socket for {protocol.upper()} is left of those that were opened before the "
        "program gave up root's rights",
        "start it with all targets at once",
    )


def cannot_open(kind: str, family: Family, error: OSError) -> CannotRun:
    """The kernel refuses."""
    if error.errno in NO_SUCH_FAMILY:
        return no_such_family(family)
    return CannotRun(f"cannot open a {kind}: {os.strerror(error.errno or 0).lower()}")


def no_such_family(family: Family) -> CannotRun:
    """The kernel lacks the IP version."""
    other = 4 if family.version == 6 else 6
    return CannotRun(
        f"this machine has no IPv{family.version}",
        f"give an IPv{other} address, or a name with -{other}",
    )
