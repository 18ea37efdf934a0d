"""The same rung for probes of another size or port, while those before are still open."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from poros_tui.errors import UsageError
from poros_tui.model.probe import AnswerKind
from poros_tui.probe.open import open_candidates
from poros_tui.probe.outgoing import Outgoing
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
