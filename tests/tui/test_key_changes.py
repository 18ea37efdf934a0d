from __future__ import annotations

import asyncio
import string

import pytest
from textual.keys import _character_to_key

from poros_tui.errors import UsageError
from poros_tui.tui.key_changes import changed_keys
from poros_tui.tui.keys import FIXED_KEYS, KEYS, Key, shown_key
from tests.tui.stage import Stage
from tests.tui.test_app import three_hops


def key(changes: dict[str, str], name: str) -> Key:
    return next(key for key in changed_keys(changes) if key.name == name)


def test_names_and_keys_are_unique_and_none_is_fixed() -> None:
    assert len({key.name for key in KEYS}) == len(KEYS)
    used = [one for key in KEYS for one in key.keys.split(",")]
    assert len(set(used)) == len(used)
    assert not set(used) & set(FIXED_KEYS)


@pytest.mark.parametrize("sign", string.punctuation)
def test_every_sign_is_shown_as_itself(sign: str) -> None:
    assert shown_key(_character_to_key(sign)) == sign


def test_what_is_shown_is_the_first_key() -> None:
    for one in KEYS:
        assert shown_key(one.keys.split(",")[0]) == one.shown, one.name


@pytest.mark.parametrize(
    ("written", "keys", "shown"),
    [
        ("u", "u", "u"),
        ("X", "X", "X"),
        ("!", "exclamation_mark", "!"),
        (";", "semicolon", ";"),
        ("ctrl+x", "ctrl+x", "^X"),
        ("Ctrl+X", "ctrl+x", "^X"),
        ("F5", "f5", "F5"),
        ("u, F5", "u,f5", "u"),
        ("space,exclamation_mark", "space,exclamation_mark", "space"),
        ("ctrl+m", "enter", "⏎"),
        ("ctrl+left", "ctrl+left", "Ctrl-←"),
    ],
)
def test_keys_are_written_as_people_write_them(written: str, keys: str, shown: str) -> None:
    changes = {"pause": written, "details": "f9"}
    assert (key(changes, "pause").keys, key(changes, "pause").shown) == (keys, shown)


def test_two_actions_can_swap_their_keys() -> None:
    changes = {"reset": "m", "mode": "r"}
    assert key(changes, "reset").keys == "m"
    assert key(changes, "mode").keys == "r"


def test_underscores_do_for_hyphens() -> None:
    assert key({"clear_mark": "f2"}, "clear-mark").keys == "f2"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"pause": "r"},
            "[keys] pause: reset has the key r too; give reset another, or choose another",
        ),
        (
            {"pause": "f2", "reset": "f2"},
            "[keys] reset: pause has the key F2 too; give pause another, or choose another",
        ),
        ({"pause": "j"}, "[keys] pause: the key j is for the cursor; choose another"),
        (
            {"pause": "ctrl+c"},
            "[keys] pause: the key ^C is for leaving with exit code 130; choose another",
        ),
        (
            {"pauze": "x"},
            "[keys] pauze: there is no action of this name; did you mean pause?",
        ),
        ({"pause": "spcae"}, "[keys] pause: there is no key 'spcae'; did you mean space?"),
        (
            {"pause": "hyper+x+y"},
            '[keys] pause: there is no key \'hyper+x+y\'; such as "x", "f5", "ctrl+x", "space"',
        ),
        ({"pause": ""}, "[keys] pause: there is no key ''; such as "),
        ({"pause": "x,"}, "[keys] pause: there is no key ''; such as "),
        ({"qqqq": "x"}, "[keys] qqqq: there is no action of this name; there are quit, help, "),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, str], sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        changed_keys(changes)
    assert str(refused.value).startswith(sentence)


def test_changed_keys_are_pressed_and_shown_in_help_and_key_bar() -> None:
    async def scenario() -> None:
        stage = Stage(keys=changed_keys({"pause": "u,f5", "help": "f7"}))
        async with stage.open() as pilot:
            await pilot.press("space", "p", "question_mark")
            assert stage.engine.asked == []
            assert "u pause" in stage.lines()[-1]
            assert "F7 help" in stage.lines()[-1]
            await pilot.press("u", "f5")
            await pilot.pause()
            assert stage.engine.asked == ["pause", "resume"]
            await pilot.press("f7")
            await pilot.pause()
            assert "pause and resume sending (also F5)" in stage.text()

    asyncio.run(scenario())


def test_sentences_name_the_changed_keys() -> None:
    async def scenario() -> None:
        stage = Stage(keys=changed_keys({"freeze": "f8", "hide-hops": "f9"}))
        async with stage.open() as pilot:
            three_hops(stage)
            await pilot.press("f9", "home", "y")
            await pilot.pause()
            assert "this hop is hidden (F9 shows it)" in stage.text()
            await pilot.press("f8")
            await pilot.pause()
            assert "probing goes on; F8 goes on with it" in stage.text()

    asyncio.run(scenario())
