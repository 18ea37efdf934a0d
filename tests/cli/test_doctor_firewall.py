"""What the doctor says of the firewall of this machine, and that what it advises opens it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from poros_tui.cli.doctor.firewall import Firewall
from poros_tui.cli.doctor.ruleset import Traffic, chains_that_drop
from tests.cli.doctoring import (
    advised,
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


def test_a_target_of_iptables_that_nft_cannot_write_is_known() -> None:
    chain = {"family": "ip", "table": "filter", "name": "INPUT", "hook": "input"}
    expr = [{"xt": {"type": "match", "name": "icmp"}}, {"xt": {"type": "target", "name": "REJECT"}}]
    rule = {"family": "ip", "table": "filter", "chain": "INPUT", "expr": expr}
    told = json.dumps({"nftables": [{"metainfo": {}}, {"chain": chain}, {"rule": rule}]})
    assert [chain.name for chain in chains_that_drop(told.encode(), ERRORS)] == ["INPUT"]


# --- what is advised


def test_where_nobody_may_look_it_is_said_how_to_before_the_command() -> None:
    assert Firewall().remedy([ERRORS]) == (
        "sudo nft list ruleset (or sudo iptables-save) shows the chain; then "
        f"sudo nft insert rule FAMILY TABLE CHAIN meta l4proto {BOTH} accept"
    )


@pytest.mark.parametrize("listed", [b'{"nftables": []}', b"no JSON", b'{"nftables": [1]}', b""])
def test_where_no_chain_drops_it_another_firewall_may(listed: bytes) -> None:
    firewall = Firewall(listed)
    assert firewall.commands([ERRORS]) == ""
    assert "iptables-legacy-save" in firewall.remedy([ERRORS])


@pytest.mark.parametrize(
    ("family", "traffic", "rule"),
    [
        ("inet", ERRORS, f"meta l4proto {BOTH} accept"),
        ("ip", ERRORS, "meta l4proto icmp accept"),
        ("ip6", ERRORS6, "meta l4proto ipv6-icmp accept"),
        ("inet", TCP_IN, "ct state established,related accept"),
        ("ip", Traffic(protocol="udp", version=4, hook="output"), "meta l4proto udp accept"),
        (
            "ip",
            Traffic(protocol="tcp", version=4, hook="input", is_loopback=True),
            "iif lo accept",
        ),
    ],
)
def test_the_command_names_the_chain_and_no_more_than_it_can_let_in(
    family: str, traffic: Traffic, rule: str
) -> None:
    chain = {"family": family, "table": "t", "name": "c", "hook": traffic.hook, "policy": "drop"}
    firewall = Firewall(json.dumps({"nftables": [{"chain": chain}]}).encode())
    assert firewall.remedy([traffic]) == f"sudo nft insert rule {family} t c {rule}"


# --- real networks

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
    remedy = "sudo nft insert rule inet filter input meta l4proto { icmp, ipv6-icmp } accept"
    silent = f"IPv4: nothing comes back from this machine itself\n      {remedy}\n"
    assert f"  ✗ ICMP raw sockets: {silent}" in done.stdout
    assert f"  ✗ UDP  without privilege: {silent}" in done.stdout
    assert "  ✓ TCP  raw sockets: IPv4" in done.stdout


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
NOTHING_OUT = """
table ip filter {
  chain OUTPUT { type filter hook output priority 0; policy accept; ip protocol icmp drop; }
}
"""


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
    ],
    ids=["errors", "iptables", "output", "policy"],
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
    assert "      sudo nft list ruleset (or sudo iptables-save) shows the chain; then sudo" in said


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
