from __future__ import annotations

import asyncio
import json
import os
import stat
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from poros_tui.cli.exporting import writers_for
from poros_tui.config import SessionConfig
from poros_tui.tui.sharing import ExportKind, file_name, save
from tests.model.made_hops import quote, source
from tests.tui.stage import Stage

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
Act = Callable[[Stage, Pilot[None]], Awaitable[None]]


def perform(act: Act, size: tuple[int, int] = (100, 30)) -> None:
    async def scenario() -> None:
        stage = Stage(writers=writers_for(SessionConfig()))
        async with stage.open(*size) as pilot:
            stage.made.reply(1, 1.0, "192.168.1.1", told=quote())
            stage.made.reply(2, 2.0, "198.51.100.1", told=quote(source()))
            stage.made.reached(3, 9.0)
            stage.show()
            stage.pass_second()
            await pilot.pause()
            await act(stage, pilot)

    asyncio.run(scenario())


@given(st.text(), st.sampled_from(ExportKind))
def test_a_file_name_is_safe_whatever_the_target(target: str, kind: ExportKind) -> None:
    name = file_name(target, AT, kind)
    assert Path(name).name == name
    assert name.isascii()
    assert len(name) < 130
    assert not name.startswith((".", "-"))


def test_files_are_new_and_their_owners_own(tmp_path: Path) -> None:
    first = save("a", tmp_path, "example.com", AT, ExportKind.TEXT)
    second = save("b", tmp_path, "example.com", AT, ExportKind.TEXT)
    assert first.name == "poros-tui-example.com-2026-03-04-050607.txt"
    assert second.name == "poros-tui-example.com-2026-03-04-050607-1.txt"
    assert (first.read_text(), second.read_text()) == ("a\n", "b\n")
    assert stat.S_IMODE(os.stat(first).st_mode) == 0o600


@pytest.mark.parametrize(
    ("key", "ending", "has"),
    [
        ("t", "txt", "192.168.1.1"),
        ("m", "md", "| 1 | `192.168.1.1` | 0.0 | 1 | 1.000 |"),
        ("j", "json", '"address": "192.168.1.1"'),
        ("s", "svg", "192.168.1.1"),
    ],
)
def test_what_is_shown_can_be_written_to_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, ending: str, has: str
) -> None:
    monkeypatch.chdir(tmp_path)

    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("w")
        await pilot.pause()
        assert "a picture of the screen" in stage.text()
        await pilot.press(key)
        await pilot.pause()
        await pilot.pause()
        assert "written: poros-tui-example.com-" in stage.text()

    perform(act)
    (made,) = tmp_path.iterdir()
    assert made.suffix == f".{ending}"
    text = made.read_text(encoding="utf-8")
    assert has in text.replace("&#160;", " ")
    assert "https://" not in text
    if key == "j":
        assert len(json.loads(text)["hops"]) == 3


def test_a_folder_that_cannot_be_written_to_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)

    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("w")
        await pilot.pause()
        monkeypatch.setattr("poros_tui.tui.screens.writing.Path.cwd", lambda: folder / "none")
        await pilot.press("t")
        await pilot.pause()
        await pilot.pause()
        assert "cannot write here: no such file or directory" in stage.text()

    perform(act)


def test_copies_go_to_the_terminals_clipboard() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("y")
        assert stage.app.clipboard == "192.168.1.1"
        await pilot.press("Y")
        assert "198.51.100.1" in stage.app.clipboard
        assert "Loss%" in stage.app.clipboard
        await pilot.press("ctrl+y")
        assert "| ---: | --- |" in stage.app.clipboard

    perform(act)


def test_hidden_hops_are_hidden_everywhere() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("H")
        await pilot.press("enter")
        await pilot.pause()
        assert "192.168.1.1" not in stage.text()
        assert "198.51.100.1" not in stage.text()
        assert "hidden" in stage.text()
        await pilot.press("y")
        assert "this hop is hidden" in stage.text()
        for key in ("Y", "ctrl+y"):
            await pilot.press(key)
            assert "192.168.1.1" not in stage.app.clipboard
            assert "hidden" in stage.app.clipboard
            assert "203.0.113.80" in stage.app.clipboard
        assert "| 1 | `hidden` |" in stage.app.clipboard  # in Markdown
        for panel in ("g", "e", "v"):
            await pilot.press(panel)
            await pilot.pause()
            assert "192.168.1.1" not in stage.text(), panel
        await pilot.press("escape", "H")
        await pilot.pause()
        assert "192.168.1.1" in stage.text()

    perform(act)


def test_a_frozen_picture_stands_still_and_catches_up() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("f")
        await pilot.pause()
        before = stage.lines()[1:-2]
        assert " FROZEN " in stage.lines()[0]
        for _ in range(5):
            stage.made.lose(3)
            stage.show()
            stage.pass_second()
        await pilot.pause()
        assert stage.lines()[1:-2] == before
        await pilot.press("f")
        await pilot.pause()
        assert "FROZEN" not in stage.text()
        assert "83.3" in stage.text()

    perform(act)
