"""From options to a running trace: sockets, then privileges, then names, then a front end."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from poros_tui.cli.options import Options
from poros_tui.cli.output import tell, write
from poros_tui.cli.resolve import Resolution
from poros_tui.cli.signals import SignalsHeld, ending_signals, unwind_on_signals
from poros_tui.cli.target import Target, parse_target
from poros_tui.config import SessionConfig
from poros_tui.errors import CannotRun, UsageError
from poros_tui.model.probe import Multipath, Protocol
from poros_tui.model.session import Publish, SessionControls, TraceIdentity, Way
from poros_tui.model.stop import StopKind
from poros_tui.probe.transport import ProbeTransport

if TYPE_CHECKING:
    from poros_tui.cli.config_writing import Value
    from poros_tui.cli.mtu import MakePlan
    from poros_tui.cli.neighbours import NeighbourSockets
    from poros_tui.engine.all_paths import NeighbourPlan
    from poros_tui.engine.mtu_probing import MtuPlan
    from poros_tui.probe.open import ChosenTransport
    from poros_tui.probe.outgoing import Outgoing
    from poros_tui.tui.keys import Key
    from poros_tui.tui.table_look import TableLook

DEMO_SEEDS: Final = 10**6


class Prepared(msgspec.Struct, frozen=True):
    """All that a front end needs to begin."""

    identity: TraceIdentity
    config: SessionConfig
    way: Way
    """With what it begins."""
    open_transport: Callable[[], ProbeTransport]
    open_way: Callable[[Protocol], tuple[Way, ProbeTransport]]
    """Sockets of another protocol, for a live session."""
    make_mtu_plan: MakePlan | None = None
    """How to search for the path's MTU, where that is wanted."""
    make_neighbour_plan: Callable[[], NeighbourPlan] | None = None
    """How to ask neighbours of the destination, where that is wanted."""

    def mtu_plan(self) -> MtuPlan | None:
        """The same, when the engine begins."""
        return self.make_mtu_plan() if self.make_mtu_plan is not None else None

    def neighbour_plan(self) -> NeighbourPlan | None:
        """The same, when the engine begins."""
        return self.make_neighbour_plan() if self.make_neighbour_plan is not None else None


def run(options: Options) -> int:
    """Do what the command line asks for, and return the exit code.

    Raises:
        PorosError: it cannot be done.
    """
    config = options.session_config()
    if not options.is_demo:
        parse_target(options.target or "")  # what is wrong with it is said before all else
    if options.is_live:
        _check_screen(options)
        _need_terminal()
    prepared = _prepare_demo(options, config) if options.is_demo else _prepare(options, config)
    if options.is_live:
        return _run_live(prepared, options)
    return _run_report(prepared, options)


def _check_screen(options: Options) -> None:
    if options.theme is not None:
        from poros_tui.tui.themes import palette_of

        palette_of(options.theme)
    _keys(options)
    _look(options)


def _look(options: Options) -> TableLook:
    from poros_tui.tui.columns import DEFAULT_COLUMNS
    from poros_tui.tui.table_look import HeightScale, TableLook, TimeUnit, parsed_columns

    wanted = options.columns
    return TableLook(
        columns=DEFAULT_COLUMNS if wanted is None else parsed_columns(wanted),
        unit=TimeUnit(options.units),
        height=HeightScale(options.scale),
    )


def _keys(options: Options) -> tuple[Key, ...]:
    from poros_tui.tui.keys import KEYS

    if not options.keys:
        return KEYS
    from poros_tui.tui.key_changes import changed_keys

    return changed_keys(options.keys)


def _need_terminal() -> None:
    # Keys come from stdin, the screen goes to stdout. A stream that the caller closed is None.
    streams = (sys.stdin, sys.stdout)
    if not all(stream is not None and stream.isatty() for stream in streams):
        raise CannotRun(
            "the live screen needs a terminal", "use --report or --json where there is none"
        )
    if os.environ.get("TERM", "") in ("", "dumb"):
        raise CannotRun(
            "this terminal can't draw a screen (TERM is dumb or not set)",
            "use --report or --json, or set TERM",
        )


def _prepare(options: Options, config: SessionConfig) -> Prepared:
    from poros_tui.cli.mtu import MtuSockets
    from poros_tui.probe.open import open_candidates
    from poros_tui.probe.privilege import Privilege, drop_privileges, invoking_user
    from poros_tui.probe.rung import rungs_of

    target = parse_target(options.target or "")
    outgoing = options.outgoing
    if outgoing.source and target.address and outgoing.source.version != target.address.version:
        raise UsageError(
            f"--source {outgoing.source} and {target.address} are not of the same IP version",
            f"give an IPv{target.address.version} source",
        )
    family = options.family or (target.address.version if target.address else None)
    families = {family} if family else {4, 6}
    mtu_sockets: MtuSockets | None = None
    make_mtu_plan: MakePlan | None = None
    neighbour_sockets: NeighbourSockets | None = None
    make_neighbour_plan: Callable[[], NeighbourPlan] | None = None
    candidates = open_candidates(
        Privilege(options.privilege),
        options.protocol,
        families,
        outgoing,
        others=Protocol if options.is_live else (),
    )
    try:
        if options.mtu:
            mtu_sockets = MtuSockets(options, families)
        if config.neighbours:
            from poros_tui.cli.neighbours import NeighbourSockets

            neighbour_sockets = NeighbourSockets(options, families)
        will_drop = invoking_user(os.environ) is not None
        if not options.is_live:
            _load_report()
        if not options.is_live or will_drop:
            _load_engine()
        if options.is_live and will_drop:
            _load_screen()
            _load_saving()
            for protocol in Protocol:
                rungs_of(protocol)
        # From here on nothing is done with more rights than the user's own.
        drop_privileges()
        resolution = Resolution(target, options.family)
        if options.is_live:
            _load_screen()  # while the name server thinks
        resolved = resolution.wait()
        if neighbour_sockets is not None:
            neighbour_sockets.check(resolved.address)
        chosen = candidates.transport_for(resolved.address, resolved.zone)
        way = _way(chosen, target, outgoing, config, resolved.address.version)
        if mtu_sockets is not None:
            make_mtu_plan = mtu_sockets.plan(resolved, chosen)
        if neighbour_sockets is not None:
            make_neighbour_plan = partial(neighbour_sockets.plan, resolved.address, chosen.protocol)
    except BaseException:
        candidates.close()
        if neighbour_sockets is not None:
            neighbour_sockets.close()
        raise
    finally:
        if mtu_sockets is not None:
            mtu_sockets.close()
    if not options.is_live:
        candidates.close()
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
    )
    config = msgspec.structs.replace(config, probe_bytes=way.probe_bytes)

    def open_way(protocol: Protocol) -> tuple[Way, ProbeTransport]:
        other = candidates.transport_for(resolved.address, resolved.zone, protocol)
        other_way = _way(other, target, outgoing, config, resolved.address.version)
        return other_way, other.transport

    return Prepared(
        identity,
        config,
        way,
        lambda: chosen.transport,
        open_way,
        make_mtu_plan,
        make_neighbour_plan,
    )


def _way(
    chosen: ChosenTransport,
    target: Target,
    outgoing: Outgoing,
    config: SessionConfig,
    version: int,
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
    )
    try:
        _check_flows(way, config, version)
    except UsageError:
        chosen.transport.close()
        raise
    return way


def _check_flows(way: Way, config: SessionConfig, version: int) -> None:
    """Refuse several flows where each probe is a flow of its own.

    Raises:
        UsageError: naming what can.
    """
    if way.multipath is not Multipath.CLASSIC or (config.flows == 1 and config.failure is None):
        return
    from poros_tui.packets.greetings import WORD_BYTES
    from poros_tui.probe.outgoing import HEADER_BYTES

    option = "--flows" if config.flows > 1 else "--mda"
    if way.protocol is Protocol.TCP:
        raise UsageError(
            f"{option} is not for TCP probes without raw sockets: each is a flow of its own",
            "run it with sudo, or use --icmp or --udp",
        )
    raise UsageError(
        f"--size {way.probe_bytes} has no room for what {option} needs",
        f"give {HEADER_BYTES[version] + WORD_BYTES} bytes or more",
    )


def _prepare_demo(options: Options, config: SessionConfig) -> Prepared:
    import random
    from importlib import resources

    from poros_tui.probe.privilege import drop_privileges
    from poros_tui.probe.simulation.network import SimulatedNetwork
    from poros_tui.probe.simulation.scenario import Scenario
    from poros_tui.probe.simulation.transport import SimulatedTransport

    if not options.is_live:
        _load_report()
        _load_engine()
    text = resources.files("poros_tui.probe.simulation").joinpath("demo.toml").read_text("utf-8")
    drop_privileges()
    scenario = Scenario.from_toml(text)
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(DEMO_SEEDS)
    family, protocol = options.family or 4, options.protocol or Protocol.ICMP
    identity = TraceIdentity(
        target="demo.example",
        destination=scenario.destination.responder(family),
        protocol=protocol,
        privilege="user",
        rung="simulation",
        notes=(f"a simulated internet, repeated by --seed {seed}",),
        is_simulation=True,
    )
    network = SimulatedNetwork(scenario, seed=seed)
    open_transport = partial(SimulatedTransport, network, family=family)
    in_use: list[SimulatedTransport] = []

    def open_by(protocol: Protocol) -> ProbeTransport:
        in_use.append(open_transport(protocol=protocol))
        return in_use[-1]

    way = Way(
        protocol=protocol, privilege=identity.privilege, rung=identity.rung, notes=identity.notes
    )

    def open_way(other: Protocol) -> tuple[Way, ProbeTransport]:
        return msgspec.structs.replace(way, protocol=other), open_by(other)

    def make_mtu_plan() -> MtuPlan:
        from poros_tui.cli.mtu import demo_plan

        whole = partial(open_transport, protocol=protocol, dont_fragment=True)
        return demo_plan(whole, protocol, family, scenario.mtu)

    def make_neighbour_plan() -> NeighbourPlan:
        from poros_tui.cli.neighbours import simulated_plan

        return simulated_plan(
            identity.destination, lambda address: in_use[-1].to_neighbour(address)
        )

    return Prepared(
        identity,
        config,
        way,
        partial(open_by, protocol),
        open_way,
        make_mtu_plan if options.mtu else None,
        make_neighbour_plan if config.neighbours else None,
    )


# An installation of root's own is closed to the user that sudo makes us: what is needed is then
# loaded before. Else a live session loads the screen while the name server thinks, and the engine
# after the first paint.


def _load_screen() -> None:
    import poros_tui.tui.app  # noqa: F401


def _load_saving() -> None:
    import poros_tui.cli.config_saving  # noqa: F401


def _load_engine() -> None:
    import poros_tui.probe.connecting
    import poros_tui.probe.shared_socket
    import poros_tui.probe.udp_sockets
    import poros_tui.trace  # noqa: F401


def _load_report() -> None:
    import poros_tui.report.as_json
    import poros_tui.report.as_text  # noqa: F401


def _collect_garbage() -> None:
    """From now on, and not of what has been loaded."""
    gc.freeze()
    gc.enable()


def _run_live(prepared: Prepared, options: Options) -> int:
    from poros_tui.cli.exporting import writers_for
    from poros_tui.model.chronicle import Chronicle
    from poros_tui.tui.app import run_app

    chronicle = Chronicle()

    async def run_session(publish: Publish, on_ready: Callable[[SessionControls], None]) -> None:
        from poros_tui.trace import run_live

        await run_live(
            prepared.config,
            prepared.open_transport,
            publish,
            on_ready,
            prepared.open_way,
            prepared.mtu_plan(),
            prepared.way,
            prepared.neighbour_plan(),
            chronicle,
        )

    unwind_on_signals()
    _collect_garbage()
    return run_app(
        prepared.identity,
        prepared.config,
        run_session,
        chronicle,
        no_color=options.no_color or bool(os.environ.get("NO_COLOR")),
        debug=options.debug,
        theme=options.theme,
        is_ascii=options.is_ascii or not _has_blocks(),
        writers=writers_for(prepared.config),
        private_hops=options.private_hops,
        keys=_keys(options),
        look=_look(options),
        save=partial(_save, options),
    )


def _save(options: Options, changes: Mapping[str, Value | None]) -> str:
    from poros_tui.cli.config_saving import save_configuration

    return save_configuration(options.config_path, changes)


def _has_blocks() -> bool:
    """Whether what is written to the terminal can hold them."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    try:
        "█⣿┼".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _run_report(prepared: Prepared, options: Options) -> int:
    import trio

    from poros_tui.report.as_json import to_json
    from poros_tui.report.as_text import to_text
    from poros_tui.report.run import FinishedRun
    from poros_tui.trace import run_once

    with SignalsHeld() as held:
        for note in (*prepared.identity.notes, prepared.identity.rung_note):
            if note:
                tell(note)
        _collect_garbage()
        started_at = datetime.now().astimezone(UTC).isoformat(timespec="milliseconds")
        finished = trio.run(
            run_once,
            prepared.config,
            prepared.open_transport,
            ending_signals(),
            prepared.mtu_plan(),
            prepared.neighbour_plan(),
        )
        signal_number = finished.signal_number or held.waiting
        if signal_number is None:
            held.let_in()  # a reader that does not read must not keep us
        report = FinishedRun(
            identity=prepared.identity,
            config=prepared.config,
            path=finished.path,
            started_at=started_at,
            duration_s=finished.duration_s,
        )
        stop = finished.path.session.status.stop
        has_failed = stop is not None and stop.kind is StopKind.FAILED
        if options.as_json:
            write(to_json(report).encode())  # JSON is UTF-8 whatever the locale (RFC 8259)
        elif not has_failed:
            write(to_text(report))
        if signal_number is not None:
            return 128 + signal_number
    if stop is not None and has_failed:
        raise CannotRun(stop.words(), "check the network and its routes")
    return 0 if finished.path.session.distance is not None else 1
