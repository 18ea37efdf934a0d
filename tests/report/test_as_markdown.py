from __future__ import annotations

import re

from poros_tui.config import SessionConfig
from poros_tui.model.stop import StopKind
from poros_tui.report.as_markdown import to_markdown
from poros_tui.report.run import FinishedRun
from tests.tui.made_path import MadePath, identity


def markdown(made: MadePath, target: str = "example.com") -> str:
    return to_markdown(
        FinishedRun(
            identity=identity(target),
            config=SessionConfig(),
            path=made.path.snapshot(),
            started_at="2026-03-04T05:06:07.000+00:00",
            duration_s=1.0,
        )
    )


def test_every_row_has_the_cells_of_the_heading() -> None:
    made = MadePath()
    made.reply(1, 1.0)
    made.lose(2)
    made.refused(3, 3.0, "10.0.9.9")
    made.stopped(StopKind.UNREACHABLE, ttl=3, detail="host unreachable", responder="10.0.9.9")
    text = markdown(made)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 3
    assert {len(re.split(r"(?<!\\)\|", row)) for row in rows} == {12}
    assert "| 2 | no reply | 100.0 | 1 |" in text
    assert "`10.0.9.9` (host unreachable" in text
    assert "- Host unreachable, says 10.0.9.9 at hop 3." in text


def test_a_name_stands_before_its_address_and_is_no_markup() -> None:
    made = MadePath()
    made.reply(1, 1.0, "192.0.2.1")
    made.name("192.0.2.1", "core1.example")
    made.reply(2, 1.0, "192.0.2.2")
    made.name("192.0.2.2", "a|b`**[x](http://evil)", is_confirmed=False)
    text = markdown(made)
    assert "| `core1.example` (`192.0.2.1`) |" in text
    assert r"| `a\|b**[x](http://evil)`? (`192.0.2.2`) |" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.split(r"(?<!\\)\|", row)) for row in rows} == {12}


def test_a_target_is_no_markup() -> None:
    made = MadePath()
    made.reached(1, 1.0)
    assert "`[x](http://evil)**`" in markdown(made, "[x](http://evil)**`")
