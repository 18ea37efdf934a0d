"""Which cases of a test are run: all, or a sample of those that prove the same fact over again.

`@pytest.mark.sampled(n)` above a test with many cases (networks, modes, seeds): where all tests are
run, only `n` of its cases are, spread evenly over them; with 0 none. All are run with
`--all-cases`, as `.ci/run` does, and of files that are named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import pytest

MARKER: Final = "sampled"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--all-cases`."""
    parser.addoption(
        "--all-cases",
        action="store_true",
        help="run every case, also of tests of which otherwise a sample is run",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Who names files wants all of them. The processes of the run are told by the option."""
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        config.option.all_cases = True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not in a sample."""
    if config.option.all_cases:
        return
    cases = defaultdict(list)
    for item in items:
        if item.get_closest_marker(MARKER):
            cases[item.nodeid.partition("[")[0]].append(item)
    left_out: set[pytest.Item] = set()
    for of_test in cases.values():
        (wanted,) = of_test[0].get_closest_marker(MARKER).args  # type: ignore[union-attr]
        left_out.update(of_test)
        left_out.difference_update(spread(of_test, wanted))
    if left_out:
        config.hook.pytest_deselected(items=[item for item in items if item in left_out])
        items[:] = [item for item in items if item not in left_out]


def spread(cases: Sequence[pytest.Item], wanted: int) -> list[pytest.Item]:
    """So many of the cases, or all, the first and the last among them."""
    if wanted >= len(cases):
        return list(cases)
    if wanted < 2:
        return list(cases[:wanted])
    return [cases[number * (len(cases) - 1) // (wanted - 1)] for number in range(wanted)]
