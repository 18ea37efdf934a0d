"""What the doctor says of the name servers: each is asked one harmless question."""

from __future__ import annotations

from pathlib import Path

import dns.rcode
import pytest

from poros_tui.cli.doctor import commands
from poros_tui.cli.doctor.check import State
from poros_tui.cli.doctor.firewall import Firewall
from poros_tui.cli.doctor.names import Asked, name_servers, naming
from tests.cli.doctoring import bare_namespace, doctor_in
from tests.lab.name_server import SILENT, NameServer, Records
from tests.lab.namespace import inside

ANOTHER = "echo nameserver ADDRESS | tee /etc/resolv.conf names another"
HOPS = "for the names of hops alone: poros-tui --dns-server ADDRESS HOST"
LOCALHOST = ("localhost.", "A")


def put(tmp_path: Path, *servers: str) -> Path:
    resolv = tmp_path / "resolv.conf"
    resolv.write_text("".join(f"nameserver {server}\n" for server in servers))
    return resolv


def test_name_servers_are_those_that_the_resolver_asks(tmp_path: Path) -> None:
    assert name_servers(tmp_path) == ()
    lines = b"# nameserver 192.0.2.9\nsearch x\nnameserver 192.0.2.1\nnameserver\nnameserver ::1\n"
    (tmp_path / "etc").mkdir()
    text = lines + b"nameserver \x1b[1m\xff\nnameserver 192.0.2.4\n"
    (tmp_path / "etc/resolv.conf").write_bytes(text)
    assert name_servers(tmp_path) == ("192.0.2.1", "::1", "[1m\ufffd")


@pytest.mark.parametrize("sudo", ["sudo ", ""])
def test_without_a_name_server_there_is_the_command_that_names_one(
    sudo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "keeps_privileges", lambda _environment: not sudo)
    (check,) = naming([], Firewall())
    assert check.state is State.LESS
    assert check.remedy == f"echo nameserver ADDRESS | {sudo}tee /etc/resolv.conf names one"


def test_one_that_is_silent_is_in_the_way_only_where_no_other_answers() -> None:
    silent = Asked(server="192.0.2.1", problem="does not answer")
    fine = Asked(server="192.0.2.2", answers=True)
    assert [check.state for check in naming([silent, silent], Firewall())] == [State.BAD] * 2
    assert [check.state for check in naming([silent, fine], Firewall())] == [
        State.LESS,
        State.GOOD,
    ]


def served(
    tmp_path: Path, records: Records | None, *arguments: str, rules: str = ""
) -> tuple[str, NameServer]:
    """What the doctor says where a name server at 127.0.0.1 has these records of localhost, and
    that server; None: nobody is there."""
    server = NameServer({LOCALHOST: records} if records is not None else {}, port=53)
    with bare_namespace(rules) as name:
        if records is not None:
            inside(name, server.open)
        try:
            said = doctor_in(name, *arguments, resolv=put(tmp_path, "127.0.0.1")).stdout
        finally:
            server.close()
    return said, server


@pytest.mark.network
def test_one_that_answers_is_asked_one_question_that_says_nothing(tmp_path: Path) -> None:
    said, server = served(tmp_path, Records(texts=("127.0.0.1",)))
    assert "  ✓ names are asked of 127.0.0.1, which answers\n" in said
    assert server.asked == [(*LOCALHOST, "udp")]


@pytest.mark.network
def test_one_that_knows_no_localhost_answers_too(tmp_path: Path) -> None:
    said, _ = served(tmp_path, Records(code=dns.rcode.NXDOMAIN))
    assert "  ✓ names are asked of 127.0.0.1, which answers\n" in said


@pytest.mark.sampled(1)
@pytest.mark.network
@pytest.mark.parametrize(
    ("records", "mark", "words"),
    [
        (SILENT, "✗", "does not answer"),
        (Records(code=dns.rcode.REFUSED), "-", "says REFUSED"),
        (None, "✗", "says that no name server runs there"),
    ],
    ids=["silent", "refused", "absent"],
)
def test_one_that_does_not_answer_is_not_ticked(
    records: Records | None, mark: str, words: str, tmp_path: Path
) -> None:
    said, _ = served(tmp_path, records)
    line = f"  {mark} names are asked of 127.0.0.1, which {words}\n"
    assert f"{line}      {ANOTHER}; {HOPS}\n" in said


@pytest.mark.network
def test_one_whose_questions_a_local_firewall_drops_is_not_blamed(tmp_path: Path) -> None:
    rules = """table inet f {
      chain o { type filter hook output priority 0; policy accept; udp dport 53 drop; }
    }"""
    said, server = served(tmp_path, Records(texts=("127.0.0.1",)), rules=rules)
    assert "127.0.0.1, which cannot be reached: a local firewall refused it (EPERM)\n" in said
    assert "      nft insert rule inet f o meta l4proto udp accept; " in said
    assert server.asked == []


@pytest.mark.sampled(1)
@pytest.mark.network
@pytest.mark.parametrize(
    "rules",
    [
        "chain o { type filter hook output priority 0; udp dport 33434-33534 drop; }",
        """set s { type ipv4_addr; elements = { 192.0.2.1 }; }
        chain i { type filter hook input priority 0; ip saddr @s drop; }""",
    ],
    ids=["ports of probes", "another address"],
)
def test_silence_is_not_put_on_a_chain_that_lets_the_question_pass(
    rules: str, tmp_path: Path
) -> None:
    said, server = served(tmp_path, SILENT, rules=f"table inet t {{\n{rules}\n}}")
    assert f"127.0.0.1, which does not answer\n      {ANOTHER}; {HOPS}\n" in said
    assert len(server.asked) == 2


@pytest.mark.network
def test_a_chain_that_drops_the_answer_is_named(tmp_path: Path) -> None:
    rules = """table inet t { set s { type ipv4_addr; elements = { 127.0.0.1 }; }
      chain i { type filter hook input priority 0; ip saddr @s udp sport 53 drop; }
    }"""
    said, _ = served(tmp_path, Records(texts=("127.0.0.1",)), rules=rules)
    opens = "nft insert rule inet t i iif lo accept"
    assert f"127.0.0.1, which does not answer\n      {opens}; {ANOTHER}; {HOPS}\n" in said


@pytest.mark.network
def test_without_a_route_to_it_nobody_says_that_names_can_be_asked(tmp_path: Path) -> None:
    with bare_namespace() as name:
        done = doctor_in(name, "nowhere.example", resolv=put(tmp_path, "192.0.2.53"))
    assert (done.returncode, done.stderr) == (1, "")
    far = "names are asked of 192.0.2.53, which cannot be reached: network is unreachable"
    remedy = f"ip route get 192.0.2.53 says why; {ANOTHER}"
    assert f"  ✗ {far}\n      {remedy}; {HOPS}\n" in done.stdout
    assert "  ✗ can't resolve nowhere.example: no name server answers\n" in done.stdout
    address = "or trace its address: poros-tui doctor ADDRESS"
    assert f"      {remedy}; {address}\n" in done.stdout


@pytest.mark.network
def test_a_server_that_fails_for_one_name_is_not_called_silent(tmp_path: Path) -> None:
    server = NameServer(
        {
            LOCALHOST: Records(texts=("127.0.0.1",)),
            ("host.example.", "A"): Records(code=dns.rcode.SERVFAIL),
            ("host.example.", "AAAA"): Records(code=dns.rcode.SERVFAIL),
        },
        port=53,
    )
    with bare_namespace() as name:
        inside(name, server.open)
        try:
            done = doctor_in(name, "host.example", resolv=put(tmp_path, "127.0.0.1"))
        finally:
            server.close()
    assert "can't resolve host.example: the name server answers, but not for this" in done.stdout
    assert "      getent ahosts host.example asks again; " in done.stdout
