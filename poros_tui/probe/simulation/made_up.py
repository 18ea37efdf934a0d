"""A path for any name, for simulations that need many. Pure: a name has the same path always."""

from __future__ import annotations

import random
from ipaddress import IPv4Address
from typing import Final

from poros_tui.model.probe import IPAddress
from poros_tui.probe.simulation.scenario import Scenario

_NETWORK: Final = int(IPv4Address("198.18.0.0"))
"""198.18.0.0/15 is for tests of networks (RFC 2544 appendix C.2.2)."""
_HOSTS: Final = 1 << 17
_NETWORKS: Final = (
    ("10.0.2.0/23", "64497 ACCESS-EXAMPLE"),
    ("10.0.4.0/22", "64500 TRANSIT-EXAMPLE"),
    ("10.0.8.0/21", "64501 LONG-HAUL-EXAMPLE"),
    ("10.0.16.0/21", "64502 FAR-TRANSIT-EXAMPLE"),
    (f"{IPv4Address(_NETWORK)}/15", "64510 HOSTING-EXAMPLE"),
)
_HOPS: Final = (5, 20)
_RTT_MS: Final = (4.0, 240.0)
_LOSSY: Final = 0.2
"""Share of the destinations that lose something."""


def made_up_path(name: str, address: IPAddress | None = None) -> Scenario:
    """Some hops to a destination at `address`, by default one drawn from the name too."""
    chance = random.Random(name)  # by the text, not by its hash, which is another in every run
    destination = IPv4Address(_NETWORK + chance.randrange(_HOSTS))
    hops = chance.randint(*_HOPS)
    # Near hosts are as frequent as far ones: evenly over the logarithm.
    last_rtt_ms = _RTT_MS[0] * (_RTT_MS[1] / _RTT_MS[0]) ** chance.random()
    loss = round(chance.uniform(0.005, 0.08), 3) if chance.random() < _LOSSY else 0.0
    # The same hops for all names, so that their names must be the same too.
    names = [f'"10.0.{ttl}.1" = "hop{ttl}.transit.example"\n' for ttl in range(2, hops)]
    networks = "".join(f'"{prefix}" = "{network}"\n' for prefix, network in _NETWORKS)
    return Scenario.from_toml(
        f"rising = {{ hops = {hops}, last_rtt_ms = {last_rtt_ms:.1f} }}\n"
        f"[names]\n{''.join(names)}"
        f"[networks]\n{networks}"
        "[destination]\n"
        f'address = "{address or destination}"\n'
        f"jitter_ms = {last_rtt_ms / 20:.2f}\n"
        f"loss = {loss}\n"
    )
