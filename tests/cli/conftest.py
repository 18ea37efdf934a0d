from __future__ import annotations

import pytest

from tests.cli.program import CommandLine


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Runs a command line and tells what it came to."""
    return CommandLine(capsys)
