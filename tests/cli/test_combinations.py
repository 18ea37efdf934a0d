from __future__ import annotations

import pytest

from tests.cli.combination import REFUSED, Combination
from tests.cli.program import CommandLine
from tests.lab.requirements import require_network

LOOPBACK = {4: "127.0.0.1", 6: "::1"}


@pytest.mark.network
@pytest.mark.parametrize("combination", REFUSED, ids=str)
def test_what_does_not_go_together_is_refused_with_the_reason_and_what_to_do(
    combination: Combination, say: CommandLine
) -> None:
    require_network()
    said = say("--report", *combination.arguments, LOOPBACK[combination.family])
    assert (said.code, said.sentence) == combination.refusal
    assert said.out == ""
