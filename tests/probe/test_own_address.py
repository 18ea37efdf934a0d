"""The address that probes leave from goes away while a session runs."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address

import pytest

from poros_tui.errors import SendError
from poros_tui.model.probe import AnswerKind, IPAddress
from poros_tui.probe.outgoing import Outgoing
from tests.lab import namespace
from tests.lab.chain import RIGHT, ChainLab, ChainPlan, chain_network
from tests.lab.requirements import require_network
from tests.probe.conftest import permit_ping_sockets
from tests.probe.listening import Ear, listening
from tests.probe.rungs import Rung, open_inside

pytestmark = [pytest.mark.network, pytest.mark.trio]
ANOTHER = {4: ip_address("10.1.1.77"), 6: ip_address("fd00:1:1::77")}
LENGTH = {4: 24, 6: 64}


@pytest.fixture(scope="module")
def moving() -> Iterator[ChainLab]:
    """One real router, and a near end whose addresses come and go."""
    require_network()
    with chain_network(ChainPlan(routers=1)) as lab:
        permit_ping_sockets(lab)
        yield lab


@pytest.fixture(params=[4, 6])
def version(request: pytest.FixtureRequest, moving: ChainLab) -> Iterator[int]:
    """IPv4 or IPv6, with ANOTHER address at the near end until the test is over."""
    version: int = request.param
    come(moving, ANOTHER[version])
    yield version
    namespace.ip_batch([f"addr replace {named(ANOTHER[version])}"], moving.namespace)
    go(moving, ANOTHER[version])


def named(address: IPAddress) -> str:
    return f"{address}/{LENGTH[address.version]} dev {RIGHT}"


def come(lab: ChainLab, address: IPAddress) -> None:
    nodad = " nodad" if address.version == 6 else ""
    namespace.ip_batch([f"addr add {named(address)}{nodad}"], lab.namespace)
    if isinstance(address, IPv6Address):
        namespace.wait_for_addresses(lab.namespace, [address])


def go(lab: ChainLab, address: IPAddress) -> None:
    namespace.ip_batch([f"addr del {named(address)}"], lab.namespace)


async def send(lab: ChainLab, ear: Ear, key: int) -> None:
    """To the router; what has to be asked of the kernel then is asked in there."""
    with namespace.entered(lab.namespace):
        await ear.send(1, key)


@pytest.mark.parametrize("rung", [rung for rung in Rung if rung is not Rung.TCP_CONNECT])
async def test_nothing_is_sent_from_a_source_that_is_gone_until_it_is_back(
    moving: ChainLab, rung: Rung, version: int
) -> None:
    outgoing = Outgoing(source=ANOTHER[version])
    chosen = open_inside(moving.namespace, rung, moving.target(version), outgoing=outgoing)
    async with listening(chosen.transport) as ear:
        await send(moving, ear, 1)
        await ear.until_answered([1])
        go(moving, ANOTHER[version])
        for key in (2, 3):
            with pytest.raises(SendError, match="the address of --source is gone"):
                await send(moving, ear, key)
        come(moving, ANOTHER[version])
        await send(moving, ear, 4)
        await ear.until_answered([4])


async def test_syns_leave_from_another_address_where_the_kernels_choice_is_gone(
    moving: ChainLab, version: int
) -> None:
    gateway = next(iter(moving.path(version)[0]))
    route = f"route replace default via {gateway} dev {RIGHT}"
    namespace.ip_batch([f"{route} src {ANOTHER[version]}"], moving.namespace)
    chosen = open_inside(moving.namespace, Rung.RAW_TCP, moving.target(version))
    async with listening(chosen.transport) as ear:
        await send(moving, ear, 1)
        await ear.until_answered([1])
        namespace.ip_batch([route], moving.namespace)
        go(moving, ANOTHER[version])
        for key in (2, 3):
            await send(moving, ear, key)
        await ear.until_answered([2, 3])
    assert {answer.kind for answer in ear.answers} == {AnswerKind.TIME_EXCEEDED}
    assert [answer.quote.rewrites for answer in ear.answers if answer.quote] == [()] * 3


async def test_syns_do_not_leave_where_no_address_is_left(moving: ChainLab, version: int) -> None:
    gateway = next(iter(moving.path(version)[0]))
    route = f"route replace default via {gateway} dev {RIGHT}"
    namespace.ip_batch([f"{route} src {ANOTHER[version]}"], moving.namespace)
    chosen = open_inside(moving.namespace, Rung.RAW_TCP, moving.target(version))
    async with listening(chosen.transport) as ear:
        namespace.ip_batch([route.replace("replace", "del")], moving.namespace)
        go(moving, ANOTHER[version])
        with pytest.raises(SendError, match="network is unreachable"):
            await send(moving, ear, 1)
        namespace.ip_batch([route], moving.namespace)
        await send(moving, ear, 2)
        await ear.until_answered([2])
