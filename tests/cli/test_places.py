from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import trio

from poros_tui.cli.command import poros_tui
from poros_tui.cli.home import parse_home
from poros_tui.cli.options import Options
from poros_tui.cli.places import place_source
from poros_tui.cli.usual_files import PLACE_FILES, usual_file
from poros_tui.errors import UsageError
from poros_tui.probe.simulation.scenario import Scenario
from tests.cli.program import PROGRAM, CommandLine, environment, run_command, run_program
from tests.cli.screen import on_screen
from tests.cli.test_privileges import SUDO
from tests.lab.requirements import require_network
from tests.lab.tun import TunLab, lab_network
from tests.lookup.made_mmdb import BERLIN, NEW_YORK, city, write_mmdb

ADVICE = "; give a file in MaxMind's format that has cities, such as GeoLite2-City.mmdb"
SYDNEY = city("Sydney", "AU", "Australia", -33.8688, 151.2093)
HOSTILE = city("\x1b[31m[red]Evil\u202e" + "e" * 10_000, "XX", "\x9b2J[/]", 10.0, 20.0)
PUBLIC = """
[destination]
address = "8.8.8.8"
rtt_ms = 95
[[hop]]
address = "10.0.1.1"
rtt_ms = 1
[[hop]]
address = "9.9.9.1"
rtt_ms = 6
[[hop]]
address = "9.9.9.2"
rtt_ms = 9
[[hop]]
address = "1.1.1.1"
rtt_ms = 80
[[hop]]
address = "8.8.4.4"
rtt_ms = 90
"""
"""Addresses of the public internet, in a namespace of our own."""
RECORDS = {
    "9.9.9.1/32": BERLIN,
    "9.9.9.2/32": SYDNEY,
    "1.1.1.0/24": HOSTILE,
    "8.8.8.0/24": NEW_YORK,
    "10.0.0.0/8": BERLIN,
}


def options_of(*arguments: str) -> Options:
    options = poros_tui.main(list(arguments), standalone_mode=False)
    assert isinstance(options, Options)
    return options


@pytest.fixture(scope="module")
def lab() -> Iterator[TunLab]:
    require_network()
    with lab_network(Scenario.from_toml(PUBLIC)) as lab:
        yield lab


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("geo")
    for each in (folder, *folder.parents[:2]):
        each.chmod(0o755)  # for those who give their privileges up
    return write_mmdb(folder / "GeoLite2-City.mmdb", RECORDS)


def responders(lab: TunLab, *arguments: str) -> dict[str, dict[str, Any]]:
    """What a report tells of each, by its address."""
    command = [*PROGRAM, "{destination}", "--json", "-q", "1", "-n", *arguments]
    done = run_command(lab.command(command), env=environment())
    assert done.returncode == 0, done.stderr
    hops = json.loads(done.stdout)["hops"]
    return {each["address"]: each for hop in hops for each in hop["responders"]}


@pytest.mark.network
def test_a_report_has_the_places_and_which_cannot_be(lab: TunLab, cities: Path) -> None:
    found = responders(lab, "--geo-db", str(cities), "--home", "52.4,13.1")
    assert found["9.9.9.1"]["place"]["city"] == "Berlin"
    assert found["8.8.8.8"]["place"]["city"] == "New York"
    assert found["10.0.1.1"]["place"] is None
    assert found["8.8.4.4"]["place"] is None
    doubts = {address: each["place_doubt"] for address, each in found.items()}
    assert doubts["9.9.9.1"] is doubts["8.8.8.8"] is None
    assert "Sydney is 16118 km from home: 158 ms at least" in doubts["9.9.9.2"]


@pytest.mark.network
def test_without_home_places_are_held_against_each_other(lab: TunLab, cities: Path) -> None:
    found = responders(lab, "--geo-db", str(cities))
    doubted = {address for address, each in found.items() if each["place_doubt"]}
    assert "9.9.9.2" in doubted
    assert "9.9.9.1" not in doubted


@pytest.mark.network
def test_a_hostile_record_does_nothing_to_a_terminal(lab: TunLab, cities: Path) -> None:
    place = responders(lab, "--geo-db", str(cities))["1.1.1.1"]["place"]
    assert place["city"].startswith("[31m[red]Evile")
    assert len(place["city"]) == 60
    assert place["country"] == "2J[/]"
    command = [*PROGRAM, "8.8.8.8", "-n", "--geo-db", str(cities), "--theme", "dark"]
    with on_screen(lab.command(command), size=(120, 40)) as live:
        live.until_shown("reached at hop 6")
        live.press("Mz")
        lines = live.until_shown("[red]Evil", "Berlin, Germany")
        assert not any("\x1b" in line or "\u202e" in line for line in lines)


@pytest.mark.network
def test_under_sudo_the_file_is_read_as_the_user(lab: TunLab, cities: Path, tmp_path: Path) -> None:
    hidden = write_mmdb(tmp_path / "hidden.mmdb", RECORDS)
    hidden.chmod(0o600)
    for each in (tmp_path, *tmp_path.parents[:3]):
        each.chmod(0o755)
    command = [*PROGRAM, "{destination}", "--json", "-q", "1", "-n", "--geo-db"]
    refused = run_command(lab.command([*command, str(hidden)]), env={**environment(), **SUDO})
    assert refused.returncode == 2
    assert ": Permission denied" in refused.stderr
    done = run_command(lab.command([*command, str(cities)]), env={**environment(), **SUDO})
    assert done.returncode == 0, done.stderr
    assert '"city": "Berlin"' in done.stdout


@pytest.mark.network
def test_where_no_file_is_named_or_there_nothing_is_loaded_for_places(lab: TunLab) -> None:
    if usual_file(PLACE_FILES) is not None:
        pytest.skip("a file with places is installed here")
    command = [sys.executable, "-X", "importtime", *PROGRAM[1:], "{destination}", "--report"]
    done = run_command(lab.command(command), env=environment())
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "trio" in loaded
    assert not {name for name in loaded if name.startswith(("maxminddb", "poros_tui.lookup.place"))}
    assert "poros_tui.lookup.maxmind_file" not in loaded


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none.mmdb", "No such file or directory"),
        (".", "it is no file"),
        ("text.mmdb", "it is no MaxMind database, or is damaged"),
        ("cut.mmdb", "it is no MaxMind database, or is damaged"),
        ("networks.mmdb", "it has no places"),
    ],
)
def test_a_file_that_is_of_no_use_is_refused(
    tmp_path: Path, cities: Path, name: str, words: str
) -> None:
    (tmp_path / "text.mmdb").write_text("GeoLite2-City")
    (tmp_path / "cut.mmdb").write_bytes(cities.read_bytes()[:-200])
    write_mmdb(tmp_path / "networks.mmdb", {"8.8.8.0/24": {"asn": "AS64500"}}, kind="ASN")
    path = tmp_path / name
    done = run_program("--report", "-n", "--geo-db", str(path), "127.0.0.1")
    assert done.returncode == 2
    assert done.stderr == f"poros-tui: --geo-db {path}: {words}{ADVICE}\n"
    assert done.stdout == ""


def test_a_file_named_in_the_configuration_is_refused_with_its_line(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('queries = 2\ngeo-db = "/none"\n')
    done = run_program("--report", "-n", "--config", str(config), "127.0.0.1")
    assert done.returncode == 2
    assert done.stderr.startswith(f"poros-tui: {config} line 2: --geo-db /none: No such file")


@pytest.mark.parametrize(
    ("text", "latitude_deg", "longitude_deg"),
    [
        ("52.52,13.40", 52.52, 13.4),
        (" -33.87 , 151.21 ", -33.87, 151.21),
        ("+0,-180", 0, -180),
        ("90,180", 90, 180),
    ],
)
def test_home_is_a_latitude_and_a_longitude(
    text: str, latitude_deg: float, longitude_deg: float
) -> None:
    home = parse_home(text)
    assert (home.latitude_deg, home.longitude_deg) == (latitude_deg, longitude_deg)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Berlin",
        "52.52",
        "52.52,",
        "52.52 13.40",
        "52,52,13,40",
        "nan,0",
        "1e1,0",
        "\N{ARABIC-INDIC DIGIT FIVE},5",
        "9" * 99,
    ],
)
def test_what_is_no_pair_of_numbers_is_no_home(say: CommandLine, text: str) -> None:
    said = say("--report", "--home", text, "127.0.0.1")
    assert said.code == 2
    assert "is no latitude and longitude; give degrees north and east, such as" in said.sentence
    assert len(said.sentence) < 250


@pytest.mark.parametrize("text", ["90.1,0", "-91,0", "0,180.5", "13,-190"])
def test_what_is_not_on_the_earth_is_no_home(text: str) -> None:
    with pytest.raises(UsageError, match="is not on the Earth"):
        parse_home(text)


@pytest.mark.parametrize("option", [("--geo-db", "/none"), ("--home", "52,13")])
def test_the_demo_has_places_of_its_own(say: CommandLine, option: tuple[str, str]) -> None:
    said = say("demo", "--report", *option)
    assert said.code == 2
    assert said.sentence.endswith(f"the demo has places of its own; leave out {option[0]}")


def demo_places(*arguments: str) -> list[tuple[str | None, bool]]:
    done = run_program("demo", "--json", "--seed", "1", *arguments)
    return [
        ((each["place"] or {}).get("city"), each["place_doubt"] is not None)
        for hop in json.loads(done.stdout)["hops"]
        for each in hop["responders"][:1]
    ]


@pytest.mark.parametrize("family", ["-4", "-6"])
def test_the_demo_has_places_one_of_which_cannot_be(family: str) -> None:
    assert demo_places(family) == [
        (None, False),
        (None, False),
        ("Berlin", False),
        ("Berlin", False),
        ("Berlin", False),
        ("Amsterdam", False),
        ("New York", False),
        ("New York", False),
        ("Sydney", True),
        ("Ashburn", False),
        ("Ashburn", False),
        ("Ashburn", False),
    ]


def usual(root: Path, *names: str) -> Path | None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    found = usual_file(PLACE_FILES, root)
    return found.relative_to(root) if found is not None else None


def test_the_best_of_the_usual_files_is_taken(tmp_path: Path) -> None:
    share, lib = "usr/share/GeoIP", "var/lib/GeoIP"
    assert usual(tmp_path) is None
    assert usual(tmp_path, f"{lib}/GeoLite2-ASN.mmdb") is None
    assert usual(tmp_path, country := f"{share}/GeoLite2-Country.mmdb") == Path(country)
    assert usual(tmp_path, old := f"{lib}/dbip-city-lite-2026-09.mmdb") == Path(old)
    assert usual(tmp_path, new := f"{lib}/dbip-city-lite-2026-11.mmdb") == Path(new)
    assert usual(tmp_path, best := f"{lib}/GeoLite2-City.mmdb") == Path(best)
    (tmp_path / share / "GeoIP2-City.mmdb").mkdir()
    assert usual(tmp_path) == Path(best)


def test_a_usual_file_that_is_damaged_is_told_with_each_address_and_no_error(
    tmp_path: Path,
) -> None:
    usual(tmp_path, "usr/share/GeoIP/GeoLite2-City.mmdb")
    options = options_of("--report", "127.0.0.1")
    places = place_source(options, tmp_path).inquiry(0.0)
    assert places is not None

    async def ask() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(places.run)
            places.see(ip_address("9.9.9.9"))
            await places.wait_settled()
            nursery.cancel_scope.cancel()

    trio.run(ask)
    (place,) = places.known.values()
    assert place.problem == "GeoLite2-City.mmdb: it is no MaxMind database, or is damaged"
