"""What holds for the tests of the screen."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from tests.tui.quiet import wait_for_quiet


@pytest.fixture(autouse=True, scope="session")
def _utc() -> Iterator[None]:
    """Times of day are shown in the machine's zone; here that is UTC, wherever it stands."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.fixture(autouse=True, scope="session")
def _quiet() -> Iterator[None]:
    """Pilots wait for the event loop, not for the processor."""
    with pytest.MonkeyPatch.context() as patch:
        wait_for_quiet(patch)
        yield
