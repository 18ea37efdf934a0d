from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cli.forking import ForkedProgram, forked_program
from tests.lab.requirements import require_network
from tests.lab.tun import TunLab, lab_network

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def lab() -> Iterator[TunLab]:
    require_network()
    with lab_network("near") as lab:
        yield lab


@pytest.fixture(scope="module")
def program() -> Iterator[ForkedProgram]:
    require_network()
    with forked_program() as program:
        yield program


def test_a_run_says_what_the_program_says_and_ends_as_it_does(
    program: ForkedProgram, lab: TunLab
) -> None:
    said = program.run(lab, ["--json", "{destination}"], capabilities=True)
    assert (said.code, said.err, json.loads(said.out)["distance"]) == (0, "", 2)
    said = program.run(lab, ["--report", "--size", "1", "{destination}"], capabilities=True)
    assert (said.code, said.out) == (2, "")
    assert said.sentence.startswith("--size 1 is out of range; ")


def test_a_run_without_capabilities_opens_no_raw_sockets(
    program: ForkedProgram, lab: TunLab
) -> None:
    lab.allow_ping_sockets(False)
    raw = ["--report", "--privilege", "raw", "{destination}"]
    assert program.run(lab, raw, capabilities=True).code == 0
    said = program.run(lab, raw, capabilities=False)
    assert said.sentence.startswith("--privilege raw: raw sockets are not permitted to this user; ")
    said = program.run(lab, ["--json", "{destination}"], capabilities=False)
    assert json.loads(said.out)["socket"] == "UDP error queue"


def test_runs_at_the_same_time_keep_apart(program: ForkedProgram, lab: TunLab) -> None:
    def distance(max_hops: int) -> int:
        words = ["--json", "--max-hops", str(max_hops), "{destination6}"]
        return len(json.loads(program.run(lab, words, capabilities=True).out)["hops"])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(distance, [1, 2] * 8)) == [1, 2] * 8
