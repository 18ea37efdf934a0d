from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from poros_tui.cli.dns_server import parse_dns_server
from poros_tui.errors import UsageError
from tests.cli.program import PROGRAM, CommandLine, environment, run_command
from tests.cli.screen import LiveScreen, on_screen
from tests.cli.test_privileges import SUDO
from tests.lab.name_server import ABSENT, SILENT, NameServer, Records, name_server, pointers
from tests.lab.requirements import require_network
from tests.lab.tun import TunLab, lab_network

DESTINATION = "203.0.113.10"
ZONE = pointers(
    **{
        "10.0.1.1": Records(texts=("gateway.home.example.",)),
        "10.0.2.1": Records(names=((b"\x1b[2J[red]x[", b"red]", b"test"),)),
        "10.0.3.1": ABSENT,
        "10.0.4.1": Records(names=(("\u202egnp".encode(), b"example"),), delay_s=0.2),
        "10.0.5.1": Records(texts=("core5.example.",), lost=1),
        "10.0.6.1": Records(names=((b"\xff" * 62,) * 4,)),
        "10.0.7.1": Records(texts=("core7.example.",), is_truncated=True),
        DESTINATION: Records(texts=("target.example.",)),
    }
)


@pytest.fixture(scope="module")
def lab() -> Iterator[TunLab]:
    require_network()
    with lab_network("rising30") as lab:
        yield lab


@contextmanager
def names_in(
    lab: TunLab, zone: Mapping[tuple[str, str], Records] = ZONE
) -> Iterator[tuple[NameServer, str]]:
    """A name server in the lab, and the option that names it."""
    with name_server(zone, namespace=lab.namespace) as server:
        yield server, server.option


def report(lab: TunLab, *arguments: str) -> dict[str, Any]:
    done = run_command(
        lab.command([*PROGRAM, "{destination}", "--json", "-q", "1", *arguments]),
        env=environment(),
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def names_of(found: dict[str, Any]) -> dict[str, str | None]:
    return {
        responder["address"]: responder["name"]
        for hop in found["hops"]
        for responder in hop["responders"]
    }


@pytest.mark.network
def test_a_report_has_the_names_that_come_in_time(lab: TunLab) -> None:
    zone = {**ZONE, **pointers(**{"10.0.5.1": SILENT, "10.0.6.1": Records(names=((b"\xff",),))})}
    with names_in(lab, zone) as (_, option):
        names = names_of(report(lab, option))
    assert names["10.0.1.1"] == "gateway.home.example"
    assert names["10.0.2.1"] == r"\027[2J[red]x[.red].test"
    assert names["10.0.3.1"] is None
    assert names["10.0.4.1"] == r"\226\128\174gnp.example"
    assert names["10.0.5.1"] is None
    assert names["10.0.6.1"] == r"\255"
    assert names["10.0.7.1"] == "core7.example"
    assert names[DESTINATION] == "target.example"
    assert len(names) == 30


@pytest.mark.network
def test_a_report_in_text_has_name_and_address(lab: TunLab) -> None:
    with names_in(lab) as (_, option):
        command = lab.command([*PROGRAM, "{destination}", "--report", "-q", "1", option])
        done = run_command(command, env=environment())
    assert done.returncode == 0, done.stderr
    assert "gateway.home.example (10.0.1.1)" in done.stdout
    assert f"target.example ({DESTINATION})" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.network
def test_a_name_server_that_never_answers_takes_no_name_and_no_probe_away(lab: TunLab) -> None:
    silent = pointers(**dict.fromkeys((f"10.0.{ttl}.1" for ttl in range(1, 30)), SILENT))
    lab.begin_anew()
    without = report(lab, "--no-dns")
    probes_without = [seen.ttl for seen in lab.probes()]
    with names_in(lab, {**silent, **pointers(**{DESTINATION: SILENT})}) as (server, option):
        lab.begin_anew()
        found = report(lab, option)
        probes = [seen.ttl for seen in lab.probes()]
        assert server.asked
    assert probes == probes_without
    assert set(names_of(found).values()) == {None}
    assert [hop["responders"][0]["address"] for hop in found["hops"]] == [
        hop["responders"][0]["address"] for hop in without["hops"]
    ]


@pytest.mark.network
def test_without_names_nobody_is_asked_and_nothing_is_loaded(lab: TunLab) -> None:
    command = [sys.executable, "-X", "importtime", *PROGRAM[1:], "{destination}", "--report", "-n"]
    done = run_command(lab.command(command), env=environment())
    assert done.returncode == 0
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "trio" in loaded
    assert not {name for name in loaded if name.startswith(("poros_tui.lookup", "dns"))}


@pytest.mark.network
def test_who_does_not_lead_back_is_marked(lab: TunLab) -> None:
    zone = {
        **ZONE,
        ("gateway.home.example.", "A"): Records(texts=("10.0.1.1",)),
        ("core7.example.", "A"): Records(texts=("192.0.2.1",)),
    }
    with names_in(lab, zone) as (_, option):
        hops = report(lab, option, "--confirm-names")["hops"]
    confirmed = {
        each["address"]: each["name_confirmed"] for hop in hops for each in hop["responders"]
    }
    assert confirmed["10.0.1.1"] is True
    assert confirmed["10.0.7.1"] is False
    assert confirmed["10.0.3.1"] is None


def row(screen: LiveScreen, hop: int) -> str:
    return next((line for line in screen.lines if line.split()[:1] == [str(hop)]), "")


@pytest.mark.network
def test_names_come_to_the_screen_and_go_as_the_keys_say(lab: TunLab) -> None:
    with names_in(lab) as (_, option):
        command = lab.command([*PROGRAM, "{destination}", option])
        with on_screen(command, size=(120, 45)) as screen:
            screen.until(lambda _: "gateway.home.example" in row(screen, 1))
            screen.until(lambda _: r"\226\128\174gnp" in row(screen, 4))
            screen.until(lambda _: "core5.example" in row(screen, 5))  # asked twice
            assert "10.0.3.1" in row(screen, 3)
            assert "[red]x[.red].test" in row(screen, 2)
            screen.press("D")
            screen.until(lambda _: "10.0.1.1" in row(screen, 1))
            assert "gateway" not in row(screen, 1)
            screen.press("D")
            screen.until(lambda _: "gateway.home.example (10.0.1.1)" in row(screen, 1))
            screen.press("/")
            screen.until_shown("Search:")
            screen.press("core5\r")
            screen.until(lambda lines: not any("Search:" in line for line in lines))
            screen.press("\r")
            screen.until_shown("Hop 5", "Name     core5.example")
            screen.press("H")
            screen.until(lambda _: "hidden" in row(screen, 1))
            assert not [line for line in screen.lines if "gateway" in line or "red" in line]
            assert screen.leave() == 0


@pytest.mark.network
def test_a_session_that_is_over_is_named_all_the_same(lab: TunLab) -> None:
    with names_in(lab) as (_, option):
        command = lab.command([*PROGRAM, "{destination}", "--rounds", "1", option])
        with on_screen(command, size=(120, 45)) as screen:
            screen.until_shown("finished")
            screen.until(lambda _: "core5.example" in row(screen, 5))
            assert screen.leave() == 0


@pytest.mark.sampled(1)
@pytest.mark.network
@pytest.mark.parametrize("how", ["live", "--report"])
def test_under_sudo_names_are_asked_for_as_the_user(lab: TunLab, how: str, tmp_path: Path) -> None:
    """Nothing is loaded then: an installation of root's own cannot be read."""
    witnessed = tmp_path / "witnessed.json"
    program = [sys.executable, "-m", "tests.cli.witness", str(witnessed), "{destination}"]
    zone = pointers(**{"10.0.1.1": "xn--mnchen-3ya.example.", "10.0.2.1": "next.example."})
    with names_in(lab, zone) as (_, option):
        if how == "live":
            with on_screen(lab.command([*program, option]), HOME=str(tmp_path), **SUDO) as screen:
                screen.until_shown("münchen.example", "next.example")
                assert screen.leave() == 0
        else:
            done = run_command(
                lab.command([*program, option, how]), env=environment(HOME=str(tmp_path), **SUDO)
            )
            assert done.returncode == 0, done.stderr
            assert "münchen.example (10.0.1.1)" in done.stdout
    seen = json.loads(witnessed.read_text())
    assert seen["asked_as_root"] == []
    assert [name for name in seen["loaded_late"] if "lookup" in name or "idna" in name] == []
    assert how != "live" or seen["loaded_late"] == []


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("192.0.2.53", ("192.0.2.53", 53)),
        (" 192.0.2.53:5353 ", ("192.0.2.53", 5353)),
        ("2001:db8::53", ("2001:db8::53", 53)),
        ("[2001:db8::53]", ("2001:db8::53", 53)),
        ("[2001:DB8::53]:5353", ("2001:db8::53", 5353)),
        ("fe80::1%eth0", ("fe80::1%eth0", 53)),
        ("[::1:53]", ("::1:53", 53)),
        ("2001:db8::5353", ("2001:db8::5353", 53)),
        ("2001:db8::1:54", ("2001:db8::1:54", 53)),
        ("2001:db8:0:0:0:0:0:53", ("2001:db8::53", 53)),
    ],
)
def test_a_dns_server_is_an_address_with_or_without_a_port(
    text: str, server: tuple[str, int]
) -> None:
    assert parse_dns_server(text) == server


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ns.example",
        "192.0.2.53:",
        "192.0.2.53:0",
        "192.0.2.53:65536",
        "192.0.2.53:5x",
        "192.0.2.53:\u0665",
        "[192.0.2.53]:53",
        "[2001:db8::53",
        "0.0.0.0",
        "ff02::1",
        "\x1b[2J",
    ],
)
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--dns-server") as refused:
        parse_dns_server(text)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("text", "address", "port"), [("::1:53", "::1", 53), ("2001:db8::1:5353", "2001:db8::1", 5353)]
)
def test_an_address_that_may_end_with_a_port_is_refused(text: str, address: str, port: int) -> None:
    with pytest.raises(UsageError) as refused:
        parse_dns_server(text)
    assert str(refused.value) == (
        f"--dns-server {text} may be an address or one with a port; write [{address}]:{port} for "
        f"port {port}, or [{text}] for the address"
    )
    assert parse_dns_server(f"[{address}]:{port}") == (address, port)
    assert parse_dns_server(f"[{text}]") == (text, 53)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("-n", "--dns-server", "192.0.2.53"), "--no-dns and --dns-server exclude each other"),
        (("-n", "--confirm-names"), "--no-dns and --confirm-names exclude each other"),
        (("--dns-server", "ns"), "--dns-server 'ns' is no address"),
        (("--responders", "all"), "all"),
    ],
)
def test_options_of_names_that_cannot_be_are_refused(
    arguments: tuple[str, ...], sentence: str, say: CommandLine
) -> None:
    said = say("192.0.2.1", "--report", *arguments)
    assert said.code == 2
    assert sentence in said.err


@pytest.mark.parametrize("arguments", [("--dns-server", "192.0.2.53"), ("--confirm-names",)])
def test_the_demo_asks_no_name_server(arguments: tuple[str, ...], say: CommandLine) -> None:
    said = say("demo", "--report", *arguments)
    assert said.code == 2
    assert said.sentence == f"the demo asks no name server; leave out {arguments[0]}"


def test_the_command_line_wins_over_the_file_and_the_environment(
    say: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.toml"
    file.write_text('\ndns-server = "ns.example"\n')
    said = say("demo", "--report", "-q1", "--config", str(file))
    assert said.code == 0  # the tests' environment wants no names
    monkeypatch.delenv("POROS_TUI_NO_DNS")
    said = say("192.0.2.1", "--report", "--config", str(file))
    assert said.code == 2
    assert f"{file} line 2: --dns-server 'ns.example' is no address" in said.err
    said = say("demo", "--report", "-q1", "--config", str(file), "-n")
    assert said.code == 0
