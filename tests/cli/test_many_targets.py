"""Several targets on the command line: what is typed, what is in files, what is printed."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from poros_tui.cli.chronicles import samples_for_each
from poros_tui.cli.open_files import OTHER_FILES, allow_open_files
from poros_tui.cli.targets import FILE_MAX, Targets
from poros_tui.errors import CannotRun, UsageError
from poros_tui.model.targets import TARGETS_MAX
from tests.cli.program import PROGRAM, RUN_LIMIT_S, CommandLine, environment
from tests.cli.telling import TELLING, told
from tests.cli.test_resolve import answering
from tests.cli.test_signals import end_of, started, wait_for_note

USER = ("--privilege", "user", "-U")


def names(targets: Targets) -> list[str]:
    return [target.text for target in targets.targets]


# --- the list -------------------------------------------------------------------------------------


def test_those_typed_come_before_those_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "list"
    file.write_text(
        "\ufeff# routers\n"
        "a.example\n"
        "\n"
        "   192.0.2.1   # the near one\n"
        "http://b.example/#part\r\n"
        "fe80::1%eth0\n"
        "#c.example\n"
        "BÜCHER.example"
    )
    targets = Targets.of(["z.example"], str(file))
    assert names(targets) == [
        "z.example",
        "a.example",
        "192.0.2.1",
        "b.example",
        "fe80::1%eth0",
        "BÜCHER.example",
    ]
    assert targets.notes == ()


def test_what_is_given_twice_is_traced_once_and_said(tmp_path: Path) -> None:
    file = tmp_path / "list"
    file.write_text("b.example\na.example\n127.1\n")
    targets = Targets.of(["a.example", "127.0.0.1", "a.example"], str(file))
    assert names(targets) == ["a.example", "127.0.0.1", "b.example"]
    assert targets.notes == (
        "a.example was given twice and is traced once",
        "a.example was given twice and is traced once",
        "127.1 was given twice and is traced once",
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            b"a.example\n\n# fine\nwhat is this\n",
            "{file}, line 4: 'what is this' can't be the name of a host; check how it is spelt",
        ),
        (
            b"a.example\n224.0.0.1\n",
            "{file}, line 2: 224.0.0.1 is the address of many hosts; "
            "give that of one: a path has one end",
        ),
        (b"a.example\n\xff\xfe\n", "{file}, line 2: that is no text in UTF-8; write it in UTF-8"),
        (b"", "{file} has no targets; put one on each line"),
        (b"# nothing\n   \n", "{file} has no targets; put one on each line"),
        (
            b"a.example\n" * (FILE_MAX // 10 + 1),
            "--targets {file} is larger than 1 MiB; give a file with one target a line",
        ),
        (
            "\n".join(f"h{number}.example" for number in range(TARGETS_MAX + 1)).encode(),
            "257 targets are too many; give 256 at most",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_line(
    say: CommandLine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("list.txt").write_bytes(content)
    said = say("--report", "--targets", "list.txt")
    assert (said.code, said.out) == (2, "")
    assert said.sentence == sentence.format(file="list.txt")


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("nowhere.txt", "no such file or directory"),
        ("/", "is a directory"),
        ("a\0b", "that is no file name"),
        ("x" * 300, "file name too long"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(
    say: CommandLine, file: str, reason: str
) -> None:
    said = say("--report", "--targets", file)
    assert (said.code, said.out) == (2, "")
    assert said.sentence.endswith(f" can't be read: {reason}; give a file with one target a line")


def test_standard_input_is_for_keys(say: CommandLine) -> None:
    said = say("--targets", "-")
    assert said.code == 2
    assert said.sentence == (
        "--targets can't be -: keys are read from standard input; write the targets into a file"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["a.example", "demo"],
            "demo is no target beside others; "
            "put it first for simulated hosts of those names, or write demo. for a host",
        ),
        (["demo", "--resolve-all"], "the demo asks no name server; leave out --resolve-all"),
        (
            ["127.0.0.1", "127.0.0.2", "-U", "--source-port", "5000"],
            "--source-port is for one target: two can't send from one port; leave it out",
        ),
        (
            ["localhost", "--resolve-all", "-U", "--source-port", "5000"],
            "--source-port is for one target: two can't send from one port; leave it out",
        ),
        (
            ["127.0.0.1", "::1", "-4"],
            "::1 is an IPv6 address; leave out -4 or give an IPv4 address",
        ),
        (
            ["::1", "127.0.0.1", "--source", "::1"],
            "--source ::1 and 127.0.0.1 are not of the same IP version; give an IPv4 source",
        ),
        (["127.0.0.1", "b c"], "'b c' can't be the name of a host; check how it is spelt"),
    ],
)
def test_what_is_wrong_with_one_of_several_is_said_before_any_is_traced(
    say: CommandLine, arguments: list[str], sentence: str
) -> None:
    said = say("--report", *arguments)
    assert (said.code, said.sentence, said.out) == (2, sentence, "")


def test_a_terminal_is_needed_for_several_too(say: CommandLine) -> None:
    said = say("127.0.0.1", "127.0.0.2")
    assert said.code == 3
    assert "needs a terminal" in said.sentence


# --- reports --------------------------------------------------------------------------------------


def array_of(out: str) -> list[dict[str, Any]]:
    runs = json.loads(out)
    assert isinstance(runs, list)
    return runs


def test_one_target_is_an_object_and_several_are_an_array_of_such(say: CommandLine) -> None:
    options = ("--json", "--seed", "1", "-q", "1")
    alone = json.loads(say("demo", *options).out)
    said = say("demo", *options, "b.example", "a.example")
    assert said.code == 0
    first, *others = array_of(said.out)
    assert [run["target"] for run in others] == ["b.example", "a.example"]
    assert first.keys() == alone.keys()
    for run in (first, alone):
        for probe in (probe for hop in run["hops"] for probe in hop["probes"]):
            probe.pop("waited_ms", None)
        for changing in ("started_at", "duration_ms"):
            del run[changing]
    assert first == alone
    assert len({run["destination"] for run in (first, *others)}) == 3


def test_text_reports_follow_each_other(say: CommandLine) -> None:
    said = say("demo", "--report", "--seed", "1", "-q", "1", "b.example", "c.example")
    assert said.code == 0
    reports = said.out.split("\n\n")
    assert [report.split(": ")[2].split()[0] for report in reports] == [
        "demo.example",
        "b.example",
        "c.example",
    ]
    assert said.err.count("\n") == 1  # the demo's note, once


def test_the_simulated_hosts_of_a_name_are_the_same_every_time(say: CommandLine) -> None:
    options = ("demo", "--json", "-q", "1", "rome.example")
    first, again = (array_of(say(*options, "--seed", seed).out)[1] for seed in ("1", "2"))
    assert first["destination"] == again["destination"]
    assert first["distance"] == again["distance"]
    other = array_of(say(*options, "--seed", "1", "-6").out)[1]
    assert other["destination"].startswith("2001:db8::")


def test_a_target_that_fails_is_told_and_the_others_are_traced(
    monkeypatch: pytest.MonkeyPatch, say: CommandLine
) -> None:
    answering(monkeypatch, {("here.example", 0): ["127.0.0.1"]})
    arguments = ("no.example", "here.example", "127.0.0.2", *USER, "-q", "1")
    said = say("--json", *arguments)
    assert said.code == 1
    missing, here, address = array_of(said.out)
    assert missing == {
        "poros_tui": here["poros_tui"],
        "schema": here["schema"],
        "target": "no.example",
        "error": "there is no host named no.example; check how it is spelt",
    }
    assert (here["target"], here["reached"], address["reached"]) == ("here.example", True, True)
    assert said.err.splitlines()[-1] == (
        "poros-tui: no.example: there is no host named no.example; check how it is spelt"
    )
    said = say("--report", *arguments)
    assert said.code == 1
    assert len(said.out.split("\n\n")) == 2


def test_none_that_can_be_traced_is_exit_code_3(
    monkeypatch: pytest.MonkeyPatch, say: CommandLine
) -> None:
    answering(monkeypatch, {})
    said = say("--report", "a.example", "b.example", "--privilege", "user")
    assert (said.code, said.out) == (3, "")
    assert said.err.splitlines() == [
        "poros-tui: a.example: there is no host named a.example; check how it is spelt",
        "poros-tui: b.example: there is no host named b.example; check how it is spelt",
    ]
    said = say("--json", "a.example", "b.example", "--privilege", "user")
    assert [run["target"] for run in array_of(said.out)] == ["a.example", "b.example"]


def test_the_exit_code_is_0_only_where_all_were_reached(say: CommandLine) -> None:
    said = say("demo", "--json", "--seed", "1", "-q", "1", "-m", "8", "near.example", "a.example")
    runs = array_of(said.out)
    assert {run["reached"] for run in runs} == {True, False}
    assert said.code == 1


def test_all_addresses_of_a_name_are_traced_side_by_side(
    monkeypatch: pytest.MonkeyPatch, say: CommandLine
) -> None:
    found = ["127.0.0.5", "::1", "127.0.0.5", "127.0.0.6"]
    answering(
        monkeypatch,
        {
            ("many.example", 0): found,
            ("many.example", 4): found,
            ("one.example", 0): ["127.0.0.7"],
            ("one.example", 4): ["127.0.0.7"],
        },
    )
    arguments = ("--resolve-all", "--json", *USER, "-q", "1")
    said = say("many.example", "one.example", *arguments)
    assert said.code == 0
    assert [(run["target"], run["destination"]) for run in array_of(said.out)] == [
        ("many.example", "127.0.0.5"),
        ("many.example", "::1"),
        ("many.example", "127.0.0.6"),
        ("one.example", "127.0.0.7"),
    ]
    said = say("many.example", "-4", *arguments)
    assert [run["destination"] for run in array_of(said.out)] == ["127.0.0.5", "127.0.0.6"]
    said = say("one.example", *arguments)
    assert len(array_of(said.out)) == 1
    said = say("many.example", "--resolve-all", "--report", *USER, "-q", "1")
    assert "many.example (127.0.0.5)\n" in said.out
    assert "many.example (::1)\n" in said.out


def test_names_are_asked_for_side_by_side(
    monkeypatch: pytest.MonkeyPatch, say: CommandLine
) -> None:
    """Each answer waits until all have been asked for: one after the other, none would come."""
    import threading

    everybody = threading.Barrier(5)

    def getaddrinfo(host: bytes, *_: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        everybody.wait(RUN_LIMIT_S)
        address = f"127.0.0.{1 + int(host.decode()[1])}"
        return [(socket.AF_INET, socket.SOCK_DGRAM, 17, "", (address, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    said = say("--json", *(f"h{number}.example" for number in range(5)), *USER, "-q", "1")
    assert said.code == 0
    assert [run["destination"] for run in array_of(said.out)] == [
        f"127.0.0.{number}" for number in range(1, 6)
    ]


@pytest.mark.parametrize("front_end", ["--report", "--json"])
def test_a_signal_prints_what_is_known_of_all(front_end: str) -> None:
    command = [
        *TELLING,
        *("demo", front_end, "--seed", "1", "--rounds", "100000", "--interval", "0.1"),
        *("b.example", "b.example", "c.example"),
    ]
    with started(command) as process:
        wait_for_note(process)
        told(process, "reply 203.0.113.80".__eq__)
        process.send_signal(signal.SIGINT)
        code, out, _ = end_of(process)
    assert code == 130
    if front_end == "--json":
        assert [run["stop_reason"] for run in array_of(out)] == ["cancelled"] * 3
    else:
        assert out.count("Stopped before the trace was complete.") == 3


# --- open files -----------------------------------------------------------------------------------


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The limits on open files in a process of this test's making; the last is in force."""
    limits = [(100, 200)]
    monkeypatch.setattr(resource, "getrlimit", lambda _which: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _which, wanted: limits.append(wanted))
    return limits


def test_the_limit_is_raised_only_where_that_is_needed(limits: list[tuple[int, int]]) -> None:
    allow_open_files(100 - OTHER_FILES, 1)
    assert limits == [(100, 200)]
    allow_open_files(101 - OTHER_FILES, 12)
    assert limits[-1] == (200, 200)
    limits.append((100, resource.RLIM_INFINITY))
    allow_open_files(1000, 12)
    assert limits[-1] == (65536, resource.RLIM_INFINITY)
    limits.append((resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    allow_open_files(10**6, 12)
    assert limits[-1] == (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def test_a_limit_that_cannot_be_raised_far_enough_is_said(limits: list[tuple[int, int]]) -> None:
    with pytest.raises(CannotRun) as refused:
        allow_open_files(400, 64)
    assert str(refused.value) == (
        "64 targets need about 464 open files, and only 200 are permitted; "
        "raise that with ulimit -n, or give fewer"
    )


def test_too_few_open_files_are_said_before_anything_is_traced() -> None:
    hosts = [f"127.0.{number // 250}.{1 + number % 250}" for number in range(200)]
    done = subprocess.run(
        ["sh", "-c", 'ulimit -n 128; exec "$@"', "sh", *PROGRAM, "--report", *USER, *hosts],
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
        env=environment(),
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        "poros-tui: 200 targets need about 664 open files, and only 128 are permitted; "
        "raise that with ulimit -n, or give fewer\n"
    )


def test_64_targets_fit_into_the_usual_limit_of_open_files() -> None:
    code = (
        "import os, resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, 4096))\n"
        "from poros_tui.cli.failures import exit_code_of\n"
        "sys.exit(exit_code_of(sys.argv[1:]))\n"
    )
    hosts = [f"127.0.0.{number}" for number in range(1, 65)]
    done = subprocess.run(
        [sys.executable, "-c", code, "--json", "-q", "1", *USER, *hosts],
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
        env=environment(),
        check=False,
        cwd=os.getcwd(),
    )
    assert len(array_of(done.stdout)) == 64
    assert {run["reached"] for run in array_of(done.stdout)} == {True}
    assert done.returncode == 0


def test_no_targets_at_all_are_refused() -> None:
    with pytest.raises(UsageError, match="has no targets"):
        Targets.of([], os.devnull)


@pytest.mark.parametrize(
    ("targets", "samples"),
    [(0, 90_000), (1, 90_000), (4, 90_000), (5, 72_000), (64, 5625), (256, 3600)],
)
def test_many_targets_share_the_memory_of_four(targets: int, samples: int) -> None:
    assert samples_for_each(targets) == samples
