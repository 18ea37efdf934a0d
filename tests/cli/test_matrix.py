from __future__ import annotations

import pytest

from poros_tui.model.probe import Mode
from tests.cli import matrix
from tests.cli.combination import COMBINATIONS
from tests.cli.lab_runs import Done
from tests.cli.network_run import NetworkRun
from tests.cli.program import Said
from tests.lab.requirements import require_network

HERE, ELSEWHERE = COMBINATIONS[0], COMBINATIONS[-1]


def test_every_combination_is_run_as_often_as_was_wanted_and_the_modes_take_turns() -> None:
    runs = matrix.runs_of("straight12", 6)
    for combination in COMBINATIONS:
        modes = [run.mode for run in runs if run.combination == combination]
        assert sorted(modes) == sorted([*Mode, *Mode])
    some = matrix.runs_of("straight12", 1, "udp raw")
    assert {str(run.combination)[:7] for run in some} == {"udp raw"}


def test_the_table_counts_what_is_right_and_tells_the_first_difference() -> None:
    result = matrix.Result()
    for combination, mode, problems in (
        (HERE, Mode.CONCURRENT, []),
        (HERE, Mode.CONCURRENT, ["hop 3: nobody for 10.0.3.1", "hop 4 too"]),
        (HERE, Mode.ADAPTIVE, ["hop 5: nobody for 10.0.5.1"]),
        (ELSEWHERE, Mode.SEQUENTIAL, []),
    ):
        run = NetworkRun("straight12", combination, mode)
        result.add(Done(run, Said(0, "", ""), problems))
    lines = result.text().splitlines()
    assert lines[3].split() == [*str(HERE).split(), "1", "3", "1/2", "0/0", "0/1"]
    assert lines[4].split() == [*str(ELSEWHERE).split(), "1", "1", "0/0", "1/1", "0/0"]
    assert lines[5].split() == ["all", "2", "4"]
    assert lines[6:] == [
        f"straight12 {HERE}: 2 of 3 wrong, the first concurrent: hop 3: nobody for 10.0.3.1"
    ]
    assert not result.is_right


@pytest.mark.sampled(0)
@pytest.mark.network
def test_the_command_runs_all_and_ends_with_0_where_all_is_right(
    capsys: pytest.CaptureFixture[str],
) -> None:
    require_network()
    assert matrix.main(["--times", "1", "next-door"]) == 0
    out = capsys.readouterr().out
    assert f"all {len(COMBINATIONS)} {len(COMBINATIONS)}" in " ".join(out.split())
