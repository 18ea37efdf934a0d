"""The doctor in networks where something is in the way, and in networks where nothing is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest

from poros_tui.cli.doctor import commands
from poros_tui.cli.doctor.as_text import as_text
from poros_tui.cli.doctor.check import Check, Part, State
from poros_tui.cli.doctor.firewall import Firewall
from poros_tui.cli.doctor.ipv6 import SwitchedOff, off_on_some, switched_off
from poros_tui.cli.doctor.machine import container_name, has_net_raw, machine, python_path
from poros_tui.cli.doctor.network import network, tunnel_kind
from poros_tui.cli.doctor.reached import Reached
from poros_tui.cli.doctor.reaching import reaching
from poros_tui.model.stop import StopKind, StopReason
from tests.cli.doctoring import bare_namespace, doctor, doctor_in
from tests.cli.program import PROGRAM, environment, run_program
from tests.lab import namespace
from tests.lab.requirements import require_network
from tests.lab.tun import lab_network
from tests.lookup.made_mmdb import BERLIN, write_mmdb
from tests.lookup.mmdb import written

WAY = Check(state=State.GOOD, words="packets leave")


def test_each_check_has_a_mark_and_what_mends_it_stands_below() -> None:
    checks = (
        Check(state=State.GOOD, words="this works"),
        Check(state=State.LESS, words="this does not", remedy="sudo it"),
        Check(state=State.BAD, words="this is in the way"),
    )
    parts = [Part(title="One", checks=checks), Part(title="Two", checks=checks[:1])]
    assert as_text(parts).splitlines() == [
        "One",
        "  ✓ this works",
        "  - this does not",
        "      sudo it",
        "  ✗ this is in the way",
        "",
        "Two",
        "  ✓ this works",
    ]
    assert as_text(parts, is_ascii=True).isascii()


# --- the machine, as files say it is


def put(root: Path, file: str, content: bytes) -> None:
    place = root / file
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


@pytest.mark.parametrize(
    ("file", "content", "name"),
    [
        (".dockerenv", b"", "Docker"),
        ("run/.containerenv", b"", "Podman"),
        ("proc/1/environ", b"A=1\0container=lxc\0B=2\0", "lxc"),
        ("proc/1/environ", b"container=\x1b[31m\xffx\0", "[31m�x"),
        ("proc/1/cgroup", b"0::/kubepods/besteffort/pod1\n", "Kubernetes"),
        ("proc/1/cgroup", b"1:cpu:/docker/0123\n", "Docker"),
        ("proc/1/cgroup", b"0::/init.scope\n", None),
    ],
)
def test_a_container_is_known_by_its_signs(
    tmp_path: Path, file: str, content: bytes, name: str | None
) -> None:
    put(tmp_path, file, content)
    assert container_name(tmp_path) == name


@pytest.mark.parametrize(
    ("bits", "has"), [(b"0000000000002000", True), (b"000001ffffffffff", True), (b"0", False)]
)
def test_the_capability_is_read_from_the_kernel(tmp_path: Path, bits: bytes, has: bool) -> None:
    status = b"Name:\tx\nCapPrm:\tff\nCapEff:\t" + bits + b"\nCapBnd:\t" + bits + b"\n"
    put(tmp_path, "proc/self/status", status)
    put(tmp_path, ".dockerenv", b"")
    assert has_net_raw(tmp_path) is has
    (_, container) = machine(tmp_path).checks
    assert container.state is (State.GOOD if has else State.LESS)
    assert container.remedy == ("" if has else "start it with --cap-add=NET_RAW")


def test_the_program_that_may_get_a_capability_is_known_without_its_own_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "")  # as where its folder may not be read
    assert python_path() == os.readlink("/proc/self/exe")


def test_what_a_user_has_not_got_is_not_put_on_the_container(tmp_path: Path) -> None:
    status = b"CapEff:\t0000000000000000\nCapBnd:\t00000000a80425fb\n"
    put(tmp_path, "proc/self/status", status)
    put(tmp_path, ".dockerenv", b"")
    (who, container) = machine(tmp_path).checks
    assert who.words.endswith("without the capability CAP_NET_RAW")
    assert (container.words, container.remedy) == ("in a container (Docker)", "")


@pytest.mark.parametrize(
    ("uevent", "kind", "words"),
    [
        ("DEVTYPE=wireguard\nINTERFACE=wg0\n", "65534", "a tunnel (WireGuard)"),
        ("INTERFACE=tun0\n", "65534", "a tunnel"),
        ("INTERFACE=ppp0\n", "512", "a tunnel (PPP)"),
        ("INTERFACE=eth0\n", "1", None),
    ],
)
def test_a_tunnel_is_known_by_its_kind(
    tmp_path: Path, uevent: str, kind: str, words: str | None
) -> None:
    put(tmp_path, "sys/class/net/x0/uevent", uevent.encode())
    put(tmp_path, "sys/class/net/x0/type", kind.encode() + b"\n")
    assert tunnel_kind("x0", tmp_path) == words
    assert tunnel_kind("y0", tmp_path) is None


@pytest.mark.parametrize(
    ("content", "state", "words"),
    [
        (None, State.GOOD, "networks of the hops are looked up in "),
        (b"text", State.LESS, "it is no MaxMind database, or is damaged"),
    ],
)
def test_a_file_of_networks_in_a_usual_place_is_told(
    content: bytes | None, state: State, words: str, tmp_path: Path
) -> None:
    def told() -> list[Check]:
        return [one for one in network([4], tmp_path).checks if "networks of the hops" in one.words]

    assert told() == []
    put(tmp_path, "usr/share/GeoIP/GeoLite2-ASN.mmdb", content or b"")
    if content is None:
        path = tmp_path / "usr/share/GeoIP/GeoLite2-ASN.mmdb"
        written(path, {"192.0.2.0/24": {"asn": 64500}})
    (check,) = told()
    assert check.state is state
    assert words in check.words
    assert "GeoLite2-ASN.mmdb" in check.words


@pytest.mark.parametrize(
    ("record", "state", "words"),
    [
        (BERLIN, State.GOOD, "places of the hops are looked up in "),
        ({"asn": "AS64500"}, State.LESS, "GeoLite2-City.mmdb: it has no places"),
        (None, State.LESS, "GeoLite2-City.mmdb: it is no MaxMind database, or is damaged"),
    ],
)
def test_a_file_of_places_in_a_usual_place_is_told(
    record: Mapping[str, object] | None, state: State, words: str, tmp_path: Path
) -> None:
    def told() -> list[Check]:
        return [one for one in network([4], tmp_path).checks if "places of the hops" in one.words]

    assert told() == []
    put(tmp_path, "var/lib/GeoIP/GeoLite2-City.mmdb", b"")
    if record is not None:
        write_mmdb(tmp_path / "var/lib/GeoIP/GeoLite2-City.mmdb", {"192.0.2.0/24": record})
    (check,) = told()
    assert check.state is state
    assert words in check.words


# --- what the traces mean


def conclusions(*found: Reached) -> list[str]:
    checks = reaching("host", found, WAY, 4, Firewall()).checks[1 + len(found) :]
    return [f"{check.state.value}: {check.words}" for check in checks]


def reached(
    name: str,
    distance: int | None,
    *answering: int,
    problem: str = "",
    stop: StopReason | None = None,
) -> Reached:
    return Reached(name=name, distance=distance, answering=answering, problem=problem, stop=stop)


def refused(name: str, detail: str, *, ttl: int = 2) -> Reached:
    responder = ip_address("192.0.2.2")
    stop = StopReason(kind=StopKind.UNREACHABLE, ttl=ttl, responder=responder, detail=detail)
    return reached(name, None, 1, ttl, stop=stop)


def test_what_reaches_the_host_is_recommended_where_not_all_does() -> None:
    assert conclusions(reached("ICMP", 3, 1, 2), reached("UDP", 3, 1, 2)) == []
    some = [reached("ICMP", None, 1, 2), reached("UDP", 3, 1), reached("TCP port 443", 3)]
    assert conclusions(*some) == ["good: trace it with --udp or --tcp --port 443"]


def test_a_host_without_routers_before_it_means_a_firewall() -> None:
    assert conclusions(reached("ICMP", 1)) == []
    (words,) = conclusions(reached("ICMP", 3), reached("UDP", None))
    assert words.startswith("bad: the host answers and no router does: a firewall")


def test_silence_of_all_is_told_from_a_silent_host() -> None:
    (words,) = conclusions(reached("ICMP", None, 1, 2), reached("UDP", None, 1))
    assert words.startswith("less: the host, or a firewall before it, answers nothing")
    (words,) = conclusions(reached("ICMP", None), reached("UDP", None))
    assert words.startswith("bad: nothing at all comes back")
    assert conclusions(reached("ICMP", None, problem="no route to the host")) == []


@pytest.mark.parametrize(
    ("detail", "words", "remedy"),
    [
        (
            "administratively prohibited",
            "a firewall, 192.0.2.2 at hop 2, refuses all probes",
            "ask who runs 192.0.2.2 to let them pass, or try another port: "
            "poros-tui --tcp --port PORT host",
        ),
        (
            "port unreachable",
            "a firewall, 192.0.2.2 at hop 2, refuses all probes",
            "ask who runs 192.0.2.2 to let them pass, or try another port: "
            "poros-tui --tcp --port PORT host",
        ),
        (
            "network unreachable",
            "192.0.2.2 at hop 2 has no route to the host, and refuses all probes",
            "ask who runs 192.0.2.2; poros-tui host shows when there is one again",
        ),
        (
            "no route to destination",
            "192.0.2.2 at hop 2 has no route to the host, and refuses all probes",
            "ask who runs 192.0.2.2; poros-tui host shows when there is one again",
        ),
        (
            "host unreachable",
            "192.0.2.2 at hop 2 does not find the host, and refuses all probes",
            "is the host on, and this its address? poros-tui host shows when it is back",
        ),
        (
            "too big for the next link",
            "192.0.2.2 at hop 2 refuses all probes",
            "ask who runs 192.0.2.2",
        ),
    ],
)
def test_who_refuses_is_named_with_the_hop_and_the_words(
    detail: str, words: str, remedy: str
) -> None:
    found = [refused("ICMP", detail), refused("UDP", detail)]
    _, first, _, last = reaching("host", found, WAY, 4, Firewall()).checks
    assert first.words == f"ICMP: {detail}, says 192.0.2.2 at hop 2"
    assert (last.state, last.words, last.remedy) == (State.BAD, f"{words}: {detail}", remedy)


def test_who_refuses_some_is_told_of_these_alone() -> None:
    udp = refused("UDP", "port unreachable")
    (words,) = conclusions(reached("ICMP", None, 1), udp, reached("TCP port 80", None, 1))
    assert words == "bad: a firewall, 192.0.2.2 at hop 2, refuses UDP: port unreachable"


def test_a_way_that_does_not_end_is_no_silence() -> None:
    stop = StopReason(kind=StopKind.MAX_HOPS, ttl=30)
    endless = reached("ICMP", None, *range(1, 31), stop=stop)
    (_, line, last) = reaching("host", [endless], WAY, 4, Firewall()).checks
    assert line.words == "ICMP: not reached within 30 hops, 30 hops answer up to hop 30"
    assert last.words == "the way is longer than what was tried, or goes round in a circle"
    assert last.remedy == "poros-tui --max-hops 64 host goes on, and shows who comes again"


# --- real networks


@pytest.mark.sampled(1)
@pytest.mark.network
@pytest.mark.parametrize(
    ("network", "words", "who"),
    [
        ("admin-prohibited", "administratively prohibited", "a firewall, 10.0.5.1 at hop 5, ref"),
        ("firewall-reject", "port unreachable", "a firewall, 10.0.5.1 at hop 5, refuses all"),
        ("host-unreachable", "host unreachable", "10.0.5.1 at hop 5 does not find the host"),
        ("net-unreachable", "network unreachable", "10.0.5.1 at hop 5 has no route to the host"),
    ],
)
def test_a_router_that_refuses_is_not_called_silent(network: str, words: str, who: str) -> None:
    require_network()
    with lab_network(network) as lab:
        code, said = doctor(lab, "-4", "{destination}")
    assert code == 1
    for name in ("ICMP", "UDP", "TCP port 80", "TCP port 443"):
        assert f"  ✗ {name}: {words}, says 10.0.5.1 at hop 5\n" in said
    assert f"  ✗ {who}" in said
    assert "answers nothing" not in said


@pytest.mark.network
@pytest.mark.parametrize("destination", ["{destination}", "{destination6}"])
def test_where_nothing_is_in_the_way_it_says_so(destination: str, tmp_path: Path) -> None:
    require_network()
    resolv = tmp_path / "resolv.conf"
    resolv.write_text("")
    with lab_network("straight12") as lab:
        lab.allow_ping_sockets(True)
        code, said = doctor(lab, destination, resolv=resolv)
    assert code == 0
    assert "✗" not in said
    for name in ("ICMP", "UDP", "TCP port 80", "TCP port 443"):
        assert f"  ✓ {name}: reached at hop 12, 11 of the 11 hops before it answer\n" in said
    assert said.count("IPv4 IPv6, time stamps of the kernel at both ends") == 5
    assert "leave through tun0, MTU 1500: a tunnel, whose own path is not seen\n" in said


@pytest.mark.network
def test_what_a_user_may_not_do_has_the_command_that_permits_it(tmp_path: Path) -> None:
    require_network()
    resolv = tmp_path / "resolv.conf"
    resolv.write_text("")
    with lab_network("straight12") as lab:
        lab.allow_ping_sockets(False)
        code, said = doctor(lab, "-4", "{destination}", resolv=resolv, capabilities=False)
    assert code == 0  # UDP and TCP are permitted
    assert "without the capability CAP_NET_RAW\n" in said
    refused = "not permitted\n     "
    assert f"- ICMP raw sockets: {refused} root has not got CAP_NET_RAW here: start" in said
    assert f"- ICMP without privilege: {refused} sysctl -w net.ipv4.ping_group_" in said
    assert "✓ UDP  without privilege: IPv4, time stamps of the kernel at both ends\n" in said
    assert "ICMP: reached" not in said
    assert "✓ UDP: reached at hop 12" in said
    assert "IPv6" not in said


@pytest.mark.network
def test_a_machine_without_a_route_is_told_so() -> None:
    with bare_namespace() as name:
        done = doctor_in(name, "192.0.2.1")
    assert (done.returncode, done.stderr) == (1, "")
    assert "  ✗ IPv4: there is no default route\n      ip -4 route lists the routes" in done.stdout
    assert (
        "  ✗ there is no route to 192.0.2.1\n      ip route get 192.0.2.1 says why" in done.stdout
    )
    assert "  ✗ ICMP: network is unreachable\n" in done.stdout


@pytest.mark.network
def test_a_machine_without_ipv6_can_do_without_and_is_told_the_switch() -> None:
    with bare_namespace() as name:
        namespace.set_sysctls(name, {"ipv6/conf/all/disable_ipv6": "1"})
        done = doctor_in(name)
    off = "is switched off (net.ipv6.conf.all.disable_ipv6)"
    remedy = "sysctl -w net.ipv6.conf.all.disable_ipv6=0"
    for sockets in ("ICMP raw sockets", "UDP  without privilege", "TCP  raw sockets"):
        assert f"  - {sockets}: IPv6: it {off}; IPv4 works\n      {remedy}\n" in done.stdout
    assert f"  ✗ IPv6 {off}\n      {remedy}\n" in done.stdout
    assert "sudo" not in done.stdout
    assert "firewall" not in done.stdout


@pytest.mark.network
def test_ipv6_that_is_off_on_loopback_alone_is_told_of_it_alone() -> None:
    with bare_namespace() as name:
        namespace.set_sysctls(name, {"ipv6/conf/lo/disable_ipv6": "1"})
        done = doctor_in(name, "::1")
    off = "is switched off on lo"
    remedy = "sysctl -w net.ipv6.conf.lo.disable_ipv6=0"
    assert f"  - TCP  raw sockets: IPv6: it {off}; IPv4 works\n      {remedy}\n" in done.stdout
    assert f"  ✗ packets to ::1 can't leave: IPv6 {off}\n      {remedy}\n" in done.stdout


@contextmanager
def on_a_link() -> Iterator[str]:
    """A namespace with an interface `a0` at a wire where nobody else is."""
    with bare_namespace() as name, bare_namespace() as nobody:
        namespace.ip_batch(
            [
                f"link add a0 type veth peer name b0 netns {nobody}",
                "link set a0 up",
                "address add 10.1.0.1/24 dev a0",
                "address add 2001:db8:1::1/64 dev a0 nodad",
                "route add default via 10.1.0.99",
            ],
            name,
        )
        namespace.ip_batch(["link set b0 up"], nobody)
        yield name


@pytest.mark.sampled(0)
@pytest.mark.network
def test_an_address_over_a_link_without_ipv6_is_told_so_before_routes() -> None:
    with on_a_link() as name:
        namespace.set_sysctls(name, {"ipv6/conf/a0/disable_ipv6": "1"})
        far, near = doctor_in(name, "2001:db8:1::77"), doctor_in(name, "fe80::1%a0")
    remedy = "      sysctl -w net.ipv6.conf.a0.disable_ipv6=0\n"
    for done, address in ((far, "2001:db8:1::77"), (near, "fe80::1")):
        words = f"packets to {address} can't leave: IPv6 is switched off on a0"
        assert f"  ✗ {words}\n{remedy}" in done.stdout
        assert "no route to" not in done.stdout
    assert f"  - IPv6 is switched off on a0\n{remedy}" in far.stdout


@pytest.mark.network
def test_an_interface_that_is_not_there_is_told() -> None:
    with bare_namespace() as name:
        done = doctor_in(name, "fe80::1%a0")
    assert (done.returncode, done.stderr) == (1, "")
    assert "  ✗ this machine has no interface a0\n" in done.stdout


def put_switches(root: Path, **values: int) -> None:
    for name, value in values.items():
        put(root, f"proc/sys/net/ipv6/conf/{name}/disable_ipv6", b"%d\n" % value)


def test_what_is_off_is_named_with_what_switches_it_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "keeps_privileges", lambda _environment: True)
    assert switched_off(["lo"], tmp_path) is None  # not known
    put_switches(tmp_path, all=0, default=1, lo=0, e1=1)
    assert switched_off(["lo"], tmp_path) is None
    (off, some) = switched_off(["e1"], tmp_path), off_on_some(tmp_path)
    assert off is not None
    assert off == some
    assert off.remedy == "sysctl -w net.ipv6.conf.e1.disable_ipv6=0"
    put(tmp_path, "proc/sys/net/ipv6/conf/e1.5/disable_ipv6", b"1")
    both = off_on_some(tmp_path)
    assert both is not None
    assert both.words == "is switched off on e1 and e1.5"
    assert both.remedy.endswith(" && sysctl -w net.ipv6.conf.e1/5.disable_ipv6=0")
    put_switches(tmp_path, all=1, lo=0)
    assert switched_off(["lo"], tmp_path) is None  # somebody has switched it on again
    put_switches(tmp_path, lo=1)
    assert switched_off(["lo"], tmp_path) == SwitchedOff(("all",))


def test_a_kernel_without_ipv6_is_told_so(tmp_path: Path) -> None:
    put(tmp_path, "proc/sys/net/core/somaxconn", b"1")
    off = switched_off(["lo"], tmp_path)
    assert off is not None
    assert "not in this kernel" in off.words
    assert "ipv6.disable=1" in off.remedy


NO_ARP = "the next hop does not answer ARP"


@pytest.mark.parametrize(
    ("is_on_link", "words"),
    [
        (True, "the host, on our own link, does not answer ARP: nobody there answers for its"),
        (False, "the gateway does not answer ARP"),
        (None, "the next hop, the host on our own link or else the gateway, does not answer ARP"),
    ],
)
def test_who_is_not_there_is_told_where_any_of_them_knows(
    is_on_link: bool | None, words: str
) -> None:
    found = [reached("ICMP", None), reached("UDP", None, problem=NO_ARP)]
    checks = reaching("host", found, WAY, 4, Firewall(), is_on_link=is_on_link).checks
    (_, _, udp, last) = checks
    assert udp.remedy == ""
    assert last.state is State.BAD
    assert last.words.startswith(words)
    assert "address right" in last.remedy or "the address right" in last.remedy


def test_who_answers_some_is_not_called_absent() -> None:
    found = [reached("ICMP", 1), reached("UDP", None, problem=NO_ARP)]
    assert not any("gateway does not" in words for words in conclusions(*found))


@pytest.mark.sampled(0)
@pytest.mark.network
@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("10.1.0.77", "the host, on our own link, does not answer ARP: nobody there answers for"),
        ("192.0.2.1", "the gateway does not answer ARP\n"),
        ("2001:db8:1::77", "the next hop, the host on our own link or else the gateway, does not"),
    ],
)
def test_a_neighbour_that_is_not_there_is_no_firewall(address: str, words: str) -> None:
    with on_a_link() as name:
        done = doctor_in(name, address)
    _, _, path = done.stdout.partition("The path to")
    assert f"  ✗ {words}" in path
    assert "firewall" not in path


@pytest.mark.sampled(0)
@pytest.mark.network
def test_a_loopback_that_is_down_is_no_firewall() -> None:
    with bare_namespace() as name:
        namespace.ip_batch(["link set lo down"], name)
        done = doctor_in(name, "-4")
    silent = "IPv4: nothing comes back from this machine itself\n      ip link set lo up\n"
    assert f"  ✗ ICMP raw sockets: {silent}" in done.stdout
    assert f"  ✗ TCP  raw sockets: {silent}" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-4", "-6"), "-4 and -6 exclude each other; leave one out"),
        (("0.0.0.0",), "0.0.0.0 is no host's address; give the address of one"),
        (("a", "b"), "got unexpected extra argument (b); see poros-tui doctor --help"),
        (("-x",), "no such option '-x'; see poros-tui doctor --help"),
    ],
)
def test_what_cannot_be_is_said(arguments: tuple[str, ...], words: str) -> None:
    done = run_program("doctor", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"poros-tui: {words}\n")


@pytest.mark.parametrize("arguments", [("doctor",), ("config",), ("man",), ("completion", "zsh")])
def test_a_reader_that_leaves_is_no_failure(arguments: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as out:
        done = subprocess.run(
            [*PROGRAM, *arguments],
            stdout=out,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
        )
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, b"")
