from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from pathlib import Path

import pytest
from textual.pilot import Pilot

from poros_tui.cli.exporting import writers_for
from poros_tui.config import SessionConfig
from poros_tui.model.about import About
from poros_tui.model.naming import Naming
from tests.tui.stage import Stage
from tests.tui.test_app import row_of

Act = Callable[[Stage, Pilot[None]], Awaitable[None]]
ROUTERS = ("2001:db8:4f6:1234:5678:9abc:def0:42", "10.0.1.2", "10.0.1.3")


def play(stage: Stage, router: str, rounds: int) -> None:
    for _ in range(rounds):
        stage.made.status(round=round(stage.now_s))
        stage.made.reply(1, 1.0, router)
        stage.made.reply(2, 2.0, "10.0.2.1")
        stage.made.reached(3, 9.0)
        stage.now_s += 1


def perform(act: Act, size: tuple[int, int] = (100, 40)) -> None:
    async def scenario() -> None:
        stage = Stage(writers=writers_for(SessionConfig()))
        async with stage.open(*size) as pilot:
            await pilot.press("P")
            await pilot.pause()
            assert "no path is known yet" in stage.text()
            for router in ROUTERS:
                play(stage, router, 40)
            stage.show()
            stage.pass_second()
            await pilot.pause()
            await act(stage, pilot)

    asyncio.run(scenario())


def chosen(stage: Stage) -> str:
    """The heading of the path that is shown."""
    return next(line.strip() for line in stage.lines() if line.strip().startswith("Path "))


async def press(stage: Stage, pilot: Pilot[None], key: str) -> str:
    await pilot.press(key)
    await stage.settled(pilot)
    return chosen(stage)


def test_the_path_that_is_there_now_is_shown_until_another_is_chosen() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        assert chosen(stage).startswith("Path 3 ")
        assert chosen(stage).endswith("to now")
        assert (await press(stage, pilot, "comma")).startswith("Path 2 ")
        assert (await press(stage, pilot, "less_than_sign")).startswith("Path 1 ")
        assert (await press(stage, pilot, "comma")).startswith("Path 1 ")
        assert "this is the oldest path that is kept" in stage.text()
        assert (await press(stage, pilot, "full_stop")).startswith("Path 2 ")
        assert (await press(stage, pilot, "0")).startswith("Path 3 ")

    perform(act)


def test_a_chosen_path_stays_while_others_come() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(stage, pilot, "comma")
        play(stage, "10.0.1.4", 40)
        stage.pass_second()
        await pilot.pause()
        assert chosen(stage).startswith("Path 2 ")
        assert "Paths  4, newest first" in stage.text()

    perform(act)


def test_a_click_on_the_list_chooses() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        row = next(y for y, line in enumerate(stage.lines()) if "the session began" in line)
        await pilot.click(offset=(10, row))
        await pilot.pause()
        assert chosen(stage).startswith("Path 1 ")

    perform(act)


def test_the_moment_that_is_pointed_at_in_the_chart_chooses_once() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.app.trace._window.moment_s = 1050.0
        stage.pass_second()
        await pilot.pause()
        assert chosen(stage).startswith("Path 2 ")
        assert (await press(stage, pilot, "comma")).startswith("Path 1 ")
        stage.pass_second()
        await pilot.pause()
        assert chosen(stage).startswith("Path 1 ")
        assert (await press(stage, pilot, "0")).startswith("Path 3 ")

    perform(act)


@pytest.mark.parametrize("width", [50, 80, 200])
def test_addresses_of_hidden_hops_are_in_no_older_path_and_no_event(width: int) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        for router in ROUTERS:
            assert router[:10] in " ".join(stage.lines()) or width == 50
        stage.made.status(generation=1, round=0)  # what the table knew is forgotten
        stage.show()
        await pilot.press("H", "z")
        for key in ("comma", "comma", "e", "v", "enter"):
            await pilot.press(key)
            await stage.settled(pilot)
            for router in ROUTERS:
                assert router[:10] not in " ".join(stage.lines()).replace("10.0.1.1", "")

    perform(act, (width, 40))


def test_an_export_has_the_events_without_hidden_addresses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.press("w", "j")
        await pilot.pause()
        await pilot.press("escape")
        path = stage.app.trace.shown_path()
        assert path is not None
        from poros_tui.tui.sharing import ExportKind

        text = stage.app.trace._redacted(ExportKind.JSON, path)
        kinds = [event["kind"] for event in json.loads(text)["events"]]
        assert kinds == ["path changed", "path changed"]
        assert ROUTERS[0] in text
        await pilot.press("H")
        hidden = stage.app.trace._redacted(ExportKind.JSON, path)
        assert all(router not in hidden for router in ROUTERS)
        assert "hidden → hidden" in hidden

    perform(act)


def test_a_silent_hop_does_not_hold_up_the_figures_of_the_others() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        waiting = []
        for number in range(7):
            stage.made.status(round=round(stage.now_s))
            stage.made.reply(1, 1.0 + number, ROUTERS[-1])
            waiting.append(stage.made.send(2))
            stage.made.reached(3, 9.0 - number)
            stage.now_s += 1
        stage.made.lose(2, waiting[0])
        for probe in waiting[1:3]:
            stage.made.lose(2, probe)
        stage.made.late(waiting[1], 2500.0)
        stage.show()
        stage.pass_second()
        await pilot.pause()
        path = stage.chronicle.paths()[-1]
        view = stage.app.trace.view
        for ttl in (1, 2, 3):
            then, now = path.hops[ttl - 1].figures, view.hop(ttl)
            before = [old.hops[ttl - 1].figures for old in stage.chronicle.paths()[:-1]]
            assert then.sent == now.sent - sum(one.sent for one in before)
            assert then.lost == now.lost
            assert then.answered == now.received - sum(one.answered for one in before)
        assert (path.hops[0].figures.worst_s, path.hops[2].figures.best_s) == (0.007, 0.003)
        sent = [line.split()[2:3] for line in stage.lines() if line.lstrip()[:2] in ("1 ", "3 ")]
        assert sent[-2:] == [["47"], ["47"]]

    perform(act)


def test_what_is_under_way_belongs_to_the_path_to_which_its_round_turns_out_to_belong() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        held = []
        for _ in range(20):
            stage.made.status(round=round(stage.now_s))
            stage.made.reply(1, 1.0, "10.0.1.4")
            held.append(stage.made.send(2))
            stage.made.reached(3, 9.0)
            stage.now_s += 1
        (*_, now) = stage.chronicle.paths()
        assert (now.number, now.hops[0].figures.sent) == (3, 60)  # no round is complete yet
        for probe in held:
            stage.made.lose(2, probe)
        stage.made.status(round=round(stage.now_s))
        *_, before, now = stage.chronicle.paths()
        assert [before.number, before.hops[0].figures.sent] == [3, 40]
        assert [now.number, now.hops[0].figures.sent] == [4, 20]

    perform(act)


def test_who_was_on_an_older_path_is_called_as_in_the_table() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        first = ip_address(ROUTERS[0])
        stage.made.known[first] = About(naming=Naming(name="older.example"))
        stage.made.path.learn_of(first)
        stage.show()
        for key in ("comma", "comma"):
            await press(stage, pilot, key)
        shown = stage.lines()[row_of(stage, " hop  responder") + 1]
        assert shown.split()[:2] == ["1", "older.example"]
        stage.app.action_call_responders()
        stage.pass_second()
        await stage.settled(pilot)
        shown = stage.lines()[row_of(stage, " hop  responder") + 1]
        assert shown.split()[:2] == ["1", ROUTERS[0]]
        stage.app.action_call_responders()
        await press(stage, pilot, "H")
        assert "older.example" not in stage.text()

    perform(act, (100, 60))
