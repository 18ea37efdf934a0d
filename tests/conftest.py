"""What holds for all tests."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

from tests import once
from tests.cli.program import NAMELESS

pytest_plugins = ["tests.sampling"]

# How fast examples run, or are made, says something about the machine and nothing about the code.
# The same examples every time: what chance finds is looked for by `python -m tests.fuzz`, and with
# `--hypothesis-profile=search`.
settings.register_profile(
    "any-machine",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("search", settings.get_profile("any-machine"), derandomize=False)
settings.load_profile("any-machine")


@pytest.fixture(autouse=True, scope="session")
def _nameless() -> None:
    """What tests start asks no name server."""
    os.environ.update(NAMELESS)


@pytest.fixture(autouse=True, scope="session")
def _in_common(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> None:
    """Where processes of one run find what another has made."""
    if worker_id != "master":
        once.share(tmp_path_factory.getbasetemp().parent)


def pytest_collection_finish() -> None:
    """Look for garbage less often, and not in what stays to the end: a seventh of all work."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
