"""Which cases of tests are run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CASES = """
import pytest

@pytest.mark.sampled(3)
@pytest.mark.parametrize("number", range(9))
def test_many(number): pass

@pytest.mark.sampled(0)
def test_long(): pass

@pytest.mark.sampled(5)
@pytest.mark.parametrize("number", range(2))
def test_few(number): pass

def test_other(): pass
"""
SAMPLE = [
    *("test_many[0]", "test_many[4]", "test_many[8]"),
    *("test_few[0]", "test_few[1]", "test_other"),
]
ALL = 9 + 1 + 2 + 1


def collected(folder: Path, *arguments: str) -> list[str]:
    """The names of the tests that would be run."""
    (folder / "test_cases.py").write_text(CASES)
    (folder / "pytest.ini").write_text(
        f"[pytest]\npythonpath = {Path(__file__).parents[1]}\naddopts = -p tests.sampling\n"
        "testpaths = .\nmarkers = sampled(n): a sample\n"
    )
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return [line.partition("::")[2] for line in done.stdout.splitlines() if "::" in line]


def test_of_many_cases_a_sample_is_run(tmp_path: Path) -> None:
    assert collected(tmp_path) == SAMPLE


@pytest.mark.parametrize("arguments", [["--all-cases"], ["test_cases.py"], ["."]])
def test_all_are_run_where_they_are_wanted(tmp_path: Path, arguments: list[str]) -> None:
    assert len(collected(tmp_path, *arguments)) == ALL
