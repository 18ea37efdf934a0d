from __future__ import annotations

import pytest

from poros_tui.cli import failures, run
from poros_tui.errors import CannotRun
from poros_tui.probe.simulation.transport import SimulatedTransport
from tests.cli.program import CommandLine, Said

DEMO = ("demo", "--seed", "1", "--report")


def dying_of(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """The engine dies of this as soon as it listens."""

    async def receive(*_: object) -> None:
        raise error

    monkeypatch.setattr(SimulatedTransport, "receive", receive)


def last_line(said: Said) -> str:
    return said.err.splitlines()[-1]


def test_a_defect_is_one_sentence_and_exit_code_3(
    monkeypatch: pytest.MonkeyPatch, say: CommandLine
) -> None:
    dying_of(monkeypatch, ZeroDivisionError("division by zero"))
    said = say(*DEMO)
    assert (said.code, said.out) == (3, "")
    assert len(said.err.splitlines()) == 2  # the first is the demo's note
    assert last_line(said) == (
        "poros-tui: the program failed: ZeroDivisionError: division by zero; "
        "run it with --debug and report it"
    )


def test_under_debug_a_traceback_comes_before_the_sentence(
    monkeypatch: pytest.MonkeyPatch, say: CommandLine
) -> None:
    dying_of(monkeypatch, ZeroDivisionError("division by zero"))
    said = say(*DEMO, "--debug")
    assert said.code == 3
    assert "Traceback (most recent call last)" in said.err
    assert last_line(said).startswith("poros-tui: the program failed: ZeroDivisionError")


def test_a_target_that_looks_like_debug_prints_no_traceback(
    monkeypatch: pytest.MonkeyPatch, say: CommandLine
) -> None:
    def fail(*_: object) -> None:
        raise LookupError("a defect")

    monkeypatch.setattr(failures, "run", fail)
    assert "Traceback" not in say("--", "--debug").err
    assert "Traceback" in say("--debug", "--", "host").err


def test_what_the_user_can_mend_is_told_from_inside_of_a_group(
    monkeypatch: pytest.MonkeyPatch, say: CommandLine
) -> None:
    dying_of(monkeypatch, CannotRun("the network is on fire", "call the brigade"))
    said = say(*DEMO, "--debug")
    assert (said.code, last_line(said)) == (
        3,
        "poros-tui: the network is on fire; call the brigade",
    )
    assert "Traceback" not in said.err


def test_words_of_a_defect_are_cleaned(monkeypatch: pytest.MonkeyPatch, say: CommandLine) -> None:
    dying_of(monkeypatch, RuntimeError("\x1b[31mred\nand " + "long " * 200))
    said = say(*DEMO)
    assert last_line(said).isprintable()
    assert len(last_line(said)) < 420


def test_ctrl_c_inside_of_a_group_is_ctrl_c(
    monkeypatch: pytest.MonkeyPatch, say: CommandLine
) -> None:
    dying_of(monkeypatch, KeyboardInterrupt())
    said = say(*DEMO)
    assert (said.code, len(said.err.splitlines())) == (130, 1)


def test_an_installation_that_the_user_cannot_read_is_no_defect(
    monkeypatch: pytest.MonkeyPatch, say: CommandLine
) -> None:
    def fail(*_: object) -> None:
        raise ModuleNotFoundError("No module named 'trio'")

    monkeypatch.setattr(run, "_run_one", fail)
    said = say(*DEMO)
    assert (said.code, last_line(said)) == (
        3,
        "poros-tui: a part of the program cannot be read (No module named 'trio'); "
        "install it where every user can read it",
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("report", "a.json", "--report"),
            "no such option '--report'; did you mean --format? See poros-tui report --help",
        ),
        (
            ("--repotr", "x"),
            "no such option '--repotr'; did you mean --report? See poros-tui --help",
        ),
        (("--qqqqq", "x"), "no such option '--qqqqq'; see poros-tui --help"),
    ],
)
def test_an_option_that_is_none_is_told_with_one_that_is(
    say: CommandLine, arguments: tuple[str, ...], sentence: str
) -> None:
    said = say(*arguments)
    assert (said.code, said.out, said.sentence) == (2, "", sentence)
