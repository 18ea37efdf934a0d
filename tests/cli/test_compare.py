"""`poros-tui compare`, with reports of real runs and of the demo."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from ipaddress import ip_address
from pathlib import Path as FilePath

import pytest
import trio
from trio.testing import MockClock

from poros_tui.cli.failures import exit_code_of
from poros_tui.config import SessionConfig
from poros_tui.model.path import Path
from poros_tui.once import run_once
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.transport import SimulatedTransport
from poros_tui.report.as_json import to_json
from poros_tui.report.run import FinishedRun
from tests.cli.program import PROGRAM, RUN_LIMIT_S, environment, run_command
from tests.cli.test_doctor import bare_namespace
from tests.lab.requirements import require_network
from tests.lab.tun import lab_network, load_scenario
from tests.report.cases import STARTED_AT
from tests.tui.made_path import MadePath, identity

Capture = pytest.CaptureFixture[str]


def said(capsys: Capture, *arguments: str) -> tuple[int, str, str]:
    code = exit_code_of(["compare", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FilePath]:
    """Of networks of the lab, ten probes to each hop."""
    require_network()
    place = tmp_path_factory.mktemp("reports")
    files = {}
    for name, network in (
        ("one", "straight12"), ("far", "rising30"), ("lossy", "loss30"),
    ):  # fmt: skip
        with lab_network(network) as lab:
            argv = [*PROGRAM, "--json", "--queries", "10", "{destination}"]
            done = run_command(lab.command(argv), env=environment())
        files[name] = place / f"{name}.json"
        files[name].write_text(done.stdout)
    return files


def virtual_report(file: FilePath, seed: int) -> FilePath:
    """Of a network that does nothing but what chance does: a machine that has much else to do
    answers more slowly, and that is a difference."""
    config = SessionConfig(queries=10)
    network = SimulatedNetwork(load_scenario("straight12"), seed=seed)
    trace = trio.run(
        run_once,
        config,
        lambda: SimulatedTransport(network),
        clock=MockClock(autojump_threshold=0),
    )
    run = FinishedRun(
        identity=identity(target="203.0.113.10", destination=ip_address("203.0.113.10")),
        config=config,
        path=trace.path,
        started_at=STARTED_AT,
        duration_s=trace.duration_s,
    )
    file.write_text(to_json(run))
    return file


def test_two_traces_of_one_network_are_no_different(capsys: Capture, tmp_path: FilePath) -> None:
    one, two = (virtual_report(tmp_path / f"{seed}.json", seed) for seed in (1, 2))
    code, out, err = said(capsys, str(one), str(two))
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith(f"A  {one}: 203.0.113.10, ICMP, ")
    assert lines[3] == "Path: the same path, 12 hops"
    assert lines[5] == "Loss: none of 10 -> none of 10"
    assert " *" not in out.partition("p: chance")[0]


def shifted_report(file: FilePath, shift_ms: float) -> FilePath:
    """Sixty round trips of about 100 ms to the only hop."""
    made = MadePath()
    made.path = Path(first_hop=1, keep_records=True)
    made.status()
    for number in range(60):
        made.reached(1, 100 + number / 1000 + shift_ms)
    run = FinishedRun(
        identity=identity(), config=SessionConfig(), path=made.update(), started_at=STARTED_AT,
        duration_s=60.0,
    )  # fmt: skip
    file.write_text(to_json(run))
    return file


def test_a_shift_that_nobody_would_notice_does_not_count(
    capsys: Capture, tmp_path: FilePath
) -> None:
    files = [str(shifted_report(tmp_path / f"{ms}.json", ms)) for ms in (0.0, 0.5)]
    code, out, _ = said(capsys, *files)
    assert code == 0
    assert ": longer, by less than 1 %\n" in out
    assert "  +0.50 (*)  < 0.0001  " in out
    assert "\n(*): the same, of less than 1 %: it does not count as one.\n" in out
    code, out, _ = said(capsys, "--least-shift", "0.4", *files)
    assert (code, ": longer\n" in out, "(*)" in out) == (1, True, False)
    code, out, _ = said(capsys, "--json", *files)
    found = json.loads(out)
    (hop,) = found["hops"]
    assert (code, found["is_different"], found["least_shift_percent"]) == (0, False, 1)
    assert (hop["delay"]["is_real"], hop["delay"]["matters"]) == (True, False)


@pytest.mark.parametrize("given", ["-1", "1001", "nan", "inf"])
def test_a_least_shift_that_cannot_be_is_refused(capsys: Capture, given: str) -> None:
    code, out, err = said(capsys, f"--least-shift={given}", "a.json", "b.json")
    assert (code, out) == (2, "")
    assert err == (
        f"poros-tui: --least-shift {given} is no share of a round trip; "
        "give a percentage from 0 to 1000\n"
    )


@pytest.mark.network
def test_what_differs_is_told_with_its_tests(capsys: Capture, reports: dict[str, FilePath]) -> None:
    code, out, _ = said(capsys, str(reports["one"]), str(reports["far"]))
    assert code == 1
    assert "hops -> 30" in out
    assert "\n  gained    hop " in out
    assert ": longer\n" in out
    code, out, _ = said(capsys, "--json", str(reports["one"]), str(reports["far"]))
    assert code == 1
    found = json.loads(out)
    assert found["schema"] == 1
    assert found["is_different"] is True
    (end,) = [hop for hop in found["hops"] if hop["destination"]]
    assert end["delay"]["is_real"] is True
    assert end["delay"]["p"] < 0.01
    least, most = end["delay"]["interval_95_ms"]
    assert least <= end["delay"]["shift_ms"] <= most
    assert 90 < end["delay"]["shift_ms"] < 100  # 120 ms less 24
    assert end["first"]["median_ms"] == pytest.approx(24, abs=3)


@pytest.mark.sampled(0)
@pytest.mark.network
def test_a_host_is_traced_now_and_two_are_side_by_side(reports: dict[str, FilePath]) -> None:
    with lab_network("straight12") as lab:
        argv = [*PROGRAM, "compare", "--rounds", "2", str(reports["one"]), "{destination}"]
        done = run_command(lab.command(argv), env=environment())
        both = [*PROGRAM, "compare", "--rounds", "2", "{destination}", "{destination6}"]
        other = run_command(lab.command(both), env=environment())
    # A machine that is busier now than it was answers some 0.05 ms later, and that is told.
    assert done.stderr == ""
    assert done.returncode in (0, 1)
    lines = done.stdout.splitlines()
    assert lines[1].startswith("B  203.0.113.10, ICMP, ")
    assert lines[3] == "Path: the same path, 12 hops"
    assert (other.returncode, other.stderr) == (1, "")
    assert "Path: 12 hops differ, 12 hops\n" in other.stdout
    assert "\nLoss: none of 6 -> none of 6\n" in other.stdout


@pytest.mark.sampled(0)
@pytest.mark.network
def test_a_host_that_cannot_be_traced_is_said() -> None:
    require_network()
    with lab_network("straight12") as lab:
        argv = [*PROGRAM, "compare", "nowhere.invalid", "{destination}"]
        done = run_command(lab.command(argv), env=environment())
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("poros-tui: nowhere.invalid: ")


@pytest.mark.network
def test_what_could_not_be_sent_is_not_called_alike() -> None:
    with bare_namespace() as name:
        argv = ["ip", "netns", "exec", name, *PROGRAM, "compare", "192.0.2.1", "192.0.2.2"]
        done = run_command([*argv, "--rounds", "1"], env=environment())
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "poros-tui: 192.0.2.1: network is unreachable\n"


def test_where_nobody_answered_there_is_nothing_to_compare(
    capsys: Capture, tmp_path: FilePath
) -> None:
    file = tmp_path / "silent.json"
    assert exit_code_of(["demo", "--json", "--seed", "1"]) == 0
    report = json.loads(capsys.readouterr().out)
    report["distance"] = None
    report["hops"] = [hop for hop in report["hops"] if not hop["responders"]]
    file.write_text(json.dumps(report))
    code, out, err = said(capsys, str(file), str(file))
    assert (code, out) == (3, "")
    assert err.startswith("poros-tui: there is nothing to compare: at no place in both paths")


@pytest.mark.network
def test_an_interrupted_comparison_tells_what_is_known(reports: dict[str, FilePath]) -> None:
    with lab_network("straight12") as lab:
        argv = [*PROGRAM, "compare", "--rounds", "1000", str(reports["one"]), "{destination}"]
        with subprocess.Popen(
            lab.command(argv), env=environment(), stdout=subprocess.PIPE, text=True
        ) as process:
            give_up_at_s = time.monotonic() + RUN_LIMIT_S
            while len(lab.probes()) < 60:
                assert time.monotonic() < give_up_at_s
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT
    assert "Path: the same path, 12 hops\n" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("127.0.0.1", "127.0.0.1"), "127.0.0.1 is both; give two hosts, or a report and a host"),
        (("127.0.0.1", "::1", "--rounds", "0"), "--rounds 0 is out of range; give 1 to 1000000"),
        (("./host", "::1"), "there is no file ./host; write one with --json"),
        (("999.1.1.1", "::1"), "'999.1.1.1' is no IPv4 address"),
    ],
)
def test_what_can_be_no_host_is_refused(
    capsys: Capture, arguments: tuple[str, ...], words: str
) -> None:
    code, out, err = said(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"poros-tui: {words}")


@pytest.mark.network
def test_loss_at_a_router_alone_is_no_difference_of_the_destination(
    capsys: Capture, reports: dict[str, FilePath]
) -> None:
    _, out, _ = said(capsys, str(reports["one"]), str(reports["lossy"]))
    assert "\nLoss: none of 10 -> none of 10\n" in out


def test_one_of_several_targets_is_chosen_by_name(capsys: Capture, tmp_path: FilePath) -> None:
    file = tmp_path / "two.json"
    assert exit_code_of(["demo", "berlin", "tokyo", "--json", "--seed", "1"]) == 0
    file.write_text(capsys.readouterr().out)
    code, out, err = said(capsys, str(file), str(file))
    assert (code, out) == (2, "")
    assert err.startswith(f"poros-tui: {file} has 3 traces; choose one with --target: demo.example")
    assert said(capsys, "--target", "tokyo", str(file), str(file))[0] == 0
    code, _, err = said(capsys, "--target", "rome", str(file), str(file))
    assert code == 2
    assert err.startswith(f"poros-tui: --target rome is not in {file}; it has demo.example, ")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no file {file}; write one with --json"),
        (
            b"",
            "{file} is empty; it reads recordings, reports of",
        ),
        (b"\xff\xfe", "{file} is neither a recording nor text; it reads recordings, "),
        (
            b"{}",
            "{file} line 1 is nothing that is known here; it reads recordings, reports of",
        ),
    ],
)
def test_a_file_that_is_no_report_is_refused(
    capsys: Capture, tmp_path: FilePath, content: bytes | None, words: str
) -> None:
    file = tmp_path / "a.json"
    if content is not None:
        file.write_bytes(content)
    code, out, err = said(capsys, str(file), str(file))
    assert (code, out) == (2, "")
    assert err.startswith(f"poros-tui: {words.format(file=file)}")


def test_a_directory_is_no_report(capsys: Capture, tmp_path: FilePath) -> None:
    code, _, err = said(capsys, str(tmp_path), str(tmp_path))
    assert (code, err) == (2, f"poros-tui: cannot read {tmp_path}: is a directory\n")


def test_one_of_the_two_may_come_through_a_pipe(reports: dict[str, FilePath]) -> None:
    first, second = list(reports.values())[:2]
    command = [*PROGRAM, "compare", str(first), "-"]
    with second.open() as file:
        piped = run_command(command, stdin=file.fileno(), env=environment())
    plain = run_command([*PROGRAM, "compare", str(first), str(second)], env=environment())
    assert piped.returncode == plain.returncode
    assert piped.stdout.replace("standard input", str(second)) == plain.stdout
    assert "standard input is both" in run_command([*PROGRAM, "compare", "-", "-"]).stderr


def test_a_path_that_was_long_and_is_short_is_compared(
    capsys: Capture, reports: dict[str, FilePath], tmp_path: FilePath
) -> None:
    near = tmp_path / "near.json"
    assert exit_code_of(["127.0.0.1", "--report", "--format", f"json={near}"]) == 0
    capsys.readouterr()
    code, out, _ = said(capsys, str(next(iter(reports.values()))), str(near))
    assert code == 1
    assert "hops -> 1" in out
