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
    """Three real routers without rate limits; ping sockets are permitted at its near end."""
    require_network()
    with chain_network(ChainPlan(routers=ROUTERS)) as lab:
        permit_ping_sockets(lab)
        yield lab


@pytest.fixture
def hasty_chain(chain: ChainLab) -> Iterator[ChainLab]:
    """A neighbour that does not answer is given up after one question and 50 ms, not three seconds.
    Only where none is to answer: on a busy machine one may take longer."""
    _ask_neighbours(chain, times=1, every_ms=50)
    yield chain
    _ask_neighbours(chain, times=3, every_ms=1000)


def _ask_neighbours(lab: ChainLab, *, times: int, every_ms: int) -> None:
    for version in ("ipv4", "ipv6"):
        neighbours = f"{version}/neigh/right"
        values = {"mcast_solicit": str(times), "retrans_time_ms": str(every_ms)}
        namespace.set_sysctls(
            lab.namespace, {f"{neighbours}/{name}": value for name, value in values.items()}
        )
