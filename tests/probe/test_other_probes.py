"""The same rung for probes of another size or port, while those before are still open."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from poros_tui.errors import UsageError
from poros_tui.model.probe import AnswerKind
from poros_tui.probe.open import open_candidates
from poros_tui.probe.outgoing import Outgoing
from tests.lab import namespace
from tests.lab.chain import ChainLab
from tests.lab.requirements import skip
from tests.probe.listening import listening
from tests.probe.rungs import Rung

pytestmark = pytest.mark.trio


@pytest.mark.parametrize("destination", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("rung", [rung for rung in Rung if rung is not Rung.PING])
async def test_probes_of_another_size_and_port_are_answered(rung: Rung, destination: str) -> None:
    privilege, protocol = rung.value
    address = ip_address(destination)
    try:
        candidates = open_candidates(privilege, protocol, {address.version})
        before = candidates.transport_for(address).transport
    except UsageError as refusal:
        skip(str(refusal))
    size = None if rung is Rung.TCP_CONNECT else 1200
    try:
        for port, bytes_of_probe in ((9, size), (10, None), (None, size)):
            wanted = Outgoing(size=bytes_of_probe, port=port)
            chosen = candidates.transport_for(address, outgoing=wanted)
            before.close()
            before = chosen.transport
            async with listening(before) as ear:
                for key in (7, 8):
                    await ear.send(5, key)
                await ear.until_answered([7, 8])
            assert set(ear.path()) == {7, 8}, (port, bytes_of_probe)
            assert {kind for _, kind in ear.path().values()} == {AnswerKind.REACHED}
    finally:
        before.close()
        candidates.close()


@pytest.mark.network
@pytest.mark.parametrize("version", [4, 6])
async def test_ping_sockets_take_another_size(chain: ChainLab, version: int) -> None:
    """A port is nothing to them. In a namespace, because here they may be forbidden."""
    address = chain.target(version)
    privilege, protocol = Rung.PING.value
    path = chain.path(version)
    with namespace.entered(chain.namespace):
        candidates = open_candidates(privilege, protocol, {version})
        transport = candidates.transport_for(address).transport
    try:
        for port, size in ((None, 1200), (10, None), (None, 1400)):
            before = transport
            with namespace.entered(chain.namespace):
                wanted = Outgoing(size=size, port=port)
                transport = candidates.transport_for(address, outgoing=wanted).transport
            before.close()
            async with listening(transport) as ear:
                await ear.send(1, 7)
                await ear.send(len(path), 8)
                await ear.until_answered([7, 8])
            answers = ear.path()
            assert answers[7][0] in path[0], (port, size)
            assert answers[8] == (address, AnswerKind.REACHED), (port, size)
    finally:
        transport.close()
        candidates.close()


async def test_a_size_that_is_refused_leaves_the_raw_socket_hearing() -> None:
    address = ip_address("127.0.0.1")
    privilege, protocol = Rung.RAW.value
    try:
        candidates = open_candidates(privilege, protocol, {4})
    except UsageError as refusal:
        skip(str(refusal))
    transport = candidates.transport_for(address).transport
    try:
        with pytest.raises(UsageError, match="--size 29"):
            candidates.transport_for(address, outgoing=Outgoing(size=29, pattern=b"ab"))
        async with listening(transport) as ear:
            await ear.send(5, 7)
            await ear.until_answered([7])
        assert set(ear.path()) == {7}
    finally:
        transport.close()
        candidates.close()
