"""Several targets on real networks: in reports, on the screen, with and without privileges."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from poros_tui.cli.config_file import default_path
from poros_tui.engine.limiter import BURST_S
from tests.cli.program import PROGRAM, RUN_LIMIT_S, environment, run_command
from tests.cli.screen import LiveScreen, on_screen
from tests.cli.test_privileges import SUDO, status_of
from tests.lab import namespace
from tests.lab.chain import ChainLab, ChainPlan, chain_network
from tests.lab.requirements import require_network
from tests.probe.test_privilege import open_to_all

pytestmark = pytest.mark.network

ROUTERS = 4


@pytest.fixture(scope="module")
def lab() -> Iterator[ChainLab]:
    require_network()
    with chain_network(ChainPlan(routers=ROUTERS)) as chain:
        yield chain


def everybody(lab: ChainLab) -> dict[str, int]:
    """Every router and the destination over both IP versions: address and distance."""
    return {
        str(next(iter(responders))): ttl
        for family in (4, 6)
        for ttl, responders in enumerate(lab.path(family), 1)
    }


def reports(lab: ChainLab, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    done = lab.run([*PROGRAM, "--json", "-q", "1", *arguments], timeout_s=RUN_LIMIT_S)
    return done.returncode, json.loads(done.stdout), done.stderr


@pytest.mark.sampled(1)
@pytest.mark.parametrize("protocol", ["-I", "-U", "-T"])
def test_every_target_is_traced_by_every_protocol_side_by_side(
    lab: ChainLab, protocol: str
) -> None:
    distances = everybody(lab)
    code, runs, err = reports(lab, protocol, *distances)
    assert (code, [run["destination"] for run in runs]) == (0, list(distances)), err
    assert {run["destination"]: run["distance"] for run in runs} == distances
    for run in runs:
        path = lab.path(6 if ":" in run["destination"] else 4)
        for ttl, hop in enumerate(run["hops"], 1):
            responders = {probe["responder"] for probe in hop["probes"]}
            assert responders == {str(address) for address in path[ttl - 1]}


def test_one_that_is_not_there_leaves_the_others_alone(lab: ChainLab) -> None:
    absent = str(lab.absent(4))
    near = str(next(iter(lab.path(4)[0])))
    code, runs, _ = reports(lab, absent, near, str(lab.destination))
    assert code == 1
    assert [run["reached"] for run in runs] == [False, True, True]
    assert [run["distance"] for run in runs[1:]] == [1, ROUTERS + 1]


def test_no_route_to_some_is_told_of_these_alone(lab: ChainLab) -> None:
    namespace.ip_batch(["route del ::/0"], lab.namespace)
    try:
        far6 = str(lab.destination6)
        done = lab.run(
            [*PROGRAM, "--report", "-q", "1", far6, str(lab.destination)], timeout_s=RUN_LIMIT_S
        )
    finally:
        lab.link_up()
    assert done.returncode == 1
    assert done.stderr == (
        f"poros-tui: {far6}: nothing could be sent: network is unreachable; "
        "check the network and its routes\n"
    )
    assert done.stdout.count("poros-tui ") == 1


def test_all_together_keep_the_rate_limit(lab: ChainLab) -> None:
    targets = [str(next(iter(responders))) for responders in lab.path(4)]
    code, runs, _ = reports(lab, "--rate-limit", "40", "--max-hops", "5", "-q", "4", *targets)
    assert code == 0
    sent = sum(run["probes_sent"] for run in runs)
    assert sent >= 60
    # Each is timed from its own first probe. They begin at most 50 ms apart, and that probe waits
    # for its turn behind one of each other.
    began_apart_s = (0.05 + 1 / 40) * len(runs)
    lasted_s = max(run["duration_ms"] for run in runs) / 1e3 + began_apart_s
    assert lasted_s >= (sent - 40 * BURST_S) / 40


# --- the screen -----------------------------------------------------------------------------------


def rows_of(lines: list[str]) -> dict[str, str]:
    """The overview's rows by the name of the target."""
    rows = (line for line in lines[4:] if len(line.split()) > 2 and line.split()[1].isdigit())
    return {row.split()[2]: row for row in rows}


def have_no_loss(*targets: str) -> object:
    def show(lines: list[str]) -> bool:
        rows = rows_of(lines)
        return all("no loss" in rows.get(target, "") for target in targets)

    return show


def live(lab: ChainLab, *arguments: str, capabilities: bool = True, **variables: str) -> object:
    command = [*PROGRAM, "--interval", "0.2", *arguments]
    if variables:
        # `ip netns exec` is root's, and passes on what it was given.
        command = ["env", *(f"{name}={value}" for name, value in variables.items()), *command]
    return on_screen(lab.command(command, capabilities=capabilities))


def add(screen: LiveScreen, typed: str) -> None:
    screen.press("o")
    screen.until_shown("Trace also:")
    screen.press(typed)
    screen.until_shown(f"Trace also: {typed}")
    screen.press("\r")


def test_targets_are_watched_added_and_removed(lab: ChainLab) -> None:
    near, far, far6 = (
        str(next(iter(lab.path(4)[0]))),
        str(lab.destination),
        str(lab.destination6),
    )
    with live(lab, near, far) as screen:
        screen.until(have_no_loss(near, far))
        rows = rows_of(screen.lines)
        assert [rows[target].split()[4] for target in (near, far)] == ["1", str(ROUTERS + 1)]
        add(screen, far6)
        screen.until(have_no_loss(near, far, far6))
        screen.press("3")
        lines = screen.until_shown(f"[3 {far6}]", f"{ROUTERS + 1}◆")
        assert all(str(next(iter(hop))) in "\n".join(lines) for hop in lab.path(6))
        # Protocols are changed for the one that is shown.
        screen.press("U")
        screen.until(lambda lines: lines[3].startswith(" UDP ·"))
        screen.press("`")
        screen.until_shown("[overview]")
        screen.press("1")
        screen.until(lambda lines: lines[3].startswith(" ICMP ·"))
        screen.press("x")
        screen.until_shown(f"Trace {near} no longer?")
        screen.press("y")
        screen.until_shown("[overview]", "2 targets")
        screen.until(have_no_loss(far, far6))
        assert near not in rows_of(screen.lines)
        add(screen, "nosuch host")
        screen.until_shown("'nosuch host' can't be the name of a host")
        screen.press("\x1b")
        screen.until(lambda lines: "Trace also:" not in "".join(lines))
        add(screen, far)
        screen.until_shown(f"{far} is {far}, traced already")
        assert screen.leave() == 0


@pytest.mark.sampled(0)
def test_what_is_wanted_of_all_is_wanted_of_one_that_is_added_later(lab: ChainLab) -> None:
    near, far, far6 = (
        str(next(iter(lab.path(4)[0]))),
        str(lab.destination),
        str(lab.destination6),
    )
    with live(lab, near, far) as screen:
        screen.until(have_no_loss(near, far))
        screen.press("U")
        screen.until_shown("2 targets: probing with UDP")
        screen.press("+")
        screen.until_shown("2 targets: a round every 0.5 s")
        screen.press("C")
        screen.until_shown("Protocol  * ◂ UDP ▸", "Interval  * 0.5 s")
        screen.press("jjj\r")
        screen.until_shown("Bytes (or usual):")
        screen.press("200\r")
        screen.until_shown("2 targets: 200 bytes")
        screen.press("\x1b")
        screen.until_shown("[overview]")
        add(screen, far6)
        screen.until(have_no_loss(near, far, far6))
        screen.press("3")
        lines = screen.until_shown(f"[3 {far6}]", f"{ROUTERS + 1}◆")
        assert lines[3].startswith(" UDP ·")
        assert "every 0.5 s" in lines[3]
        assert "200 bytes" in lines[3]
        # What one of them cannot do is told of that one.
        screen.press("`")
        screen.until_shown("[overview]")
        screen.press("C")
        screen.until_shown("Protocol")
        screen.press("jjj\r")
        screen.until_shown("Bytes (or usual):")
        screen.press("40\r")
        screen.until_shown(f"{far6}: --size 40 has no room for the IPv6 headers")
        screen.press("\x1b")
        screen.until_shown("[overview]")
        assert screen.leave() == 0


def test_all_sessions_are_written_as_json_does_it(
    lab: ChainLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_to_all(tmp_path)
    tmp_path.chmod(0o777)
    monkeypatch.chdir(tmp_path)
    far, far6 = str(lab.destination), str(lab.destination6)
    with live(lab, far, far6) as screen:
        screen.until(have_no_loss(far, far6))
        screen.press("w")
        screen.until_shown("all that is known of every session")
        screen.press("j")
        screen.until_shown("written: poros-tui-2-targets-")
        assert screen.leave() == 0
    (file,) = tmp_path.iterdir()
    runs = json.loads(file.read_text())
    assert [(run["target"], run["distance"]) for run in runs] == [
        (far, ROUTERS + 1),
        (far6, ROUTERS + 1),
    ]
    for run, version in zip(runs, (4, 6), strict=True):
        responders = [{one["address"] for one in hop["responders"]} for hop in run["hops"]]
        assert responders == [{str(one) for one in hop} for hop in lab.path(version)]
        assert run["duration_ms"] > 0


@pytest.mark.sampled(0)
def test_a_link_that_goes_is_told_of_every_target_and_so_is_its_return(lab: ChainLab) -> None:
    near, far = str(next(iter(lab.path(4)[0]))), str(lab.destination)
    with live(lab, near, far) as screen:
        screen.until(have_no_loss(near, far))
        lab.link_down()
        try:
            screen.until(
                lambda lines: all("! cannot send" in row for row in rows_of(lines).values())
            )
        finally:
            lab.link_up()
        screen.until(lambda lines: not any("cannot send" in row for row in rows_of(lines).values()))
        assert screen.leave() == 0


def test_one_that_is_never_reached_makes_the_exit_code_1(lab: ChainLab) -> None:
    far, absent = str(lab.destination), str(lab.absent(4))
    with live(lab, far, absent, "-w", "0.5") as screen:
        screen.until(have_no_loss(far))
        screen.until(
            lambda lines: any(
                words in rows_of(lines).get(absent, "")
                for words in ("silent after hop", "unreachable")
            )
        )
        assert screen.leave() == 1


@pytest.mark.sampled(1)
@pytest.mark.parametrize("rung", ["raw socket", "ping socket", "UDP error queue"])
def test_without_root_the_best_socket_is_found_for_each(lab: ChainLab, rung: str) -> None:
    lab.allow_ping_sockets(rung == "ping socket")
    far, far6 = str(lab.destination), str(lab.destination6)
    with live(lab, far, far6, capabilities=rung == "raw socket") as screen:
        screen.until_shown("[overview]", "2 fine")
        for place, target in (("1", far), ("2", far6)):
            screen.press(place)
            screen.until_shown(f"[{place} {target}]", rung)
        assert screen.leave() == 0


def test_what_is_typed_at_once_after_the_key_that_asks_for_it_is_not_lost(lab: ChainLab) -> None:
    near, far = str(next(iter(lab.path(4)[0]))), str(lab.destination)
    with live(lab, near) as screen:
        screen.until_shown("reached at hop 1")
        screen.press(f"o{far}\r")
        screen.until_shown(f"[2 {far}]", f"reached at hop {ROUTERS + 1}")
        screen.press(f"/{near}\r")
        screen.until_shown("1 of 1, hop 1")
        screen.press("xy")
        screen.until(lambda lines: far not in "".join(lines))
        assert screen.leave() == 0


# --- privileges -----------------------------------------------------------------------------------


@pytest.mark.sampled(0)
def test_under_sudo_targets_and_protocols_come_from_sockets_opened_before(lab: ChainLab) -> None:
    addresses = [*everybody(lab)]
    with live(lab, addresses[0], addresses[1], **SUDO) as screen:
        screen.until(have_no_loss(*addresses[:2]))
        status = status_of(screen.process.pid)
        assert status["Uid"] == status["Gid"] == ["65534"] * 4
        assert int(status["CapEff"][0], 16) == 0
        for address in addresses[2:5]:
            add(screen, address)
            screen.until(have_no_loss(address))
        screen.press("5")
        screen.until_shown(f"[5 {addresses[4]}]", "raw socket")
        screen.press("T")
        screen.until(lambda lines: lines[3].strip().startswith("TCP · raw sockets"))
        assert screen.leave() == 0


@pytest.mark.sampled(0)
def test_under_sudo_it_is_said_when_those_are_used_up(lab: ChainLab) -> None:
    lab.allow_ping_sockets(True)
    far = str(lab.destination)
    with live(lab, far, "--rounds", "1000000", **SUDO) as screen:
        screen.until_shown("ICMP · raw socket")
        # One was opened for it, and eight to spare: each that is added takes one.
        for number in range(1, 10):
            screen.press("o")
            screen.until_shown("Trace also:")
            screen.press(f"127.0.0.{number}\r")
            rung = "raw socket" if number < 9 else "ping socket"
            screen.until_shown(f"poros-tui  127.0.0.{number} ", f"ICMP · {rung}")
        screen.until_shown(
            "no raw socket for ICMP is left of those that were opened before the program gave up"
        )
        screen.until_shown("reached at hop 1")
        assert screen.leave() == 0


def test_root_with_nobody_behind_it_opens_as_many_as_are_wanted(lab: ChainLab) -> None:
    far = str(lab.destination)
    with live(lab, far) as screen:
        screen.until_shown("ICMP · raw socket")
        for _ in range(10):
            screen.press("U")
            screen.until(lambda lines: lines[2].startswith(" UDP ·"))
            screen.press("I")
            screen.until(lambda lines: "ICMP · raw socket" in lines[2])
        screen.until_shown(f"reached at hop {ROUTERS + 1}")
        open_files = len(os.listdir(f"/proc/{screen.process.pid}/fd"))
        assert open_files < 40
        assert screen.leave() == 0


def test_under_sudo_a_list_is_read_as_the_user(lab: ChainLab, tmp_path: Path) -> None:
    open_to_all(tmp_path)
    mine = tmp_path / "mine"
    mine.write_text(f"{lab.destination}\n127.0.0.1\n")
    witnessed = tmp_path / "witnessed.json"

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        witness = [sys.executable, "-m", "tests.cli.witness", str(witnessed)]
        command = lab.command([*witness, *arguments, "--json", "-q", "1"])
        return run_command(command, env=environment(**SUDO))

    mine.chmod(0o600)
    done = run("--targets", str(mine))
    assert done.returncode == 2
    assert f"--targets {mine} can't be read: permission denied" in done.stderr
    mine.chmod(0o644)
    done = run("--targets", str(mine), "localhost")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) == 3
    seen = json.loads(witnessed.read_text())
    assert set(seen["files"]) <= {str(default_path(SUDO))}  # looked for with the user's rights
    assert seen["asked_as_root"] == []
