"""Which rung is climbed, and what is said where none can be."""

from __future__ import annotations

import errno
import os
import socket
from ipaddress import ip_address

import pytest

from poros_tui.errors import CannotRun, PorosError, UsageError
from poros_tui.model.probe import Multipath, Protocol
from poros_tui.probe.family import Family
from poros_tui.probe.open import Candidates, ChosenTransport, open_candidates
from poros_tui.probe.outgoing import Outgoing
from poros_tui.probe.privilege import Privilege
from poros_tui.probe.protocols import icmp, udp
from tests.probe.listening import first_socket

LOOPBACK = ip_address("127.0.0.1")


class Counted(socket.socket):
    """Its copies are counted too."""

    opened: list[socket.socket]

    def dup(self) -> Counted:
        sock = super().dup()
        sock.opened = self.opened
        self.opened.append(sock)
        return sock


class Permissions:
    """What opening each kind of socket does instead: nothing, or an error number."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.raw: dict[int, int] = {}
        self.ping: dict[int, int] = {}
        self.udp: dict[int, int] = {}
        self.opened: list[socket.socket] = []
        for module in (icmp, udp):
            monkeypatch.setattr(module, "open_raw", lambda family, *_: self._open(family, self.raw))
        monkeypatch.setattr(
            icmp, "open_ping", lambda to, *_: (self._open(to.family, self.ping), 0x1234)
        )
        monkeypatch.setattr(udp, "open_udp", lambda to, *_, **__: self._open(to.family, self.udp))
        monkeypatch.setattr(icmp, "hear_only", lambda *_: None)
        monkeypatch.setattr(udp, "hear_nothing", lambda *_: None)
        monkeypatch.setattr(udp, "hear_errors", lambda *_: None)

    def _open(self, family: Family, errors: dict[int, int]) -> socket.socket:
        code = errors.get(family.version)
        if code is not None:
            raise OSError(code, os.strerror(code))
        # Any socket will do: nothing is sent.
        sock = Counted(socket.AF_INET, socket.SOCK_DGRAM)
        sock.opened = self.opened
        self.opened.append(sock)
        return sock

    def forbid_raw(self) -> None:
        self.raw = {4: errno.EPERM, 6: errno.EPERM}

    def forbid_ping(self) -> None:
        self.ping = {4: errno.EACCES, 6: errno.EACCES}

    @property
    def still_open(self) -> int:
        return sum(sock.fileno() != -1 for sock in self.opened)


@pytest.fixture
def permissions(monkeypatch: pytest.MonkeyPatch) -> Permissions:
    return Permissions(monkeypatch)


def climb(
    privilege: Privilege, protocol: Protocol | None, destination: str = "127.0.0.1", zone: str = ""
) -> ChosenTransport:
    candidates = open_candidates(privilege, protocol)
    try:
        return candidates.transport_for(ip_address(destination), zone)
    finally:
        candidates.close()


@pytest.mark.parametrize(
    ("privilege", "protocol", "forbidden", "rung", "word"),
    [
        (Privilege.AUTO, None, "", "raw socket", "raw"),
        (Privilege.AUTO, Protocol.ICMP, "", "raw socket", "raw"),
        (Privilege.RAW, None, "", "raw socket", "raw"),
        (Privilege.AUTO, None, "raw", "ping socket", "user"),
        (Privilege.USER, None, "", "ping socket", "user"),
        (Privilege.USER, Protocol.ICMP, "", "ping socket", "user"),
        (Privilege.AUTO, None, "raw ping", "UDP error queue", "user"),
        (Privilege.USER, None, "ping", "UDP error queue", "user"),
        (Privilege.AUTO, Protocol.UDP, "", "raw socket", "raw"),
        (Privilege.RAW, Protocol.UDP, "", "raw socket", "raw"),
        (Privilege.AUTO, Protocol.UDP, "raw", "UDP error queue", "user"),
        (Privilege.USER, Protocol.UDP, "", "UDP error queue", "user"),
    ],
)
def test_the_best_permitted_rung_is_climbed_and_the_others_are_closed(
    permissions: Permissions,
    privilege: Privilege,
    protocol: Protocol | None,
    forbidden: str,
    rung: str,
    word: str,
) -> None:
    if "raw" in forbidden:
        permissions.forbid_raw()
    if "ping" in forbidden:
        permissions.forbid_ping()
    chosen = climb(privilege, protocol)
    assert (chosen.rung, chosen.privilege) == (rung, word)
    is_udp = protocol is Protocol.UDP or rung == "UDP error queue"
    assert chosen.protocol is (Protocol.UDP if is_udp else Protocol.ICMP)
    # To hear with, and for UDP to send from.
    assert permissions.still_open == (2 if is_udp and word == "raw" else 1)
    chosen.transport.close()
    assert permissions.still_open == 0


def test_each_rung_says_what_it_cannot_do(permissions: Permissions) -> None:
    notes = [climb(Privilege.AUTO, None).rung_note, climb(Privilege.USER, None).rung_note]
    permissions.forbid_ping()
    notes += [climb(Privilege.USER, Protocol.UDP).rung_note, climb(Privilege.USER, None).rung_note]
    raw, ping, datagram, instead = notes
    assert raw == ""
    assert "forgeries" in ping
    assert (
        datagram == "a destination answers UDP about once a second, or not at all behind a firewall"
    )
    assert instead == f"ICMP needs permission here (see --privilege), so UDP: {datagram}"
    for sock in permissions.opened:
        sock.close()


def assert_refused(
    refusal: pytest.ExceptionInfo[PorosError], permissions: Permissions, text: str
) -> None:
    assert str(refusal.value) == text
    assert permissions.still_open == 0


def test_raw_without_permission_says_how_to_get_it(permissions: Permissions) -> None:
    permissions.forbid_raw()
    with pytest.raises(UsageError) as refusal:
        climb(Privilege.RAW, None)
    assert_refused(
        refusal,
        permissions,
        "--privilege raw: raw sockets are not permitted to this user; "
        "run it with sudo; poros-tui doctor has the command that permits them for good",
    )


def test_icmp_without_permission_says_what_to_do(permissions: Permissions) -> None:
    permissions.forbid_raw()
    permissions.forbid_ping()
    with pytest.raises(UsageError) as refusal:
        climb(Privilege.AUTO, Protocol.ICMP)
    assert_refused(
        refusal,
        permissions,
        "--icmp is not permitted to this user; run it with sudo, allow ping sockets "
        "(sysctl net.ipv4.ping_group_range='0 2147483647'), or use --udp",
    )


@pytest.fixture
def no_raw_udp(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a protocol would be that needs no raw sockets."""
    monkeypatch.setattr(udp, "RAW", None)


@pytest.mark.usefixtures("no_raw_udp")
def test_raw_sockets_for_a_protocol_that_has_none_are_a_contradiction(
    permissions: Permissions,
) -> None:
    with pytest.raises(UsageError) as refusal:
        climb(Privilege.RAW, Protocol.UDP)
    assert_refused(refusal, permissions, "UDP probes never need raw sockets; drop --privilege raw")


@pytest.mark.usefixtures("no_raw_udp")
def test_where_raw_sockets_are_demanded_the_key_of_a_protocol_without_is_refused_too(
    permissions: Permissions,
) -> None:
    candidates = open_candidates(Privilege.RAW, None, others=Protocol)
    with pytest.raises(UsageError, match="UDP probes never need raw sockets; drop --privilege raw"):
        candidates.transport_for(LOOPBACK, protocol=Protocol.UDP)
    candidates.close()
    assert permissions.still_open == 0


@pytest.mark.parametrize("protocol", [Protocol.ICMP, Protocol.TCP])
def test_the_key_of_a_protocol_that_cannot_do_what_was_asked_for_is_refused(
    permissions: Permissions, protocol: Protocol
) -> None:
    permissions.forbid_raw()
    dublin = Outgoing(multipath=Multipath.DUBLIN)
    candidates = open_candidates(Privilege.AUTO, Protocol.UDP, [6], dublin, others=Protocol)
    candidates.transport_for(ip_address("::1")).transport.close()
    with pytest.raises(UsageError, match="--multipath dublin is for UDP probes"):
        candidates.transport_for(ip_address("::1"), protocol=protocol)
    candidates.close()
    assert permissions.still_open == 0


def test_what_is_refused_may_be_asked_for_again_and_closes_nothing(
    permissions: Permissions, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidates = open_candidates(Privilege.AUTO, None, others=[Protocol.ICMP])
    outgoing_of_another = Outgoing(source=ip_address("192.0.2.99"))
    monkeypatch.setattr(candidates, "_outgoing", outgoing_of_another)
    for _ in range(2):
        with pytest.raises(
            UsageError, match=r"--source 192\.0\.2\.99 is no address of this machine"
        ):
            candidates.transport_for(LOOPBACK)
    monkeypatch.setattr(candidates, "_outgoing", Outgoing())
    chosen = candidates.transport_for(LOOPBACK)
    assert chosen.rung == "raw socket"
    chosen.transport.close()
    candidates.close()
    assert permissions.still_open == 0


@pytest.mark.parametrize(
    ("privilege", "protocol"),
    [
        (Privilege.AUTO, None),
        (Privilege.RAW, None),
        (Privilege.USER, None),
        (Privilege.USER, Protocol.UDP),
    ],
)
def test_a_kernel_without_ipv6_says_so(
    permissions: Permissions, privilege: Privilege, protocol: Protocol | None
) -> None:
    absent = {6: errno.EAFNOSUPPORT}
    permissions.raw, permissions.ping, permissions.udp = absent, absent, absent
    with pytest.raises(CannotRun) as refusal:
        climb(privilege, protocol, "fd00::1")
    assert_refused(
        refusal,
        permissions,
        "this machine has no IPv6; give an IPv4 address, or a name with -4",
    )
    climb(privilege, protocol).transport.close()


def test_other_failures_are_told_in_the_kernels_words(permissions: Permissions) -> None:
    permissions.raw = {6: errno.EMFILE}
    with pytest.raises(CannotRun) as refusal:
        climb(Privilege.AUTO, None)
    assert_refused(refusal, permissions, "cannot open a raw socket: too many open files")


def test_only_the_wanted_families_are_opened(permissions: Permissions) -> None:
    candidates = open_candidates(Privilege.AUTO, None, families={4})
    assert permissions.still_open == 1
    candidates.close()
    candidates.close()
    assert permissions.still_open == 0


@pytest.mark.parametrize("destination", ["0.0.0.0", "::", "224.0.0.1", "ff02::1"])
def test_what_is_no_single_host_is_refused(permissions: Permissions, destination: str) -> None:
    with pytest.raises(UsageError) as refusal:
        climb(Privilege.AUTO, None, destination)
    assert_refused(
        refusal, permissions, f"{destination} is no single host; give the address of one"
    )


def test_an_ipv4_address_in_ipv6_form_is_told_as_what_it_is(permissions: Permissions) -> None:
    with pytest.raises(UsageError) as refusal:
        climb(Privilege.AUTO, None, "::ffff:10.0.0.1")
    assert_refused(
        refusal,
        permissions,
        f"{ip_address('::ffff:10.0.0.1')} is an IPv4 address in disguise; give it as 10.0.0.1",
    )


def test_a_link_local_address_needs_its_interface(permissions: Permissions) -> None:
    with pytest.raises(CannotRun) as refusal:
        climb(Privilege.AUTO, None, "fe80::1")
    assert_refused(
        refusal,
        permissions,
        "fe80::1 is link-local and means another host on every interface; "
        "name the interface, such as fe80::1%eth0",
    )


@pytest.mark.parametrize("zone", ["nosuch0", "4000000", "99999999999999999999", "a" * 40, "l\0o"])
def test_an_unknown_zone_is_told_with_those_there_are(permissions: Permissions, zone: str) -> None:
    with pytest.raises(
        UsageError, match=r"this machine has no interface .*; it has .*lo"
    ) as refusal:
        climb(Privilege.AUTO, None, "fe80::1", zone)
    assert "\0" not in str(refusal.value)
    assert permissions.still_open == 0


@pytest.mark.parametrize("zone", ["lo", "1"])
def test_a_zone_is_the_interface_by_name_or_number(permissions: Permissions, zone: str) -> None:
    chosen = climb(Privilege.USER, Protocol.UDP, "fe80::1", zone)
    dialect = first_socket(chosen.transport)._dialect
    assert dialect.address(0) == ("fe80::1", 33434, 0, socket.if_nametoindex("lo"))
    chosen.transport.close()


# --- several targets ------------------------------------------------------------------------------


def rungs_of_all(candidates: Candidates, count: int, first: int = 0) -> list[tuple[str, str]]:
    """What so many targets get, one after the other."""
    chosen = [candidates.transport_for(LOOPBACK, owner=first + place) for place in range(count)]
    told = [(one.rung, one.rung_note) for one in chosen]
    for one in chosen:
        one.transport.close()
    return told


USED_UP = (
    "no raw socket for ICMP is left of those that were opened before the program gave up root's "
    "rights"
)


def test_each_target_takes_a_socket_of_those_opened_early_and_then_what_needs_no_privilege(
    permissions: Permissions,
) -> None:
    candidates = open_candidates(Privilege.AUTO, None, counts={4: 3, 6: 1})
    assert permissions.still_open == 4
    *raw, ping = rungs_of_all(candidates, 4)
    assert raw == [("raw socket", "")] * 3
    assert ping == (
        "ping socket",
        f"{USED_UP}, so ping socket: the kernel checks most of an answer and keeps the rest: "
        "forgeries are harder to tell",
    )
    permissions.forbid_ping()
    ((rung, note),) = rungs_of_all(candidates, 1, first=9)
    assert rung == "UDP error queue"
    assert note.startswith(f"{USED_UP}, so UDP: ")
    candidates.close()
    for sock in permissions.opened:
        sock.close()


def test_raw_sockets_that_are_demanded_are_said_to_be_used_up(permissions: Permissions) -> None:
    candidates = open_candidates(Privilege.RAW, None, counts={4: 1})
    first = candidates.transport_for(LOOPBACK, owner=0)
    with pytest.raises(CannotRun) as refusal:
        candidates.transport_for(LOOPBACK, owner=1)
    assert str(refusal.value) == f"{USED_UP}; start it with all targets at once"
    with pytest.raises(CannotRun, match="this machine has no IPv6"):
        candidates.transport_for(ip_address("fd00::1"))
    first.transport.close()
    candidates.close()


def test_who_keeps_privileges_opens_sockets_when_they_are_needed(permissions: Permissions) -> None:
    candidates = open_candidates(Privilege.AUTO, None, counts={4: 1, 6: 1}, opens_later=True)
    assert permissions.still_open == 2
    assert rungs_of_all(candidates, 20) == [("raw socket", "")] * 20
    assert permissions.still_open == 2
    permissions.raw = {4: errno.EMFILE}
    assert rungs_of_all(candidates, 1) == [("raw socket", "")]  # it is kept
    with pytest.raises(CannotRun, match="cannot open a raw socket: too many open files"):
        candidates.transport_for(LOOPBACK, owner=1)
    candidates.close()
    assert permissions.still_open == 0


@pytest.mark.parametrize("opens_later", [True, False])
def test_who_may_open_none_gets_what_needs_no_privilege_and_no_excuse(
    permissions: Permissions, opens_later: bool
) -> None:
    permissions.forbid_raw()
    candidates = open_candidates(Privilege.AUTO, None, counts={4: 9, 6: 9}, opens_later=opens_later)
    rungs = rungs_of_all(candidates, 3)
    assert {rung for rung, _ in rungs} == {"ping socket"}
    assert not any("opened before" in note for _, note in rungs)
    for sock in permissions.opened:
        sock.close()


def test_privileges_that_go_later_are_noticed(permissions: Permissions) -> None:
    candidates = open_candidates(Privilege.AUTO, Protocol.UDP, counts={4: 1}, opens_later=True)
    permissions.forbid_raw()
    chosen = candidates.transport_for(LOOPBACK, protocol=Protocol.ICMP)
    assert chosen.rung == "ping socket"
    for sock in permissions.opened:
        sock.close()
