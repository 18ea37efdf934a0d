from __future__ import annotations

import asyncio

from tests.model.test_path_graph import with_flows
from tests.tui.stage import Stage

WAYS = (
    ("10.0.0.1", "10.0.1.1", "10.0.2.1"),
    ("10.0.0.1", "10.0.1.2", "10.0.2.1"),
)


def test_flows_have_rows_of_their_own_when_unfolded_and_the_cursor_stays() -> None:
    async def act(stage: Stage) -> None:
        async with stage.open(100, 24) as pilot:
            stage.app.trace.show_update(with_flows(*WAYS).take_update())
            await pilot.press("down", "l")
            await pilot.pause()
            lines = stage.lines()
            rows = lines[6:15]
            assert [row.split()[0] for row in rows] == [
                "1", "╰1", "╰2", "2", "╰1", "╰2", "3", "╰1", "╰2",
            ]  # fmt: skip
            assert "10.0.1.2" in rows[5]
            assert rows[5].split()[2:5] == ["0.0", "1", "2.0"]
            assert stage.table.cursor_ttl == 2
            await pilot.press("down")
            assert stage.table.cursor_ttl == 3
            await pilot.click(offset=(10, 11))
            assert stage.table.cursor_ttl == 2
            await pilot.press("l")
            await pilot.pause()
            assert "╰" not in stage.text()

    asyncio.run(act(Stage()))


def test_with_one_flow_the_key_says_what_makes_several() -> None:
    async def act(stage: Stage) -> None:
        async with stage.open(100, 24) as pilot:
            stage.made.reply(1, 5.0)
            stage.show()
            await pilot.press("l")
            await pilot.pause()
            assert "--flows asks every hop in several flows" in stage.text()

    asyncio.run(act(Stage()))
