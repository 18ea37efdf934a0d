"""`poros-tui config`: what it prints is in force, and what it writes can be used."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import click
import pytest

from poros_tui.cli.command import poros_tui
from poros_tui.cli.config_text import Setting
from poros_tui.cli.failures import exit_code_of
from poros_tui.cli.options import Options
from poros_tui.tui.key_changes import changed_keys
from poros_tui.tui.keys import KEYS


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("POROS_TUI_") or name in ("SUDO_UID", "SUDO_GID"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = exit_code_of(["config", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def options_of(file: Path, variables: str | None = None) -> Options:
    options = poros_tui.main(
        ["localhost", "--config", str(file)], standalone_mode=False, auto_envvar_prefix=variables
    )
    assert isinstance(options, Options)
    return options


NEEDS = {
    **dict.fromkeys(("port", "source-port", "payload-hex"), "udp = true"),
    "confidence": "mda = true",
}
"""What some options are only for."""
FILE = 'tcp = true\nport = 443\ninterval = 0.5\ncolumns = ["loss", "last"]\n[keys]\npause = "Z"\n'


def test_what_is_printed_is_a_file_with_the_same_settings(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one.toml").write_text(FILE)
    monkeypatch.setenv("POROS_TUI_UDP", "1")
    monkeypatch.setenv("POROS_TUI_SIZE", "100")
    code, out, err = said(capsys, "--config", str(tmp_path / "one.toml"))
    assert (code, err) == (0, "")
    (tmp_path / "two.toml").write_text(out)
    one = options_of(tmp_path / "one.toml", "POROS_TUI")
    two = options_of(tmp_path / "two.toml")
    names = set(Options.__struct_fields__) - {"config_path", "places"}
    assert {name: getattr(one, name) for name in names} == {
        name: getattr(two, name) for name in names
    }
    assert "udp = true  # from POROS_TUI_UDP" in out
    assert f"tcp = false  # overruled, in {tmp_path}/one.toml line 1" in out
    assert f"interval = 0.5  # from {tmp_path}/one.toml line 3" in out
    assert "max-hops = 30\n" in out
    assert "# queries: not set, 1 live, 3 in a report" in out


def test_every_setting_is_printed_and_stands_in_the_file_to_begin_with(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _, printed, _ = said(capsys, "--print")
    file = tmp_path / "begin.toml"
    assert said(capsys, "--init", "--config", str(file)) == (0, "", f"poros-tui: wrote {file}\n")
    names = {
        max(one.opts, key=len).lstrip("-").replace("4", "ipv4").replace("6", "ipv6")
        for one in poros_tui.params
        if isinstance(one, click.Option) and Setting.is_in_file(one)
    }
    assert len(names) > 30
    assert set(re.findall(r"^(?:# )?([a-z0-9-]+)(?: =|:)", printed, re.M)) == names
    before_keys, _, keys = file.read_text().partition("# [keys]\n")
    assert set(re.findall(r"^# ([a-z0-9-]+) = ", before_keys, re.M)) == names
    assert re.findall(r"^# ([a-z0-9-]+) = ", keys, re.M) == [key.name for key in KEYS]


def test_each_line_of_the_file_to_begin_with_can_be_set(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file, one = tmp_path / "begin.toml", tmp_path / "one.toml"
    said(capsys, "--init", "--config", str(file))
    before_keys, _, keys = file.read_text().partition("# [keys]\n")
    as_it_is = options_of(file)
    for line in re.findall(r"^# ([a-z0-9-]+ = .*)$", before_keys, re.M):
        one.write_text(f"{NEEDS.get(line.split()[0], '')}\n{line}\n")
        options_of(one).session_config()
    text = "[keys]\n" + "".join(f"{line}\n" for line in re.findall(r"^# (.*)$", keys, re.M))
    one.write_text(text)
    assert changed_keys(options_of(one).keys) == KEYS
    assert as_it_is.keys == {}


def test_a_file_that_is_there_is_not_touched(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert said(capsys, "--init")[0] == 0
    file = tmp_path / "poros-tui" / "config.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text(FILE)
    code, out, err = said(capsys, "--init")
    assert (code, out) == (2, "")
    assert err == f"poros-tui: {file} is there already; edit it, or move it away\n"
    assert file.read_text() == FILE


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('interval = "x"\n', 'line 1: interval takes a number, not "x"; see --interval in --help'),
        ("interva = 1\n", "line 1: there is no setting 'interva'; did you mean interval?"),
        ("interval = 0\n", "line 1: --interval"),
        ('\n[keys]\npause = "x"\n', "line 3: [keys] pause: remove-target has the key x too"),
    ],
)
def test_what_a_start_would_refuse_is_refused_with_its_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str, words: str
) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(content)
    code, out, err = said(capsys, "--print", "--config", str(file))
    assert (code, out) == (2, "")
    assert err.startswith(f"poros-tui: {file} {words}")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--print", "--init"), "--print and --init exclude each other; leave one out"),
        (("--config", "/nonexistent/x"), "there is no file /nonexistent/x; see --config"),
        (("--init", "--config", "/proc/x"), "cannot write /proc/x: "),
        (("--bogus",), "no such option '--bogus'; see poros-tui config --help"),
        (("host",), "got unexpected extra argument (host); see poros-tui config --help"),
    ],
)
def test_what_cannot_be_is_said(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    code, out, err = said(capsys, *arguments)
    assert code in (2, 3)
    assert out == ""
    assert err.startswith(f"poros-tui: {words}")


def test_a_host_of_that_name_is_written_with_a_dot() -> None:
    options = poros_tui.main(["config."], standalone_mode=False)
    assert isinstance(options, Options)
    assert options.targets == ("config.",)
