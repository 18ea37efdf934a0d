"""The options of the command as click reads them, each with its help, in the order of `--help`."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import click
from click.core import ParameterSource

from poros_tui.cli.completing import classes, files, formats, interfaces, themes
from poros_tui.cli.config_file import read_configuration
from poros_tui.cli.variables import SETTINGS_ALONE, VariableOption, refuse_unknown
from poros_tui.model.probe import Multipath, Protocol


def _load_configuration(context: click.Context, option: click.Parameter, value: str | None) -> None:
    """Before the other options are looked at: the file has what stands in for them."""
    context.meta[SETTINGS_ALONE] = context.obj is SETTINGS_ALONE
    refuse_unknown(os.environ, context.command.params, context.auto_envvar_prefix)
    path = Path(value) if value is not None else None
    assert isinstance(option, VariableOption)
    is_typed = context.get_parameter_source("config") is not ParameterSource.ENVIRONMENT
    named_by = None if is_typed else option.variable(context)
    configuration = read_configuration(path, context.command.params, named_by or "--config")
    context.obj = configuration
    context.default_map = dict(configuration.options)


_option = partial(click.option, cls=VariableOption)

OPTIONS = [
    _option(
        "-m", "--max-hops", type=int, metavar="HOPS", default=30,
        help="Farthest hop to ask, 1 to 255.  [default: 30]",
    ),
    _option(
        "-f", "--first-hop", type=int, metavar="HOP", default=1,
        help="Nearest hop to ask, 1 to --max-hops.  [default: 1]",
    ),
    _option(
        "-q", "--queries", type=int, metavar="PROBES",
        help="Probes to each hop in one round, 1 to 100.  [default: 1 live, 3 in a report]",
    ),
    _option(
        "-w", "--timeout", type=float, metavar="SECONDS", default=3.0,
        help="A probe without an answer is lost after this, 0.05 to 60 seconds.  [default: 3]",
    ),
    _option(
        "-4", "ipv4", is_flag=True,
        help="IPv4 only.  [default: what the name gives first]",
    ),
    _option(
        "-6", "ipv6", is_flag=True,
        help="IPv6 only.  [default: what the name gives first]",
    ),
    _option(
        "--targets", "targets_file", metavar="FILE", shell_complete=files,
        help="Trace these too: one target on each line, # begins a comment, 256 at most.  "
        "[default: those typed]",
    ),
    _option(
        "--resolve-all", is_flag=True,
        help="Trace all addresses of each name, IPv4 and IPv6 side by side.  "
        "[default: the first]",
    ),
    *(
        _option(
            f"-{protocol[0].upper()}", f"--{protocol}", is_flag=True,
            help=f"{protocol.summary}  [default: ICMP where it is permitted, else UDP]",
        )
        for protocol in Protocol
    ),
    _option(
        "--sequential", is_flag=True,
        help="One probe at a time, hop by hop.  [default: all hops at once]",
    ),
    _option(
        "--adaptive", is_flag=True,
        help="Batches that double on answers and halve on silence: fewest probes.  "
        "[default: all hops at once]",
    ),
    _option(
        "--thrifty", is_flag=True,
        help="First ask the destination how far it is, then no hop beyond: 37 probes for 12 hops, "
        "not 54, and one round trip more.  [default: all hops at once]",
    ),
    _option(
        "--max-concurrency", type=int, metavar="PROBES",
        help="Probes in flight at once to one target, 1 to 5000.  [default: 30 for each query]",
    ),
    _option(
        "--rate-limit", type=float, metavar="PACKETS", default=0.0,
        help="Packets sent a second at most, to all targets together, 0 to 100000; 0: no limit.  "
        "[default: 0]",
    ),
    _option(
        "--interval", type=float, metavar="SECONDS", default=1.0,
        help="From the start of a round to the start of the next, 0.1 to 3600 seconds.  "
        "[default: 1]",
    ),
    _option(
        "--rounds", type=int, metavar="ROUNDS",
        help="Passes over all hops, 1 to 1000000.  [default: until stopped live, 1 in a report]",
    ),
    _option(
        "--gap-limit", type=int, metavar="HOPS", default=8,
        help="Silent hops past the last answer that end a trace, 0 to 255; 0: no limit.  "
        "[default: 8]",
    ),
    _option(
        "-s", "--source", metavar="ADDRESS",
        help="Send from this address of this machine.  [default: the kernel's choice]",
    ),
    _option(
        "-p", "--port", type=int, metavar="PORT",
        help="Destination port of UDP and TCP probes, 1 to 65535, such as 443.  "
        "[default: 33434 UDP, 80 TCP]",
    ),
    _option(
        "--source-port", type=int, metavar="PORT",
        help="Send UDP and TCP probes from this port, 1 to 65535.  [default: the kernel's choice]",
    ),
    _option(
        "--multipath", type=click.Choice([one.value for one in Multipath]), metavar="MODE",
        help="What load balancers see: paris one flow, classic a flow for each probe, dublin "
        "(UDP, IPv6) one checksum too.  [default: paris]",
    ),
    _option(
        "--flows", type=int, metavar="FLOWS", default=1,
        help="Flows side by side, each with its own path, 1 to 64; routers that answer once a "
        "second answer few of them.  [default: 1]",
    ),
    _option(
        "--mda", is_flag=True,
        help="Find all paths: every interface and link of load-balanced stretches, with a stated "
        "confidence.  [default: the path of one flow]",
    ),
    _option(
        "--confidence", type=float, metavar="PERCENT",
        help="That --mda misses nothing, 50 to 99.9 percent.  [default: 95]",
    ),
    _option(
        "--mda-neighbours", type=int, metavar="ADDRESSES", default=0,
        help="With --mda ask up to so many addresses beside the destination too, 0 to 64, such as "
        "32, at the hops before it, to tell balancing by destination.  [default: 0]",
    ),
    _option(
        "--paris", is_flag=True,
        help="The same as --multipath paris.  [default: that]",
    ),
    _option(
        "-i", "--interface", metavar="NAME", shell_complete=interfaces,
        help="Send through this interface, and hear answers on it alone.  "
        "[default: by the routes]",
    ),
    _option(
        "--dscp", metavar="CLASS", default="0", shell_complete=classes,
        help="Class of service: EF, CS0 to CS7, AF11 to AF43, VA, LE, DF or a number, 0 to 63.  "
        "[default: 0]",
    ),
    _option(
        "--size", type=int, metavar="BYTES",
        help="Size of a probe with its IP header, 28 (IPv6: 48) to 9216 bytes.  "
        "[default: 60, IPv6: 80]",
    ),
    _option(
        "--pattern", metavar="HEX",
        help="Fill probes, behind 8 random bytes, with these 1 to 16 bytes, such as ff00.  "
        "[default: random]",
    ),
    _option(
        "--dont-fragment", is_flag=True,
        help="Nobody may part a probe: who cannot pass it on says what its next link takes.  "
        "[default: larger ones than a link takes are parted]",
    ),
    _option(
        "--mtu", is_flag=True,
        help="After the first round search for the path MTU, the largest packet that arrives "
        "whole, and for the hop behind which larger ones do not.  [default: do not]",
    ),
    _option(
        "--payload-hex", metavar="HEX",
        help="Let UDP probes begin with these bytes, 1 to 1400, for services that answer nothing "
        "else.  [default: random, or what the service at --port understands]",
    ),
    _option(
        "--privilege", type=click.Choice(["auto", "raw", "user"]), default="auto",
        help="Sockets to use: raw needs root or CAP_NET_RAW, user needs nothing, auto takes the "
        "best permitted.  [default: auto]",
    ),
    _option(
        "-n", "--no-dns", is_flag=True,
        help="Ask nobody for the names of those who answer.  [default: ask for each]",
    ),
    _option(
        "--dns-server", metavar="ADDRESS[:PORT]",
        help="Ask this name server for them, and with --asn for networks, such as 192.0.2.53 or "
        "[2001:db8::53]:5353.  "
        "[default: those of /etc/resolv.conf]",
    ),
    _option(
        "--confirm-names", is_flag=True,
        help="Ask for each name, too, whether it leads back to the address, and mark those that "
        "do not.  [default: believe them]",
    ),
    _option(
        "--asn", is_flag=True,
        help="Ask Team Cymru's DNS zones for the networks of the hops, by their addresses, private "
        "ones excepted.  [default: ask nobody]",
    ),
    _option(
        "--asn-db", metavar="FILE", shell_complete=files,
        help="Look up networks in this file in MaxMind's format first, such as GeoLite2-ASN.mmdb.  "
        "[default: one in /usr/share/GeoIP or /var/lib/GeoIP, where it is there]",
    ),
    _option(
        "--ix-file", metavar="FILE", shell_complete=files,
        help="Look up internet exchanges in this export of PeeringDB.  [default: what poros-tui "
        "update-ix has fetched]",
    ),
    _option(
        "--geo-db", metavar="FILE", shell_complete=files,
        help="Where the hops are: a file in MaxMind's format with cities, such as "
        "GeoLite2-City.mmdb; nothing is asked of anybody.  [default: one in /usr/share/GeoIP, "
        "/usr/local/share/GeoIP or /var/lib/GeoIP, where it is there]",
    ),
    _option(
        "--home", metavar="LAT,LON",
        help="Where this machine is, in degrees, such as 52.52,13.40: places that light in fibre "
        "cannot reach in a hop's time are marked.  [default: not known; they are held against "
        "each other]",
    ),
    _option(
        "--report", is_flag=True,
        help="No screen: trace once, print the table as text.  [default: live screen]",
    ),
    _option(
        "-j", "--json", "as_json", is_flag=True,
        help="No screen: trace once, print one JSON object, or an array of them for several "
        "targets.  [default: live screen]",
    ),
    _option(
        "--format", metavar="FORMAT[=FILE]", multiple=True, shell_complete=formats,
        help="No screen: trace once, and write a report to standard output or to a new file: text, "
        "wide, markdown, csv, json, ndjson, html, dot, mtr-json or atlas-json. May be given "
        "several times.  [default: live screen]",
    ),
    _option(
        "--pcap", metavar="FILE", shell_complete=files,
        help="Write every probe, and every answer that is believed, with the kernel's time "
        "stamps to this new file (pcapng; Wireshark and tcpdump read it), or with - to standard "
        "output.  "
        "[default: no file]",
    ),
    _option(
        "--record", metavar="FILE", shell_complete=files,
        help="Keep all that is learned in this new file while it happens, for poros-tui replay, "
        "report and compare.  [default: no file]",
    ),
    _option(
        "--fail-loss", type=float, metavar="PERCENT",
        help="Exit code 4 where a report finds more loss to the destination, 0 to 100 percent.  "
        "[default: no threshold]",
    ),
    _option(
        "--fail-rtt", type=float, metavar="MS",
        help="Exit code 4 where the median round trip to the destination is longer, 0 to 60000 "
        "milliseconds.  [default: no threshold]",
    ),
    _option(
        "--fail-path-change", is_flag=True,
        help="Exit code 4 where the path changes within the --rounds of a report.  "
        "[default: no threshold]",
    ),
    _option(
        "--config", metavar="FILE", is_eager=True, callback=_load_configuration,
        expose_value=False, shell_complete=files,
        help="Read settings from this TOML file.  [default: poros-tui/config.toml in "
        "$XDG_CONFIG_HOME or ~/.config, where it is there]",
    ),
    _option(
        "--theme", metavar="NAME", shell_complete=themes,
        help="Colours: dark, light, colour-blind, high-contrast, or a theme of Textual such as "
        "nord.  [default: dark or light, as the terminal says]",
    ),
    _option(
        "--ascii", "is_ascii", is_flag=True,
        help="Draw with ASCII characters alone.  [default: blocks, braille and boxes, where the "
        "locale has them]",
    ),
    _option(
        "--private-hops", type=int, metavar="HOPS", default=0,
        help="Tell of so many hops from here without their addresses, names and places, on the "
        "screen, in what is copied or written from it, and in reports, and ask for no networks of "
        "theirs, 0 to 255.  [default: 0]",
    ),
    _option(
        "--columns", metavar="LIST",
        help="Columns of the table, also in reports, from left to right, of loss, sent, received, "
        "lost, late, last, avg, median, p95, best, worst, dev, jitter, history, as, network, place "
        "(hop and responder are always there).  [default: those that fit]",
    ),
    _option(
        "--responders", type=click.Choice(["name", "address", "both"]), metavar="WHAT",
        default="name",
        help="How the table calls who answers: name (the address where there is none), address or "
        "both.  [default: name]",
    ),
    _option(
        "--units", type=click.Choice(["ms", "us", "s"]), metavar="UNIT", default="ms",
        help="Of all round trips on the screen: ms, us or s.  [default: ms]",
    ),
    _option(
        "--scale", type=click.Choice(["sqrt", "linear", "log"]), metavar="SCALE", default="sqrt",
        help="How high a time is in the history: sqrt, linear or log.  [default: sqrt]",
    ),
    _option(
        "--no-color", is_flag=True,
        help="No colour on the screen.  [default: colour, unless NO_COLOR is set]",
    ),
    _option(
        "--seed", type=int, metavar="NUMBER",
        help="demo only: repeat the same simulated internet, any whole number.  "
        "[default: another each time]",
    ),
    _option(
        "--debug", is_flag=True,
        help="Print a traceback if the program itself fails.  [default: one sentence]",
    ),
]  # fmt: skip
