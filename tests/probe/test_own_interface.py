"""The interface that probes leave through is removed, and made anew, while a session runs."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

import pytest

from poros_tui.errors import SendError
from poros_tui.probe.outgoing import Outgoing
from tests.lab import namespace
from tests.lab.requirements import require_network
from tests.probe.rungs import Rung, open_inside

pytestmark = [pytest.mark.network, pytest.mark.trio]
TUNNEL = "tunnel"
BEHIND = {4: ip_address("192.0.2.9"), 6: ip_address("2001:db8:9::9")}
OTHER_RUNGS = [rung for rung in Rung if rung is not Rung.TCP_CONNECT]


@pytest.fixture
def name() -> Iterator[str]:
    """A namespace with nothing but TUNNEL."""
    require_network()
    name = namespace.new_name()
    namespace.ip_batch([f"netns add {name}"])
    try:
        namespace.set_sysctls(name, {"ipv4/ping_group_range": "0 0"})
        make_tunnel(name)
        yield name
    finally:
        namespace.delete([name])


def make_tunnel(name: str) -> None:
    lines = [
        f"link add {TUNNEL} type veth peer name far",
        "link set far up",
        f"addr add 192.0.2.1/24 dev {TUNNEL}",
        f"addr add 2001:db8:9::1/64 dev {TUNNEL} nodad",
        f"link set {TUNNEL} up",
    ]
    namespace.ip_batch(lines, name)


@pytest.mark.parametrize("rung", OTHER_RUNGS)
@pytest.mark.parametrize("version", [4, 6])
async def test_an_interface_that_was_made_anew_is_told_from_one_that_is_gone(
    name: str, rung: Rung, version: int
) -> None:
    outgoing = Outgoing(interface=TUNNEL)
    transport = open_inside(name, rung, BEHIND[version], outgoing=outgoing).transport
    try:
        await transport.send(1, 1)
        with namespace.entered(name):  # where interfaces have these names
            namespace.ip_batch([f"link del {TUNNEL}"], name)
            with pytest.raises(SendError) as gone:
                await transport.send(1, 2)
            assert "made anew" not in gone.value.reason
            make_tunnel(name)
            with pytest.raises(SendError, match="tunnel was removed and made anew"):
                await transport.send(1, 3)
    finally:
        transport.close()
