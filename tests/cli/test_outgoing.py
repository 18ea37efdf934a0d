from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address

import pytest

from poros_tui.cli.dscp import parse_dscp
from poros_tui.errors import UsageError
from poros_tui.model.probe import IPAddress
from poros_tui.probe.first_link import is_broadcast
from tests.cli.forking import ForkedProgram
from tests.cli.program import PROGRAM, CommandLine, Said, report_of, run_command
from tests.lab import namespace
from tests.lab.chain import ChainLab, ChainPlan, chain_network
from tests.lab.lab import Lab
from tests.lab.tap import Tap
from tests.lab.tun import DEVICE, PROBER4, TunLab, lab_network

SECOND: dict[int, IPAddress] = {4: IPv4Address("10.255.0.77"), 6: IPv6Address("fd00:0:0:ff::77")}
ASLEEP: dict[int, IPAddress] = {4: IPv4Address("10.254.0.1"), 6: IPv6Address("fd00:0:0:fe::1")}
"""Of an interface that is down."""
LOOPBACK = {4: "127.0.0.1", 6: "::1"}
_EVERY_PROTOCOL = 3
Trace = Callable[..., Said]
"""`trace(lab, rung, *arguments)` runs the program there."""
RUNGS = {
    "raw": ("--privilege", "raw"),
    "ping": ("--privilege", "user", "-I"),
    "udp": ("-U",),
}


@pytest.mark.parametrize(
    ("text", "code_point"),
    [
        ("0", 0), ("63", 63), ("46", 46), ("EF", 46), ("ef", 46), (" af11 ", 10), ("AF23", 22),
        ("AF43", 38), ("CS0", 0), ("CS6", 48), ("VA", 44), ("LE", 1), ("DF", 0), ("be", 0),
    ],
)  # fmt: skip
def test_classes_of_service_have_names_and_numbers(text: str, code_point: int) -> None:
    assert parse_dscp(text) == code_point


@pytest.mark.parametrize(
    "text", ["64", "-1", "", "AF14", "AF51", "CS8", "E F", "1.5", "0x2e", "٤", "9" * 500]
)
def test_other_classes_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"--dscp .* is no class of service") as refusal:
        parse_dscp(text)
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["127.0.0.1", "--dscp", "gold"],
            "--dscp 'gold' is no class of service; "
            "give EF, CS0 to CS7, AF11 to AF43, VA, LE, DF or a number from 0 to 63",
        ),
        (
            ["127.0.0.1", "--source", "here"],
            "--source 'here' is no address; give an IPv4 or IPv6 address of yours",
        ),
        (
            ["127.0.0.1", "-s", "0.0.0.0"],
            "--source 0.0.0.0 is no single host; give an address of yours",
        ),
        (
            ["127.0.0.1", "-s", "ff02::1"],
            "--source ff02::1 is no single host; give an address of yours",
        ),
        (
            ["127.0.0.1", "-s", "255.255.255.255"],
            "--source 255.255.255.255 is no single host; give an address of yours",
        ),
        (
            ["127.0.0.1", "-s", "127.255.255.255"],
            "--source 127.255.255.255 is no single host; give an address of yours",
        ),
        (
            ["127.255.255.255"],
            "127.255.255.255 is the address of many hosts; give that of one: a path has one end",
        ),
        (
            ["127.0.0.1", "-s", "::1"],
            "--source ::1 and 127.0.0.1 are not of the same IP version; give an IPv4 source",
        ),
        (
            ["example.com", "-4", "-s", "::1"],
            "-4 and --source ::1 exclude each other; give one of them",
        ),
        (
            ["example.com", "-6", "-s", "127.0.0.1"],
            "-6 and --source 127.0.0.1 exclude each other; give one of them",
        ),
        (
            ["::1", "--size", "47"],
            "--size 47 has no room for the IPv6 headers; give 48 bytes or more",
        ),
        (
            ["127.0.0.1", "--size", "37", "--pattern", "0f0f"],
            "--size 37 has no room for the IPv4 headers, 8 random bytes and the pattern; "
            "give 38 bytes or more",
        ),
        (
            ["127.0.0.1", "--paris", "--size", "29"],
            "--size 29 has no room for what --multipath paris needs; "
            "give 30 bytes or more, or use --multipath classic",
        ),
        (
            ["::1", "-U", "--multipath", "dublin", "--size", "51"],
            "--size 51 has no room for what --multipath dublin needs; "
            "give 52 bytes or more, or use --multipath classic",
        ),
        (
            ["127.0.0.1", "--pattern", "zebra"],
            "--pattern 'zebra' is no pattern; give 1 to 16 bytes in hexadecimal, such as ff00",
        ),
        (
            ["127.0.0.1", "--pattern", ""],
            "--pattern '' is no pattern; give 1 to 16 bytes in hexadecimal, such as ff00",
        ),
        (
            ["127.0.0.1", "--pattern", "00" * 17],
            f"--pattern '{'00' * 17}' is no pattern; "
            "give 1 to 16 bytes in hexadecimal, such as ff00",
        ),
        (
            ["demo", "--dscp", "EF"],
            "the demo sends no packets; "
            "leave out what shapes them "
            "(-s, -i, -p, --source-port, --dscp, --size, --pattern, --payload-hex, --multipath, "
            "--dont-fragment)",
        ),
        (
            ["demo", "-i", "lo"],
            "the demo sends no packets; "
            "leave out what shapes them "
            "(-s, -i, -p, --source-port, --dscp, --size, --pattern, --payload-hex, --multipath, "
            "--dont-fragment)",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(
    say: CommandLine, arguments: list[str], sentence: str
) -> None:
    said = say("--report", *arguments)
    assert (said.code, said.sentence, said.out) == (2, sentence, "")


@pytest.fixture(scope="module")
def lab() -> Iterator[TunLab]:
    with lab_network("near") as lab:
        lab.allow_ping_sockets(True)
        namespace.ip_batch(
            [
                f"addr add {SECOND[4]}/32 dev {DEVICE}",
                f"addr add {SECOND[6]}/128 dev {DEVICE} nodad",
                "link add bare type veth peer name bare-end",
                "link set bare addrgenmode none",
                "link set bare up",
                "link add asleep type veth peer name asleep-end",
                f"addr add {ASLEEP[4]}/24 dev asleep",
                f"addr add {ASLEEP[6]}/64 dev asleep nodad",
            ],
            lab.namespace,
        )
        namespace.wait_for_addresses(lab.namespace, [IPv6Address(SECOND[6])])
        yield lab


@pytest.fixture
def trace(forked: ForkedProgram) -> Trace:
    def run(lab: Lab, rung: str, *arguments: str) -> Said:
        return forked.run(lab, [*RUNGS[rung], *arguments], capabilities=rung == "raw")

    return run


def sent(tap: Tap, destination: IPAddress) -> set[tuple[IPAddress, int]]:
    """Source and traffic class of all that was heard to go to the destination."""
    seen: set[tuple[IPAddress, int]] = set()
    for packet in tap.sent_to(destination):
        if destination.version == 4:
            seen.add((IPv4Address(packet[12:16]), packet[1]))
        else:
            traffic_class = (packet[0] << 4 | packet[1] >> 4) & 0xFF
            seen.add((IPv6Address(packet[8:24]), traffic_class))
    return seen


@pytest.mark.network
@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("rung", RUNGS)
def test_every_probe_leaves_as_it_was_wanted(
    trace: Trace, lab: Lab, rung: str, family: int
) -> None:
    target = lab.target(family)
    with Tap(lab) as ear:
        wanted = ("-s", str(SECOND[family]), "-i", DEVICE, "--dscp", "EF")
        done = trace(lab, rung, "--json", *wanted, str(target))
        seen = sent(ear, target)
    assert (done.code, seen) == (0, {(SECOND[family], 46 << 2)})
    run = json.loads(done.out)
    assert (run["source"], run["interface"], run["dscp"]) == (str(SECOND[family]), DEVICE, 46)


@pytest.mark.network
@pytest.mark.parametrize("rung", RUNGS)
def test_nothing_wanted_is_the_kernels_choice(trace: Trace, lab: Lab, rung: str) -> None:
    with Tap(lab) as ear:
        done = trace(lab, rung, "--json", str(lab.target(4)))
        seen = sent(ear, lab.target(4))
    assert (done.code, seen) == (0, {(PROBER4, 0)})
    run = json.loads(done.out)
    assert (run["source"], run["interface"], run["dscp"]) == (None, None, 0)


@pytest.mark.sampled(2)
@pytest.mark.network
@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("rung", RUNGS)
def test_what_this_machine_has_not_is_refused_before_anything_is_sent(
    trace: Trace, lab: Lab, rung: str, family: int
) -> None:
    target = lab.target(family)
    stranger = {4: "192.0.2.99", 6: "2001:db8::99"}[family]
    refusals = {
        ("-s", stranger): f"--source {stranger} is no address of this machine; ",
        ("-i", "nowhere0"): "--interface: this machine has no 'nowhere0'; it has ",
        ("-i", "x" * 40): f"--interface: this machine has no '{'x' * 40}'; it has ",
        ("-i", "bare"): f"--interface: bare has no IPv{family} address; ",
        ("-i", "asleep"): "--interface: asleep is down; ",
        ("-i", "lo"): f"--interface: lo leads to this machine alone, and {target} is elsewhere; ",
        ("-s", LOOPBACK[family]): f"--source {LOOPBACK[family]} is known to this machine alone, ",
        ("--dont-fragment", "--size", "1501"): "--size 1501 is more than tun0 takes, 1500 bytes; ",
    }
    with Tap(lab) as ear:
        for arguments, sentence in refusals.items():
            done = trace(lab, rung, "--report", *arguments, str(target))
            assert (done.code, done.out) == (2, "")
            *_, last = done.err.splitlines()
            assert last.startswith(f"poros-tui: {sentence}")
        assert not sent(ear, target)


@pytest.mark.sampled(2)
@pytest.mark.network
@pytest.mark.parametrize(
    "rung",
    [("--privilege", "raw"), ("-T", "--privilege", "raw"), ("-T", "--privilege", "user"), ("-U",)],
    ids=" ".join,
)
def test_what_is_everybodys_on_our_network_is_refused(
    forked: ForkedProgram, narrow: ChainLab, rung: tuple[str, ...]
) -> None:
    everybody, target = "10.1.1.255", str(narrow.target(4))
    source = f"--source {everybody} is no single host; give an address of yours"
    many = f"{everybody} is the address of many hosts; give that of one: a path has one end"
    for arguments, sentence in {
        ("-s", everybody, target): source,
        ("-s", everybody, "-i", "right", target): source,
        (everybody,): many,
        ("-i", "right", everybody): many,
    }.items():
        said = forked.run(narrow, ["--report", *rung, *arguments], capabilities=True)
        assert (said.code, said.out) == (2, "")
        assert said.err.splitlines()[-1] == f"poros-tui: {sentence}"


@pytest.mark.network
def test_the_broadcast_of_a_network_that_is_not_ours_is_for_its_router(narrow: ChainLab) -> None:
    with namespace.entered(narrow.namespace):
        assert is_broadcast(IPv4Address("10.1.1.255"))
        assert is_broadcast(IPv4Address("10.1.1.255"), "right")
        assert not is_broadcast(IPv4Address("10.1.1.255"), "lo")
        assert not is_broadcast(IPv4Address("10.1.1.255"), "nowhere0")
        assert not is_broadcast(IPv4Address("10.1.3.255"))
        assert not is_broadcast(IPv4Address("10.1.1.1"))
        assert not is_broadcast(IPv6Address("fd00:1:1::1"))


@pytest.mark.network
def test_the_report_says_how_the_probes_left(trace: Trace, lab: Lab) -> None:
    arguments = ("--report", "-s", str(SECOND[4]), "--dscp", "cs1", str(lab.target(4)))
    heading = trace(lab, "raw", *arguments).out.splitlines()[1]
    assert heading.startswith(f"ICMP by raw socket from {SECOND[4]} DSCP 8, concurrent, ")


@pytest.mark.sampled(6)
@pytest.mark.network
@pytest.mark.parametrize("size", [48, 100, 1500])
@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("rung", RUNGS)
def test_probes_have_the_size_that_was_wanted(
    trace: Trace, lab: TunLab, rung: str, family: int, size: int
) -> None:
    target = lab.target(family)
    with Tap(lab) as ear:
        done = trace(lab, rung, "--json", "--size", str(size), str(target))
        sizes = {len(packet) for packet in ear.sent_to(target)}
    assert (done.code, sizes) == (0, {size})
    run = json.loads(done.out)
    assert (run["size"], run["foreign"], run["malformed"]) == (size, 0, 0)
    answered = [{one["address"] for one in hop["responders"]} for hop in run["hops"]]
    assert answered == [{str(one) for one in hop} for hop in lab.path(family)]


@pytest.mark.network
@pytest.mark.parametrize("rung", RUNGS)
def test_the_smallest_probe_is_headers_alone(trace: Trace, lab: Lab, rung: str) -> None:
    done = trace(lab, rung, "--json", "--size", "28", str(lab.target(4)))
    assert (done.code, json.loads(done.out)["foreign"]) == (0, 0)


@pytest.mark.network
@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("rung", RUNGS)
def test_probes_carry_the_pattern_behind_their_secret(
    trace: Trace, lab: Lab, rung: str, family: int
) -> None:
    target, length = lab.target(family), {4: 34, 6: 14}[family]
    with Tap(lab) as ear:
        done = trace(lab, rung, "--json", "--size", "70", "--pattern", "c0ffee", str(target))
        fillings = {packet[-length:] for packet in ear.sent_to(target)}
    assert (done.code, fillings) == (0, {(b"\xc0\xff\xee" * 12)[:length]})
    assert json.loads(done.out)["pattern"] == "c0ffee"


@pytest.fixture(scope="module")
def narrow() -> Iterator[ChainLab]:
    """The link behind the second of six routers takes 1400 bytes."""
    with chain_network("chain-mtu") as chain:
        chain.allow_ping_sockets(True)
        yield chain


@pytest.mark.network
@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("rung", RUNGS)
def test_who_cannot_pass_a_probe_on_says_what_its_link_takes(
    trace: Trace, narrow: ChainLab, rung: str, family: int
) -> None:
    target = str(narrow.target(family))
    done = trace(narrow, rung, "--json", "--size", "1500", "--dont-fragment", target)
    run = json.loads(done.out)
    (first,), (second,), *_ = narrow.path(family)
    addresses = [[one["address"] for one in hop["responders"]] for hop in run["hops"]]
    assert (done.code, addresses) == (1, [[str(first)], [str(second)], [str(second)]])
    assert run["dont_fragment"] is True
    assert run["told_mtu"] == {"mtu": 1400, "hop": 2, "responder": str(second), "round": 0}
    assert [{one["mtu"] for one in hop["probes"]} for hop in run["hops"]] == [
        {None},
        {None},
        {1400},
    ]
    assert {one["code"] for one in run["hops"][2]["probes"]} == {
        "too big for the next link: it takes 1400 bytes"
    }


@pytest.mark.network
def test_the_text_report_says_what_a_link_takes(trace: Trace, narrow: ChainLab) -> None:
    size = ("--size", "1500", "--dont-fragment")
    out = trace(narrow, "raw", "--report", *size, str(narrow.target(4))).out
    heading, row, verdict = (out.splitlines()[number] for number in (1, 5, -1))
    assert heading.startswith("ICMP by raw socket 1500 bytes unfragmented, concurrent, ")
    assert row.endswith("  !F-1400 too big for the next link: it takes 1400 bytes")
    assert "A link on the way takes 1400 bytes, says 10.1.2.2 at hop 2." in verdict


@pytest.mark.network
@pytest.mark.parametrize("rung", RUNGS)
def test_the_first_ipv6_probes_that_are_too_big_do_not_end_the_trace(
    trace: Trace, rung: str
) -> None:
    """Without --dont-fragment this machine parts them, as soon as it is told."""
    with chain_network("chain-mtu") as chain:
        chain.allow_ping_sockets(True)
        done = trace(chain, rung, "--json", "--size", "1500", str(chain.target(6)))
    run = json.loads(done.out)
    assert (done.code, run["distance"]) == (0, 7)
    assert run["told_mtu"]["mtu"] == 1400


@pytest.mark.sampled(2)
@pytest.mark.network
@pytest.mark.parametrize(
    ("rung", "family"), [("raw", 4), ("raw", 6), ("ping", 4), ("ping", 6), ("udp", 4), ("tcp", 6)]
)
def test_the_path_mtu_is_found_and_its_hop_named(narrow: ChainLab, rung: str, family: int) -> None:
    target = str(narrow.target(family))
    protocol = RUNGS.get(rung, ("-T",))
    command = narrow.command(
        [*PROGRAM, *protocol, "--mtu", "--json", "-q", "1", target],
        capabilities=rung in ("raw", "tcp"),
    )
    run = report_of(command)
    (responder,) = narrow.path(family)[1]
    found = run["path_mtu"]
    assert (run["probes_sent"] > 0, run["foreign"]) == (True, 0)
    assert (found["mtu"], found["method"], found["hop"]) == (1400, "told", 2)
    assert (found["responder"], found["probes"]) == (str(responder), 3)


@pytest.mark.network
def test_a_black_hole_is_searched_and_named() -> None:
    with chain_network(ChainPlan(routers=1, mtu=1400, narrow_router=1, mtu_silent=True)) as chain:
        # By TCP, whose answers are short and not limited. Real time: silence is waited for.
        quick = ("-T", "-q", "1", "--timeout", "0.15")
        command = [*PROGRAM, "--mtu", "--report", *quick, str(chain.target(4))]
        done = run_command(chain.command(command, capabilities=True))
    searched = next(line for line in done.stdout.splitlines() if line.startswith("Path MTU"))
    assert searched.startswith(
        "Path MTU 1400 bytes by search: larger packets vanish behind hop 1 (10.1.1.2) without a "
        "word (an ICMP black hole). "
    )
    assert searched.endswith(" probes for the path MTU.")


def test_without_raw_sockets_the_kernel_makes_the_syns(say: CommandLine) -> None:
    said = say("--mtu", "--json", "--privilege", "user", "-T", "127.0.0.1")
    assert (said.code, said.sentence) == (
        2,
        "--mtu is not for TCP probes without raw sockets: the kernel makes them; "
        "run it with sudo, or use --udp",
    )


@pytest.mark.network
def test_loopback_takes_more_than_is_tried(say: CommandLine) -> None:
    said = say("--mtu", "--json", "-q", "1", "-U", "127.0.0.1")
    found = json.loads(said.out)["path_mtu"]
    assert (found["mtu"], found["method"], found["exact"]) == (9216, "limit", True)


def test_the_demo_has_a_path_mtu_too(say: CommandLine) -> None:
    said = say("demo", "--mtu", "--json", "--seed", "1")
    found = json.loads(said.out)["path_mtu"]
    assert (found["mtu"], found["exact"]) == (1500, True)


@pytest.mark.network
def test_jumbo_probes_are_fragmented_and_answered_by_real_routers(
    trace: Trace,
) -> None:
    with chain_network() as chain:
        chain.allow_ping_sockets(True)
        for rung in RUNGS:
            for family in (4, 6):
                target = str(chain.target(family))
                done = trace(chain, rung, "--json", "-q", "1", "--size", "9216", target)
                run = json.loads(done.out)
                assert (done.code, run["distance"], run["foreign"]) == (0, 7, 0)
                assert run["strays"] == [], (rung, family)  # each router answers every fragment
