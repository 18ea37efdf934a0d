"""`poros-tui demo`: hosts of a simulated internet in place of real ones."""

from __future__ import annotations

import random
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING, Final

import msgspec

from poros_tui.cli.chronicles import chronicle_for
from poros_tui.cli.mtu import demo_plan
from poros_tui.cli.options import Options
from poros_tui.cli.target import Target, parse_target
from poros_tui.config import SessionConfig
from poros_tui.engine.plan import Entrant, Found, TracePlan, entrant_of
from poros_tui.errors import UsageError
from poros_tui.model.probe import IPAddress, Protocol
from poros_tui.model.session import Shape, TraceIdentity, Way
from poros_tui.probe.open import OpenTap
from poros_tui.probe.simulation.made_up import made_up_path
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.scenario import Scenario
from poros_tui.probe.simulation.transport import SimulatedTransport
from poros_tui.probe.transport import ProbeTransport

if TYPE_CHECKING:
    from poros_tui.engine.all_paths import NeighbourPlan
    from poros_tui.engine.mtu_probing import MtuPlan
    from poros_tui.lookup.address_book import AddressBook
    from poros_tui.model.exchange import Exchange
    from poros_tui.model.network import Network
    from poros_tui.model.place import Place

DEMO_SEEDS: Final = 10**6
DEMO_NAME: Final = "demo.example"


class DemoDesk:
    """The demo's own host, and others whose paths are drawn from their names."""

    def __init__(
        self, options: Options, config: SessionConfig, open_tap: OpenTap | None = None
    ) -> None:
        """`open_tap` gives what is told of packets, which are made for it."""
        self._options = options
        self._open_tap = open_tap
        self._config = config
        text = (
            resources.files("poros_tui.probe.simulation").joinpath("demo.toml").read_text("utf-8")
        )
        self._scenario = Scenario.from_toml(text)
        seed = options.seed
        self._seed = seed if seed is not None else random.SystemRandom().randrange(DEMO_SEEDS)
        self._family = options.family or 4
        self._names: dict[IPAddress, str] = {}
        self._networks: list[Network] = []
        self._exchanges: list[Exchange] = []
        self._places: dict[IPAddress, Place] = {}
        self.own = self._found(DEMO_NAME, self._scenario)
        """The host that is there whatever is typed."""

    def enter(self, typed: str) -> Entrant:
        """A host of that name.

        Raises:
            UsageError: it can't be the name of one.
        """
        return self.entrant(parse_target(typed))

    def entrant(self, target: Target) -> Entrant:
        """A simulated host for a target."""
        address = target.address if target.address and target.address.version == 4 else None
        return entrant_of(self._found(target.text, made_up_path(target.host, address)))

    def open_book(self) -> AddressBook:
        """Who knows the simulated hosts. Call in Trio."""
        from poros_tui.lookup.address_book import AddressBook
        from poros_tui.lookup.simulated import (
            simulated_exchanges,
            simulated_names,
            simulated_networks,
            simulated_places,
        )

        options = self._options
        asks_networks = options.asn or not options.no_dns
        return AddressBook(
            naming=None if options.no_dns else simulated_names(self._names),
            network=simulated_networks(self._networks) if asks_networks else None,
            exchange=simulated_exchanges(self._exchanges) if asks_networks else None,
            place=simulated_places(self._places),
            hidden_hops=options.private_hops,
        )

    def _found(self, name: str, scenario: Scenario) -> Found:
        self._names |= scenario.names
        self._exchanges += (one for one in scenario.exchanges if one not in self._exchanges)
        self._networks += (one for one in scenario.networks if one not in self._networks)
        self._places |= scenario.places
        return Found(
            name=name,
            address=scenario.destination.responder(self._family),
            open=partial(self._open, name, scenario),
        )

    def _open(self, name: str, scenario: Scenario) -> TracePlan:
        family, protocol = self._family, self._options.protocol or Protocol.ICMP
        identity = TraceIdentity(
            target=name,
            destination=scenario.destination.responder(family),
            protocol=protocol,
            privilege="user",
            rung="simulation",
            notes=(f"a simulated internet, repeated by --seed {self._seed}",),
            is_simulation=True,
            home=scenario.home,
        )
        network = SimulatedNetwork(scenario, seed=self._seed)

        def open_transport(
            *, protocol: Protocol, dont_fragment: bool = False
        ) -> SimulatedTransport:
            transport = SimulatedTransport(
                network, protocol=protocol, family=family, dont_fragment=dont_fragment
            )
            if self._open_tap is not None:
                interface = f"{protocol.upper()}, simulation"
                transport.tap = self._open_tap(interface, f"to {identity.destination}")
            return transport

        in_use: list[SimulatedTransport] = []

        def open_by(protocol: Protocol) -> ProbeTransport:
            in_use.append(open_transport(protocol=protocol))
            return in_use[-1]

        way = Way(
            protocol=protocol,
            privilege=identity.privilege,
            rung=identity.rung,
            notes=identity.notes,
        )

        def open_way(other: Protocol, shape: Shape | None = None, /) -> tuple[Way, ProbeTransport]:
            if shape is not None and shape != Shape():
                raise UsageError(
                    "the demo sends no packets", "their size and port stay as they are"
                )
            return msgspec.structs.replace(way, protocol=other), open_by(other)

        def make_mtu_plan() -> MtuPlan:
            whole = partial(open_transport, protocol=protocol, dont_fragment=True)
            return demo_plan(whole, protocol, family, scenario.mtu)

        def make_neighbour_plan() -> NeighbourPlan:
            from poros_tui.cli.neighbours import simulated_plan

            return simulated_plan(
                identity.destination, lambda address: in_use[-1].to_neighbour(address)
            )

        return TracePlan(
            identity=identity,
            config=self._config,
            way=way,
            open_transport=partial(open_by, protocol),
            open_way=open_way,
            make_mtu_plan=make_mtu_plan if self._options.mtu else None,
            make_neighbour_plan=make_neighbour_plan if self._config.neighbours else None,
            chronicle=chronicle_for(self._options, self._config),
        )
