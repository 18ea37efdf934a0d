"""Runs the program in labs many times for little: each run is a fork of one that is loaded."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests.cli.program import Said, environment
from tests.cli.zygote import READY
from tests.lab.lab import Lab

RUN_LIMIT_S: Final = 240.0
"""A search for a path MTU in a black hole takes 40 s by itself."""
_ROOT: Final = Path(__file__).parents[2]


class ForkedProgram:
    """Made by `forked_program`. Several threads may use it at once."""

    def __init__(self, process: subprocess.Popen[str], outputs: Path) -> None:
        self._process = process
        self._outputs = outputs
        self._numbers = itertools.count()
        self._codes: dict[int, Future[int]] = {}
        self._lock = threading.Lock()

    def run(self, lab: Lab, arguments: Sequence[str], *, capabilities: bool) -> Said:
        """Run the program in the lab to its end, its placeholders filled in.

        Raises:
            RuntimeError: it cannot be run any more.
        """
        words = [lab.filled_in(word) for word in arguments]
        return self.run_in(lab.namespace, words, capabilities=capabilities)

    def run_in(self, name: str, arguments: Sequence[str], *, capabilities: bool) -> Said:
        """The same, in a namespace."""
        number, code = next(self._numbers), Future[int]()
        request = {
            "number": number,
            "where": name,
            "arguments": list(arguments),
            "capabilities": capabilities,
            "limit_s": RUN_LIMIT_S,
        }
        assert self._process.stdin is not None
        with self._lock:
            self._codes[number] = code
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        ended_with = code.result()
        out, err = (self._outputs / f"{number}.{kind}" for kind in ("out", "err"))
        said = Said(ended_with, out.read_text("utf-8"), err.read_text("utf-8"))
        out.unlink()
        err.unlink()
        return said

    def report(self, lab: Lab, *arguments: str, capabilities: bool = True) -> dict[str, Any]:
        """What it reports with `--json` of a destination that it must reach."""
        said = self.run(lab, ["--json", *arguments], capabilities=capabilities)
        assert said.code == 0, said.err
        report: dict[str, Any] = json.loads(said.out)
        return report

    def listen(self) -> None:
        """Hand on the exit codes, until the process ends."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            number, code = json.loads(line)
            self._codes.pop(number).set_result(code)
        for waiting in self._codes.values():
            waiting.set_exception(RuntimeError("the forking process ended"))


@contextmanager
def forked_program() -> Iterator[ForkedProgram]:
    """The program, loaded and ready to be run."""
    with (
        tempfile.TemporaryDirectory() as outputs,
        subprocess.Popen(
            [sys.executable, "-m", "tests.cli.zygote", outputs],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
            text=True,
            start_new_session=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            if process.stdout.readline().strip() != READY:
                raise RuntimeError("the forking process did not start")
            program = ForkedProgram(process, Path(outputs))
            listener = threading.Thread(target=program.listen)
            listener.start()
            yield program
        finally:
            assert process.stdin is not None
            process.stdin.close()
        listener.join()


_kept: Final = ExitStack()


@cache
def shared_program() -> ForkedProgram:
    """One for all tests of this process; `end_shared_program` ends it."""
    return _kept.enter_context(forked_program())


def end_shared_program() -> None:
    """Where there was one."""
    _kept.close()
