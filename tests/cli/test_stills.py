"""Traces that others wrote, on the screen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.program import PROGRAM, RUN_LIMIT_S
from tests.cli.screen import on_screen
from tests.cli.test_privileges import KEYS_OF_A_VISIT
from tests.report.cases import GOLDEN

SAMPLES = Path(__file__).parents[1] / "report" / "samples"
SHOWN = [
    ("mtr-ipv4.json", ("FROM A FILE", "protocol not known, measured by mtr", "of 10 lost")),
    ("trippy.json", ("FROM A FILE", "measured by trippy", "10 % lost end to end")),
    ("scamper-unreachable.json", ("FROM A FILE", "measured by scamper")),
    ("scamper-two-targets.json", ("[overview]", "203.0.113.10", "203.0.113.11")),
    ("atlas.json", ("[overview]", "host.example", "not reached")),
]


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("name", "words"), SHOWN, ids=[each[0] for each in SHOWN])
@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
def test_it_is_shown_as_it_ended(name: str, words: tuple[str, ...], size: tuple[int, int]) -> None:
    with on_screen([*PROGRAM, "replay", str(SAMPLES / name)], size=size) as screen:
        screen.until_shown(*words)
        assert not any("REPLAY" in line for line in screen.lines)
        assert screen.leave() == 0


@pytest.mark.sampled(0)
@pytest.mark.parametrize("name", ["mtr-ipv4.json", "scamper-two-targets.json"])
def test_every_key_can_be_pressed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # one of them writes a file
    with on_screen([*PROGRAM, "replay", str(SAMPLES / name)], size=(120, 40)) as screen:
        screen.until_shown("203.0.113.10")
        for key in KEYS_OF_A_VISIT:
            screen.press(key)
            screen.watch(0.15)
        assert screen.leave() == 0, "\n".join(screen.lines)


def test_a_report_of_ours_is_shown_with_what_happened(tmp_path: Path) -> None:
    report = json.loads((GOLDEN / "late.json").read_text())
    event = {
        "at": report["started_at"], "kind": "delay shifted", "hop": 2, "round": 0,
        "words": "from 14.2 to 21.7 ms", "noticed_at": report["started_at"],
    }  # fmt: skip
    report["events"] = [event]
    file = tmp_path / "a.json"
    file.write_text(json.dumps(report))
    with on_screen([*PROGRAM, "replay", str(file)], size=(120, 40)) as screen:
        screen.until_shown("FROM A FILE", report["target"])
        screen.press("e")
        screen.until_shown(event["words"][:30])
        assert screen.leave() == 0


def test_options_of_a_player_are_refused() -> None:
    for option in ("--at=50%", "--speed=2"):
        command = [*PROGRAM, "replay", str(SAMPLES / "trippy.json"), option]
        with on_screen(command, size=(100, 10)) as screen:
            screen.until_shown("is for recordings")
            assert screen.process.wait(RUN_LIMIT_S) == 2


@pytest.mark.parametrize(
    ("name", "last", "words"),
    [
        ("mtr-ipv4.json", '"count": 6', "not known whether the destination was reached"),
        ("late.json", '"ttl": 3', "reached at hop"),
    ],
)
def test_of_one_that_is_cut_off_no_end_is_made_up(
    name: str, last: str, words: str, tmp_path: Path
) -> None:
    whole = (GOLDEN if name == "late.json" else SAMPLES) / name
    text = json.dumps(json.loads(whole.read_text()), indent=1)
    file = tmp_path / "a.json"
    file.write_text(text[: text.index(last)])
    with on_screen([*PROGRAM, "replay", str(file)], size=(120, 40)) as screen:
        screen.until_shown("FROM A FILE", words)
        screen.press("v")
        screen.until_shown("Verdict")
        shown = "\n".join(screen.lines)
        for claim in ("not reached", "last answer", "does not answer"):
            assert claim not in shown
        assert screen.leave() == 0
