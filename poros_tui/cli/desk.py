"""From a target to open sockets: what is opened while the process may, and the rest after.

Privileges end in between (see `probe.privilege`), and with them what only they can open. So under
sudo sockets for all targets are opened first, and some more for those that are added later. Root
with nobody behind it, and who has no privileges anyway, opens them when they are needed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

import msgspec

from poros_tui.cli.chronicles import chronicle_for
from poros_tui.cli.mtu import MtuSockets
from poros_tui.cli.open_files import allow_open_files
from poros_tui.cli.options import Options
from poros_tui.cli.reshaping import reshaped, shape_of
from poros_tui.cli.resolve import PATIENCE_S, Resolved, addresses_of, no_answer
from poros_tui.cli.target import Target, parse_target
from poros_tui.config import SessionConfig
from poros_tui.engine.plan import Entrant, Found, TracePlan
from poros_tui.errors import PorosError, UsageError
from poros_tui.model.probe import Multipath, Protocol
from poros_tui.model.session import Shape, TraceIdentity, Way
from poros_tui.model.targets import TARGETS_MAX
from poros_tui.probe.open import Candidates, ChosenTransport, OpenTap, open_candidates
from poros_tui.probe.outgoing import Outgoing
from poros_tui.probe.privilege import Privilege, keeps_privileges
from poros_tui.probe.transport import ProbeTransport

if TYPE_CHECKING:
    import trio

    from poros_tui.cli.neighbours import NeighbourSockets

SPARE_TARGETS: Final = 8
"""Beside those named, for which sockets are opened before privileges end: for those added later,
and for changes of the protocol."""
ADDRESSES_OF_A_NAME: Final = 4
"""For as many of each IP version, where all are to be traced. More share the spare ones."""
_RAW_FILES: Final = 3
"""Of one target: one for ICMP, two for TCP."""


class Desk:
    """Opens sockets for targets, as the options say."""

    def __init__(
        self,
        options: Options,
        config: SessionConfig,
        targets: Sequence[Target],
        open_tap: OpenTap | None = None,
    ) -> None:
        """Open what needs privileges. `open_tap` gives what is told of packets.

        Raises:
            UsageError: the options are not for these targets.
            CannotRun: sockets are demanded that are not permitted, or too many.
        """
        self._options = options
        self._config = config
        self._outgoing = options.outgoing
        self.are_several = len(targets) > 1 or options.resolve_all
        """Whether there may be more than one from the beginning."""
        self._expected = len(targets) * (ADDRESSES_OF_A_NAME if options.resolve_all else 1)
        for target in targets:
            self._check(target)
        if self.are_several:
            self._refuse_what_is_for_one()
        opens_later = keeps_privileges(os.environ)
        counts = _counts(options, targets, opens_later=opens_later)
        self._allow_files(len(targets), 0 if opens_later else sum(counts.values()))
        self._candidates: Candidates = open_candidates(
            Privilege(options.privilege),
            options.protocol,
            outgoing=self._outgoing,
            others=Protocol if options.is_live and not opens_later else (),
            counts=counts,
            opens_later=opens_later,
            open_tap=open_tap,
        )
        self._mtu_sockets: MtuSockets | None = None
        self._neighbour_sockets: NeighbourSockets | None = None
        try:
            if options.mtu:
                self._mtu_sockets = MtuSockets(
                    options, counts, opens_later=opens_later, open_tap=open_tap
                )
            if config.neighbours:
                from poros_tui.cli.neighbours import NeighbourSockets

                self._neighbour_sockets = NeighbourSockets(options, counts, open_tap)
        except BaseException:  # whatever ends it: nobody else knows these sockets yet
            self.close()
            raise

    def _allow_files(self, targets: int, early: int) -> None:
        options, is_each_its_own = self._options, bool(self._outgoing.content)
        each = 1 + self._config.flows
        if options.protocol is Protocol.TCP or is_each_its_own:
            each += self._config.places  # a socket for each probe, where there are no raw ones
        early *= _RAW_FILES * (2 if options.mtu else 1)
        allow_open_files(early + targets * max(each, _RAW_FILES), targets)

    # Targets

    def enter(self, typed: str) -> Entrant:
        """Understand one more target, while others are traced.

        Raises:
            UsageError: it can't be one, or not beside others.
        """
        target = parse_target(typed)
        self._refuse_what_is_for_one()
        self._check(target)
        return self.entrant(target)

    def _check(self, target: Target) -> None:
        """Refuse what the options rule out, as far as the target tells without being asked for.

        Raises:
            UsageError: its IP version is not the one that is wanted.
        """
        if target.address is None:
            return
        source = self._outgoing.source
        if source is not None and source.version != target.address.version:
            raise UsageError(
                f"--source {source} and {target.address} are not of the same IP version",
                f"give an IPv{target.address.version} source",
            )
        addresses_of(target, self._options.family)

    def _refuse_what_is_for_one(self) -> None:
        if self._outgoing.source_port is not None:
            raise UsageError(
                "--source-port is for one target: two can't send from one port", "leave it out"
            )
        if self._config.neighbours:
            raise UsageError(
                "--mda-neighbours is for one target: each asks up to 64 addresses more",
                "leave it out",
            )

    def entrant(self, target: Target) -> Entrant:
        """A target whose address is asked for when the engine runs."""
        return Entrant(name=target.text, find=partial(self._find, target))

    async def _find(self, target: Target) -> Sequence[Found]:
        import trio

        family = self._options.family
        if target.address is not None:
            return [self.found(target, addresses_of(target, family)[0])]
        with trio.move_on_after(PATIENCE_S):
            resolved = await trio.to_thread.run_sync(
                addresses_of, target, family, abandon_on_cancel=True, limiter=self._lookups
            )
            if not self._options.resolve_all:
                return [self.found(target, resolved[0])]
            several = len(resolved) > 1
            return [self.found(target, each, is_one_of_several=several) for each in resolved]
        raise no_answer(target)

    @cached_property
    def _lookups(self) -> trio.CapacityLimiter:
        """Trio's own would let 40 names without an answer hold up all others."""
        import trio

        return trio.CapacityLimiter(2 * TARGETS_MAX)

    def found(
        self, target: Target, resolved: Resolved, *, is_one_of_several: bool = False
    ) -> Found:
        """An address of a target."""
        name = f"{target.text} ({resolved.address})" if is_one_of_several else target.text
        return Found(
            name=name,
            address=resolved.address,
            zone=resolved.zone,
            open=partial(self.open, target, resolved),
        )

    # Sockets

    def open(self, target: Target, resolved: Resolved) -> TracePlan:
        """Open the sockets for an address of a target.

        Raises:
            PorosError: they can't be had.
        """
        outgoing, version = self._outgoing, resolved.address.version
        if self._neighbour_sockets is not None:
            self._neighbour_sockets.check(resolved.address)
        owner = object()
        chosen = self._candidates.transport_for(resolved.address, resolved.zone, owner=owner)
        way = self._way(chosen, target, outgoing, version)
        mtu, neighbours = self._mtu_sockets, self._neighbour_sockets
        try:
            make_mtu_plan = mtu.plan(resolved, chosen) if mtu is not None else None
        except PorosError:
            chosen.transport.close()
            raise
        make_neighbour_plan = None
        if neighbours is not None:
            make_neighbour_plan = partial(neighbours.plan, resolved.address, chosen.protocol)
            self._neighbour_sockets = None  # they are the plan's now
        identity = TraceIdentity(
            target=target.text,
            destination=resolved.address,
            destination_zone=resolved.zone,
            protocol=way.protocol,
            privilege=way.privilege,
            rung=way.rung,
            rung_note=way.rung_note,
            notes=way.notes,
            source=outgoing.source,
            interface=outgoing.interface,
            dscp=outgoing.dscp,
            size=outgoing.size,
            pattern=outgoing.pattern,
            payload=outgoing.content,
            port=outgoing.port,
            source_port=outgoing.source_port,
            multipath=way.multipath,
            dont_fragment=outgoing.dont_fragment,
            home=self._options.home_place,
        )
        return TracePlan(
            identity=identity,
            config=msgspec.structs.replace(self._config, probe_bytes=way.probe_bytes),
            way=way,
            open_transport=lambda: chosen.transport,
            open_way=partial(self._open_way, target, resolved, owner),
            make_mtu_plan=make_mtu_plan,
            make_neighbour_plan=make_neighbour_plan,
            chronicle=chronicle_for(self._options, self._config, self._expected),
        )

    def _open_way(
        self,
        target: Target,
        resolved: Resolved,
        owner: object,
        protocol: Protocol,
        shape: Shape | None = None,
        /,
    ) -> tuple[Way, ProbeTransport]:
        wanted, version = reshaped(self._outgoing, shape, protocol), resolved.address.version
        if protocol is not Protocol.TCP:
            _check_flows(wanted.multipath_over(version), protocol, wanted, self._config, version)
        address, zone = resolved.address, resolved.zone
        other = self._candidates.transport_for(address, zone, protocol, wanted, owner=owner)
        return self._way(other, target, wanted, version), other.transport

    def _way(
        self, chosen: ChosenTransport, target: Target, outgoing: Outgoing, version: int
    ) -> Way:
        """With what the probes are sent in the end.

        Raises:
            UsageError: they cannot have the flows that are wanted; `chosen` is closed.
        """
        keeps_flow = chosen.keeps_flow and not outgoing.each_its_own(chosen.protocol)
        way = Way(
            protocol=chosen.protocol,
            privilege=chosen.privilege,
            rung=chosen.rung,
            rung_note=chosen.rung_note,
            notes=(*target.notes, *outgoing.notes(chosen.protocol, version)),
            multipath=outgoing.multipath_over(version) if keeps_flow else Multipath.CLASSIC,
            probe_bytes=outgoing.probe_bytes(version, chosen.protocol),
            shape=shape_of(outgoing),
        )
        try:
            _check_flows(way.multipath, way.protocol, outgoing, self._config, version)
        except UsageError:
            chosen.transport.close()
            raise
        return way

    def close(self) -> None:
        """Close what no trace has taken over. May be called twice."""
        self._candidates.close()
        if self._mtu_sockets is not None:
            self._mtu_sockets.close()
        if self._neighbour_sockets is not None:
            self._neighbour_sockets.close()


def _counts(options: Options, targets: Sequence[Target], *, opens_later: bool) -> dict[int, int]:
    """For how many targets of each IP version sockets are opened early."""
    if len(targets) == 1 and (opens_later or not options.is_live) and not options.resolve_all:
        return dict.fromkeys(_versions(options, targets[0]), 1)
    wanted = {options.family} if options.family else {4, 6}
    if opens_later:
        return dict.fromkeys(wanted, 1)
    counts = dict.fromkeys(wanted, SPARE_TARGETS if options.is_live else 0)
    for target in targets:
        is_name = target.address is None
        for version in _versions(options, target) & wanted:
            counts[version] += ADDRESSES_OF_A_NAME if options.resolve_all and is_name else 1
    return {version: count for version, count in counts.items() if count}


def _versions(options: Options, target: Target) -> set[int]:
    """The IP versions by which a target may be traced."""
    if target.address is not None:
        return {options.family or target.address.version}
    return {options.family} if options.family else {4, 6}


def _check_flows(
    multipath: Multipath,
    protocol: Protocol,
    outgoing: Outgoing,
    config: SessionConfig,
    version: int,
) -> None:
    """Refuse several flows where each probe is a flow of its own.

    Raises:
        UsageError: naming what can.
    """
    if multipath is not Multipath.CLASSIC or (config.flows == 1 and config.failure is None):
        return
    from poros_tui.packets.greetings import WORD_BYTES
    from poros_tui.probe.outgoing import HEADER_BYTES

    option = "--flows" if config.flows > 1 else "--mda"
    if protocol is Protocol.TCP:
        raise UsageError(
            f"{option} is not for TCP probes without raw sockets: each is a flow of its own",
            "run it with sudo, or use --icmp or --udp",
        )
    raise UsageError(
        f"--size {outgoing.probe_bytes(version, protocol)} has no room for what {option} needs",
        f"give {HEADER_BYTES[version] + WORD_BYTES} bytes or more",
    )
