from __future__ import annotations

import socket
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from ipaddress import IPv4Address
from itertools import product
from pathlib import Path

import pytest

from poros_tui.model.probe import Protocol
from poros_tui.probe.simulation.scenario import rising_path
from tests.lab.expectation import Responders
from tests.lab.namespace import LabError, inside
from tests.lab.packets import echo_request
from tests.lab.replies import STRANGER4
from tests.lab.requirements import require_network
from tests.lab.tools import SeenHop, mtr, traceroute
from tests.lab.tun import TunLab, lab_network, scenario_names

pytestmark = pytest.mark.network

WAITS_S = {"no-such-host": "3.5", "satellite": "0.9"}
"""Seconds to wait for an answer, where 0.3 are not enough."""
QUERIES = {"loss30": "8", "lossy-link": "8", "lossy-destination": "8", "balanced-by-packet": "9"}
"""Probes to each hop, where 3 would leave something to chance."""
PAIRS = ((4, Protocol.ICMP), (6, Protocol.UDP))
COMBINATIONS = tuple(product((4, 6), Protocol))
"""All four where the protocol matters, else two that have every family and protocol once."""


@pytest.fixture(autouse=True)
def _needs_a_network() -> None:
    require_network()


def assert_sees(seen: list[SeenHop], path: list[Responders]) -> None:
    """Every hop of the path with responders of its own, and only silence behind it."""
    for hop, expected in zip(seen, path, strict=False):
        assert hop.responders <= expected, hop.line
        assert bool(hop.responders) == bool(expected), hop.line
    assert len(seen) >= len(path)
    assert not any(hop.responders for hop in seen[len(path) :])


def for_each(
    combinations: Sequence[tuple[int, Protocol]], trace: Callable[[int, Protocol], None]
) -> None:
    """Trace in labs of their own, at once: most of the time they wait."""
    with ThreadPoolExecutor(len(combinations)) as at_once:
        list(at_once.map(lambda combination: trace(*combination), combinations))


@pytest.mark.parametrize("name", [name for name in scenario_names() if "hostile" not in name])
def test_traceroute_sees_the_hops_of_every_scenario(name: str) -> None:
    def trace(family: int, protocol: Protocol) -> None:
        with lab_network(name) as lab:
            path = lab.path(family, protocol)
            options = ["-N", "64", "-w", WAITS_S.get(name, "0.3"), "-q", QUERIES.get(name, "3")]
            seen = traceroute(lab, family, protocol, [*options, "-m", str(len(path) + 1)])
            assert_sees(seen, path)

    for_each(COMBINATIONS if name.startswith("silent-to") else PAIRS, trace)


@pytest.mark.parametrize("name", ["rising30", "silent-hops", "balanced-by-packet", "short-quotes"])
def test_mtr_sees_the_same(name: str) -> None:
    def trace(family: int, protocol: Protocol) -> None:
        with lab_network(name) as lab:
            assert_sees(mtr(lab, family, protocol, 2), lab.path(family, protocol))

    for_each(COMBINATIONS, trace)


def test_a_hostile_network_answers_honestly_too() -> None:
    """Debian's traceroute cannot tell: it believes a forged echo reply and ends at hop 5."""
    answers: list[bytes] = []

    def probe() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as icmp:
            icmp.settimeout(0.3)
            for ttl in range(1, 11):
                icmp.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
                icmp.sendto(echo_request(sequence=ttl), (str(lab.destination), 0))
            with suppress(TimeoutError):
                while True:
                    answers.append(icmp.recv(2000))

    with lab_network("hostile") as lab:
        inside(lab.namespace, probe)
        path = lab.path(4)
    senders = Counter(IPv4Address(answer[12:16]) for answer in answers)
    honest = {address for hop in path for address in hop}
    assert honest <= set(senders)
    assert STRANGER4 in senders
    # Hop 3 sends three copies and a corrupt one; hop 1 is a plain router.
    assert senders[IPv4Address("10.0.3.1")] == 4
    assert senders[IPv4Address("10.0.1.1")] == 1


def test_several_responders_of_a_hop_are_all_seen() -> None:
    with lab_network("balanced-by-packet") as lab:
        seen = traceroute(lab, 4, Protocol.ICMP, ["-q", "10"])
        assert seen[3].responders == lab.hops[3]
        assert len(lab.hops[3]) == 3


def test_traceroute_understands_why_a_path_ends() -> None:
    signs = {"host-unreachable": "!H", "net-unreachable": "!N", "admin-prohibited": "!X"}
    for name, sign in signs.items():
        with lab_network(name) as lab:
            last = traceroute(lab, 4, Protocol.UDP, [])[-1]
            assert last.line.count(sign) == 3


@pytest.mark.parametrize("family", [4, 6])
def test_round_trip_times_are_the_scenarios_even_in_a_burst_of_ninety(family: int) -> None:
    with lab_network("rising30") as lab:
        seen = traceroute(lab, family, Protocol.ICMP, ["-N", "90"])
        errors_ms = [hop.median_rtt_ms - 4.0 * ttl for ttl, hop in enumerate(seen, 1)]
    assert len(errors_ms) == 30
    assert min(errors_ms) > -0.01  # never before its time
    assert statistics.median(errors_ms) < 1.5


def test_the_lab_counts_the_probes_that_left() -> None:
    with lab_network(rising_path(5, 0.010)) as lab:
        traceroute(lab, 4, Protocol.UDP, ["-q", "2", "-N", "1"])
        probes = lab.probes()
    assert [probe.ttl for probe in probes] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert {(probe.protocol, probe.family) for probe in probes} == {("udp", 4)}
    assert probes[0].at_s == 0.0
    assert probes[-1].at_s > 0.030


def test_a_seed_repeats_the_losses() -> None:
    def lost(seed: int) -> list[bool]:
        with lab_network("loss30", seed=seed) as lab:
            # One at a time: the serial number of a probe is its place in the order of arrival.
            options = ["-f", "5", "-m", "5", "-q", "10", "-N", "1", "-w", "0.1"]
            line = traceroute(lab, 4, Protocol.ICMP, options)[0].line
            return [word == "*" for word in line.split() if word in ("*", "ms")]

    assert lost(1) == lost(1)
    assert lost(1) != lost(2)


def ping(lab: TunLab, options: list[str]) -> int:
    return lab.run(["ping", "-n", "-c", "1", "-W", "1", *options]).returncode


def test_the_route_changes_at_its_time_after_the_first_probe(tmp_path: Path) -> None:
    file = tmp_path / "shortcut.toml"
    shortcut = "[[route]]\nat_s = 0.5\nrising = { hops = 2, last_rtt_ms = 2 }\n"
    base = 'destination = "203.0.113.10"\nrising = { hops = 4, last_rtt_ms = 2 }\n'
    file.write_text(base + shortcut)
    with lab_network(file) as lab:
        assert (len(lab.path(4)), len(lab.path(4, at_s=0.5))) == (4, 2)
        assert ping(lab, ["-t", "2", "{destination}"]) == 1
        lab.run(["sleep", "0.5"])
        assert ping(lab, ["-t", "2", "{destination}"]) == 0


def test_the_interface_goes_down_and_comes_back() -> None:
    with lab_network("near") as lab:
        for options in (["{destination}"], ["{destination6}"]):
            assert ping(lab, options) == 0
            lab.link_down()
            assert ping(lab, options) == 2
            lab.link_up()
            assert ping(lab, options) == 0


def test_ping_sockets_and_capabilities_are_given_and_taken() -> None:
    opens = ["python3", "-c", "import socket; socket.socket(2, {}, 1).close()"]
    datagram, raw = ([word.format(kind) for word in opens] for kind in (2, 3))
    with lab_network("near") as lab:
        assert lab.run(raw).returncode == 0
        assert lab.run(raw, capabilities=False).returncode == 1
        assert lab.run(datagram, capabilities=False).returncode == 1
        assert lab.run(datagram, capabilities=False, ping_sockets=True).returncode == 0


def test_an_unknown_scenario_is_an_error_in_words() -> None:
    with pytest.raises(LabError, match="no scenario nonsense"), lab_network("nonsense"):
        pass


def test_the_namespace_is_gone_after_a_failure() -> None:
    def fail_inside() -> None:
        with lab_network("near") as lab:
            names.append(lab.namespace)
            assert Path("/run/netns", lab.namespace).exists()
            raise ZeroDivisionError

    names: list[str] = []
    with pytest.raises(ZeroDivisionError):
        fail_inside()
    assert not Path("/run/netns", names[0]).exists()
