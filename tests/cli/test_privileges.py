from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from poros_tui.cli.config_file import as_user, default_path
from poros_tui.probe.privilege import Identity
from tests.cli.program import PROGRAM, RUN_LIMIT_S, environment
from tests.cli.screen import on_screen
from tests.cli.telling import TELLING, told
from tests.cli.test_signals import end_of, started, wait_for_note
from tests.lab import namespace
from tests.lab.chain import ChainLab, ChainPlan, chain_network
from tests.lab.requirements import require_network

pytestmark = pytest.mark.network

SUDO = {"SUDO_UID": "65534", "SUDO_GID": "65534"}
LANGUAGES = {"LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"}
UDP_NOTE = "a destination answers UDP about once a second, or not at all behind a firewall"


@pytest.fixture(scope="module")
def lab() -> Iterator[ChainLab]:
    require_network()
    with chain_network(ChainPlan(routers=2)) as chain:
        yield chain


def trace(
    lab: ChainLab, *arguments: str, capabilities: bool = True, ping_sockets: bool = False
) -> subprocess.CompletedProcess[str]:
    return lab.run(
        [*PROGRAM, "-q", "1", *arguments, "{destination}"],
        capabilities=capabilities,
        ping_sockets=ping_sockets,
        timeout_s=RUN_LIMIT_S,
    )


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("arguments", "capabilities", "ping_sockets", "told"),
    [
        ([], True, False, ("icmp", "raw", "raw socket")),
        (["-I"], True, False, ("icmp", "raw", "raw socket")),
        (["--privilege", "raw"], True, True, ("icmp", "raw", "raw socket")),
        ([], False, True, ("icmp", "user", "ping socket")),
        (["--privilege", "user"], True, True, ("icmp", "user", "ping socket")),
        ([], False, False, ("udp", "user", "UDP error queue")),
        (["--privilege", "user"], True, False, ("udp", "user", "UDP error queue")),
        (["-U"], True, True, ("udp", "raw", "raw socket")),
        (["-U", "--privilege", "raw"], True, True, ("udp", "raw", "raw socket")),
        (["-U", "--privilege", "user"], True, True, ("udp", "user", "UDP error queue")),
        (["-U"], False, False, ("udp", "user", "UDP error queue")),
    ],
)
def test_the_best_permitted_socket_is_used_and_named(
    lab: ChainLab,
    arguments: list[str],
    capabilities: bool,
    ping_sockets: bool,
    told: tuple[str, str, str],
) -> None:
    done = trace(lab, "-j", *arguments, capabilities=capabilities, ping_sockets=ping_sockets)
    assert done.returncode == 0, done.stderr
    run = json.loads(done.stdout)
    assert (run["protocol"], run["privilege"], run["socket"]) == told


def test_falling_back_to_udp_is_said(lab: ChainLab) -> None:
    done = trace(lab, "--report", capabilities=False)
    assert done.stderr == (
        f"poros-tui: ICMP needs permission here (see --privilege), so UDP: {UDP_NOTE}\n"
    )
    assert "UDP by UDP error queue" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--privilege", "raw"],
            "--privilege raw: raw sockets are not permitted to this user; run it with sudo",
        ),
        (["-I"], "--icmp is not permitted to this user; run it with sudo, allow ping sockets"),
        (
            ["-U", "--privilege", "raw"],
            "--privilege raw: raw sockets are not permitted to this user; run it with sudo",
        ),
        (
            ["-I", "--privilege", "raw"],
            "--privilege raw: raw sockets are not permitted to this user; ",
        ),
        (
            ["-T", "--size", "39"],
            "--size is not for TCP probes without raw sockets: the kernel makes them; "
            "run it with sudo, or use --udp",
        ),
        (
            ["-T", "--mda"],
            "--mda is not for TCP probes without raw sockets: each is a flow of its own; "
            "run it with sudo, or use --icmp or --udp",
        ),
        (
            ["-U", "--source-port", "53"],
            "--source-port 53 is not permitted to this user; give 1024 or more, or run it as root",
        ),
    ],
)
def test_what_is_not_permitted_is_one_sentence_with_advice(
    lab: ChainLab, arguments: list[str], sentence: str
) -> None:
    done = trace(lab, "--report", *arguments, capabilities=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"poros-tui: {sentence}")
    assert done.stderr.count("\n") == 1


@pytest.fixture
def cut_off(lab: ChainLab) -> Iterator[ChainLab]:
    """The lab without its default routes."""
    namespace.ip_batch(["route del default", "route del ::/0"], lab.namespace)
    yield lab
    lab.link_up()


@pytest.mark.parametrize("destination", ["{destination}", "{destination6}"])
@pytest.mark.parametrize("front_end", ["--report", "--json"])
def test_no_route_is_one_sentence_and_exit_code_3(
    cut_off: ChainLab, destination: str, front_end: str
) -> None:
    done = cut_off.run([*PROGRAM, front_end, destination], timeout_s=RUN_LIMIT_S)
    assert done.returncode == 3
    assert done.stderr == (
        "poros-tui: nothing could be sent: network is unreachable; "
        "check the network and its routes\n"
    )
    if front_end == "--report":
        assert done.stdout == ""
    else:
        run = json.loads(done.stdout)
        assert (run["stop_reason"], run["probes_sent"]) == ("failed", 0)
        assert {p["outcome"] for hop in run["hops"] for p in hop["probes"]} == {"send_error"}


def test_a_machine_without_ipv6_says_so_in_one_sentence() -> None:
    require_network()
    name = namespace.new_name()
    namespace.ip_batch([f"netns add {name}"])
    try:
        namespace.set_sysctls(name, {"ipv6/conf/all/disable_ipv6": "1"})
        done = subprocess.run(
            ["ip", "netns", "exec", name, *PROGRAM, "--report", "2001:db8::1"],
            capture_output=True,
            text=True,
            timeout=RUN_LIMIT_S,
            check=False,
        )
    finally:
        namespace.delete([name])
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("poros-tui: nothing could be sent: ")
    assert done.stderr.endswith("; check the network and its routes\n")
    assert done.stderr.count("\n") == 1


def test_an_interface_that_is_not_there_is_said_with_those_that_are(lab: ChainLab) -> None:
    done = lab.run([*PROGRAM, "--report", "fe80::1%nope"])
    assert done.returncode == 2
    assert done.stderr == "poros-tui: this machine has no interface 'nope'; it has lo, right\n"


def test_the_neighbour_is_reached_by_its_link_local_address(lab: ChainLab) -> None:
    show = ["ip", "-n", lab.names[1], "-json", "-6", "address", "show", "left", "scope", "link"]
    shown = subprocess.run(show, capture_output=True, check=True)
    infos = [info for link in json.loads(shown.stdout) for info in link.get("addr_info", ())]
    (address,) = [info["local"] for info in infos if info]  # empty where filtered out
    done = lab.run([*PROGRAM, "--json", "-q", "1", f"{address}%right"])
    assert done.returncode == 0, done.stderr
    run = json.loads(done.stdout)
    assert (run["destination"], run["destination_zone"]) == (address, "right")
    assert [hop["probes"][0]["responder"] for hop in run["hops"]] == [address]


@pytest.mark.parametrize(
    ("typed", "responder"), [("127.1", "127.0.0.1"), ("::1", "::1"), ("::ffff:127.0.0.1", None)]
)
def test_this_machine_is_one_hop_away(lab: ChainLab, typed: str, responder: str | None) -> None:
    done = lab.run([*PROGRAM, "--json", "-q", "1", typed])
    assert done.returncode == 0, done.stderr
    hops = json.loads(done.stdout)["hops"]
    assert [hop["probes"][0]["responder"] for hop in hops] == [responder or "127.0.0.1"]


def status_of(pid: int) -> dict[str, list[str]]:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return {name: value.split() for name, _, value in (line.partition(":") for line in lines)}


@pytest.mark.parametrize("protocol", ["-I", "-U", "-T"])
def test_under_sudo_the_process_is_the_user_while_it_traces(lab: ChainLab, protocol: str) -> None:
    command = [*TELLING, "--report", protocol, "--rounds", "1000", "http://{destination}/"]
    with started(lab.command(["env", *(f"{k}={v}" for k, v in SUDO.items()), *command])) as process:
        wait_for_note(process)
        status = status_of(process.pid)
        told(process, f"reply {lab.destination}".__eq__)
        process.send_signal(signal.SIGINT)
        code, out, _ = end_of(process)
    assert status["Uid"] == status["Gid"] == ["65534"] * 4
    assert "0" not in status["Groups"]
    for capabilities in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(status[capabilities][0], 16) == 0
    assert status["NoNewPrivs"] == ["1"]
    assert (code, "destination" in out) == (130, True)


def test_the_configuration_file_is_read_with_the_users_rights(tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("root alone can have the rights of another user")
    secret = tmp_path / "secret.toml"
    secret.write_text("interval = 5\n")
    secret.chmod(0o600)
    with pytest.raises(PermissionError), as_user(Identity(65534, 65534)):
        secret.read_text()
    assert (os.geteuid(), os.getegid()) == (0, 0)
    assert secret.read_text()


DOWN, RIGHT, ESCAPE, ENTER = "\x1b[B", "\x1b[C", "\x1b", "\r"
KEYS_OF_A_VISIT = (
    *("?", ESCAPE, ENTER, *"vci[<0heAFPgzzlbdBffyYHHDDsSmatr+-UTI  ", "\x10", ESCAPE),
    *("C", DOWN, RIGHT, ESCAPE, "/", "127" + ENTER, "n", ESCAPE, "w", "m"),
    *("o", "127.0.0.2" + ENTER, "`", "1", ENTER, "x", "n"),
)
"""Every view, dialog and change; the last asks a question, and answers it."""
QUESTION = "Trace 127.0.0.1 no longer"


@pytest.mark.sampled(0)
def test_under_sudo_nothing_is_loaded_when_the_rights_are_given_up(
    lab: ChainLab, tmp_path: Path
) -> None:
    """An installation of root's own cannot be read then."""
    witnessed = tmp_path / "witnessed.json"
    program = [sys.executable, "-m", "tests.cli.witness", str(witnessed)]
    command = lab.command([*program, "127.0.0.1"])
    with on_screen(command, size=(120, 40), HOME=str(tmp_path), **SUDO) as screen:
        screen.until_shown("ICMP ·", "running")
        *keys, remove, answer = KEYS_OF_A_VISIT
        for key in keys:
            screen.press(key)
            screen.watch(0.25)
        # A key that comes before the question is no answer to it, and the next one would be.
        screen.until_shown("2 127.0.0.2")
        screen.press(remove)
        screen.until_shown(QUESTION)
        screen.press(answer)
        screen.until(lambda lines: not any(QUESTION in line for line in lines))
        assert screen.leave() in (0, 1), "\n".join(screen.lines)
    assert json.loads(witnessed.read_text())["loaded_late"] == []


@pytest.mark.parametrize("target", ["{destination}", "localhost", "demo"])
def test_under_sudo_nothing_of_the_users_is_read_as_root(
    lab: ChainLab, target: str, tmp_path: Path
) -> None:
    witnessed = tmp_path / "witnessed.json"
    command = [sys.executable, "-m", "tests.cli.witness", str(witnessed), target, "--report"]
    done = subprocess.run(
        lab.command([*command, "-q", "1"]),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
        env=environment(**SUDO),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(witnessed.read_text())
    # Click asks for the variable of its shell completion, and gettext for the language.
    assert set(seen["variables"]) <= {*SUDO, "_POROS_TUI_COMPLETE", *LANGUAGES}
    # Of the configuration file, which is looked for with that user's rights, see below.
    assert set(seen["files"]) <= {str(default_path(SUDO))}
    assert seen["asked_as_root"] == []
