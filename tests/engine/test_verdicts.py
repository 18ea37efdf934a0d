"""What the verdict says of networks of the lab; the whole table is `verdict_table`."""

from __future__ import annotations

import pytest

from poros_tui.config import SessionConfig
from poros_tui.model.verdict.statement import Topic
from poros_tui.model.verdict.verdict import verdict
from tests.engine.trace import in_virtual_time, lab_scenario, run_trace
from tests.engine.verdict_table import score


@pytest.mark.sampled(1)
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
        "admin-prohibited",
        "rate-limited-lossy-beyond",
    ],
)
def test_the_verdict_tells_what_is_there_and_nothing_else(name: str) -> None:
    found = score(name, range(2))
    assert (found.wrong, found.silent) == (0, 0), found.words


def test_a_limit_that_is_known_is_told_with_its_figures() -> None:
    async def run() -> None:
        trace = await run_trace(lab_scenario("rate-limited-slowly"), SessionConfig(rounds=120))
        said = verdict(trace.final.hops, trace.final.session, (), str)
        (limits,) = [one for one in said if one.topic is Topic.LIMITS]
        assert (
            "It answers less than is forwarded. Hop 4 limits its answers: about 0." in limits.words
        )
        assert "confidence" in limits.words

    in_virtual_time(run)
