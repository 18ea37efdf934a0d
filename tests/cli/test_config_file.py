from __future__ import annotations

import os
from pathlib import Path

import pytest

from poros_tui.cli.config_file import default_path
from poros_tui.tui.keys import KEYS
from tests.cli.program import CommandLine, run_program

DEMO = ("demo", "--json", "--seed", "1")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def refused(say: CommandLine, file: Path, text: str, *arguments: str) -> str:
    file.write_text(text)
    said = say("demo", "--report", "--config", str(file), *arguments)
    assert (said.code, said.out) == (2, "")
    return said.sentence.replace(str(file), "FILE")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("intervall = 2", "FILE line 1: there is no setting 'intervall'; did you mean interval?"),
        (
            "\n\nqqq = 2",
            "FILE line 3: there is no setting 'qqq'; names are those of the options (--help)",
        ),
        (
            'max-hops = 20\ninterval = "fast"',
            'FILE line 2: interval takes a number, not "fast"; see --interval in --help',
        ),
        (
            "max_hops = 2.5",
            "FILE line 1: max_hops takes a whole number, not 2.5; see --max-hops in --help",
        ),
        ("tcp = 1", "FILE line 1: tcp is true or false; write tcp = true"),
        (
            'multipath = "rome"',
            "FILE line 1: multipath is wrong: 'rome' is not one of 'paris', 'classic', 'dublin'; "
            "see --multipath in --help",
        ),
        ("max-hops = 0", "FILE line 1: --max-hops 0 is out of range; give 1 to 255 hops"),
        (
            "fail_loss = 5",
            "FILE line 1: fail_loss is an option of one run, and not for the file; "
            "give --fail-loss on the command line",
        ),
        *(
            (
                f"\n{name} = true",
                f"FILE line 2: {name} is an option of one run, and not for the file; give --{name} "
                "on the command line",
            )
            for name in ("debug", "json", "report", "config", "version")
        ),
        ("interval = true", "FILE line 1: interval takes a number, not true; see "),
        ("interval = 2026-01-01", "FILE line 1: interval takes a number, not 2026-01-01; see "),
        ("interval = {x = 1}", "FILE line 1: interval takes a number, not { x = 1 }; see "),
        ('interval = [1, "a"]', 'FILE line 1: interval takes a number, not [1, "a"]; see '),
        ("[keys]\npause = 3", "FILE line 2: pause takes a key as text; such as pause = "),
        ("keys = 3", "FILE line 1: keys is a table; write [keys], and below it action = key"),
        ("interval = = 2", "FILE is no TOML: "),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    say: CommandLine, file: Path, text: str, sentence: str
) -> None:
    assert refused(say, file, text).startswith(sentence)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            'flows = 2\n[keys]\nflows = "q"',
            "FILE line 3: [keys] flows: quit has the key q too; give quit another, or choose "
            "another",
        ),
        (
            '[keys]\n\nreset = "ctrl+j+j"',
            "FILE line 3: [keys] reset: there is no key 'ctrl+j+j'; did you mean ctrl+",
        ),
        (
            '[keys]\npauze = "x"',
            "FILE line 2: [keys] pauze: there is no action of this name; did you mean pause?",
        ),
    ],
)
def test_a_key_that_cannot_be_is_told_with_its_line(
    say: CommandLine, file: Path, text: str, sentence: str
) -> None:
    file.write_text(text)
    for front_end in ((), ("--report",), ("--json",)):
        said = say("demo", *front_end, "--config", str(file))
        assert (said.code, said.out) == (2, "")
        assert said.sentence.replace(str(file), "FILE").startswith(sentence)


def test_all_actions_are_named_where_one_is_unknown(say: CommandLine, file: Path) -> None:
    file.write_text('[keys]\nqqqq = "x"\n')
    said = say("demo", "--config", str(file))
    assert said.sentence.endswith(f"; there are {', '.join(key.name for key in KEYS)}")


@pytest.mark.parametrize("front_end", [(), ("--report",), ("--json",)])
def test_a_theme_that_is_none_is_told_with_its_line(
    say: CommandLine, file: Path, front_end: tuple[str, ...]
) -> None:
    file.write_text('\ntheme = "drakula"\n')
    said = say("demo", *front_end, "--config", str(file))
    assert (said.code, said.out) == (2, "")
    assert said.sentence.replace(str(file), "FILE") == (
        "FILE line 2: --theme 'drakula' is no theme; did you mean dracula?"
    )


def test_a_report_does_not_load_textual_for_a_theme_that_there_is(file: Path) -> None:
    file.write_text('theme = "nord"\n')
    done = run_program(*DEMO, "--config", str(file), PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0
    assert "poros_tui.tui.theme_names" in done.stderr
    assert "textual" not in done.stderr


def test_a_whole_number_does_where_fractions_may_be(say: CommandLine, file: Path) -> None:
    file.write_text("rounds = 2\ntimeout = 1\n")
    assert say(*DEMO, "--config", str(file)).code == 0


def test_a_file_that_is_named_must_be_there(say: CommandLine, tmp_path: Path) -> None:
    said = say("demo", "--report", "--config", str(tmp_path / "none.toml"))
    assert said.code == 2
    assert "there is no file " in said.sentence
    said = say("demo", "--report", "--config", str(tmp_path))
    assert "is a directory" in said.sentence


def test_bytes_that_are_no_text_are_no_configuration(say: CommandLine, file: Path) -> None:
    file.write_bytes(b"interval = \xff\n")
    assert "is no TOML" in say("demo", "--report", "--config", str(file)).sentence


def rounds_of(*arguments: str, **variables: str) -> int:
    done = run_program(*DEMO, "--interval", "0.1", *arguments, **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout.count('"outcome"')


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(file: Path) -> None:
    file.write_text("queries = 3\n")
    one = rounds_of("--queries", "1")
    given = ("--config", str(file))
    assert rounds_of(*given) > rounds_of(*given, POROS_TUI_QUERIES="2") > one
    assert rounds_of(*given, "-q", "1", POROS_TUI_QUERIES="2") == one


def test_the_usual_place_is_that_of_the_xdg_base_directories(tmp_path: Path) -> None:
    place = tmp_path / "poros-tui"
    place.mkdir()
    (place / "config.toml").write_text("intervall = 1\n")
    done = run_program("demo", "--report", XDG_CONFIG_HOME=str(tmp_path))
    assert done.returncode == 2
    assert f"{place}/config.toml line 1: there is no setting" in done.stderr
    assert run_program("--help", XDG_CONFIG_HOME=str(tmp_path)).returncode == 0


def test_under_sudo_no_variable_says_where_the_file_is() -> None:
    if os.getuid() != 0:
        pytest.skip("root alone can be told to be somebody else (sudo)")
    told = {"SUDO_UID": "1", "SUDO_GID": "1", "XDG_CONFIG_HOME": "/evil", "HOME": "/evil"}
    assert not str(default_path(told)).startswith("/evil")
    assert default_path({"HOME": "/home/me"}) == Path("/home/me/.config/poros-tui/config.toml")
    assert default_path({"HOME": "/h", "XDG_CONFIG_HOME": "relative"}).parts[1] == "h"


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("text", "arguments", "protocol"),
    [
        ("tcp = true", (), "tcp"),
        ("tcp = true", ("--udp",), "udp"),
        ("sequential = true", ("--adaptive", "-I"), "icmp"),
    ],
)
def test_what_is_given_overrules_what_it_excludes_in_the_file(
    file: Path, text: str, arguments: tuple[str, ...], protocol: str
) -> None:
    file.write_text(text)
    done = run_program(*DEMO, "--config", str(file), *arguments)
    assert done.returncode == 0, done.stderr
    assert f'"protocol": "{protocol}"' in done.stdout


def test_the_same_place_cannot_hold_two_that_exclude_each_other(
    say: CommandLine, file: Path
) -> None:
    sentence = refused(say, file, "tcp = true\nudp = true")
    assert "exclude each other" in sentence
