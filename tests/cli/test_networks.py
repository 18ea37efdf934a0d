"""Networks of the hops, from Team Cymru's zones on a name server in the lab, and from files."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest

from poros_tui.cli.command import poros_tui
from poros_tui.cli.networks import network_sources
from poros_tui.cli.options import Options
from poros_tui.cli.usual_files import NETWORK_FILES, usual_file
from poros_tui.probe.simulation.scenario import Scenario
from tests.cli.program import PROGRAM, CommandLine, environment, run_command
from tests.cli.screen import on_screen
from tests.cli.test_privileges import SUDO
from tests.lab.name_server import SILENT, NameServer, Records, Trick, name_server, pointer
from tests.lab.requirements import require_network
from tests.lab.tun import TunLab, lab_network
from tests.lookup.made_mmdb import BERLIN
from tests.lookup.mmdb import written

ADDRESSES = {
    1: ("192.168.1.1", "fd00::1"),
    2: ("100.64.0.1", "fe80::2"),
    3: ("8.1.0.1", "2a02:1::1"),
    4: ("8.1.1.1", "2a02:1::2"),
    5: (None, None),
    6: ("8.2.0.1", "2a02:2::1"),
    7: ("8.3.0.1", "2001:db8::7"),
    8: ("8.4.0.1", "2a02:4::1"),
    9: ("198.51.100.9", "2002::9"),
}
DESTINATION, DESTINATION6 = "8.9.0.10", "2a02:9::10"
SCENARIO = Scenario.from_toml(
    f'[destination]\naddress = "{DESTINATION}"\naddress6 = "{DESTINATION6}"\nrtt_ms = 20\n'
    + "".join(
        "[[hop]]\n"
        + (f'address = "{four}"\naddress6 = "{six}"\n' if four else "silent = true\n")
        + f"rtt_ms = {ttl}\n"
        for ttl, (four, six) in ADDRESSES.items()
    )
)


def origin(address: str) -> tuple[str, str]:
    name = pointer(address).replace("in-addr.arpa.", "origin.asn.cymru.com.")
    return name.replace("ip6.arpa.", "origin6.asn.cymru.com."), "TXT"


def system(asn: int) -> tuple[str, str]:
    return f"as{asn}.asn.cymru.com.", "TXT"


def text(*texts: str, **more: object) -> Records:
    return Records(texts=tuple(json.dumps(one) for one in texts), **more)  # type: ignore[arg-type]


ZONE: Mapping[tuple[str, str], Records] = {
    origin("8.1.0.1"): text("64500 | 8.1.0.0/16 | DE | ripencc | 2001-02-03", is_truncated=True),
    origin("8.1.1.1"): text("64500 | 8.1.0.0/16 | DE | ripencc | 2001-02-03", delay_s=0.1),
    origin("8.2.0.1"): text(
        "64501 | 8.2.0.0/17 | US | arin | 2001-02-03",
        "666 | 8.0.0.0/8 | US | arin | 2001-02-03",
        tricks=(Trick.WRONG_ID, Trick.WRONG_QUESTION, Trick.GARBAGE),
    ),
    origin("8.4.0.1"): text("64504 64505 | 8.4.0.0/24 | FR | ripencc |", lost=1, ttl=0),
    origin(DESTINATION): text("64509 | 8.9.0.0/16 | FR | ripencc | 2001-02-03"),
    origin("2a02:1::1"): text("64500 | 2a02:1::/32 | DE | ripencc | 2001-02-03"),
    origin("2a02:1::2"): text("64500 | 2a02:1::/32 | DE | ripencc | 2001-02-03"),
    origin(DESTINATION6): text("64509 | 2a02:9::/32 | FR | ripencc | 2001-02-03"),
    system(64500): text("64500 | DE | ripencc | 2001-02-03 | EXAMPLE-NET - Example | GmbH, DE"),
    system(64501): Records(
        texts=(
            '"64501 | US | arin | 2001-02-03 | \\027[2J[red]evil[/red]\\226\\128\\174gnp"'
            + f' "{"x" * 250}"' * 40,
        ),
        is_truncated=True,
    ),
    system(64504): Records(texts=('"64504 | FR | ripencc | | Gr\\252\\223e, FR"',)),
    system(64509): SILENT,
}


@pytest.fixture(scope="module")
def lab() -> Iterator[TunLab]:
    require_network()
    with lab_network(SCENARIO) as lab:
        yield lab


@contextmanager
def server_in(
    lab: TunLab, zone: Mapping[tuple[str, str], Records] = ZONE
) -> Iterator[tuple[NameServer, str]]:
    with name_server(zone, namespace=lab.namespace) as server:
        yield server, server.option


def run_in(lab: TunLab, *arguments: str, destination: str = DESTINATION) -> tuple[str, str]:
    """What a run that reaches the destination says on stdout and on stderr."""
    command = lab.command([*PROGRAM, destination, "-q", "1", *arguments])
    done = run_command(command, env=environment())
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def networks_in(report: str) -> dict[str, dict[str, Any] | None]:
    return {
        responder["address"]: responder["network"]
        for hop in json.loads(report)["hops"]
        for responder in hop["responders"]
    }


@pytest.mark.network
def test_a_report_has_the_networks_that_come_in_time_and_no_private_address_is_asked_for(
    lab: TunLab,
) -> None:
    with server_in(lab) as (server, option):
        out, err = run_in(lab, option, "--asn", "--json")
        asked = [name for name, _kind, _by in server.asked]
    networks = networks_in(out)
    assert (
        networks["8.1.0.1"]
        == networks["8.1.1.1"]
        == {
            "asn": 64500,
            "other_asns": [],
            "name": "EXAMPLE-NET - Example | GmbH",
            "prefix": "8.1.0.0/16",
            "country": "DE",
            "registry": "ripencc",
            "source": "Team Cymru",
        }
    )
    evil = networks["8.2.0.1"]
    assert evil is not None
    assert (evil["asn"], evil["prefix"]) == (64501, "8.2.0.0/17")
    assert evil["name"].startswith("[2J[red]evil[/red]gnpxxx")
    assert len(evil["name"]) == 100
    silent = {"192.168.1.1", "100.64.0.1", "8.3.0.1", "8.4.0.1", "198.51.100.9"}
    assert {address for address, network in networks.items() if network is None} == silent | {
        DESTINATION  # the name of its network does not come in time
    }
    assert err == (
        "poros-tui: addresses of the hops are sent to Team Cymru's DNS zones through "
        f"{option.removeprefix('--dns-server=')} (--asn)\n"
    )
    once = {origin(one)[0] for one in ("8.1.0.1", "8.2.0.1", "8.3.0.1", "8.4.0.1", DESTINATION)}
    # Whether the second of a prefix is asked for depends on how soon the first was answered.
    neighbours = {origin("8.1.0.1")[0], origin("8.1.1.1")[0]}
    origins = {name for name in asked if "origin" in name}
    assert origins | neighbours == once | neighbours
    assert origins & neighbours
    assert asked.count(system(64500)[0]) == 1


@pytest.mark.network
def test_ipv6_is_asked_for_in_its_zone_and_neighbours_once(lab: TunLab) -> None:
    zone = {**ZONE, system(64509): text("64509 | FR | ripencc | | DESTINATION-NET, FR")}
    with server_in(lab, zone) as (server, option):
        out, _err = run_in(lab, option, "--asn", "--json", "-6", destination=DESTINATION6)
        asked = [name for name, _kind, _by in server.asked]
    networks = networks_in(out)
    assert {address: one and one["asn"] for address, one in networks.items()} == {
        **dict.fromkeys((six for _four, six in ADDRESSES.values() if six), None),
        "2a02:1::1": 64500,
        "2a02:1::2": 64500,
        DESTINATION6: 64509,
    }
    assert not [name for name in asked if "8.b.d.0.1.0.0.2" in name or "0.0.d.f" in name]
    neighbours = {origin("2a02:1::1")[0], origin("2a02:1::2")[0]}
    assert len([name for name in asked if name in neighbours]) == 1


@pytest.mark.network
def test_by_default_nobody_is_asked_and_nothing_is_loaded(lab: TunLab) -> None:
    with server_in(lab) as (server, option):
        run_in(lab, option, "--json")
        assert not [name for name, _kind, _by in server.asked if "cymru" in name]
    command = [sys.executable, "-X", "importtime", *PROGRAM[1:], DESTINATION, "--report"]
    done = run_command(lab.command(command), env=environment())
    assert done.returncode == 0
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "trio" in loaded
    assert not {name for name in loaded if name.startswith(("poros_tui.lookup", "maxminddb"))}


@pytest.mark.network
def test_hidden_hops_are_not_asked_for(lab: TunLab) -> None:
    with server_in(lab) as (server, option):
        out, _err = run_in(lab, option, "--asn", "--json", "--private-hops", "4")
        assert not [
            name
            for name, _kind, _by in server.asked
            if name.endswith("8.origin.asn.cymru.com.") and ".1.8." in name
        ]
        assert "8.1.0.1" not in networks_in(out)


@pytest.mark.network
def test_a_server_that_never_answers_takes_no_probe_and_no_time_of_one_away(lab: TunLab) -> None:
    silent = dict.fromkeys((*ZONE, origin("8.3.0.1")), SILENT)
    lab.begin_anew()
    run_in(lab, "--json")
    without = [seen.ttl for seen in lab.probes()]
    with server_in(lab, silent) as (server, option):
        lab.begin_anew()
        out, _err = run_in(lab, option, "--asn", "--json")
        assert [seen.ttl for seen in lab.probes()] == without
        assert server.asked
    assert set(networks_in(out).values()) == {None}


@pytest.mark.network
def test_hostile_names_reach_no_terminal_in_any_format(lab: TunLab, tmp_path: Path) -> None:
    formats = ("text", "wide", "markdown", "csv", "html", "dot", "ndjson", "mtr-json")
    files = {one: tmp_path / one for one in formats}
    with server_in(lab) as (_, option):
        run_in(lab, option, "--asn", *(f"--format={one}={path}" for one, path in files.items()))
    for one, path in files.items():
        content = path.read_text()
        assert "\x1b" not in content, one
        assert "\u202e" not in content, one
        assert "AS64500" in content or '"asn":64500' in content.replace(" ", "") or one == "csv"
    assert "<red>" not in files["html"].read_text()
    assert re.search(r",64500,EXAMPLE-NET - Example \| GmbH,", files["csv"].read_text())
    hubs = json.loads(files["mtr-json"].read_text())["report"]["hubs"]
    assert [hub["ASN"] for hub in hubs[:4]] == ["AS???", "AS???", "AS64500", "AS64500"]


@pytest.mark.network
def test_a_file_is_asked_first_and_alone_where_nothing_is_to_leave(
    lab: TunLab, tmp_path: Path
) -> None:
    rows: dict[str, Any] = {
        "8.2.0.0/16": {"autonomous_system_number": 64511, "autonomous_system_organization": "File"},
    }
    path = written(tmp_path / "asn.mmdb", rows)
    with server_in(lab) as (server, option):
        out, err = run_in(lab, option, f"--asn-db={path}", "--json")
        assert not [name for name, _kind, _by in server.asked if "cymru" in name]
        assert err == ""
        known = {address: one for address, one in networks_in(out).items() if one}
        assert known.keys() == {"8.2.0.1"}
        assert (known["8.2.0.1"]["asn"], known["8.2.0.1"]["source"]) == (64511, str(path))
        out, _err = run_in(lab, option, f"--asn-db={path}", "--asn", "--json")
        known = {address: one["asn"] for address, one in networks_in(out).items() if one}
    assert known["8.2.0.1"] == 64511
    assert known["8.1.0.1"] == 64500


@pytest.mark.network
def test_networks_come_to_the_screen_are_found_grouped_and_folded(lab: TunLab) -> None:
    with server_in(lab) as (_, option):
        command = lab.command([*PROGRAM, DESTINATION, option, "--asn"])
        with on_screen(command, size=(120, 40)) as screen:
            screen.until_shown("Team Cymru's DNS zones", "┌AS64500", "│AS64500", "┌AS64504")
            screen.press("G")
            screen.until_shown("▼ AS64500 EXAMPLE-NET - Example | GmbH  hops 3-4", "▼ private")
            screen.press("/")
            screen.until_shown("Search:")
            screen.press("as64500\r")
            screen.until_shown("'as64500': 1 of 2, hop 3")
            screen.press("\x1b")
            screen.until_shown("the search is over")
            screen.press("K")
            screen.until_shown("▶ AS64500 EXAMPLE-NET")
            screen.until(lambda _: "8.1.0.1" not in "\n".join(screen.lines))
            assert screen.leave() == 0


EXCHANGES = {
    "ixpfx": [{"prefix": "8.4.0.0/22", "ixlan_id": 1}, {"prefix": "2a02:4::/64", "ixlan_id": 1}],
    "ix": [{"id": 1, "name": "\x1b[2JEXAMPLE-IX\u202e", "city": "Berlin", "country": "DE"}],
}


@pytest.mark.network
def test_a_file_that_is_damaged_is_told_once_and_others_are_asked(
    lab: TunLab, tmp_path: Path
) -> None:
    rows: dict[str, Any] = {"8.1.0.0/17": {"asn": 64511}, "8.2.0.0/16": 7, "8.4.0.0/16": 7}
    path = written(tmp_path / "asn.mmdb", rows)
    out, err = run_in(lab, "-n", f"--asn-db={path}", "--json")
    assert err == (
        "poros-tui: asn.mmdb: it is damaged, networks of hops are missing; get a new copy of the "
        "file\n"
    )
    known = {address: one["asn"] for address, one in networks_in(out).items() if one}
    assert known == {"8.1.0.1": 64511, "8.1.1.1": 64511}
    with server_in(lab) as (_, option):
        out, _err = run_in(lab, option, f"--asn-db={path}", "--asn", "--json")
    known = {address: one["asn"] for address, one in networks_in(out).items() if one}
    assert (known["8.1.0.1"], known["8.2.0.1"]) == (64511, 64501)


@pytest.mark.network
def test_exchanges_come_from_a_file_and_nobody_is_asked(lab: TunLab, tmp_path: Path) -> None:
    named, fetched = tmp_path / "ix.json", tmp_path / "poros-tui" / "exchanges.json"
    fetched.parent.mkdir()
    for path in (named, fetched):
        path.write_text(json.dumps(EXCHANGES))
    for arguments, path in (((f"--ix-file={named}",), named), ((), fetched)):
        command = lab.command([*PROGRAM, DESTINATION, "-q1", "--json", *arguments])
        done = run_command(command, env=environment(XDG_CACHE_HOME=str(tmp_path)))
        assert (done.returncode, done.stderr) == (0, "")
        exchanges = {
            responder["address"]: responder["exchange"]
            for hop in json.loads(done.stdout)["hops"]
            for responder in hop["responders"]
        }
        assert {address for address, one in exchanges.items() if one} == {"8.4.0.1"}
        assert exchanges["8.4.0.1"] == {
            "name": "[2JEXAMPLE-IX",
            "city": "Berlin",
            "country": "DE",
            "prefix": "8.4.0.0/22",
            "source": str(path),
        }


@pytest.mark.sampled(1)
@pytest.mark.network
@pytest.mark.parametrize("how", ["live", "--report"])
def test_under_sudo_networks_are_looked_up_as_the_user(
    lab: TunLab, how: str, tmp_path: Path
) -> None:
    """Nothing is loaded then: an installation of root's own cannot be read."""
    witnessed = tmp_path / "witnessed.json"
    program = [sys.executable, "-m", "tests.cli.witness", str(witnessed), DESTINATION]
    with TemporaryDirectory() as folder, server_in(lab) as (_, option):
        Path(folder).chmod(0o755)
        path = written(Path(folder) / "asn.mmdb", {"8.2.0.0/16": {"asn": 64511, "name": "File"}})
        exchanges = Path(folder) / "ix.json"
        exchanges.write_text(json.dumps(EXCHANGES))
        given = [*program, option, "--asn", f"--asn-db={path}", f"--ix-file={exchanges}"]
        if how == "live":
            with on_screen(lab.command(given), HOME=str(tmp_path), **SUDO) as screen:
                screen.until_shown("AS64500", "AS64511", "┌IX")
                assert screen.leave() == 0
        else:
            sudo = environment(HOME=str(tmp_path), **SUDO)
            done = run_command(lab.command([*given, how]), env=sudo)
            assert done.returncode == 0, done.stderr
            assert "AS64511  File" in done.stdout
            assert "AS64500" in done.stdout
            assert "IX [2JEXAMPLE-IX" in done.stdout
            path.chmod(0o600)
            given = [*PROGRAM, DESTINATION, f"--asn-db={path}", how]
            done = run_command(lab.command(given), env=sudo)
            assert done.returncode == 2
            assert f"--asn-db {path}: Permission denied" in done.stderr
    seen = json.loads(witnessed.read_text())
    assert seen["asked_as_root"] == []
    late = [name for name in seen["loaded_late"] if "lookup" in name or "maxmind" in name]
    assert late == []
    assert how != "live" or seen["loaded_late"] == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"text", "it is no MaxMind database, or is damaged"),
        (None, "No such file or directory"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(
    content: bytes | None, problem: str, say: CommandLine, tmp_path: Path
) -> None:
    path = tmp_path / "a\x1b[2Jb.mmdb"
    if content is not None:
        path.write_bytes(content)
    said = say("127.0.0.1", "--report", "--asn-db", str(path))
    assert said.code == 2
    shown = str(path).replace("\x1b", "")
    assert said.sentence == (
        f"--asn-db {shown[:119]}…: {problem}; give a file of networks in MaxMind's format, such as "
        "GeoLite2-ASN.mmdb"
        if len(shown) > 120
        else f"--asn-db {shown}: {problem}; give a file of networks in MaxMind's format, such as "
        "GeoLite2-ASN.mmdb"
    )


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ({"9.9.0.0/16": BERLIN}, "it has no networks"),
        ({}, "it has no networks"),
        ({"9.9.0.0/16": 64500}, "it has no networks"),
    ],
)
def test_a_file_without_networks_is_refused(
    rows: dict[str, Any], problem: str, say: CommandLine, tmp_path: Path
) -> None:
    path = written(tmp_path / "geo.mmdb", rows)
    said = say("127.0.0.1", "--report", "-n", "--asn-db", str(path))
    assert (said.code, said.out) == (2, "")
    assert said.sentence.startswith("--asn-db ")
    assert said.sentence.endswith(
        f": {problem}; give a file of networks in MaxMind's format, such as GeoLite2-ASN.mmdb"
    )


def test_a_wrong_file_in_the_settings_is_refused_with_its_line(
    say: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text('\nasn-db = "missing.mmdb"\n')
    said = say("127.0.0.1", "--report", "--config", str(tmp_path / "config.toml"))
    assert said.code == 2
    assert "config.toml line 2: --asn-db missing.mmdb: No such file" in said.err


def test_the_demo_has_networks_of_its_own(say: CommandLine) -> None:
    assert say("demo", "--report", "--asn-db", "/x").sentence == (
        "the demo has networks of its own; leave out --asn-db"
    )
    said = say("demo", "--json", "-q1", "--asn", "--seed", "1")
    assert said.code == 0
    assert "Cymru" not in said.err
    networks = networks_in(said.out)
    assert networks["192.168.1.1"] is None
    transit = networks["198.18.7.1"]
    assert transit is not None
    assert (transit["asn"], transit["source"]) == (64500, "simulation")


def options(**changes: object) -> Options:
    found = poros_tui.main(["192.0.2.1", "--report"], standalone_mode=False)
    assert isinstance(found, Options)
    return msgspec.structs.replace(found, **changes)


def test_the_best_of_the_usual_files_is_taken(tmp_path: Path) -> None:
    assert usual_file(NETWORK_FILES, tmp_path) is None
    assert network_sources(options(), tmp_path).config is None
    for name in (
        "var/lib/GeoIP/dbip-asn-lite-2026-03.mmdb",
        "usr/share/GeoIP/dbip-asn-lite-2026-01.mmdb",
        "usr/share/GeoIP/dbip-asn-lite-2026-02.mmdb",
        "usr/share/GeoIP/GeoLite2-City.mmdb",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    found = tmp_path / "usr/share/GeoIP/dbip-asn-lite-2026-02.mmdb"
    assert usual_file(NETWORK_FILES, tmp_path) == found
    config = network_sources(options(), tmp_path).config
    assert config is not None
    assert (config.file, config.asks_cymru) == (found, False)
    best = tmp_path / "var/lib/GeoIP/GeoLite2-ASN.mmdb"
    best.write_bytes(b"")
    assert usual_file(NETWORK_FILES, tmp_path) == best


def test_a_usual_file_that_cannot_be_read_is_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "usr/share/GeoIP/GeoLite2-ASN.mmdb"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    monkeypatch.setattr(os, "access", lambda *_args: False)
    sources = network_sources(options(), tmp_path)
    assert sources.config is None
    assert sources.notes == (f"{path} can't be read, networks are not looked up in it",)


@pytest.mark.parametrize(
    ("resolv", "server", "through"),
    [
        ("nameserver 192.0.2.53\nnameserver 2001:db8::53\n", None, "192.0.2.53, 2001:db8::53"),
        ("nameserver 192.0.2.53\n", "192.0.2.54:5353", "192.0.2.54:5353"),
        ("", "[2001:db8::53]:5353", "[2001:db8::53]:5353"),
        ("", "2001:db8::53", "2001:db8::53"),
    ],
)
def test_it_is_said_to_whom_addresses_go_and_through_whom(
    resolv: str, server: str | None, through: str, tmp_path: Path
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/resolv.conf").write_text(resolv)
    sources = network_sources(options(asn=True, dns_server=server), tmp_path)
    assert sources.notes == (
        f"addresses of the hops are sent to Team Cymru's DNS zones through {through} (--asn)",
    )


def test_without_a_name_server_it_is_said_what_to_do(tmp_path: Path) -> None:
    (note,) = network_sources(options(asn=True), tmp_path).notes
    assert note.startswith("--asn has no name server to ask")


def test_a_name_server_may_be_named_for_networks_alone(say: CommandLine) -> None:
    said = say("192.0.2.1", "--report", "-n", "--dns-server", "ns", "--asn")
    assert "--dns-server 'ns' is no address" in said.sentence
