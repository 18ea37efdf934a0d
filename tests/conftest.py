"""What holds for all tests."""

from __future__ import annotations

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
