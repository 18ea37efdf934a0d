from __future__ import annotations

import subprocess
import sys

import pytest

from poros_tui.report.formats import FORMATS

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


@pytest.mark.sampled(5)
@pytest.mark.parametrize(
    "front_end", ["--report", "--json", *(f"--format={name}" for name in FORMATS)]
)
def test_a_report_never_loads_the_screen(front_end: str) -> None:
    loaded = loaded_by("demo", front_end, "--seed", "1", "-q", "1", "-m", "3")
    assert "trio" in loaded
    assert not loaded & {"textual", "rich", "asyncio"}


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_loads_neither_the_screen_nor_the_engine(option: str) -> None:
    assert not loaded_by(option) & {"textual", "rich", "asyncio", "trio"}


def test_a_live_session_loads_no_report_and_a_report_no_format_but_its_own() -> None:
    tell = """
import sys
from poros_tui.cli.failures import exit_code_of
code = exit_code_of(sys.argv[1:])
print(*sorted(name for name in sys.modules if name.startswith("poros_tui.report")), file=sys.stderr)
"""

    def reports(*arguments: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-c", tell, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=True,
        )
        return {
            name.removeprefix("poros_tui.report.") for name in done.stderr.split("\n")[-2].split()
        }

    live = reports("demo", "--seed", "1")  # refused, for want of a terminal, after its options
    assert live == set()
    csv = reports("demo", "--format", "csv", "--seed", "1", "-m", "2")
    assert "as_csv" in csv
    assert not csv & {"as_html", "as_json", "as_text", "as_ndjson", "schema"}
