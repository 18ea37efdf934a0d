from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

import pytest

from poros_tui.cli.dscp import parse_dscp
from poros_tui.errors import UsageError
from poros_tui.model.probe import IPAddress
from tests.cli.network_run import RUNGS
from tests.cli.program import PROGRAM, RUN_LIMIT_S, CommandLine
from tests.lab import namespace
from tests.lab.lab import Lab
from tests.lab.tun import DEVICE, PROBER4, lab_network

SECOND: dict[int, IPAddress] = {4: IPv4Address("10.255.0.77"), 6: IPv6Address("fd00:0:0:ff::77")}
_EVERY_PROTOCOL = 3


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
            ["demo", "--dscp", "EF"],
            "the demo sends no packets; leave out --source, --interface and --dscp",
        ),
        (
            ["demo", "-i", "lo"],
            "the demo sends no packets; leave out --source, --interface and --dscp",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(
    say: CommandLine, arguments: list[str], sentence: str
) -> None:
    said = say("--report", *arguments)
    assert (said.code, said.sentence, said.out) == (2, sentence, "")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with lab_network("near") as lab:
        lab.allow_ping_sockets(True)
        namespace.ip_batch(
            [
                f"addr add {SECOND[4]}/32 dev {DEVICE}",
                f"addr add {SECOND[6]}/128 dev {DEVICE} nodad",
                "link add bare type veth peer name bare-end",
            ],
            lab.namespace,
        )
        namespace.wait_for_addresses(lab.namespace, [IPv6Address(SECOND[6])])
        yield lab


def trace(lab: Lab, rung: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        lab.command([*PROGRAM, *RUNGS[rung], *arguments], capabilities=rung == "raw"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
        check=False,
    )


def tap(lab: Lab) -> socket.socket:
    """Hears, from now on, what passes the lab's device, from the IP header on."""
    taps: list[socket.socket] = []

    def listen() -> None:
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_EVERY_PROTOCOL))
        tap.bind((DEVICE, _EVERY_PROTOCOL))
        tap.setblocking(False)
        taps.append(tap)

    namespace.inside(lab.namespace, listen)
    return taps[0]


def sent(tap: socket.socket, destination: IPAddress) -> set[tuple[IPAddress, int]]:
    """Source and traffic class of all that was heard to go to the destination."""
    seen: set[tuple[IPAddress, int]] = set()
    while True:
        try:
            packet = tap.recv(65535)
        except BlockingIOError:
            return seen
        if packet[0] >> 4 == 4 and packet[16:20] == destination.packed:
            seen.add((IPv4Address(packet[12:16]), packet[1]))
        elif packet[0] >> 4 == 6 and packet[24:40] == destination.packed:
            traffic_class = (packet[0] << 4 | packet[1] >> 4) & 0xFF
            seen.add((IPv6Address(packet[8:24]), traffic_class))


@pytest.mark.network
@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("rung", RUNGS)
def test_every_probe_leaves_as_it_was_wanted(lab: Lab, rung: str, family: int) -> None:
    target = lab.target(family)
    with tap(lab) as ear:
        wanted = ("-s", str(SECOND[family]), "-i", DEVICE, "--dscp", "EF")
        done = trace(lab, rung, "--json", *wanted, str(target))
        seen = sent(ear, target)
    assert (done.returncode, seen) == (0, {(SECOND[family], 46 << 2)})
    run = json.loads(done.stdout)
    assert (run["source"], run["interface"], run["dscp"]) == (str(SECOND[family]), DEVICE, 46)


@pytest.mark.network
@pytest.mark.parametrize("rung", RUNGS)
def test_nothing_wanted_is_the_kernels_choice(lab: Lab, rung: str) -> None:
    with tap(lab) as ear:
        done = trace(lab, rung, "--json", str(lab.target(4)))
        seen = sent(ear, lab.target(4))
    assert (done.returncode, seen) == (0, {(PROBER4, 0)})
    run = json.loads(done.stdout)
    assert (run["source"], run["interface"], run["dscp"]) == (None, None, 0)


@pytest.mark.network
@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("rung", RUNGS)
def test_what_this_machine_has_not_is_refused_before_anything_is_sent(
    lab: Lab, rung: str, family: int
) -> None:
    target = lab.target(family)
    stranger = {4: "192.0.2.99", 6: "2001:db8::99"}[family]
    refusals = {
        ("-s", stranger): f"--source {stranger} is no address of this machine; ",
        ("-i", "nowhere0"): "--interface: this machine has no 'nowhere0'; it has ",
        ("-i", "x" * 40): f"--interface: this machine has no '{'x' * 40}'; it has ",
        ("-i", "bare"): f"--interface: bare has no IPv{family} address; ",
    }
    with tap(lab) as ear:
        for arguments, sentence in refusals.items():
            done = trace(lab, rung, "--report", *arguments, str(target))
            assert (done.returncode, done.stdout) == (3, "")
            *_, last = done.stderr.splitlines()
            assert last.startswith(f"poros-tui: {sentence}")
        assert not sent(ear, target)


@pytest.mark.network
def test_the_report_says_how_the_probes_left(lab: Lab) -> None:
    arguments = ("--report", "-s", str(SECOND[4]), "--dscp", "cs1", str(lab.target(4)))
    heading = trace(lab, "raw", *arguments).stdout.splitlines()[1]
    assert heading.startswith(f"ICMP by raw socket from {SECOND[4]} DSCP 8, concurrent, ")
