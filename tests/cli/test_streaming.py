"""--format ndjson: lines as things happen, and readers that leave or do not read."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poros_tui.cli.byte_stream import PIECE
from poros_tui.cli.streaming import LineStream
from poros_tui.errors import CannotRun
from tests.cli.program import PROGRAM, RUN_LIMIT_S, CommandLine, environment
from tests.report.schema import faults

DEMO = ("demo", "--seed", "3", "-q", "1", "-m", "3")
ENDLESS = ("demo", "--seed", "3", "--rounds", "100000", "--interval", "0.1", "--format", "ndjson")


def lines_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_each_target_begins_and_ends_and_each_line_names_its_own(
    say: CommandLine, tmp_path: Path
) -> None:
    file = tmp_path / "x.ndjson"
    said = say(*DEMO, "a.example", "--json", "--format", f"ndjson={file}")
    runs = json.loads(said.out)
    lines = lines_of(file)
    assert [run["target"] for run in runs] == ["demo.example", "a.example"]
    for run in runs:
        own = [line for line in lines if line["target"] == run["target"]]
        assert [own[0]["type"], own[-1]["type"]] == ["trace", "summary"]
        probes = [line for line in own if line["type"] == "probe"]
        for hop in run["hops"]:
            told = [
                {key: line[key] for key in line.keys() - {"type", "at", "target", "hop"}}
                for line in probes
                if line["hop"] == hop["ttl"]
            ]
            assert told == hop.pop("probes")
        assert {key: own[-1][key] for key in run} == run
    assert {line["target"] for line in lines} == {run["target"] for run in runs}


def test_a_summary_is_what_the_schema_says_but_for_the_probes(
    say: CommandLine, tmp_path: Path
) -> None:
    file = tmp_path / "x.ndjson"
    say(*DEMO, "--format", f"ndjson={file}")
    summary = lines_of(file)[-1]
    for hop in summary["hops"]:
        hop["probes"] = []
    assert faults({key: summary[key] for key in summary.keys() - {"type", "at"}}) == []


def start(*arguments: str, stdout: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=environment(),
    )


def test_lines_come_while_it_runs_and_a_signal_ends_them_with_a_summary() -> None:
    process = start(*ENDLESS)
    assert process.stdout is not None
    lines = [json.loads(process.stdout.readline()) for _ in range(40)]
    assert process.poll() is None
    assert lines[0]["type"] == "trace"
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=RUN_LIMIT_S)
    assert process.returncode == 128 + signal.SIGINT
    last = json.loads(out.splitlines()[-1])
    assert (last["type"], last["stop_reason"]) == ("summary", "cancelled")


def test_a_reader_that_leaves_ends_it(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    process = start(*ENDLESS, "--format", f"csv={file}")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=RUN_LIMIT_S) == 128 + signal.SIGPIPE
    assert process.stderr is not None
    assert len(process.stderr.read().splitlines()) == 1  # the demo's note
    process.stderr.close()
    assert file.read_text(encoding="utf-8").startswith("target,")


def test_a_reader_that_does_not_read_does_not_keep_it_from_leaving(tmp_path: Path) -> None:
    def until(is_so: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + RUN_LIMIT_S
        while not is_so():
            assert time.monotonic() < deadline_s
            time.sleep(0.01)

    file, other = tmp_path / "x.csv", tmp_path / "x.ndjson"
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, PIECE)
    process = start(
        *ENDLESS, "--format", f"csv={file}", "--format", f"ndjson={other}", stdout=write
    )
    os.close(write)
    # What goes to the file goes on, and is far more than the pipe takes.
    until(lambda: other.exists() and other.stat().st_size > 8 * PIECE)
    process.send_signal(signal.SIGINT)
    until(lambda: file.stat().st_size > 0)  # all else is written, and its reader alone is missing
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=RUN_LIMIT_S) == 128 + signal.SIGINT
    os.close(read)
    assert process.stderr is not None
    process.stderr.close()


def test_a_full_disc_is_one_sentence() -> None:
    with Path("/dev/full").open("wb") as full:
        process = start(*ENDLESS, stdout=full.fileno())
        _, err = process.communicate(timeout=RUN_LIMIT_S)
    assert process.returncode == 3
    assert b"can't write to standard output" in err.splitlines()[-1]


def test_standard_output_that_is_closed_is_said_before_anything_is_sent() -> None:
    done = subprocess.run(
        ["sh", "-c", '"$0" "$@" >&-', *PROGRAM, *DEMO, "--format", "ndjson"],
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
        env=environment(),
        check=False,
    )
    assert done.returncode == 3
    assert "standard output is closed" in done.stderr.splitlines()[-1]


def test_a_reader_that_does_not_read_holds_nothing_up_and_misses_nothing() -> None:
    read, write = os.pipe()
    stream = LineStream(write)
    lines = [f"{number:0100}" for number in range(3000)]
    for line in lines:  # four times what a pipe takes
        stream.add(line)
        assert stream.has_reader
    content = bytearray()
    while len(content) < 3000 * 101:
        content += os.read(read, PIECE)
        stream.add("")
    os.close(write)
    assert [line for line in content.decode().split("\n") if line] == lines
    os.close(read)


def test_a_pipe_without_a_reader_is_noticed_and_told_at_the_end() -> None:
    read, write = os.pipe()
    os.close(read)
    stream = LineStream(write)
    stream.add("x")
    assert not stream.has_reader
    stream.add("y")
    with pytest.raises(BrokenPipeError):
        stream.finish()
    named = LineStream(write, "x.ndjson")
    named.add("x")
    with pytest.raises(CannotRun, match=r"can't write x\.ndjson: broken pipe"):
        named.finish()
    os.close(write)
