"""What the verdict says of networks of the lab; the whole table is `verdict_table`."""

from __future__ import annotations

import pytest

from tests.engine.verdict_table import score


@pytest.mark.parametrize(
    "name",
    [
        "lossy-link",
        "lossy-destination",
        "loss30",
        "satellite",
        "access-queue",
        "asymmetric",
        "route-grows",
        "no-such-host",
        "ttl-reset",
        "first-hop-silent",
        "reroute-and-back",
        "loss-begins",
        "total-burst",
        "short-detour",
    ],
)
def test_the_verdict_tells_what_is_there_and_nothing_else(name: str) -> None:
    found = score(name, range(2))
    assert (found.wrong, found.silent) == (0, 0), found.words
