"""The screen of a recording that is played."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial, wraps

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from poros_tui.errors import UsageError
from poros_tui.model.targets import FleetControls, Front
from poros_tui.record.playback import Playback
from poros_tui.record.recording import Recording
from poros_tui.replay.replay import Replay
from poros_tui.tui.keys import KEYS
from poros_tui.tui.panels.verdict import statements
from poros_tui.tui.replay_app import ReplayApp
from poros_tui.tui.replay_keys import PLAYER_KEYS, refused_keys, replay_keys
from poros_tui.tui.time_place import Span, parse_time
from tests.record.made_session import recorded
from tests.tui.stage import understand

SESSION, DATA = recorded(1, rounds=120)


def on_asyncio(test: Callable[[], Coroutine[None, None, None]]) -> Callable[[], None]:
    """As Textual runs."""

    @wraps(test)
    def run() -> None:
        asyncio.run(test())

    return run


class Theatre:
    """The app with a recording that is held."""

    def __init__(self, data: bytes = DATA) -> None:
        self.replay = Replay(Playback(Recording(data, "it")))

        async def run(front: Front, on_ready: Callable[[FleetControls], None]) -> None:
            await self.replay.run(front, on_ready, is_held=True)

        self.app = ReplayApp(
            self.replay.snapshots(),
            self.replay.config,
            run,
            understand=understand,
            keys=replay_keys(),
            player=self.replay,
            refused_keys=refused_keys(),
        )

    @asynccontextmanager
    async def open(self, width: int = 100, height: int = 30) -> AsyncIterator[Pilot[None]]:
        async with self.app.run_test(size=(width, height)) as pilot:
            await pilot.pause()
            yield pilot

    def lines(self) -> list[str]:
        return [strip.text.rstrip() for strip in self.app.screen._compositor.render_strips()]

    async def until(self, pilot: Pilot[None], *words: str) -> list[str]:
        for _ in range(400):
            lines = self.lines()
            if all(any(word in line for line in lines) for word in words):
                return lines
            await pilot.pause(0.02)
        raise AssertionError(f"{words} never came:\n" + "\n".join(self.lines()))


@on_asyncio
async def test_its_head_says_what_is_played() -> None:
    theatre = Theatre()
    async with theatre.open() as pilot:
        lines = await theatre.until(pilot, "REPLAY", "held x1", "0:00 of 2:0")
        assert "far.example" in lines[0]
        assert "SIMULATION" not in lines[0]
        await pilot.press("plus", "plus")
        await theatre.until(pilot, "held x5")


@on_asyncio
async def test_what_stands_still_is_the_picture_of_a_recording() -> None:
    theatre = Theatre()
    async with theatre.open() as pilot:
        await theatre.until(pilot, "held x1")
        await pilot.press("f")
        await theatre.until(pilot, "the picture stands still, the recording goes on")


@on_asyncio
async def test_a_key_that_probes_says_that_it_does_nothing() -> None:
    theatre = Theatre()
    async with theatre.open() as pilot:
        for key in ("r", "U", "b", "o", "x", "m"):
            await theatre.until(pilot, "held x1")
            await pilot.press(key)
            await theatre.until(pilot, "for a session that goes on, and this one was recorded")
            theatre.app.targets.current.say("")
        await pilot.press("plus")  # slower in a session, and faster here
        await theatre.until(pilot, "held x2")


@on_asyncio
async def test_a_time_is_asked_for_and_gone_to() -> None:
    theatre = Theatre()
    async with theatre.open() as pilot:
        await theatre.until(pilot, "held x1")
        await pilot.press("at")
        await theatre.until(pilot, "Go to:")
        await pilot.press(*"never", "enter")
        await theatre.until(pilot, "'never' is no time")
        await pilot.press("escape")
        await pilot.press("at")
        await theatre.until(pilot, "Go to:")
        await pilot.press(*"@1:30", "enter")
        await theatre.until(pilot, "1:30 of 2:0")
        assert theatre.replay.now_s == pytest.approx(190, abs=0.01)


@on_asyncio
async def test_the_table_goes_back_with_it() -> None:
    theatre = Theatre()
    async with theatre.open() as pilot:
        await theatre.until(pilot, "held x1")
        texts = {}
        for where in ("50%", "90%", "50%", "90%"):
            await pilot.press("at")
            await theatre.until(pilot, "Go to:")
            await pilot.press(*where.replace("%", ""), "percent_sign", "enter")
            at_s = theatre.replay.begins_at_s + float(where[:-1]) / 100 * (
                theatre.replay.ends_at_s - theatre.replay.begins_at_s
            )
            for _ in range(200):
                await pilot.pause(0.02)
                if abs(theatre.replay.now_s - at_s) < 0.01:
                    break
            await pilot.pause(1.3)  # the verdict comes once a second
            # Names stay known, and the scale of the sparklines does not shrink again.
            text = [line[22:76] for line in theatre.lines()[6:11]]
            assert texts.setdefault(where, text) == text
        assert texts["50%"] != texts["90%"]


@on_asyncio
async def test_the_help_has_its_keys_and_none_that_probe() -> None:
    theatre = Theatre()
    async with theatre.open(120, 60) as pilot:
        await theatre.until(pilot, "held x1")
        await pilot.press("question_mark")
        lines = await theatre.until(pilot, "hold, and one round on")
        text = "\n".join(lines)
        assert "concurrent and sequential" not in text
        assert "forget" not in text


def test_no_key_does_two_things() -> None:
    keys = [name for key in replay_keys() for name in key.keys.split(",")]
    assert len(keys) == len(set(keys))
    assert set(PLAYER_KEYS) <= set(replay_keys())
    assert {key.name for key in KEYS} - {key.name for key in replay_keys()} == {
        "pause", "mode", "reset", "slower", "faster", "adaptive", "mark", "clear-mark",
        "add-target", "remove-target", "icmp", "udp", "tcp",
    }  # fmt: skip


# Times that are typed

BEGIN = datetime(2026, 11, 26, 23, 30, tzinfo=UTC).timestamp()
SPAN = Span(
    begins_at_s=50,
    ends_at_s=7250,
    now_s=650,
    wall_s=lambda at_s: at_s - 50 + BEGIN,
    session_s=lambda wall_s: wall_s - BEGIN + 50,
    local=partial(datetime.fromtimestamp, tz=UTC),
)


@pytest.mark.parametrize(
    ("typed", "after_s"),
    [
        ("23:30", 0),
        ("23:45:10", 910),
        ("0:10", 2400),
        ("00:10:00.5", 2400.5),
        ("2026-11-27 01:00", 5400),
        ("2026-11-27T01:00:00+00:00", 5400),
        ("2026-11-27T02:00:00+01:00", 5400),
        ("+10m", 1200),
        ("+90", 690),
        ("-30s", 570),
        ("+1h", 4200),
        ("-2d", 0),
        ("+2d", 7200),
        ("@0:05", 5),
        ("@1:30:00", 5400),
        ("@90:00", 5400),
        ("50%", 3600),
        ("0 %", 0),
        ("100%", 7200),
        (" 23:30 ", 0),
    ],
)
def test_a_time_is_understood(typed: str, after_s: float) -> None:
    assert parse_time(typed, SPAN) == pytest.approx(50 + after_s)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("noon", "'noon' is no time"),
        ("", "'' is no time"),
        ("24:00", "'24:00' is no time"),
        ("12:60", "'12:60' is no time"),
        ("1:2", "'1:2' is no time"),
        ("+", "'+' is no time"),
        ("+3y", "'+3y' is no time"),
        ("12:00", "'12:00' is not recorded"),
        ("@3:00:00", "'@3:00:00' is not recorded"),
        ("101%", "'101%' is not recorded"),
        ("2025-01-01 00:00", "'2025-01-01 00:00' is not recorded"),
        ("\x1b[2J", "is no time"),
    ],
)
def test_what_is_no_time_of_it_is_refused(typed: str, sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_time(typed, SPAN)
    assert sentence in str(refused.value)
    assert "\x1b" not in str(refused.value)


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_time_of_it_or_refused(typed: str) -> None:
    try:
        found = parse_time(typed, SPAN)
    except UsageError:
        return
    assert SPAN.begins_at_s <= found <= SPAN.ends_at_s


@on_asyncio
async def test_what_is_concluded_is_of_the_time_that_was_gone_to() -> None:
    theatre = Theatre()
    async with theatre.open(140, 40) as pilot:
        await theatre.until(pilot, "held x1")
        trace = theatre.app.targets.trace
        assert trace is not None
        trace._ticker.pause()
        before = trace._said
        at_s = theatre.replay.ends_at_s
        theatre.app.targets.steer(lambda: theatre.replay.go_to(at_s))
        for _ in range(400):
            if trace._said != before:
                break
            await pilot.pause(0.02)
        assert trace._said != before
        assert statements(trace.scene()) == trace._said
