from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab import namespace
from tests.lab.chain import ChainLab, ChainPlan, chain_network
from tests.lab.requirements import require_network

ROUTERS = 3


def permit_ping_sockets(lab: ChainLab) -> None:
    namespace.set_sysctls(lab.namespace, {"ipv4/ping_group_range": "0 0"})


def forbid_ping_sockets(lab: ChainLab) -> None:
    namespace.set_sysctls(lab.namespace, {"ipv4/ping_group_range": "1 0"})


@pytest.fixture(scope="session")
def chain() -> Iterator[ChainLab]:
    """Three real routers without rate limits; ping sockets are permitted at its near end.

    A neighbour that does not answer is given up after one question and 50 ms, not three seconds.
    """
    require_network()
    with chain_network(ChainPlan(routers=ROUTERS)) as lab:
        permit_ping_sockets(lab)
        for version in ("ipv4", "ipv6"):
            neighbours = f"{version}/neigh/right"
            namespace.set_sysctls(
                lab.namespace,
                {f"{neighbours}/mcast_solicit": "1", f"{neighbours}/retrans_time_ms": "50"},
            )
        yield lab
