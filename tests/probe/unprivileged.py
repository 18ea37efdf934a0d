"""Run by tests in another process: climbs the ladder, traces a path, prints it as JSON.

Arguments: privilege, protocol or `any`, destination, last TTL.
"""

from __future__ import annotations

import json
import sys
from ipaddress import ip_address
from pathlib import Path

import trio

import poros_tui.probe.shared_socket
import poros_tui.probe.udp_sockets  # noqa: F401 - while they can be read
from poros_tui.errors import PorosError
from poros_tui.model.probe import Protocol
from poros_tui.probe.open import ChosenTransport, open_candidates
from poros_tui.probe.privilege import Privilege, drop_privileges
from tests.probe.listening import listening


async def _responders(chosen: ChosenTransport, last_ttl: int) -> dict[str, list[str]]:
    ttls = range(1, last_ttl + 1)
    async with listening(chosen.transport) as ear:
        for ttl in ttls:
            await ear.send(ttl, key=ttl)
        await ear.until_answered(ttls)
        stamped = ear.stamps.keys() == set(ttls)
    path = {str(ttl): [str(who), kind.name] for ttl, (who, kind) in sorted(ear.path().items())}
    return path | {"stamped": [str(stamped)]}


def _status() -> dict[str, str]:
    # Bytes: Python's codecs may lie where only root, whom this was, can read.
    lines = Path("/proc/self/status").read_bytes().decode().splitlines()
    fields = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    wanted = ("Uid", "Gid", "Groups", "CapPrm", "CapEff", "CapInh", "CapAmb", "NoNewPrivs")
    return {name: fields[name].strip() for name in wanted}


def _main(privilege: str, protocol: str, destination: str, last_ttl: str) -> None:
    wanted = None if protocol == "any" else Protocol(protocol)
    try:
        candidates = open_candidates(Privilege(privilege), wanted)
        drop_privileges()
        chosen = candidates.transport_for(ip_address(destination))
        candidates.close()
    except PorosError as refusal:
        print(json.dumps({"refusal": str(refusal), "status": _status()}))  # noqa: T201
        return
    told = {
        "rung": chosen.rung,
        "privilege": chosen.privilege,
        "path": trio.run(_responders, chosen, int(last_ttl)),
        "status": _status(),
    }
    print(json.dumps(told))  # noqa: T201


if __name__ == "__main__":
    _main(*sys.argv[1:])
