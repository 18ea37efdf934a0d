"""When an app under test has done all that it can do for now.

Textual's pilot waits after every key until the processor is idle for 20 ms, or a second; that is
longer than most tests need for all the rest, and on a busy machine no proof of anything. Here it
waits until no callback of the event loop is ready and the screen has drawn what it wanted to: what
is left then waits for a time, for a thread or for what the test does next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sized
from typing import Final, cast

import pytest
import textual.app
import textual.pilot
from textual._context import active_app
from textual.app import App

from poros_tui.model.targets import FleetControls
from poros_tui.tui.app import PorosApp

_TURNS: Final = 3
"""Turns of the loop in a row with nothing ready: a task that awaits another comes a turn later."""


async def until_quiet(min_sleep: float = 0, max_sleep: float = 1) -> None:
    """In place of `textual._wait.wait_for_idle`. The arguments mean nothing here."""
    app = active_app.get()
    await _until_nothing_is_ready()
    if isinstance(app, PorosApp):
        await _until_engine_did_what_it_was_told(app)
        await _until_nothing_is_ready()
    while _draw_at_once(app):
        await _until_nothing_is_ready()


async def _until_nothing_is_ready() -> None:
    ready = cast("Sized", asyncio.get_running_loop()._ready)  # type: ignore[attr-defined]
    quiet = 0
    while quiet < _TURNS:
        await asyncio.sleep(0)
        quiet = 0 if ready else quiet + 1


async def _until_engine_did_what_it_was_told(app: PorosApp) -> None:
    loop, done, bridge = asyncio.get_running_loop(), asyncio.Event(), app._bridge

    def tell(controls: FleetControls) -> None:
        loop.call_soon_threadsafe(done.set)

    bridge.command(tell)
    waits = [asyncio.create_task(event.wait()) for event in (done, bridge._ended)]
    await asyncio.wait(waits, timeout=1, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


def _draw_at_once(app: App[object]) -> bool:
    """Let the screen do what it would in a sixtieth of a second, if there is something."""
    if not app.is_running or not app.screen_stack:
        return False
    if app._resize_timer is not None:
        app._check_resize()
        return True
    screen = app.screen
    if not screen._update_timer._active.is_set():
        return False
    screen._on_timer_update()
    return True


def wait_for_quiet(patch: pytest.MonkeyPatch) -> None:
    """Let every pilot wait so."""
    for module in (textual.app, textual.pilot):
        patch.setattr(module, "wait_for_idle", until_quiet)
