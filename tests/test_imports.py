from __future__ import annotations

import subprocess
import sys

import pytest

_TELL = """
import sys
from poros_tui.cli.failures import exit_code_of
code = exit_code_of(sys.argv[1:])
roots = {name.partition(".")[0] for name in sys.modules}
sys.stderr.write("\\nLOADED " + " ".join(sorted(roots)) + "\\n")
sys.exit(code)
"""


def loaded_by(*arguments: str) -> set[str]:
    """The packages in memory after this command line."""
    done = subprocess.run(
        [sys.executable, "-c", _TELL, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return set(done.stderr.splitlines()[-1].split()[1:])


@pytest.mark.parametrize("front_end", ["--report", "--json"])
def test_a_report_never_loads_the_screen(front_end: str) -> None:
    loaded = loaded_by("demo", front_end, "--seed", "1", "-q", "1", "-m", "3")
    assert "trio" in loaded
    assert not loaded & {"textual", "rich", "asyncio"}


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_loads_neither_the_screen_nor_the_engine(option: str) -> None:
    assert not loaded_by(option) & {"textual", "rich", "asyncio", "trio"}
