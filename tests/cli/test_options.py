from __future__ import annotations

import pytest

from poros_tui.cli.options import Options
from poros_tui.errors import UsageError
from poros_tui.model.probe import Mode, Protocol
from tests.cli.program import CommandLine

BOUNDS = [
    ("--max-hops", "1 to 255 hops", ["0", "256", "-1"]),
    ("-m", "1 to 255 hops", ["0", "99999999999999999999"]),
    ("--first-hop", "1 to 255 hops", ["0", "256"]),
    ("--queries", "1 to 100 probes for each hop", ["0", "101"]),
    ("--flows", "1 to 64 flows", ["0", "65", "-1"]),
    ("--timeout", "0.05 to 60 seconds", ["0", "0.049", "60.1", "-3", "nan", "inf", "1e400"]),
    ("--interval", "0.1 to 3600 seconds", ["0", "0.09", "3601", "nan", "-inf"]),
    ("--rounds", "1 to 1000000 rounds", ["0", "-5", "1000001"]),
    ("--max-concurrency", "1 to 5000 probes in flight", ["0", "5001"]),
    ("--rate-limit", "0 to 100000 packets a second", ["-1", "100001", "nan", "inf"]),
    ("--gap-limit", "0 to 255 silent hops", ["-1", "256"]),
    ("--size", "28 to 9216 bytes", ["27", "9217", "0", "-1"]),
    ("--port", "1 to 65535", ["0", "65536", "-1"]),
    ("--source-port", "1 to 65535", ["0", "65536", "-1"]),
    ("--private-hops", "0 to 255 hops", ["-1", "256"]),
]
WHOLE = [
    "-m", "--max-hops", "-f", "--first-hop", "-q", "--queries", "--max-concurrency", "--rounds",
    "--gap-limit", "--flows", "--seed", "--size", "-p", "--port", "--source-port",
    "--mda-neighbours",
]  # fmt: skip
REAL = ["-w", "--timeout", "--rate-limit", "--interval"]


@pytest.mark.parametrize(
    ("option", "bounds", "value"),
    [(option, bounds, value) for option, bounds, values in BOUNDS for value in values],
)
def test_a_value_out_of_range_is_refused_with_the_range(
    say: CommandLine, option: str, bounds: str, value: str
) -> None:
    said = say("demo", "--report", option, value)
    assert said.code == 2
    assert " is out of range; give " in said.sentence
    assert bounds in said.sentence
    assert said.out == ""


@pytest.mark.parametrize("option", WHOLE)
@pytest.mark.parametrize("value", ["abc", "", "1.5", "nan", "1e3", "0x10", "9" * 5000])
def test_what_is_no_whole_number_is_refused(say: CommandLine, option: str, value: str) -> None:
    said = say("demo", "--report", option, value)
    assert said.code == 2
    assert "is not a valid integer" in said.sentence or len(value) == 5000
    assert said.sentence.endswith("; see poros-tui --help")
    assert len(said.sentence) < 300


@pytest.mark.parametrize("option", REAL)
@pytest.mark.parametrize("value", ["abc", "", "1,5", "3s", "0x10"])
def test_what_is_no_number_is_refused(say: CommandLine, option: str, value: str) -> None:
    said = say("demo", "--report", option, value)
    assert said.code == 2
    assert "is not a valid float" in said.sentence


@pytest.mark.parametrize(
    "arguments",
    [
        ["--sequential", "--adaptive"],
        ["--thrifty", "--sequential"],
        ["--thrifty", "--adaptive"],
        ["--mda", "--multipath", "classic"],
        ["--flows", "2", "--multipath", "classic"],
        ["-I", "-U"],
        ["--icmp", "--udp"],
        ["-4", "-6"],
        ["--paris", "--multipath", "classic"],
    ],
)
def test_options_that_exclude_each_other_are_refused(
    say: CommandLine, arguments: list[str]
) -> None:
    said = say("demo", "--report", *arguments)
    assert said.code == 2
    assert said.sentence.endswith(" exclude each other; give one of them")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["demo", "--confidence", "9"], "--confidence is for finding all paths; add --mda"),
        (
            ["demo", "--mda-neighbours", "9"],
            "--mda-neighbours is for finding all paths; add --mda",
        ),
        (
            ["demo", "--report", "--mda", "--mda-neighbours", "65"],
            "--mda-neighbours 65 is out of range; give 0 to 64 neighbours",
        ),
        (
            ["127.0.0.1", "--mda", "--mda-neighbours", "9"],
            "--mda-neighbours: 127.0.0.1 is this machine, and no router is before its neighbours; "
            "leave it out",
        ),
        (
            ["::1", "-U", "--mda", "--mda-neighbours", "9"],
            "--mda-neighbours: ::1 is this machine, and no router is before its neighbours; "
            "leave it out",
        ),
        (
            ["169.254.7.7", "-U", "--mda", "--mda-neighbours", "9"],
            "--mda-neighbours: 169.254.7.7 is on this link, and no router is before its "
            "neighbours; leave it out",
        ),
        (
            ["demo", "--report", "--mda", "--confidence", "49.9"],
            "--confidence 49.9 is out of range; give 50 to 99.9 percent",
        ),
        (
            ["demo", "--report", "--mda", "--confidence", "nan"],
            "--confidence nan is out of range; give 50 to 99.9 percent",
        ),
        (
            ["demo", "--report", "--mda", "--confidence", "100"],
            "--confidence 100 is out of range; give 50 to 99.9 percent",
        ),
        ([], "no target given; poros-tui HOST traces a host; see --help"),
        (["192.0.2.1", "--seed", "1"], "--seed is for the simulation; use it with poros-tui demo"),
        (["demo", "--privilege", "raw"], "the demo opens no sockets; leave out --privilege"),
        (["demo", "--privilege", "user"], "the demo opens no sockets; leave out --privilege"),
        (
            ["demo", "-f", "9", "-m", "8"],
            "--first-hop 9 lies beyond --max-hops 8; "
            "give a first hop that is not greater than the last",
        ),
        (["--", "-x"], "'-x' can't be the name of a host; check how it is spelt"),
        (["--", "--debug"], "'--debug' can't be the name of a host; check how it is spelt"),
        ([""], "the target is empty; give a host name or an address"),
        (["::1", "-p", "53"], "--port is for UDP and TCP probes; add --udp or --tcp"),
        (["::1", "-I", "-p", "53"], "--port is for UDP and TCP probes; add --udp or --tcp"),
        (["::1", "--payload-hex", "00"], "--payload-hex is for UDP probes; add --udp"),
        (
            ["::1", "-U", "--payload-hex", "0"],
            "--payload-hex '0' is no payload; give 1 to 1400 bytes in hexadecimal",
        ),
        (
            ["::1", "-U", "--payload-hex", "00", "--pattern", "00"],
            "--payload-hex and --pattern exclude each other; give one of them",
        ),
        (
            ["::1", "-U", "--payload-hex", "00", "--paris"],
            "--payload-hex leaves nothing to tell probes by but a source port for each; "
            "leave out --source-port and --multipath, or use --multipath classic",
        ),
        (
            ["::1", "-U", "--payload-hex", "00", "--size", "48"],
            "--size 48 has no room for --payload-hex; give 49 bytes or more, or leave it out",
        ),
        (
            ["127.0.0.1", "-U", "--payload-hex", "0011", "--size", "29"],
            "--size 29 has no room for --payload-hex; give 30 bytes or more, or leave it out",
        ),
        (
            ["::1", "-U", "--multipath", "classic", "--payload-hex", "0011", "--size", "49"],
            "--size 49 has no room for --payload-hex; give 50 bytes or more, or leave it out",
        ),
        (
            ["::1", "-U", "--payload-hex", "00", "--flows", "2"],
            "--payload-hex and --flows exclude each other; give one of them",
        ),
        (
            ["::1", "-U", "--payload-hex", "00", "--mda"],
            "--payload-hex and --mda exclude each other; give one of them",
        ),
        (
            ["127.0.0.1", "-T", "--size", "39"],
            "--size 39 has no room for the IPv4 and TCP headers; give 40 bytes or more",
        ),
        (
            ["::1", "-T", "--size", "28"],
            "--size 28 has no room for the IPv6 and TCP headers; give 60 bytes or more",
        ),
        (
            ["::1", "-U", "--size", "51", "--multipath", "dublin"],
            "--size 51 has no room for what --multipath dublin needs; "
            "give 52 bytes or more, or use --multipath classic",
        ),
        (
            ["::1", "-U", "--size", "49", "--flows", "2"],
            "--size 49 has no room for what --flows needs; give 50 bytes or more",
        ),
        (
            ["127.0.0.1", "-U", "--size", "28", "--mda"],
            "--size 28 has no room for what --mda needs; give 30 bytes or more",
        ),
        (
            ["127.0.0.1", "--json"],
            "--report and --json exclude each other; give one of them",
        ),
        (
            ["::1", "--source-port", "53"],
            "--source-port is for UDP and TCP probes; add --udp or --tcp",
        ),
        (
            ["::1", "--icmp", "--multipath", "dublin"],
            "--multipath dublin is for UDP probes; add --udp, or use --multipath paris",
        ),
        (
            ["::1", "--tcp", "--multipath", "dublin"],
            "--multipath dublin is for UDP probes; add --udp, or use --multipath paris",
        ),
    ],
)
def test_wrong_usage_is_one_sentence_and_advice(
    say: CommandLine, arguments: list[str], sentence: str
) -> None:
    said = say("--report", *arguments)
    assert (said.code, said.sentence, said.out) == (2, sentence, "")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["-x"], "-x"),
        (["demo", "--nonsense"], "--nonsense"),
        (["demo", "--max-hop", "3"], "--max-hop"),
        (["demo", "-q"], "-q"),
        (["demo", "--timeout"], "--timeout"),
        (["demo", "--privilege", "root"], "root"),
        (["demo", "--report=yes"], "--report"),
    ],
)
def test_a_command_line_that_is_not_understood_names_what_is_wrong(
    say: CommandLine, arguments: list[str], named: str
) -> None:
    said = say(*arguments)
    assert said.code == 2
    assert named in said.sentence
    assert said.sentence.endswith(("; see poros-tui --help", "? See poros-tui --help"))
    assert said.sentence[0].islower() or said.sentence[0] in "-'"


@pytest.mark.parametrize(
    "arguments",
    [
        ["demo", "--\x1b[31mred"],
        ["demo", "two\x1b]0;title\x07"],
        ["demo", "--queries", "\x1b[2J"],
        ["demo", "--privilege", "\u202eraw\nroot"],
        ["demo", "-q", "1\n2"],
        ["--report", "\x1b[31m.example"],
        ["--report", "http://\x1b[31m"],
    ],
)
def test_nothing_typed_reaches_the_terminal_as_a_control_character(
    say: CommandLine, arguments: list[str]
) -> None:
    said = say(*arguments)
    assert said.code == 2
    assert said.sentence.isprintable()


def options(**changes: object) -> Options:
    given: dict[str, object] = {
        "targets": ("192.0.2.1",),
        "targets_file": None,
        "resolve_all": False,
        "max_hops": 30,
        "first_hop": 1,
        "queries": None,
        "timeout": 3.0,
        "ipv4": False,
        "ipv6": False,
        "protocols": (),
        "sequential": False,
        "adaptive": False,
        "thrifty": False,
        "flows": 1,
        "mda": False,
        "confidence": None,
        "mda_neighbours": 0,
        "max_concurrency": None,
        "rate_limit": 0.0,
        "interval": 1.0,
        "rounds": None,
        "gap_limit": 8,
        "source": None,
        "port": None,
        "source_port": None,
        "multipath": None,
        "paris": False,
        "interface": None,
        "dscp": "0",
        "size": None,
        "dont_fragment": False,
        "mtu": False,
        "pattern": None,
        "payload_hex": None,
        "privilege": "auto",
        "report": False,
        "as_json": False,
        "no_color": False,
        "theme": None,
        "is_ascii": False,
        "private_hops": 0,
        "seed": None,
        "debug": False,
    }
    return Options(**(given | changes))  # type: ignore[arg-type]


def test_a_live_session_asks_each_hop_once_a_round_until_stopped() -> None:
    config = options().session_config()
    assert (config.queries, config.rounds, config.mode) == (1, None, Mode.CONCURRENT)


@pytest.mark.parametrize("front_end", ["report", "as_json"])
def test_a_report_asks_each_hop_three_times_in_one_round(front_end: str) -> None:
    config = options(**{front_end: True}).session_config()
    assert (config.queries, config.rounds) == (3, 1)


def test_queries_and_rounds_given_are_used_in_both() -> None:
    for report in (False, True):
        config = options(queries=5, rounds=7, report=report).session_config()
        assert (config.queries, config.rounds) == (5, 7)


def test_each_option_arrives_where_it_belongs() -> None:
    config = options(
        max_hops=40,
        first_hop=2,
        timeout=1.5,
        adaptive=True,
        max_concurrency=17,
        rate_limit=12.5,
        interval=0.5,
        gap_limit=0,
    ).session_config()
    assert (config.max_hops, config.first_hop, config.timeout_s) == (40, 2, 1.5)
    assert (config.mode, config.places, config.rate_limit_pps) == (Mode.ADAPTIVE, 17, 12.5)
    assert (config.interval_s, config.gap_limit) == (0.5, 0)
    assert options(sequential=True).session_config().mode is Mode.SEQUENTIAL
    assert not config.thrifty
    assert options(thrifty=True).session_config().thrifty


def test_family_and_protocol_are_open_unless_given() -> None:
    assert (options().family, options().protocol) == (None, None)
    assert (options(ipv4=True).family, options(ipv6=True).family) == (4, 6)
    assert options(protocols=(Protocol.ICMP,)).protocol is Protocol.ICMP
    assert options(protocols=(Protocol.UDP,)).protocol is Protocol.UDP


def test_demo_is_the_simulation_and_demo_with_a_dot_a_host() -> None:
    assert options(targets=("demo",)).is_demo
    assert not options(targets=("demo.", "b")).is_demo
    with pytest.raises(UsageError, match="simulation"):
        options(targets=("demo.",), seed=1)
