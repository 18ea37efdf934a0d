from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import pytest

from tests.cli.program import PROGRAM, RUN_LIMIT_S, environment
from tests.cli.telling import TELLING, told, without_outcomes
from tests.lab.requirements import require_network
from tests.lab.tun import lab_network

ENDLESS: Final = ("demo", "--report", "--seed", "1", "--rounds", "1000000", "--interval", "0.1")
CODES: Final = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
STOPPED: Final = "Stopped before the trace was complete."


@contextmanager
def started(
    command: Sequence[str], *, ignored: Sequence[signal.Signals] = ()
) -> Iterator[subprocess.Popen[str]]:
    """A process that is gone at the end of the block."""

    def ignore() -> None:
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)

    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        preexec_fn=ignore if ignored else None,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_note(process: subprocess.Popen[str]) -> None:
    """The first line on stderr comes just before the trace."""
    assert process.stderr is not None
    line = process.stderr.readline()
    assert line.startswith("poros-tui: "), line


def end_of(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=RUN_LIMIT_S)
    return process.returncode, out, without_outcomes(err)


@pytest.mark.parametrize(("number", "code"), CODES)
def test_a_signal_as_the_trace_begins_prints_what_is_known(
    number: signal.Signals, code: int
) -> None:
    with started([*PROGRAM, *ENDLESS]) as process:
        wait_for_note(process)
        process.send_signal(number)
        returned, out, err = end_of(process)
    assert (returned, err) == (code, "")
    assert STOPPED in out


@pytest.mark.parametrize(("number", "code"), CODES)
def test_a_signal_in_the_middle_prints_what_is_known(number: signal.Signals, code: int) -> None:
    with started([*TELLING, *ENDLESS]) as process:
        wait_for_note(process)
        told(process, "reply 203.0.113.80".__eq__)
        process.send_signal(number)
        returned, out, err = end_of(process)
    assert (returned, err) == (code, "")
    assert STOPPED in out
    assert "203.0.113.80" in out
    assert "destination" in out


def test_what_is_known_is_a_whole_json_object_too() -> None:
    with started([*TELLING, *ENDLESS[:1], "--json", *ENDLESS[2:]]) as process:
        wait_for_note(process)
        told(process, "reply 203.0.113.80".__eq__)
        process.send_signal(signal.SIGINT)
        returned, out, err = end_of(process)
    assert (returned, err) == (130, "")
    run = json.loads(out)
    assert run["stop_reason"] == "cancelled"
    assert run["reached"]
    assert run["hops"]


def test_ctrl_c_twice_does_not_cut_the_report_short() -> None:
    with started([*PROGRAM, *ENDLESS]) as process:
        wait_for_note(process)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        returned, out, err = end_of(process)
    assert returned in (130, 143)
    assert (STOPPED in out, err) == (True, "")


def test_a_signal_that_the_caller_ignores_stays_ignored() -> None:
    command = [*PROGRAM, "demo", "--report", "--seed", "1", "--rounds", "8", "--interval", "0.1"]
    with started(command, ignored=[signal.SIGHUP, signal.SIGINT]) as process:
        wait_for_note(process)
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGINT)
        returned, out, _ = end_of(process)
    assert returned == 0
    assert "Destination reached" in out


_SIGNAL_AT_IMPORT = """
import os, sys
module, number = sys.argv.pop(1), int(sys.argv.pop(1))

class Signals:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            sys.stderr.write("now\\n")
            os.kill(os.getpid(), number)

from poros_tui.cli import main
sys.meta_path.insert(0, Signals())
main()
"""


@pytest.mark.parametrize(("number", "code"), CODES)
@pytest.mark.parametrize(
    "module",
    ["poros_tui.cli.failures", "click", "poros_tui.config", "poros_tui.cli.run", "trio"],
)
def test_a_signal_while_the_program_loads_ends_it_without_a_word(
    module: str, number: signal.Signals, code: int
) -> None:
    command = [sys.executable, "-c", _SIGNAL_AT_IMPORT, module, str(int(number)), *ENDLESS]
    with started(command) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "now\n"
        assert end_of(process) == (code, "", "")


_HANGING_RESOLVER = """
import socket, sys, threading

def hang(*_):
    sys.stderr.write("asked\\n")
    threading.Event().wait()

socket.getaddrinfo = hang
from poros_tui.cli import main
main()
"""


@pytest.mark.parametrize(("number", "code"), CODES)
def test_a_signal_while_the_name_server_thinks_ends_it_at_once(
    number: signal.Signals, code: int
) -> None:
    command = [sys.executable, "-c", _HANGING_RESOLVER, "host.example", "--report"]
    with started([*command, "--privilege", "user"]) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "asked\n"
        process.send_signal(number)
        assert end_of(process) == (code, "", "")


@pytest.mark.network
def test_ctrl_c_on_a_real_network_before_and_after_the_first_probe() -> None:
    require_network()
    with lab_network("blackhole") as lab:
        command = lab.command([*TELLING, "--report", "http://{destination}/"])
        for last_heard in (None, "10.0.9.1"):
            with started(command) as process:
                wait_for_note(process)
                if last_heard:
                    told(process, f"reply {last_heard}".__eq__)
                process.send_signal(signal.SIGINT)
                returned, out, err = end_of(process)
            assert (returned, err) == (130, "")
            assert STOPPED in out
            assert last_heard is None or last_heard in out
