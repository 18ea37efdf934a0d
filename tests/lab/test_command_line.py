from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.__main__ import main
from tests.lab.requirements import require_network
from tests.lab.tun import scenario_names

ROOT = Path(__file__).parents[2]


def lab(*words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "tests.lab", *words]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_list_names_every_scenario_and_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [line.split()[0] for line in lines]
    assert set(scenario_names()) < set(names)
    assert "chain" in names
    assert all(len(line.split()) > 1 for line in lines)


@pytest.mark.network
def test_the_command_runs_inside_and_its_exit_code_comes_back() -> None:
    require_network()
    done = lab("straight12", "--", "sh", "-c", "ip -o addr show tun0; exit 7")
    assert done.returncode == 7
    assert "10.255.0.2" in done.stdout


@pytest.mark.network
def test_the_placeholders_are_the_destination() -> None:
    require_network()
    done = lab("chain", "--", "echo", "{destination}", "{destination6}")
    assert done.stdout == "10.1.7.2 fd00:1:7::2\n"


@pytest.mark.network
def test_privileges_are_as_asked() -> None:
    require_network()
    show = "grep CapEff /proc/self/status; cat /proc/sys/net/ipv4/ping_group_range"
    done = lab("near", "--without-capabilities", "--ping-sockets", "--", "sh", "-c", show)
    assert done.stdout.split() == ["CapEff:", "0000000000000000", "0", "2147483647"]
    done = lab("near", "--", "sh", "-c", show)
    assert done.stdout.split()[1] != "0000000000000000"
    assert done.stdout.split()[2:] == ["1", "0"]


@pytest.mark.network
@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_nothing_is_left_after_a_signal(how: signal.Signals, code: int) -> None:
    require_network()
    waits = "import signal as s; s.signal(2, s.SIG_DFL); print('here', flush=True); s.pause()"
    argv = [sys.executable, "-m", "tests.lab", "near", "--", sys.executable, "-c", waits]
    with subprocess.Popen(
        argv, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "here\n"
        if how is signal.SIGINT:
            os.killpg(process.pid, how)  # as a terminal does
        else:
            process.send_signal(how)
        assert process.wait(timeout=60) == code
    assert not list(Path("/run/netns").glob(f"poros-lab-{process.pid}-*"))


@pytest.mark.network
def test_an_unknown_scenario_is_one_sentence_and_exit_code_3() -> None:
    require_network()
    done = lab("nonsense", "--", "true")
    assert done.returncode == 3
    assert done.stderr.startswith("tests.lab: no scenario nonsense")
    assert done.stderr.count("\n") == 1
