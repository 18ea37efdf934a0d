"""The screen as text, compared with what was looked at and found good.

`POROS_RENEW_GOLDEN=1 pytest tests/tui/test_golden.py` draws them anew; look at the difference.
"""

from __future__ import annotations

import asyncio
import os
import random
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path as FilePath

import pytest

from poros_tui.model.session import SessionState
from poros_tui.model.stop import StopKind
from tests.model.limiting import simulated
from tests.tui.made_path import identity
from tests.tui.stage import Stage
from tests.tui.test_networks import learn

GOLDEN = FilePath(__file__).parent / "golden"
LONG = ip_address("2001:db8:4f6:1234:5678:9abc:def0:42")


@dataclass(frozen=True)
class Scene:
    """One screen to look at."""

    name: str
    size: tuple[int, int]
    keys: tuple[str, ...] = field(default=())


def play_limited(stage: Stage) -> None:
    """Twenty seconds at five rounds a second over a router like Linux, and one that loses."""
    limited = simulated.bucket(simulated.steady(100, 0.2), 1.0, 6)
    chance = random.Random(1)
    stage.made.status(interval_s=0.2)
    for number, is_answered in enumerate(limited):
        stage.made.status(round=number)
        for ttl, answers in ((1, True), (2, is_answered), (3, chance.random() > 0.3)):
            if answers:
                stage.made.reply(ttl, 2.0 * ttl)
            else:
                stage.made.lose(ttl)
        stage.made.reached(4, 9.0)
        stage.show()
    stage.made.stopped(StopKind.REACHED, ttl=4)
    stage.show()
    stage.pass_second()


def play(stage: Stage, scene: Scene) -> None:
    match scene.name.split("-")[0]:
        case "start":
            return
        case "tracing":
            for ttl in range(1, 13):
                stage.made.send(ttl)
            for ttl in (1, 2, 5):
                stage.made.reply(ttl, 2.0 * ttl)
            stage.show()
        case "realistic" | "details" | "help" | "sorted":
            stage.play_realistic(42)
        case "names":
            stage.play_realistic(42)
            for hop in stage.made.path.hops():
                for place, each in enumerate(hop.responders):
                    if hop.ttl != 2:
                        stage.made.name(str(each.address), name_at(hop.ttl, place))
            stage.made.name("192.0.2.129", "\\027[2J" * 40, is_confirmed=False)
            stage.show()
            stage.pass_second()
        case "networks":
            stage.play_realistic(42)
            learn(stage.made)
            stage.show()
            stage.pass_second()
        case "settings" | "columns" | "palette" | "search" | "verdict":
            stage.play_realistic(42)
        case "limited":
            play_limited(stage)
        case "unreachable":
            stage.made.reply(1, 1.5)
            stage.made.lose(2)
            stage.made.refused(3, 9.0, "10.0.0.5", code=13)
            stage.made.stopped(
                StopKind.UNREACHABLE,
                ttl=3,
                responder=ip_address("10.0.0.5"),
                detail="administratively prohibited",
            )
            stage.show()
        case "lost":
            stage.play_realistic(9)
            for ttl in range(1, 13):
                stage.made.send_failed(ttl)
            stage.made.status(state=SessionState.PAUSED)
            stage.show()
            stage.pass_second()
        case "ipv6":
            stage.made.reply(1, 0.045, "fe80::1")
            stage.made.reply(2, 4.2, "2001:db8:ffff:ffff:ffff:ffff:ffff:1")
            stage.made.reached(3, 12.0, str(LONG))
            stage.made.stopped(StopKind.REACHED, ttl=3)
            stage.show()
            stage.pass_second()


def name_at(ttl: int, place: int) -> str:
    return f"ae{place}.core{ttl}.ber.transit.example" if ttl < 12 else "www.example.com"


SCENES = (
    Scene("start-80", (80, 24)),
    Scene("tracing-80", (80, 24)),
    *(
        Scene(f"realistic-{width}", (width, height))
        for width, height in ((50, 20), (80, 24), (120, 40), (200, 50))
    ),
    Scene("names-50", (50, 20)),
    Scene("names-80", (80, 24), ("D", "D")),
    Scene("names-120", (120, 40), ("j", "j", "enter")),
    Scene("names-200", (200, 50), ("H", "D", "D", "enter")),
    Scene("networks-50", (50, 20)),
    Scene("networks-80", (80, 24)),
    Scene("networks-120", (120, 40), ("G", *["down"] * 7, "K", "enter")),
    Scene("networks-200", (200, 50), ("H", "G")),
    Scene("details-50", (50, 24), ("end", "enter")),
    Scene("details-80", (80, 24), ("end", "enter")),
    Scene("details-200", (200, 50), ("j", "j", "j", "j", "j", "enter")),
    Scene("limited-80", (80, 36), ("j", "enter")),
    Scene("help-80", (80, 71), ("question_mark",)),
    Scene("settings-50", (50, 16), ("C", "down")),
    Scene("settings-80", (80, 24), ("C", "down", "down", "down")),
    Scene("columns-80", (80, 24), ("C", *["down"] * 8, "enter", "down", "down", "space")),
    Scene("palette-80", (80, 24), ("ctrl+p", *"hide")),
    Scene("search-80", (80, 24), ("slash", *"198.18", "enter", "n")),
    Scene("search-120", (120, 24), ("slash", *"198.99", "enter")),
    Scene("verdict-80", (80, 36), ("v",)),
    Scene("sorted-80", (80, 24), ("s", "s", "s", "s")),
    Scene("unreachable-80", (80, 12)),
    Scene("unreachable-120", (120, 12)),
    Scene("lost-80", (80, 24)),
    Scene("ipv6-50", (50, 12)),
    Scene("ipv6-80", (80, 12)),
    Scene("ipv6-200", (200, 12)),
)


async def drawn(scene: Scene) -> str:
    who = identity("2001:db8::42", destination=LONG) if "ipv6" in scene.name else identity()
    stage = Stage(who)
    async with stage.open(*scene.size) as pilot:
        play(stage, scene)
        await pilot.press(*scene.keys)
        return await stage.settled(pilot)


@pytest.mark.sampled(14)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_the_screen_looks_as_it_was_found_good(scene: Scene) -> None:
    path = GOLDEN / f"{scene.name}.txt"
    text = asyncio.run(drawn(scene))
    if os.environ.get("POROS_RENEW_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text()
