from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.forking import ForkedProgram, end_shared_program, shared_program
from tests.cli.program import CommandLine


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Runs a command line and tells what it came to."""
    return CommandLine(capsys)


@pytest.fixture(scope="session", autouse=True)
def _forking_ends() -> Iterator[None]:
    """When all is done."""
    yield
    end_shared_program()


@pytest.fixture
def forked() -> ForkedProgram:
    """Runs the program in labs for little."""
    return shared_program()
