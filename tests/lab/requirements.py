"""What the lab needs of a machine, and the words for what is missing."""

from __future__ import annotations

import os
import shutil
from functools import cache
from pathlib import Path
from typing import Final, NoReturn

import pytest

from tests.lab import namespace
from tests.lab.namespace import LabError

INSISTS: Final = "POROS_REQUIRE_NETWORK"
"""Environment variable: when set, a test fails where it would be skipped for want of a network."""
_NET_ADMIN, _SYS_ADMIN = 12, 21


def require_network() -> None:
    """Skip the test, and say why, where no network namespaces and TUN devices can be made."""
    missing = missing_for_network()
    if missing is not None:
        skip(missing)


def require_nft() -> None:
    """Skip the test where a router cannot be given rules."""
    require_command("nft")


def require_command(name: str) -> None:
    """Skip the test where this program is not installed."""
    if shutil.which(name) is None:
        skip(f"{name} is not installed")


def skip(missing: str) -> NoReturn:
    """Skip the test for want of what is missing; fail it where nothing may be."""
    if os.environ.get(INSISTS):
        pytest.fail(f"{INSISTS} is set, but {missing}")
    pytest.skip(missing)


@cache
def missing_for_network() -> str | None:
    """What is missing for the lab, in words; None where nothing is."""
    if shutil.which("ip") is None:
        return "the lab needs the `ip` command of iproute2"
    if not _has_capabilities():
        return "the lab needs root (CAP_SYS_ADMIN and CAP_NET_ADMIN)"
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "the lab needs /dev/net/tun"
    name = namespace.new_name()
    try:
        namespace.ip_batch([f"netns add {name}"])
    except LabError as refusal:
        return f"the lab cannot make a network namespace here: {refusal}"
    namespace.delete([name])
    return None


def _has_capabilities() -> bool:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            effective = int(line.split()[1], 16)
            return bool(effective >> _NET_ADMIN & 1 and effective >> _SYS_ADMIN & 1)
    return False
