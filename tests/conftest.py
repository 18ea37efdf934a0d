"""What holds for all tests."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

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

SPREAD = frozenset(
    {
        "tests/engine/test_events.py",
        "tests/tui/test_every_view.py",
        "tests/tui/test_themes.py",
        "tests/tui/test_time_panels.py",
    }
)
"""Long files whose tests share nothing: any process may take any of them."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give the tests of a file to one process, so that what they share is made once."""
    for item in items:
        file = item.path.relative_to(config.rootpath).as_posix()
        if file not in SPREAD and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(file))
