"""What the doctor says of the firewall of this machine, and that what it advises opens it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from poros_tui.cli.doctor import commands
from poros_tui.cli.doctor.firewall import Firewall
from poros_tui.cli.doctor.ruleset import chains_that_drop
from poros_tui.cli.doctor.traffic import Traffic
from tests.cli.doctoring import (
    bare_namespace,
    doctor,
    doctor_in,
    follow,
)
from tests.cli.program import PROGRAM, environment, run_command
from tests.lab import namespace
from tests.lab.requirements import require_network, require_nft
from tests.lab.tun import lab_network

ERRORS = Traffic(protocol="icmp", version=4, hook="input")
ERRORS6 = Traffic(protocol="icmp", version=6, hook="input")
ICMP_OUT = Traffic(protocol="icmp", version=4, hook="output")
TCP_IN = Traffic(protocol="tcp", version=4, hook="input")
BOTH = "{ icmp, ipv6-icmp }"


# --- which chains drop what, as nft lists them


def listing(rules: str) -> bytes:
    """What `nft -j list ruleset` says of rules."""
    with bare_namespace(rules) as name:
        command = ["ip", "netns", "exec", name, "nft", "-j", "list", "ruleset"]
        return subprocess.run(command, check=True, capture_output=True).stdout


def base(family: str, hook: str, *rules: str, policy: str = "accept", more: str = "") -> str:
    words = "; ".join((f"type filter hook {hook} priority 0", f"policy {policy}", *rules))
    return f"table {family} f {{\n{more}\nchain c {{ {words}; }}\n}}"


def on_device(family: str, hook: str, *rules: str) -> str:
    return base(family, f"{hook} device lo", *rules)


PROTOCOLS = "set s { type inet_proto; elements = { icmp, udp }; }"


@pytest.mark.network
@pytest.mark.parametrize(
    ("rules", "traffic", "drops"),
    [
        (base("inet", "input", "icmp type time-exceeded drop"), ERRORS, True),
        (base("inet", "input", "icmp type time-exceeded drop"), ERRORS6, False),
        (base("inet", "input", "icmpv6 type time-exceeded drop"), ERRORS6, True),
        (base("inet", "input", "meta l4proto { icmp, ipv6-icmp } reject"), ERRORS6, True),
        (base("inet", "input", "meta l4proto != tcp drop"), ERRORS, True),
        (base("inet", "input", "tcp dport 80 drop", "udp dport 53 drop"), ERRORS, False),
        (base("inet", "input", "icmp type echo-request drop"), ERRORS, False),
        (base("inet", "input", "iif lo drop"), ERRORS, False),
        (base("inet", "input", "ct state invalid drop"), ERRORS, False),
        (base("inet", "input", "ip saddr 192.0.2.0/24 drop"), ERRORS, True),
        (base("inet", "input", "meta nfproto ipv6 drop"), ERRORS, False),
        (base("inet", "input", policy="drop"), ERRORS, True),
        (base("inet", "input", policy="drop"), TCP_IN, True),
        (base("inet", "input", "tcp dport 22 accept", policy="drop"), ERRORS, True),
        (base("inet", "input", "icmp type echo-request accept", policy="drop"), ERRORS, True),
        (base("inet", "input", "meta l4proto icmp accept", policy="drop"), ERRORS, False),
        (
            base("inet", "input", "ct state established,related accept", policy="drop"),
            ERRORS,
            False,
        ),
        (base("inet", "input", "ct state established accept", policy="drop"), ERRORS, True),
        (
            base(
                "inet",
                "input",
                "ct state vmap { established : accept, related : accept, invalid : drop }",
                policy="drop",
            ),
            ERRORS,
            False,
        ),
        (base("inet", "output", "meta l4proto icmp drop"), ICMP_OUT, True),
        (base("inet", "output", "meta l4proto icmp drop"), ERRORS, False),
        (
            base("inet", "output", "ct state established,related accept", policy="drop"),
            ICMP_OUT,
            True,
        ),
        (base("ip", "input", "ip protocol icmp drop"), ERRORS, True),
        (base("ip", "input", "ip protocol icmp limit rate 1/second accept", "drop"), ERRORS, True),
        (base("ip", "input", "ip protocol icmp accept", "drop"), ERRORS, False),
        (base("ip6", "input", policy="drop"), ERRORS, False),
        (base("ip6", "input", policy="drop"), ERRORS6, True),
        (base("inet", "input", "jump d", more="chain d { meta l4proto icmp drop; }"), ERRORS, True),
        (base("inet", "input", "goto d", more="chain d { accept; }", policy="drop"), ERRORS, False),
        (
            base("inet", "input", "jump d", "drop", more="chain d { meta l4proto icmp accept; }"),
            ERRORS,
            False,
        ),
        (base("inet", "prerouting", "meta l4proto icmp drop"), ERRORS, True),
        (base("inet", "forward", policy="drop"), ERRORS, False),
        (on_device("netdev", "ingress", "icmp type time-exceeded drop"), ERRORS, True),
        (on_device("netdev", "ingress", "icmp type time-exceeded drop"), ERRORS6, False),
        (on_device("netdev", "ingress", "meta protocol ip drop"), ERRORS6, False),
        (on_device("netdev", "ingress", "meta l4proto icmp drop"), ICMP_OUT, False),
        (on_device("inet", "ingress", "meta l4proto icmp drop"), ERRORS, True),
        (on_device("netdev", "egress", "meta l4proto icmp drop"), ICMP_OUT, True),
        (on_device("netdev", "egress", "meta l4proto icmp drop"), ERRORS, False),
        (base("inet", "input", "meta l4proto @s drop", more=PROTOCOLS), ERRORS, True),
        (base("inet", "input", "meta l4proto @s drop", more=PROTOCOLS), TCP_IN, False),
    ],
)
def test_a_chain_drops_what_its_rules_say(rules: str, traffic: Traffic, drops: bool) -> None:
    require_nft()
    found = chains_that_drop(listing(rules), traffic)
    assert [chain.name for chain in found] == ["c"] * drops


@pytest.mark.network
def test_where_one_drops_for_sure_one_that_may_is_left_out() -> None:
    require_nft()
    rules = (
        base("inet", "input", "ip saddr 192.0.2.0/24 drop")
        + """
    table ip filter { chain INPUT { type filter hook input priority 0; ip protocol icmp drop; }; }
    """
    )
    assert [chain.name for chain in chains_that_drop(listing(rules), ERRORS)] == ["INPUT"]


def dns(hook: str, interface: str = "", is_loopback: bool = False) -> Traffic:
    """A question to a name server, or its answer."""
    return Traffic(
        protocol="udp",
        version=4,
        hook=hook,
        peer="192.0.2.53",
        peer_port=53,
        interface=interface,
        is_loopback=is_loopback,
    )


ASKED, ANSWER = dns("output"), dns("input")
SERVERS = "set s { type ipv4_addr; flags interval; elements = { %s }; }"


@pytest.mark.network
@pytest.mark.parametrize(
    ("rules", "traffic", "drops"),
    [
        (base("inet", "output", "udp dport 33434-33534 drop"), ASKED, False),
        (base("inet", "output", "udp dport 1-1024 drop"), ASKED, True),
        (base("inet", "output", "udp dport { 53, 853 } drop"), ASKED, True),
        (base("inet", "output", "udp dport != 53 drop"), ASKED, False),
        (base("inet", "output", "udp dport > 53 drop"), ASKED, False),
        (base("inet", "output", "udp dport <= 53 drop"), ASKED, True),
        (base("inet", "output", "th dport 53 drop"), ASKED, True),
        (base("inet", "output", "udp sport 53 drop"), ASKED, False),
        (base("inet", "output", "tcp dport 53 drop"), ASKED, False),
        (base("inet", "output", "ip daddr 192.0.2.0/24 udp dport 53 drop"), ASKED, True),
        (base("inet", "output", "ip daddr 198.51.100.0/24 udp dport 53 drop"), ASKED, False),
        (base("inet", "output", "ip daddr 192.0.2.1-192.0.2.99 drop"), ASKED, True),
        (base("inet", "output", "ip daddr 192.0.2.53 meta mark 1 drop"), ASKED, False),
        (base("inet", "output", "ip daddr 192.0.2.53 accept", policy="drop"), ASKED, False),
        (base("inet", "output", "udp dport 123 accept", policy="drop"), ASKED, True),
        (base("inet", "output", "meta mark 1 accept", policy="drop"), ASKED, False),
        (base("inet", "output", 'oifname "e*" drop'), dns("output", interface="e3v0"), True),
        (base("inet", "output", 'oifname "w*" drop'), dns("output", interface="e3v0"), False),
        (base("inet", "input", "ip saddr @s drop", more=SERVERS % "10.0.0.0/8"), ANSWER, False),
        (base("inet", "input", "ip saddr @s drop", more=SERVERS % "192.0.2.0/25"), ANSWER, True),
        (
            base("inet", "input", "ip saddr @s drop", more="set s { type ipv4_addr; }"),
            ANSWER,
            False,
        ),
        (base("inet", "input", "ip saddr != @s drop", more=SERVERS % "10.1.2.3"), ANSWER, True),
        (base("inet", "input", "udp sport 53 drop"), ANSWER, True),
        (base("inet", "input", "udp dport 53 drop"), ANSWER, False),
        (base("inet", "input", "udp dport 33434-33534 drop"), ANSWER, False),
        (base("inet", "input", "ct state established accept", policy="drop"), ANSWER, False),
        (on_device("netdev", "ingress", "udp sport 53 drop"), ANSWER, True),
        (on_device("inet", "ingress", "ct state established accept", "drop"), ANSWER, True),
    ],
)
def test_a_chain_is_to_blame_for_a_name_server_only_where_it_drops_its_packets(
    rules: str, traffic: Traffic, drops: bool
) -> None:
    require_nft()
    found = chains_that_drop(listing(rules), traffic, is_sure=True)
    assert [chain.name for chain in found] == ["c"] * drops


@pytest.mark.parametrize(
    ("dev", "known", "drops"),
    [
        ("e3v0", {}, True),
        (["e3v0", "e4v0"], {"interface": "e4v0"}, True),
        ("e3v0", {"interface": "e4v0"}, False),
        ("e3v0", {"is_loopback": True}, False),
        ("lo", {"is_loopback": True}, True),
        ("lo", {}, False),
        (None, {"interface": "e4v0"}, True),  # as before nft 1.0.9, which does not name it
        (None, {"is_loopback": True}, False),
    ],
)
def test_a_chain_of_a_device_drops_only_what_passes_it(
    dev: str | list[str] | None, known: dict[str, Any], drops: bool
) -> None:
    chain = {"family": "netdev", "table": "t", "name": "c", "hook": "ingress", "policy": "drop"}
    told = json.dumps({"nftables": [{"chain": chain | ({"dev": dev} if dev else {})}]}).encode()
    found = chains_that_drop(told, dns("input", **known), is_sure=True)
    assert [one.name for one in found] == ["c"] * drops


def test_a_target_of_iptables_that_nft_cannot_write_is_known() -> None:
    chain = {"family": "ip", "table": "filter", "name": "INPUT", "hook": "input"}
    expr = [{"xt": {"type": "match", "name": "icmp"}}, {"xt": {"type": "target", "name": "REJECT"}}]
    rule = {"family": "ip", "table": "filter", "chain": "INPUT", "expr": expr}
    told = json.dumps({"nftables": [{"metainfo": {}}, {"chain": chain}, {"rule": rule}]})
    assert [chain.name for chain in chains_that_drop(told.encode(), ERRORS)] == ["INPUT"]


# --- what is advised


@pytest.fixture(params=["sudo ", ""], ids=["user", "root"])
def sudo(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What commands begin with, for one who must ask for root's rights, and one who is root."""
    before: str = request.param
    monkeypatch.setattr(commands, "keeps_privileges", lambda _environment: not before)
    return before


def test_where_nobody_may_look_it_is_said_how_to_before_the_command(sudo: str) -> None:
    assert Firewall().remedy([ERRORS]) == (
        f"{sudo}nft list ruleset (or {sudo}iptables-save) shows the chain; then "
        f"{sudo}nft insert rule FAMILY TABLE CHAIN meta l4proto {BOTH} accept"
    )


@pytest.mark.parametrize("listed", [b'{"nftables": []}', b"no JSON", b'{"nftables": [1]}', b""])
def test_where_no_chain_drops_it_another_firewall_may(listed: bytes) -> None:
    firewall = Firewall(listed)
    assert firewall.commands([ERRORS]) == ""
    assert "iptables-legacy-save" in firewall.remedy([ERRORS])


def test_chains_that_are_not_looked_at_are_not_denied() -> None:
    chain = {"family": "bridge", "table": "t", "name": "c", "hook": "input", "policy": "drop"}
    firewall = Firewall(json.dumps({"nftables": [{"chain": chain}]}).encode())
    assert "chains of the family bridge were not looked at" in firewall.remedy([ERRORS])
    assert "can't be read" in Firewall(b"no JSON").remedy([ERRORS])
    assert "no chain of nftables does so" not in Firewall(b"no JSON").remedy([ERRORS])


def test_what_has_only_just_come_in_is_let_in_by_what_it_is(sudo: str) -> None:
    chain = {"family": "netdev", "table": "t", "name": "c", "hook": "ingress", "policy": "drop"}
    firewall = Firewall(json.dumps({"nftables": [{"chain": chain}]}).encode())
    insert = f"{sudo}nft insert rule netdev t c"
    assert firewall.commands([TCP_IN]) == f"{insert} tcp flags ack accept"
    answer = f"{insert} ip saddr 192.0.2.53 udp sport 53 accept"
    assert firewall.commands([ANSWER], is_sure=True) == answer


def test_root_behind_whom_nobody_is_needs_no_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUDO_UID", raising=False)
    monkeypatch.setenv("SUDO_GID", "1000")
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert commands.as_root("nft list ruleset") == "nft list ruleset"
    monkeypatch.setenv("SUDO_UID", "1000")
    assert commands.as_root("nft list ruleset") == "sudo nft list ruleset"
    monkeypatch.delenv("SUDO_UID")
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert commands.as_root("nft list ruleset") == "sudo nft list ruleset"


@pytest.mark.parametrize(
    ("family", "traffic", "rule"),
    [
        ("inet", ERRORS, f"meta l4proto {BOTH} accept"),
        ("ip", ERRORS, "meta l4proto icmp accept"),
        ("ip6", ERRORS6, "meta l4proto ipv6-icmp accept"),
        ("inet", TCP_IN, "ct state established,related accept"),
        ("netdev", ERRORS, f"meta l4proto {BOTH} accept"),
        ("ip", Traffic(protocol="udp", version=4, hook="output"), "meta l4proto udp accept"),
        (
            "ip",
            Traffic(protocol="tcp", version=4, hook="input", is_loopback=True),
            "iif lo accept",
        ),
    ],
)
def test_the_command_names_the_chain_and_no_more_than_it_can_let_in(
    family: str, traffic: Traffic, rule: str, sudo: str
) -> None:
    chain = {"family": family, "table": "t", "name": "c", "hook": traffic.hook, "policy": "drop"}
    firewall = Firewall(json.dumps({"nftables": [{"chain": chain}]}).encode())
    assert firewall.remedy([traffic]) == f"{sudo}nft insert rule {family} t c {rule}"


# --- real networks


def advised(said: str) -> list[str]:
    """The commands for nft that it gives to root, each once, one or several for a shell."""
    lines = [line.strip() for line in said.splitlines()]
    return list(dict.fromkeys(line for line in lines if line.startswith("nft insert")))


FIREWALL = """
table inet filter {
  chain input { type filter hook input priority 0; policy accept;
    meta l4proto { icmp, ipv6-icmp } drop
  }
}
"""


@pytest.mark.network
def test_a_local_firewall_that_drops_icmp_is_found_without_a_host() -> None:
    with bare_namespace(FIREWALL) as name:
        done = doctor_in(name, "-4")
    assert (done.returncode, done.stderr) == (1, "")
    remedy = "nft insert rule inet filter input meta l4proto { icmp, ipv6-icmp } accept"
    silent = f"IPv4: nothing comes back from this machine itself\n      {remedy}\n"
    assert f"  ✗ ICMP raw sockets: {silent}" in done.stdout
    assert f"  ✗ UDP  without privilege: {silent}" in done.stdout
    assert "  ✓ TCP  raw sockets: IPv4" in done.stdout


@pytest.mark.sampled(0)
@pytest.mark.network
def test_a_firewall_that_drops_what_routers_say_is_found_with_a_host() -> None:
    require_network()
    require_nft()
    with lab_network("straight12") as lab:
        rules = FIREWALL.replace("meta l4", 'iifname "tun0" meta l4')
        namespace.set_filter(lab.namespace, rules)
        code, said = doctor(lab, "-4", "{destination}")
    assert code == 1
    assert "  - ICMP: nobody answers\n" in said
    assert "  ✓ TCP port 80: reached at hop 12, 0 of the 11 hops before it answer\n" in said
    assert "  ✗ the host answers and no router does: a firewall, here or near, drops" in said


ERRORS_DROPPED = """
table inet f {
  chain i { type filter hook input priority 0; policy accept; icmp type time-exceeded drop; }
}
"""
AS_IPTABLES = """
table ip filter {
  chain INPUT { type filter hook input priority 0; policy accept; iifname "tun0" jump ours; }
  chain ours { ip protocol icmp counter drop; }
}
"""
NOTHING_IN = """
table inet f { chain i { type filter hook input priority 0; policy drop; iif lo accept; }; }
"""
AT_INGRESS = """
table netdev k {
  chain c { type filter hook ingress device "tun0" priority 0; icmp type time-exceeded drop; }
}
"""
AT_INGRESS_OF_INET = """
table inet k {
  chain c { type filter hook ingress device "tun0" priority 0; policy drop; udp sport 53 accept; }
}
"""
AT_EGRESS = """
table netdev k {
  chain c { type filter hook egress device "tun0" priority 0; ip protocol icmp drop; }
}
"""
NOTHING_OUT = """
table ip filter {
  chain OUTPUT { type filter hook output priority 0; policy accept; ip protocol icmp drop; }
}
"""


@pytest.mark.sampled(1)
@pytest.mark.network
@pytest.mark.parametrize(
    ("rules", "commands"),
    [
        (ERRORS_DROPPED, [f"nft insert rule inet f i meta l4proto {BOTH} accept"]),
        (AS_IPTABLES, ["nft insert rule ip filter INPUT meta l4proto icmp accept"]),
        (NOTHING_OUT, ["nft insert rule ip filter OUTPUT meta l4proto icmp accept"]),
        (
            NOTHING_IN,
            [
                f"nft insert rule inet f i meta l4proto {BOTH} accept && "
                "nft insert rule inet f i ct state established,related accept"
            ],
        ),
        (AT_INGRESS, [f"nft insert rule netdev k c meta l4proto {BOTH} accept"]),
        (
            AT_INGRESS_OF_INET,
            [
                f"nft insert rule inet k c meta l4proto {BOTH} accept && "
                "nft insert rule inet k c tcp flags ack accept"
            ],
        ),
    ],
    ids=["errors", "iptables", "output", "policy", "ingress", "ingress of inet"],
)
def test_what_is_advised_opens_the_firewall(
    rules: str, commands: list[str], tmp_path: Path
) -> None:
    require_network()
    require_nft()
    resolv = tmp_path / "resolv.conf"
    resolv.write_text("")
    with lab_network("straight12") as lab:
        namespace.set_filter(lab.namespace, rules)
        code, said = doctor(lab, "-4", "{destination}", resolv=resolv)
        assert code == 1
        assert advised(said) == commands
        follow(lab.namespace, commands)
        code, said = doctor(lab, "-4", "{destination}", resolv=resolv)
    assert "✗" not in said
    assert code == 0


@pytest.mark.sampled(0)
@pytest.mark.network
def test_a_chain_at_egress_that_drops_in_silence_is_named_where_nobody_answers() -> None:
    require_network()
    require_nft()
    with lab_network("straight12") as lab:
        namespace.set_filter(lab.namespace, AT_EGRESS)
        _, said = doctor(lab, "-4", "{destination}")
        opens = f"nft insert rule netdev k c meta l4proto {BOTH} accept"
        assert f"  - ICMP: nobody answers\n      {opens}\n" in said
        follow(lab.namespace, [opens])
        _, said = doctor(lab, "-4", "{destination}")
    assert "  ✓ ICMP: reached at hop 12, 11 of the 11 hops before it answer\n" in said


@pytest.mark.network
def test_a_user_who_may_not_look_is_told_how_to_find_the_chain(tmp_path: Path) -> None:
    require_network()
    require_nft()
    resolv = tmp_path / "resolv.conf"
    resolv.write_text("")
    with lab_network("straight12") as lab:
        namespace.set_filter(lab.namespace, ERRORS_DROPPED)
        arguments = ("-4", "{destination}")
        _, said = doctor(lab, *arguments, resolv=resolv, capabilities=False)
    assert "      nft list ruleset (or iptables-save) shows the chain; then nft insert" in said
    assert "sudo" not in said


@pytest.mark.network
def test_a_report_that_a_firewall_keeps_in_points_to_the_doctor() -> None:
    require_network()
    require_nft()
    with lab_network("straight12") as lab:
        namespace.set_filter(lab.namespace, NOTHING_OUT)
        command = lab.command([*PROGRAM, "--report", "{destination}"])
        done = run_command(command, env=environment())
    assert done.returncode == 3
    assert done.stderr == (
        "poros-tui: nothing could be sent: a local firewall refused it (EPERM); "
        "poros-tui doctor HOST says what lets them through the firewall\n"
    )
