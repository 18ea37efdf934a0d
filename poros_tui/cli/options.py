"""The options of the command line: what was asked for, checked and turned into values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from poros_tui.cli.dns_server import parse_dns_server
from poros_tui.cli.dscp import parse_dscp
from poros_tui.cli.home import parse_home
from poros_tui.cli.option_values import (
    checked_port,
    checked_size,
    parse_pattern,
    parse_payload,
    parse_source,
)
from poros_tui.cli.private_hops import refuse_formats, refuse_number
from poros_tui.cli.written_files import refuse_one_for_two, refuse_pcap, refuse_record
from poros_tui.config import NameConfig, SessionConfig
from poros_tui.errors import UsageError
from poros_tui.model.coordinates import Coordinates
from poros_tui.model.probe import Mode, Multipath, Protocol
from poros_tui.probe.outgoing import Outgoing
from poros_tui.probe.refusing import refuse_multipath

if TYPE_CHECKING:
    from poros_tui.cli.report_wishes import ReportWish
    from poros_tui.report.thresholds import Thresholds

DEMO = "demo"
"""In place of the first target."""
REPORT_QUERIES = 3
"""Probes to each hop of a one-shot report: as traceroute does, and enough to see a spread."""
DEFAULT_CONFIDENCE_PERCENT = 95.0
"""That the discovery of all paths misses nothing: what the literature uses."""
LIVE_QUERIES = 1
"""Probes to each hop in a round of a live session: routers answer about once a second."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The command line as click read it, before anything was checked against anything else."""

    targets: tuple[str, ...]
    targets_file: str | None
    resolve_all: bool
    max_hops: int
    first_hop: int
    queries: int | None
    timeout: float
    ipv4: bool
    ipv6: bool
    protocols: tuple[Protocol, ...]
    """Those asked for: one, or none."""
    sequential: bool
    adaptive: bool
    thrifty: bool
    max_concurrency: int | None
    rate_limit: float
    interval: float
    rounds: int | None
    gap_limit: int
    source: str | None
    port: int | None
    source_port: int | None
    multipath: str | None
    paris: bool
    flows: int
    mda: bool
    confidence: float | None
    mda_neighbours: int
    interface: str | None
    dscp: str
    size: int | None
    pattern: str | None
    payload_hex: str | None
    dont_fragment: bool
    mtu: bool
    privilege: str
    report: bool
    as_json: bool
    no_color: bool
    theme: str | None
    is_ascii: bool
    private_hops: int
    seed: int | None
    debug: bool
    format: tuple[str, ...] = ()
    """As they are written: `csv`, or `csv=FILE`."""
    pcap: str | None = None
    """A new file for all packets, or `-`."""
    record: str | None = None
    """A new file for all that happens."""
    fail_loss: float | None = None
    fail_rtt: float | None = None
    fail_path_change: bool = False
    no_dns: bool = False
    dns_server: str | None = None
    confirm_names: bool = False
    asn: bool = False
    asn_db: str | None = None
    ix_file: str | None = None
    geo_db: str | None = None
    home: str | None = None
    responders: str = "name"
    columns: str | None = None
    units: str = "ms"
    scale: str = "sqrt"
    config_path: Path | None = None
    """Where settings are saved; None: at the default place."""
    keys: Mapping[str, str] = {}
    """Other keys for actions of the screen, from the configuration file."""
    places: Mapping[str, str] = {}
    """Where in the configuration file values come from, by `--option` and `[keys] action`."""

    def __post_init__(self) -> None:
        _refuse_both("--sequential", self.sequential, "--adaptive", self.adaptive)
        _refuse_both("--thrifty", self.thrifty, "--sequential", self.sequential)
        _refuse_both("--thrifty", self.thrifty, "--adaptive", self.adaptive)
        if len(self.protocols) > 1:
            first, second, *_ = self.protocols
            _refuse_both(f"--{first}", True, f"--{second}", True)
        _refuse_both("-4", self.ipv4, "-6", self.ipv6)
        _refuse_both("--paris", self.paris, f"--multipath {self.multipath}", bool(self.multipath))
        _refuse_both("--flows", self.flows > 1, "--multipath classic", self.multipath == "classic")
        _refuse_both("--mda", self.mda, "--multipath classic", self.multipath == "classic")
        _refuse_both("--report", self.report, "--json", self.as_json)
        if self.format:
            self.report_wishes()
        if self.pcap is not None:
            refuse_pcap(self.pcap, self.report_wishes(), is_live=self.is_live)
        if self.record is not None:
            refuse_record(self.record)
        if self.pcap is not None or self.record is not None:
            refuse_one_for_two(self.pcap, self.record, self.report_wishes())
        if self.fail_path_change or (self.fail_loss, self.fail_rtt) != (None, None):
            self._refuse_thresholds()
        refuse_number(self.private_hops)
        if self.private_hops and not self.is_live:
            refuse_formats(self.private_hops, self.report_wishes())
        if not self.targets and self.targets_file is None:
            raise UsageError("no target given", "poros-tui HOST traces a host; see --help")
        if DEMO in self.targets[1:]:
            raise UsageError(
                "demo is no target beside others",
                "put it first for simulated hosts of those names, or write demo. for a host",
            )
        if self.is_demo and self.resolve_all:
            raise UsageError("the demo asks no name server", "leave out --resolve-all")
        self._refuse_names_that_are_not_asked_for()
        if self.is_demo and (self.geo_db is not None or self.home is not None):
            given = "--geo-db" if self.geo_db is not None else "--home"
            raise UsageError("the demo has places of its own", f"leave out {given}")
        _ = self.home_place
        if self.seed is not None and not self.is_demo:
            raise UsageError("--seed is for the simulation", "use it with poros-tui demo")
        if self.is_demo and self.privilege != "auto":
            raise UsageError("the demo opens no sockets", "leave out --privilege")
        outgoing = self.outgoing
        if self.is_demo and outgoing != Outgoing(compares_flows=outgoing.compares_flows):
            raise UsageError(
                "the demo sends no packets",
                "leave out what shapes them "
                "(-s, -i, -p, --source-port, --dscp, --size, --pattern, --payload-hex, "
                "--multipath, --dont-fragment)",
            )
        self._refuse_what_the_protocol_has_not(outgoing)
        if self.confidence is not None and not self.mda:
            raise UsageError("--confidence is for finding all paths", "add --mda")
        if self.mda_neighbours and not self.mda:
            raise UsageError("--mda-neighbours is for finding all paths", "add --mda")
        if outgoing.source is not None:
            version = outgoing.source.version
            _refuse_both("-4", self.ipv4, f"--source {outgoing.source}", version == 6)
            _refuse_both("-6", self.ipv6, f"--source {outgoing.source}", version == 4)

    @property
    def is_demo(self) -> bool:
        """`demo` is the simulation. A host of that name is `demo.` with its final dot."""
        return self.targets[:1] == (DEMO,)

    @property
    def is_live(self) -> bool:
        """Whether there is a screen."""
        return not (self.report or self.as_json or self.format)

    def thresholds(self) -> Thresholds:
        """What makes a report fail.

        Raises:
            UsageError: a value is out of range.
        """
        from poros_tui.report.thresholds import Thresholds  # a live session needs none

        return Thresholds(
            loss_percent=self.fail_loss, rtt_ms=self.fail_rtt, path_change=self.fail_path_change
        )

    def _refuse_thresholds(self) -> None:
        name, *_ = self.thresholds().options
        if self.is_live:
            raise UsageError(f"{name} is for a report", "add --report, --json or --format")
        if self.fail_path_change and (self.rounds or 1) < 2:
            raise UsageError(
                "--fail-path-change has nothing to compare in one round",
                "add --rounds, such as --rounds 60",
            )

    def report_wishes(self) -> tuple[ReportWish, ...]:
        """Which reports are wanted.

        Raises:
            UsageError: there is no such format, or two go to one place.
        """
        from poros_tui.cli.report_wishes import report_wishes  # a live session needs none

        return report_wishes(self.format, report=self.report, as_json=self.as_json)

    @property
    def outgoing(self) -> Outgoing:
        """How the probes leave.

        Raises:
            UsageError: a value is wrong.
        """
        return Outgoing(
            source=parse_source(self.source) if self.source is not None else None,
            interface=self.interface,
            dscp=parse_dscp(self.dscp),
            size=checked_size(self.size),
            pattern=parse_pattern(self.pattern) if self.pattern is not None else b"",
            content=parse_payload(self.payload_hex) if self.payload_hex is not None else b"",
            port=checked_port("--port", self.port),
            source_port=checked_port("--source-port", self.source_port),
            multipath=self._multipath,
            compares_flows=self.flows > 1,
            dont_fragment=self.dont_fragment,
        )

    @property
    def _multipath(self) -> Multipath | None:
        if self.multipath is None:
            return Multipath.PARIS if self.paris else None
        return Multipath(self.multipath)

    def _refuse_names_that_are_not_asked_for(self) -> None:
        is_server_idle = self.dns_server is not None and not self.asn
        _refuse_both("--no-dns", self.no_dns, "--dns-server", is_server_idle)
        _refuse_both("--no-dns", self.no_dns, "--confirm-names", self.confirm_names)
        if self.is_demo and (self.dns_server is not None or self.confirm_names):
            given = "--dns-server" if self.dns_server is not None else "--confirm-names"
            raise UsageError("the demo asks no name server", f"leave out {given}")
        if self.is_demo and (self.asn_db is not None or self.ix_file is not None):
            given = "--asn-db" if self.asn_db is not None else "--ix-file"
            raise UsageError("the demo has networks of its own", f"leave out {given}")
        _ = self.server

    @property
    def name_config(self) -> NameConfig | None:
        """Whom to ask for names; None: nobody."""
        if self.no_dns:
            return None
        return NameConfig(server=self.server, confirms=self.confirm_names)

    @property
    def server(self) -> tuple[str, int] | None:
        """Address and port of the name server to ask; None: those of the system.

        Raises:
            UsageError: --dns-server is no address.
        """
        return parse_dns_server(self.dns_server) if self.dns_server is not None else None

    @property
    def home_place(self) -> Coordinates | None:
        """Where this machine is; None where the user has not said.

        Raises:
            UsageError: --home is no place.
        """
        return parse_home(self.home) if self.home is not None else None

    def _refuse_what_the_protocol_has_not(self, outgoing: Outgoing) -> None:
        has_ports = self.protocol is not None and self.protocol.has_ports
        for name, port in (("--port", outgoing.port), ("--source-port", outgoing.source_port)):
            if port is not None and not has_ports:
                raise UsageError(f"{name} is for UDP and TCP probes", "add --udp or --tcp")
        if outgoing.content:
            self._refuse_beside_payload(outgoing)
        refuse_multipath(outgoing, self.protocol)

    def _refuse_beside_payload(self, outgoing: Outgoing) -> None:
        if self.protocol is not Protocol.UDP:
            raise UsageError("--payload-hex is for UDP probes", "add --udp")
        _refuse_both("--payload-hex", True, "--pattern", bool(outgoing.pattern))
        _refuse_both("--payload-hex", True, "--mda", self.mda)
        _refuse_both("--payload-hex", True, "--flows", self.flows > 1)
        if outgoing.multipath is Multipath.CLASSIC:
            return
        if outgoing.multipath is not None or outgoing.source_port is not None:
            raise UsageError(
                "--payload-hex leaves nothing to tell probes by but a source port for each",
                "leave out --source-port and --multipath, or use --multipath classic",
            )

    @property
    def family(self) -> int | None:
        """4, 6, or None for what the name gives. A source address decides it too."""
        if self.ipv4 or self.ipv6:
            return 4 if self.ipv4 else 6
        source = self.outgoing.source
        return source.version if source is not None else None

    @property
    def protocol(self) -> Protocol | None:
        """None where the user leaves it to us."""
        return self.protocols[0] if self.protocols else None

    def session_config(self) -> SessionConfig:
        """When to send, how far and how long to wait.

        Raises:
            UsageError: a value is out of range.
        """
        mode = Mode.CONCURRENT
        if self.sequential:
            mode = Mode.SEQUENTIAL
        elif self.adaptive:
            mode = Mode.ADAPTIVE
        queries = self.queries
        if queries is None:
            queries = LIVE_QUERIES if self.is_live or self.flows > 1 else REPORT_QUERIES
        rounds = self.rounds
        if rounds is None and not self.is_live:
            rounds = 1
        return SessionConfig(
            mode=mode,
            first_hop=self.first_hop,
            max_hops=self.max_hops,
            queries=queries,
            timeout_s=self.timeout,
            interval_s=self.interval,
            rounds=rounds,
            max_concurrency=self.max_concurrency,
            rate_limit_pps=self.rate_limit,
            gap_limit=self.gap_limit,
            thrifty=self.thrifty,
            flows=self.flows,
            failure=self._failure,
            neighbours=self.mda_neighbours,
        )

    @property
    def _failure(self) -> float | None:
        """The probability that the discovery may miss something; None without one."""
        if not self.mda:
            return None
        confidence = DEFAULT_CONFIDENCE_PERCENT if self.confidence is None else self.confidence
        return 1 - confidence / 100


def _refuse_both(first: str, has_first: bool, second: str, has_second: bool) -> None:
    if has_first and has_second:
        raise UsageError(f"{first} and {second} exclude each other", "give one of them")
