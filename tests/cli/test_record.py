"""Recordings as a user makes and plays them: the program itself, on real terminals."""

from __future__ import annotations

import gzip
import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from poros_tui.record.playback import Playback
from poros_tui.record.recording import Recording
from tests.cli.program import PROGRAM, RUN_LIMIT_S, environment, run_command
from tests.cli.screen import on_screen
from tests.cli.test_privileges import KEYS_OF_A_VISIT
from tests.lab.requirements import require_network
from tests.lab.tun import TunLab, lab_network
from tests.record.made_session import recorded


@pytest.fixture(scope="module")
def lab() -> Iterator[TunLab]:
    require_network()
    with lab_network("rising30") as lab:
        yield lab


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=RUN_LIMIT_S,
        check=False,
        **options,  # type: ignore[call-overload]
    )


def demo(file: Path, *arguments: str) -> str:
    """Record a report of the demo, and return it."""
    done = run("demo", "--seed", "3", "--record", str(file), *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def ended(file: Path) -> Playback:
    playback = Playback(Recording(file.read_bytes(), str(file)))
    playback.seek(playback.ends_at_s)
    return playback


def test_what_a_report_says_is_in_the_recording(tmp_path: Path) -> None:
    file = tmp_path / "a.ptr"
    report = json.loads(demo(file, "--json", "--rounds", "5"))
    (one,) = ended(file).targets.values()
    assert one.target.identity.target == report["target"]
    hops = one.path.hops()
    assert len(hops) == len(report["hops"])
    for hop, told in zip(hops, report["hops"], strict=True):
        statistics = told["statistics"]
        assert (hop.sent, hop.received, hop.lost) == tuple(
            statistics[key] for key in ("sent", "received", "lost")
        )
        mean_ms = None if hop.rtt.mean_s is None else hop.rtt.mean_s * 1000
        assert statistics["average_ms"] == pytest.approx(mean_ms, abs=1e-6)
        names = [each.name for each in hop.responders]
        assert names == [each["name"] for each in told["responders"]]
    assert oct(file.stat().st_mode & 0o777) == "0o600"


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "network", ["near", "host-unreachable", "admin-prohibited", "blackhole", "mtu-step"]
)
def test_a_short_trace_is_told_as_it_was_with_how_it_ended(network: str, tmp_path: Path) -> None:
    require_network()
    file = tmp_path / "a.ptr"
    with lab_network(network) as lab:
        command = lab.command([*PROGRAM, "--json", "--mtu", "--record", str(file)])
        live = json.loads(run_command([*command, str(lab.destination)], env=environment()).stdout)
    assert live["stop_reason"] is not None
    assert json.loads(run("report", str(file), "--json").stdout) == live


def test_several_targets_are_reported_as_they_were(tmp_path: Path) -> None:
    file = tmp_path / "a.ptr"
    names = ("berlin", "tokyo", "lima", "oslo")
    live = json.loads(demo(file, *names, "--json"))
    again = json.loads(run("report", str(file), "--json").stdout)
    assert [one["target"] for one in again] == ["demo.example", *names]
    assert [one["target"] for one in live] == ["demo.example", *names]
    assert again == live
    doubts = [
        responder["place_doubt"]
        for one in again
        for hop in one["hops"]
        for responder in hop["responders"]
    ]
    assert any("km from home" in doubt for doubt in doubts if doubt)


def test_a_recording_without_a_session_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.ptr"
    demo(file, "--report")
    file.write_bytes(file.read_bytes()[:26])
    for command in (("report",), ("compare", str(file))):
        done = run(*command, str(file))
        assert done.returncode == 2
        assert done.stderr == f"poros-tui: {file} has no session in it; give another recording\n"


def test_a_recording_whose_beginning_is_destroyed_is_read_from_where_it_is_whole(
    tmp_path: Path,
) -> None:
    file = tmp_path / "a.ptr"
    file.write_bytes(recorded(3, rounds=120, probes_per_moment=150)[1])
    whole = json.loads(run("report", str(file), "--json").stdout)
    data = file.read_bytes()
    for damaged in (b"\0" + data[1:], bytes(500) + data[500:], data[100:], b"# mine\n" + data[1:]):
        file.write_bytes(damaged)
        done = run("report", str(file), "--json")
        assert done.returncode == 0
        assert done.stderr == (
            f"poros-tui: {file}, at the beginning: the head of a part is destroyed; "
            "it is left out\n"
        )
        found = json.loads(done.stdout)
        assert [hop["statistics"]["sent"] for hop in found["hops"]] == [
            hop["statistics"]["sent"] for hop in whole["hops"]
        ]


def test_a_live_session_that_is_killed_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "killed.ptr"
    command = [*PROGRAM, "demo", "--seed", "3", "--interval", "0.2", "--record", str(file)]
    with on_screen(command, size=(100, 30)) as screen:
        screen.until_shown("reached at hop 13")
        screen.watch(4)
        screen.process.send_signal(signal.SIGKILL)
        screen.process.wait()
        killed_at_s = time.time()
    with pytest.raises(EOFError):
        gzip.decompress(file.read_bytes())
    playback = ended(file)
    (one,) = playback.targets.values()
    assert not playback.recording.complaints
    assert one.path.session().sent > 13 * 10
    assert killed_at_s - one.chronicle.wall_s(playback.ends_at_s) < 3.0


@pytest.mark.sampled(1)
@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
def test_the_whole_screen_comes_back(size: tuple[int, int], tmp_path: Path) -> None:
    file = tmp_path / "a.ptr"
    demo(file, "--report", "--rounds", "8", "--queries", "1")
    with on_screen([*PROGRAM, "replay", str(file), "--held"], size=size) as screen:
        screen.until_shown("REPLAY", "held x1", "demo.example")
        for key, words in (
            (")", "round 2"),
            (")", "round 3"),
            ("(", "round 2"),
            ("+", "held x2"),
            (" ", "playing x2"),
            (" ", "held x2"),
        ):
            screen.press(key)
            screen.until_shown(words)
        screen.press("@")
        screen.until_shown("Go to:")
        screen.press("yesterday\r")
        screen.until_shown("'yesterday' is no time")
        screen.press("\x7f" * 9)
        screen.until(lambda lines: lines[-1].strip() == "Go to:")
        screen.press("100%\r")
        screen.until_shown("of 8 lost", "reached at hop 13")
        screen.press("c")
        screen.until_shown("RTT in ms")
        screen.press("?")
        screen.until_shown("hold, and go on")
        screen.press("q")
        screen.until(lambda lines: not any("hold, and go on" in line for line in lines))
        screen.press("o")
        screen.press("r")
        screen.press("U")
        screen.until_shown("REPLAY")
        assert screen.leave() == 0


@pytest.mark.sampled(0)
def test_the_overview_says_what_is_played(tmp_path: Path) -> None:
    file = tmp_path / "a.ptr"
    demo(file, "berlin", "--report", "--rounds", "4", "--queries", "1")
    with on_screen([*PROGRAM, "replay", str(file), "--held"], size=(100, 30)) as screen:
        lines = screen.until_shown("2 targets", "REPLAY", "held x1")
        assert not any("running" in line or "SIMULATION" in line for line in lines)
        screen.press("++")
        screen.until_shown("2 targets", "held x5")
        assert screen.leave() == 0


@pytest.mark.sampled(0)
def test_every_key_can_be_pressed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # one of them writes a file
    file = tmp_path / "a.ptr"
    demo(file, "--report", "--rounds", "4")
    with on_screen([*PROGRAM, "replay", str(file)], size=(120, 40)) as screen:
        screen.until_shown("REPLAY")
        for key in (*KEYS_OF_A_VISIT, *")({}+-<>@", "\x1b"):
            screen.press(key)
            screen.watch(0.15)
        assert screen.leave() == 0, "\n".join(screen.lines)


@pytest.mark.sampled(0)
def test_it_begins_where_it_is_told_to(tmp_path: Path) -> None:
    file = tmp_path / "a.ptr"
    demo(file, "--report", "--rounds", "8")
    options = ("--held", "--at", "@0:05", "--speed", "60", "--ascii", "--columns", "loss,avg")
    with on_screen([*PROGRAM, "replay", str(file), *options]) as screen:
        lines = screen.until_shown("held x60", "0:05 of 0:07", "Loss %", "Avg")
        assert not any("Worst" in line for line in lines)
        assert all(line.isascii() for line in lines)
        assert screen.leave() == 0


def test_a_real_session_is_played_as_it_was(lab: TunLab, tmp_path: Path) -> None:
    file = tmp_path / "real.ptr"
    command = lab.command(
        [*PROGRAM, "{destination}", "--no-dns", "--interval", "0.2", "--record", str(file)]
    )
    with on_screen(command, size=(120, 40)) as screen:
        screen.until_shown("reached at hop")
        screen.watch(3)
        screen.press("p")
        screen.until_shown("PAUSED")
        screen.watch(1.5)
        live = screen.lines
        assert screen.leave() == 0
    with on_screen([*PROGRAM, "replay", str(file), "--held", "--at", "100%"], size=(120, 40)) as s:
        s.until(lambda lines: rows_of(lines) == rows_of(live))
        assert s.leave() == 0
    assert len(rows_of(live)) == 30


def rows_of(lines: Sequence[str]) -> list[str]:
    """Those of hops."""
    return [line for line in lines if re.match(r" +\d+[◆ ] ", line)]


BAD = [
    (("--record", ""), "--record names no file"),
    (("--record", "-"), "--record -: a recording is a file"),
    (("--record", "/nowhere/a.ptr"), "it cannot be made: no such file or directory"),
    (("--record", "x", "--pcap", "./x"), "--record goes to the file of --pcap"),
    (("--record", "x", "--format", "csv=x"), "--format csv=x goes to the file of --record"),
]


@pytest.mark.parametrize(("arguments", "sentence"), BAD)
def test_a_file_that_cannot_be_is_refused(arguments: tuple[str, ...], sentence: str) -> None:
    done = run("demo", "--report", *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "a.ptr"
    file.write_text("mine")
    done = run("demo", "--report", "--record", str(file))
    assert done.returncode == 2
    assert "there is such a file already" in done.stderr
    assert file.read_text() == "mine"


REFUSED = [
    (("nothing.ptr",), "there is no file nothing.ptr"),
    (("text.txt",), "text.txt line 1 is no JSON"),
    (("empty",), "empty is empty; it reads recordings, "),
    (("a.ptr", "--at", "noon"), "'noon' is no time"),
    (("a.ptr", "--at", "@9:00:00"), "'@9:00:00' is not recorded"),
    (("a.ptr", "--speed", "7"), "--speed 7 is none of the player's"),
    (("a.ptr", "--theme", "mud"), "mud"),
    (("a.ptr", "--private-hops", "300"), "--private-hops 300 is out of range"),
    (("a.ptr", "--units", "h"), "--units"),
    ((".",), "cannot read ."),
]


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("arguments", "sentence"), REFUSED, ids=[each[1] for each in REFUSED])
def test_what_cannot_be_played_is_refused(
    arguments: tuple[str, ...], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo(tmp_path / "a.ptr", "--report")
    (tmp_path / "text.txt").write_text("some text\n")
    (tmp_path / "empty").touch()
    monkeypatch.chdir(tmp_path)
    with on_screen([*PROGRAM, "replay", *arguments], size=(200, 24)) as screen:
        screen.until_shown(sentence)
        assert screen.process.wait(RUN_LIMIT_S) == 2


def test_without_a_terminal_it_is_not_played(tmp_path: Path) -> None:
    file = tmp_path / "a.ptr"
    demo(file, "--report")
    done = run("replay", str(file))
    assert done.returncode == 3
    assert "the screen needs a terminal; use poros-tui report FILE" in done.stderr
