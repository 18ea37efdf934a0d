"""What is drawn where the locale does not have all characters."""

from __future__ import annotations

import pytest

from poros_tui.cli.character_set import is_utf8
from tests.cli.program import PROGRAM
from tests.cli.screen import on_screen


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, True),
        ({"LC_ALL": "", "LC_CTYPE": "", "LANG": ""}, True),
        ({"LANG": "en_US.UTF-8"}, True),
        ({"LANG": "C.utf8"}, True),
        ({"LC_CTYPE": "UTF-8"}, True),
        ({"LANG": "ca_ES.UTF-8@valencia"}, True),
        ({"LANG": "C"}, False),
        ({"LANG": "de_DE"}, False),
        ({"LANG": "de_DE.ISO-8859-15@euro"}, False),
        ({"LC_ALL": "POSIX", "LC_CTYPE": "C.UTF-8", "LANG": "C.UTF-8"}, False),
        ({"LC_ALL": "C.UTF-8", "LC_CTYPE": "C", "LANG": "C"}, True),
        ({"LC_ALL": "", "LC_CTYPE": "C", "LANG": "C.UTF-8"}, False),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, True),
        ({"LC_MESSAGES": "C"}, True),
    ],
)
def test_the_first_variable_that_is_set_names_the_locale(
    environment: dict[str, str], expected: bool
) -> None:
    assert is_utf8(environment) is expected


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("variables", "has_blocks"),
    [
        ({"LC_ALL": "C"}, False),
        ({"LC_ALL": "POSIX"}, False),
        # Of these two Python makes LC_CTYPE=C.UTF-8.
        ({"LC_ALL": "", "LANG": "C"}, False),
        ({"LC_ALL": "", "LC_CTYPE": "C", "LANG": "C.UTF-8"}, False),
        ({"LC_ALL": "", "LC_CTYPE": "C.UTF-8", "LANG": "C"}, True),
        ({"LC_ALL": ""}, True),
    ],
)
def test_the_screen_is_ascii_where_the_locale_is(
    variables: dict[str, str], has_blocks: bool
) -> None:
    with on_screen([*PROGRAM, "demo", "--seed", "3"], size=(80, 24), **variables) as screen:
        lines = screen.until_shown("running", "quit")
        assert any(not line.isascii() for line in lines) is has_blocks
        screen.leave()
