from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from ipaddress import IPv4Address
from itertools import chain, product
from pathlib import Path
from typing import TypeVar

import pytest

from poros_tui.model.probe import Protocol
from poros_tui.probe.simulation.scenario import rising_path
from tests.lab.expectation import Responders
from tests.lab.namespace import LabError, inside
from tests.lab.packets import echo_request
from tests.lab.replies import STRANGER4
from tests.lab.requirements import require_network
from tests.lab.tools import ANSWERED_WAIT_S, SILENT_WAIT_S, SeenHop, mtr, ping, traceroute
from tests.lab.tun import lab_network, scenario_names

pytestmark = pytest.mark.network

WAITS_S = {"no-such-host": 5.0, "satellite": 3.0}
"""Where answers come later than elsewhere."""
QUERIES = {"loss30": "8", "lossy-link": "8", "lossy-destination": "8", "balanced-by-packet": "9"}
"""Probes to each hop, where 3 would leave something to chance."""
UNTRACEABLE = {"diamond-unequal", "nat-broken", "nat-port"}
"""Where a trace need not end at the same TTL as the one before; and where the kernel does not know
its own probes again, so that traceroute hears nothing from beyond the NAT."""
PLAIN = {
    *("mtu-step", "mtu-step-silent", "mtu-two-steps", "mtu-untold"),
    *("dscp-rewritten", "ecn-cleared", "asymmetric", "nat-unseen", "carrier-nat-two"),
    *("rate-limited-fast", "rate-limited-slowly", "rate-limited-everywhere", "policed-link"),
    *("rate-limited-lossy-before", "rate-limited-lossy-beyond", "rate-limited-at-the-end"),
    "router-pauses",
}
"""Whose hops differ in nothing that traceroute shows by default from those of other scenarios."""
STEADY = [
    name for name in scenario_names() if "hostile" not in name and name not in UNTRACEABLE | PLAIN
]
PAIRS = [(4, Protocol.ICMP), (6, Protocol.UDP)]
LABS_AT_ONCE = 6
T = TypeVar("T")
Combination = tuple[str, int, Protocol]
Traced = tuple[list[SeenHop], list[Responders]]


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
    combinations: Iterable[Combination], trace: Callable[[Combination], T]
) -> dict[Combination, T]:
    """Trace in labs of their own, several at once: most of the time they wait."""
    combinations = list(combinations)
    with ThreadPoolExecutor(LABS_AT_ONCE) as at_once:
        return dict(zip(combinations, at_once.map(trace, combinations), strict=True))


def with_traceroute(combination: Combination) -> Traced:
    name, family, protocol = combination
    with lab_network(name) as lab:
        path = lab.path(family, protocol)
        options = ["-N", "64", "-q", QUERIES.get(name, "3"), "-m", str(len(path) + 1)]
        wait_s = WAITS_S.get(name, SILENT_WAIT_S)
        return traceroute(lab, family, protocol, options, wait_s=wait_s), path


def with_mtr(combination: Combination) -> Traced:
    name, family, protocol = combination
    with lab_network(name) as lab:
        return mtr(lab, family, protocol, 2), lab.path(family, protocol)


def combinations(name: str) -> list[Combination]:
    """All where one protocol matters, or that one alone; else two pairs."""
    every = PAIRS
    if name.startswith("silent-to"):
        every = list(product((4, 6), Protocol))
    elif name.startswith("tcp-"):
        every = [(family, Protocol.TCP) for family in (4, 6)]
    elif name.endswith("-service"):
        every = [(family, Protocol.UDP) for family in (4, 6)]
    return [(name, family, protocol) for family, protocol in every]


EVERY_SCENARIO = "test_traceroute_sees_the_hops_of_every_scenario"


@pytest.fixture(scope="module")
def traced(request: pytest.FixtureRequest) -> dict[Combination, Traced]:
    """What traceroute sees of those of which a test is run."""
    require_network()
    run = {item.name for item in request.session.items}
    names = [name for name in STEADY if f"{EVERY_SCENARIO}[{name}]" in run]
    return for_each(chain.from_iterable(map(combinations, names)), with_traceroute)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", STEADY)
def test_traceroute_sees_the_hops_of_every_scenario(
    name: str, traced: dict[Combination, Traced]
) -> None:
    for combination in combinations(name):
        assert_sees(*traced[combination])


@pytest.mark.sampled(0)
def test_mtr_sees_the_same() -> None:
    names = ("rising30", "silent-hops", "balanced-by-packet", "short-quotes")
    every = [(name, *pair) for name, pair in product(names, product((4, 6), Protocol))]
    for seen, path in for_each(every, with_mtr).values():
        assert_sees(seen, path)


def test_traceroute_finds_the_link_that_takes_less() -> None:
    for name, marks in (
        ("mtu-step", [(1, "F=1500"), (5, "F=1400")]),
        ("mtu-two-steps", [(1, "F=9000"), (4, "F=1500"), (7, "F=1300")]),
    ):
        with lab_network(name) as lab:
            for family in (4, 6):
                seen = traceroute(lab, family, Protocol.UDP, ["--mtu", "-q", "1"])
                told = [(ttl, hop.line.split()[-1]) for ttl, hop in enumerate(seen, 1)]
                assert [(ttl, word) for ttl, word in told if "F=" in word] == marks


def test_a_hostile_network_answers_honestly_too() -> None:
    """Debian's traceroute cannot tell: it believes a forged echo reply and ends at hop 5."""
    # Hop 3 sends three copies and a corrupt one; hop 1 is a plain router.
    copies = {IPv4Address("10.0.3.1"): 4, IPv4Address("10.0.1.1"): 1}
    senders: Counter[IPv4Address] = Counter()

    def probe() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as icmp:
            for ttl in range(1, 11):
                icmp.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
                icmp.sendto(echo_request(sequence=ttl), (str(lab.destination), 0))
            with suppress(TimeoutError):
                while True:
                    is_complete = expected <= set(senders) and senders >= Counter(copies)
                    # What comes now would be too much.
                    icmp.settimeout(0.3 if is_complete else ANSWERED_WAIT_S)
                    senders[IPv4Address(icmp.recv(2000)[12:16])] += 1

    with lab_network("hostile") as lab:
        expected = {address for hop in lab.path(4) for address in hop} | {STRANGER4}
        inside(lab.namespace, probe)
    assert expected <= set(senders)
    assert {address: senders[address] for address in copies} == copies


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
def test_no_answer_comes_before_its_time_and_all_do_even_in_a_burst_of_ninety(family: int) -> None:
    # How much after its time is a matter of the machine: tests/bench tells.
    with lab_network("rising30") as lab:
        seen = traceroute(lab, family, Protocol.ICMP, ["-N", "90"])
    assert [len(hop.rtts_ms) for hop in seen] == [3] * 30
    early_ms = [min(hop.rtts_ms) - 4.0 * ttl for ttl, hop in enumerate(seen, 1)]
    assert min(early_ms) > -0.01


def test_the_lab_counts_the_probes_that_left() -> None:
    with lab_network(rising_path(5, 0.010)) as lab:
        traceroute(lab, 4, Protocol.UDP, ["-q", "2", "-N", "1"])
        probes = lab.probes()
    assert [probe.ttl for probe in probes] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert {(probe.protocol, probe.family) for probe in probes} == {("udp", 4)}
    assert probes[0].at_s == 0.0
    assert probes[-1].at_s > 0.030


def test_a_lab_that_begins_anew_remembers_nothing(tmp_path: Path) -> None:
    file = tmp_path / "answers-once.toml"
    once = "[[hop]]\nttl = 2\nrate_limit = { per_second = 0.001, burst = 1 }\n"
    file.write_text('destination = "203.0.113.10"\nrising = { hops = 3, last_rtt_ms = 2 }\n' + once)

    def is_answered() -> bool:
        words = ["ping", "-n", "-c", "1", "-W", str(SILENT_WAIT_S), "-t", "2", "{destination}"]
        return "Time to live exceeded" in lab.run(words).stdout

    with lab_network(file) as lab:
        assert [is_answered(), is_answered()] == [True, False]
        lab.begin_anew()
        assert lab.probes() == []
        assert is_answered()
        assert [probe.ttl for probe in lab.probes()] == [2]


@pytest.mark.sampled(0)
def test_a_seed_repeats_the_losses() -> None:
    def lost(seed: int) -> list[bool]:
        with lab_network("loss30", seed=seed) as lab:
            # The serial number of a probe is its place in the order of sending.
            options = ["-f", "5", "-m", "5", "-q", "10", "-N", "10"]
            line = traceroute(lab, 4, Protocol.ICMP, options, wait_s=SILENT_WAIT_S)[0].line
            return [word == "*" for word in line.split() if word in ("*", "ms")]

    assert lost(1) == lost(1)
    assert lost(1) != lost(2)


def test_the_route_changes_at_its_time_after_the_first_probe(tmp_path: Path) -> None:
    file = tmp_path / "shortcut.toml"
    shortcut = "[[route]]\nat_s = 0.5\nrising = { hops = 2, last_rtt_ms = 2 }\n"
    base = 'destination = "203.0.113.10"\nrising = { hops = 4, last_rtt_ms = 2 }\n'
    file.write_text(base + shortcut)
    with lab_network(file) as lab:
        assert (len(lab.path(4)), len(lab.path(4, at_s=0.5))) == (4, 2)
        assert ping(lab, "{destination}", "-t", "2") == 1  # the first probe, at 0 s by definition
        lab.run(["sleep", "0.5"])
        assert ping(lab, "{destination}", "-t", "2") == 0


def test_the_interface_goes_down_and_comes_back() -> None:
    with lab_network("near") as lab:
        for target in ("{destination}", "{destination6}"):
            assert ping(lab, target) == 0
            lab.link_down()
            assert ping(lab, target) == 2
            lab.link_up()
            assert ping(lab, target) == 0


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
